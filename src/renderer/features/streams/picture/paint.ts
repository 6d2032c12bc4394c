import { formatTime } from '../../../lib/index.ts'
import { shortShard } from '../metrics/live.ts'
import type { Heat } from './heat.ts'
import type { Lane, View } from './lanes.ts'
import type { Palette } from './palette.ts'

/** A consumer's place in a lane: the arrival time of what it read last. */
export interface Cursor {
  readonly shardId: string
  readonly atMs: number
  /** Number of its consumer: its colour, the same on every lane. */
  readonly series: number
}

export interface Picture {
  readonly view: View
  readonly width: number
  readonly height: number
  /** How far the rows are scrolled, px. */
  readonly scrolled: number
  readonly fromMs: number
  readonly toMs: number
  /** Those in sight. */
  readonly lanes: readonly Lane[]
  /** Of these lanes, row by row. */
  readonly heat: Heat | null
  /** What to say behind a row's name, by shard id. */
  readonly notes: ReadonlyMap<string, string>
  readonly cursors: readonly Cursor[]
  readonly selected: readonly string[]
  /** Parents and children of what is selected. */
  readonly kin: ReadonlySet<string>
  /** Second under the keyboard's cursor. */
  readonly markMs: number | null
}

export const AXIS_HEIGHT = 20
export const GUTTER = 108
const GAP = 1
const MARK = 3
const MONO = '11px "JetBrains Mono Variable", monospace'
const UI = '11px "Inter Variable", sans-serif'

export function xOf({ fromMs, toMs, width }: Pick<Picture, 'fromMs' | 'toMs' | 'width'>, timeMs: number): number {
  return GUTTER + ((timeMs - fromMs) / (toMs - fromMs)) * (width - GUTTER)
}

export function timeOf({ fromMs, toMs, width }: Pick<Picture, 'fromMs' | 'toMs' | 'width'>, x: number): number {
  return fromMs + ((x - GUTTER) / (width - GUTTER)) * (toMs - fromMs)
}

/** Shards as bands through time: a split forks a band, a merge joins two; a second's colour is its share of the limit. */
export function paint(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { width, height, lanes, heat, view } = picture
  context.clearRect(0, 0, width, height)
  context.imageSmoothingEnabled = false
  context.save()
  context.beginPath()
  context.rect(0, 0, width, height - AXIS_HEIGHT)
  context.clip()
  for (const [row, lane] of lanes.entries()) paintLane(context, picture, palette, lane, row)
  if (heat) paintSeconds(context, picture, palette, heat)
  for (const lane of lanes) paintFrame(context, picture, palette, lane)
  for (const cursor of picture.cursors) paintCursor(context, picture, palette, cursor)
  if (picture.markMs !== null) {
    context.fillStyle = palette.accent
    context.fillRect(xOf(picture, picture.markMs), 0, 1, height)
  }
  paintGutter(context, picture, palette)
  context.restore()
  if (view === 'ranges') paintHashAxis(context, picture, palette)
  paintTimeAxis(context, picture, palette)
}

const topOf = ({ scrolled }: Picture, lane: Lane) => Math.round(lane.top) - scrolled
/** Lanes of a few pixels lie side by side: a gap would be a third of the picture. */
const heightOf = (lane: Lane) => {
  const height = Math.round(lane.bottom) - Math.round(lane.top)
  return Math.max(1, height < 5 ? height : height - GAP)
}

function spanOf(picture: Picture, { bornMs, endMs }: Lane): [number, number] {
  return [Math.max(GUTTER, xOf(picture, bornMs)), Math.min(picture.width, xOf(picture, endMs))]
}

function paintLane(
  context: CanvasRenderingContext2D,
  picture: Picture,
  palette: Palette,
  lane: Lane,
  row: number,
): void {
  const [left, right] = spanOf(picture, lane)
  if (right <= left) return
  const top = topOf(picture, lane)
  const height = heightOf(lane)
  context.fillStyle = palette.lane
  context.fillRect(left, top, right - left, height)
  const { heat } = picture
  if (!heat) return
  const { image, dyed, fromMs, columnMs } = heat
  const x = xOf(picture, fromMs)
  const drawn = xOf(picture, fromMs + columnMs * image.width) - x
  const line = (offset: number, y: number, tall: number) => {
    const at = row * 3 + offset
    if (dyed.has(at)) context.drawImage(image, 0, at, image.width, 1, x, y, drawn, tall)
  }
  line(0, top, height)
  const mark = Math.min(MARK, height / 2)
  line(1, top, mark)
  line(2, top + height - mark, mark)
}

/** Thin lines between seconds that are wide enough to be told apart. */
function paintSeconds(context: CanvasRenderingContext2D, picture: Picture, palette: Palette, heat: Heat): void {
  const step = ((picture.width - GUTTER) * heat.columnMs) / (picture.toMs - picture.fromMs)
  if (step < 4) return
  context.fillStyle = palette.panel
  for (let i = 0; i <= heat.image.width; i++)
    context.fillRect(Math.round(xOf(picture, heat.fromMs + i * heat.columnMs)), 0, 1, picture.height)
}

function paintFrame(context: CanvasRenderingContext2D, picture: Picture, palette: Palette, lane: Lane): void {
  const { shardId, closedMs } = lane.shard
  const chosen = picture.selected.includes(shardId)
  const [left, right] = spanOf(picture, lane)
  if (right <= left) return
  const top = topOf(picture, lane)
  const height = heightOf(lane)
  if (closedMs !== undefined && closedMs < picture.toMs) {
    context.fillStyle = palette.quiet
    context.fillRect(right - 1, top, 1, height)
  }
  if (chosen || picture.kin.has(shardId)) {
    context.strokeStyle = palette.accent
    context.lineWidth = chosen ? 2 : 1
    context.setLineDash(chosen ? [] : [3, 3])
    context.strokeRect(left + 1, top + 1, right - left - 2, Math.max(1, height - 2))
    context.setLineDash([])
  }
  if (picture.view !== 'ranges' || height < 15 || right - left < 76) return
  context.font = MONO
  const label = shortShard(shardId)
  context.fillStyle = palette.panel
  context.fillRect(left, top, context.measureText(label).width + 12, Math.min(height, 17))
  context.fillStyle = palette.text
  context.fillText(label, left + 6, top + 12)
}

/** A cursor where a consumer stands in the lane: its distance from the right edge is its age behind the tip. */
function paintCursor(context: CanvasRenderingContext2D, picture: Picture, palette: Palette, cursor: Cursor): void {
  const lane = picture.lanes.find(({ shard }) => shard.shardId === cursor.shardId)
  if (!lane) return
  const x = Math.min(picture.width - 2, Math.max(GUTTER + 2, xOf(picture, cursor.atMs)))
  const top = topOf(picture, lane)
  context.fillStyle = palette.series[cursor.series % palette.series.length]
  context.fillRect(x - 1, top, 2, heightOf(lane))
  context.beginPath()
  context.moveTo(x - 4, top)
  context.lineTo(x + 4, top)
  context.lineTo(x, top + 5)
  context.fill()
}

/** Names of the rows, each with its load now. */
function paintGutter(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  context.fillStyle = palette.panel
  context.fillRect(0, 0, GUTTER, picture.height)
  if (picture.view !== 'rows') return
  context.font = MONO
  for (const lane of picture.lanes) {
    const { shardId } = lane.shard
    const middle = topOf(picture, lane) + heightOf(lane) / 2 + 4
    if (picture.selected.includes(shardId)) {
      context.fillStyle = palette.accent
      context.fillRect(0, topOf(picture, lane), 2, heightOf(lane))
    }
    context.textAlign = 'left'
    context.fillStyle = lane.shard.state === 'OPEN' ? palette.text : palette.quiet
    context.fillText(shortShard(shardId), 8, middle)
    context.textAlign = 'right'
    context.fillStyle = palette.quiet
    context.fillText(picture.notes.get(shardId) ?? '', GUTTER - 6, middle)
  }
  context.textAlign = 'left'
}

function paintHashAxis(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const height = picture.height - AXIS_HEIGHT
  context.font = MONO
  context.fillStyle = palette.quiet
  context.textAlign = 'right'
  for (let i = 0; i <= 4; i++) {
    const y = (height * i) / 4
    const label = i === 4 ? '2¹²⁸' : `0x${(i * 64).toString(16).padStart(2, '0')}…`
    context.fillText(label, GUTTER - 10, Math.min(height - 3, Math.max(10, y + 4)))
    context.fillRect(GUTTER - 5, Math.min(height - 1, y), 4, 1)
  }
  context.textAlign = 'left'
}

const STEPS_S = [5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800]

function paintTimeAxis(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): void {
  const { width, height, fromMs, toMs } = picture
  const seconds = (toMs - fromMs) / 1000
  const step = STEPS_S.find((candidate) => (candidate / seconds) * (width - GUTTER) > 90) ?? 604_800
  const base = height - AXIS_HEIGHT
  context.fillStyle = palette.line
  context.fillRect(0, base, width, 1)
  context.font = UI
  context.textAlign = 'center'
  for (let time = Math.ceil(fromMs / 1000 / step) * step * 1000; time <= toMs; time += step * 1000) {
    const x = Math.round(xOf(picture, time))
    context.fillStyle = palette.line
    context.fillRect(x, base, 1, 4)
    context.fillStyle = palette.quiet
    const [day, clock] = formatTime(time).split(' ')
    const label = step >= 86_400 ? day : step >= 60 ? clock.slice(0, 5) : clock
    if (x + 28 < width && x - 28 > GUTTER) context.fillText(label, x, base + 15)
  }
  context.textAlign = 'left'
}
