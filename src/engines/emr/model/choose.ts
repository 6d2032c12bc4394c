import type { PriceTable } from '../../kit/pure/prices.ts'
import type { Group, InstanceChoice, Market } from '../contract.ts'
import { hourlyUsd } from './instance-types.ts'
import { spotUsd } from './spot.ts'

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
