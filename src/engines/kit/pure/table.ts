import { z } from 'zod'

/** A cell as it crosses to the renderer: int64 and decimals as strings that keep every digit, times as ISO text in UTC. */
export const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type Cell = z.infer<typeof Cell>

export const ColumnType = z.enum([
  'string',
  'integer',
  'bigint',
  'decimal',
  'double',
  'boolean',
  'date',
  'timestamp',
  'time',
  'binary',
  'json',
])
export type ColumnType = z.infer<typeof ColumnType>

export const Column = z.object({
  name: z.string(),
  type: ColumnType,
  /** The type in the dialect's own words, such as `decimal(12,2)` or `array(row(a integer))`. */
  declared: z.string(),
})
export type Column = z.infer<typeof Column>

/** Some rows of a result, column by column: `values[c][r]`. */
export const TablePage = z.object({
  columns: z.array(Column),
  /** Index of the first row in the whole result. */
  start: z.number().int(),
  rowCount: z.number().int(),
  values: z.array(z.array(Cell)),
})
export type TablePage = z.infer<typeof TablePage>

/** A result that lies in a host's DuckDB. */
export const KeptTable = z.object({
  /** Its whole name, quoted. */
  table: z.string(),
  columns: z.array(Column),
  rowCount: z.number().int(),
})
export type KeptTable = z.infer<typeof KeptTable>
