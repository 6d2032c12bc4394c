import { hash } from 'node:crypto'
import type { CommitGroup } from '../kit/node/commit-group.ts'
import type { Clock } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Consumed, Write, WriteOutcome } from './contract.ts'
import { invalid, invalidValues, throttled } from './errors.ts'
import { applyUpdate } from './expressions/apply.ts'
import { holds } from './expressions/evaluate.ts'
import { encodeKey, keyOf, partsOf, requireExactKey, requireKey } from './keys.ts'
import { checkIndexKeys, expiryOf, type IndexState, isInIndex, type TableState } from './model.ts'
import type { DynamoStore, StoredItem } from './store.ts'
import { indexKey, projected, type Tables } from './tables.ts'
import type { Capacity } from './throughput.ts'
import { checkItem, equalItems, ITEM_BYTES_MAX, type Item, itemBytes, plainText } from './values.ts'

const TOKEN_MS = 10 * 60_000

export interface WriteReach {
  readonly store: DynamoStore
  readonly group: CommitGroup
  readonly tables: Tables
  readonly capacity: Capacity
  readonly clock: Clock
}

/** A write whose item, key and table have been checked. */
interface Prepared {
  readonly write: Write
  readonly state: TableState
  readonly key: Item
  readonly keyBytes: Buffer
}

/** Ends a transaction of which a part has failed; the outcomes are the answer. */
class Undone extends Error {
  readonly outcomes: WriteOutcome[]

  constructor(outcomes: WriteOutcome[]) {
    super('undone')
    this.outcomes = outcomes
  }
}

export async function write(
  input: { writes: readonly Write[]; atomic: boolean; token?: string },
  reach: WriteReach,
): Promise<WriteOutcome[]> {
  const { atomic, token } = input
  const checked = input.writes.map(checkValues)
  const prepared = checked.map((one) => prepare(one, reach.tables))
  requireDistinct(prepared, atomic)
  const request = token === undefined ? '' : hash('sha256', plainText(checked))
  try {
    return await reach.group.run(() => {
      const nowMs = reach.clock.now()
      const known = token === undefined ? undefined : reach.store.transaction(token, nowMs)
      if (known !== undefined) return repeated(known, request, prepared)
      for (const state of new Set(prepared.map((one) => one.state))) reach.tables.sweep(state)
      const outcomes = prepared.map((one) => attempt(one, reach, atomic, nowMs))
      if (atomic && outcomes.some(({ failure }) => failure)) throw new Undone(outcomes)
      if (token !== undefined) reach.store.saveTransaction(token, request, nowMs + TOKEN_MS)
      return outcomes
    })
  } catch (thrown) {
    if (thrown instanceof Undone) return thrown.outcomes
    throw thrown
  }
}

function checkValues(write: Write): Write {
  return write.kind === 'put' ? { ...write, item: checkItem(write.item) } : { ...write, key: checkItem(write.key) }
}

function prepare(write: Write, tables: Tables): Prepared {
  const state = tables.get(write.table)
  if (write.kind === 'put') {
    requireKey(state.keys, write.item)
    checkIndexKeys(state, write.item)
    if (itemBytes(write.item) > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size')
  } else requireExactKey(state.keys, write.key)
  if (write.kind === 'update') checkActions(state, write.actions)
  const key = write.kind === 'put' ? keyOf(state.keys, write.item) : write.key
  return { write, state, key, keyBytes: encodeKey(state.keys, key) }
}

function checkActions(state: TableState, actions: Extract<Write, { kind: 'update' }>['actions']): void {
  const keys = partsOf(state.keys).map(({ name }) => name)
  const ofKey = actions.find(({ path }) => keys.includes(path[0] as string))
  if (ofKey) throw invalidValues(`Cannot update attribute ${ofKey.path[0]}. This attribute is part of the key`)
}

/** Writes of one request have no order, so each must be to an item of its own. */
function requireDistinct(prepared: readonly Prepared[], atomic: boolean): void {
  const places = prepared.map(({ state, keyBytes }) => `${state.storeId}/${keyBytes.toString('hex')}`)
  if (new Set(places).size === places.length) return
  throw invalid(
    atomic
      ? 'Transaction request cannot include multiple operations on one item'
      : 'Provided list of item keys contains duplicates',
  )
}

/** A transaction that was made already is not made again; what it would have taken is told as of reading. */
function repeated(known: string, request: string, prepared: readonly Prepared[]): WriteOutcome[] {
  if (known !== request)
    throw new EngineError(
      'IdempotentParameterMismatchException',
      'Request with the same client token was made with different parameters.',
    )
  return prepared.map(({ state }) => ({ consumed: consumedOf(state, 2) }))
}

const consumedOf = (state: TableState, base: number): Consumed => ({ table: state.name, base, indexes: {} })

/** One write within the transaction: its condition, its change, its indexes. */
function attempt(prepared: Prepared, reach: WriteReach, atomic: boolean, nowMs: number): WriteOutcome {
  const { write, state, keyBytes } = prepared
  const cost = atomic ? 2 : 1
  if (!hasCapacity(state, reach, nowMs)) return failed(state, 0, throttled())
  const stored = reach.store.get(state.storeId, keyBytes)
  const before = stored?.item
  const spend = (base: number) => reach.capacity.take(state.storeId, 'write', state.throughput, base, nowMs)
  if (write.condition && !holds(write.condition, before ?? {})) {
    const base = cost * unitsOf(stored?.bytes ?? 0)
    spend(base)
    const error = new EngineError('ConditionalCheckFailedException', 'The conditional request failed')
    return failed(state, base, error, write.itemOnFailure ? before : undefined)
  }
  let after: Item | undefined
  try {
    after = outcomeOf(prepared, before)
  } catch (thrown) {
    const error = EngineError.from(thrown)
    if (!atomic || error.code !== 'ValidationException') throw thrown
    return failed(state, 0, error)
  }
  const bytes = after ? itemBytes(after) : 0
  const indexes = write.kind === 'check' ? {} : store(prepared, stored, after, bytes, reach)
  const base = cost * unitsOf(Math.max(bytes, stored?.bytes ?? 0))
  spend(base)
  for (const index of state.indexes) {
    indexes[index.name] = (indexes[index.name] ?? 0) * cost
    reach.capacity.take(`${state.storeId}/${index.storeId}`, 'write', index.throughput, indexes[index.name], nowMs)
  }
  return {
    ...(before && { before }),
    ...(after && { after }),
    consumed: { table: state.name, base, indexes },
  }
}

/** A write must find capacity in the table and in each index. */
function hasCapacity(state: TableState, { capacity }: WriteReach, nowMs: number): boolean {
  return (
    capacity.has(state.storeId, 'write', state.throughput, nowMs) &&
    state.indexes.every(({ storeId, throughput }) =>
      capacity.has(`${state.storeId}/${storeId}`, 'write', throughput, nowMs),
    )
  )
}

function failed(state: TableState, base: number, error: EngineError, item?: Item): WriteOutcome {
  return { consumed: consumedOf(state, base), failure: { ...error.toWire(), ...(item && { item }) } }
}

function outcomeOf({ write, state, key }: Prepared, before: Item | undefined): Item | undefined {
  switch (write.kind) {
    case 'put':
      return write.item
    case 'delete':
      return undefined
    case 'check':
      return before
    case 'update': {
      const applied = applyUpdate(before ?? key, write.actions)
      // A value may have come to lie deeper than any value may.
      const after = write.actions.some(({ path }) => path.length > 1) ? checkItem(applied) : applied
      checkIndexKeys(state, after)
      if (itemBytes(after) > ITEM_BYTES_MAX) throw invalid('Item size to update has exceeded the maximum allowed size')
      return after
    }
  }
}

/** Makes the change to table and indexes; the units that each index took. */
function store(
  { state, keyBytes }: Prepared,
  stored: StoredItem | undefined,
  after: Item | undefined,
  bytes: number,
  { store: rows, tables }: WriteReach,
): Record<string, number> {
  let id = stored?.id ?? 0
  if (!after) {
    if (stored) rows.delete(stored.id)
  } else if (stored) rows.replace(stored.id, after, bytes, expiryOf(state, after))
  else id = rows.insert(state.storeId, keyBytes, after, bytes, expiryOf(state, after))
  const units: Record<string, number> = {}
  for (const index of state.indexes) {
    const old = stored && entry(state, index, stored.item, keyBytes)
    const now = after && entry(state, index, after, keyBytes)
    if (old && now?.key.equals(old.key) && equalItems(old.item, now.item)) continue
    if (old && !now?.key.equals(old.key)) {
      rows.deleteIndexed(index.storeId, old.key)
      units[index.name] = unitsOf(itemBytes(old.item))
    }
    if (now) {
      const size = tables.addToIndex(state, index, { id, key: keyBytes, item: after })
      units[index.name] = (units[index.name] ?? 0) + unitsOf(Math.max(size, old ? itemBytes(old.item) : 0))
    }
  }
  return units
}

function entry(state: TableState, index: IndexState, item: Item, key: Buffer): { key: Buffer; item: Item } | undefined {
  if (!isInIndex(index.keys, item)) return undefined
  return { key: indexKey(index, item, key), item: projected(state, index, item) }
}

const unitsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024))
