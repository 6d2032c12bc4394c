import type { PriceTable } from '../../kit/pure/prices.ts'
import { seededRandom } from '../../kit/pure/random.ts'
import type { Group, Place } from '../contract.ts'
import { choose } from './choose.ts'
import { hourlyUsd } from './instance-types.ts'
import { spotUsd } from './spot.ts'

const ZONES = 'abcdef'

/** Where a subnet lies. There is no network here that could say it, so its id does: always the same, and simulated. */
export function zoneOfSubnet(subnet: string): string {
  return `us-east-1${ZONES[seededRandom(`subnet/${subnet}`).int(ZONES.length)]}`
}

/** Of the places that a cluster may have, the one where what it begins with costs least now, all of it in that one zone (EMR management guide, "Select an Availability Zone"). */
export function cheapestPlace(
  places: readonly Place[],
  groups: readonly Group[],
  nowMs: number,
  prices: PriceTable,
): Place | undefined {
  const usdIn = (zone: string) =>
    groups.reduce((sum, group) => {
      const spot = choose(group, 'SPOT', zone, nowMs, prices)
      const spotOf = spotUsd(spot.type, zone, nowMs, hourlyUsd(spot.type, prices).ec2) / spot.weight
      const { type, weight } = choose(group, 'ON_DEMAND', zone, nowMs, prices)
      return sum + group.spot * spotOf + (group.onDemand * hourlyUsd(type, prices).ec2) / weight
    }, 0)
  const [first, ...others] = places.map((place) => ({ place, usd: usdIn(place.zone) }))
  return others.reduce((best, next) => (next.usd < best.usd ? next : best), first)?.place
}
