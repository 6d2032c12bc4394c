import { type PriceTable, priceOf } from '../kit/pure/prices.ts'

const MEGABYTE = 1024 ** 2
/** "You are charged for the number of bytes scanned …, rounded up to the nearest megabyte, with a 10 MB minimum per query." */
const BILLED_BYTES_MIN = 10 * MEGABYTE

/** US dollars for the bytes that one query scanned. */
export function athenaPrice(prices: PriceTable, bytes: number): number {
  const billed = Math.max(BILLED_BYTES_MIN, Math.ceil(bytes / MEGABYTE) * MEGABYTE)
  return priceOf(prices, 'athena.bytesScanned', billed)!
}
