import type { Measured } from './contract.ts'

/** Distinct values that a point keeps as they are; beyond it they are kept to half a percent. */
const VALUES_MAX = 200
const STEP = Math.log(1.01)

export function merged(a: Measured, b: Measured): Measured {
  const values = a.values && b.values && mergedValues([...a.values, ...b.values])
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    ...(values && { values }),
  }
}

function mergedValues(pairs: readonly [number, number][]): [number, number][] {
  const exact = tally(pairs, (value) => value)
  return exact.length <= VALUES_MAX ? exact : tally(exact, rounded)
}

function tally(pairs: readonly [number, number][], place: (value: number) => number): [number, number][] {
  const counts = new Map<number, number>()
  for (const [value, count] of pairs) counts.set(place(value), (counts.get(place(value)) ?? 0) + count)
  return [...counts].sort(([a], [b]) => a - b)
}

/** The middle of the value's step on a scale whose steps are one percent each. */
function rounded(value: number): number {
  if (value === 0) return 0
  return Math.sign(value) * Math.exp(Math.round(Math.log(Math.abs(value)) / STEP) * STEP)
}

const STATISTICS = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'] as const
export type Statistic = (typeof STATISTICS)[number]

export const isStatistic = (name: string): name is Statistic => STATISTICS.includes(name as Statistic)

const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,10})?|100)$/

export const isPercentile = (name: string): boolean => PERCENTILE.test(name)

/** A statistic of a period; a percentile is undefined where only summaries were put. */
export function statisticOf(name: string, { count, sum, min, max, values }: Measured): number | undefined {
  switch (name) {
    case 'SampleCount':
      return count
    case 'Sum':
      return sum
    case 'Average':
      return sum / count
    case 'Minimum':
      return min
    case 'Maximum':
      return max
    default:
      return values && percentile(values, Number(PERCENTILE.exec(name)![1]) / 100, min, max)
  }
}

/** The value at a share of all, between the two nearest where it falls between them. */
function percentile(values: readonly [number, number][], share: number, min: number, max: number): number {
  const total = values.reduce((sum, [, count]) => sum + count, 0)
  const place = share * (total - 1)
  const below = valueAt(values, Math.floor(place))
  const above = valueAt(values, Math.ceil(place))
  return Math.min(max, Math.max(min, below + (above - below) * (place - Math.floor(place))))
}

function valueAt(values: readonly [number, number][], place: number): number {
  let passed = 0
  for (const [value, count] of values) {
    passed += count
    if (place < passed) return value
  }
  return values[values.length - 1][0]
}
