import { priceOf } from '../../../../engines/kit/pure/prices.ts'
import { formatCost, useCall } from '../../../lib/index.ts'

const HOURS_A_MONTH = 730

/** What so many more (or fewer) open shards cost on AWS, in words; null until the prices are known. */
export function useShardCost(shards: number): string | null {
  const { data: prices } = useCall((clients, signal) => clients.workspace.readPrices({}, { signal }), [])
  const hour = prices && priceOf(prices, 'kinesis.shardHour', Math.abs(shards))
  if (!prices || hour === null) return null
  const sign = shards < 0 ? '−' : '+'
  return `On AWS: ${sign}${formatCost(hour ?? 0)} an hour, ${sign}${formatCost((hour ?? 0) * HOURS_A_MONTH)} a month (${prices.region}, ${prices.asOf}; PUT units cost the same).`
}
