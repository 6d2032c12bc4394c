import { z } from 'zod'

const Item = z.object({
  usd: z.number().nonnegative(),
  /** How many units that buys: bytes, requests or hours, as `what` says. */
  per: z.number().positive(),
  what: z.string(),
  /** The page of AWS the price is from, by title. */
  page: z.string().optional(),
})

/**
 * Instances that are paid for whether they run or not (Amazon EC2 user guide, "Reserved Instances"): what runs on demand and is of the type takes
 * the place of one before it costs its own price.
 */
export const Reservation = z.object({
  type: z.string(),
  count: z.number().int().min(1).max(10_000),
  /** What an hour of one costs, with its share of what was paid ahead, US dollars. */
  hourUsd: z.number().nonnegative(),
})
export type Reservation = z.infer<typeof Reservation>

/** List prices in US dollars, by item, with the month they were looked up in. Every cost shown is simulated from it. */
export const PriceTable = z.object({
  asOf: z.string(),
  region: z.string(),
  items: z.record(z.string(), Item),
  reserved: z
    .array(Reservation)
    .refine(
      (all) => new Set(all.map(({ type }) => type)).size === all.length,
      'Each type of instance stands here once.',
    )
    .optional(),
})
export type PriceTable = z.infer<typeof PriceTable>

/** US dollars of a quantity; null where the table has no such item. */
export function priceOf(prices: PriceTable, item: string, quantity: number): number | null {
  const price = prices.items[item]
  return price ? (quantity / price.per) * price.usd : null
}
