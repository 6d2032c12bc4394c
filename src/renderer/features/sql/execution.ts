import type { QueryExecution } from '../../../engines/athena/contract.ts'
import type { Clients } from '../../../engines/contract.ts'
import { EngineError, type WireError } from '../../../engines/kit/pure/errors.ts'
import type { Column, TablePage } from '../../../engines/kit/pure/table.ts'
import type { StatementExecution } from '../../../engines/warehouse/contract.ts'
import type { StateShape } from '../../ui/index.ts'
import { type Dialect, type Engine, engineOf, FLINK_ELSEWHERE, runsHere } from './model/header.ts'

/** A statement of either engine, in one shape. */
export interface Execution {
  readonly engine: Engine
  readonly id: string
  readonly sql: string
  /** Of the engine of the lake, where it is not Trino's. */
  readonly dialect?: QueryExecution['dialect']
  readonly database?: string
  /** Athena only, as the next two. */
  readonly workGroup?: string
  /** The query whose result this is. */
  readonly reusedFrom?: string | undefined
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  readonly submittedMs: number
  readonly endedMs?: number | undefined
  readonly progress: number | null
  readonly bytesScanned: number | null
  readonly costUsd: number | null
  readonly rowCount: number | null
  readonly columns?: readonly Column[] | undefined
  /** What a reader of the rows should know. */
  readonly notes?: readonly string[] | undefined
  readonly outputLocation?: string | undefined
  readonly error?: WireError | undefined
}

const ATHENA = {
  QUEUED: 'waiting',
  RUNNING: 'running',
  SUCCEEDED: 'done',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const
const WAREHOUSE = {
  SUBMITTED: 'waiting',
  STARTED: 'running',
  FINISHED: 'done',
  FAILED: 'failed',
  ABORTED: 'cancelled',
} as const

export const STATES: Readonly<Record<Execution['state'], { shape: StateShape; text: string }>> = {
  waiting: { shape: 'starting', text: 'Queued' },
  running: { shape: 'running', text: 'Running' },
  done: { shape: 'good', text: 'Succeeded' },
  failed: { shape: 'bad', text: 'Failed' },
  cancelled: { shape: 'stopped', text: 'Cancelled' },
}

export function ofAthena({ queryId, state, ...query }: QueryExecution): Execution {
  return { ...query, engine: 'athena', id: queryId, state: ATHENA[state] }
}

export function ofWarehouse({ statementId, state, ...statement }: StatementExecution): Execution {
  return {
    ...statement,
    engine: 'warehouse',
    id: statementId,
    state: WAREHOUSE[state],
    bytesScanned: null,
    costUsd: null,
  }
}

export function isEnded({ state }: Pick<Execution, 'state'>): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}

/** `session` is that of the tab, where it has one: only the warehouse has sessions. */
type Wanted = { engine: Dialect; sql: string; database: string; session?: { sessionId?: string } }
type Known = Pick<Execution, 'engine' | 'id'>

/** The engine that answers; what runs elsewhere is refused in words. */
function here(dialect: Dialect): Engine {
  if (runsHere(dialect)) return engineOf(dialect)
  throw new EngineError('RunsElsewhere', FLINK_ELSEWHERE)
}

/** The dialect of a statement: steps of EMR are Spark's to a reader, whichever of Hive and Spark they say. */
export const writtenIn = ({ engine, dialect = 'trino' }: Pick<Execution, 'engine' | 'dialect'>): Dialect =>
  dialect === 'trino' ? engine : 'spark'

/** In which SQL the engine of the lake is to read a text. */
export const dialectOf = (engine: Dialect): 'spark' | 'trino' => (engine === 'spark' ? 'spark' : 'trino')

export async function start(
  clients: Clients,
  { engine, sql, database, session, workGroup, reuseMinutes }: Wanted & { workGroup?: string; reuseMinutes?: number },
): Promise<Execution> {
  if (here(engine) === 'warehouse') return ofWarehouse(await clients.warehouse.startStatement({ sql, ...session }))
  const reuse = reuseMinutes ? { reuseMinutes } : {}
  return ofAthena(await clients.athena.startQuery({ sql, dialect: dialectOf(engine), database, workGroup, ...reuse }))
}

export async function describe(clients: Clients, { engine, id }: Known): Promise<Execution> {
  return engine === 'athena'
    ? ofAthena(await clients.athena.getQuery({ queryId: id }))
    : ofWarehouse(await clients.warehouse.getStatement({ statementId: id }))
}

/** Answers when nothing of it runs any more. */
export async function stop(clients: Clients, { engine, id }: Known): Promise<Execution> {
  return engine === 'athena'
    ? ofAthena(await clients.athena.stopQuery({ queryId: id }))
    : ofWarehouse(await clients.warehouse.stopStatement({ statementId: id }))
}

export function results(
  clients: Clients,
  { engine, id }: Known,
  start: number,
  rows: number,
  signal: AbortSignal,
): Promise<TablePage> {
  return engine === 'athena'
    ? clients.athena.results({ queryId: id, start, rows }, { signal })
    : clients.warehouse.results({ statementId: id, start, rows }, { signal })
}

/** The first rows of a query, without an execution. */
export async function preview(
  clients: Clients,
  { engine, sql, database, session }: Wanted,
  rows: number,
  signal: AbortSignal,
): Promise<TablePage> {
  return here(engine) === 'athena'
    ? clients.athena.preview({ sql, dialect: dialectOf(engine), database, rows }, { signal })
    : clients.warehouse.preview({ sql, rows, ...session }, { signal })
}

/** The execution until it has ended. Where the feed breaks off, the engine is asked anew. */
export async function* watch(clients: Clients, known: Known, signal: AbortSignal): AsyncGenerator<Execution> {
  const { engine, id } = known
  for (;;) {
    try {
      if (engine === 'athena')
        for await (const query of clients.athena.watchQuery({ queryId: id }, { signal })) yield ofAthena(query)
      else
        for await (const statement of clients.warehouse.watchStatement({ statementId: id }, { signal }))
          yield ofWarehouse(statement)
    } catch {
      if (signal.aborted) return
    }
    const last = await describe(clients, known)
    yield last
    if (isEnded(last) || signal.aborted) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

export async function explainPlan(
  clients: Clients,
  { engine, sql, database, session }: Wanted,
  analyze: boolean,
  signal: AbortSignal,
): Promise<{ plan: unknown; text: string }> {
  return here(engine) === 'athena'
    ? clients.athena.explain({ sql, dialect: dialectOf(engine), database, analyze }, { signal })
    : clients.warehouse.explain({ sql, analyze, ...session }, { signal })
}
