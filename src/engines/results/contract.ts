import { z } from 'zod'
import { call, defineContract, feed } from '../kit/pure/contract.ts'
import { Cell, TablePage } from '../kit/pure/table.ts'

/** A kept result: whose it is, and the id of the execution that made it. */
export const ResultOf = z.object({ engine: z.enum(['athena', 'warehouse']), id: z.string() })
export type ResultOf = z.infer<typeof ResultOf>

const column = z.number().int().nonnegative()

/** A condition on one column, or on any where `column` is null. Text compares without case, numbers and times by value. */
export const Term = z.object({
  column: column.nullable(),
  operator: z.enum([':', '=', '!=', '>', '<', '>=', '<=']),
  word: z.string(),
  exclude: z.boolean(),
})
export type Term = z.infer<typeof Term>

/** Rows in an order and under conditions of the reader's. Columns are places in the result, since names may repeat. */
export const Arrangement = z.object({
  sort: z.array(z.object({ column, descending: z.boolean() })),
  terms: z.array(Term),
})
export type Arrangement = z.infer<typeof Arrangement>

const arranged = z.object({ of: ResultOf, arrangement: Arrangement })

export const ColumnStatistics = z.object({
  rows: z.number().int(),
  nulls: z.number().int(),
  distinct: z.number().int(),
  min: Cell,
  max: Cell,
  mean: z.number().nullable(),
  median: Cell,
  /** The most frequent values. */
  top: z.array(z.object({ value: Cell, count: z.number().int() })),
  /** Of numbers and times: counts in steps of equal width from the least to the greatest, few whole numbers one by one; empty otherwise. */
  histogram: z.array(z.number().int()),
})
export type ColumnStatistics = z.infer<typeof ColumnStatistics>

export const ExportFormat = z.enum(['csv', 'parquet', 'json', 'xlsx'])
export type ExportFormat = z.infer<typeof ExportFormat>

export const Aggregate = z.enum(['count', 'sum', 'avg', 'min', 'max'])
export type Aggregate = z.infer<typeof Aggregate>

/** Steps of time, the finest first. */
export const Bucket = z.enum(['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'])
export type Bucket = z.infer<typeof Bucket>

/** A pivot, and what its empty cells mean. */
export const PivotTable = TablePage.extend({
  /** For each column across, by row: whether no row of the result is there. Null elsewhere is a value that rows do not have. */
  absent: z.array(z.array(z.boolean())),
  /** Whether the result makes more rows than a pivot has. */
  more: z.boolean(),
  /** How many rows of the result it is made of. */
  taken: z.number().int(),
})
export type PivotTable = z.infer<typeof PivotTable>

const count = z.number().int()
export const Grouping = z.object({
  rows: count,
  /** How many values `x` has; fewer than rows where several stand on one. */
  values: count,
  /** How many places the axis has: buckets of time, or each value. */
  groups: count,
  /** What times are put into; null where each value stands by itself. */
  bucket: Bucket.nullable(),
  /** Of each other column: how many values it has, and how many pairs it makes with the values of `x`. */
  by: z.array(z.object({ values: count, together: count })),
})
export type Grouping = z.infer<typeof Grouping>

export const Points = z.object({
  /** First `x`, then the series. */
  page: TablePage,
  /** What each series is: its measure, null where rows are counted, and the value of the column that splits it. */
  series: z.array(z.object({ measure: z.string().nullable(), value: z.string().nullable() })),
  /** How many values the column that splits has; the ten of most rows are series. */
  splits: count,
})
export type Points = z.infer<typeof Points>

/** Conditions on the rows that are taken. */
const terms = z.array(Term).default([])

const window = { start: z.number().int().nonnegative(), rows: z.number().int().positive().max(10_000) }

/** What a person does with the rows of a finished query, worked out where the rows are: only what is in sight leaves the engine. */
export const results = defineContract('results', {
  /** How many rows an arrangement has; its order is kept for the pages that are read next. */
  arrange: call(arranged, z.object({ rowCount: z.number().int() })),
  page: call(arranged.extend(window), TablePage),
  /** The next cell from a place on whose text contains the word, wrapping around; null where none does. */
  find: call(
    arranged.extend({
      word: z.string().min(1),
      from: z.object({ row: z.number().int(), column: z.number().int() }),
      backwards: z.boolean().default(false),
    }),
    z.object({ row: z.number().int(), column: z.number().int() }).nullable(),
  ),
  statistics: call(arranged.extend({ column }), ColumnStatistics),
  /** Rows by columns with an aggregate in each cell: at most 200 columns and 10,000 rows. */
  pivot: call(
    z.object({
      of: ResultOf,
      rows: z.array(column).min(1),
      across: column,
      value: column.nullable(),
      aggregate: Aggregate,
      terms,
    }),
    PivotTable,
  ),
  /** Whether several rows stand on one place of a chart's axis. `auto` finds the bucket of times of which about 100 have rows at most. */
  grouping: call(
    z.object({
      of: ResultOf,
      x: column,
      by: z.array(column),
      bucket: Bucket.or(z.literal('auto')).nullable().default(null),
      terms,
    }),
    Grouping,
  ),
  /** A chart's points: at most 1000 values of `x`, of all rows where they are aggregated, or 1000 rows as they come where they are not. */
  points: call(
    z.object({
      of: ResultOf,
      x: column,
      y: z.array(column),
      split: column.nullable(),
      aggregate: Aggregate.nullable(),
      /** Of `x`, where rows are aggregated. */
      bucket: Bucket.nullable().default(null),
      terms,
    }),
    Points,
  ),
  /** The columns that tell the rows of both apart; where none do, those that come nearest to it. */
  likelyKeys: call(
    z.object({ before: ResultOf, after: ResultOf }),
    z.object({ keys: z.array(z.string()), unique: z.boolean() }),
  ),
  /** Two results row by row, by columns that both have: counts of what differs, and one page of it. */
  compare: call(
    z.object({
      before: ResultOf,
      after: ResultOf,
      keys: z.array(z.string()).min(1),
      same: z.boolean().default(false),
      ...window,
    }),
    z.object({
      added: z.number().int(),
      removed: z.number().int(),
      changed: z.number().int(),
      same: z.number().int(),
      keys: z.array(z.string()),
      /** Columns that only one side has. */
      apart: z.array(z.string()),
      /** First the change (`added`, `removed`, `changed`, `same`), then the keys, then each other column before and after. */
      page: TablePage,
    }),
  ),
  /**
   * The rows as a file: first how far it is, 0 to 1, then, of a workbook, how many texts are longer than its cells hold and were cut, then its
   * bytes in order. Giving up the feed stops the work and removes the file.
   */
  export: feed(
    arranged.extend({ columns: z.array(column).min(1), format: ExportFormat }),
    z.union([
      z.object({ progress: z.number() }),
      z.object({ cut: count }),
      z.object({ bytes: z.instanceof(Uint8Array), done: z.number() }),
    ]),
  ),
})
