import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../kit/pure/errors.ts'

const PriceTable = z.object({
  items: z.record(z.string(), z.object({ usd: z.number().nonnegative(), per: z.number().positive() })),
})

const ITEM = 'athena.bytesScanned'
const MEGABYTE = 1024 ** 2
/** "You are charged for the number of bytes scanned …, rounded up to the nearest megabyte, with a 10 MB minimum per query." */
const BILLED_BYTES_MIN = 10 * MEGABYTE

/** US dollars for bytes scanned, by AWS's list price as the program ships it or as a `prices.json` in the workspace's root has it. */
export function athenaPrice(workspaceDirectory: string, resourcesDirectory: string): (bytes: number) => number {
  const files = [join(workspaceDirectory, 'prices.json'), join(resourcesDirectory, 'prices.json')]
  for (const file of files.filter((name) => existsSync(name))) {
    const parsed = PriceTable.safeParse(readJson(file))
    if (!parsed.success) {
      throw new EngineError('InvalidPriceTable', `${file} is not a price table: ${z.prettifyError(parsed.error)}`, {
        at: { file },
      })
    }
    const item = parsed.data.items[ITEM]
    if (item) return (bytes) => (billedBytes(bytes) / item.per) * item.usd
  }
  throw new EngineError('InvalidPriceTable', `No price table has the item ${ITEM}.`, { domain: 'internal' })
}

function billedBytes(bytes: number): number {
  return Math.max(BILLED_BYTES_MIN, Math.ceil(bytes / MEGABYTE) * MEGABYTE)
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    throw new EngineError('InvalidPriceTable', `${file} cannot be read: ${(thrown as Error).message}`, { at: { file } })
  }
}
