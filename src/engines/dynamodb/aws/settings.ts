import {
  DescribeContinuousBackups$,
  type DescribeContinuousBackupsInput,
  type DescribeContinuousBackupsOutput,
  DescribeTimeToLive$,
  type DescribeTimeToLiveInput,
  type DescribeTimeToLiveOutput,
  ListTagsOfResource$,
  type ListTagsOfResourceInput,
  type ListTagsOfResourceOutput,
  TagResource$,
  type TagResourceInput,
  UntagResource$,
  type UntagResourceInput,
  UpdateContinuousBackups$,
  type UpdateContinuousBackupsInput,
  type UpdateContinuousBackupsOutput,
  UpdateTimeToLive$,
  type UpdateTimeToLiveInput,
  type UpdateTimeToLiveOutput,
} from '@aws-sdk/client-dynamodb'
import { EngineError } from '../../kit/pure/errors.ts'
import type { TableInfo } from '../contract.ts'
import { invalid, invalidValues } from '../errors.ts'
import { type DynamoClients, operation, TABLE, tableOf } from './common.ts'
import { tagsOf } from './table-shapes.ts'

const TAGS_MAX = 50
/** The newest moment that could be gone back to lies about five minutes back. */
const RECOVERY_LAG_MS = 5 * 60_000
const RECOVERY_DAYS = 35
const DAY_MS = 86_400_000

export const UpdateTimeToLive = operation<UpdateTimeToLiveInput, UpdateTimeToLiveOutput>({
  schema: UpdateTimeToLive$,
  constraints: { ...TABLE, 'TimeToLiveSpecification.AttributeName': { length: [1, 255] } },
  async run({ TableName, TimeToLiveSpecification }, { clients }) {
    const { AttributeName, Enabled } = TimeToLiveSpecification!
    await clients.dynamodb.updateTimeToLive({
      table: tableOf(TableName!),
      attribute: AttributeName!,
      enabled: Enabled!,
    })
    return { TimeToLiveSpecification }
  },
})

export const DescribeTimeToLive = operation<DescribeTimeToLiveInput, DescribeTimeToLiveOutput>({
  schema: DescribeTimeToLive$,
  constraints: TABLE,
  async run({ TableName }, { clients }) {
    const { ttl } = await clients.dynamodb.describeTable({ table: tableOf(TableName!) })
    return {
      TimeToLiveDescription: ttl
        ? { TimeToLiveStatus: ttl.status, AttributeName: ttl.attribute }
        : { TimeToLiveStatus: 'DISABLED' },
    }
  },
})

function describeRecovery({ recovery }: TableInfo, nowMs: number): UpdateContinuousBackupsOutput {
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: recovery
        ? {
            PointInTimeRecoveryStatus: 'ENABLED',
            RecoveryPeriodInDays: recovery.days,
            EarliestRestorableDateTime: new Date(Math.max(recovery.enabledMs, nowMs - recovery.days * DAY_MS)),
            LatestRestorableDateTime: new Date(Math.max(recovery.enabledMs, nowMs - RECOVERY_LAG_MS)),
          }
        : { PointInTimeRecoveryStatus: 'DISABLED' },
    },
  }
}

export const UpdateContinuousBackups = operation<UpdateContinuousBackupsInput, UpdateContinuousBackupsOutput>({
  schema: UpdateContinuousBackups$,
  constraints: {
    ...TABLE,
    'PointInTimeRecoverySpecification.RecoveryPeriodInDays': { range: [1, RECOVERY_DAYS] },
  },
  async run({ TableName, PointInTimeRecoverySpecification }, { clients, nowMs }) {
    const { PointInTimeRecoveryEnabled: enabled, RecoveryPeriodInDays: days } = PointInTimeRecoverySpecification!
    if (!enabled && days !== undefined)
      throw invalid('RecoveryPeriodInDays can only be specified when PointInTimeRecoveryEnabled is true')
    const table = await known(tableOf(TableName!), clients)
    return describeRecovery(await clients.dynamodb.updateRecovery({ table, enabled: enabled!, days }), nowMs)
  },
})

export const DescribeContinuousBackups = operation<DescribeContinuousBackupsInput, DescribeContinuousBackupsOutput>({
  schema: DescribeContinuousBackups$,
  constraints: TABLE,
  async run({ TableName }, { clients, nowMs }) {
    const table = await known(tableOf(TableName!), clients)
    return describeRecovery(await clients.dynamodb.describeTable({ table }), nowMs)
  },
})

/** Backups have a word of their own for a table that is not there. */
async function known(table: string, { dynamodb }: DynamoClients): Promise<string> {
  if ((await dynamodb.listTables({})).includes(table)) return table
  throw new EngineError('TableNotFoundException', `Table not found: ${table}`)
}

const RESOURCE = { ResourceArn: { length: [1, 1283] } } as const

function tableOfArn(arn: string): string {
  const name = /^arn:aws[a-z-]*:dynamodb:[^:]*:\d{12}:table\/([a-zA-Z0-9_.-]{3,255})$/.exec(arn)?.[1]
  if (!name) throw invalidValues(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`)
  return name
}

async function tagsOfTable(arn: string, { dynamodb }: DynamoClients) {
  const table = tableOfArn(arn)
  if (!(await dynamodb.listTables({})).includes(table))
    throw new EngineError('ResourceNotFoundException', `Requested resource not found: ResourcArn: ${arn} not found`)
  const { tags } = await dynamodb.describeTable({ table })
  return { table, tags }
}

export const TagResource = operation<TagResourceInput, object>({
  schema: TagResource$,
  constraints: { ...RESOURCE, 'Tags[].Key': { length: [1, 128] }, 'Tags[].Value': { length: [0, 256] } },
  async run({ ResourceArn, Tags }, { clients }) {
    if (Tags!.length === 0) throw invalid('Atleast one Tag needs to be provided as Input.')
    const { table, tags: present } = await tagsOfTable(ResourceArn!, clients)
    const tags = { ...present, ...tagsOf(Tags) }
    if (Object.keys(tags).length > TAGS_MAX)
      throw new EngineError('LimitExceededException', `Subscriber limit exceeded: More than ${TAGS_MAX} tags`)
    await clients.dynamodb.setTags({ table, tags })
    return {}
  },
})

export const UntagResource = operation<UntagResourceInput, object>({
  schema: UntagResource$,
  constraints: { ...RESOURCE, 'TagKeys[]': { length: [1, 128] } },
  async run({ ResourceArn, TagKeys }, { clients }) {
    if (TagKeys!.length === 0) throw invalid('Atleast one Tag Key needs to be provided as Input.')
    const { table, tags } = await tagsOfTable(ResourceArn!, clients)
    const kept = Object.entries(tags).filter(([key]) => !TagKeys!.includes(key))
    await clients.dynamodb.setTags({ table, tags: Object.fromEntries(kept) })
    return {}
  },
})

export const ListTagsOfResource = operation<ListTagsOfResourceInput, ListTagsOfResourceOutput>({
  schema: ListTagsOfResource$,
  constraints: RESOURCE,
  async run({ ResourceArn, NextToken }, { clients }) {
    if (NextToken !== undefined) throw invalid(`Invalid NextToken: ${NextToken}`)
    const { tags } = await tagsOfTable(ResourceArn!, clients)
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
  },
})
