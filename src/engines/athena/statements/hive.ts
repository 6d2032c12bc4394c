import type { TableColumn } from '../../catalog/contract.ts'
import type { TokenReader } from '../../kit/node/sql/lexer.ts'
import { duckTypeOfHive } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { HiveTable } from './statement.ts'

const SERDES: Readonly<Record<string, HiveTable['format']>> = {
  'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe': 'parquet',
  'org.openx.data.jsonserde.JsonSerDe': 'json',
  'org.apache.hive.hcatalog.data.JsonSerDe': 'json',
  'com.amazon.ionhiveserde.IonHiveSerDe': 'json',
  'org.apache.hadoop.hive.serde2.OpenCSVSerde': 'csv',
  'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe': 'csv',
  'org.apache.hadoop.hive.serde2.avro.AvroSerDe': 'avro',
}

/** The rest of `CREATE EXTERNAL TABLE name …` in Hive's words (Athena User Guide, "CREATE TABLE"). */
export function hiveTable(reader: TokenReader): HiveTable {
  const columns = reader.is('(') ? columnList(reader) : []
  const parameters: Record<string, string> = {}
  let partitionKeys: TableColumn[] = []
  let format: HiveTable['format'] = 'csv'
  let location = ''
  let description: string | undefined
  while (!reader.done && !reader.is(';')) {
    if (reader.take('COMMENT')) description = reader.string()
    else if (reader.take('PARTITIONED', 'BY')) partitionKeys = columnList(reader)
    else if (reader.take('ROW', 'FORMAT', 'SERDE')) {
      const serde = reader.string()
      const known = SERDES[serde]
      if (!known || serde.includes('ion'))
        throw new EngineError('NOT_SUPPORTED', `The SerDe ${serde} is not supported.`)
      format = known
      parameters['serialization.lib'] = serde
      if (reader.take('WITH', 'SERDEPROPERTIES')) Object.assign(parameters, propertyList(reader))
    } else if (reader.take('ROW', 'FORMAT', 'DELIMITED')) delimited(reader, parameters)
    else if (reader.take('STORED', 'AS')) format = storedAs(reader, format)
    else if (reader.take('LOCATION')) location = reader.string()
    else if (reader.take('TBLPROPERTIES')) Object.assign(parameters, propertyList(reader))
    else if (reader.is('CLUSTERED')) throw new EngineError('NOT_SUPPORTED', 'CLUSTERED BY is not supported.')
    else throw reader.unexpected('PARTITIONED BY, ROW FORMAT, STORED AS, LOCATION or TBLPROPERTIES')
  }
  reader.end()
  if (location === '')
    throw new EngineError(
      'SYNTAX_ERROR',
      "A LOCATION is required: CREATE EXTERNAL TABLE … LOCATION 's3://bucket/prefix/'",
    )
  return { columns, partitionKeys, format, location, parameters, ...(description !== undefined && { description }) }
}

function columnList(reader: TokenReader): TableColumn[] {
  const columns: TableColumn[] = []
  reader.need('(')
  do {
    const name = reader.name().toLowerCase()
    const type = typeText(reader)
    const comment = reader.take('COMMENT') ? reader.string() : undefined
    columns.push({ name, type, ...(comment !== undefined && { comment }) })
  } while (reader.take(','))
  reader.need(')')
  return columns
}

/** A Hive type as it is written, with its brackets balanced. */
function typeText(reader: TokenReader): string {
  let text = ''
  let depth = 0
  for (;;) {
    const token = reader.peek()
    if (!token) throw reader.unexpected('a type')
    if (depth === 0 && text !== '' && !/^[(<]$/.test(token.text)) break
    // `>=` and the like are one token to the lexer, two brackets of a type.
    for (const character of token.text) {
      if (character === '(' || character === '<') depth++
      if (character === ')' || character === '>') depth--
    }
    text += token.text
    reader.next()
  }
  const type = text.toLowerCase()
  duckTypeOfHive(type)
  return type
}

function delimited(reader: TokenReader, parameters: Record<string, string>): void {
  for (;;) {
    if (reader.take('FIELDS', 'TERMINATED', 'BY')) {
      parameters['field.delim'] = reader.string()
      if (reader.take('ESCAPED', 'BY')) parameters.escapeChar = reader.string()
    } else if (reader.take('LINES', 'TERMINATED', 'BY')) {
      const end = reader.string()
      if (end !== '\n' && end !== '\\n') throw new EngineError('NOT_SUPPORTED', 'Lines must end with a newline.')
    } else if (reader.take('NULL', 'DEFINED', 'AS')) parameters['serialization.null.format'] = reader.string()
    else if (reader.is('COLLECTION') || reader.is('MAP')) {
      throw new EngineError(
        'NOT_SUPPORTED',
        'Arrays and maps in delimited text are not supported. Use JSON or Parquet.',
      )
    } else return
  }
}

function storedAs(reader: TokenReader, format: HiveTable['format']): HiveTable['format'] {
  if (reader.take('INPUTFORMAT')) {
    const input = reader.string()
    reader.need('OUTPUTFORMAT')
    reader.string()
    return /parquet/i.test(input) ? 'parquet' : format
  }
  const name = reader.name().toUpperCase()
  if (name === 'PARQUET') return 'parquet'
  if (name === 'TEXTFILE') return format
  if (name === 'JSONFILE') return 'json'
  if (name === 'AVRO') return 'avro'
  throw new EngineError('NOT_SUPPORTED', `STORED AS ${name} is not supported. Parquet and text files (CSV, JSON) are.`)
}

function propertyList(reader: TokenReader): Record<string, string> {
  const properties: Record<string, string> = {}
  reader.need('(')
  do {
    const key = reader.string()
    reader.need('=')
    properties[key] = reader.next().text
  } while (reader.take(','))
  reader.need(')')
  return properties
}
