import { EllipsisVertical, Play, Skull } from 'lucide-react'
import type { NodeStatus } from '../../../../engines/hdfs/contract.ts'
import { formatDuration, plural } from '../../../lib/index.ts'
import { IconButton, Menu, StateDot, type StateShape, Tile } from '../../../ui/index.ts'
import { CapacityBar } from '../CapacityBar.tsx'
import styles from '../hdfs.module.css'
import type { NodeActions } from '../useNodeActions.ts'
import { Cells } from './Cells.tsx'
import type { Cell } from './cells.ts'

/** A DataNode: how it is, how full, and its replicas. */
export function NodeTile({
  node,
  nowMs,
  actions,
  cells,
  selected,
  onSelect,
  onMenu,
}: {
  node: NodeStatus
  nowMs: number
  actions: NodeActions
  cells: readonly Cell[]
  selected: number | null
  onSelect: (block: number | null) => void
  onMenu: (cell: Cell, node: string, point: { x: number; y: number }) => void
}) {
  const { name, running, deadMs } = node
  const [shape, words] = stateOf(node)
  return (
    <Tile
      label={name}
      state={node.state === 'dead' ? 'bad' : !running ? 'warn' : node.admin === 'normal' ? 'good' : 'idle'}
      bar={
        <>
          <StateDot state={shape} text={name} />
          <span className={styles.quiet}>{words}</span>
          <span className={styles.space} />
          {running ? (
            <IconButton size="s" icon={<Skull size={14} />} label="Kill" onClick={() => actions.kill(name)} />
          ) : (
            <IconButton size="s" icon={<Play size={14} />} label="Start" onClick={() => actions.start(name)} />
          )}
          <Menu
            align="end"
            trigger={<IconButton size="s" icon={<EllipsisVertical size={14} />} label={`Actions for ${name}`} />}
            items={actions.menu(node)}
          />
        </>
      }
    >
      <CapacityBar used={node.usedBytes} capacity={node.capacityBytes} />
      <div className={styles.cellBox}>
        <Cells
          node={name}
          cells={cells}
          selected={selected}
          onSelect={onSelect}
          onMenu={(cell, point) => onMenu(cell, name, point)}
        />
      </div>
      <footer className={styles.nodeFoot}>
        <span>{plural(node.blocks, 'block')}</span>
        {!running && node.state !== 'dead' && deadMs !== undefined && (
          <span title="The NameNode knows a node by its heartbeats. Its replicas count until it is held for dead.">
            held for dead in {formatDuration(Math.max(0, deadMs - nowMs))}
          </span>
        )}
        {node.state === 'dead' && <span>its replicas are made anew elsewhere</span>}
      </footer>
    </Tile>
  )
}

function stateOf({ state, running, admin }: NodeStatus): [StateShape, string] {
  if (state === 'dead') return ['bad', 'dead']
  if (!running) return ['warn', state === 'stale' ? 'stale' : 'silent']
  if (admin === 'decommissioning') return ['draining', 'decommissioning']
  if (admin === 'decommissioned') return ['stopped', 'decommissioned']
  return ['good', 'live']
}
