import {
  CreateStream$,
  type CreateStreamInput,
  DecreaseStreamRetentionPeriod$,
  type DecreaseStreamRetentionPeriodInput,
  DeleteStream$,
  type DeleteStreamInput,
  DescribeLimits$,
  type DescribeLimitsInput,
  type DescribeLimitsOutput,
  DescribeStream$,
  type DescribeStreamInput,
  type DescribeStreamOutput,
  DescribeStreamSummary$,
  type DescribeStreamSummaryInput,
  type DescribeStreamSummaryOutput,
  IncreaseStreamRetentionPeriod$,
  type IncreaseStreamRetentionPeriodInput,
  ListStreams$,
  type ListStreamsInput,
  type ListStreamsOutput,
  type MetricsName,
  UpdateStreamMode$,
  type UpdateStreamModeInput,
} from '@aws-sdk/client-kinesis'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { StreamSummary } from '../contract.ts'
import {
  invalidArgument,
  NAMING,
  NEXT_TOKEN,
  nameOf,
  operation,
  refuse,
  SHARD_ID,
  STRATEGY,
  type StreamClients,
  TAGS,
  WARM_THROUGHPUT,
} from './common.ts'
import { warmThroughputOf, wholeSeconds } from './resource.ts'
import { shardOf } from './shards.ts'
import { checkTags } from './tags.ts'
import { readToken, writeToken } from './token.ts'

const MODES = { values: ['PROVISIONED', 'ON_DEMAND'] } as const
const SHARD_LIMIT = 10_000
const ON_DEMAND_LIMIT = 50
const CREATING_MAX = 5
/** Of streams, or of a stream's shards, in one answer. */
const PAGE_MAX = 100
const RETENTION_HOURS = [24, 8760] as const

export const CreateStream = operation<CreateStreamInput, object>({
  schema: CreateStream$,
  constraints: {
    ...NAMING,
    ShardCount: { range: [1, null] },
    'StreamModeDetails.StreamMode': MODES,
    MaxRecordSizeInKiB: { range: [1024, 10_240] },
    WarmThroughputMiBps: WARM_THROUGHPUT,
    RecordDistributionStrategy: STRATEGY,
    ...TAGS,
  },
  async run(input, { clients }) {
    const { StreamName, ShardCount, StreamModeDetails, MaxRecordSizeInKiB, WarmThroughputMiBps, Tags = {} } = input
    const { RecordDistributionStrategy } = input
    const mode = StreamModeDetails?.StreamMode ?? 'PROVISIONED'
    if (mode === 'ON_DEMAND' && ShardCount !== undefined)
      throw invalidArgument('ShardCount must not be specified for a stream with StreamMode ON_DEMAND.')
    if (mode === 'PROVISIONED' && ShardCount === undefined)
      throw invalidArgument('ShardCount must be specified for a stream with StreamMode PROVISIONED.')
    if (mode === 'PROVISIONED' && RecordDistributionStrategy !== undefined)
      throw invalidArgument('RecordDistributionStrategy is only supported for streams with StreamMode ON_DEMAND.')
    checkTags(Tags, `stream ${StreamName}`)
    const creating = (await clients.stream.listStreams({})).filter(({ status }) => status === 'CREATING').length
    if (creating >= CREATING_MAX)
      throw new EngineError(
        'LimitExceededException',
        `${creating} streams under account ${ACCOUNT_ID} are in status CREATING; no more than ${CREATING_MAX} can be created at the same time.`,
      )
    await clients.stream.createStream({
      stream: StreamName!,
      shardCount: ShardCount,
      mode,
      tags: Tags,
      maxRecordKiB: MaxRecordSizeInKiB,
      warmMiBps: WarmThroughputMiBps,
      distribution: RecordDistributionStrategy,
    })
    return {}
  },
})

export const DeleteStream = operation<DeleteStreamInput, object>({
  schema: DeleteStream$,
  constraints: NAMING,
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const enforceConsumerDeletion = input.EnforceConsumerDeletion ?? false
    await clients.stream.deleteStream({ stream: nameOf(input), enforceConsumerDeletion })
    return {}
  },
})

export const DescribeStream = operation<DescribeStreamInput, DescribeStreamOutput>({
  schema: DescribeStream$,
  constraints: { ...NAMING, Limit: { range: [1, 10_000] }, ExclusiveStartShardId: SHARD_ID },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = await clients.stream.describeStream({ stream: nameOf(input) })
    const { Limit = PAGE_MAX, ExclusiveStartShardId: after } = input
    const rest = stream.shards.filter(({ shardId }) => after === undefined || shardId > after)
    const most = Math.min(Limit, PAGE_MAX)
    return {
      StreamDescription: {
        StreamName: stream.name,
        StreamARN: stream.arn,
        StreamStatus: stream.status,
        StreamModeDetails: { StreamMode: stream.mode },
        Shards: rest.slice(0, most).map(shardOf),
        HasMoreShards: rest.length > most,
        RetentionPeriodHours: stream.retentionHours,
        StreamCreationTimestamp: wholeSeconds(stream.createdMs),
        ...settingsOf(stream),
      },
    }
  },
})

export const DescribeStreamSummary = operation<DescribeStreamSummaryInput, DescribeStreamSummaryOutput>({
  schema: DescribeStreamSummary$,
  constraints: NAMING,
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = await clients.stream.describeStream({ stream: nameOf(input) })
    return {
      StreamDescriptionSummary: {
        StreamName: stream.name,
        StreamARN: stream.arn,
        StreamStatus: stream.status,
        StreamModeDetails: { StreamMode: stream.mode },
        RetentionPeriodHours: stream.retentionHours,
        StreamCreationTimestamp: wholeSeconds(stream.createdMs),
        ...settingsOf(stream),
        OpenShardCount: stream.openShardCount,
        ConsumerCount: stream.registeredConsumerCount,
        ChannelCount: 0,
        MaxRecordSizeInKiB: stream.maxRecordKiB,
        ...(stream.mode === 'ON_DEMAND' && { RecordDistributionStrategy: stream.distribution }),
        ...(stream.warmMiBps !== undefined && { WarmThroughput: warmThroughputOf(stream) }),
      },
    }
  },
})

export const ListStreams = operation<ListStreamsInput, ListStreamsOutput>({
  schema: ListStreams$,
  constraints: {
    ExclusiveStartStreamName: NAMING.StreamName,
    Limit: { range: [1, 10_000] },
    NextToken: NEXT_TOKEN,
  },
  async run({ Limit = PAGE_MAX, ExclusiveStartStreamName, NextToken }, { clients }) {
    const after =
      NextToken === undefined ? ExclusiveStartStreamName : readToken<{ after: string }>('ListStreams', NextToken).after
    const streams = (await clients.stream.listStreams({})).sort((a, b) => (a.name < b.name ? -1 : 1))
    const rest = streams.filter(({ name }) => after === undefined || name > after)
    const page = rest.slice(0, Math.min(Limit, PAGE_MAX))
    return {
      StreamNames: page.map(({ name }) => name),
      HasMoreStreams: rest.length > page.length,
      ...(rest.length > page.length && { NextToken: writeToken('ListStreams', { after: page[page.length - 1].name }) }),
      StreamSummaries: page.map((stream) => ({
        StreamName: stream.name,
        StreamARN: stream.arn,
        StreamStatus: stream.status,
        StreamModeDetails: { StreamMode: stream.mode },
        StreamCreationTimestamp: wholeSeconds(stream.createdMs),
      })),
    }
  },
})

export const DescribeLimits = operation<DescribeLimitsInput, DescribeLimitsOutput>({
  schema: DescribeLimits$,
  async run(_, { clients }) {
    const streams = await clients.stream.listStreams({})
    return {
      ShardLimit: SHARD_LIMIT,
      OpenShardCount: streams.reduce((sum, { openShardCount }) => sum + openShardCount, 0),
      OnDemandStreamCount: streams.filter(({ mode }) => mode === 'ON_DEMAND').length,
      OnDemandStreamCountLimit: ON_DEMAND_LIMIT,
      ChannelCount: 0,
      ChannelCountLimit: 0,
    }
  },
})

export const UpdateStreamMode = operation<UpdateStreamModeInput, object>({
  schema: UpdateStreamMode$,
  constraints: {
    StreamARN: NAMING.StreamARN,
    'StreamModeDetails.StreamMode': MODES,
    WarmThroughputMiBps: WARM_THROUGHPUT,
  },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { StreamModeDetails, WarmThroughputMiBps: warmMiBps } = input
    await clients.stream.updateStream({ stream: nameOf(input), mode: StreamModeDetails!.StreamMode, warmMiBps })
    return {}
  },
})

export const IncreaseStreamRetentionPeriod = operation<IncreaseStreamRetentionPeriodInput, object>({
  schema: IncreaseStreamRetentionPeriod$,
  constraints: NAMING,
  run: (input, { clients }) => changeRetention(input, clients, 'Increase'),
})

export const DecreaseStreamRetentionPeriod = operation<DecreaseStreamRetentionPeriodInput, object>({
  schema: DecreaseStreamRetentionPeriod$,
  constraints: NAMING,
  run: (input, { clients }) => changeRetention(input, clients, 'Decrease'),
})

async function changeRetention(
  input: IncreaseStreamRetentionPeriodInput | DecreaseStreamRetentionPeriodInput,
  clients: StreamClients,
  way: 'Increase' | 'Decrease',
): Promise<object> {
  refuse(input, 'StreamId')
  const name = nameOf(input)
  const hours = input.RetentionPeriodHours!
  const [least, most] = RETENTION_HOURS
  const { retentionHours: present } = await clients.stream.describeStream({ stream: name })
  const requested = `equested retention period (${hours} hours)`
  if (hours < least)
    throw invalidArgument(`Minimum allowed retention period is ${least} hours. R${requested} is too short.`)
  if (hours > most)
    throw invalidArgument(`Maximum allowed retention period is ${most} hours. R${requested} is too long.`)
  const wrongWay = way === 'Increase' ? hours < present : hours > present
  if (wrongWay) {
    const [word, other] = way === 'Increase' ? ['shorter', 'Decrease'] : ['longer', 'Increase']
    throw invalidArgument(
      `R${requested} for stream ${name} can not be ${word} than existing retention period (${present} hours). Use ${other}RetentionPeriod API.`,
    )
  }
  await clients.stream.updateStream({ stream: name, retentionHours: hours })
  return {}
}

function settingsOf({ shardMetrics, encryptionKeyId }: StreamSummary) {
  return {
    EnhancedMonitoring: [{ ShardLevelMetrics: shardMetrics as MetricsName[] }],
    EncryptionType: encryptionKeyId === undefined ? ('NONE' as const) : ('KMS' as const),
    ...(encryptionKeyId !== undefined && { KeyId: encryptionKeyId }),
  }
}
