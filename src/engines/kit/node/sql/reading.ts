import type { DateOrder, FileReading } from '../../pure/file-reading.ts'
import { identifier, literal } from '../duck.ts'
import { duckTypeOfHive } from './types.ts'

const DUCK_ENCODINGS = { 'utf-8': 'utf-8', 'utf-16le': 'utf-16', 'latin-1': 'latin-1' } as Record<string, string>

/** Text files as a table function of DuckDB, and each of their columns as an expression over what it gives. */
export interface TextReader {
  readonly from: string
  /** Of column `index`, which `from` gives under `name`. */
  value(index: number, name: string): string
}

/**
 * Reads delimited or JSON files as `reading` says. Values of delimited files that do not fit their column's type are NULL, rows with too few
 * fields are left out, and of rows with too many the rest is.
 */
export function textReader(reading: FileReading, files: readonly string[]): TextReader {
  const list = `[${files.map(literal).join(', ')}]`
  const { columns } = reading
  if (reading.format !== 'csv') {
    const types = columns.map(({ name, type }) => `${literal(name)}: ${literal(duckTypeOfHive(type))}`)
    const lines = reading.format === 'json'
    const format = lines ? `'newline_delimited', ignore_errors = true` : `'array'`
    return {
      from: `read_json(${list}, format = ${format}, hive_partitioning = false, columns = {${types.join(', ')}})`,
      value: (_, name) => identifier(name),
    }
  }
  const options = [
    'auto_detect = false',
    'header = false',
    `skip = ${reading.header ? 1 : 0}`,
    `delim = ${literal(reading.delimiter)}`,
    `quote = ${literal(reading.quote)}`,
    `escape = ${literal(reading.quote)}`,
    `encoding = ${literal(DUCK_ENCODINGS[reading.encoding])}`,
    `nullstr = [${['', ...reading.nulls].map(literal).join(', ')}]`,
    // Quoted line breaks are read by several threads only where rows are not padded.
    'strict_mode = false',
    'ignore_errors = true',
    'hive_partitioning = false',
    `columns = {${columns.map(({ name }) => `${literal(name)}: 'VARCHAR'`).join(', ')}}`,
  ]
  return {
    from: `read_csv(${list}, ${options.join(', ')})`,
    value: (index, name) => convert(identifier(name), columns[index].type, reading),
  }
}

function convert(text: string, type: string, { decimal, dateOrder }: FileReading): string {
  const number = () => `TRY_CAST(${numberText(`trim(${text})`, decimal)} AS ${duckTypeOfHive(type)})`
  switch (type) {
    case 'string':
      return text
    case 'double':
      return number()
    case 'bigint':
    case 'decimal(38,0)':
      // DuckDB would round a fraction to the nearest whole number.
      return `CASE WHEN NOT (${[decimal, 'e', 'E'].map((mark) => `contains(${text}, '${mark}')`).join(' OR ')}) THEN ${number()} END`
    case 'date':
      return `TRY_CAST(${dateOf(`trim(${text})`, dateOrder, [''])} AS DATE)`
    case 'timestamp':
      return dateOf(`trim(${text})`, dateOrder, ['', ...TIMES])
  }
  return `TRY_CAST(trim(${text}) AS ${duckTypeOfHive(type)})`
}

/** A number as DuckDB writes it. Signs that group by thousands go only where they stand so. */
function numberText(text: string, decimal: '.' | ','): string {
  const group = decimal === ',' ? '.' : ','
  const grouped = `[+-]?\\d{1,3}(\\${group}\\d{3})+(\\${decimal}\\d*)?`
  const plain = (value: string) => (decimal === ',' ? `replace(${value}, ',', '.')` : value)
  return `CASE WHEN NOT contains(${text}, ${literal(group)}) THEN ${plain(text)}
    WHEN regexp_full_match(${text}, ${literal(grouped)}) THEN ${plain(`replace(${text}, ${literal(group)}, '')`)} END`
}

const TIMES = [' %H:%M', ' %H:%M:%S', ' %H:%M:%S-%f', ' %I:%M %p', ' %I:%M:%S %p']

/** A year of four digits in front is read whatever the order is said to be: it leaves no choice. */
function dateOf(text: string, order: DateOrder, times: readonly string[]): string {
  // Two digits are asked for first: four would take them for a year of antiquity.
  const days = ['%y', '%Y'].map(
    (year) => ({ YMD: [year, '%m', '%d'], DMY: ['%d', '%m', year], MDY: ['%m', '%d', year] })[order],
  )
  if (order !== 'YMD') days.push(['%Y', '%m', '%d'])
  const formats = times.flatMap((time) => days.map((parts) => literal(parts.join('-') + time)))
  return `coalesce(TRY_CAST(CASE WHEN regexp_matches(${text}, '^\\d{4}-') THEN ${text} END AS TIMESTAMP),
    try_strptime(translate(${text}, './', '--'), [${formats.join(', ')}]))`
}
