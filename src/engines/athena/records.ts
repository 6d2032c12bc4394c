import { alone } from '../kit/node/duck/alone.ts'
import type { DuckSession } from '../kit/node/duck/session.ts'
import { type Duck, identifier } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { refuseOtherThanRecords } from './records-reach.ts'

export interface SelectedRecord {
  /** Place of the record among those that were given. */
  readonly record: number
  /** A JSON object of the query's other columns. */
  readonly text: string
}

const invalid = (message: string) => new EngineError('InvalidRequestException', message)

/**
 * Runs a query, in DuckDB's own SQL, over a table `records` of the given JSON texts: `record_id` (BIGINT) and `data` (JSON). The query
 * answers `record_id` and the columns of each new record.
 */
export function selectRecords(
  duck: Duck,
  query: string,
  records: readonly string[],
  signal: AbortSignal,
): Promise<SelectedRecord[]> {
  return alone(duck, async (session) => {
    // One text for all of them: an empty list of values would have no type.
    await session.query(
      `CREATE TEMP TABLE records AS SELECT generate_subscripts(texts, 1) - 1 AS record_id, unnest(texts)::JSON AS data
        FROM (SELECT from_json($1, '["VARCHAR"]') AS texts)`,
      { values: [JSON.stringify(records)], signal },
    )
    await refuseOtherThanRecords(session, query, signal)
    const names = await columnsOf(session, query, signal)
    const pairs = names.map((name) => `'${name.replaceAll("'", "''")}', ${identifier(name)}`)
    const sql = `SELECT record_id, CAST(json_object(${pairs.join(', ')}) AS VARCHAR) FROM (${query}\n)`
    const { values } = await session.query(sql, { signal })
    return values[0].map((record, i) => ({ record: Number(record), text: String(values[1][i]) }))
  })
}

async function columnsOf(session: DuckSession, query: string, signal: AbortSignal): Promise<string[]> {
  const { kind, columns } = await session.describe(query, { signal })
  if (kind !== 'SELECT') throw invalid(`The transform must be a SELECT, not a ${kind} statement.`)
  const names = columns.map(({ name }) => name)
  if (!names.includes('record_id'))
    throw invalid('The SELECT must answer record_id, so that each row is known to be of a record.')
  const others = names.filter((name) => name !== 'record_id')
  if (others.length === 0) throw invalid('The SELECT must answer at least one column beside record_id.')
  const twice = others.find((name, i) => others.indexOf(name) !== i)
  if (twice !== undefined) throw invalid(`The SELECT answers the column ${twice} twice.`)
  return others
}
