import type { CatalogTable } from '../../catalog/contract.ts'
import { identifier, literal } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { DataFile } from '../files.ts'
import type { LineSerde } from '../serde/line-serde.ts'
import type { TableRead } from '../tables.ts'
import { hiveOptions, keyColumns, keyMarks } from './keys.ts'
import type { OfFile } from './path.ts'

/** DuckDB shares a text out in pieces of 8 MB, and loses lines without a word that are longer than a piece. Trino takes 100 MB. */
export const LINE_BYTES_MAX = 7_500_000
const BUFFER_BYTES = 32_000_000
const CODECS_REFUSED = /\.(bz2|snappy|lz4|lzo|deflate|xz|Z|zip)$/

/** A read of text files: each line is a value, which the SerDe takes apart. `path` is where a file's lines are. */
export function linesSql(
  table: CatalogTable,
  read: TableRead,
  serde: LineSerde,
  path: (file: DataFile) => string,
  mark: string | undefined,
  more: OfFile,
): string {
  const files = read.slices.flatMap((slice) => slice.files)
  for (const { uri } of files) refuseCodec(uri)
  const [line, file] = [identifier(`${mark ?? 'own'}_0`), identifier(`${mark ?? 'own'}_file`)]
  const marks = mark === undefined ? sortedKeys(table, read) : keyMarks(table, read, mark)
  const from = `read_csv([${files.map((one) => literal(path(one))).join(', ')}], ${options(table).join(', ')},
    ${hiveOptions(table, read)}) AS ${identifier(mark ?? 'own')}(${[line, file, ...marks.map(identifier)].join(', ')})`
  const [row, of] = ['"$row"', '"$file"']
  const text = serde.passesBlank ? line : `coalesce(${line}, '')`
  const inner = [`${serde.row(text, file)} AS ${row}`, `${file} AS ${of}`, ...keyColumns(table, read, mark)]
  const kept = serde.passesBlank ? ` WHERE trim(${line}) != ''` : ''
  const columns = table.columns.map((column, i) => `${serde.value(row, i, of)} AS ${identifier(column.name)}`)
  const keys = table.partitionKeys.map((key) => identifier(key.name))
  return `SELECT ${[...columns, ...keys, ...(more ? [more(of)] : [])].join(', ')} FROM (SELECT ${inner.join(', ')} FROM ${from}${kept})`
}

function sortedKeys(table: CatalogTable, read: TableRead): string[] {
  return read.hive ? table.partitionKeys.map((key) => key.name).sort() : []
}

/** A file of lines to DuckDB is CSV of one column whose values hold no delimiter and no quotes. */
function options(table: CatalogTable): string[] {
  const { parameters } = table
  if (Number(parameters['skip.footer.line.count'] ?? 0) > 0) {
    throw new EngineError('NOT_SUPPORTED', `Table ${table.name} skips footers, which is not supported by Millrace.`)
  }
  const skip = table.format === 'avro' ? 0 : Number(parameters['skip.header.line.count'] ?? 0)
  if (!Number.isSafeInteger(skip) || skip < 0)
    throw new EngineError('HIVE_INVALID_METADATA', `Invalid value for skip.header.line.count property: ${skip}`)
  return [
    `columns = {'line ': 'VARCHAR'}`,
    `filename = 'file '`,
    'auto_detect = false',
    'header = false',
    `skip = ${skip}`,
    `delim = ''`,
    `quote = ''`,
    `escape = ''`,
    'strict_mode = false',
    `max_line_size = ${LINE_BYTES_MAX}`,
    `buffer_size = ${BUFFER_BYTES}`,
    ...encodingOf(table),
  ]
}

function encodingOf(table: CatalogTable): string[] {
  const name = table.parameters['serialization.encoding']?.toUpperCase()
  if (name === undefined || name === 'UTF-8' || name === 'UTF8') return []
  if (name === 'ISO-8859-1' || name === 'LATIN1') return [`encoding = 'latin-1'`]
  throw new EngineError('NOT_SUPPORTED', `The encoding ${name} of table ${table.name} is not supported by Millrace.`)
}

function refuseCodec(uri: string): void {
  const [, codec] = CODECS_REFUSED.exec(uri) ?? []
  if (codec === undefined) return
  throw new EngineError(
    'NOT_SUPPORTED',
    `The compression ${codec} of ${uri} is not supported by Millrace: gzip and Zstandard are.`,
  )
}
