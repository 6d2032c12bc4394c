import {
  BatchGetItem$,
  type BatchGetItemInput,
  type BatchGetItemOutput,
  BatchWriteItem$,
  type BatchWriteItemInput,
  type BatchWriteItemOutput,
  type KeysAndAttributes,
  TransactGetItems$,
  type TransactGetItemsInput,
  type TransactGetItemsOutput,
  type TransactWriteItem,
  TransactWriteItems$,
  type TransactWriteItemsInput,
  type TransactWriteItemsOutput,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'
import type { Write, WriteOutcome } from '../contract.ts'
import { invalid, throttled } from '../errors.ts'
import { checkItem, type Item, itemBytes, itemText } from '../values.ts'
import {
  asAttributes,
  asItem,
  CAPACITY,
  capacityOf,
  DetailedError,
  METRICS,
  ON_FAILURE,
  operation,
  plainItem,
  tableOf,
} from './common.ts'
import { readExpressions } from './expressions.ts'

const GETS_MAX = 100
const WRITES_MAX = 25
const TRANSACTION_MAX = 100
const MIB = 1024 * 1024
const REPLY_BYTES_MAX = 16 * MIB
const TRANSACTION_BYTES_MAX = 4 * MIB

export const BatchGetItem = operation<BatchGetItemInput, BatchGetItemOutput>({
  schema: BatchGetItem$,
  constraints: { RequestItems: { length: [1, 100] }, ReturnConsumedCapacity: CAPACITY },
  async run({ RequestItems, ReturnConsumedCapacity }, { clients }) {
    const requests = Object.entries(RequestItems!).flatMap(([name, request]) => getsOf(name, request))
    if (requests.length > GETS_MAX) throw invalid('Too many items requested for the BatchGetItem call')
    const Responses: Record<string, ReturnType<typeof asAttributes>[]> = {}
    for (const name of Object.keys(RequestItems!)) Responses[name] = []
    const unprocessed: typeof requests = []
    const consumed = []
    let bytes = 0
    // Tables may be read with different consistency, so each is a read of its own.
    for (const group of Map.groupBy(requests, ({ name }) => name).values()) {
      const gets = group.map(({ get }) => get)
      const found = await clients.dynamodb.read({ gets, cost: group[0].cost })
      for (const [i, one] of found.entries()) {
        const size = one.item ? itemBytes(one.item) : 0
        if (one.throttled || (bytes > 0 && bytes + size > REPLY_BYTES_MAX)) {
          unprocessed.push(group[i])
          continue
        }
        bytes += size
        consumed.push(one.consumed)
        if (one.item) Responses[group[i].name].push(asAttributes(one.item))
      }
    }
    if (unprocessed.length === requests.length) throw throttled()
    return {
      Responses: Responses as BatchGetItemOutput['Responses'],
      UnprocessedKeys: unprocessedKeys(RequestItems!, unprocessed),
      ConsumedCapacity: capacityOf(ReturnConsumedCapacity, consumed),
    }
  },
})

function getsOf(name: string, request: KeysAndAttributes) {
  const { paths } = readExpressions(request, ['ProjectionExpression'])
  const keys = (request.Keys ?? []).map((key) => checkItem(asItem(key)))
  if (keys.length === 0)
    throw invalid(
      `1 validation error detected: Value '[]' at 'requestItems.${name}.member.keys' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    )
  const texts = keys.map(sortedText)
  if (new Set(texts).size !== texts.length) throw invalid('Provided list of item keys contains duplicates')
  const cost = request.ConsistentRead ? 1 : 0.5
  return keys.map((key) => ({ name, cost, get: { table: tableOf(name), key, paths } }))
}

const sortedText = (item: Item): string =>
  itemText(Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))))

function unprocessedKeys(
  requested: Record<string, KeysAndAttributes>,
  left: readonly { name: string; get: { key: Item } }[],
): Record<string, KeysAndAttributes> {
  const byTable = Map.groupBy(left, ({ name }) => name)
  return Object.fromEntries(
    [...byTable].map(([name, gets]) => [
      name,
      { ...requested[name], Keys: gets.map(({ get }) => asAttributes(get.key)!) },
    ]),
  )
}

export const BatchWriteItem = operation<BatchWriteItemInput, BatchWriteItemOutput>({
  schema: BatchWriteItem$,
  constraints: {
    RequestItems: { length: [1, 25] },
    'RequestItems.value': { length: [1, null] },
    ReturnConsumedCapacity: CAPACITY,
    ReturnItemCollectionMetrics: METRICS,
  },
  async run({ RequestItems, ReturnConsumedCapacity }, { clients }) {
    const requests = Object.entries(RequestItems!).flatMap(([name, list]) =>
      list.map((request) => ({ name, request, write: writeOf(name, request) })),
    )
    if (requests.length > WRITES_MAX) throw invalid('Too many items requested for the BatchWriteItem call')
    const outcomes = await clients.dynamodb.write({ writes: requests.map(({ write }) => write) })
    const left = requests.filter((_, i) => outcomes[i].failure)
    if (left.length === requests.length) throw throttled()
    const UnprocessedItems = Object.fromEntries(
      [...Map.groupBy(left, ({ name }) => name)].map(([name, list]) => [name, list.map(({ request }) => request)]),
    )
    const consumed = outcomes.filter(({ failure }) => !failure).map((outcome) => outcome.consumed)
    return { UnprocessedItems, ConsumedCapacity: capacityOf(ReturnConsumedCapacity, consumed) }
  },
})

function writeOf(name: string, { PutRequest, DeleteRequest }: WriteRequest): Write {
  if (PutRequest && DeleteRequest)
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    )
  const table = tableOf(name)
  if (PutRequest) return { kind: 'put', table, item: asItem(PutRequest.Item), itemOnFailure: false }
  if (DeleteRequest) return { kind: 'delete', table, key: asItem(DeleteRequest.Key), itemOnFailure: false }
  throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes')
}

const KINDS = { ConditionCheck: 'check', Put: 'put', Delete: 'delete', Update: 'update' } as const

export const TransactWriteItems = operation<TransactWriteItemsInput, TransactWriteItemsOutput>({
  schema: TransactWriteItems$,
  constraints: {
    TransactItems: { length: [1, TRANSACTION_MAX] },
    ClientRequestToken: { length: [1, 36] },
    ReturnConsumedCapacity: CAPACITY,
    ReturnItemCollectionMetrics: METRICS,
    ...Object.fromEntries(
      Object.keys(KINDS).map((kind) => [`TransactItems[].${kind}.ReturnValuesOnConditionCheckFailure`, ON_FAILURE]),
    ),
  },
  async run({ TransactItems, ClientRequestToken, ReturnConsumedCapacity }, { clients }) {
    const writes = TransactItems!.map(transactionPart)
    const bytes = writes.reduce((sum, write) => sum + (write.kind === 'put' ? itemBytes(checkItem(write.item)) : 0), 0)
    if (bytes > TRANSACTION_BYTES_MAX)
      throw invalid('Collection size of items to put in a transaction cannot exceed 4MB')
    const outcomes = await clients.dynamodb.write({ writes, atomic: true, token: ClientRequestToken })
    if (outcomes.some(({ failure }) => failure)) throw cancelled(outcomes)
    const consumed = outcomes.map((outcome) => outcome.consumed)
    return { ConsumedCapacity: capacityOf(ReturnConsumedCapacity, consumed, 'write') }
  },
})

function transactionPart(part: TransactWriteItem): Write {
  const kinds = Object.entries(KINDS).filter(([name]) => part[name as keyof typeof KINDS] !== undefined)
  if (kinds.length !== 1) throw invalid('TransactItems can only contain one of Check, Put, Update or Delete')
  const [name, kind] = kinds[0] as [keyof typeof KINDS, (typeof KINDS)[keyof typeof KINDS]]
  const request = part[name]!
  const { condition, actions } = readExpressions(request, ['UpdateExpression', 'ConditionExpression'])
  const guard = {
    table: tableOf(request.TableName!),
    condition,
    itemOnFailure: request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  }
  if (kind === 'put') return { kind, ...guard, item: asItem(part.Put!.Item) }
  const key = asItem((request as { Key?: Record<string, never> }).Key)
  return kind === 'update' ? { kind, ...guard, key, actions: actions ?? [] } : { kind, ...guard, key }
}

const REASONS: Readonly<Record<string, string>> = {
  ConditionalCheckFailedException: 'ConditionalCheckFailed',
  ValidationException: 'ValidationError',
  ProvisionedThroughputExceededException: 'ProvisionedThroughputExceeded',
}

function cancelled(outcomes: readonly WriteOutcome[]): DetailedError {
  const CancellationReasons = outcomes.map(({ failure }) =>
    failure
      ? {
          Code: REASONS[failure.code] ?? failure.code,
          Message: failure.message,
          ...(failure.item && { Item: plainItem(failure.item) }),
        }
      : { Code: 'None' },
  )
  const codes = CancellationReasons.map(({ Code }) => Code).join(', ')
  return new DetailedError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons },
  )
}

export const TransactGetItems = operation<TransactGetItemsInput, TransactGetItemsOutput>({
  schema: TransactGetItems$,
  constraints: { TransactItems: { length: [1, TRANSACTION_MAX] }, ReturnConsumedCapacity: CAPACITY },
  async run({ TransactItems, ReturnConsumedCapacity }, { clients }) {
    const gets = TransactItems!.map(({ Get }) => {
      const { paths } = readExpressions(Get!, ['ProjectionExpression'])
      return { table: tableOf(Get!.TableName!), key: checkItem(asItem(Get!.Key)), paths }
    })
    const places = gets.map(({ table, key }) => table + sortedText(key))
    if (new Set(places).size !== places.length)
      throw invalid('Transaction request cannot include multiple operations on one item')
    const found = await clients.dynamodb.read({ gets, cost: 2 })
    if (found.some((one) => one.throttled))
      throw cancelled(
        found.map(({ consumed, throttled: late }) => ({ consumed, ...(late && { failure: throttled().toWire() }) })),
      )
    return {
      Responses: found.map(({ item }) => (item ? { Item: asAttributes(item) } : {})),
      ConsumedCapacity: capacityOf(
        ReturnConsumedCapacity,
        found.map(({ consumed }) => consumed),
        'read',
      ),
    }
  },
})
