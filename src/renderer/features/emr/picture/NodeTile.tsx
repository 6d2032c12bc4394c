import { Crown, EllipsisVertical, Skull } from 'lucide-react'
import type { Instance, Step } from '../../../../engines/emr/contract.ts'
import { formatBytes, formatCost, formatDuration, plural } from '../../../lib/index.ts'
import { Badge, IconButton, Menu, StateDot, Tile } from '../../../ui/index.ts'
import styles from '../emr.module.css'
import { isLost, marketTitle, nodeOf, shapeOfInstance } from '../states.ts'
import type { Compute, Storage } from '../useEmr.ts'
import type { NodeActions } from '../useNodeActions.ts'

/** Nothing is gained by more of them. */
const CELLS_MAX = 48

export interface NodeState {
  readonly instance: Instance
  readonly compute: Compute[number] | undefined
  readonly storage: Storage['nodes'][number] | undefined
  /** Steps that run on it. */
  readonly steps: readonly Step[]
  readonly usd: number | undefined
  /** It stands in the place of a reserved instance. */
  readonly reserved: boolean
}

/** An instance: how it is, what runs on it, what it holds, what it costs. */
export function NodeTile({
  node,
  nowMs,
  actions,
  selected,
  onSelect,
}: {
  node: NodeState
  nowMs: number
  actions: NodeActions
  selected: boolean
  onSelect: () => void
}) {
  const { instance, usd, reserved } = node
  const name = nodeOf(instance)
  const [shape, words] = shapeOfInstance(instance)
  const lost = isLost(instance)
  const kills = actions.allowed && instance.state === 'RUNNING'
  return (
    <Tile
      label={name}
      state={lost ? 'bad' : shape === 'warn' ? 'warn' : instance.state === 'RUNNING' ? 'good' : 'idle'}
      selected={selected}
      bar={
        <>
          <button
            type="button"
            data-node
            className={styles.nodeName}
            aria-pressed={selected}
            onClick={onSelect}
            onKeyDown={(event) => {
              if (event.key === 'Delete' && kills) actions.kill(instance)
            }}
          >
            <StateDot state={shape} text={name} />
            <span className={styles.quiet}>{words}</span>
            {instance.leader && <Crown size={12} aria-label="leads: steps run on it" />}
          </button>
          {kills && (
            <>
              <IconButton
                size="s"
                icon={<Skull size={14} />}
                label="Kill node"
                onClick={() => actions.kill(instance)}
              />
              <Menu
                align="end"
                trigger={<IconButton size="s" icon={<EllipsisVertical size={14} />} label={`Actions for ${name}`} />}
                items={actions.menu(instance)}
              />
            </>
          )}
        </>
      }
    >
      <div className={styles.facts}>
        <span>{instance.type}</span>
        <Badge tone={instance.market === 'SPOT' ? 'accent' : reserved ? 'good' : 'neutral'}>
          {marketTitle(instance, reserved)}
        </Badge>
        {usd !== undefined && instance.state !== 'TERMINATED' && (
          <span
            className={styles.end}
            title={`EC2 by the hour, without what EMR adds${instance.market === 'SPOT' ? '; the Spot price is simulated' : ''}`}
          >
            {formatCost(usd)} / h
          </span>
        )}
      </div>
      <Runs node={node} />
      <Foot node={node} nowMs={nowMs} />
    </Tile>
  )
}

function Runs({ node: { compute, steps } }: { node: NodeState }) {
  return (
    <>
      {compute && (
        <div className={styles.containers}>
          <span
            role="img"
            className={styles.cells}
            aria-label={`${compute.running.length} of ${compute.containers} containers run`}
            title={compute.running.join('\n') || 'No container runs'}
          >
            {Array.from({ length: Math.min(CELLS_MAX, compute.containers) }, (_, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a container is its place
              <i key={i} data-busy={i < compute.running.length || undefined} />
            ))}
          </span>
          <span className={styles.quiet}>
            {compute.running.length} of {plural(compute.containers, 'container')}
          </span>
        </div>
      )}
      {steps.map(({ id, name }) => (
        <div key={id} className={styles.runs} title={name}>
          <StateDot state="running" text={name} />
        </div>
      ))}
    </>
  )
}

function Foot({ node: { instance, storage }, nowMs }: { node: NodeState; nowMs: number }) {
  const { interruptedAtMs, leavingByMs, state, reason } = instance
  const silent = storage && storage.state !== 'dead' && storage.deadMs !== undefined
  return (
    <footer className={styles.nodeFoot}>
      {state === 'TERMINATED' && <span>{reason?.message}</span>}
      {state !== 'TERMINATED' && interruptedAtMs !== undefined && (
        <span className={styles.warn}>
          Spot takes it back in {formatDuration(Math.max(0, interruptedAtMs - nowMs))}
        </span>
      )}
      {state !== 'TERMINATED' && leavingByMs !== undefined && <span>goes once nothing needs it</span>}
      {storage && (
        <span title={`${formatBytes(storage.usedBytes)} of ${formatBytes(storage.capacityBytes)} used`}>
          HDFS: {plural(storage.blocks, 'block')}, {formatBytes(storage.usedBytes)}
        </span>
      )}
      {silent && <span>silent; held for dead in {formatDuration(Math.max(0, storage.deadMs! - nowMs))}</span>}
      {storage?.state === 'dead' && <span>dead: its replicas are made anew elsewhere</span>}
    </footer>
  )
}
