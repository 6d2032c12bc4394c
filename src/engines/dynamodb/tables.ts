import type { EngineContext } from '../kit/node/engine.ts'
import { realTime } from '../kit/node/real-time.ts'
import type { Timer } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { arn, uuid } from '../kit/pure/ids.ts'
import type { NewTable, TableInfo } from './contract.ts'
import { inUse, noResource, noTable } from './errors.ts'
import { encodeKey } from './keys.ts'
import {
  checkNewTable,
  expiredRange,
  expiryOf,
  type IndexState,
  isInIndex,
  isReadable,
  isSettled,
  projectedNames,
  settled,
  TABLES_MAX,
  type TableState,
  TRANSITION_MS,
} from './model.ts'
import type { DynamoStore, StoredItem } from './store.ts'
import { type Item, itemBytes } from './values.ts'

const RETRY_MS = 1000
/** Items that a build of an index goes over before others get their turn. */
const CHUNK = 500

/** All tables: their lives from CREATING to DELETING, the building of their indexes, and what has expired. */
export class Tables {
  private readonly context: EngineContext<object>
  private readonly store: DynamoStore
  private readonly byName = new Map<string, TableState>()
  private readonly timers = new Map<string, Timer>()
  private stopped = false

  constructor(context: EngineContext<object>, store: DynamoStore) {
    this.context = context
    this.store = store
    for (const state of store.tables()) {
      this.byName.set(state.name, state)
      this.resume(state)
    }
  }

  names(): string[] {
    return [...this.byName.keys()].sort()
  }

  /** For describing and changing a table. */
  find(name: string): TableState {
    const state = this.byName.get(name)
    if (!state) throw noTable(name)
    return state
  }

  /** For reading and writing its items. */
  get(name: string): TableState {
    const state = this.byName.get(name)
    if (!state || !isReadable(state)) throw noResource()
    return state
  }

  info(state: TableState): TableInfo {
    const { storeId, indexes, ...told } = state
    if (isReadable(state)) this.sweep(state)
    return {
      ...told,
      ...this.store.counts(storeId),
      indexes: indexes.map(({ storeId: id, ...index }) => ({ ...index, ...this.store.indexCounts(id) })),
    }
  }

  create(input: NewTable): TableState {
    checkNewTable(input)
    const { table: name, indexes, ...rest } = input
    if (this.byName.has(name)) throw inUse(`Table already exists: ${name}`)
    if (this.byName.size >= TABLES_MAX)
      throw new EngineError(
        'LimitExceededException',
        `Subscriber limit exceeded: There is a limit of ${TABLES_MAX} tables per subscriber`,
      )
    const createdMs = this.context.clock.now()
    const state = this.store.db
      .transaction((): TableState => {
        const made: TableState = {
          ...rest,
          id: uuid(this.context.random),
          name,
          arn: arn('dynamodb', `table/${name}`),
          status: 'CREATING',
          createdMs,
          storeId: this.store.newTableId(name),
          indexes: indexes.map((index) => ({ ...index, storeId: this.store.newIndexId(), status: 'CREATING' })),
          ...(rest.billing === 'PAY_PER_REQUEST' && { onDemandMs: createdMs }),
        }
        this.store.saveTable(made)
        return made
      })
      .immediate()
    this.byName.set(name, state)
    this.resume(state)
    return state
  }

  /** Saves the next state of a table, then lets the table be it. */
  become(state: TableState): TableState {
    this.store.saveTable(state)
    this.byName.set(state.name, state)
    this.resume(state)
    return state
  }

  newIndexId = (): number => this.store.newIndexId()

  stop(): void {
    this.stopped = true
    for (const timer of this.timers.values()) timer.cancel()
  }

  /** What a table is on the way to happens after a while of engine time, also when the program was stopped in between. */
  private resume(state: TableState, delayMs = TRANSITION_MS): void {
    const { name } = state
    if (isSettled(state) || this.timers.has(name)) return
    const { clock, log } = this.context
    const timer = clock.at(clock.now() + delayMs, async () => {
      try {
        await this.settle(this.find(name))
        this.timers.delete(name)
      } catch (thrown) {
        this.timers.delete(name)
        if (this.stopped) return
        log.error(`table ${name} could not leave ${state.status}`, thrown)
        this.resume(this.find(name), RETRY_MS)
      }
    })
    this.timers.set(name, timer)
  }

  private async settle(state: TableState): Promise<void> {
    if (state.status === 'DELETING') {
      this.store.db.transaction(() => this.store.deleteTable(state)).immediate()
      this.byName.delete(state.name)
      return
    }
    const created = state.indexes.filter(({ status }) => status === 'CREATING')
    const expiring = state.ttl && state.ttl.status !== 'ENABLED'
    if (created.length > 0 || expiring) await this.overAll(state, created)
    // A tag may have been set while items were gone over: the change is made to what the table is now, and begun anew where it is another.
    const now = this.find(state.name)
    if (now.status !== state.status || now.indexes !== state.indexes || now.ttl !== state.ttl) return this.settle(now)
    this.store.db
      .transaction(() => {
        for (const { storeId, status } of now.indexes) if (status === 'DELETING') this.store.deleteIndex(storeId)
        this.store.saveTable(settled(now))
      })
      .immediate()
    this.byName.set(now.name, settled(now))
  }

  /** Goes over all items in pieces: puts them into new indexes and notes when they expire. Writes meanwhile do the same themselves. */
  private async overAll(state: TableState, created: readonly IndexState[]): Promise<void> {
    const { ttl, ...bare } = state
    const target = ttl?.status === 'DISABLING' ? bare : state
    for (let after = 0; ; ) {
      const items = this.store.itemsAfter(state.storeId, after, CHUNK)
      if (items.length === 0) return
      this.store.db
        .transaction(() => {
          for (const stored of items) {
            for (const index of created) this.addToIndex(state, index, stored)
            if (ttl) this.store.setExpiry(stored.id, expiryOf(target, stored.item))
          }
        })
        .immediate()
      after = items[items.length - 1].id
      await realTime.sleep(0)
      if (this.stopped) throw new Error('stopped')
    }
  }

  /** Puts an item into an index, where it has the index's key. Returns the bytes it takes there. */
  addToIndex(state: TableState, index: IndexState, { id, key, item }: Pick<StoredItem, 'id' | 'key' | 'item'>): number {
    if (!isInIndex(index.keys, item)) return 0
    const bytes = itemBytes(projected(state, index, item))
    this.store.putIndexed(index.storeId, indexKey(index, item, key), id, bytes)
    return bytes
  }

  /** Deletes what has expired by now. Nobody can see an item but through an operation, and each looks here first. */
  sweep(state: TableState): void {
    if (state.ttl?.status !== 'ENABLED') return
    const range = expiredRange(this.context.clock.now())
    for (;;) {
      const expired = this.store.expired(state.storeId, range)
      if (expired.length === 0) return
      this.store.db
        .transaction(() => {
          for (const stored of expired) this.remove(state, stored)
        })
        .immediate()
    }
  }

  remove(state: TableState, { id, key, item }: StoredItem): void {
    for (const index of state.indexes)
      if (isInIndex(index.keys, item)) this.store.deleteIndexed(index.storeId, indexKey(index, item, key))
    this.store.delete(id)
  }
}

/** An index's key, and behind it the item's own, for many items may have one key in an index. */
export const indexKey = (index: IndexState, item: Item, key: Buffer): Buffer =>
  Buffer.concat([encodeKey(index.keys, item), key])

/** An item as an index holds it. */
export function projected(state: TableState, index: IndexState, item: Item): Item {
  const names = projectedNames(state, index)
  return names ? Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name))) : item
}
