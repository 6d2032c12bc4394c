import type { CatalogTable } from '../../catalog/contract.ts'
import { literal } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'

export const LAZY_SIMPLE = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'
export const OPEN_CSV = 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
export const REGEX = 'org.apache.hadoop.hive.serde2.RegexSerDe'
export const OPENX_JSON = 'org.openx.data.jsonserde.JsonSerDe'
export const HIVE_JSON = 'org.apache.hive.hcatalog.data.JsonSerDe'
export const GROK = 'com.amazonaws.glue.serde.GrokSerDe'
export const AVRO = 'org.apache.hadoop.hive.serde2.avro.AvroSerDe'
export const PARQUET = 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'

/** What a SerDe knows of a table. */
export type SerdeTable = Pick<CatalogTable, 'database' | 'name' | 'columns' | 'format' | 'parameters'>

/** The formats of the SerDes that are read, by their class (Athena User Guide, "Supported SerDes"). */
export const FORMAT_OF: Readonly<Record<string, CatalogTable['format']>> = {
  [PARQUET]: 'parquet',
  [OPENX_JSON]: 'json',
  [HIVE_JSON]: 'json',
  [OPEN_CSV]: 'csv',
  [LAZY_SIMPLE]: 'csv',
  [REGEX]: 'csv',
  [GROK]: 'grok',
  [AVRO]: 'avro',
}

/** The SerDe of a table that names none. */
const DEFAULT: Readonly<Record<CatalogTable['format'], string>> = {
  parquet: PARQUET,
  json: OPENX_JSON,
  csv: OPEN_CSV,
  grok: GROK,
  avro: AVRO,
}

/** The class that reads the table's files. */
export function serdeOf(table: SerdeTable): string {
  const given = table.parameters['serialization.lib']
  if (given !== undefined) return given
  return table.format === 'csv' && 'field.delim' in table.parameters ? LAZY_SIMPLE : DEFAULT[table.format]
}

/** Properties that are a SerDe's: Glue keeps them apart from the table's own. */
const SERDE_PROPERTIES = new Set(
  `field.delim escape.delim collection.delim colelction.delim mapkey.delim line.delim serialization.format serialization.null.format
  serialization.encoding separatorChar quoteChar escapeChar case.insensitive ignore.malformed.json dots.in.keys paths timestamp.formats
  input.regex input.regex.case.insensitive input.format input.grokCustomPatterns avro.schema.literal avro.schema.url
  parquet.column.index.access`.split(/\s+/),
)

export function isSerdeProperty(name: string): boolean {
  return SERDE_PROPERTIES.has(name) || name.startsWith('mapping.')
}

/** The properties that are the table's own. */
export function ownProperties(table: SerdeTable): [string, string][] {
  return Object.entries(table.parameters).filter(([name]) => !isSerdeProperty(name) && name !== 'serialization.lib')
}

export function isTrue(table: SerdeTable, name: string): boolean {
  return table.parameters[name]?.trim().toLowerCase() === 'true'
}

/** Refuses settings of a SerDe that would change what is read. */
export function refuseSettings(table: SerdeTable, refused: Readonly<Record<string, (value: string) => boolean>>): void {
  for (const [name, allowed] of Object.entries(refused)) {
    const value = table.parameters[name]
    if (value === undefined || allowed(value)) continue
    throw new EngineError(
      'NOT_SUPPORTED',
      `Table ${table.database}.${table.name} has the property ${name}=${value}, which is not supported by Millrace.`,
    )
  }
}

/** A character as Hive's properties write it: itself, `\t`, `\001`, `\u0001`, or its number. Of a longer text the first. */
export function characterOf(text: string): string {
  if (/^\d{1,3}$/.test(text)) return String.fromCharCode(Number(text))
  const escaped = /^\\(?:u([0-9a-fA-F]{4})|([0-7]{1,3})|(.))$/s.exec(text)
  if (!escaped) return text.slice(0, 1)
  const [, unicode, octal, letter] = escaped
  if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16))
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
  return { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f' }[letter] ?? letter
}

export function isCharacter(text: string): boolean {
  return /^(?:.|\d{2,3}|\\(?:u[0-9a-fA-F]{4}|[0-7]{1,3}|.))$/s.test(text)
}

export function character(table: SerdeTable, names: readonly string[], otherwise: string): string {
  const name = names.find((one) => table.parameters[one] !== undefined && table.parameters[one] !== '')
  return name === undefined ? otherwise : characterOf(table.parameters[name])
}

/** What stands between the fields of a line, for those who write lines too. */
export function fieldDelimiter(table: SerdeTable): string {
  return serdeOf(table) === OPEN_CSV
    ? character(table, ['separatorChar'], ',')
    : character(table, ['field.delim', 'serialization.format'], '\u0001')
}

/** A text as SQL with a mark before each of the characters. */
export function withMarks(text: string, characters: string, mark: string): string {
  const before = mark === '\\' ? '\\\\' : mark
  return `regexp_replace(${text}, ${literal(`([${inRegex(characters)}])`)}, ${literal(`${before}\\1`)}, 'g')`
}

/** A character as part of a regular expression, inside brackets or not. */
export function inRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|\-/]/g, '\\$&')
}
