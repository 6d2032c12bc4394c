import type { BlockStatus, FileBlocks } from '../../../../engines/hdfs/contract.ts'
import { tokenValue } from '../../../lib/theme.ts'

export interface Cell {
  /** Place of the block among those that are shown: the same on every node. */
  readonly index: number
  readonly block: BlockStatus
  readonly path: string
}

/** How a replica stands. `alone`: it is good, and its block has too few of them. */
export type CellState = 'good' | 'alone' | 'corrupt' | 'pending' | 'silent'

export const CELL_WORDS: Readonly<Record<CellState, string>> = {
  good: 'good',
  alone: 'good, and its block has too few',
  corrupt: 'corrupt',
  pending: 'being copied here',
  silent: 'on a node that is silent',
}

export function cellsOf(files: readonly FileBlocks[]): Cell[] {
  return files
    .flatMap(({ file, blocks }) => blocks.map((block) => ({ block, path: file.path })))
    .map((one, index) => ({ ...one, index }))
}

/** What a node has of a block, if anything. */
export function stateOn({ replicas, wanted }: BlockStatus, node: string): CellState | undefined {
  const state = replicas.find((replica) => replica.node === node)?.state
  if (state !== 'good') return state
  return replicas.filter((replica) => replica.state === 'good').length < wanted ? 'alone' : 'good'
}

/** Cells shrink as they become more, so that a node stays a tile. */
export const cellSize = (count: number): number => (count <= 60 ? 14 : count <= 240 ? 10 : count <= 800 ? 7 : 5)

export interface Grid {
  readonly columns: number
  readonly size: number
  readonly height: number
}

export function gridOf(count: number, width: number): Grid {
  const size = cellSize(count)
  const columns = Math.max(1, Math.floor(width / size))
  return { columns, size, height: Math.max(1, Math.ceil(count / columns)) * size }
}

export interface Palette {
  readonly colours: Readonly<Record<CellState, string>>
  readonly empty: string
  readonly page: string
  readonly text: string
}

/** The theme's colours, read once for many paintings. */
export function readPalette(): Palette {
  const [good, alone, red, pending] = ['--green', '--amber', '--red', '--accent'].map(tokenValue)
  return {
    colours: { good, alone, corrupt: red, pending, silent: red },
    empty: tokenValue('--line-strong'),
    page: tokenValue('--panel'),
    text: tokenValue('--text'),
  }
}

export function paintCells(
  context: CanvasRenderingContext2D,
  cells: readonly Cell[],
  node: string,
  { columns, size }: Pick<Grid, 'columns' | 'size'>,
  selected: number | null,
  { colours, empty, page, text }: Palette,
): void {
  const side = size - (size > 6 ? 2 : 1)
  for (const { index, block } of cells) {
    const x = (index % columns) * size
    const y = Math.floor(index / columns) * size
    const state = stateOn(block, node)
    if (state === undefined) {
      context.fillStyle = empty
      context.fillRect(x + side / 2 - 0.5, y + side / 2 - 0.5, 1, 1)
    } else {
      context.fillStyle = colours[state]
      context.fillRect(x, y, side, side)
      // Shapes say the same as colours: a frame is a promise, a hole is silence, a cross is damage.
      context.fillStyle = page
      if (state === 'pending') context.fillRect(x + 1, y + 1, side - 2, side - 2)
      if (state === 'silent') context.fillRect(x + side * 0.3, y + side * 0.3, side * 0.4, side * 0.4)
      if (state === 'corrupt' && side > 4) {
        context.strokeStyle = page
        context.beginPath()
        context.moveTo(x + 2, y + 2)
        context.lineTo(x + side - 2, y + side - 2)
        context.moveTo(x + side - 2, y + 2)
        context.lineTo(x + 2, y + side - 2)
        context.stroke()
      }
      if (state === 'alone') context.fillRect(x + side / 2 - 0.5, y + 1, 1, side - 2)
    }
    if (block.id === selected) {
      context.strokeStyle = text
      context.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1)
    }
  }
}
