import { type MouseEvent, useEffect, useMemo, useRef, useState } from 'react'
import { formatBytes, useTheme } from '../../../lib/index.ts'
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
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  const [tip, setTip] = useState('')
  const theme = useTheme()
  const palette = useMemo(() => theme && readPalette(), [theme])
  const { columns, size, height } = gridOf(cells.length, width)
  useEffect(() => {
    const box = canvas.current!.parentElement!
    const observer = new ResizeObserver(() => setWidth(box.clientWidth))
    observer.observe(box)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const context = canvas.current!.getContext('2d')
    if (!context || width === 0) return
    const scale = devicePixelRatio
    context.canvas.width = Math.round(width * scale)
    context.canvas.height = Math.round((height + 2) * scale)
    context.setTransform(scale, 0, 0, scale, scale, scale)
    paintCells(context, cells, node, { columns, size }, selected, palette)
  }, [cells, node, columns, size, height, width, selected, palette])
  const find = (event: MouseEvent): Cell | undefined => {
    const { offsetX: x, offsetY: y } = event.nativeEvent
    const column = Math.floor((x - 1) / size)
    return column < columns ? cells[Math.floor((y - 1) / size) * columns + column] : undefined
  }
  const held = cells.filter(({ block }) => stateOn(block, node) !== undefined).length
  return (
    // The table of blocks beside the picture is what the keyboard walks.
    <canvas
      ref={canvas}
      role="img"
      aria-label={`${node} has replicas of ${held} of ${cells.length} blocks`}
      className={styles.cells}
      style={{ height: height + 2 }}
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
  )
}

function tipOf(cell: Cell | undefined, node: string): string {
  if (!cell) return ''
  const { block, path } = cell
  const state = stateOn(block, node)
  return `blk_${block.id} of ${path}\n${formatBytes(block.bytes)} at ${formatBytes(block.offset)}\n${node}: ${state ? CELL_WORDS[state] : 'no replica here'}`
}
