import { EngineError } from '../kit/pure/errors.ts'
import type { IndexInfo, NewIndex, NewTable, TableInfo, Throughput } from './contract.ts'
import { inUse, invalid, invalidValues, noTable } from './errors.ts'
import { type KeySchema, partsOf } from './keys.ts'
import { type Item, kindOf, member } from './values.ts'

/** A table as it is kept; counts are the store's to know. `storeId` names its rows, and is never used again. */
export type TableState = Omit<TableInfo, 'itemCount' | 'bytes' | 'indexes'> & {
  readonly storeId: number
  readonly indexes: readonly IndexState[]
}

export type IndexState = Omit<IndexInfo, 'itemCount' | 'bytes'> & { readonly storeId: number }

/** Engine time that a table or index is on its way from one state to the next. */
export const TRANSITION_MS = 1000
export const TABLES_MAX = 2500
export const INDEXES_MAX = 20

export type UpdateTable = {
  readonly billing?: TableInfo['billing']
  readonly throughput?: Throughput
  readonly indexThroughput: Readonly<Record<string, Throughput>>
  readonly createIndex?: NewIndex
  readonly deleteIndex?: string
  readonly deletionProtection?: boolean
}

export const isReadable = (state: TableState): boolean => state.status === 'ACTIVE' || state.status === 'UPDATING'

export const isSettled = (state: TableState): boolean =>
  state.status === 'ACTIVE' &&
  state.indexes.every(({ status }) => status === 'ACTIVE') &&
  (state.ttl === undefined || state.ttl.status === 'ENABLED')

export function checkNewTable(input: NewTable): void {
  const { billing, throughput, indexes, keys } = input
  checkBilling(billing, throughput)
  if (indexes.length > INDEXES_MAX)
    throw invalidValues(`GlobalSecondaryIndex count exceeds the per-table limit of ${INDEXES_MAX}`)
  const names = indexes.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw invalidValues(`Duplicate index name: ${twice}`)
  for (const index of indexes) checkIndex(index, billing)
  const kinds = new Map(partsOf(keys).map(({ name, kind }) => [name, kind]))
  for (const part of indexes.flatMap((index) => partsOf(index.keys))) {
    if ((kinds.get(part.name) ?? part.kind) !== part.kind) throw invalidValues(`Attribute ${part.name} is of two types`)
    kinds.set(part.name, part.kind)
  }
}

function checkBilling(billing: TableInfo['billing'], throughput: Throughput | undefined): void {
  if (billing === 'PROVISIONED' && !throughput)
    throw invalidValues(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    )
  if (billing === 'PAY_PER_REQUEST' && throughput)
    throw invalidValues(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    )
}

function checkIndex({ name, throughput, projection }: NewIndex, billing: TableInfo['billing']): void {
  if (billing === 'PROVISIONED' && !throughput)
    throw invalidValues(`ProvisionedThroughput must be specified for index: ${name}`)
  if (billing === 'PAY_PER_REQUEST' && throughput)
    throw invalidValues(
      `ProvisionedThroughput should not be specified for index: ${name} when BillingMode is PAY_PER_REQUEST`,
    )
  if (projection.type === 'INCLUDE' && projection.include.length === 0)
    throw invalidValues('ProjectionType is INCLUDE, but NonKeyAttributes is not specified')
  if (projection.type !== 'INCLUDE' && projection.include.length > 0)
    throw invalidValues(`ProjectionType is ${projection.type}, but NonKeyAttributes is specified`)
}

/** The state that an update leads to; what takes time stands in it as CREATING, UPDATING or DELETING. */
export function beginUpdate(
  state: TableState,
  update: UpdateTable,
  newIndexId: () => number,
  nowMs: number,
): TableState {
  if (state.status !== 'ACTIVE')
    throw inUse(
      `Attempt to change a resource which is still in use: Table is being ${wordOf(state.status)}: ${state.name}`,
    )
  const { createIndex, deleteIndex, deletionProtection, indexThroughput } = update
  const billing = update.billing ?? state.billing
  const given = update.throughput
  if (billing === 'PAY_PER_REQUEST' || update.billing) checkBilling(billing, given)
  let indexes = state.indexes
  for (const [name, throughput] of Object.entries(indexThroughput)) {
    requireIndex(state, name)
    indexes = indexes.map((index) => (index.name === name ? { ...index, throughput, status: 'UPDATING' } : index))
  }
  if (createIndex) {
    if (indexes.some(({ status }) => status === 'CREATING' || status === 'DELETING'))
      throw new EngineError(
        'LimitExceededException',
        'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
      )
    if (indexes.some(({ name }) => name === createIndex.name))
      throw invalid('Attempting to create an index which already exists')
    if (indexes.length === INDEXES_MAX)
      throw new EngineError(
        'LimitExceededException',
        `Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of ${INDEXES_MAX}`,
      )
    checkIndex(createIndex, billing)
    indexes = [...indexes, { ...createIndex, storeId: newIndexId(), status: 'CREATING' }]
  }
  if (deleteIndex !== undefined) {
    const { status } = requireIndex(state, deleteIndex)
    if (status !== 'ACTIVE')
      throw inUse(
        `Attempt to change a resource which is still in use: Index is being ${wordOf(status)}: ${deleteIndex}`,
      )
    indexes = indexes.map((index) => (index.name === deleteIndex ? { ...index, status: 'DELETING' } : index))
  }
  if (billing === 'PAY_PER_REQUEST') indexes = indexes.map(({ throughput: _, ...index }) => index)
  if (billing === 'PROVISIONED') {
    const bare = indexes.find(({ throughput }) => !throughput)
    if (bare) throw invalidValues(`ProvisionedThroughput must be specified for index: ${bare.name}`)
  }
  const { throughput: _, onDemandMs, ...kept } = state
  const throughput = billing === 'PROVISIONED' ? (given ?? state.throughput) : undefined
  const onDemand = billing === 'PAY_PER_REQUEST' ? (onDemandMs ?? nowMs) : onDemandMs
  const next: TableState = {
    ...kept,
    billing,
    indexes,
    ...(throughput && { throughput }),
    ...(onDemand !== undefined && { onDemandMs: onDemand }),
    deletionProtection: deletionProtection ?? state.deletionProtection,
  }
  // Protection alone is changed at once.
  const slow =
    update.billing || given || createIndex || deleteIndex !== undefined || Object.keys(indexThroughput).length
  return slow ? { ...next, status: 'UPDATING' } : next
}

function requireIndex(state: TableState, name: string): IndexState {
  const index = state.indexes.find((one) => one.name === name)
  if (index) return index
  throw new EngineError(
    'ResourceNotFoundException',
    `Requested resource not found: Table: ${state.name} Index: ${name} not found`,
  )
}

const wordOf = (status: TableState['status']): string =>
  ({ CREATING: 'created', UPDATING: 'updated', DELETING: 'deleted', ACTIVE: 'active' })[status]

export function beginDelete(state: TableState): TableState {
  if (state.deletionProtection)
    throw invalid(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    )
  if (state.status !== 'ACTIVE')
    throw inUse(
      `Attempt to change a resource which is still in use: Table is being ${wordOf(state.status)}: ${state.name}`,
    )
  return { ...state, status: 'DELETING' }
}

/** What a table is on the way to, arrived at. A table that is being deleted is the caller's to take away. */
export function settled(state: TableState): TableState {
  const { ttl, ...kept } = state
  return {
    ...kept,
    status: 'ACTIVE',
    indexes: state.indexes
      .filter(({ status }) => status !== 'DELETING')
      .map((index) => ({ ...index, status: 'ACTIVE' })),
    ...(ttl && ttl.status !== 'DISABLING' && { ttl: { ...ttl, status: 'ENABLED' } }),
  }
}

export function beginTimeToLive(state: TableState, attribute: string, enabled: boolean): TableState {
  if (!isReadable(state)) throw noTable(state.name)
  const { ttl } = state
  if (ttl && ttl.status !== 'ENABLED')
    throw invalid('Time to live has been modified multiple times within a fixed interval')
  if (enabled === (ttl !== undefined))
    throw invalid(enabled ? 'TimeToLive is already enabled' : 'TimeToLive is already disabled')
  if (!enabled && ttl!.attribute !== attribute)
    throw invalid(`TimeToLive is active on a different AttributeName: current AttributeName is ${ttl!.attribute}`)
  return { ...state, ttl: { attribute, status: enabled ? 'ENABLING' : 'DISABLING' } }
}

/** Items that expired longer ago than this are left alone, as the guide has it. */
const FIVE_YEARS_S = 5 * 365 * 86_400

/** When an item expires, in seconds, where its attribute says so. */
export function expiryOf(state: TableState, item: Item): number | null {
  if (!state.ttl) return null
  const value = member(item, state.ttl.attribute)
  const seconds = value?.N === undefined ? Number.NaN : Number(value.N)
  return Number.isFinite(seconds) ? Math.floor(seconds) : null
}

/** Expiry times that are to be deleted now: from (exclusive) and to (inclusive). */
export const expiredRange = (nowMs: number): [number, number] => {
  const nowS = Math.floor(nowMs / 1000)
  return [nowS - FIVE_YEARS_S, nowS]
}

/** Whether an item has all parts of an index's key and so stands in it. */
export function isInIndex(keys: KeySchema, item: Item): boolean {
  return partsOf(keys).every(({ name, kind }) => {
    const value = member(item, name)
    return value !== undefined && kindOf(value) === kind
  })
}

/** An item that is written must fit the keys of all indexes, or lack them. */
export function checkIndexKeys(state: TableState, item: Item): void {
  for (const index of state.indexes) {
    for (const { name, kind } of partsOf(index.keys)) {
      const value = member(item, name)
      if (!value) continue
      if (kindOf(value) !== kind)
        throw invalidValues(
          `Type mismatch for Index Key ${name} Expected: ${kind} Actual: ${kindOf(value)} IndexName: ${index.name}`,
        )
      if (value.S === '' || value.B?.length === 0)
        throw invalid(
          `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${kind === 'S' ? 'string' : 'binary'} value. IndexName: ${index.name}, IndexKey: ${name}`,
        )
    }
  }
}

/** The names that an index holds, or undefined where it holds all. */
export function projectedNames(state: TableState, index: IndexState): ReadonlySet<string> | undefined {
  if (index.projection.type === 'ALL') return undefined
  const keys = [...partsOf(state.keys), ...partsOf(index.keys)].map(({ name }) => name)
  return new Set([...keys, ...index.projection.include])
}
