import type { DuckSession } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import { from } from './conditions.ts'
import { Bucket, type Term } from './contract.ts'
import { columnAt, isMoment, type Relation } from './relation.ts'

/** A line through more points than this is read no better. */
const ENOUGH = 100

/** The start of the bucket that a time falls into, in UTC; null stays null. A week begins on Monday (ISO 8601). */
export function bucketed({ name, column }: { name: string; column: Column }, bucket: Bucket | null): string {
  if (bucket === null) return name
  if (!isMoment(column))
    throw new EngineError('BucketRefused', `${column.name} holds no dates or timestamps to put into buckets.`)
  const start = `date_trunc('${bucket}', ${name})`
  return column.type === 'date' ? `${start}::DATE` : start
}

/**
 * The finest bucket of which there are not too many; null where the values themselves are few, or are no times. Those that have rows are
 * counted, not the span, so that a single day in the year 9999 makes no bucket coarser.
 */
export async function likelyBucket(
  session: DuckSession,
  relation: Relation,
  wanted: { x: number; terms: readonly Term[] },
  signal: AbortSignal,
): Promise<Bucket | null> {
  const across = columnAt(relation, wanted.x)
  if (!isMoment(across.column)) return null
  const counts = [null, ...Bucket.options].map((bucket) => `count(DISTINCT ${bucketed(across, bucket)})`)
  const { values } = await session.query(
    `SELECT ${counts.join(', ')} FROM (SELECT DISTINCT ${across.name} FROM ${from(relation, wanted)})`,
    { signal },
  )
  const [each, ...buckets] = values.map(([count]) => Number(count))
  if (each <= ENOUGH) return null
  return Bucket.options[buckets.findIndex((count) => count <= ENOUGH)] ?? 'year'
}
