import { type PreparedQuery, prepareQuery, type Reach, shapeOf } from '../prepare.ts'
import type { Query } from '../statements/statement.ts'
import type { Outcome, Run } from './outcome.ts'

/** A SELECT. The bytes are worked out beside the run, on another connection. */
export async function runQuery(query: Query, run: Run): Promise<Outcome> {
  const prepared = await prepareQuery(query, run.sql, run.database, run)
  const shape = await shapeOf(prepared, run.session, run.signal)
  const rowCount = await tellingBytes(
    prepared,
    run,
    run.results
      .write(run.session, run.queryId, prepared.sql, shape, { signal: run.signal, onProgress: run.onProgress })
      .catch((thrown) => {
        throw prepared.explainFailure(thrown)
      }),
  )
  return { columns: shape.columns, rowCount }
}

/**
 * The work, with the bytes told meanwhile. Both have ended when this does, whichever failed first: the work's connection goes
 * back to others then.
 */
export async function tellingBytes<T>(prepared: PreparedQuery, run: Run, work: Promise<T>): Promise<T> {
  const telling = run.duck
    .use((session) => prepared.bytesScanned(session, run.signal), { signal: run.signal })
    .then(run.onScanned)
  const [done, told] = await Promise.allSettled([work, telling])
  if (done.status === 'rejected') throw done.reason
  if (told.status === 'rejected') throw told.reason
  return done.value
}

/** DuckDB's plan, for the workbench. */
export async function explainQuery(
  query: Query,
  analyze: boolean,
  run: Reach & Pick<Run, 'sql' | 'database' | 'session' | 'signal'>,
): Promise<{ plan: unknown; text: string }> {
  const prepared = await prepareQuery(query, run.sql, run.database, run)
  try {
    const options = analyze ? '(ANALYZE, FORMAT json)' : '(FORMAT json)'
    const json = await run.session.query(`EXPLAIN ${options} ${prepared.sql}`, { signal: run.signal })
    const drawn = await run.session.query(`EXPLAIN ${prepared.sql}`, { signal: run.signal })
    return { plan: JSON.parse(String(json.values[1][0])), text: String(drawn.values[1][0]) }
  } catch (thrown) {
    throw prepared.explainFailure(thrown)
  }
}
