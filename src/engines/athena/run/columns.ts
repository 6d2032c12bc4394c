import type { TableColumn } from '../../catalog/contract.ts'
import type { DuckSession } from '../../kit/node/duck.ts'
import { hiveType } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Column } from '../../kit/pure/table.ts'
import type { SqlDialect } from '../contract.ts'
import { isUntyped, type PreparedQuery } from '../prepare.ts'

/** The columns of a query as a table of the catalog has them. Names must be there and differ, and each has a type. */
export async function hiveColumns(
  prepared: PreparedQuery,
  columns: readonly Column[],
  session: DuckSession,
  dialect: SqlDialect = 'trino',
): Promise<TableColumn[]> {
  const shape = await session.describe(prepared.sql)
  const seen = new Set<string>()
  const made = columns.map((column, i) => {
    if (/^_col\d+$/.test(column.name)) {
      throw new EngineError('MISSING_COLUMN_NAME', `Column name not specified at position ${i + 1}`)
    }
    if (seen.has(column.name)) {
      throw new EngineError('DUPLICATE_COLUMN_NAME', `Column name '${column.name}' specified more than once`)
    }
    seen.add(column.name)
    if (/\binterval |\btime\b|with time zone/.test(column.declared)) {
      throw new EngineError('NOT_SUPPORTED', `Unsupported Hive type: ${column.declared}`)
    }
    const type = hiveType(shape.types[i])
    if (/[<,]:/.test(type)) {
      const words = 'Anonymous row type is not supported in Hive. Please give each field a name'
      throw new EngineError('NOT_SUPPORTED', `${words}: ${column.declared}`)
    }
    return { name: column.name, type }
  })
  // Spark has a type for nothing.
  if (dialect !== 'trino' || !/\bnull\b/i.test(prepared.sql)) return made
  for (const i of made.keys())
    if (await isUntyped(session, prepared.sql, shape, i))
      throw new EngineError('COLUMN_TYPE_UNKNOWN', `Column type is unknown at position ${i + 1}`)
  return made
}
