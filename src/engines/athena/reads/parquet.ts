import type { CatalogTable } from '../../catalog/contract.ts'
import { identifier, literal } from '../../kit/node/duck.ts'
import { duckTypeOfHive } from '../../kit/node/sql/types.ts'
import type { DataFile } from '../files.ts'
import type { Footers } from '../parquet.ts'
import { isTrue } from '../serde/properties.ts'
import { failing } from '../serde/values.ts'
import type { TableRead } from '../tables.ts'
import { hiveOptions, keyColumns, keyMarks } from './keys.ts'
import type { OfFile } from './path.ts'

/** The file of a row among the columns of a read. */
const FILE = '__file'

/**
 * A read of Parquet files of one schema. Columns are found by name, whatever their order in a file, or by their place where the table says
 * `parquet.column.index.access`. A column that a file lacks is NULL; one of another type of the same kind is cast.
 */
export function parquetSql(
  table: CatalogTable,
  read: TableRead,
  footers: Footers,
  mark: string | undefined,
  more: OfFile,
): string {
  const files = read.slices.flatMap((slice) => slice.files)
  const { columns } = footers(files[0])
  const byPlace = isTrue(table, 'parquet.column.index.access')
  const stored = columns.map((column) => column.name.toLowerCase())
  const places = table.columns.map((column, i) =>
    byPlace ? (i < columns.length ? i : -1) : stored.indexOf(column.name),
  )
  const select = table.columns.map((column, i) => {
    const type = duckTypeOfHive(column.type)
    const at = places[i]
    if (at < 0) return `CAST(NULL AS ${type}) AS ${identifier(column.name)}`
    const name = identifier(mark === undefined ? columns[at].name : `${mark}_${i}`)
    return `${converted(name, columns[at], type, column, files[0])} AS ${identifier(column.name)}`
  })
  const list = files.map((file) => literal(file.file)).join(', ')
  const from = `read_parquet([${list}], ${more ? `filename = '${FILE}', ` : ''}${hiveOptions(table, read)})`
  const all = [...select, ...keyColumns(table, read, mark), ...(more ? [more(FILE)] : [])]
  const sql = `SELECT ${all.join(', ')} FROM ${from}`
  if (mark === undefined) return sql
  const names = stored.map((_, at) => {
    const i = places.indexOf(at)
    return i < 0 ? `${mark}_unused_${at}` : `${mark}_${i}`
  })
  const marks = [...names, ...(more ? [FILE] : []), ...keyMarks(table, read, mark)]
  return `${sql} AS ${identifier(mark)}(${marks.map(identifier).join(', ')})`
}

function converted(
  value: string,
  stored: { name: string; type: string },
  type: string,
  column: { name: string; type: string },
  file: DataFile,
): string {
  if (stored.type === type) return value
  const [from, to] = [kindOf(stored.type), kindOf(type)]
  // Writers that do not annotate texts leave bytes.
  if (from === 'bytes' && to === 'text') return `decode(${value})`
  const rounds = hasFraction(stored.type) && to === 'number' && !hasFraction(type)
  if (from === to && !rounds) return `CAST(${value} AS ${type})`
  // Said where it is read: the table's other columns can be queried.
  const message = `Field ${stored.name}'s type ${stored.type} in parquet file ${file.uri} is incompatible with type ${column.type} defined in table schema`
  return `CAST(CASE WHEN ${value} IS NOT NULL THEN ${failing('HIVE_BAD_DATA', literal(message))} END AS ${type})`
}

const hasFraction = (type: string) => /^(FLOAT|DOUBLE|DECIMAL\(\d+, ?[1-9])/.test(type)

/** Types between which values are converted. */
function kindOf(type: string): string {
  // The root of a nested column has no type of its own in a footer.
  if (type === 'null' || type.endsWith('[]') || /^(MAP|STRUCT)\b/.test(type)) return 'nested'
  if (/^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL)\b/.test(type)) return 'number'
  if (/^(DATE|TIMESTAMP)/.test(type)) return 'time'
  return { VARCHAR: 'text', JSON: 'text', ENUM: 'text', UUID: 'text', BLOB: 'bytes' }[type] ?? type
}
