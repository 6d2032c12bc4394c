import { randomUUID } from 'node:crypto'
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { EngineError } from '../pure/errors.ts'
import { allowedByAttachment } from './attached-files.ts'
import { type DuckFailure, duckFailure } from './duck/errors.ts'
import { readablePath } from './duck/reach.ts'
import { DuckSession, type DuckTable, type QueryOptions } from './duck/session.ts'
import type { EngineContext } from './engine.ts'
import { setAside } from './files.ts'
import { ARITHMETIC_MACROS } from './sql/arithmetic.ts'
import { REDSHIFT_MACROS } from './sql/redshift-macros.ts'

export { DuckError, type DuckFailure, duckError, placeOf } from './duck/errors.ts'
export { type PackedStrings, packStrings } from './duck/pack.ts'
export type { DuckSession, DuckTable, QueryOptions, StatementShape } from './duck/session.ts'
export { appendCells, columnType, toCell, toColumn } from './duck/values.ts'

/** The database files of a workspace, under `.millrace`. DuckDB opens each once, here, and no other thread may open it. */
const DATABASES = {
  warehouse: 'warehouse/dev.duckdb',
  spice: 'spice/spice.duckdb',
  results: 'athena/results.duckdb',
} as const
export type DuckDatabase = keyof typeof DATABASES

/** What can be made again, by running a query once more: a file that cannot be opened is set aside, so that nothing else stops for it. */
const REMADE: ReadonlySet<DuckDatabase> = new Set(['results'])

export interface Duck {
  /** Runs a statement on a connection of its own and gives its (small) result whole. */
  query(sql: string, options?: QueryOptions & { lane?: Lane }): Promise<DuckTable>
  /**
   * One connection for several statements. Lane `user` is what people run: it waits its turn, first come first served. Lane `own`
   * is for our short work (metadata, pages), so that it never waits for a long query. Lane `session` is for connections that are kept
   * while somebody works with them; it has `SESSIONS` places. Do not nest uses of one lane.
   */
  use<T>(work: (session: DuckSession) => Promise<T>, options?: { lane?: Lane; signal?: AbortSignal }): Promise<T>
  /** Results that are taken slowly, on a connection beside the lanes that lives as long as the iteration. */
  stream<T>(work: (session: DuckSession) => AsyncIterable<T>): AsyncGenerator<T>
  /** Throws where the database's file could not be opened, naming the file and the way out. */
  require(database: DuckDatabase): void
  /** A path by which DuckDB may read this file, which the caller has checked: of the workspace, attached, or of the program's data. */
  readable(file: string): Promise<string>
  /** A text as a file that DuckDB may read, until it is disposed of. */
  scratch(text: string, extension: string): Promise<{ path: string } & AsyncDisposable>
}

export type Lane = 'user' | 'own' | 'session'

/** Connections that may be kept at once. */
export const SESSIONS = 32

/** The host's only DuckDB (libraries.md: two instances of one file lose data silently), opened by whoever asks first. */
export function openDuck(context: Pick<EngineContext<unknown>, 'shared' | 'workspaceDirectory' | 'limits' | 'log'>) {
  return context.shared<Duck>('duck', async () => {
    const duck = new SharedDuck(context.workspaceDirectory)
    await duck.open(context.limits)
    for (const [name, failure] of duck.broken) context.log.error(`${name}: ${failure.message}`)
    for (const [name, { message }] of duck.remade)
      context.log.warn(
        `${DATABASES[name]} could not be opened, stands aside as ${DATABASES[name]}.damaged, and begins anew: ${message}`,
      )
    return { value: duck, close: () => duck.close() }
  })
}

class SharedDuck implements Duck {
  readonly broken = new Map<DuckDatabase, DuckFailure>()
  readonly remade = new Map<DuckDatabase, DuckFailure>()
  private readonly workspaceDirectory: string
  private inbox = ''
  private allowed: string[] = []
  private readonly ending = new AbortController()
  private readonly working = new Set<Promise<unknown>>()
  private readonly streaming = new Set<Connection>()
  private instance!: DuckDBInstance
  private lanes!: Record<Lane, Pool>

  constructor(workspaceDirectory: string) {
    this.workspaceDirectory = workspaceDirectory
  }

  async open(limits: { olapMemoryBytes: number; olapThreads: number }): Promise<void> {
    // DuckDB follows links before it compares, so a link inside the lake does not lead out of it.
    const root = await realpath(this.workspaceDirectory)
    const own = join(root, '.millrace')
    const spill = join(own, 'olap', 'spill')
    this.inbox = join(own, 'olap', 'inbox')
    this.allowed = [join(root, 'lake'), join(root, 'data'), join(own, 'lake', 'stage'), this.inbox]
    this.allowed.push(join(own, 'athena', 'staged'))
    this.allowed.push(await realpath(shippedDataDirectory()))
    const attached = this.attached()
    this.allowed.push(...attached.directories)
    await rm(this.inbox, { recursive: true, force: true })
    for (const directory of [spill, this.inbox]) await mkdir(directory, { recursive: true })
    this.instance = await DuckDBInstance.create(':memory:', {
      threads: String(limits.olapThreads),
      memory_limit: `${Math.floor(limits.olapMemoryBytes / 1024)}KiB`,
      temp_directory: spill,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    const first = await this.instance.connect()
    for (const setting of [
      `TimeZone = 'UTC'`,
      `errors_as_json = true`,
      `allow_persistent_secrets = false`,
      // Whole numbers divide to whole numbers, in Trino as in Redshift.
      `integer_division = true`,
      // Footers that have been read are kept while the file has not changed.
      `parquet_metadata_cache = true`,
    ]) {
      await first.run(`SET GLOBAL ${setting}`)
    }
    // What the log of a file names has to be there when it is replayed.
    await first.run([...ARITHMETIC_MACROS, ...REDSHIFT_MACROS].join(';\n'))
    for (const [name, file] of Object.entries(DATABASES) as [DuckDatabase, string][]) {
      const path = join(own, file)
      await mkdir(dirname(path), { recursive: true })
      const attach = () => first.run(`ATTACH ${literal(path)} AS ${name}`)
      await attach()
        .catch((thrown) => {
          // Another program that has it open does no harm to it.
          const isOpenElsewhere = /could not set lock/i.test(String(thrown))
          if (isOpenElsewhere || !REMADE.has(name)) throw thrown
          setAside(path, ['.wal'])
          this.remade.set(name, duckFailure(thrown))
          return attach()
        })
        .catch((thrown) => {
          this.broken.set(name, duckFailure(thrown))
        })
    }
    await first.run(`SET GLOBAL allowed_directories = [${this.allowed.map(literal).join(', ')}]`)
    await first.run(`SET GLOBAL allowed_paths = [${attached.files.map(literal).join(', ')}]`)
    await first.run('SET GLOBAL enable_external_access = false')
    // Each blocked query takes a thread of libuv's pool, which the whole process shares with file access.
    const threads = Number(process.env.UV_THREADPOOL_SIZE) || 4
    this.lanes = {
      user: await Pool.open(this.instance, Math.max(2, Math.min(8, threads >> 1))),
      own: await Pool.open(this.instance, Math.max(1, Math.min(4, threads >> 2))),
      session: await Pool.open(this.instance, SESSIONS),
    }
    await first.run('SET GLOBAL lock_configuration = true')
    first.closeSync()
  }

  /** What was attached by the last time that the workspace was open; later ones are read through the inbox. */
  private attached(): ReturnType<typeof allowedByAttachment> {
    try {
      const attached = allowedByAttachment(this.workspaceDirectory)
      this.allowed.push(...attached.files)
      return attached
    } catch {
      // Whoever reads the list tells what is wrong with it.
      return { files: [], directories: [] }
    }
  }

  query(sql: string, options: QueryOptions & { lane?: Lane } = {}): Promise<DuckTable> {
    return this.use((session) => session.query(sql, options), { lane: 'own', ...options })
  }

  use<T>(work: (session: DuckSession) => Promise<T>, options: { lane?: Lane; signal?: AbortSignal } = {}): Promise<T> {
    if (this.ending.signal.aborted) return Promise.reject(stopping())
    const lane = this.lanes[options.lane ?? 'own']
    return lane.with((connection) => work(this.session(connection)), options.signal)
  }

  async *stream<T>(work: (session: DuckSession) => AsyncIterable<T>): AsyncGenerator<T> {
    if (this.ending.signal.aborted) throw stopping()
    const connection = await this.instance.connect()
    this.streaming.add(connection)
    try {
      yield* work(this.session(connection))
    } finally {
      if (this.streaming.delete(connection)) connection.closeSync()
    }
  }

  private session(connection: Connection): DuckSession {
    return new DuckSession(connection, this.ending.signal, this.working)
  }

  require(database: DuckDatabase): void {
    const failure = this.broken.get(database)
    if (!failure) return
    const file = join('.millrace', DATABASES[database])
    throw new EngineError(
      'DatabaseFileDamaged',
      `${file} could not be opened: ${failure.message} Nothing was changed in it. Restore the file from a copy, or move it away and start again with an empty one.`,
      { domain: 'external', at: { file } },
    )
  }

  readable(file: string): Promise<string> {
    return readablePath(file, this.allowed, this.inbox)
  }

  async scratch(text: string, extension: string): Promise<{ path: string } & AsyncDisposable> {
    const path = join(this.inbox, randomUUID() + extension)
    await writeFile(path, text)
    return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) }
  }

  /** Interrupts all, waits for all, then closes: terminating the thread before that would abort the process. */
  async close(): Promise<void> {
    this.ending.abort(stopping())
    for (const lane of Object.values(this.lanes)) lane.refuse(stopping())
    while (this.working.size > 0) await Promise.all([...this.working])
    for (const connection of this.streaming) connection.closeSync()
    this.streaming.clear()
    for (const lane of Object.values(this.lanes)) lane.close()
    this.instance.closeSync()
  }
}

/** A fixed number of connections, handed out in the order of asking. */
class Pool {
  private readonly free: Connection[]
  private readonly all: Connection[]
  private readonly waiting: { take: (connection: Connection) => void; fail: (error: Error) => void }[] = []

  private constructor(connections: Connection[]) {
    this.all = connections
    this.free = [...connections]
  }

  static async open(instance: DuckDBInstance, size: number): Promise<Pool> {
    const connections = await Promise.all(Array.from({ length: size }, () => instance.connect()))
    for (const connection of connections) {
      await connection.run('SET enable_progress_bar = true')
      await connection.run('SET enable_progress_bar_print = false')
    }
    return new Pool(connections)
  }

  async with<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const connection = this.free.pop() ?? (await this.wait(signal))
    try {
      return await work(connection)
    } finally {
      const next = this.waiting.shift()
      if (next) next.take(connection)
      else this.free.push(connection)
    }
  }

  private wait(signal?: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        const index = this.waiting.indexOf(entry)
        if (index >= 0) this.waiting.splice(index, 1)
        reject(new EngineError('Cancelled', 'The query was cancelled before it began.', { retry: true }))
      }
      const entry = {
        take: (connection: Connection) => {
          signal?.removeEventListener('abort', abort)
          resolve(connection)
        },
        fail: (error: Error) => {
          signal?.removeEventListener('abort', abort)
          reject(error)
        },
      }
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort, { once: true })
      this.waiting.push(entry)
    })
  }

  refuse(error: Error): void {
    for (const entry of this.waiting.splice(0)) entry.fail(error)
  }

  close(): void {
    for (const connection of this.all) connection.closeSync()
  }
}

type Connection = Awaited<ReturnType<DuckDBInstance['connect']>>

function stopping(): EngineError {
  return new EngineError('ConnectionLost', 'The engine is stopping. Try again.', { domain: 'internal', retry: true })
}

/** Folder of the real data sets that the program ships (vega-datasets). */
export function shippedDataDirectory(): string {
  const entry = createRequire(import.meta.url).resolve('vega-datasets')
  return join(dirname(dirname(entry)), 'data')
}

/** A string as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
