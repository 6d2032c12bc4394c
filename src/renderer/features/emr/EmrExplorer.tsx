import { Plus, Server } from 'lucide-react'
import { useState } from 'react'
import type { Cluster } from '../../../engines/emr/contract.ts'
import { formatDuration, openView, plural, useNow, useShown } from '../../lib/index.ts'
import { Button, EmptyState, ErrorView, IconButton, Loading, Section, StateDot, Tree } from '../../ui/index.ts'
import { askCreate, closeCreate, useCreateDialog } from './dialogs/asking.ts'
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
  const creating = useCreateDialog((state) => state.open)
  const [ending, setEnding] = useState<Cluster | null>(null)
  if (feed.error && !feed.data) return <ErrorView compact title="The clusters cannot be listed" error={feed.error} />
  if (!feed.data) return <Loading />
  const clusters = [...feed.data.values()].sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? 1 : -1))
  return (
    <>
      {PARTS.map(([title, of], i) => {
        const those = clusters.filter(of)
        if (those.length === 0 && i > 0) return null
        return (
          <Section
            key={title}
            title={title}
            flush
            badge={those.length}
            actions={i === 0 && <IconButton icon={<Plus size={14} />} label="Create cluster" onClick={askCreate} />}
          >
            {those.length > 0 ? (
              <Clusters label={`${title} clusters`} clusters={those} onEnd={setEnding} />
            ) : (
              <EmptyState
                icon={<Server size={20} />}
                title={clusters.length === 0 ? 'No clusters' : 'No active cluster'}
                actions={<Button onClick={askCreate}>Create cluster</Button>}
              >
                A cluster is a primary node that runs steps, core nodes with an HDFS of their own, and task nodes that
                only compute. Nodes may be killed, and are replaced.
              </EmptyState>
            )}
          </Section>
        )
      })}
      {creating && <CreateDialog onClose={closeCreate} />}
      <TerminateDialog cluster={ending} onClose={() => setEnding(null)} />
    </>
  )
}

function Clusters({
  label,
  clusters,
  onEnd,
}: {
  label: string
  clusters: readonly Cluster[]
  onEnd: (cluster: Cluster) => void
}) {
  const shown = useShown<{ id: string }>('emr.cluster')
  const nowMs = useNow()
  const of = (id: string) => clusters.find((cluster) => cluster.id === id)!
  return (
    <Tree
      label={label}
      fitContent
      openOnClick
      selected={shown?.id ?? null}
      nodes={clusters.map((cluster) => ({
        id: cluster.id,
        label: cluster.name,
        icon: <StateDot hideText state={shapeOfCluster(cluster)} text={stateTitle(cluster.state)} />,
        detail: hasEnded(cluster)
          ? formatDuration((cluster.endedMs ?? nowMs) - cluster.createdMs)
          : plural(cluster.instances.filter(({ state }) => state === 'RUNNING').length, 'node'),
        tooltip: `${cluster.id}, ${stateTitle(cluster.state)}`,
      }))}
      onOpen={(id) => open(of(id))}
      onDelete={(id) => isLive(of(id)) && onEnd(of(id))}
      menu={(id) => [
        { title: 'Open', shortcut: 'Enter', onSelect: () => open(of(id)) },
        { title: 'Copy id', onSelect: () => void navigator.clipboard.writeText(id) },
        'separator',
        {
          title: 'Terminate…',
          shortcut: 'Delete',
          danger: true,
          disabled: !isLive(of(id)),
          onSelect: () => onEnd(of(id)),
        },
      ]}
    />
  )
}
