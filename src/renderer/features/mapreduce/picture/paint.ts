import { formatDuration } from '../../../lib/format.ts'
import { tokenValue } from '../../../lib/theme.ts'
import type { Bar, NodeLanes } from './lanes.ts'

export const ROW = 16
export const AXIS = 22
export const GUTTER = 96
const EDGE = 12
const TICKS = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000]
const TICK_PX = 90
const LABEL_PX = 48

export interface GanttPicture {
  readonly width: number
  readonly height: number
  readonly fromMs: number
  readonly toMs: number
  readonly bars: readonly Bar[]
  readonly nodes: readonly NodeLanes[]
  readonly selected: string | null
}

export interface Colours {
  readonly map: string
  readonly reduce: string
  readonly failed: string
  readonly killed: string
  readonly held: string
  readonly line: string
  readonly text: string
  readonly quiet: string
  readonly page: string
}

export function readColours(): Colours {
  return {
    map: tokenValue('--cat-1'),
    reduce: tokenValue('--cat-3'),
    failed: tokenValue('--red'),
    killed: tokenValue('--text-off'),
    held: tokenValue('--amber'),
    line: tokenValue('--line'),
    text: tokenValue('--text'),
    quiet: tokenValue('--text-3'),
    page: tokenValue('--page'),
  }
}

export const xOf = ({ width, fromMs, toMs }: Pick<GanttPicture, 'width' | 'fromMs' | 'toMs'>, ms: number): number =>
  GUTTER + ((width - GUTTER - EDGE) * (ms - fromMs)) / Math.max(1, toMs - fromMs)

export function paintGantt(
  context: CanvasRenderingContext2D,
  picture: GanttPicture,
  colours: Colours,
  nowMs: number,
): void {
  const { width, height, fromMs, toMs, bars, nodes, selected } = picture
  context.font = '11px "Inter Variable", system-ui, sans-serif'
  context.textBaseline = 'middle'
  const bottom = height - AXIS
  const perPx = (toMs - fromMs) / Math.max(1, width - GUTTER - EDGE)
  const tick = TICKS.find((each) => each / perPx >= TICK_PX) ?? TICKS.at(-1)!
  for (let ms = 0; ms <= toMs - fromMs; ms += tick) {
    const x = Math.round(xOf(picture, fromMs + ms))
    context.fillStyle = colours.line
    context.fillRect(x, 0, 1, bottom)
    context.fillStyle = colours.quiet
    if (x + LABEL_PX < width) context.fillText(ms === 0 ? '0' : formatDuration(ms), x + 3, bottom + AXIS / 2)
  }
  for (const { node, first, rows } of nodes) {
    context.fillStyle = colours.line
    context.fillRect(0, (first + rows) * ROW, width, 1)
    context.fillStyle = colours.text
    context.fillText(node, 8, first * ROW + ROW / 2, GUTTER - 12)
  }
  for (const { attempt, row } of bars) {
    const { kind, state, phase, speculative, startedMs, endedMs = nowMs, id } = attempt
    const x = xOf(picture, startedMs)
    const long = Math.max(2, xOf(picture, endedMs) - x)
    const y = row * ROW + 2
    const tall = ROW - 4
    const ofKind = kind === 'map' ? colours.map : colours.reduce
    context.fillStyle =
      state === 'FAILED'
        ? colours.failed
        : state === 'KILLED'
          ? colours.killed
          : phase === 'held' && state === 'RUNNING'
            ? colours.held
            : ofKind
    context.globalAlpha = state === 'RUNNING' ? 0.6 : 1
    context.fillRect(x, y, long, tall)
    context.globalAlpha = 1
    // What is done of a task that runs, its kind where the state has its colour, and a stripe where it is a second try at speed.
    if (state === 'RUNNING') context.fillRect(x, y + tall - 3, long * attempt.progress, 3)
    if (state === 'FAILED' || state === 'KILLED') {
      context.fillStyle = ofKind
      context.fillRect(x, y, 2, tall)
      cross(context, x + long / 2, y + tall / 2, colours.page)
    }
    if (speculative) {
      context.strokeStyle = colours.text
      context.setLineDash([2, 2])
      context.strokeRect(x + 0.5, y + 0.5, long - 1, tall - 1)
      context.setLineDash([])
    }
    if (id === selected) {
      context.strokeStyle = colours.text
      context.lineWidth = 2
      context.strokeRect(x - 1, y - 1, long + 2, tall + 2)
      context.lineWidth = 1
    }
    if (long > 34) {
      context.fillStyle = colours.page
      context.fillText(`${kind === 'map' ? 'm' : 'r'}${attempt.task}`, x + 5, y + tall / 2, long - 8)
    }
  }
}

function cross(context: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  context.strokeStyle = colour
  context.beginPath()
  context.moveTo(x - 3, y - 3)
  context.lineTo(x + 3, y + 3)
  context.moveTo(x + 3, y - 3)
  context.lineTo(x - 3, y + 3)
  context.stroke()
}
