import { useMemo, useState } from 'react'
import type { ClusterStatus, FileBlocks } from '../../../../engines/hdfs/contract.ts'
import { useNow } from '../../../lib/index.ts'
import { PointMenu } from '../../../ui/index.ts'
import styles from '../hdfs.module.css'
import type { NodeActions } from '../useNodeActions.ts'
import { type Cell, cellsOf, stateOn } from './cells.ts'
import { Legend } from './Legend.tsx'
import { NodeTile } from './NodeTile.tsx'

/** Racks as columns, their nodes below each other, each with the replicas it has. */
export function NodePicture({
  cluster,
  files,
  actions,
  selected,
  onSelect,
}: {
  cluster: ClusterStatus
  files: readonly FileBlocks[]
  actions: NodeActions
  selected: number | null
  onSelect: (block: number | null) => void
}) {
  const nowMs = useNow()
  const cells = useMemo(() => cellsOf(files), [files])
  const [menu, setMenu] = useState<{ cell: Cell; node: string; x: number; y: number } | null>(null)
  const racks = [...Map.groupBy(cluster.nodes, ({ rack }) => rack)]
  return (
    <div className={styles.picture}>
      <Legend />
      <div className={styles.racks}>
        {racks.map(([rack, nodes]) => (
          <section key={rack} className={styles.rack} aria-label={`Rack ${rack}`}>
            <h3>{rack}</h3>
            <ul>
              {nodes.map((node) => (
                <NodeTile
                  key={node.name}
                  node={node}
                  nowMs={nowMs}
                  actions={actions}
                  cells={cells}
                  selected={selected}
                  onSelect={onSelect}
                  onMenu={(cell, name, point) => setMenu({ cell, node: name, ...point })}
                />
              ))}
            </ul>
          </section>
        ))}
      </div>
      <PointMenu
        at={menu}
        onClose={() => setMenu(null)}
        items={
          menu
            ? [
                { heading: `blk_${menu.cell.block.id} on ${menu.node}` },
                {
                  title: 'Damage this replica',
                  danger: true,
                  disabled: !['good', 'alone'].includes(stateOn(menu.cell.block, menu.node) ?? ''),
                  onSelect: () => actions.damage(menu.node, menu.cell.block.id),
                },
                { title: 'Copy path', onSelect: () => void navigator.clipboard.writeText(menu.cell.path) },
              ]
            : []
        }
      />
    </div>
  )
}
