import type { Clock } from '../pure/clock.ts'
import type { Random } from '../pure/random.ts'
import type { Secrets } from './secrets.ts'

export interface Log {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string, thrown?: unknown): void
}

export interface Limits {
  /** Memory that DuckDB may take before it spills, bytes. */
  readonly olapMemoryBytes: number
  readonly olapThreads: number
}

/** What a host gives an engine at its start. */
export interface EngineContext<C> {
  readonly clock: Clock
  readonly random: Random
  /** The engine's own folder, `.millrace/<engine>`; it exists. */
  readonly directory: string
  readonly workspaceDirectory: string
  /** Files the program ships: sample data and the price table. */
  readonly resourcesDirectory: string
  readonly log: Log
  /** Seals what users give in confidence, and opens it for its use. */
  readonly secrets: Secrets
  readonly limits: Limits
  readonly clients: C
  /** Options of the shell for one engine, such as the AWS port for `gate`. */
  readonly settings: Readonly<Record<string, unknown>>
  /** One thing that the engines of a host share, such as its DuckDB: made once, closed after all engines have stopped. */
  shared<T>(key: string, make: () => Promise<{ value: T; close(): Promise<void> }>): Promise<T>
}

export interface RunningEngine<H> {
  readonly handlers: H
  /** Interrupts native work first, then closes files. After it the thread may be terminated. */
  stop(): Promise<void>
}
