import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { WireError } from '../kit/pure/errors.ts'
import { Column, KeptTable, TablePage } from '../kit/pure/table.ts'

/** Spark's is that of Spark 4, ANSI mode and all; Hive's also that of Spark 3: NULL in place of an error. */
export const SqlDialect = z.enum(['trino', 'spark', 'hive'])
export type SqlDialect = z.infer<typeof SqlDialect>

/** In which SQL a text is written. */
const dialect = SqlDialect.default('trino')

export const QueryState = z.enum(['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'])

/** Where and how result files are written. */
const resultSettings = {
  /** `s3://bucket/prefix/`; of a query that is under way, its result file. */
  outputLocation: z.string().optional(),
  /** Account that must own the bucket. */
  expectedBucketOwner: z.string().optional(),
  acl: z.literal('BUCKET_OWNER_FULL_CONTROL').optional(),
  encryption: z.literal('SSE_S3').optional(),
}

/** "BytesScannedCutoffPerQuery" (Athena API reference): at least 10 MB. */
export const CUTOFF_BYTES_MIN = 10_000_000

export const WORK_GROUP_NAME = /^[a-zA-Z0-9._-]{1,128}$/

/** What a workgroup sets for its queries. */
export const WorkGroupSettings = z.object({
  description: z.string().max(1024).optional(),
  ...resultSettings,
  /** The settings here stand above those of a query. */
  enforced: z.boolean().default(false),
  /** A query that would scan more is cancelled. */
  cutoffBytes: z.number().int().min(CUTOFF_BYTES_MIN).optional(),
  /** Its queries put metrics to CloudWatch. */
  metrics: z.boolean().default(false),
  requesterPays: z.boolean().default(false),
  engineVersion: z.enum(['AUTO', 'Athena engine version 3']).default('AUTO'),
})
export type WorkGroupSettings = z.infer<typeof WorkGroupSettings>

export const WorkGroup = WorkGroupSettings.extend({
  name: z.string().regex(WORK_GROUP_NAME),
  state: z.enum(['ENABLED', 'DISABLED']),
  createdMs: z.number(),
  tags: z.record(z.string(), z.string()),
})
export type WorkGroup = z.infer<typeof WorkGroup>

export const NamedQuery = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  database: z.string(),
  sql: z.string(),
  workGroup: z.string(),
})
export type NamedQuery = z.infer<typeof NamedQuery>

export const PreparedStatement = z.object({
  workGroup: z.string(),
  name: z.string(),
  sql: z.string(),
  description: z.string().optional(),
  modifiedMs: z.number(),
})
export type PreparedStatement = z.infer<typeof PreparedStatement>

export const QueryExecution = z.object({
  queryId: z.string(),
  sql: z.string(),
  /** Trino's where it is not said. */
  dialect: SqlDialect.optional(),
  database: z.string(),
  workGroup: z.string(),
  state: QueryState,
  statementType: z.enum(['DDL', 'DML', 'UTILITY']),
  /** Athena's word for the statement, such as `SELECT` or `CREATE_TABLE_AS_SELECT`. */
  substatementType: z.string().optional(),
  /** Values of the text's `?`, in their order. */
  parameters: z.array(z.string()).optional(),
  submittedMs: z.number(),
  startedMs: z.number().optional(),
  endedMs: z.number().optional(),
  /** Of the run: until it was planned, and what writing the result files took at its end. */
  planningMs: z.number().optional(),
  processingMs: z.number().optional(),
  /** 0 to 1 where the engine can tell. */
  progress: z.number().nullable(),
  /** As row T2 defines it; null until known. */
  bytesScanned: z.number().nullable(),
  /** What AWS would charge, US dollars, from the workspace's price table. */
  costUsd: z.number().nullable(),
  rowCount: z.number().int().nullable(),
  columns: z.array(Column).optional(),
  /** What a reader of its rows should know: of attached files, rows that could not be read. */
  notes: z.array(z.string()).optional(),
  ...resultSettings,
  /** The list of the files that a statement wrote, as an object. */
  manifestLocation: z.string().optional(),
  /** Bytes of the result file, or of the files written. */
  outputBytes: z.number().optional(),
  /** An earlier result may stand for this one when it is no older. */
  reuseMinutes: z.number().int().optional(),
  /** The query whose result stands for this one. */
  reusedFrom: z.string().optional(),
  /** Why it failed, or was cancelled by the service. */
  error: WireError.optional(),
})
export type QueryExecution = z.infer<typeof QueryExecution>

export const QueryEstimate = z.object({
  bytesScanned: z.number(),
  costUsd: z.number(),
  files: z.number().int(),
  /** Set where the text does not parse or names what is not there; with its place. */
  error: WireError.optional(),
})

const byId = z.object({ queryId: z.string() })
const inWorkGroup = z.object({ workGroup: z.string() })
const namedQuery = z.object({ id: z.string() })
const preparedStatement = inWorkGroup.extend({ name: z.string() })

/** Of every table of the catalog `streams`. */
export const STREAM_COLUMNS = [
  { name: 'partition_key', type: 'string' },
  { name: 'sequence_number', type: 'string' },
  { name: 'arrival_time', type: 'timestamp' },
  { name: 'shard_id', type: 'string' },
  { name: 'data', type: 'string' },
  { name: 'data_bytes', type: 'binary' },
]

/** Athena: Trino SQL over the lake's files in place. */
export const athena = defineContract('athena', {
  startQuery: call(
    z.object({
      sql: z.string(),
      dialect,
      database: z.string().default('default'),
      workGroup: z.string().default('primary'),
      ...resultSettings,
      parameters: z.array(z.string()).optional(),
      reuseMinutes: z.number().int().min(0).max(10_080).optional(),
      /** The same token with the same `request` answers the query that it began; with another it is refused. */
      token: z.object({ token: z.string(), request: z.string() }).optional(),
      /** The query must have a result file, as those of the API do; else it has one where an output location is set. */
      resultFile: z.boolean().default(false),
    }),
    QueryExecution,
  ),
  getQuery: call(byId, QueryExecution),
  /** The query until it has ended. */
  watchQuery: feed(byId, QueryExecution),
  /** Interrupts the work; answers when nothing of it runs any more. */
  stopQuery: call(byId, QueryExecution),
  /** Newest first, of one workgroup or of all; `after` is the last query of the page before. */
  listQueries: call(
    z.object({
      workGroup: z.string().optional(),
      after: z.string().optional(),
      limit: z.number().int().max(1000).default(100),
    }),
    z.array(QueryExecution),
  ),
  results: call(
    byId.extend({
      start: z.number().int().nonnegative().default(0),
      rows: z.number().int().positive().max(10_000).default(1000),
      /** Every value as the text that Athena's result files have. */
      text: z.boolean().default(false),
    }),
    TablePage,
  ),
  /** The rows of a finished query as a SELECT, for engines on the same DuckDB. */
  resultSql: call(byId, z.object({ sql: z.string() })),
  /** The table of a finished query's rows in the host's DuckDB, in the order of its row numbers. */
  resultTable: call(byId, KeptTable),
  /**
   * A query as DuckDB's text over the files as they are now, for engines on the same DuckDB. The fingerprint changes when a file of its
   * tables does.
   */
  readSql: call(
    z.object({ sql: z.string(), dialect, database: z.string().default('default') }),
    z.object({ sql: z.string(), fingerprint: z.string() }),
  ),
  /** Bytes and price before the run, and whether the text stands. */
  estimate: call(
    z.object({
      sql: z.string(),
      dialect,
      database: z.string().default('default'),
      workGroup: z.string().default('primary'),
    }),
    QueryEstimate,
  ),
  explain: call(
    z.object({
      sql: z.string(),
      dialect,
      database: z.string().default('default'),
      analyze: z.boolean().default(false),
    }),
    z.object({ plan: z.unknown(), text: z.string() }),
  ),
  /** Queries submitted or changed, newest first. */
  watchQueries: feed(nothing, z.array(QueryExecution)),
  /** By name; `primary` is always there. */
  listWorkGroups: call(nothing, z.array(WorkGroup)),
  getWorkGroup: call(inWorkGroup, WorkGroup),
  createWorkGroup: call(
    WorkGroupSettings.extend({ name: WorkGroup.shape.name, tags: WorkGroup.shape.tags.default({}) }),
    WorkGroup,
  ),
  /** Replaces the settings, and the state where it is given. */
  updateWorkGroup: call(
    inWorkGroup.extend({ settings: WorkGroupSettings, state: WorkGroup.shape.state.optional() }),
    WorkGroup,
  ),
  /** `recursive` also deletes its queries, named queries and prepared statements; without it they keep it from being deleted. */
  deleteWorkGroup: call(inWorkGroup.extend({ recursive: z.boolean().default(false) }), nothing),
  tagWorkGroup: call(inWorkGroup.extend({ tags: WorkGroup.shape.tags }), nothing),

  createNamedQuery: call(
    NamedQuery.omit({ id: true }).extend({ token: z.string().optional() }),
    z.object({ id: z.string() }),
  ),
  getNamedQuery: call(namedQuery, NamedQuery),
  /** Newest first. */
  listNamedQueries: call(z.object({ workGroup: z.string().optional() }), z.array(NamedQuery)),
  /** All of them, now and after each change. */
  watchNamedQueries: feed(nothing, z.array(NamedQuery)),
  updateNamedQuery: call(NamedQuery.omit({ database: true, workGroup: true }), nothing),
  deleteNamedQuery: call(namedQuery, nothing),

  createPreparedStatement: call(PreparedStatement.omit({ modifiedMs: true }), nothing),
  getPreparedStatement: call(preparedStatement, PreparedStatement),
  /** By name. */
  listPreparedStatements: call(inWorkGroup, z.array(PreparedStatement)),
  updatePreparedStatement: call(PreparedStatement.omit({ modifiedMs: true }), nothing),
  deletePreparedStatement: call(preparedStatement, nothing),

  /** The first rows of a query for a look in passing: no execution, no history, no price. Giving up the call stops it. */
  preview: call(
    z.object({
      sql: z.string(),
      dialect,
      database: z.string().default('default'),
      rows: z.number().int().positive().max(1000).default(100),
    }),
    TablePage,
  ),
  /**
   * A transform of JSON records by a SELECT over the table `records` (record_id, data), in DuckDB's own SQL: rows as JSON, by the place of
   * their record. No execution, no history, no price.
   */
  selectRecords: call(
    z.object({ query: z.string(), records: z.array(z.string()) }),
    z.array(z.object({ record: z.number().int(), text: z.string() })),
  ),
})
