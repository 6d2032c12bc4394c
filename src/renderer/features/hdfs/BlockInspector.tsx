import { formatBytes } from '../../lib/index.ts'
import { Button, PropertyList, Section, StateDot, type StateShape } from '../../ui/index.ts'
import styles from './hdfs.module.css'
import { CELL_WORDS, type Cell } from './picture/cells.ts'
import type { NodeActions } from './useNodeActions.ts'

const SHAPES = { good: 'good', corrupt: 'bad', pending: 'starting', silent: 'warn' } as const satisfies Record<
  string,
  StateShape
>

/** One block: of which file it is, and how each of its replicas stands. */
export function BlockInspector({ cell: { block, path }, actions }: { cell: Cell; actions: NodeActions }) {
  return (
    <Section title={`blk_${block.id}`}>
      <PropertyList
        items={[
          ['File', path],
          ['From', formatBytes(block.offset)],
          ['Size', formatBytes(block.bytes)],
          ['Generation', block.stamp],
          ['Replicas wanted', block.wanted],
        ]}
      />
      <ul className={styles.snapshots}>
        {block.replicas.map(({ node, rack, state }) => (
          <li key={node}>
            <span title={CELL_WORDS[state]}>
              <StateDot state={SHAPES[state]} text={`${rack}/${node}`} />
            </span>
            {state === 'good' && (
              <Button size="s" onClick={() => actions.damage(node, block.id)}>
                Damage
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}
