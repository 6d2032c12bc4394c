import type { TableColumn } from '../../catalog/contract.ts'
import { TokenReader, tokens } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { SqlDialect } from '../contract.ts'
import { partitionValue } from '../statements/alter.ts'
import { columnList, hiveString, hiveTable, propertyList } from '../statements/hive.ts'
import { refused, tableName } from '../statements/names.ts'
import { type HiveTable, PROVIDER, type Query, type Statement } from '../statements/statement.ts'

const FORMATS: Readonly<Record<string, HiveTable['format']>> = {
  PARQUET: 'parquet',
  JSON: 'json',
  CSV: 'csv',
  AVRO: 'avro',
}
/** Spark's names of formats in CREATE TABLE AS, as Athena's properties call them. */
const WRITTEN: Readonly<Record<string, string>> = { PARQUET: 'PARQUET', JSON: 'JSON', CSV: 'TEXTFILE' }

/**
 * A statement that Spark SQL writes in another way than Athena (Spark SQL Reference, "Data Definition Statements", "INSERT TABLE"); undefined
 * for those that both write alike.
 */
export function sparkStatement(sql: string, dialect: SqlDialect): Statement | undefined {
  const reader = new TokenReader(sql, true)
  if (reader.is('FROM')) {
    if (tokens(sql, true).some(({ kind, text }) => kind === 'word' && text.toUpperCase() === 'INSERT'))
      throw new EngineError('NOT_SUPPORTED', 'FROM … INSERT is not supported: write each as INSERT … SELECT … FROM.')
    return { kind: 'query', query: { text: sql, offset: 0, dialect } }
  }
  if (reader.take('CREATE')) return create(reader, dialect)
  if (reader.take('INSERT')) return insert(reader, dialect)
  for (const word of [
    'PREPARE',
    'EXECUTE',
    'DEALLOCATE',
    'UNLOAD',
    'USE',
    'SET',
    'CACHE',
    'UNCACHE',
    'MERGE',
    'UPDATE',
    'DELETE',
    'TRUNCATE',
  ])
    if (reader.is(word)) throw refused(word)
  return undefined
}

function queryOf(reader: TokenReader, dialect: SqlDialect): Query {
  const { text, start } = reader.rest()
  return { text, offset: start, dialect }
}

/** `INSERT (INTO | OVERWRITE) [TABLE] t [PARTITION (k = 'v', l)] [IF NOT EXISTS] [(columns)] query`. */
function insert(reader: TokenReader, dialect: SqlDialect): Statement {
  const overwrite = reader.take('OVERWRITE')
  if (!overwrite) reader.need('INTO')
  if (overwrite && (reader.is('DIRECTORY') || reader.is('LOCAL', 'DIRECTORY')))
    throw new EngineError(
      'NOT_SUPPORTED',
      "INSERT OVERWRITE DIRECTORY is not supported: CREATE TABLE … USING parquet LOCATION 's3://bucket/prefix/' AS writes a query's rows to a place.",
    )
  reader.take('TABLE')
  const table = tableName(reader)
  const partition = reader.is('PARTITION') ? partitionKeys(reader) : undefined
  const ifNotExists = reader.take('IF', 'NOT', 'EXISTS')
  if (reader.is('BY', 'NAME') || (!overwrite && reader.is('REPLACE', 'WHERE')))
    throw new EngineError(
      'NOT_SUPPORTED',
      `INSERT … ${reader.next().text.toUpperCase()} ${reader.next().text.toUpperCase()} is not supported: name the columns in brackets behind the table, or overwrite whole partitions.`,
    )
  const columns = reader.is('(') && !QUERIES.some((word) => reader.is('(', word)) ? names(reader) : undefined
  return {
    kind: 'insert',
    table,
    ...(columns && { columns }),
    ...(partition && { partition }),
    ...(overwrite && { overwrite }),
    ...(ifNotExists && { ifNotExists }),
    query: queryOf(reader, dialect),
  }
}

/** What a query in brackets begins with. */
const QUERIES = ['SELECT', 'WITH', 'VALUES', 'FROM', 'TABLE', '(']

function names(reader: TokenReader): string[] {
  const found: string[] = []
  reader.need('(')
  do found.push(reader.name().toLowerCase())
  while (reader.take(','))
  reader.need(')')
  return found
}

/** `PARTITION (day = '2001-01-01', n)`: a key without a value is one that the query gives. */
function partitionKeys(reader: TokenReader): Record<string, string | null> {
  const keys: Record<string, string | null> = {}
  reader.need('PARTITION', '(')
  do {
    const key = reader.name().toLowerCase()
    if (Object.hasOwn(keys, key)) throw new EngineError('DUPLICATE_KEY', `Found duplicate keys '${key}'.`)
    keys[key] = reader.take('=') ? keyValue(reader) : null
  } while (reader.take(','))
  reader.need(')')
  return keys
}

function keyValue(reader: TokenReader): string {
  if (reader.is('NULL'))
    throw new EngineError(
      'NOT_SUPPORTED',
      'A partition of NULL is not supported here: leave the value away, and select NULL for the key.',
    )
  if (reader.is('TRUE') || reader.is('FALSE')) return reader.next().text.toLowerCase()
  if (!reader.take('DATE')) reader.take('TIMESTAMP')
  return partitionValue(reader)
}

function create(reader: TokenReader, dialect: SqlDialect): Statement | undefined {
  const replace = reader.take('OR', 'REPLACE')
  if (reader.is('TEMPORARY') || reader.is('TEMP') || reader.is('GLOBAL'))
    throw new EngineError(
      'NOT_SUPPORTED',
      'A temporary view lives in a session, and each statement here is one of its own: write the query in a WITH clause, or CREATE VIEW and DROP VIEW.',
    )
  if (reader.take('VIEW')) return view(reader, replace, dialect)
  if (!reader.take('TABLE')) return undefined
  if (replace)
    throw new EngineError('NOT_SUPPORTED', 'CREATE OR REPLACE TABLE is not supported: DROP TABLE and CREATE TABLE.')
  const ifNotExists = reader.take('IF', 'NOT', 'EXISTS')
  const table = tableName(reader)
  if (reader.is('AS')) return undefined
  const columns = reader.is('(') ? columnList(reader) : []
  if (!reader.take('USING')) return { kind: 'createTable', table, ifNotExists, definition: hiveTable(reader, columns) }
  const format = reader.name().toUpperCase()
  if (!FORMATS[format])
    throw new EngineError('NOT_SUPPORTED', `USING ${format} is not supported. PARQUET, JSON, CSV and AVRO are.`)
  const { keys, location, description, parameters } = clauses(reader)
  if (reader.take('AS')) {
    if (!WRITTEN[format])
      throw new EngineError('NOT_SUPPORTED', `Writing ${format} is not supported. PARQUET, JSON and CSV are.`)
    const properties = {
      format: WRITTEN[format],
      ...(location !== undefined && { external_location: location }),
      ...(keys.length > 0 && { partitioned_by: keys }),
      ...(format === 'CSV' && { field_delimiter: ',' }),
    }
    const query = queryOf(reader, dialect)
    const made = { [PROVIDER]: format.toLowerCase() }
    return { kind: 'createTableAs', table, ifNotExists, properties, parameters: made, query, withData: true }
  }
  reader.end()
  if (location === undefined)
    throw new EngineError(
      'SYNTAX_ERROR',
      "A LOCATION is required: CREATE TABLE … USING parquet LOCATION 's3://bucket/prefix/'",
    )
  const isKey = ({ name }: TableColumn) => keys.includes(name)
  return {
    kind: 'createTable',
    table,
    ifNotExists,
    definition: {
      columns: columns.filter((column) => !isKey(column)),
      partitionKeys: keys.map((name) => columns.find((column) => column.name === name) ?? unknownKey(name)),
      format: FORMATS[format],
      location,
      parameters: {
        ...(format === 'CSV' && { 'field.delim': ',' }),
        [PROVIDER]: format.toLowerCase(),
        ...parameters,
      },
      ...(description !== undefined && { description }),
    },
  }
}

/** `VIEW [IF NOT EXISTS] v [(a COMMENT 'x', b)] [COMMENT 'x'] [TBLPROPERTIES (…)] AS query`. */
function view(reader: TokenReader, replace: boolean, dialect: SqlDialect): Statement {
  const ifNotExists = reader.take('IF', 'NOT', 'EXISTS')
  if (ifNotExists && replace)
    throw new EngineError('PARSE_SYNTAX_ERROR', 'CREATE VIEW with both IF NOT EXISTS and REPLACE is not allowed.')
  const table = tableName(reader)
  const columns = reader.is('(') ? viewColumns(reader) : undefined
  const { keys, location, description, parameters } = clauses(reader)
  if (keys.length > 0 || location !== undefined) throw reader.unexpected('COMMENT, TBLPROPERTIES or AS')
  reader.need('AS')
  return {
    kind: 'createView',
    table,
    replace,
    ifNotExists,
    ...(columns && { columns }),
    ...(description !== undefined && { description }),
    properties: parameters,
    query: queryOf(reader, dialect),
  }
}

function viewColumns(reader: TokenReader): { name: string; comment?: string }[] {
  const columns: { name: string; comment?: string }[] = []
  reader.need('(')
  do {
    const name = reader.name().toLowerCase()
    columns.push({ name, ...(reader.take('COMMENT') && { comment: hiveString(reader) }) })
  } while (reader.take(','))
  reader.need(')')
  return columns
}

function unknownKey(name: string): never {
  throw new EngineError('COLUMN_NOT_FOUND', `The table has no column ${name} to be partitioned by`)
}

interface Clauses {
  keys: string[]
  location?: string
  description?: string
  parameters: Record<string, string>
}

function clauses(reader: TokenReader): Clauses {
  const found: Clauses = { keys: [], parameters: {} }
  for (;;) {
    if (reader.take('PARTITIONED', 'BY')) {
      found.keys.push(...names(reader))
    } else if (reader.take('LOCATION')) found.location = hiveString(reader)
    else if (reader.take('COMMENT')) found.description = hiveString(reader)
    else if (reader.take('TBLPROPERTIES')) Object.assign(found.parameters, propertyList(reader))
    else return found
  }
}
