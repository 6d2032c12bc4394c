import {
  DeleteBucketLifecycle$,
  type DeleteBucketLifecycleRequest,
  GetBucketLifecycleConfiguration$,
  type GetBucketLifecycleConfigurationOutput,
  type GetBucketLifecycleConfigurationRequest,
  PutBucketLifecycleConfiguration$,
  type PutBucketLifecycleConfigurationOutput,
  type PutBucketLifecycleConfigurationRequest,
  type LifecycleRule as WireRule,
} from '@aws-sdk/client-s3'
import { EngineError } from '../../kit/pure/errors.ts'
import type { LifecycleRule } from '../contract.ts'
import { documentOperation, malformed, operation, refuse } from './common.ts'

const invalid = (message: string) => new EngineError('InvalidArgument', message)

function days(value: number | undefined, what: string): number | undefined {
  if (value !== undefined && !(Number.isInteger(value) && value > 0))
    throw invalid(`'${what}' must be a positive integer`)
  return value
}

/** A rule as it came, with what Millrace does not do refused: nothing is moved to another storage class. */
function readRule(wire: WireRule, index: number): LifecycleRule {
  refuse(wire, ['Transitions', 'NoncurrentVersionTransitions'])
  if (wire.Status !== 'Enabled' && wire.Status !== 'Disabled') throw malformed()
  if (wire.Prefix !== undefined && wire.Filter !== undefined) throw malformed()
  const { Expiration, NoncurrentVersionExpiration: noncurrent, AbortIncompleteMultipartUpload: abort } = wire
  const given = [Expiration?.Days, Expiration?.Date, Expiration?.ExpiredObjectDeleteMarker]
  if (Expiration && given.filter((value) => value !== undefined).length !== 1) throw malformed()
  const { And, ...one } = wire.Filter ?? {}
  if (And && Object.keys(one).length > 0) throw malformed()
  const filter = And ?? { ...one, Tags: one.Tag && [one.Tag] }
  const tags = Object.fromEntries((filter.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))
  const rule: LifecycleRule = {
    id: wire.ID ?? `rule-${index + 1}`,
    enabled: wire.Status === 'Enabled',
    prefix: filter.Prefix ?? wire.Prefix ?? '',
    tags,
    largerThan: filter.ObjectSizeGreaterThan,
    smallerThan: filter.ObjectSizeLessThan,
    expireDays: days(Expiration?.Days, 'Days'),
    expireAtMs: Expiration?.Date?.getTime(),
    expireMarkers: Expiration?.ExpiredObjectDeleteMarker,
    noncurrentDays: days(noncurrent?.NoncurrentDays, 'NoncurrentDays'),
    noncurrentKept: days(noncurrent?.NewerNoncurrentVersions, 'NewerNoncurrentVersions'),
    abortUploadDays: days(abort?.DaysAfterInitiation, 'DaysAfterInitiation'),
  }
  if (noncurrent && rule.noncurrentDays === undefined) throw malformed()
  return rule
}

function writeRule(rule: LifecycleRule): WireRule {
  const Tags = Object.entries(rule.tags).map(([Key, Value]) => ({ Key, Value }))
  const sizes = {
    ...(rule.largerThan !== undefined && { ObjectSizeGreaterThan: rule.largerThan }),
    ...(rule.smallerThan !== undefined && { ObjectSizeLessThan: rule.smallerThan }),
  }
  const conditions = Tags.length + Object.keys(sizes).length
  const Prefix = rule.prefix
  const one = Tags.length === 1 ? { Tag: Tags[0] } : sizes
  const many = { ...(Prefix !== '' && { Prefix }), ...(Tags.length > 0 && { Tags }), ...sizes }
  return {
    ID: rule.id,
    Status: rule.enabled ? 'Enabled' : 'Disabled',
    Filter: conditions === 0 ? { Prefix } : conditions === 1 && Prefix === '' ? one : { And: many },
    ...((rule.expireDays ?? rule.expireAtMs ?? rule.expireMarkers) !== undefined && {
      Expiration: {
        Days: rule.expireDays,
        Date: rule.expireAtMs === undefined ? undefined : new Date(rule.expireAtMs),
        ExpiredObjectDeleteMarker: rule.expireMarkers,
      },
    }),
    ...(rule.noncurrentDays !== undefined && {
      NoncurrentVersionExpiration: {
        NoncurrentDays: rule.noncurrentDays,
        NewerNoncurrentVersions: rule.noncurrentKept,
      },
    }),
    ...(rule.abortUploadDays !== undefined && {
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: rule.abortUploadDays },
    }),
  }
}

export const lifecycleOperations = {
  PutBucketLifecycleConfiguration: documentOperation<
    PutBucketLifecycleConfigurationRequest,
    PutBucketLifecycleConfigurationOutput
  >({
    schema: PutBucketLifecycleConfiguration$,
    async run(input, { clients }) {
      refuse(input, ['TransitionDefaultMinimumObjectSize'], ['all_storage_classes_128K'])
      const rules = (input.LifecycleConfiguration?.Rules ?? []).map(readRule)
      if (rules.length === 0) throw malformed()
      await clients.lake.changeBucket({ bucket: input.Bucket!, lifecycle: rules })
      return {}
    },
  }),

  GetBucketLifecycleConfiguration: operation<
    GetBucketLifecycleConfigurationRequest,
    GetBucketLifecycleConfigurationOutput
  >({
    schema: GetBucketLifecycleConfiguration$,
    async run(input, { clients }) {
      refuse(input, [])
      const { lifecycle } = await clients.lake.bucketSettings({ bucket: input.Bucket! })
      if (!lifecycle)
        throw new EngineError('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist')
      return { Rules: lifecycle.map(writeRule) }
    },
  }),

  DeleteBucketLifecycle: operation<DeleteBucketLifecycleRequest, object>({
    schema: DeleteBucketLifecycle$,
    async run(input, { clients }) {
      refuse(input, [])
      await clients.lake.changeBucket({ bucket: input.Bucket!, lifecycle: null })
      return {}
    },
  }),
}
