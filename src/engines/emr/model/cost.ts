import type { PriceTable } from '../../kit/pure/prices.ts'
import type { Cluster, Cost, Instance } from '../contract.ts'
import { hourlyUsd, normalizedUnits } from './instance-types.ts'
import { type Reserved, reservedOf } from './reserved.ts'
import { nextPriceMs, spotUsd } from './spot.ts'

const HOUR_MS = 3600_000
/** "Per-second billing with a one-minute minimum" (Amazon EMR pricing). */
const BILLED_MS_MIN = 60_000

/**
 * What a cluster costs an hour as it is and has cost until now: an estimate. Spot goes by its simulated price, five minutes at a time; reserved
 * instances are shared by all `clusters`.
 */
export function costOf(
  { instances, zone }: Cluster,
  clusters: readonly Cluster[],
  nowMs: number,
  prices: PriceTable,
): Cost {
  const cost: Cost = { hourUsd: 0, totalUsd: 0, normalizedHours: 0, reserved: {} }
  const all = clusters.flatMap((cluster) => cluster.instances)
  const reserved = reservedOf(all, prices.reserved ?? [], nowMs, (instance) => billedUntil(instance, nowMs))
  for (const instance of instances) {
    if (instance.launchedMs === undefined) continue
    const { ec2, emr } = hourlyUsd(instance.type, prices)
    const place = reserved.get(instance.id)
    const billedMs = billedUntil(instance, nowMs) - instance.launchedMs
    if (instance.endedMs === undefined) {
      if (place?.now) cost.reserved[instance.id] = place.hourUsd
      cost.hourUsd += emr + hourOf(instance, zone, nowMs, ec2, place)
    }
    cost.totalUsd += totalOf(instance, zone, billedMs, ec2, place) + (emr * billedMs) / HOUR_MS
    cost.normalizedHours += normalizedUnits(instance.type) * Math.ceil(billedMs / HOUR_MS)
  }
  return cost
}

const billedUntil = ({ launchedMs = 0, endedMs }: Instance, nowMs: number): number =>
  Math.max(endedMs ?? nowMs, launchedMs + BILLED_MS_MIN)

function hourOf(
  { market, type }: Instance,
  zone: string,
  nowMs: number,
  onDemandUsd: number,
  place?: Reserved,
): number {
  if (market === 'SPOT') return spotUsd(type, zone, nowMs, onDemandUsd)
  return place?.now ? place.hourUsd : onDemandUsd
}

function totalOf(instance: Instance, zone: string, billedMs: number, onDemandUsd: number, place?: Reserved): number {
  if (instance.market === 'SPOT') return spotTotal(instance, zone, instance.launchedMs! + billedMs, onDemandUsd)
  const { ms = 0, hourUsd = 0 } = place ?? {}
  return (hourUsd * ms + onDemandUsd * (billedMs - ms)) / HOUR_MS
}

function spotTotal({ type, launchedMs }: Instance, zone: string, untilMs: number, onDemandUsd: number): number {
  let usd = 0
  for (let at = launchedMs!; at < untilMs; at = nextPriceMs(at))
    usd += (spotUsd(type, zone, at, onDemandUsd) * (Math.min(untilMs, nextPriceMs(at)) - at)) / HOUR_MS
  return usd
}
