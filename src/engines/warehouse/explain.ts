import type { DuckSession } from '../kit/node/duck.ts'
import { warehouseError } from './errors.ts'
import type { Output } from './translate/output.ts'

export type Explained = '' | '(FORMAT json) ' | '(ANALYZE, FORMAT json) '

/** DuckDB's plan of a query as text, drawn or in JSON; measured, the query runs. */
export async function explainText(
  session: DuckSession,
  query: Output,
  how: Explained,
  sql: string,
  from: number,
  signal?: AbortSignal,
): Promise<string> {
  const prefix = `EXPLAIN ${how}`
  try {
    const { values } = await session.query(prefix + query.text, { signal })
    return String(values.at(-1)![0])
  } catch (thrown) {
    throw warehouseError(thrown, sql, from, query, Buffer.byteLength(prefix))
  }
}
