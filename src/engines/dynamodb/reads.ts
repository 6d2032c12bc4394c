import type { Clock } from '../kit/pure/clock.ts'
import type { Consumed } from './contract.ts'
import { invalid, throttled } from './errors.ts'
import type { Condition, Path } from './expressions/ast.ts'
import { pathsOf } from './expressions/ast.ts'
import { holds } from './expressions/evaluate.ts'
import { keySpan } from './expressions/key-condition.ts'
import { project } from './expressions/paths.ts'
import { encodeKey, type KeySchema, type KeySpan, partsOf, requireExactKey, segmentSpan } from './keys.ts'
import { type IndexState, isInIndex, projectedNames, type TableState } from './model.ts'
import type { DynamoStore, StoredItem } from './store.ts'
import { indexKey, projected, type Tables } from './tables.ts'
import type { Capacity } from './throughput.ts'
import { checkItem, type Item } from './values.ts'

const PAGE_BYTES_MAX = 1024 * 1024
const UNIT_BYTES = 4096
/** Rows that are looked at in one go: at 400 KB an item they still fit into memory. */
const CHUNK = 64

export interface ReadReach {
  readonly store: DynamoStore
  readonly tables: Tables
  readonly capacity: Capacity
  readonly clock: Clock
}

export interface Get {
  readonly table: string
  readonly key: Item
  readonly paths?: readonly Path[]
}

export function read(gets: readonly Get[], cost: number, { store, tables, capacity, clock }: ReadReach) {
  const prepared = gets.map((get) => ({ ...get, key: checkItem(get.key) }))
  const found = prepared.map((get) => ({ ...get, state: tables.get(get.table) }))
  for (const { state, key } of found) requireExactKey(state.keys, key)
  for (const state of new Set(found.map(({ state }) => state))) tables.sweep(state)
  const nowMs = clock.now()
  return found.map(({ state, key, paths }) => {
    const isThrottled = !capacity.has(state.storeId, 'read', state.throughput, nowMs)
    const stored = isThrottled ? undefined : store.get(state.storeId, encodeKey(state.keys, key))
    const base = isThrottled ? 0 : cost * Math.max(1, Math.ceil((stored?.bytes ?? 0) / UNIT_BYTES))
    capacity.take(state.storeId, 'read', state.throughput, base, nowMs)
    const item = stored && (paths ? project(stored.item, paths) : stored.item)
    const consumed: Consumed = { table: state.name, base, indexes: {} }
    return { ...(item && { item }), consumed, throttled: isThrottled }
  })
}

export interface PageInput {
  readonly table: string
  readonly index?: string
  readonly keyCondition?: Condition
  readonly segment?: { segment: number; total: number }
  readonly filter?: Condition
  readonly paths?: readonly Path[]
  readonly countOnly: boolean
  readonly allAttributes: boolean
  readonly limit?: number
  readonly startKey?: Item
  readonly forward: boolean
  readonly consistent: boolean
}

/** One page: what a key condition or segment spans, from where the last page ended, until the limit or a megabyte. */
export function page(input: PageInput, { store, tables, capacity, clock }: ReadReach) {
  const startKey = input.startKey && checkItem(input.startKey)
  const state = tables.get(input.table)
  const index = input.index === undefined ? undefined : indexOf(state, input.index)
  if (index) checkIndexRead(state, index, input)
  const keys = index?.keys ?? state.keys
  const span = input.keyCondition ? keySpan(input.keyCondition, keys) : segmentSpanOf(input)
  if (input.keyCondition && input.filter) checkFilter(input.filter, keys)
  const owner = index ? `${state.storeId}/${index.storeId}` : state.storeId
  const throughput = index ? index.throughput : state.throughput
  const nowMs = clock.now()
  if (!capacity.has(owner, 'read', throughput, nowMs)) throw throttled()
  tables.sweep(state)

  const range = startKey ? afterStart(span, startPlace(state, index, startKey), input) : span
  const taken = collect(store, state, index, range, input)
  const seen = taken.rows.map(({ item }) => (index ? projected(state, index, item) : item))
  const kept = input.filter ? seen.filter((item) => holds(input.filter!, item)) : seen
  const units = Math.max(1, Math.ceil(taken.bytes / UNIT_BYTES)) * (input.consistent ? 1 : 0.5)
  capacity.take(owner, 'read', throughput, units, nowMs)
  const last = taken.more ? taken.rows[taken.rows.length - 1] : undefined
  const { paths } = input
  return {
    items: input.countOnly ? [] : paths ? kept.map((item) => project(item, paths)) : kept,
    count: kept.length,
    scanned: seen.length,
    ...(last && { lastKey: wholeKey(state, index, last.item) }),
    consumed: { table: state.name, base: index ? 0 : units, indexes: index ? { [index.name]: units } : {} },
  }
}

function indexOf(state: TableState, name: string): IndexState {
  const index = state.indexes.find((one) => one.name === name && one.status !== 'DELETING')
  if (!index) throw invalid(`The table does not have the specified index: ${name}`)
  if (index.status === 'CREATING') throw invalid(`Cannot read from backfilling global secondary index: ${name}`)
  return index
}

function checkIndexRead(state: TableState, index: IndexState, input: PageInput): void {
  if (input.consistent) throw invalid('Consistent reads are not supported on global secondary indexes')
  const names = projectedNames(state, index)
  if (!names) return
  if (input.allAttributes)
    throw invalid(
      `One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    )
  const beyond = [...(input.paths ?? []), ...(input.filter ? pathsOf(input.filter) : [])]
    .map(([name]) => name as string)
    .filter((name) => !names.has(name))
  if (beyond.length > 0)
    throw invalid(
      `One or more parameter values were invalid: Global secondary index ${index.name} does not project [${[...new Set(beyond)].join(', ')}]`,
    )
}

function segmentSpanOf({ segment }: PageInput): KeySpan {
  return segment ? segmentSpan(segment.segment, segment.total) : segmentSpan(0, 1)
}

function checkFilter(filter: Condition, keys: KeySchema): void {
  const names = partsOf(keys).map(({ name }) => name)
  for (const [name] of pathsOf(filter))
    if (names.includes(name as string))
      throw invalid(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`)
}

/** The key of a page's last item: the table's and, of an index, the index's too. */
function wholeKey(state: TableState, index: IndexState | undefined, item: Item): Item {
  const parts = [...(index ? partsOf(index.keys) : []), ...partsOf(state.keys)]
  return Object.fromEntries(parts.map(({ name }) => [name, item[name]]))
}

function startPlace(state: TableState, index: IndexState | undefined, startKey: Item): Buffer {
  const parts = [...(index ? partsOf(index.keys) : []), ...partsOf(state.keys)]
  const names = new Set(parts.map(({ name }) => name))
  const fits =
    Object.keys(startKey).length === names.size &&
    isInIndex(state.keys, startKey) &&
    (!index || isInIndex(index.keys, startKey))
  if (!fits) throw invalid('The provided starting key is invalid')
  const key = encodeKey(state.keys, startKey)
  return index ? indexKey(index, startKey, key) : key
}

function afterStart(span: KeySpan, start: Buffer, { keyCondition, forward }: PageInput): KeySpan {
  if (start.compare(span.low) < 0 || start.compare(span.high) >= 0)
    throw invalid(
      keyCondition
        ? 'The provided starting key is outside query boundaries based on provided conditions'
        : 'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. ',
    )
  return forward ? { low: Buffer.concat([start, Buffer.of(0)]), high: span.high } : { low: span.low, high: start }
}

/** Rows of the page. `more`: it ended at its limit or its size, so there may be others. */
function collect(
  store: DynamoStore,
  state: TableState,
  index: IndexState | undefined,
  span: KeySpan,
  { limit = Number.POSITIVE_INFINITY, forward }: PageInput,
): { rows: StoredItem[]; bytes: number; more: boolean } {
  const rows: StoredItem[] = []
  let { low, high } = span
  for (let bytes = 0; ; ) {
    const range = { low, high, forward, limit: Math.min(CHUNK, limit - rows.length) }
    const chunk = index ? store.indexed(index.storeId, range) : store.items(state.storeId, range)
    for (const row of chunk) {
      if (rows.length > 0 && bytes + row.bytes > PAGE_BYTES_MAX) return { rows, bytes, more: true }
      rows.push(row)
      bytes += row.bytes
    }
    if (rows.length >= limit) return { rows, bytes, more: true }
    if (chunk.length < range.limit) return { rows, bytes, more: false }
    const last = chunk[chunk.length - 1].key
    if (forward) low = Buffer.concat([last, Buffer.of(0)])
    else high = last
  }
}
