import { join } from 'node:path'
import {
  type DuckDBAppender,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
  StatementType,
  VARCHAR,
} from '@duckdb/node-api'
import { toJson } from '../../kit/node/duck/values.ts'
import { SQL_MEMORY_MIB } from '../protocol.ts'
import { Json, RawText, textOf, type Value } from './codec.ts'

/** Rows that go to DuckDB at once, and rows, or characters, from which on a query is worth its start. */
const CHUNK_ROWS = 2048
const QUERY_ROWS = 10 * CHUNK_ROWS
const QUERY_CHARS = 8 * 1024 * 1024

/** The narrowest type of DuckDB that holds all that a column has. */
type ColumnKind = 'BIGINT' | 'DOUBLE' | 'JSON' | 'VARCHAR'

/**
 * A query over records as the table `input (key, value)`, in a DuckDB of the task's own, which reaches no file but those that it spills to. A
 * column has the narrowest type of BIGINT, DOUBLE, JSON and VARCHAR for what is in it at the moment. Of a result the first column is the key; the
 * second is the value, or all others are, as JSON by their names.
 */
export class SqlFunction {
  /** Rows that wait for the query. */
  rows = 0
  private readonly text: string
  private readonly instance: DuckDBInstance
  private readonly connection: DuckDBConnection
  private readonly appender: DuckDBAppender
  private readonly emit: (key: Value, value: Value) => void
  private chars = 0
  private keys: (string | null)[] = []
  private values: (string | null)[] = []
  private keyKind: ColumnKind | undefined
  private valueKind: ColumnKind | undefined

  private constructor(
    text: string,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    appender: DuckDBAppender,
    emit: (key: Value, value: Value) => void,
  ) {
    this.text = text
    this.instance = instance
    this.connection = connection
    this.appender = appender
    this.emit = emit
  }

  /** `directory`: of the attempt, for what does not fit into memory. */
  static async open(text: string, directory: string, emit: (key: Value, value: Value) => void): Promise<SqlFunction> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '1',
      memory_limit: `${SQL_MEMORY_MIB}MiB`,
      temp_directory: join(directory, 'sql'),
      enable_external_access: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      preserve_insertion_order: 'true',
    })
    const connection = await instance.connect()
    await connection.run('SET lock_configuration = true')
    await connection.run('CREATE TABLE records (key VARCHAR, value VARCHAR)')
    return new SqlFunction(text, instance, connection, await connection.createAppender('records'), emit)
  }

  /** Whether a query is worth its start. */
  get isFull(): boolean {
    return this.rows >= QUERY_ROWS || this.chars >= QUERY_CHARS
  }

  add(key: Value, value: Value): void {
    this.keyKind = widest(this.keyKind, key)
    this.valueKind = widest(this.valueKind, value)
    const [keyText, valueText] = [cellOf(key), cellOf(value)]
    this.keys.push(keyText)
    this.values.push(valueText)
    this.chars += (keyText?.length ?? 0) + (valueText?.length ?? 0)
    this.rows++
    if (this.keys.length === CHUNK_ROWS) this.append()
  }

  /** Queries what was added since the last time, and emits the result. Throws where the text is no single SELECT. */
  async run(): Promise<void> {
    if (this.rows === 0) return
    const { connection } = this
    this.append()
    this.appender.flushSync()
    await connection.run(
      `CREATE OR REPLACE VIEW input AS SELECT key::${this.keyKind ?? 'VARCHAR'} AS key, value::${this.valueKind ?? 'VARCHAR'} AS value FROM records`,
    )
    const result = await (await this.prepared()).stream()
    const [names, types] = [result.columnNames(), result.columnTypes()]
    for (;;) {
      const chunk = await result.fetchChunk()
      // Each look at it is a call of DuckDB.
      const rows = chunk?.rowCount ?? 0
      if (!chunk || rows === 0) break
      const columns = types.map((type, i) => ({ type, vector: chunk.getColumnVector(i) }))
      for (let row = 0; row < rows; row++) {
        const [key, ...rest] = columns.map(({ type, vector }) => plainOf(vector.getItem(row), type))
        this.emit(key, rest.length < 2 ? rest[0] : Object.fromEntries(rest.map((cell, i) => [names[i + 1], cell])))
      }
    }
    await connection.run('TRUNCATE records')
    this.rows = 0
    this.chars = 0
    this.keyKind = undefined
    this.valueKind = undefined
  }

  /** Queries what is left, and closes the database. */
  async end(): Promise<void> {
    await this.run()
    this.appender.closeSync()
    this.connection.closeSync()
    this.instance.closeSync()
  }

  /** Anew for each query: its types may be others. */
  private async prepared(): Promise<DuckDBPreparedStatement> {
    const statements = await this.connection.extractStatements(this.text)
    const statement = statements.count === 1 ? await statements.prepare(0) : undefined
    if (statement?.statementType !== StatementType.SELECT)
      throw new Error('A SQL function is one SELECT over the table input.')
    return statement
  }

  private append(): void {
    if (this.keys.length === 0) return
    const chunk = DuckDBDataChunk.create([VARCHAR, VARCHAR])
    chunk.setColumns([this.keys, this.values])
    this.appender.appendDataChunk(chunk)
    this.keys = []
    this.values = []
  }
}

const cellOf = (value: Value): string | null => (value === null || value === undefined ? null : textOf(value))

function kindOf(value: Value): ColumnKind {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'BIGINT' : 'DOUBLE'
  if (typeof value === 'boolean' || value instanceof Json) return 'JSON'
  const isText = typeof value === 'string' || value instanceof Uint8Array || value instanceof RawText
  return isText ? 'VARCHAR' : 'JSON'
}

function widest(known: ColumnKind | undefined, value: Value): ColumnKind | undefined {
  if (value === null || value === undefined || known === 'VARCHAR') return known
  const kind = kindOf(value)
  if (known === undefined || known === kind) return kind
  return known !== 'JSON' && kind !== 'JSON' && kind !== 'VARCHAR' ? 'DOUBLE' : 'VARCHAR'
}

/** Numbers of any type as JavaScript has them, where they are exact or were never meant to be; other scalars as text. */
function plainOf(value: DuckDBValue, type: DuckDBType): Value {
  if (value instanceof DuckDBDecimalValue) return value.toDouble()
  if (value instanceof DuckDBBlobValue) return value.bytes
  if (typeof value === 'string') return type.alias === 'JSON' ? JSON.parse(value) : value
  return toJson(value)
}
