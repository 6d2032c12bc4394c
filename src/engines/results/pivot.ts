import { type Duck, identifier } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { TablePage } from '../kit/pure/table.ts'
import { called, distinctNames, shown } from './conditions.ts'
import type { Aggregate } from './contract.ts'
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
  wanted: { rows: readonly number[]; across: number; value: number | null; aggregate: Aggregate },
  signal: AbortSignal,
): Promise<TablePage> {
  const across = columnAt(relation, wanted.across)
  const rows = wanted.rows.map((place) => columnAt(relation, place))
  const value = wanted.value === null ? null : columnAt(relation, wanted.value)
  if (!value && wanted.aggregate !== 'count')
    throw new EngineError('PivotRefused', `${wanted.aggregate} needs a column of values.`)
  if (value && (wanted.aggregate === 'sum' || wanted.aggregate === 'avg') && !isNumber(value.column))
    throw new EngineError('PivotRefused', `${wanted.aggregate} needs numbers; ${value.column.name} has none.`)
  const key = shown(across.name, across.column)
  return kept(
    duck.use(
      async (session) => {
        const found = await session.query(
          `SELECT key FROM (SELECT DISTINCT ${across.name} AS x, ${key} AS key FROM ${relation.table}) ORDER BY x NULLS LAST LIMIT ${ACROSS_MAX + 1}`,
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
        const cells = keys.map((_, i) => {
          const of = value ? value.name : '*'
          return called(
            `${wanted.aggregate}(${of}) FILTER (${key} IS NOT DISTINCT FROM $${i + 1})`,
            names[rows.length + i],
          )
        })
        const groups = rows.map(({ name }, i) => called(name, names[i]))
        const sql = `SELECT ${[...groups, ...cells].join(', ')} FROM ${relation.table}
          GROUP BY ${rows.map(({ name }) => name).join(', ')} ORDER BY ${rows.map((_, i) => identifier(names[i])).join(', ')} LIMIT ${ROWS_MAX}`
        const page = await session.query(sql, {
          signal,
          values: keys.map((each) => (each === null ? null : String(each))),
        })
        return { columns: page.columns, start: 0, rowCount: page.rowCount, values: page.values }
      },
      { lane: 'user', signal },
    ),
  )
}
