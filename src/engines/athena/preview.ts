import { EngineError } from '../kit/pure/errors.ts'
import type { TablePage } from '../kit/pure/table.ts'
import type { SqlDialect } from './contract.ts'
import { prepareQuery, type Reach, shapeOf } from './prepare.ts'
import { numbered } from './results.ts'
import { parseStatement } from './statements/parse.ts'

/** The first rows of a query for a look in passing: no execution, so nothing of it is in the history, kept or charged for. */
export async function previewQuery(
  { sql, dialect, database, rows }: { sql: string; dialect: SqlDialect; database: string; rows: number },
  reach: Reach,
  signal: AbortSignal,
): Promise<TablePage> {
  const statement = parseStatement(sql, dialect)
  if (statement.kind !== 'query') throw new EngineError('NOT_SUPPORTED', 'Only queries have rows to look at.')
  const prepared = await prepareQuery(statement.query, sql, database, reach)
  return reach.duck.use(
    async (session) => {
      const shape = await shapeOf(prepared, session, signal)
      try {
        const limited = `${numbered(prepared.sql, shape)} LIMIT ${rows}`
        const { rowCount, values } = await session.query(limited, { signal })
        return { columns: shape.columns, start: 0, rowCount, values }
      } catch (thrown) {
        throw prepared.explainFailure(thrown)
      }
    },
    { lane: 'user', signal },
  )
}
