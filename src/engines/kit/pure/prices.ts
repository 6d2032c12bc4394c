import { z } from 'zod'

const Item = z.object({
  usd: z.number().nonnegative(),
  /** How many units that buys: bytes, requests or hours, as `what` says. */
  per: z.number().positive(),
  what: z.string(),
  /** The page of AWS the price is from, by title. */
  page: z.string().optional(),
})

/** List prices in US dollars, by item, with the month they were looked up in. Every cost shown is simulated from it. */
export const PriceTable = z.object({ asOf: z.string(), region: z.string(), items: z.record(z.string(), Item) })
export type PriceTable = z.infer<typeof PriceTable>

/** US dollars of a quantity; null where the table has no such item. */
export function priceOf(prices: PriceTable, item: string, quantity: number): number | null {
  const price = prices.items[item]
  return price ? (quantity / price.per) * price.usd : null
}
