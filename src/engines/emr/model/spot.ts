import { seededRandom } from '../../kit/pure/random.ts'

/** A price holds for so long. */
export const PRICE_STEP_MS = 300_000
/** Between the notice of an interruption and its end (Amazon EC2 user guide, "Spot Instance interruption notices"). */
export const NOTICE_MS = 120_000

const HOUR_MS = 3600_000
/** Waves of the price: how long, and how much of the on-demand price. */
const WAVES: readonly (readonly [periodMs: number, share: number])[] = [
  [24 * HOUR_MS, 0.15],
  [6 * HOUR_MS, 0.1],
  [HOUR_MS, 0.05],
]
const BASE_SHARE = 0.25
/** One hour in so many has demand that drives the price above the on-demand price. */
const PEAK_HOURS = 48
const PEAK_SHARE = 1.2

/**
 * The simulated price of a Spot instance, US dollars an hour: a function of time alone, so that it is the same whenever it is asked for.
 * Its seed is the zone and the type.
 */
export function spotUsd(type: string, zone: string, timeMs: number, onDemandUsd: number): number {
  const stepMs = timeMs - (timeMs % PRICE_STEP_MS)
  if (isPeak(type, zone, stepMs)) return round(onDemandUsd * PEAK_SHARE)
  const share = WAVES.reduce(
    (sum, [periodMs, part]) => sum + part * wave(`${zone}/${type}`, stepMs, periodMs),
    BASE_SHARE,
  )
  return round(onDemandUsd * share)
}

export const nextPriceMs = (timeMs: number): number => timeMs - (timeMs % PRICE_STEP_MS) + PRICE_STEP_MS

export function isPeak(type: string, zone: string, timeMs: number): boolean {
  return noise(`${zone}/${type}/peak`, Math.floor(timeMs / HOUR_MS)) < 1 / PEAK_HOURS
}

/** Smooth noise from 0 to 1: random values a period apart, with a cosine between them. */
function wave(seed: string, timeMs: number, periodMs: number): number {
  const at = Math.floor(timeMs / periodMs)
  const between = (1 - Math.cos((Math.PI * (timeMs % periodMs)) / periodMs)) / 2
  const name = `${seed}/${periodMs}`
  return noise(name, at) * (1 - between) + noise(name, at + 1) * between
}

const noise = (seed: string, at: number): number => seededRandom(`${seed}/${at}`).next()
const round = (usd: number): number => Math.round(usd * 10_000) / 10_000
