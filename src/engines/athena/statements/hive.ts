import type { TableColumn } from '../../catalog/contract.ts'
import type { TokenReader } from '../../kit/node/sql/lexer.ts'
import { duckTypeOfHive } from '../../kit/node/sql/types.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { refusedSerde } from '../serde/line-serde.ts'
import { FORMAT_OF, LAZY_SIMPLE, REGEX } from '../serde/properties.ts'
import type { HiveTable } from './statement.ts'

/** The rest of `CREATE EXTERNAL TABLE name …` in Hive's words (Athena User Guide, "CREATE TABLE"). */
export function hiveTable(
  reader: TokenReader,
  columns: TableColumn[] = reader.is('(') ? columnList(reader) : [],
): HiveTable {
  const parameters: Record<string, string> = {}
  let partitionKeys: TableColumn[] = []
  let format: HiveTable['format'] = 'csv'
  let location = ''
  let description: string | undefined
  while (!reader.done && !reader.is(';')) {
    if (reader.take('COMMENT')) description = hiveString(reader)
    else if (reader.take('PARTITIONED', 'BY')) partitionKeys = columnList(reader)
    else if (reader.take('ROW', 'FORMAT', 'SERDE')) {
      const serde = hiveString(reader)
      // The class had another package in older Hives.
      const name = serde === 'org.apache.hadoop.hive.contrib.serde2.RegexSerDe' ? REGEX : serde
      const known = FORMAT_OF[name]
      if (!known) throw refusedSerde(serde)
      format = known
      parameters['serialization.lib'] = name
      if (reader.take('WITH', 'SERDEPROPERTIES')) Object.assign(parameters, propertyList(reader))
    } else if (reader.take('ROW', 'FORMAT', 'DELIMITED')) delimited(reader, parameters)
    else if (reader.take('STORED', 'AS')) format = storedAs(reader, format)
    else if (reader.take('LOCATION')) location = hiveString(reader)
    else if (reader.take('TBLPROPERTIES')) Object.assign(parameters, propertyList(reader))
    else if (reader.is('CLUSTERED')) clustered(reader)
    else throw reader.unexpected('PARTITIONED BY, ROW FORMAT, STORED AS, LOCATION or TBLPROPERTIES')
  }
  reader.end()
  // What is not said is Hive's default, not Millrace's.
  if (format === 'csv') parameters['serialization.lib'] ??= LAZY_SIMPLE
  if (location === '')
    throw new EngineError(
      'SYNTAX_ERROR',
      "A LOCATION is required: CREATE EXTERNAL TABLE … LOCATION 's3://bucket/prefix/'",
    )
  return { columns, partitionKeys, format, location, parameters, ...(description !== undefined && { description }) }
}

export function columnList(reader: TokenReader): TableColumn[] {
  const columns: TableColumn[] = []
  reader.need('(')
  do {
    const name = reader.name().toLowerCase()
    const type = typeText(reader)
    const comment = reader.take('COMMENT') ? hiveString(reader) : undefined
    columns.push({ name, type, ...(comment !== undefined && { comment }) })
  } while (reader.take(','))
  reader.need(')')
  return columns
}

/** A Hive type as it is written, with its brackets balanced. */
export function typeText(reader: TokenReader): string {
  let text = ''
  let depth = 0
  for (;;) {
    const token = reader.peek()
    if (depth === 0 && text !== '' && !/^[(<]$/.test(token?.text ?? '')) break
    if (!token) throw reader.unexpected('a type')
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

const DELIMITERS: readonly [words: string[], property: string][] = [
  [['FIELDS', 'TERMINATED', 'BY'], 'field.delim'],
  [['ESCAPED', 'BY'], 'escape.delim'],
  [['COLLECTION', 'ITEMS', 'TERMINATED', 'BY'], 'collection.delim'],
  [['MAP', 'KEYS', 'TERMINATED', 'BY'], 'mapkey.delim'],
  [['LINES', 'TERMINATED', 'BY'], 'line.delim'],
  [['NULL', 'DEFINED', 'AS'], 'serialization.null.format'],
]

function delimited(reader: TokenReader, parameters: Record<string, string>): void {
  for (;;) {
    const [, property] = DELIMITERS.find(([words]) => reader.take(...words)) ?? []
    if (property === undefined) return
    parameters[property] = hiveString(reader)
  }
}

/** Buckets tell where rows were written, not what they are: reads may do without. */
function clustered(reader: TokenReader): void {
  reader.need('CLUSTERED', 'BY')
  reader.parenthesised()
  if (reader.take('SORTED', 'BY')) reader.parenthesised()
  reader.need('INTO')
  reader.next()
  reader.need('BUCKETS')
}

function storedAs(reader: TokenReader, format: HiveTable['format']): HiveTable['format'] {
  if (reader.take('INPUTFORMAT')) {
    const input = hiveString(reader)
    reader.need('OUTPUTFORMAT')
    hiveString(reader)
    return formatOfInput(input, format)
  }
  const name = reader.name().toUpperCase()
  if (name === 'PARQUET') return 'parquet'
  if (name === 'TEXTFILE') return format
  if (name === 'JSONFILE') return 'json'
  if (name === 'AVRO') return 'avro'
  throw new EngineError(
    'NOT_SUPPORTED',
    `STORED AS ${name} is not supported. Parquet, Avro and text files (CSV, JSON) are.`,
  )
}

function formatOfInput(input: string, format: HiveTable['format']): HiveTable['format'] {
  if (/parquet/i.test(input)) return 'parquet'
  if (/avro/i.test(input)) return 'avro'
  if (/TextInputFormat|CombineTextInput/i.test(input)) return format
  throw new EngineError('NOT_SUPPORTED', `The INPUTFORMAT ${input} is not supported. Parquet, Avro and text files are.`)
}

/** A string in Hive's words: in single or double quotes, with backslashes. */
export function hiveString(reader: TokenReader): string {
  const token = reader.peek()
  const double = token?.kind === 'quoted' && reader.sql[token.start] === '"'
  if (token?.kind !== 'string' && !double) throw reader.unexpected('a string')
  reader.next()
  return unescaped(token.text)
}

const ESCAPES: Readonly<Record<string, string>> = {
  0: '\0',
  t: '\t',
  n: '\n',
  r: '\r',
  b: '\b',
  Z: '\u001a',
  '%': '\\%',
  _: '\\_',
}

/** What a text with backslashes means; `\%` and `\_` stay, for LIKE. */
export function unescaped(text: string): string {
  const escapes = /\\(?:u([0-9a-fA-F]{4})|U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})|([0-3][0-7]{2})|([\s\S]))/g
  return text.replace(escapes, (_, four?: string, eight?: string, octal?: string, letter = '') => {
    const hex = four ?? eight
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
    return ESCAPES[letter] ?? letter
  })
}

export function propertyList(reader: TokenReader): Record<string, string> {
  const properties: Record<string, string> = {}
  reader.need('(')
  do {
    const key = hiveString(reader)
    reader.need('=')
    properties[key] = reader.peek()?.kind === 'number' ? reader.next().text : hiveString(reader)
  } while (reader.take(','))
  reader.need(')')
  return properties
}
