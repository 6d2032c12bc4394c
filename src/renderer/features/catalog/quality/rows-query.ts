import type { ColumnProfile, TableRef } from '../../../../engines/quality/contract.ts'

/** The values of a profile are shortened to so many characters. */
const VALUE_MAX = 256

/** A query of the rows in which a column has a value, in the dialect of the table's engine. */
export function rowsWith({ engine, database, table }: TableRef, column: ColumnProfile, value: string): string {
  const name = (text: string) => `"${text.replaceAll('"', '""')}"`
  const text = `'${value.replaceAll("'", "''")}'`
  const condition = () => {
    if (value.length >= VALUE_MAX) return `substr(${name(column.name)}, 1, ${VALUE_MAX}) = ${text}`
    if (column.type === 'string') return `${name(column.name)} = ${text}`
    if (column.type === 'date' || column.type === 'timestamp')
      return `${name(column.name)} = ${engine === 'athena' ? `${column.type.toUpperCase()} ${text}` : text}`
    if (column.type === 'double')
      return `${name(column.name)} = CAST(${text} AS DOUBLE${engine === 'athena' ? '' : ' PRECISION'})`
    return `${name(column.name)} = ${value}`
  }
  return `SELECT *\nFROM ${name(database)}.${name(table)}\nWHERE ${condition()}\nLIMIT 100`
}
