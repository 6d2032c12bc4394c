import { Server } from 'lucide-react'
import { useState } from 'react'
import type { Cluster } from '../../../engines/emr/contract.ts'
import { formatDuration, openView, plural, useNow, useShown } from '../../lib/index.ts'
import { StateDot, TreeSection } from '../../ui/index.ts'
import { askCreate, createDialog } from './dialogs/asking.ts'
import { CreateDialog } from './dialogs/CreateDialog.tsx'
import { TerminateDialog } from './dialogs/TerminateDialog.tsx'
import { hasEnded, isLive, shapeOfCluster, stateTitle } from './states.ts'
import { useClusters } from './useEmr.ts'

const PARTS: readonly (readonly [title: string, of: (cluster: Cluster) => boolean])[] = [
  ['Active', (cluster) => !hasEnded(cluster)],
  ['Terminated', ({ state }) => state === 'TERMINATED'],
  ['Terminated with errors', ({ state }) => state === 'TERMINATED_WITH_ERRORS'],
]

const open = ({ id, name }: Cluster) => openView('emr.cluster', { id, name })

/** Clusters by what became of them, newest first. */
export function EmrExplorer() {
  const feed = useClusters()
  const creating = createDialog.useAsked()
  const [ending, setEnding] = useState<Cluster | null>(null)
  const shown = useShown<{ id: string }>('emr.cluster')
  const nowMs = useNow()
  const of = (id: string) => feed.data?.get(id) ?? null
  const clusters =
    feed.data && [...feed.data.values()].sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? 1 : -1))
  return (
    <>
      {PARTS.map(([title, belongs], i) => {
        const those = clusters?.filter(belongs)
        if (!those?.length && i > 0) return null
        return (
          <TreeSection
            key={title}
            title={title}
            label={`${title} clusters`}
            nodes={those?.map((cluster) => ({
              id: cluster.id,
              label: cluster.name,
              icon: <StateDot hideText state={shapeOfCluster(cluster)} text={stateTitle(cluster.state)} />,
              detail: hasEnded(cluster)
                ? formatDuration((cluster.endedMs ?? nowMs) - cluster.createdMs)
                : plural(cluster.instances.filter(({ state }) => state === 'RUNNING').length, 'node'),
              tooltip: `${cluster.id}, ${stateTitle(cluster.state)}`,
            }))}
            error={feed.error}
            selected={shown?.id ?? null}
            {...(i === 0 && { add: { label: 'Create cluster', onAdd: askCreate } })}
            empty={{
              icon: <Server size={20} />,
              title: clusters?.length === 0 ? 'No clusters' : 'No active cluster',
              text: 'A cluster is a primary node that runs steps, core nodes with an HDFS of their own, and task nodes that only compute. Nodes may be killed, and are replaced.',
            }}
            onOpen={(id) => open(of(id)!)}
            onDelete={(id) => isLive(of(id)!) && setEnding(of(id))}
            menu={(id) => [
              { title: 'Open', shortcut: 'Enter', onSelect: () => open(of(id)!) },
              { title: 'Copy id', onSelect: () => void navigator.clipboard.writeText(id) },
              'separator',
              {
                title: 'Terminate…',
                shortcut: 'Delete',
                danger: true,
                disabled: !isLive(of(id)!),
                onSelect: () => setEnding(of(id)),
              },
            ]}
          />
        )
      })}
      {creating && <CreateDialog onClose={createDialog.close} />}
      <TerminateDialog cluster={ending} onClose={() => setEnding(null)} />
    </>
  )
}
