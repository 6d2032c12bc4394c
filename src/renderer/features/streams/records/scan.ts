import { dataBytes, keyText, type RecordBatch } from '../../../../engines/kit/pure/batch.ts'
import { compileMatcher, parse } from '../../../../engines/kit/pure/expr/index.ts'
import { compares } from './condition.ts'
import type { Decoded } from './decoders/decoder.ts'
import { type Decoders, decode } from './decoders/index.ts'

/** A record as a table shows it. */
export interface ScannedRecord {
  readonly offset: number
  readonly key: string
  readonly arrivalMs: number
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly layers: readonly string[]
  readonly line: string
  /** User records in it, where KPL aggregated them. */
  readonly parts: number
}

export interface Scan {
  readonly batch: RecordBatch
  readonly startOffset: number
  readonly arrivals: Float64Array
  readonly condition: string
  readonly limit: number
}

export interface Scanned {
  readonly rows: ScannedRecord[]
  /** Records that were looked at: fewer than there are where the limit was met. */
  readonly looked: number
}

const LINE_LENGTH = 400

/** The records of a batch that meet a condition, at most so many. */
export async function scan(
  { batch, startOffset, arrivals, condition, limit }: Scan,
  decoders: Decoders,
): Promise<Scanned> {
  const matches = matcher(condition)
  const rows: ScannedRecord[] = []
  let looked = 0
  for (; looked < batch.count && rows.length < limit; looked++) {
    const bytes = dataBytes(batch, looked)
    const found = decode(bytes, decoders, { whole: false })
    const decoded = found instanceof Promise ? await found : found
    const key = keyText(batch, looked)
    if (!matches(decoded, key)) continue
    rows.push({
      offset: startOffset + looked,
      key,
      arrivalMs: arrivals[looked],
      bytes: bytes.slice() as Uint8Array<ArrayBuffer>,
      layers: decoded.layers,
      line: decoded.line.slice(0, LINE_LENGTH),
      parts: decoded.parts?.length ?? 0,
    })
  }
  return { rows, looked }
}

/** A condition over the fields of what is structured; a text that is no expression is looked for in data and keys. */
export function matcher(condition: string): (record: Decoded, key: string) => boolean {
  const text = condition.trim()
  if (text === '') return () => true
  if (!compares(text)) {
    const needle = text.toLowerCase()
    return ({ line, parts = [] }, key) =>
      line.toLowerCase().includes(needle) ||
      key.toLowerCase().includes(needle) ||
      parts.some((part) => part.key.toLowerCase().includes(needle))
  }
  const meets = compileMatcher(parse(text))
  const fits = (value: unknown): boolean =>
    Array.isArray(value)
      ? value.some(fits)
      : typeof value === 'object' && value !== null && meets(value as Record<string, never>)
  return ({ value, parts = [] }) => fits(value) || parts.some(({ decoded }) => fits(decoded.value))
}
