import type { Clients } from '../contract.ts'
import { type Duck, type DuckSession, identifier, literal } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import type { DataSource } from './contract.ts'

export interface SourceDeps {
  readonly duck: Duck
  readonly clients: Pick<Clients, 'warehouse' | 'athena' | 'catalog'>
}

/** A source opened on one connection: its rows as a SELECT for that connection. */
export interface OpenSource {
  readonly sql: string
  readonly columns: readonly Column[]
  /** Rows of the last run that were not of the file's columns and were left out. */
  rejected(): Promise<number>
}

interface SourceSql {
  readonly sql: string
  /** Lines that do not fit are put aside and counted. */
  readonly rejects: boolean
}

/** Opens a source on a connection of its own. */
export async function openSource(
  source: DataSource,
  session: DuckSession,
  deps: SourceDeps,
  signal?: AbortSignal,
): Promise<OpenSource> {
  const { sql, rejects } = await sourceSql(source, session, deps, signal)
  const { columns } = await session.describe(sql, { declare: (type) => String(type) })
  const names = new Set<string>()
  for (const { name } of columns) {
    if (names.has(name.toLowerCase()))
      throw new EngineError(
        'InvalidParameterValueException',
        `The source gives two columns named ${name}: name one AS.`,
      )
    names.add(name.toLowerCase())
  }
  return {
    sql: plainTypes(sql, columns),
    columns: columns.map(plainColumn),
    rejected: async () => {
      if (!rejects) return 0
      const { values } = await session.query('SELECT count(DISTINCT (file_id, line)) FROM reject_errors')
      return Number(values[0][0])
    },
  }
}

async function sourceSql(
  source: DataSource,
  session: DuckSession,
  deps: SourceDeps,
  signal?: AbortSignal,
): Promise<SourceSql> {
  switch (source.type) {
    case 'warehouse': {
      const { sql, setup } = await deps.clients.warehouse.translate({ sql: source.sql }, { signal })
      for (const statement of setup) await session.run(statement)
      return { sql, rejects: false }
    }
    case 'athena':
      return { sql: await athenaSql(source, deps, signal), rejects: false }
    case 'file':
      return fileSql(source.uri, deps)
  }
}

/** Runs the query through Athena, at its price, and reads the rows that it kept. */
async function athenaSql(
  source: DataSource & { type: 'athena' },
  { clients }: SourceDeps,
  signal?: AbortSignal,
): Promise<string> {
  let query = await clients.athena.startQuery({ sql: source.sql, database: source.database }, { signal })
  const { queryId } = query
  try {
    for await (const now of clients.athena.watchQuery({ queryId }, { signal })) query = now
  } catch (thrown) {
    if (signal?.aborted) await clients.athena.stopQuery({ queryId })
    throw thrown
  }
  if (query.error) throw EngineError.fromWire(query.error)
  return (await clients.athena.resultSql({ queryId })).sql
}

/** The catalog finds the files: of the lake, of the workspace, or shipped with the program. */
async function fileSql(uri: string, { clients }: SourceDeps): Promise<SourceSql> {
  const { format, paths } = await clients.catalog.locate({ uri }).catch((thrown: unknown) => {
    const { code, message } = EngineError.from(thrown)
    throw new EngineError(code, message, { at: { field: 'source.uri' } })
  })
  const list = `[${paths.map(literal).join(', ')}]`
  switch (format) {
    case 'parquet':
      return { sql: `SELECT * FROM read_parquet(${list}, union_by_name = true)`, rejects: false }
    case 'csv':
      return { sql: `SELECT * FROM read_csv(${list}, store_rejects = true, rejects_limit = 0)`, rejects: true }
    case 'json':
      return { sql: `SELECT * FROM read_json(${list}, union_by_name = true)`, rejects: false }
  }
}

/** SPICE holds numbers, texts, booleans and times: nested values become their JSON text, times of day and bytes become text. */
function plainTypes(sql: string, columns: readonly Column[]): string {
  if (columns.every((column) => plainColumn(column) === column)) return sql
  const list = columns.map((column) => {
    const name = identifier(column.name)
    if (plainColumn(column) === column) return name
    if (column.type === 'timestamp') return `CAST(${name} AS TIMESTAMP) AS ${name}`
    return column.type === 'json'
      ? `CAST(to_json(${name}) AS VARCHAR) AS ${name}`
      : `CAST(${name} AS VARCHAR) AS ${name}`
  })
  return `SELECT ${list.join(', ')} FROM (${sql})`
}

function plainColumn(column: Column): Column {
  if (column.type === 'timestamp')
    return column.declared === 'TIMESTAMP' ? column : { ...column, declared: 'TIMESTAMP' }
  if (
    column.type === 'json' ||
    column.type === 'binary' ||
    column.type === 'time' ||
    (column.type === 'string' && column.declared !== 'VARCHAR')
  )
    return { name: column.name, type: 'string', declared: 'VARCHAR' }
  return column
}
