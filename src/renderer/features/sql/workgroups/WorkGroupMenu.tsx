import { ChevronDown, History, UsersRound } from 'lucide-react'
import { useEffect } from 'react'
import { formatBytes, notifyError } from '../../../lib/index.ts'
import { Button, Menu, type MenuItem } from '../../../ui/index.ts'
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
  const refresh = () =>
    void refreshWorkGroups(clients).catch((thrown) => notifyError('The workgroups cannot be read', thrown))
  useEffect(refresh, [clients])
  const { workGroup, reuseMinutes } = header
  const missing = known.length > 0 && !known.some(({ name }) => name === workGroup)
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
  ]
  return (
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
  )
}
