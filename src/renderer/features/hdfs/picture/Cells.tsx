import { type MouseEvent, useMemo, useState } from 'react'
import { formatBytes, useCanvas, useTheme } from '../../../lib/index.ts'
import styles from '../hdfs.module.css'
import { CELL_WORDS, type Cell, gridOf, paintCells, readPalette, stateOn } from './cells.ts'

/** A node's replicas, each at its block's place. */
export function Cells({
  node,
  cells,
  selected,
  onSelect,
  onMenu,
}: {
  node: string
  cells: readonly Cell[]
  selected: number | null
  onSelect: (block: number | null) => void
  onMenu: (cell: Cell, point: { x: number; y: number }) => void
}) {
  const [tip, setTip] = useState('')
  const theme = useTheme()
  const palette = useMemo(() => theme && readPalette(), [theme])
  const {
    box,
    canvas,
    size: { width },
  } = useCanvas(
    (context, room) => {
      // Room for the frame of what is selected.
      context.translate(1, 1)
      paintCells(context, cells, node, gridOf(cells.length, room.width), selected, palette)
    },
    [cells, node, selected, palette],
  )
  const { columns, size, height } = gridOf(cells.length, width)
  const find = (event: MouseEvent): Cell | undefined => {
    const { offsetX: x, offsetY: y } = event.nativeEvent
    const column = Math.floor((x - 1) / size)
    return column < columns ? cells[Math.floor((y - 1) / size) * columns + column] : undefined
  }
  const held = cells.filter(({ block }) => stateOn(block, node) !== undefined).length
  return (
    // The table of blocks beside the picture is what the keyboard walks.
    <div ref={box} style={{ height: height + 2 }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${node} has replicas of ${held} of ${cells.length} blocks`}
        className={styles.cells}
        title={tip}
        onMouseMove={(event) => setTip(tipOf(find(event), node))}
        onClick={(event) => onSelect(find(event)?.block.id ?? null)}
        onContextMenu={(event) => {
          const cell = find(event)
          if (!cell) return
          event.preventDefault()
          onSelect(cell.block.id)
          onMenu(cell, { x: event.clientX, y: event.clientY })
        }}
      />
    </div>
  )
}

function tipOf(cell: Cell | undefined, node: string): string {
  if (!cell) return ''
  const { block, path } = cell
  const state = stateOn(block, node)
  return `blk_${block.id} of ${path}\n${formatBytes(block.bytes)} at ${formatBytes(block.offset)}\n${node}: ${state ? CELL_WORDS[state] : 'no replica here'}`
}
