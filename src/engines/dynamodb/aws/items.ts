import {
  type AttributeValue,
  DeleteItem$,
  type DeleteItemInput,
  type DeleteItemOutput,
  GetItem$,
  type GetItemInput,
  type GetItemOutput,
  PutItem$,
  type PutItemInput,
  type PutItemOutput,
  UpdateItem$,
  type UpdateItemInput,
  type UpdateItemOutput,
} from '@aws-sdk/client-dynamodb'
import type { Write, WriteOutcome } from '../contract.ts'
import { throttled as throughputExceeded } from '../errors.ts'
import { project } from '../expressions/paths.ts'
import type { Item } from '../values.ts'
import {
  asAttributes,
  asItem,
  CAPACITY,
  capacityOf,
  type DynamoClients,
  METRICS,
  ON_FAILURE,
  OPERATORS,
  OR_AND,
  operation,
  TABLE,
  tableOf,
  throwFailure,
} from './common.ts'
import { readExpressions } from './expressions.ts'

const EXPECTED = { ConditionalOperator: OR_AND, 'Expected.value.ComparisonOperator': OPERATORS } as const
const WRITING = {
  ...TABLE,
  ...EXPECTED,
  ReturnConsumedCapacity: CAPACITY,
  ReturnItemCollectionMetrics: METRICS,
  ReturnValuesOnConditionCheckFailure: ON_FAILURE,
} as const
const RETURNED = { values: ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'] } as const
/** Put and delete know no updated attributes. */
const OLD_OR_NONE = { values: ['ALL_OLD', 'NONE'] } as const

async function writeOne(write: Write, clients: DynamoClients): Promise<WriteOutcome> {
  const [outcome] = await clients.dynamodb.write({ writes: [write] })
  throwFailure(outcome)
  return outcome
}

const told = (asked: string | undefined, { consumed }: WriteOutcome) => ({
  ConsumedCapacity: capacityOf(asked, [consumed])?.[0],
})

const guardOf = (input: PutItemInput | DeleteItemInput | UpdateItemInput) => ({
  table: tableOf(input.TableName!),
  itemOnFailure: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
})

export const PutItem = operation<PutItemInput, PutItemOutput>({
  schema: PutItem$,
  constraints: { ...WRITING, ReturnValues: OLD_OR_NONE },
  async run(input, { clients }) {
    const { condition } = readExpressions(input, ['ConditionExpression'])
    const write: Write = { kind: 'put', ...guardOf(input), condition, item: asItem(input.Item) }
    const outcome = await writeOne(write, clients)
    const Attributes = input.ReturnValues === 'ALL_OLD' ? asAttributes(outcome.before) : undefined
    return { Attributes, ...told(input.ReturnConsumedCapacity, outcome) }
  },
})

export const DeleteItem = operation<DeleteItemInput, DeleteItemOutput>({
  schema: DeleteItem$,
  constraints: { ...WRITING, ReturnValues: OLD_OR_NONE },
  async run(input, { clients }) {
    const { condition } = readExpressions(input, ['ConditionExpression'])
    const write: Write = { kind: 'delete', ...guardOf(input), condition, key: asItem(input.Key) }
    const outcome = await writeOne(write, clients)
    const Attributes = input.ReturnValues === 'ALL_OLD' ? asAttributes(outcome.before) : undefined
    return { Attributes, ...told(input.ReturnConsumedCapacity, outcome) }
  },
})

export const UpdateItem = operation<UpdateItemInput, UpdateItemOutput>({
  schema: UpdateItem$,
  constraints: {
    ...WRITING,
    ReturnValues: RETURNED,
    'AttributeUpdates.value.Action': { values: ['ADD', 'PUT', 'DELETE'] },
  },
  async run(input, { clients }) {
    const { condition, actions = [] } = readExpressions(input, ['UpdateExpression', 'ConditionExpression'])
    const write: Write = { kind: 'update', ...guardOf(input), condition, key: asItem(input.Key), actions }
    const outcome = await writeOne(write, clients)
    const image = input.ReturnValues?.endsWith('OLD') ? outcome.before : outcome.after
    return { Attributes: attributesOf(input.ReturnValues, image), ...told(input.ReturnConsumedCapacity, outcome) }

    function attributesOf(
      asked: string | undefined,
      item: Item | undefined,
    ): Record<string, AttributeValue> | undefined {
      if (!item || asked === undefined || asked === 'NONE') return undefined
      if (asked.startsWith('ALL')) return asAttributes(item)
      const updated = project(
        item,
        actions.map(({ path }) => path),
      )
      return Object.keys(updated).length > 0 ? asAttributes(updated) : undefined
    }
  },
})

export const GetItem = operation<GetItemInput, GetItemOutput>({
  schema: GetItem$,
  constraints: { ...TABLE, ReturnConsumedCapacity: CAPACITY, AttributesToGet: { length: [1, null] } },
  async run(input, { clients }) {
    const { paths } = readExpressions(input, ['ProjectionExpression'])
    const get = { table: tableOf(input.TableName!), key: asItem(input.Key), paths }
    const [{ item, consumed, throttled }] = await clients.dynamodb.read({
      gets: [get],
      cost: input.ConsistentRead ? 1 : 0.5,
    })
    if (throttled) throw throughputExceeded()
    return { Item: asAttributes(item), ConsumedCapacity: capacityOf(input.ReturnConsumedCapacity, [consumed])?.[0] }
  },
})
