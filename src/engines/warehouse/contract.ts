import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { WireError } from '../kit/pure/errors.ts'
import { Column, KeptTable, TablePage } from '../kit/pure/table.ts'

export const StatementExecution = z.object({
  statementId: z.string(),
  sql: z.string(),
  state: z.enum(['SUBMITTED', 'STARTED', 'FINISHED', 'FAILED', 'ABORTED']),
  submittedMs: z.number(),
  endedMs: z.number().optional(),
  progress: z.number().nullable(),
  /** Rows of the result, or rows that the statement loaded or changed. */
  rowCount: z.number().int().nullable(),
  columns: z.array(Column).optional(),
  error: WireError.optional(),
})
export type StatementExecution = z.infer<typeof StatementExecution>

export const WarehouseTable = z.object({
  schema: z.string(),
  name: z.string(),
  columns: z.array(Column),
  rowCount: z.number().int(),
  distStyle: z.string(),
  distKey: z.string().optional(),
  sortKeys: z.array(z.string()),
  /** Commits that changed the table. */
  version: z.number().int(),
})
export type WarehouseTable = z.infer<typeof WarehouseTable>

export const SessionState = z.object({
  sessionId: z.string(),
  /** `failed`: a statement failed in it, it was rolled back, and waits for its end to be said. */
  transaction: z.enum(['none', 'open', 'failed']),
  /** Names of temporary tables. */
  temporaries: z.array(z.string()).readonly(),
})
export type SessionState = z.infer<typeof SessionState>

const byId = z.object({ statementId: z.string() })
/** In a session that is open; else in one of its own, which ends with it. */
const inSession = { sessionId: z.string().optional() }

/** Redshift: a columnar warehouse with the Redshift dialect. */
export const warehouse = defineContract('warehouse', {
  /**
   * A session that statements may share: temporary tables, and a transaction over several of them. It lasts as long as the feed (the
   * Amazon Redshift Data API's sessions last for a time). Its statements run one after the other.
   */
  session: feed(nothing, SessionState),
  startStatement: call(z.object({ sql: z.string(), ...inSession }), StatementExecution),
  getStatement: call(byId, StatementExecution),
  watchStatement: feed(byId, StatementExecution),
  /** Every statement as it changes, from now on. */
  watchStatements: feed(nothing, z.array(StatementExecution)),
  stopStatement: call(byId, StatementExecution),
  listStatements: call(z.object({ limit: z.number().int().max(1000).default(100) }), z.array(StatementExecution)),
  results: call(
    byId.extend({
      start: z.number().int().nonnegative().default(0),
      rows: z.number().int().positive().max(10_000).default(1000),
    }),
    TablePage,
  ),
  /** The table of a finished statement's rows in the host's DuckDB, in the order of its row numbers. */
  resultTable: call(byId, KeptTable),
  /** Whether the text stands, with the place of the first error. */
  check: call(z.object({ sql: z.string(), ...inSession }), z.object({ error: WireError.optional() })),
  explain: call(
    z.object({ sql: z.string(), analyze: z.boolean().default(false), ...inSession }),
    z.object({ plan: z.unknown(), text: z.string() }),
  ),
  /**
   * A single SELECT as DuckDB's text, for engines on the same DuckDB: it runs on a connection of their own after the statements of
   * `setup`, and reads nothing but the warehouse.
   */
  translate: call(z.object({ sql: z.string() }), z.object({ sql: z.string(), setup: z.array(z.string()) })),
  listTables: call(nothing, z.array(WarehouseTable)),
  /** A table was created, loaded, changed or dropped. */
  watch: feed(nothing, z.object({ schema: z.string(), table: z.string() })),
  /** The first rows of a SELECT for a look in passing: not in the history. Giving up the call stops it. */
  preview: call(
    z.object({ sql: z.string(), rows: z.number().int().positive().max(1000).default(100), ...inSession }),
    TablePage,
  ),
})
