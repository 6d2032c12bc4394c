import { useMemo } from 'react'
import type { FileBlocks } from '../../../engines/hdfs/contract.ts'
import { formatBytes } from '../../lib/index.ts'
import { type DataColumn, DataTable, StateDot } from '../../ui/index.ts'
import { type Cell, cellsOf } from './picture/cells.ts'
import type { NodeActions } from './useNodeActions.ts'

const good = ({ block }: Cell) => block.replicas.filter(({ state }) => state === 'good').length
const bytes = (value: unknown) => formatBytes(Number(value))

const COLUMNS: readonly DataColumn<Cell>[] = [
  { id: 'block', title: 'Block', width: 130, mono: true, value: ({ block }) => `blk_${block.id}` },
  { id: 'path', title: 'File', width: 300, value: ({ path }) => path },
  { id: 'offset', title: 'From', kind: 'number', width: 90, value: ({ block }) => block.offset, format: bytes },
  { id: 'bytes', title: 'Size', kind: 'number', width: 90, value: ({ block }) => block.bytes, format: bytes },
  {
    id: 'state',
    title: 'Replicas',
    width: 120,
    value: (cell) => `${good(cell)} of ${cell.block.wanted}`,
    render: (value, cell) => (
      <StateDot
        state={good(cell) === 0 ? 'bad' : good(cell) < cell.block.wanted ? 'warn' : 'good'}
        text={String(value)}
      />
    ),
  },
  {
    id: 'nodes',
    title: 'Nodes',
    width: 420,
    value: ({ block }) =>
      block.replicas
        .map(({ node, rack, state }) => `${rack}/${node}${state === 'good' ? '' : ` (${state})`}`)
        .join(', '),
  },
  { id: 'stamp', title: 'Generation', kind: 'number', width: 90, hidden: true, value: ({ block }) => block.stamp },
]

/** The picture in words. */
export function BlockTable({
  files,
  selected,
  onSelect,
  actions,
}: {
  files: readonly FileBlocks[]
  selected: number | null
  onSelect: (block: number | null) => void
  actions: NodeActions
}) {
  const rows = useMemo(() => cellsOf(files), [files])
  return (
    <DataTable
      label="Blocks"
      rows={rows}
      rowKey={({ block }) => String(block.id)}
      columns={COLUMNS}
      selected={selected === null ? null : String(selected)}
      onSelect={({ block }) => onSelect(block.id)}
      rowMenu={({ block }) =>
        block.replicas
          .filter(({ state }) => state === 'good')
          .map(({ node }) => ({
            title: `Damage the replica on ${node}`,
            danger: true,
            onSelect: () => actions.damage(node, block.id),
          }))
      }
      empty="No blocks: nothing is stored here."
    />
  )
}
