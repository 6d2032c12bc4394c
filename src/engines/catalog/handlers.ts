import type { Broadcast } from '../kit/pure/broadcast.ts'
import type { Clock } from '../kit/pure/clock.ts'
import type { ContractHandlers } from '../kit/pure/contract.ts'
import type { Random } from '../kit/pure/random.ts'
import type { Attachments } from './attached/attachments.ts'
import { ATTACHED, type CatalogTable, type catalog } from './contract.ts'
import type { KeptStore } from './kept-store.ts'
import { invalid, notFound } from './model.ts'
import type { PartitionStore } from './partition-store.ts'
import type { CatalogStore } from './store.ts'

type Handlers = ContractHandlers<typeof catalog>
export type HandlersOf<K extends keyof Handlers> = Pick<Handlers, K>

/** What the catalog's families of operations work on. */
export class CatalogParts {
  readonly store: CatalogStore
  readonly partitions: PartitionStore
  readonly kept: KeptStore
  readonly attachments: Attachments
  readonly changes: Broadcast<{ database: string; table?: string }>
  readonly clock: Clock
  readonly random: Random

  constructor(
    parts: Pick<CatalogParts, 'store' | 'partitions' | 'kept' | 'attachments' | 'changes' | 'clock' | 'random'>,
  ) {
    this.store = parts.store
    this.partitions = parts.partitions
    this.kept = parts.kept
    this.attachments = parts.attachments
    this.changes = parts.changes
    this.clock = parts.clock
    this.random = parts.random
  }

  database(name: string): string {
    const database = name.toLowerCase()
    if (!this.store.hasDatabase(database) && !this.attachments.has(database))
      throw notFound(`Database ${database} not found.`)
    return database
  }

  table(database: string, name: string): CatalogTable {
    const own = this.database(database)
    const found = this.attachments.has(own)
      ? this.attachments.table(name.toLowerCase())
      : this.store.table(own, name.toLowerCase())
    if (!found) throw notFound(`Table ${name.toLowerCase()} not found in database ${database.toLowerCase()}.`)
    return found
  }

  /** Refuses what would change the database of attached files, or put another in its place. */
  refuseAttached(database: string): void {
    if (database.toLowerCase() === ATTACHED && !this.store.hasDatabase(ATTACHED))
      throw invalid(
        `The database ${ATTACHED} is the one of attached files: tables of it are attached and detached, not changed.`,
      )
  }

  changed({ database, name }: { database: string; name: string }): void {
    this.changes.announce({ database, table: name })
  }

  /** With its partitions, indexes, versions and statistics; within a transaction. */
  removeTable({ database, name }: { database: string; name: string }): void {
    this.partitions.deleteIndexes(database, name)
    this.kept.deleteBelow(`${database}/${name}`)
    this.store.deleteTable(database, name)
  }
}
