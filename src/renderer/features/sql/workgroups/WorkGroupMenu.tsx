import { ChevronDown, History, UsersRound } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import { formatBytes, giveWay, notifyError, useAction } from '../../../lib/index.ts'
import { Button, ConfirmDialog, Menu, type MenuItem } from '../../../ui/index.ts'
import { type Header, PRIMARY } from '../model/header.ts'
import type { Session } from '../session.ts'
import styles from '../sql.module.css'
import { refreshWorkGroups, useWorkGroups } from './work-groups.ts'

const AGES = [
  [0, 'Never'],
  [60, 'Up to 1 hour old'],
  [24 * 60, 'Up to 1 day old'],
  [7 * 24 * 60, 'Up to 7 days old'],
] as const

/** In which workgroup the query runs, and how old a result may be that stands for a new one. */
export function WorkGroupMenu({ session, header }: { session: Session; header: Required<Header> }) {
  const known = useWorkGroups((state) => state.list)
  const { clients } = session
  const refresh = useCallback(
    () => void refreshWorkGroups(clients).catch((thrown) => notifyError('The workgroups cannot be read', thrown)),
    [clients],
  )
  useEffect(() => void giveWay('features').then(refresh), [refresh])
  const { workGroup, reuseMinutes } = header
  const missing = known.length > 0 && !known.some(({ name }) => name === workGroup)
  const [asking, setAsking] = useState(false)
  const remove = useAction(
    async (clients, signal) => {
      await clients.athena.deleteWorkGroup({ workGroup, recursive: true }, { signal })
      await refreshWorkGroups(clients)
    },
    {
      onDone: () => session.writeHeader({ workGroup: PRIMARY }),
      onError: (error) => notifyError(`${workGroup} was not deleted`, error),
    },
  )
  const choose = (name: string) => session.writeHeader({ workGroup: name })
  const edit = (name: string) => session.store.setState({ workGroup: name })
  const items: MenuItem[] = [
    { heading: 'Workgroup' },
    ...known.map(({ name, state, cutoffBytes }) => ({
      title: `${name}${state === 'DISABLED' ? ' · disabled' : ''}${cutoffBytes === undefined ? '' : ` · up to ${formatBytes(cutoffBytes)}`}`,
      checked: name === workGroup,
      onSelect: () => choose(name),
    })),
    ...(missing ? [{ title: `${workGroup} · not there`, checked: true, disabled: true }] : []),
    'separator',
    { heading: 'Reuse results' },
    ...AGES.map(([minutes, title]) => ({
      title,
      checked: minutes === reuseMinutes,
      onSelect: () => session.writeHeader({ reuseMinutes: minutes }),
    })),
    'separator',
    { title: `Edit ${missing ? PRIMARY : workGroup}…`, onSelect: () => edit(missing ? PRIMARY : workGroup) },
    { title: 'New workgroup…', onSelect: () => edit('') },
    ...(missing || workGroup === PRIMARY
      ? []
      : [{ title: `Delete ${workGroup}…`, danger: true, onSelect: () => setAsking(true) }]),
  ]
  return (
    <>
      <Menu
        align="end"
        trigger={
          <Button
            variant="ghost"
            size="s"
            className={styles.group}
            icon={<UsersRound size={14} />}
            aria-label={`Workgroup ${workGroup}`}
            title="Workgroup, and reuse of results"
            onClick={refresh}
          >
            <span className={styles.roomy}>{workGroup}</span>
            {reuseMinutes > 0 && <History size={14} aria-label="results are reused" />}
            <ChevronDown size={14} aria-hidden />
          </Button>
        }
        items={items}
      />
      <ConfirmDialog
        open={asking}
        title={`Delete workgroup ${workGroup}?`}
        message="What runs in it is stopped; its history, named queries and prepared statements go with it. Result files stay."
        action="Delete workgroup"
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false)
          void remove.run()
        }}
      />
    </>
  )
}
