import { HISTORY_SECONDS, type History } from '../metrics/history.ts'
import type { Measure } from '../metrics/load.ts'
import type { Lane } from './lanes.ts'

type Rgb = readonly [number, number, number]

/** Three pixels' lines for each lane, a column for each so many seconds: its heat, and its throttled writes and reads. */
export interface Heat {
  readonly image: OffscreenCanvas
  /** The lines that have any colour: to stretch an empty one costs as much, and most have no throttles. */
  readonly dyed: ReadonlySet<number>
  readonly fromMs: number
  readonly columnMs: number
}

/**
 * Colours of all seconds of all lanes as one small image, which is then stretched: a rectangle for each second of a hundred shards would cost
 * a hundred times as much. A column is the hottest of its seconds.
 */
export function heatOf(
  lanes: readonly Lane[],
  history: History,
  measure: Measure,
  [fromMs, toMs]: readonly [number, number],
  columnsMax: number,
  { ramp, write, read }: { ramp: readonly Rgb[]; write: Rgb; read: Rgb },
): Heat | null {
  const oldestMs = Math.max(fromMs, history.newestMs - (HISTORY_SECONDS - 1) * 1000)
  const perColumn = Math.max(1, Math.ceil((toMs - fromMs) / 1000 / Math.max(1, columnsMax)))
  const columnMs = perColumn * 1000
  // Columns begin at multiples of their length, so that they keep their seconds while time goes on.
  const firstMs = Math.floor(oldestMs / columnMs) * columnMs
  const columns = Math.ceil((toMs - firstMs) / columnMs)
  if (lanes.length === 0 || columns <= 0) return null
  const pixels = new ImageData(columns, lanes.length * 3)
  const dyed = new Set<number>()
  lanes.forEach(({ shard }, row) => {
    const put = (column: number, line: number, colour: Rgb) => {
      dyed.add(row * 3 + line)
      dye(pixels, column, row * 3 + line, colour)
    }
    const found = history.columns(shard.index, firstMs, columns, perColumn, measure.parts)
    for (let column = 0; column < columns; column++) {
      const share = found[column * 3]
      if (share > 0) put(column, 0, ramp[rampIndex(share, ramp.length)])
      if (found[column * 3 + 1] > 0) put(column, 1, write)
      if (found[column * 3 + 2] > 0) put(column, 2, read)
    }
  })
  const image = new OffscreenCanvas(columns, lanes.length * 3)
  image.getContext('2d')!.putImageData(pixels, 0, 0)
  return { image, dyed, fromMs: firstMs, columnMs }
}

function dye({ data, width }: ImageData, x: number, y: number, [red, green, blue]: Rgb): void {
  const at = (y * width + x) * 4
  data[at] = red
  data[at + 1] = green
  data[at + 2] = blue
  data[at + 3] = 255
}

/** Any traffic at all is told from none; the top step is the whole limit or more. */
export function rampIndex(share: number, steps: number): number {
  if (share <= 0) return 0
  return Math.min(steps - 1, 1 + Math.floor(share * (steps - 2)))
}
