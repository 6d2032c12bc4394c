import {
  Query$,
  type QueryInput,
  type QueryOutput,
  Scan$,
  type ScanInput,
  type ScanOutput,
} from '@aws-sdk/client-dynamodb'
import { invalid } from '../errors.ts'
import {
  asAttributes,
  asItem,
  CAPACITY,
  capacityOf,
  type DynamoClients,
  OPERATORS,
  OR_AND,
  operation,
  TABLE,
  tableOf,
} from './common.ts'
import { type Expressions, readExpressions } from './expressions.ts'

const SELECTS = { values: ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'] } as const
const PAGING = {
  ...TABLE,
  IndexName: { length: [3, 255], pattern: /[a-zA-Z0-9_.-]+/ },
  Limit: { range: [1, null] },
  Select: SELECTS,
  ReturnConsumedCapacity: CAPACITY,
  ConditionalOperator: OR_AND,
  AttributesToGet: { length: [1, null] },
} as const
const SEGMENTS_MAX = 1_000_000

export const Query = operation<QueryInput, QueryOutput>({
  schema: Query$,
  constraints: {
    ...PAGING,
    'KeyConditions.value.ComparisonOperator': OPERATORS,
    'QueryFilter.value.ComparisonOperator': OPERATORS,
  },
  async run(input, { clients }) {
    const read = readExpressions(input, ['KeyConditionExpression', 'FilterExpression', 'ProjectionExpression'])
    const { keyCondition } = read
    if (!keyCondition)
      throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.')
    return page(input, read, { keyCondition, forward: input.ScanIndexForward ?? true }, clients)
  },
})

export const Scan = operation<ScanInput, ScanOutput>({
  schema: Scan$,
  constraints: {
    ...PAGING,
    Segment: { range: [0, SEGMENTS_MAX - 1] },
    TotalSegments: { range: [1, SEGMENTS_MAX] },
    'ScanFilter.value.ComparisonOperator': OPERATORS,
  },
  async run(input, { clients }) {
    const { Segment, TotalSegments } = input
    if (Segment !== undefined && TotalSegments === undefined)
      throw invalid(
        'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
      )
    if (Segment === undefined && TotalSegments !== undefined)
      throw invalid(
        'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
      )
    if (Segment !== undefined && Segment >= TotalSegments!)
      throw invalid(
        `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
      )
    const segment = Segment === undefined ? undefined : { segment: Segment, total: TotalSegments! }
    const read = readExpressions(input, ['FilterExpression', 'ProjectionExpression'])
    return page(input, read, segment ? { segment } : {}, clients)
  },
})

async function page(
  input: QueryInput | ScanInput,
  { filter, paths }: Expressions,
  which: object,
  { dynamodb }: DynamoClients,
): Promise<QueryOutput> {
  checkSelect(input, paths !== undefined)
  const { Select, IndexName, Limit, ExclusiveStartKey, ConsistentRead, ReturnConsumedCapacity } = input
  const found = await dynamodb.page({
    ...which,
    table: tableOf(input.TableName!),
    index: IndexName,
    filter,
    paths,
    countOnly: Select === 'COUNT',
    allAttributes: Select === 'ALL_ATTRIBUTES',
    limit: Limit,
    startKey: ExclusiveStartKey && asItem(ExclusiveStartKey),
    consistent: ConsistentRead ?? false,
  })
  return {
    ...(Select !== 'COUNT' && { Items: found.items.map((item) => asAttributes(item)!) }),
    Count: found.count,
    ScannedCount: found.scanned,
    LastEvaluatedKey: asAttributes(found.lastKey),
    ConsumedCapacity: capacityOf(ReturnConsumedCapacity, [found.consumed])?.[0],
  }
}

function checkSelect({ Select, IndexName }: QueryInput | ScanInput, isProjected: boolean): void {
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined)
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName')
  if (Select === 'SPECIFIC_ATTRIBUTES' && !isProjected)
    throw invalid('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES')
  if (isProjected && Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES')
    throw invalid(`Cannot specify the ProjectionExpression when choosing to get ${Select}`)
}
