import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clients } from '../../contract.ts'
import { syncFolder, writeFileAtomic } from '../../kit/node/files.ts'
import { EngineError } from '../../kit/pure/errors.ts'

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
}

/**
 * Records of writes under way, a file for each (`.millrace/athena/writing/<query id>.json`): on disk before the first object appears, gone
 * once the query is on record as succeeded. What a crash leaves is taken back at the next start. The folder is there only while records are.
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

  /** Nothing, where nothing is on record. */
  end(queryId: string): void {
    if (!existsSync(this.fileOf(queryId))) return
    rmSync(this.fileOf(queryId))
    syncFolder(this.directory)
    if (readdirSync(this.directory).length === 0) rmdirSync(this.directory)
  }

  /** Takes back what there is of a write: the table first, so that none points at half of its data. */
  async undo(queryId: string): Promise<void> {
    if (!existsSync(this.fileOf(queryId))) return
    const writing = JSON.parse(readFileSync(this.fileOf(queryId), 'utf8')) as Writing
    const { bucket, keys, database, table, madeAt, partitions = [] } = writing
    const { catalog, lake } = this.clients
    if (database !== undefined && table !== undefined) {
      const there = await catalog.getTable({ database, table }).catch(unlessMissing)
      if (there && madeAt !== undefined && there.location === madeAt) await catalog.deleteTable({ database, table })
      else if (there && partitions.length > 0) {
        const added = await catalog.getPartitions({ database, table, values: partitions.map((values) => [...values]) })
        await catalog.deletePartitions({ database, table, values: added.map(({ values }) => values) })
      }
    }
    if (keys.length > 0) await lake.deleteObjects({ bucket, keys: [...keys] })
    this.end(queryId)
  }

  private fileOf(queryId: string): string {
    return join(this.directory, `${queryId}.json`)
  }
}

function unlessMissing(thrown: unknown): undefined {
  if (!(thrown instanceof EngineError && thrown.code === 'EntityNotFoundException')) throw thrown
}
