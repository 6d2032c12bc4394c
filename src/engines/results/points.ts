import type { Duck } from '../kit/node/duck.ts'
import { bucketed, FEW, likelyBucket } from './buckets.ts'
import { called, from, shown } from './conditions.ts'
import type { Aggregate, Bucket, Grouping, Points, Term } from './contract.ts'
import { refuseNoNumbers } from './pivot.ts'
import { columnAt, isMoment, isNumber, kept, type Relation } from './relation.ts'

/** A chart of more points than pixels says no more. */
const POINTS_MAX = 1000
/** Colours that an eye keeps apart. */
const SERIES_MAX = 10

/** Whether one place of the axis has several rows, and whether another column tells those of one value apart. */
export async function grouping(
  duck: Duck,
  relation: Relation,
  wanted: { x: number; by: readonly number[]; bucket: Bucket | 'auto' | null; terms: readonly Term[] },
  signal: AbortSignal,
): Promise<Grouping> {
  const x = groupKey(relation, wanted.x)
  const by = wanted.by.map((place) => groupKey(relation, place))
  const distinct = (key: string) => `count(DISTINCT ${key}) + coalesce(max((${key} IS NULL)::INTEGER), 0)`
  return kept(
    duck.use(
      async (session) => {
        const counted = async (list: readonly string[]) => {
          const found = await session.query(`SELECT ${list.join(', ')} FROM ${from(relation, wanted)}`, { signal })
          return found.values.map(([count]) => Number(count))
        }
        const pairs = by.flatMap((key) => [distinct(key), `count(DISTINCT (${x}, ${key}))`])
        const [rows, values, ...counts] = await counted(['count(*)', distinct(x), ...pairs])
        const likely = () => (values > FEW ? likelyBucket(session, relation, wanted, signal) : null)
        const bucket = wanted.bucket === 'auto' ? await likely() : wanted.bucket
        const [groups] = bucket ? await counted([distinct(bucketed(columnAt(relation, wanted.x), bucket))]) : [values]
        return {
          rows,
          values,
          groups,
          bucket,
          by: by.map((_, i) => ({ values: counts[2 * i], together: counts[2 * i + 1] })),
        }
      },
      { lane: 'user', signal },
    ),
  )
}

const groupKey = (relation: Relation, place: number) => {
  const { name, column } = columnAt(relation, place)
  return column.type === 'json' ? shown(name, column) : name
}

/** The points of a chart: one for each value of `x` or bucket of them, or for each row where nothing is aggregated. */
export async function points(
  duck: Duck,
  relation: Relation,
  wanted: {
    x: number
    y: readonly number[]
    split: number | null
    aggregate: Aggregate | null
    bucket: Bucket | null
    terms: readonly Term[]
  },
  signal: AbortSignal,
): Promise<Points> {
  const { aggregate } = wanted
  const across = columnAt(relation, wanted.x)
  const x = bucketed(across, aggregate ? wanted.bucket : null)
  const rows = from(relation, wanted)
  const split = wanted.split === null ? null : columnAt(relation, wanted.split)
  const measures = aggregate === 'count' ? [null] : wanted.y.map((place) => columnAt(relation, place))
  for (const measure of measures) if (measure && aggregate) refuseNoNumbers(aggregate, measure.column)
  const key = split && shown(split.name, split.column)
  return kept(
    duck.use(
      async (session) => {
        const found = key
          ? await session.query(
              `SELECT key, count(*) OVER () FROM (SELECT ${key} AS key, count(*) AS n FROM ${rows} GROUP BY key)
               ORDER BY n DESC, key LIMIT ${SERIES_MAX}`,
              { signal },
            )
          : null
        const keys = found ? [...found.values[0]].sort(nullsLast) : []
        const series = (found ? keys.map((_, i) => i) : [null]).flatMap((of) =>
          measures.map((measure) => ({ of, measure })),
        )
        const list = series.map(({ of, measure }, i) => {
          const belongs = of === null ? null : `${key} IS NOT DISTINCT FROM $${of + 1}`
          const value = measure?.name ?? '*'
          if (aggregate) return called(`${aggregate}(${value})${belongs ? ` FILTER (${belongs})` : ''}`, `y${i}`)
          return called(belongs ? `CASE WHEN ${belongs} THEN ${value} END` : value, `y${i}`)
        })
        // Time and numbers have an order of their own; names stand as the result has them.
        const ordered = isMoment(across.column) || isNumber(across.column)
        const order = aggregate ? (ordered ? 'x NULLS LAST' : 'min(rowid)') : 'rowid'
        const page = await session.query(
          `SELECT ${[called(x, 'x'), ...list].join(', ')} FROM ${rows}
           ${aggregate ? `GROUP BY ${x}` : ''} ORDER BY ${order} LIMIT ${POINTS_MAX}`,
          { signal, values: keys.map((each) => (each === null ? null : String(each))) },
        )
        return {
          page: { columns: page.columns, start: 0, rowCount: page.rowCount, values: page.values },
          series: series.map(({ of, measure }) => ({
            measure: measure?.column.name ?? null,
            value: of === null ? null : String(keys[of] ?? 'null'),
          })),
          splits: Number(found?.values[1][0] ?? 0),
        }
      },
      { lane: 'user', signal },
    ),
  )
}

function nullsLast(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return String(a).localeCompare(String(b), 'en', { numeric: true })
}
