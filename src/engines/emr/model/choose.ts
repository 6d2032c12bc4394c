import type { PriceTable } from '../../kit/pure/prices.ts'
import type { Cluster, Cost, Group, Instance, InstanceChoice, Market } from '../contract.ts'
import { hourlyUsd, normalizedUnits } from './instance-types.ts'
import { nextPriceMs, spotUsd } from './spot.ts'

const HOUR_MS = 3600_000
/** "Per-second billing with a one-minute minimum" (Amazon EMR pricing). */
const BILLED_MS_MIN = 60_000

/** What a Spot instance may cost at most, US dollars an hour. */
export function bidOf({ type, bidUsd, bidPercent = 100 }: InstanceChoice, prices: PriceTable): number {
  return bidUsd ?? (hourlyUsd(type, prices).ec2 * bidPercent) / 100
}

/** Of an instance group, also while it has no instances. */
export const marketOf = ({ spot, choices: [{ bidUsd, bidPercent }] }: Group): Market =>
  spot > 0 || bidUsd !== undefined || bidPercent !== undefined ? 'SPOT' : 'ON_DEMAND'

/** The type that a fleet gets next: by priority where its strategy says so, else the cheapest for a unit. */
export function choose(group: Group, market: Market, zone: string, nowMs: number, prices: PriceTable): InstanceChoice {
  const usd = ({ type, weight }: InstanceChoice) => {
    const { ec2 } = hourlyUsd(type, prices)
    return (market === 'SPOT' ? spotUsd(type, zone, nowMs, ec2) : ec2) / weight
  }
  const strategy = group.allocation[market === 'SPOT' ? 'spot' : 'onDemand']
  const rank = ({ priority = Number.MAX_VALUE }: InstanceChoice) => (strategy?.endsWith('prioritized') ? priority : 0)
  return group.choices.toSorted((a, b) => rank(a) - rank(b) || usd(a) - usd(b))[0]
}

/** What a cluster costs an hour as it is and has cost until now: an estimate. Spot goes by its simulated price, five minutes at a time. */
export function costOf({ instances, zone }: Cluster, nowMs: number, prices: PriceTable): Cost {
  const cost = { hourUsd: 0, totalUsd: 0, normalizedHours: 0 }
  for (const instance of instances) {
    const { launchedMs, endedMs, type } = instance
    if (launchedMs === undefined) continue
    const { ec2, emr } = hourlyUsd(type, prices)
    const untilMs = Math.max(endedMs ?? nowMs, launchedMs + BILLED_MS_MIN)
    if (endedMs === undefined)
      cost.hourUsd += emr + (instance.market === 'SPOT' ? spotUsd(type, zone, nowMs, ec2) : ec2)
    const ec2Usd =
      instance.market === 'SPOT' ? spotTotal(instance, zone, untilMs, ec2) : (ec2 * (untilMs - launchedMs)) / HOUR_MS
    cost.totalUsd += ec2Usd + (emr * (untilMs - launchedMs)) / HOUR_MS
    cost.normalizedHours += normalizedUnits(type) * Math.ceil((untilMs - launchedMs) / HOUR_MS)
  }
  return cost
}

function spotTotal({ type, launchedMs }: Instance, zone: string, untilMs: number, onDemandUsd: number): number {
  let usd = 0
  for (let at = launchedMs!; at < untilMs; at = nextPriceMs(at))
    usd += (spotUsd(type, zone, at, onDemandUsd) * (Math.min(untilMs, nextPriceMs(at)) - at)) / HOUR_MS
  return usd
}
