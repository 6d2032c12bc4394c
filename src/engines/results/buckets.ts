import type { DuckSession } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import { from } from './conditions.ts'
import { Bucket, type Term } from './contract.ts'
import { columnAt, isMoment, type Relation } from './relation.ts'

/** A line through more points than this is read no better. */
export const FEW = 100

/** The start of the bucket that a time falls into, in UTC; null stays null. A week begins on Monday (ISO 8601). */
export function bucketed({ name, column }: { name: string; column: Column }, bucket: Bucket | null): string {
  if (bucket === null) return name
  if (!isMoment(column))
    throw new EngineError('BucketRefused', `${column.name} holds no dates or timestamps to put into buckets.`)
  const start = `date_trunc('${bucket}', ${name})`
  return column.type === 'date' ? `${start}::DATE` : start
}

/** What each bucket is counted from: starts of a finer one are far fewer than the times themselves. */
const FINER: Readonly<Record<Bucket, Bucket | null>> = {
  minute: null,
  hour: 'minute',
  day: 'hour',
  week: 'day',
  month: 'day',
  quarter: 'month',
  year: 'quarter',
}

/**
 * The finest bucket of which there are not too many, for a column of more values than are read well; null where it has no times. Buckets that
 * have rows are counted, not the span, so that a single day in the year 9999 makes none coarser.
 */
export async function likelyBucket(
  session: DuckSession,
  relation: Relation,
  wanted: { x: number; terms: readonly Term[] },
  signal: AbortSignal,
): Promise<Bucket | null> {
  const { name, column } = columnAt(relation, wanted.x)
  if (!isMoment(column)) return null
  const counted = Bucket.options.map((bucket) => {
    const finer = FINER[bucket]
    const [times, rows] = finer ? ['x', `${finer}s`] : [name, from(relation, wanted)]
    return `${bucket}s AS MATERIALIZED (SELECT DISTINCT date_trunc('${bucket}', ${times}) AS x FROM ${rows})`
  })
  const counts = Bucket.options.map((bucket) => `(SELECT count(x) FROM ${bucket}s)`)
  const { values } = await session.query(`WITH ${counted.join(', ')} SELECT ${counts.join(', ')}`, { signal })
  return Bucket.options.find((_, i) => Number(values[i][0]) <= FEW) ?? 'year'
}
