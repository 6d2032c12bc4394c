import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../kit/pure/errors.ts'

/** US dollars for what a run's nodes charge, by item, from a dated table that a person can edit. */
const PriceTable = z.object({
  /** When the prices were looked up. */
  asOf: z.string(),
  region: z.string(),
  items: z.record(
    z.string(),
    z.object({ usd: z.number().nonnegative(), per: z.number().positive(), what: z.string() }),
  ),
})
export type PriceTable = z.infer<typeof PriceTable>

/** The workspace's own `prices.json`, else the one the program ships. */
export async function readPrices(workspaceDirectory: string, resourcesDirectory: string): Promise<PriceTable | null> {
  for (const file of [join(workspaceDirectory, 'prices.json'), join(resourcesDirectory, 'prices.json')]) {
    const text = await readFile(file, 'utf8').catch(() => null)
    if (text === null) continue
    try {
      return PriceTable.parse(JSON.parse(text))
    } catch (thrown) {
      throw new EngineError('InvalidDocument', `${file} is no price table: ${(thrown as Error).message}`, {
        at: { file },
      })
    }
  }
  return null
}

export function priceOf(prices: PriceTable | null, charges: ReadonlyMap<string, number>): number | null {
  if (!prices) return null
  let usd = 0
  for (const [item, quantity] of charges) {
    const price = prices.items[item]
    if (!price) return null
    usd += (quantity / price.per) * price.usd
  }
  return usd
}
