import * as sdk from '@aws-sdk/client-athena'
import { EngineError } from '../../kit/pure/errors.ts'
import { CUTOFF_BYTES_MIN, type WorkGroup, type WorkGroupSettings } from '../contract.ts'
import { defaultOutput } from '../workgroups.ts'
import {
  type AthenaClients,
  ENCRYPTION_OPTION,
  encryptionOf,
  invalid,
  operation,
  page,
  refuse,
  TOKEN,
  WORK_GROUP,
} from './common.ts'
import { ENGINE_VERSION } from './shapes.ts'

const OWNER = { length: [12, 12], pattern: /[0-9]+/ } as const
const ACL = { values: ['BUCKET_OWNER_FULL_CONTROL'] } as const
const CUTOFF = { range: [CUTOFF_BYTES_MIN, null] } as const
const TEXT = { length: [0, 1024] } as const
const TAG_KEY = { length: [1, 128] } as const
const TAGS = { 'Tags[].Key': TAG_KEY, 'Tags[].Value': { length: [0, 256] } } as const
const ARN = { length: [1, 1011] } as const

/** Settings of the model that Millrace has nothing for. */
const UNHONOURED = [
  'AdditionalConfiguration',
  'CustomerContentEncryptionConfiguration',
  'EnableMinimumEncryptionConfiguration',
  'EngineConfiguration',
  'ExecutionRole',
  'MonitoringConfiguration',
  'QueryResultsS3AccessGrantsConfiguration',
] as const

export const CreateWorkGroup = operation<sdk.CreateWorkGroupInput, sdk.CreateWorkGroupOutput>({
  schema: sdk.CreateWorkGroup$,
  constraints: {
    Name: WORK_GROUP,
    Description: TEXT,
    'Configuration.BytesScannedCutoffPerQuery': CUTOFF,
    'Configuration.ResultConfiguration.ExpectedBucketOwner': OWNER,
    'Configuration.ResultConfiguration.AclConfiguration.S3AclOption': ACL,
    'Configuration.ResultConfiguration.EncryptionConfiguration.EncryptionOption': ENCRYPTION_OPTION,
    ...TAGS,
  },
  async run({ Name, Description, Configuration: given = {}, Tags }, { clients }) {
    refuse(given, 'Configuration.', ...UNHONOURED, 'SystemTableStatuses')
    const { IdentityCenterConfiguration: centre, ManagedQueryResultsConfiguration: managed } = given
    refuse(centre, 'Configuration.IdentityCenterConfiguration.', 'EnableIdentityCenter', 'IdentityCenterInstanceArn')
    refuse(managed, 'Configuration.ManagedQueryResultsConfiguration.', 'Enabled', 'EncryptionConfiguration')
    const output = given.ResultConfiguration
    await clients.athena.createWorkGroup({
      name: Name!,
      description: Description,
      outputLocation: output?.OutputLocation,
      expectedBucketOwner: output?.ExpectedBucketOwner,
      acl: output?.AclConfiguration && 'BUCKET_OWNER_FULL_CONTROL',
      encryption: encryptionOf(output?.EncryptionConfiguration, 'Configuration.ResultConfiguration.'),
      // "EnforceWorkGroupConfiguration": the settings of a workgroup stand above a query's unless it says otherwise.
      enforced: given.EnforceWorkGroupConfiguration ?? true,
      metrics: given.PublishCloudWatchMetricsEnabled ?? false,
      requesterPays: given.RequesterPaysEnabled ?? false,
      cutoffBytes: given.BytesScannedCutoffPerQuery,
      engineVersion: engineVersion(given.EngineVersion) ?? 'AUTO',
      tags: tagRecord(Tags),
    })
    return {}
  },
})

export const UpdateWorkGroup = operation<sdk.UpdateWorkGroupInput, sdk.UpdateWorkGroupOutput>({
  schema: sdk.UpdateWorkGroup$,
  constraints: {
    WorkGroup: WORK_GROUP,
    Description: TEXT,
    State: { values: ['ENABLED', 'DISABLED'] },
    'ConfigurationUpdates.BytesScannedCutoffPerQuery': CUTOFF,
    'ConfigurationUpdates.ResultConfigurationUpdates.ExpectedBucketOwner': OWNER,
    'ConfigurationUpdates.ResultConfigurationUpdates.AclConfiguration.S3AclOption': ACL,
    'ConfigurationUpdates.ResultConfigurationUpdates.EncryptionConfiguration.EncryptionOption': ENCRYPTION_OPTION,
  },
  async run({ WorkGroup: workGroup, Description, ConfigurationUpdates: given = {}, State }, { clients }) {
    refuse(given, 'ConfigurationUpdates.', ...UNHONOURED)
    const managed = given.ManagedQueryResultsConfigurationUpdates
    refuse(
      managed,
      'ConfigurationUpdates.ManagedQueryResultsConfigurationUpdates.',
      'Enabled',
      'EncryptionConfiguration',
    )
    const output = given.ResultConfigurationUpdates ?? {}
    const before = await clients.athena.getWorkGroup({ workGroup: workGroup! })
    const settings: WorkGroupSettings = {
      description: Description ?? before.description,
      outputLocation: output.RemoveOutputLocation ? undefined : (output.OutputLocation ?? before.outputLocation),
      expectedBucketOwner: output.RemoveExpectedBucketOwner
        ? undefined
        : (output.ExpectedBucketOwner ?? before.expectedBucketOwner),
      acl: output.RemoveAclConfiguration
        ? undefined
        : output.AclConfiguration
          ? 'BUCKET_OWNER_FULL_CONTROL'
          : before.acl,
      encryption: output.RemoveEncryptionConfiguration
        ? undefined
        : (encryptionOf(output.EncryptionConfiguration, 'ConfigurationUpdates.ResultConfigurationUpdates.') ??
          before.encryption),
      enforced: given.EnforceWorkGroupConfiguration ?? before.enforced,
      metrics: given.PublishCloudWatchMetricsEnabled ?? before.metrics,
      requesterPays: given.RequesterPaysEnabled ?? before.requesterPays,
      cutoffBytes: given.RemoveBytesScannedCutoffPerQuery
        ? undefined
        : (given.BytesScannedCutoffPerQuery ?? before.cutoffBytes),
      engineVersion: engineVersion(given.EngineVersion) ?? before.engineVersion,
    }
    await clients.athena.updateWorkGroup({
      workGroup: before.name,
      settings,
      state: State as WorkGroup['state'] | undefined,
    })
    return {}
  },
})

export const GetWorkGroup = operation<sdk.GetWorkGroupInput, sdk.GetWorkGroupOutput>({
  schema: sdk.GetWorkGroup$,
  constraints: { WorkGroup: WORK_GROUP },
  async run({ WorkGroup: workGroup }, { clients }) {
    const group = await clients.athena.getWorkGroup({ workGroup: workGroup! })
    return {
      WorkGroup: {
        Name: group.name,
        State: group.state,
        Description: group.description || undefined,
        CreationTime: new Date(group.createdMs),
        Configuration: {
          ResultConfiguration: {
            OutputLocation: group.outputLocation ?? defaultOutput(group),
            ExpectedBucketOwner: group.expectedBucketOwner,
            AclConfiguration: group.acl && { S3AclOption: group.acl },
            EncryptionConfiguration: group.encryption && { EncryptionOption: group.encryption },
          },
          EnforceWorkGroupConfiguration: group.enforced,
          PublishCloudWatchMetricsEnabled: group.metrics,
          BytesScannedCutoffPerQuery: group.cutoffBytes,
          RequesterPaysEnabled: group.requesterPays,
          EngineVersion: effective(group),
          EnableMinimumEncryptionConfiguration: false,
        },
      },
    }
  },
})

export const ListWorkGroups = operation<sdk.ListWorkGroupsInput, sdk.ListWorkGroupsOutput>({
  schema: sdk.ListWorkGroups$,
  constraints: { MaxResults: { range: [1, 50] }, NextToken: TOKEN },
  async run({ MaxResults, NextToken }, { clients }) {
    const { items, ...next } = page(await clients.athena.listWorkGroups({}), NextToken, MaxResults)
    return {
      WorkGroups: items.map((group) => ({
        Name: group.name,
        State: group.state,
        Description: group.description ?? '',
        CreationTime: new Date(group.createdMs),
        EngineVersion: effective(group),
      })),
      ...next,
    }
  },
})

export const DeleteWorkGroup = operation<sdk.DeleteWorkGroupInput, sdk.DeleteWorkGroupOutput>({
  schema: sdk.DeleteWorkGroup$,
  constraints: { WorkGroup: WORK_GROUP },
  async run({ WorkGroup: workGroup, RecursiveDeleteOption: recursive = false }, { clients }) {
    await clients.athena.deleteWorkGroup({ workGroup: workGroup!, recursive })
    return {}
  },
})

export const ListEngineVersions = operation<sdk.ListEngineVersionsInput, sdk.ListEngineVersionsOutput>({
  schema: sdk.ListEngineVersions$,
  constraints: { MaxResults: { range: [1, 10] }, NextToken: TOKEN },
  run: () => ({
    EngineVersions: [
      { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: ENGINE_VERSION },
      { SelectedEngineVersion: ENGINE_VERSION, EffectiveEngineVersion: ENGINE_VERSION },
    ],
  }),
})

export const TagResource = operation<sdk.TagResourceInput, sdk.TagResourceOutput>({
  schema: sdk.TagResource$,
  constraints: { ResourceARN: ARN, ...TAGS },
  async run({ ResourceARN, Tags }, { clients }) {
    const { name, tags } = await tagged(ResourceARN!, clients)
    await clients.athena.tagWorkGroup({ workGroup: name, tags: { ...tags, ...tagRecord(Tags) } })
    return {}
  },
})

export const UntagResource = operation<sdk.UntagResourceInput, sdk.UntagResourceOutput>({
  schema: sdk.UntagResource$,
  constraints: { ResourceARN: ARN, 'TagKeys[]': TAG_KEY },
  async run({ ResourceARN, TagKeys = [] }, { clients }) {
    const { name, tags } = await tagged(ResourceARN!, clients)
    const left = Object.entries(tags).filter(([key]) => !TagKeys.includes(key))
    await clients.athena.tagWorkGroup({ workGroup: name, tags: Object.fromEntries(left) })
    return {}
  },
})

export const ListTagsForResource = operation<sdk.ListTagsForResourceInput, sdk.ListTagsForResourceOutput>({
  schema: sdk.ListTagsForResource$,
  constraints: { ResourceARN: ARN, NextToken: TOKEN, MaxResults: { range: [75, null] } },
  async run({ ResourceARN, NextToken, MaxResults = 75 }, { clients }) {
    const { tags } = await tagged(ResourceARN!, clients)
    const all = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    const { items, ...next } = page(all, NextToken, MaxResults)
    return { Tags: items, ...next }
  },
})

/** Workgroups are what can be tagged here. */
async function tagged(resource: string, { athena }: Pick<AthenaClients, 'athena'>): Promise<WorkGroup> {
  const [, workGroup] = /^arn:aws[^:]*:athena:[^:]*:\d*:workgroup\/(.+)$/.exec(resource) ?? []
  if (workGroup === undefined) throw invalid(`${resource} names nothing that can be tagged.`)
  return athena.getWorkGroup({ workGroup }).catch((thrown: EngineError) => {
    if (thrown.code !== 'INVALID_INPUT') throw thrown
    throw new EngineError('ResourceNotFoundException', thrown.message)
  })
}

function tagRecord(tags: readonly sdk.Tag[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}

function engineVersion(version: sdk.EngineVersion | undefined): WorkGroup['engineVersion'] | undefined {
  const selected = version?.SelectedEngineVersion
  if (selected === undefined || selected === 'AUTO' || selected === ENGINE_VERSION) return selected
  throw invalid(`EngineVersion.SelectedEngineVersion ${selected} is not supported by Millrace`)
}

function effective({ engineVersion }: WorkGroup): sdk.EngineVersion {
  return { SelectedEngineVersion: engineVersion, EffectiveEngineVersion: ENGINE_VERSION }
}
