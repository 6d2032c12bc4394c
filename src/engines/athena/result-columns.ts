import type { Column } from '../kit/pure/table.ts'

/** A column as the API and the metadata of result files tell it; absent is what Athena does not tell of its type. */
export interface ColumnForm {
  readonly name: string
  readonly type: string
  readonly precision?: number
  readonly scale?: number
  readonly caseSensitive?: boolean
}

/** "ColumnInfo": precision by type where it is no part of the type. */
const PRECISION: Readonly<Record<string, number>> = {
  tinyint: 3,
  smallint: 5,
  integer: 10,
  bigint: 19,
  double: 17,
  float: 17,
  varchar: 2_147_483_647,
  varbinary: 1_073_741_824,
  timestamp: 3,
  'timestamp with time zone': 3,
  time: 3,
}

/** Types are named without their parameters, and `real` is `float`. */
export function columnForm({ name, declared }: Column): ColumnForm {
  const [, base, first, second, rest] = /^([a-z ]+?)(?:\((\d+)(?:,\s*(\d+))?\)(.*))?$/.exec(declared) ?? []
  if (base === undefined) return { name, type: declared.replace(/\(.*$/s, '') }
  const type = base === 'real' ? 'float' : base + (rest ?? '')
  if (type === 'decimal') return { name, type, precision: Number(first), scale: Number(second), caseSensitive: false }
  if (type === 'varchar' || type === 'char') {
    return { name, type, precision: Number(first ?? PRECISION[type]), scale: 0, caseSensitive: true }
  }
  if (type === 'date') return { name, type, scale: 0, caseSensitive: false }
  if (type === 'boolean' || type.startsWith('interval ')) return { name, type, caseSensitive: false }
  const precision = PRECISION[type]
  return precision === undefined ? { name, type } : { name, type, precision, scale: 0, caseSensitive: false }
}

/** What a statement answers that writes rows. */
export const WRITTEN_ROWS: Column = { name: 'rows', type: 'bigint', declared: 'bigint' }

/** Rows of SHOW and DESCRIBE are one text each in Athena: values with tabs between, those of columns as wide as Hive makes them. */
export function utilityLine(substatementType: string | undefined, values: readonly unknown[]): string {
  const padded = substatementType === 'DESCRIBE_TABLE' || substatementType === 'SHOW_COLUMNS'
  return values.map((value) => (padded ? String(value ?? '').padEnd(20) : String(value ?? ''))).join('\t')
}
