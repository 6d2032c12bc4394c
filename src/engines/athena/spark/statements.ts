import type { TableColumn } from '../../catalog/contract.ts'
import { TokenReader } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { SqlDialect } from '../contract.ts'
import { columnList, hiveString, hiveTable, propertyList } from '../statements/hive.ts'
import { refused, tableName } from '../statements/names.ts'
import type { HiveTable, Query, Statement } from '../statements/statement.ts'

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
  const reader = new TokenReader(sql)
  if (reader.is('FROM')) return { kind: 'query', query: { text: sql, offset: 0, dialect } }
  if (reader.take('CREATE')) return create(reader, dialect)
  if (reader.is('INSERT', 'OVERWRITE'))
    throw new EngineError(
      'NOT_SUPPORTED',
      'INSERT OVERWRITE is not supported: DROP the partition or table and INSERT INTO it.',
    )
  if (reader.take('INSERT', 'INTO', 'TABLE')) return insert(reader, dialect)
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

function insert(reader: TokenReader, dialect: SqlDialect): Statement {
  const table = tableName(reader)
  if (reader.is('PARTITION'))
    throw new EngineError(
      'NOT_SUPPORTED',
      'INSERT INTO … PARTITION is not supported: give the keys as the last columns.',
    )
  return { kind: 'insert', table, query: queryOf(reader, dialect) }
}

function create(reader: TokenReader, dialect: SqlDialect): Statement | undefined {
  reader.take('OR', 'REPLACE')
  if (reader.is('VIEW') || reader.is('TEMPORARY') || reader.is('TEMP') || reader.is('GLOBAL'))
    throw new EngineError(
      'NOT_SUPPORTED',
      'A view keeps the SQL of Athena: create it with Athena, and read it with Spark.',
    )
  if (!reader.take('TABLE')) return undefined
  const ifNotExists = reader.take('IF', 'NOT', 'EXISTS')
  const table = tableName(reader)
  if (reader.is('AS')) return undefined
  const columns = reader.is('(') ? columnList(reader) : []
  if (!reader.take('USING')) {
    const rest = `${columns.length > 0 ? declared(columns) : ''} ${reader.rest().text}`
    return { kind: 'createTable', table, ifNotExists, definition: hiveTable(new TokenReader(rest)) }
  }
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
    return { kind: 'createTableAs', table, ifNotExists, properties, query: queryOf(reader, dialect), withData: true }
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
      parameters: format === 'CSV' ? { 'field.delim': ',', ...parameters } : parameters,
      ...(description !== undefined && { description }),
    },
  }
}

const declared = (columns: readonly TableColumn[]) =>
  `(${columns.map(({ name, type, comment }) => `\`${name}\` ${type}${comment === undefined ? '' : ` COMMENT '${comment.replaceAll("'", "''")}'`}`).join(', ')})`

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
      reader.need('(')
      do found.keys.push(reader.name().toLowerCase())
      while (reader.take(','))
      reader.need(')')
    } else if (reader.take('LOCATION')) found.location = hiveString(reader)
    else if (reader.take('COMMENT')) found.description = hiveString(reader)
    else if (reader.take('TBLPROPERTIES')) Object.assign(found.parameters, propertyList(reader))
    else return found
  }
}
