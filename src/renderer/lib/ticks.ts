import { compactUnit, formatNumber } from './format.ts'

/** Where an axis has its labels, and how they read. */

/** Round values that cover a domain: 1, 2, 2.5 or 5 times a power of ten apart. */
export function niceTicks(min: number, max: number, count: number): number[] {
  if (!(max > min)) return min === 0 ? [0, 1] : niceTicks(Math.min(0, min), Math.max(0, max), count)
  if (!Number.isFinite(max - min)) return [min, 0, max]
  const rough = (max - min) / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10)
  const first = Math.floor(min / step + 1e-9)
  const last = Math.ceil(max / step - 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

const SECOND = 1000
const DAY = 86_400 * SECOND
/** The first one of the epoch: weeks begin by it. */
const MONDAY = 4 * DAY
const CLOCK_STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200].map((s) => s * SECOND)

/** Moments of an axis of time at the edges of seconds, days, months or years, about `count` of them, in UTC. */
export function timeTicks(min: number, max: number, count: number): number[] {
  const span = Math.max(1, max - min)
  const rough = span / Math.max(1, count)
  if (rough < SECOND / 2) return niceTicks(min, min + span, count).filter((tick) => tick >= min && tick <= max)
  const clock = CLOCK_STEPS.find((step) => step >= rough)
  if (clock) return stepped(min, max, clock)
  if (rough <= 14 * DAY) {
    const days = [1, 2, 7, 14].find((each) => each * DAY >= rough) ?? 14
    return stepped(min, max, days * DAY, days < 7 ? 0 : MONDAY)
  }
  const months =
    [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000].find((n) => n * 30.44 * DAY >= rough) ?? 12_000
  const ticks: number[] = []
  const start = new Date(min)
  const first = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months
  for (let m = first; ; m += months) {
    // A year below 100 would be taken for one of the last century.
    const time = new Date(0).setUTCFullYear(Math.floor(m / 12), ((m % 12) + 12) % 12, 1)
    if (!(time <= max)) return ticks
    if (time >= min) ticks.push(time)
  }
}

function stepped(min: number, max: number, step: number, from = 0): number[] {
  const ticks: number[] = []
  for (let time = from + Math.ceil((min - from) / step) * step; time <= max; time += step) ticks.push(time)
  return ticks
}

/** The labels of one axis are of one unit, without their sign: "0, 250, 1,000, 1,250", or "0, 25 k, 50 k". */
export function axisText(ticks: readonly number[]): (magnitude: number) => string {
  const unit = compactUnit(Math.max(0, ...ticks.map(Math.abs)))
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : 1
  if (!unit || step < 1e-9) return (magnitude) => (magnitude === 0 ? '0' : exponential(magnitude))
  const digits = Math.max(4, Math.ceil(-Math.log10(step / unit.divisor)) + 1)
  return (magnitude) =>
    `${formatNumber(magnitude / unit.divisor, Math.min(12, digits))}${magnitude === 0 ? '' : unit.text}`
}

const exponential = (value: number) => value.toExponential(2).replace(/\.?0*e\+?/, 'e')
