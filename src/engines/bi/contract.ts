import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { WireError } from '../kit/pure/errors.ts'
import { Cell, Column, TablePage } from '../kit/pure/table.ts'

/** Where a data set's rows come from. */
export const DataSource = z.discriminatedUnion('type', [
  z.object({ type: z.literal('warehouse'), sql: z.string() }),
  z.object({ type: z.literal('athena'), sql: z.string(), database: z.string().default('default') }),
  z.object({ type: z.literal('file'), uri: z.string() }),
])
export type DataSource = z.infer<typeof DataSource>

/** Steps of data preparation, in order. */
export const PrepareStep = z.discriminatedUnion('type', [
  z.object({ type: z.literal('rename'), column: z.string(), to: z.string() }),
  z.object({ type: z.literal('cast'), column: z.string(), to: z.enum(['string', 'integer', 'decimal', 'datetime']) }),
  z.object({ type: z.literal('filter'), expression: z.string() }),
  /** A calculated field in QuickSight's expression language. */
  z.object({ type: z.literal('calculate'), column: z.string(), expression: z.string() }),
  z.object({ type: z.literal('hide'), column: z.string() }),
  z.object({
    type: z.literal('join'),
    dataSet: z.string(),
    kind: z.enum(['inner', 'left', 'right', 'full']),
    on: z.array(z.object({ left: z.string(), right: z.string() })),
  }),
])
export type PrepareStep = z.infer<typeof PrepareStep>

export const Ingestion = z.object({
  ingestionId: z.string(),
  status: z.enum(['QUEUED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED']),
  startedMs: z.number(),
  endedMs: z.number().optional(),
  rowsIngested: z.number().int(),
  /** Rows whose values did not convert to the column's type: skipped, as QuickSight does, and counted. */
  rowsDropped: z.number().int(),
  bytes: z.number(),
  error: WireError.optional(),
})
export type Ingestion = z.infer<typeof Ingestion>

export const DataSet = z.object({
  id: z.string(),
  name: z.string(),
  mode: z.enum(['SPICE', 'DIRECT_QUERY']),
  source: DataSource,
  steps: z.array(PrepareStep),
  columns: z.array(Column),
  rowCount: z.number().int().nullable(),
  spiceBytes: z.number().nullable(),
  /** When the data shown was taken, engine time. */
  refreshedMs: z.number().nullable(),
  lastIngestion: Ingestion.optional(),
})
export type DataSet = z.infer<typeof DataSet>

export const Aggregate = z.enum(['sum', 'average', 'count', 'distinctCount', 'min', 'max', 'median', 'stdev'])
export const Granularity = z.enum(['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'HOUR', 'MINUTE'])

export const FieldUse = z.object({
  /** A column of the data set; `*` with the aggregate `count` counts rows. */
  column: z.string(),
  /** A measure has an aggregate; a dimension has none. */
  aggregate: Aggregate.optional(),
  granularity: Granularity.optional(),
  /** A numeric dimension in about so many intervals of one round width: the value is the lower bound of its interval. */
  bins: z.number().int().min(1).max(500).optional(),
  label: z.string().optional(),
})
export type FieldUse = z.infer<typeof FieldUse>

export const Filter = z.discriminatedUnion('type', [
  z.object({ type: z.literal('in'), column: z.string(), values: z.array(Cell), exclude: z.boolean().default(false) }),
  /** Both ends belong to it; a `to` that is a day (`2001-03-31`) reaches to that day's end. */
  z.object({
    type: z.literal('range'),
    column: z.string(),
    from: Cell.optional(),
    to: Cell.optional(),
    excludeTo: z.boolean().optional(),
  }),
  z.object({ type: z.literal('contains'), column: z.string(), text: z.string() }),
  z.object({ type: z.literal('null'), column: z.string(), isNull: z.boolean() }),
  /** A period of a date column, such as one day of a bar clicked. */
  z.object({ type: z.literal('period'), column: z.string(), granularity: Granularity, value: z.string() }),
])
export type Filter = z.infer<typeof Filter>

export const VisualQuery = z.object({
  dataSet: z.string(),
  fields: z.array(FieldUse),
  filters: z.array(Filter).default([]),
  sort: z.array(z.object({ field: z.number().int(), descending: z.boolean() })).default([]),
  limit: z.number().int().positive().max(50_000).default(2500),
  /** Rows as they are, for tables of detail: dimensions are then not grouped, and measures are refused. */
  detail: z.boolean().default(false),
})
export type VisualQuery = z.infer<typeof VisualQuery>

const byId = z.object({ id: z.string() })
const DataSetInput = z.object({
  id: z.string(),
  name: z.string(),
  mode: z.enum(['SPICE', 'DIRECT_QUERY']).default('SPICE'),
  source: DataSource,
  steps: z.array(PrepareStep).default([]),
})

/** QuickSight: SPICE data sets and the queries that visuals make. */
export const bi = defineContract('bi', {
  listDataSets: call(nothing, z.array(DataSet)),
  describeDataSet: call(byId, DataSet),
  /** Creates or changes; a change of columns is checked before the old data go. */
  putDataSet: call(DataSetInput, DataSet),
  deleteDataSet: call(byId, nothing),
  /** Takes the source's rows into SPICE; the old ones answer until the new ones are whole. */
  ingest: call(byId, Ingestion),
  /** Stops a running ingestion; the old rows stay. Answers when nothing of it runs any more. */
  cancelIngestion: call(byId, Ingestion),
  listIngestions: call(byId, z.array(Ingestion)),
  /** First rows after the preparation steps, without an ingestion. */
  previewDataSet: call(DataSetInput.extend({ rows: z.number().int().max(1000).default(100) }), TablePage),
  query: call(
    VisualQuery,
    TablePage.extend({
      refreshedMs: z.number().nullable(),
      /** There are more groups (or rows) than `limit`. */
      truncated: z.boolean(),
      /** Width of the intervals of a field with `bins`. */
      binWidth: z.number().optional(),
      /** First and last moment of the first field with a granularity, whatever the other columns are filtered by: its last period may be a part of one. */
      extent: z.tuple([Cell, Cell]).optional(),
    }),
  ),
  /** Distinct values of a column, most frequent first, for filter controls. */
  values: call(
    z.object({
      dataSet: z.string(),
      column: z.string(),
      search: z.string().default(''),
      limit: z.number().int().max(1000).default(100),
    }),
    z.array(Cell),
  ),
  /** Data sets that were created, changed, refreshed or deleted. */
  watch: feed(nothing, DataSet.pick({ id: true, refreshedMs: true })),
})
