import {
  DescribeAccountSettings$,
  type DescribeAccountSettingsInput,
  type DescribeAccountSettingsOutput,
  DisableEnhancedMonitoring$,
  type DisableEnhancedMonitoringInput,
  EnableEnhancedMonitoring$,
  type EnableEnhancedMonitoringInput,
  type EnhancedMonitoringOutput,
  type MetricsName,
  type MinimumThroughputBillingCommitmentOutput,
  StartStreamEncryption$,
  type StartStreamEncryptionInput,
  StopStreamEncryption$,
  type StopStreamEncryptionInput,
  UpdateAccountSettings$,
  type UpdateAccountSettingsInput,
  type UpdateAccountSettingsOutput,
  UpdateMaxRecordSize$,
  type UpdateMaxRecordSizeInput,
  UpdateStreamRecordDistributionStrategy$,
  type UpdateStreamRecordDistributionStrategyInput,
  UpdateStreamWarmThroughput$,
  type UpdateStreamWarmThroughputInput,
  type UpdateStreamWarmThroughputOutput,
} from '@aws-sdk/client-kinesis'
import { EngineError } from '../../kit/pure/errors.ts'
import type { AccountSettings } from '../contract.ts'
import { SHARD_METRICS } from '../settings.ts'
import {
  invalidArgument,
  NAMING,
  nameOf,
  operation,
  refuse,
  STRATEGY,
  type StreamClients,
  WARM_THROUGHPUT,
} from './common.ts'
import { warmThroughputOf, wholeSeconds } from './resource.ts'

const ENCRYPTION = {
  ...NAMING,
  EncryptionType: { values: ['NONE', 'KMS'] },
  KeyId: { length: [1, 2048] },
} as const
const METRICS = {
  ...NAMING,
  ShardLevelMetrics: { length: [1, 7] },
  'ShardLevelMetrics[]': { values: [...SHARD_METRICS, 'ALL'] },
} as const
const KEY_ID =
  /^(?:alias\/[\w/-]+|arn:aws[\w-]*:kms:[\w-]*:\d{12}:(?:alias|key)\/[\w/-]+|mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i

export const StartStreamEncryption = operation<StartStreamEncryptionInput, object>({
  schema: StartStreamEncryption$,
  constraints: ENCRYPTION,
  async run(input, { clients }) {
    await clients.stream.startEncryption({ stream: nameOf(input), keyId: keyOf(input) })
    return {}
  },
})

export const StopStreamEncryption = operation<StopStreamEncryptionInput, object>({
  schema: StopStreamEncryption$,
  constraints: ENCRYPTION,
  async run(input, { clients }) {
    await clients.stream.stopEncryption({ stream: nameOf(input), keyId: keyOf(input) })
    return {}
  },
})

function keyOf(input: StartStreamEncryptionInput | StopStreamEncryptionInput): string {
  refuse(input, 'StreamId')
  if (input.EncryptionType !== 'KMS')
    throw invalidArgument(`EncryptionType ${input.EncryptionType} is not valid: the only valid value is KMS.`)
  if (!KEY_ID.test(input.KeyId!)) throw new EngineError('KMSNotFoundException', `Invalid keyId '${input.KeyId}'`)
  return input.KeyId!
}

export const EnableEnhancedMonitoring = operation<EnableEnhancedMonitoringInput, EnhancedMonitoringOutput>({
  schema: EnableEnhancedMonitoring$,
  constraints: METRICS,
  run: (input, { clients }) => changeMetrics(input, clients, (present, given) => [...present, ...given]),
})

export const DisableEnhancedMonitoring = operation<DisableEnhancedMonitoringInput, EnhancedMonitoringOutput>({
  schema: DisableEnhancedMonitoring$,
  constraints: METRICS,
  run: (input, { clients }) =>
    changeMetrics(input, clients, (present, given) => present.filter((name) => !given.includes(name))),
})

async function changeMetrics(
  input: EnableEnhancedMonitoringInput | DisableEnhancedMonitoringInput,
  clients: StreamClients,
  change: (present: readonly string[], given: readonly string[]) => string[],
): Promise<EnhancedMonitoringOutput> {
  refuse(input, 'StreamId')
  const stream = nameOf(input)
  const given = input.ShardLevelMetrics!.includes('ALL') ? SHARD_METRICS : input.ShardLevelMetrics!
  const { shardMetrics } = await clients.stream.describeStream({ stream })
  const after = await clients.stream.setShardMetrics({ stream, metrics: change(shardMetrics, given) })
  return {
    StreamName: stream,
    StreamARN: after.arn,
    CurrentShardLevelMetrics: shardMetrics as MetricsName[],
    DesiredShardLevelMetrics: after.shardMetrics as MetricsName[],
  }
}

export const UpdateMaxRecordSize = operation<UpdateMaxRecordSizeInput, object>({
  schema: UpdateMaxRecordSize$,
  constraints: { StreamARN: NAMING.StreamARN, MaxRecordSizeInKiB: { range: [1024, 10_240] } },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const maxRecordKiB = input.MaxRecordSizeInKiB!
    await clients.stream.updateMaxRecordSize({ stream: nameOf(input), maxRecordKiB })
    return {}
  },
})

export const UpdateStreamRecordDistributionStrategy = operation<UpdateStreamRecordDistributionStrategyInput, object>({
  schema: UpdateStreamRecordDistributionStrategy$,
  constraints: { StreamARN: NAMING.StreamARN, RecordDistributionStrategy: STRATEGY },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const distribution = input.RecordDistributionStrategy!
    await clients.stream.updateDistribution({ stream: nameOf(input), distribution })
    return {}
  },
})

export const UpdateStreamWarmThroughput = operation<UpdateStreamWarmThroughputInput, UpdateStreamWarmThroughputOutput>({
  schema: UpdateStreamWarmThroughput$,
  constraints: { ...NAMING, WarmThroughputMiBps: WARM_THROUGHPUT },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const after = await clients.stream.updateWarmThroughput({ stream, warmMiBps: input.WarmThroughputMiBps! })
    return { StreamName: stream, StreamARN: after.arn, WarmThroughput: warmThroughputOf(after) }
  },
})

export const DescribeAccountSettings = operation<DescribeAccountSettingsInput, DescribeAccountSettingsOutput>({
  schema: DescribeAccountSettings$,
  async run(_, { clients }) {
    return { MinimumThroughputBillingCommitment: commitmentOf(await clients.stream.accountSettings({})) }
  },
})

export const UpdateAccountSettings = operation<UpdateAccountSettingsInput, UpdateAccountSettingsOutput>({
  schema: UpdateAccountSettings$,
  constraints: { 'MinimumThroughputBillingCommitment.Status': { values: ['ENABLED', 'DISABLED'] } },
  async run(input, { clients }) {
    const committed = input.MinimumThroughputBillingCommitment!.Status === 'ENABLED'
    return {
      MinimumThroughputBillingCommitment: commitmentOf(await clients.stream.updateAccountSettings({ committed })),
    }
  },
})

function commitmentOf(settings: AccountSettings): MinimumThroughputBillingCommitmentOutput {
  const { commitment, startedMs, endedMs, earliestEndMs } = settings
  return {
    Status: commitment,
    StartedAt: startedMs === undefined ? undefined : wholeSeconds(startedMs),
    EndedAt: endedMs === undefined ? undefined : wholeSeconds(endedMs),
    EarliestAllowedEndAt: earliestEndMs === undefined ? undefined : wholeSeconds(earliestEndMs),
  }
}
