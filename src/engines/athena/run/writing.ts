import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clients } from '../../contract.ts'
import { syncFolder, writeFileAtomic } from '../../kit/node/files.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { QueryExecution } from '../contract.ts'
import { isDataKey, splitUri } from '../files.ts'

/** What a statement is about to put into lake and catalog, none of which was there before. */
export interface Writing {
  readonly bucket: string
  readonly keys: readonly string[]
  readonly database?: string
  readonly table?: string
  /** The table is made by it, and lies here. */
  readonly madeAt?: string
  /** Partitions of the table that it adds. */
  readonly partitions?: readonly string[][]
  /** What goes once it is there. */
  readonly replaces?: Replaced
}

export interface Replaced {
  /** All data below these is replaced; they end with a slash. */
  readonly locations: readonly string[]
  /** Partitions that the table no longer has. */
  readonly partitions: readonly string[][]
}

/** A record as it is on disk: with `done`, the query as it has succeeded, the new state stands and `gone` is what is to go. */
interface Recorded extends Writing {
  readonly done?: QueryExecution
  readonly gone?: readonly { bucket: string; keys: readonly string[] }[]
}

/**
 * Records of writes under way, a file for each (`.millrace/athena/writing/<query id>.json`): on disk before the first object appears, gone
 * once the query is on record as succeeded. What a crash leaves is taken back at the next start; of a write that replaces others, the
 * record says from when on it is finished instead. The folder is there only while records are.
 */
export class Writings {
  private readonly directory: string
  private readonly clients: Pick<Clients, 'catalog' | 'lake'>

  constructor(directory: string, clients: Pick<Clients, 'catalog' | 'lake'>) {
    this.directory = join(directory, 'writing')
    this.clients = clients
  }

  begin(queryId: string, writing: Writing): void {
    writeFileAtomic(this.fileOf(queryId), JSON.stringify(writing))
  }

  unfinished(): string[] {
    if (!existsSync(this.directory)) return []
    const records = readdirSync(this.directory).filter((name) => /^[^.].*\.json$/.test(name))
    // A record that was being written when the process ended: nothing of its write is there.
    if (records.length === 0) rmSync(this.directory, { recursive: true })
    return records.map((name) => name.slice(0, -'.json'.length))
  }

  /** The query of a write that stands, whatever else became of it. */
  done(queryId: string): QueryExecution | undefined {
    return this.read(queryId)?.done
  }

  /**
   * Settles that a write stands in place of what it replaces: all that lies there now, also what others have put there meanwhile, for the
   * last one wins. Nothing of it goes before that is on record. False where nothing is replaced.
   */
  async settle(queryId: string, done: QueryExecution): Promise<boolean> {
    const writing = this.read(queryId)
    if (!writing?.replaces) return false
    const own = new Set(writing.keys.map((key) => `${writing.bucket}/${key}`))
    const gone = new Map<string, Set<string>>()
    for (const uri of new Set(writing.replaces.locations)) {
      const { bucket, prefix } = splitUri(uri)
      const keys = gone.get(bucket) ?? new Set()
      gone.set(bucket, keys)
      for (const { key } of await this.clients.lake.locate({ uri }))
        if (isDataKey(key.slice(prefix.length)) && !own.has(`${bucket}/${key}`)) keys.add(key)
    }
    const recorded: Recorded = {
      ...writing,
      done,
      gone: [...gone].map(([bucket, keys]) => ({ bucket, keys: [...keys] })),
    }
    writeFileAtomic(this.fileOf(queryId), JSON.stringify(recorded))
    return true
  }

  /** Takes away what a settled write has replaced. */
  async replace(queryId: string): Promise<void> {
    const { gone = [], database, table, replaces } = this.read(queryId) ?? {}
    for (const { bucket, keys } of gone)
      if (keys.length > 0) await this.clients.lake.deleteObjects({ bucket, keys: [...keys] })
    if (database !== undefined && table !== undefined && replaces)
      await this.dropPartitions(database, table, replaces.partitions)
  }

  /** Nothing, where nothing is on record. */
  end(queryId: string): void {
    if (!existsSync(this.fileOf(queryId))) return
    rmSync(this.fileOf(queryId))
    syncFolder(this.directory)
    if (readdirSync(this.directory).length === 0) rmdirSync(this.directory)
  }

  /** Takes back what there is of a write that does not stand: the table first, so that none points at half of its data. */
  async undo(queryId: string): Promise<void> {
    const writing = this.read(queryId)
    if (!writing || writing.done) return
    const { bucket, keys, database, table, madeAt, partitions = [] } = writing
    const { catalog, lake } = this.clients
    if (database !== undefined && table !== undefined) {
      if (madeAt === undefined) await this.dropPartitions(database, table, partitions)
      else {
        const there = await catalog.getTable({ database, table }).catch(unlessMissing)
        if (there?.location === madeAt) await catalog.deleteTable({ database, table })
      }
    }
    if (keys.length > 0) await lake.deleteObjects({ bucket, keys: [...keys] })
    this.end(queryId)
  }

  /** Those of the partitions that are there. */
  private async dropPartitions(database: string, table: string, partitions: readonly string[][]): Promise<void> {
    if (partitions.length === 0) return
    const { catalog } = this.clients
    const values = partitions.map((partition) => [...partition])
    const there = await catalog.getPartitions({ database, table, values }).catch(unlessMissing)
    if (there?.length)
      await catalog.deletePartitions({ database, table, values: there.map((partition) => partition.values) })
  }

  private read(queryId: string): Recorded | undefined {
    const file = this.fileOf(queryId)
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded) : undefined
  }

  private fileOf(queryId: string): string {
    return join(this.directory, `${queryId}.json`)
  }
}

function unlessMissing(thrown: unknown): undefined {
  if (!(thrown instanceof EngineError && thrown.code === 'EntityNotFoundException')) throw thrown
}
