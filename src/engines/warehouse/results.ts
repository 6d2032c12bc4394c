import { alone } from '../kit/node/duck/alone.ts'
import { type Duck, identifier } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Session } from './session.ts'

export const resultTable = (name: string) => `results.warehouse.${identifier(name)}`

/**
 * Brings rows from a temporary table of the session to where results are kept. While a transaction is open they go over another
 * connection: a transaction of DuckDB writes to one database.
 */
export async function keepRows(
  duck: Duck,
  session: Session,
  { temporary, id, rowCount }: { temporary: string; id: string; rowCount: number | null },
  signal: AbortSignal,
): Promise<void> {
  const from = `temp.${identifier(temporary)}`
  if (session.transaction === 'none') {
    await session.duck.run(`CREATE TABLE ${resultTable(id)} AS SELECT * FROM ${from}`, { signal })
    return
  }
  const { types } = await session.duck.describe(`SELECT * FROM ${from}`)
  await alone(duck, async (other) => {
    const { values } = await session.duck.query(
      `SELECT column_name FROM duckdb_columns() WHERE database_name = 'temp' AND table_name = $1 ORDER BY column_index`,
      { values: [temporary] },
    )
    const columns = types.map((type, i) => `${identifier(String(values[0][i]))} ${type}`)
    await other.run(`CREATE TABLE ${resultTable(id)} (${columns.join(', ')})`)
    const copied = await other.append(
      { database: 'results', schema: 'warehouse', table: id },
      session.duck.chunks(`SELECT * FROM ${from}`, { signal }),
    )
    if (copied === rowCount) return
    await other.run(`DROP TABLE ${resultTable(id)}`)
    throw new EngineError(
      '53200',
      'The rows could not be kept: their copy broke off, likely for lack of memory. Try again.',
      { domain: 'external', retry: true },
    )
  })
}
