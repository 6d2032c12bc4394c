import prices from '../../../../../resources/prices.json'
import { formatCost } from '../../../lib/index.ts'

const HOURS_A_MONTH = 730
const { usd, per } = prices.items['kinesis.shardHour']

/** What so many more (or fewer) open shards cost on AWS, in words. */
export function costOf(shards: number): string {
  const hour = (Math.abs(shards) * usd) / per
  const sign = shards < 0 ? '−' : '+'
  return `On AWS: ${sign}${formatCost(hour)} an hour, ${sign}${formatCost(hour * HOURS_A_MONTH)} a month (${prices.region}, ${prices.asOf}; PUT units cost the same).`
}
