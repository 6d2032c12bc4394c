import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { WireError } from '../kit/pure/errors.ts'
import { Column, KeptTable, TablePage } from '../kit/pure/table.ts'

export const QueryState = z.enum(['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'])

export const QueryExecution = z.object({
  queryId: z.string(),
  sql: z.string(),
  database: z.string(),
  workGroup: z.string(),
  state: QueryState,
  statementType: z.enum(['DDL', 'DML', 'UTILITY']),
  submittedMs: z.number(),
  startedMs: z.number().optional(),
  endedMs: z.number().optional(),
  /** 0 to 1 where the engine can tell. */
  progress: z.number().nullable(),
  /** As row T2 defines it; null until known. */
  bytesScanned: z.number().nullable(),
  /** What AWS would charge, US dollars, from the workspace's price table. */
  costUsd: z.number().nullable(),
  rowCount: z.number().int().nullable(),
  columns: z.array(Column).optional(),
  outputLocation: z.string().optional(),
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

/** Athena: Trino SQL over the lake's files in place. */
export const athena = defineContract('athena', {
  startQuery: call(
    z.object({
      sql: z.string(),
      database: z.string().default('default'),
      workGroup: z.string().default('primary'),
      outputLocation: z.string().optional(),
    }),
    QueryExecution,
  ),
  getQuery: call(byId, QueryExecution),
  /** The query until it has ended. */
  watchQuery: feed(byId, QueryExecution),
  /** Interrupts the work; answers when nothing of it runs any more. */
  stopQuery: call(byId, QueryExecution),
  listQueries: call(z.object({ limit: z.number().int().max(1000).default(100) }), z.array(QueryExecution)),
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
    z.object({ sql: z.string(), database: z.string().default('default') }),
    z.object({ sql: z.string(), fingerprint: z.string() }),
  ),
  /** Bytes and price before the run, and whether the text stands. */
  estimate: call(z.object({ sql: z.string(), database: z.string().default('default') }), QueryEstimate),
  explain: call(
    z.object({ sql: z.string(), database: z.string().default('default'), analyze: z.boolean().default(false) }),
    z.object({ plan: z.unknown(), text: z.string() }),
  ),
  /** Queries submitted or changed, newest first. */
  watchQueries: feed(nothing, z.array(QueryExecution)),
  /** The first rows of a query for a look in passing: no execution, no history, no price. Giving up the call stops it. */
  preview: call(
    z.object({
      sql: z.string(),
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
