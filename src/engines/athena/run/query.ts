import { named, type PreparedQuery, prepareQuery, type Reach, type Shape, shapeOf } from '../prepare.ts'
import { hasNamelessMembers } from '../results.ts'
import type { Query } from '../statements/statement.ts'
import type { Outcome, Run } from './outcome.ts'

/** A SELECT. The bytes are worked out beside the run, on another connection. */
export async function runQuery(query: Query, run: Run): Promise<Outcome> {
  const prepared = await prepareQuery(query, run.sql, run.database, run)
  const outcome = await tellingBytes(prepared, run, keep(prepared, run))
  const notes = await prepared.notes()
  return notes.length > 0 ? { ...outcome, notes } : outcome
}

/** Most texts say what their columns are called. Such a query is planned once, by its run; others are planned for their shape before. */
async function keep(prepared: PreparedQuery, run: Run): Promise<Outcome> {
  const { session, results, queryId } = run
  const options = { signal: run.signal, onProgress: run.onProgress }
  const { names } = prepared
  let shape: Shape | undefined
  try {
    if (names) {
      await prepared.agrees(session, run.signal)
      const kept = await results.write(session, queryId, prepared.sql, names.length, options)
      return { columns: named(kept, prepared, names).columns, rowCount: kept.rowCount }
    }
  } catch (thrown) {
    // A text that cannot be planned tells its place best by itself.
    shape = await shapeOf(prepared, session, run.signal)
    if (!shape.types.some(hasNamelessMembers)) throw prepared.explainFailure(thrown)
  }
  shape ??= await shapeOf(prepared, session, run.signal)
  try {
    const rowCount = await results.writeAs(session, queryId, prepared.sql, shape, options)
    return { columns: shape.columns, rowCount }
  } catch (thrown) {
    throw prepared.explainFailure(thrown)
  }
}

/**
 * The work, with the bytes told meanwhile. Both have ended when this does, whichever failed first: the work's connection goes
 * back to others then.
 */
export async function tellingBytes<T>(prepared: PreparedQuery, run: Run, work: Promise<T>): Promise<T> {
  run.onPlanned()
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
