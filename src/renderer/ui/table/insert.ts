import type { CellValue, ColumnKind, RowWriter } from './model.ts'

export interface CopiedColumn {
  readonly title: string
  readonly kind?: ColumnKind
  /** The declared type. */
  readonly detail?: string
}

/** What an INSERT writes into, and how its dialect has names and values. */
export interface InsertInto {
  readonly table: string
  readonly name: (title: string) => string
  readonly literal: (value: CellValue, column: CopiedColumn) => string
}

/** Rows as one INSERT statement; those that are of no dialect are written as most take them. */
export function insertWriter(columns: readonly CopiedColumn[], into: InsertInto = PLAIN): RowWriter {
  const names = columns.map(({ title }) => into.name(title))
  const tuple = (row: readonly CellValue[]) =>
    `  (${row.map((value, at) => into.literal(value, columns[at])).join(', ')})`
  return {
    begin: `INSERT INTO ${into.table} (${names.join(', ')}) VALUES\n`,
    rows: (rows, first) => (first ? '' : ',\n') + rows.map(tuple).join(',\n'),
    end: ';\n',
  }
}

const identifier = (name: string) => (/^[a-z_]\w*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`)

const PLAIN: InsertInto = { table: 'table_name', name: identifier, literal }

function literal(value: CellValue, { kind }: CopiedColumn): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  const text = String(value)
  // NaN and Infinity are no number literals in either dialect.
  if (kind === 'number' && /^-?[\d.]+(e[+-]?\d+)?$/i.test(text)) return text
  const quoted = `'${text.replaceAll("'", "''")}'`
  if (kind !== 'time') return quoted
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `DATE ${quoted}`
  return /^\d{4}-.*T/.test(text) ? `TIMESTAMP '${text.replace('T', ' ').replace('Z', '')}'` : quoted
}
