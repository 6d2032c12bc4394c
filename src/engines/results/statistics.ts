import type { Duck } from '../kit/node/duck.ts'
import type { Cell, Column } from '../kit/pure/table.ts'
import { where } from './conditions.ts'
import type { Arrangement, ColumnStatistics } from './contract.ts'
import { columnAt, isMoment, isNumber, kept, type Relation } from './relation.ts'

const STEPS = 24
const TOP = 6

/** What a column holds, of the rows that the conditions leave. Counts are exact. */
export async function statistics(
  duck: Duck,
  relation: Relation,
  arrangement: Arrangement,
  place: number,
  signal: AbortSignal,
): Promise<ColumnStatistics> {
  const { name, column } = columnAt(relation, place)
  // Nested values compare and group as their JSON.
  const value = column.type === 'json' ? `to_json(${name})::VARCHAR` : name
  const rows = `(SELECT ${value} AS x FROM ${relation.table} ${where(relation, arrangement)})`
  const axis = isNumber(column) ? 'x::DOUBLE' : isMoment(column) ? 'epoch(x)' : null
  const mean = isNumber(column) ? 'avg(x::DOUBLE) FILTER (isfinite(x::DOUBLE))' : 'NULL'
  const median = axis ? 'quantile_disc(x, 0.5)' : 'NULL'
  return kept(
    duck.use(
      async (session) => {
        const [all, top] = [
          await session.query(
            `SELECT count(*), count(*) - count(x), count(DISTINCT x), min(x), max(x), ${mean}, ${median} FROM ${rows}`,
            { signal },
          ),
          await session.query(
            `SELECT x, count(*) FROM ${rows} WHERE x IS NOT NULL GROUP BY x ORDER BY count(*) DESC, x LIMIT ${TOP}`,
            { signal },
          ),
        ]
        const [count, nulls, distinct, min, max, average, middle] = all.values.map(([cell]) => cell)
        const number = average === null ? null : Number(average)
        return {
          rows: Number(count),
          nulls: Number(nulls),
          distinct: Number(distinct),
          min,
          max,
          mean: number !== null && Number.isFinite(number) ? number : null,
          median: middle,
          top: top.values[0].map((each, i) => ({ value: each, count: Number(top.values[1][i]) })),
          histogram: axis && Number(distinct) > 1 ? await histogram(axis, stepsOf(column, min, max)) : [],
        }

        async function histogram(of: string, steps: number): Promise<number[]> {
          const { values } = await session.query(
            `WITH v AS (SELECT ${of} AS x FROM ${rows} WHERE isfinite(${of})), e AS (SELECT min(x) AS lo, max(x) AS hi FROM v)
             SELECT least(${steps - 1}, floor((x - lo) / nullif(hi - lo, 0) * ${steps}))::INTEGER AS step, count(*)
             FROM v, e GROUP BY step HAVING step IS NOT NULL`,
            { signal },
          )
          const counts = Array<number>(steps).fill(0)
          values[0].forEach((step, i) => {
            counts[Number(step)] = Number(values[1][i])
          })
          return counts
        }
      },
      { lane: 'user', signal },
    ),
  )
}

/** Whole numbers that are few have a step each: between them there would be empty ones. */
function stepsOf({ type }: Column, min: Cell, max: Cell): number {
  const whole = type === 'integer' || type === 'bigint'
  return whole ? Math.min(STEPS, Number(max) - Number(min) + 1) : STEPS
}
