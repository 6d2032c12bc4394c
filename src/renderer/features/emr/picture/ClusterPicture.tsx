import { Plus, SlidersHorizontal } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import type { Cluster, Cost, Group, Instance, Step } from '../../../../engines/emr/contract.ts'
import { plural } from '../../../lib/index.ts'
import { Button, IconButton, StateDot } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import { groupTitle, hasEnded, isLost, membersOf, nodeOf, ROLE_TITLES, stateTitle } from '../states.ts'
import type { Compute, Storage } from '../useEmr.ts'
import type { NodeActions } from '../useNodeActions.ts'
import { type NodeState, NodeTile } from './NodeTile.tsx'

const ORDER = ['MASTER', 'CORE', 'TASK'] as const
/** Nodes that are too many for one column. */
const LARGE = 4
/** A lost node stays in the picture until HDFS has forgotten it, and so long at least. */
const LOST_MS = 15 * 60_000

function shownNodes(cluster: Cluster, group: Group, nowMs: number): Instance[] {
  if (hasEnded(cluster)) return cluster.instances.filter((each) => each.group === group.id)
  const isKept = (each: Instance) => isLost(each) && (each.dataNode || nowMs - (each.endedMs ?? 0) < LOST_MS)
  return cluster.instances.filter((each) => each.group === group.id && (each.state !== 'TERMINATED' || isKept(each)))
}

/** Groups as columns, primary first, their nodes below each other. Arrows walk the nodes. */
export function ClusterPicture({
  cluster,
  steps,
  storage,
  compute,
  priceOf,
  reserved,
  nowMs,
  actions,
  selected,
  onSelect,
  onResize,
  onAddGroup,
}: {
  cluster: Cluster
  steps: readonly Step[]
  storage: Storage | undefined
  compute: Compute | undefined
  priceOf: (instance: Instance) => number | undefined
  /** By id, those in the place of a reserved instance. */
  reserved: Cost['reserved']
  nowMs: number
  actions: NodeActions
  selected: string | null
  onSelect: (instance: string) => void
  onResize: (group: Group) => void
  onAddGroup: () => void
}) {
  const groups = [...cluster.groups].sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role))
  const running = steps.filter(({ state, job }) => state === 'RUNNING' && job === undefined)
  const stateOf = (instance: Instance): NodeState => ({
    instance,
    compute: instance.state === 'RUNNING' ? compute?.find(({ name }) => name === nodeOf(instance)) : undefined,
    storage: instance.dataNode ? storage?.nodes.find(({ name }) => name === nodeOf(instance)) : undefined,
    steps: instance.leader ? running : [],
    usd: priceOf(instance),
    reserved: instance.id in reserved,
  })
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the nodes in it are buttons; arrows go from one to the next
    <div className={styles.picture} onKeyDown={walk}>
      {groups.map((group) => (
        <section
          key={group.id}
          className={styles.column}
          data-large={shownNodes(cluster, group, nowMs).length > LARGE || undefined}
          aria-label={`${groupTitle(group)} nodes`}
        >
          <header className={styles.groupBar}>
            <h3 title={groupTitle(group)}>{groupTitle(group)}</h3>
            <GroupState cluster={cluster} group={group} />
            {actions.allowed && group.role !== 'MASTER' && (
              <span className={styles.end}>
                <IconButton
                  size="s"
                  icon={<Plus size={14} />}
                  label={`Add ${ROLE_TITLES[group.role].toLowerCase()} node`}
                  onClick={() => actions.add(group)}
                />
                <IconButton
                  size="s"
                  icon={<SlidersHorizontal size={13} />}
                  label={`Resize ${groupTitle(group)}`}
                  onClick={() => onResize(group)}
                />
              </span>
            )}
          </header>
          <ul>
            {shownNodes(cluster, group, nowMs).map((instance) => (
              <NodeTile
                key={instance.id}
                node={stateOf(instance)}
                nowMs={nowMs}
                actions={actions}
                selected={instance.id === selected}
                onSelect={() => onSelect(instance.id)}
              />
            ))}
          </ul>
          {group.onDemand + group.spot === 0 && !hasEnded(cluster) && (
            <p className={styles.quiet}>No nodes are wanted here now.</p>
          )}
        </section>
      ))}
      {actions.allowed && !groups.some(({ role }) => role === 'TASK') && (
        <section className={styles.column} aria-label="Task nodes">
          <header className={styles.groupBar}>
            <h3>Task</h3>
          </header>
          <p className={styles.quiet}>Task nodes only run containers: they come and go without a block being lost.</p>
          <Button size="s" icon={<Plus size={13} />} onClick={onAddGroup}>
            Add task nodes…
          </Button>
        </section>
      )}
    </div>
  )
}

function GroupState({ cluster, group }: { cluster: Cluster; group: Group }) {
  const up = membersOf(cluster, group).filter(({ state }) => state === 'RUNNING')
  const have = up.reduce((sum, { weight }) => sum + weight, 0)
  const wanted = group.onDemand + group.spot
  const unit = cluster.collection === 'INSTANCE_FLEET' ? 'unit' : 'node'
  if (group.state === 'TERMINATED') return <span className={styles.quiet}>terminated</span>
  if (group.state === 'ARRESTED') return <StateDot state="bad" text={group.reason?.message ?? 'arrested'} />
  return (
    <span className={styles.quiet} title={stateTitle(group.state)}>
      {have >= wanted ? plural(have, unit) : `${have} of ${plural(wanted, unit)}`}
      {group.state === 'RESIZING' && ', resizing'}
    </span>
  )
}

function walk(event: KeyboardEvent<HTMLDivElement>): void {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }
  const nodes = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-node]')]
  const at = nodes.indexOf(event.target as HTMLElement)
  if (at < 0 || !(event.key in steps)) return
  event.preventDefault()
  nodes[Math.min(nodes.length - 1, Math.max(0, at + steps[event.key]))].focus()
}
