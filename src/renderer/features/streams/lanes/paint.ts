import type { ConsumerPosition } from './consumers.ts'
import type { Lane, LaneCell } from './model.ts'

export interface Picture {
  readonly width: number
  readonly height: number
  readonly fromMs: number
  readonly toMs: number
  readonly lanes: readonly Lane[]
  readonly cells: ReadonlyMap<string, readonly LaneCell[]>
  readonly consumers: readonly ConsumerPosition[]
  readonly selected: string | null
}

export interface Palette {
  readonly ramp: readonly string[]
  readonly line: string
  readonly lane: string
  readonly text: string
  /** Behind a lane's name, so that it reads over any heat. */
  readonly label: string
  readonly red: string
  readonly accent: string
  readonly series: readonly string[]
}

export const AXIS_HEIGHT = 18
const GAP = 1

export function xOf(picture: Picture, timeMs: number): number {
  return ((timeMs - picture.fromMs) / (picture.toMs - picture.fromMs)) * picture.width
}

export function yOf(picture: Picture, share: number): number {
  return share * (picture.height - AXIS_HEIGHT)
}

/** Shards as bands on the hash axis through time: a split forks a band, a merge joins two; a second's colour is its share of the quota. */
export function paint(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  context.clearRect(0, 0, picture.width, picture.height)
  for (const lane of picture.lanes) paintLane(context, picture, palette, lane)
  paintAxis(context, picture, palette)
  for (const consumer of picture.consumers) paintConsumer(context, picture, palette, consumer)
}

function paintLane(context: CanvasRenderingContext2D, picture: Picture, palette: Palette, lane: Lane): void {
  const top = yOf(picture, lane.from)
  const height = Math.max(1, yOf(picture, lane.to) - top - GAP)
  const left = Math.max(0, xOf(picture, lane.bornMs))
  const right = Math.min(picture.width, xOf(picture, lane.endMs))
  if (right <= left) return
  context.fillStyle = palette.lane
  context.fillRect(left, top, right - left, height)
  const second = picture.width / ((picture.toMs - picture.fromMs) / 1000)
  for (const { timeMs, load, throttled } of picture.cells.get(lane.shard.shardId) ?? []) {
    if (timeMs < picture.fromMs) continue
    const x = Math.floor(xOf(picture, timeMs))
    context.fillStyle = palette.ramp[rampIndex(load, palette.ramp.length)]
    context.fillRect(x, top, Math.max(1, Math.ceil(second) - (second > 3 ? 1 : 0)), height)
    if (throttled > 0) {
      context.fillStyle = palette.red
      context.fillRect(x, top, Math.max(2, Math.ceil(second) - 1), Math.min(3, height))
    }
  }
  if (lane.shard.shardId === picture.selected) {
    context.strokeStyle = palette.accent
    context.lineWidth = 2
    context.strokeRect(left + 1, top + 1, right - left - 2, Math.max(1, height - 2))
  }
  if (height >= 16 && right - left > 150) {
    context.font = '11px "JetBrains Mono Variable", monospace'
    const label = shortShard(lane.shard.shardId)
    context.fillStyle = palette.label
    context.fillRect(left, top, context.measureText(label).width + 12, 18)
    context.fillStyle = palette.text
    context.fillText(label, left + 6, top + 13)
  }
}

/** A cursor where a consumer stands in the lane: its distance from the right edge is its age behind the tip. */
function paintConsumer(
  context: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
  consumer: ConsumerPosition,
): void {
  const lane = picture.lanes.find(({ shard }) => shard.shardId === consumer.shardId)
  if (!lane) return
  const x = Math.min(picture.width - 2, Math.max(2, xOf(picture, consumer.atMs)))
  const [top, bottom] = [yOf(picture, lane.from), yOf(picture, lane.to) - GAP]
  context.fillStyle = palette.series[consumer.series % palette.series.length]
  context.fillRect(x - 1, top, 2, bottom - top)
  context.beginPath()
  context.moveTo(x - 5, top)
  context.lineTo(x + 5, top)
  context.lineTo(x, top + 6)
  context.fill()
}

const STEPS_S = [5, 10, 15, 30, 60, 120, 300, 600]

function paintAxis(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const seconds = (picture.toMs - picture.fromMs) / 1000
  const step = STEPS_S.find((candidate) => (candidate / seconds) * picture.width > 90) ?? 900
  const base = picture.height - AXIS_HEIGHT
  context.fillStyle = palette.line
  context.fillRect(0, base, picture.width, 1)
  context.font = '11px "Inter Variable", sans-serif'
  const first = Math.ceil(picture.fromMs / 1000 / step) * step * 1000
  for (let time = first; time <= picture.toMs; time += step * 1000) {
    const x = Math.round(xOf(picture, time))
    context.fillStyle = palette.line
    context.fillRect(x, base, 1, 4)
    context.fillStyle = palette.text
    const label = new Date(time).toLocaleTimeString('en-GB')
    const width = context.measureText(label).width
    if (x + width / 2 < picture.width && x - width / 2 > 0) context.fillText(label, x - width / 2, base + 15)
  }
}

/** Any traffic at all is told from none; the top step is a full quota or more. */
export function rampIndex(load: number, steps: number): number {
  if (load <= 0) return 0
  return Math.min(steps - 1, 1 + Math.floor(load * (steps - 2)))
}

export function shortShard(shardId: string): string {
  return `shard ${Number(shardId.replace('shardId-', ''))}`
}
