import { type Duck, identifier } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import { called, distinctNames, from, shown } from './conditions.ts'
import type { Aggregate, PivotTable, Term } from './contract.ts'
import { columnAt, isNumber, kept, type Relation } from './relation.ts'

const ACROSS_MAX = 200
const ROWS_MAX = 10_000

/**
 * A pivot by conditional aggregates, one for each value across. DuckDB's PIVOT does the same, but names its columns by itself, so that
 * a value that is called like a row's column would be refused.
 */
export async function pivot(
  duck: Duck,
  relation: Relation,
  wanted: {
    rows: readonly number[]
    across: number
    value: number | null
    aggregate: Aggregate
    terms: readonly Term[]
  },
  signal: AbortSignal,
): Promise<PivotTable> {
  const across = columnAt(relation, wanted.across)
  const rows = wanted.rows.map((place) => columnAt(relation, place))
  const value = wanted.value === null ? null : columnAt(relation, wanted.value)
  if (!value && wanted.aggregate !== 'count')
    throw new EngineError('PivotRefused', `${wanted.aggregate} needs a column of values.`)
  if (value) refuseNoNumbers(wanted.aggregate, value.column)
  const key = shown(across.name, across.column)
  const taken = from(relation, wanted)
  return kept(
    duck.use(
      async (session) => {
        const found = await session.query(
          `SELECT key, sum(n) OVER () FROM (SELECT ${key} AS key, any_value(${across.name}) AS x, count(*) AS n FROM ${taken} GROUP BY key)
           ORDER BY x NULLS LAST LIMIT ${ACROSS_MAX + 1}`,
          { signal },
        )
        const keys = found.values[0]
        if (keys.length > ACROSS_MAX)
          throw new EngineError(
            'PivotRefused',
            `${across.column.name} has more than ${ACROSS_MAX} values: choose a column with fewer to go across.`,
          )
        const names = distinctNames([
          ...rows.map(({ column }) => column.name),
          ...keys.map((each) => (each === null ? 'null' : String(each) || '(empty)')),
        ])
        const filters = keys.map((_, i) => `FILTER (${key} IS NOT DISTINCT FROM $${i + 1})`)
        const cells = filters.map((filter, i) =>
          called(`${wanted.aggregate}(${value ? value.name : '*'}) ${filter}`, names[rows.length + i]),
        )
        const groups = rows.map(({ name }, i) => called(name, names[i]))
        const list = [...groups, ...cells, ...filters.map((filter) => `count(*) ${filter} = 0`)]
        const sql = `SELECT ${list.join(', ')} FROM ${taken}
          GROUP BY ${rows.map(({ name }) => name).join(', ')} ORDER BY ${rows.map((_, i) => identifier(names[i])).join(', ')} LIMIT ${ROWS_MAX + 1}`
        const page = await session.query(sql, {
          signal,
          values: keys.map((each) => (each === null ? null : String(each))),
        })
        const width = names.length
        return {
          columns: page.columns.slice(0, width),
          start: 0,
          rowCount: Math.min(page.rowCount, ROWS_MAX),
          values: page.values.slice(0, width).map((column) => column.slice(0, ROWS_MAX)),
          absent: page.values.slice(width).map((column) => column.slice(0, ROWS_MAX).map((each) => each === true)),
          more: page.rowCount > ROWS_MAX,
          taken: Number(found.values[1][0] ?? 0),
        }
      },
      { lane: 'user', signal },
    ),
  )
}

export function refuseNoNumbers(aggregate: Aggregate, column: Column): void {
  if ((aggregate === 'sum' || aggregate === 'avg') && !isNumber(column))
    throw new EngineError('AggregateRefused', `${aggregate} needs numbers; ${column.name} has none.`)
}
