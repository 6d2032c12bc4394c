import type {
  DestinationDescription,
  ExtendedS3DestinationConfiguration,
  S3DestinationConfiguration,
} from '@aws-sdk/client-firehose'
import type { S3Destination } from '../contract.ts'
import type { AwsMember, DestinationKind } from '../destinations/define.ts'
import { DESTINATIONS, readEndpoint } from '../destinations/index.ts'
import { ROLE } from './operation.ts'
import { describeProcessing, processingFrom } from './processing.ts'
import { refuse } from './refuse.ts'
import {
  backupFrom,
  backupPlace,
  bucketOf,
  type DestinationInput,
  describeDestination,
  describeS3,
  hintsFrom,
  mainPlace,
  s3Destination,
} from './s3.ts'

export const DESTINATION_ID = 'destinationId-000000000001'

/** What endpoints' forms have in common. */
interface EndpointForm {
  readonly RoleARN?: string | undefined
  readonly BufferingHints?: { SizeInMBs?: number; IntervalInSeconds?: number }
  readonly ProcessingConfiguration?: ExtendedS3DestinationConfiguration['ProcessingConfiguration']
  readonly S3BackupMode?: string
  readonly S3Configuration?: S3DestinationConfiguration
  readonly S3BackupConfiguration?: S3DestinationConfiguration
  readonly S3Update?: S3DestinationConfiguration
  readonly S3BackupUpdate?: S3DestinationConfiguration
}

interface Given {
  readonly kind: DestinationKind | undefined
  readonly member: AwsMember
  readonly form: EndpointForm & ExtendedS3DestinationConfiguration
}

/** The one destination that a request names. */
function given(input: object, suffix: 'Configuration' | 'Update'): Given {
  const members = Object.entries(input).filter(
    ([name, value]) => name.endsWith(`Destination${suffix}`) && value !== undefined,
  )
  if (members.length !== 1) throw refuse(`ExtendedS3Destination${suffix}`, 'must be given, and no other destination')
  const [[name, form]] = members
  const member = name.slice(0, -suffix.length) as AwsMember
  return {
    kind: DESTINATIONS.find(({ awsMembers }) => awsMembers.includes(member)),
    member,
    form: form as Given['form'],
  }
}

export function destinationFrom(input: object): DestinationInput {
  const { kind, member, form } = given(input, 'Configuration')
  return kind ? endpointDestination(kind, member, form, undefined) : s3Destination(form)
}

/** What an update leaves out stays as it is. One that changes the kind of destination keeps nothing, as at AWS. */
export function updatedDestination(input: object, before: S3Destination): DestinationInput {
  const { kind, member, form } = given(input, 'Update')
  const known = before.endpoint && readEndpoint(before.endpoint).kind
  const fixed = [kind, known].some((each) => each?.kind === 'opensearch')
  if (kind !== known && fixed)
    throw refuse(`${member}Update`, 'cannot change a destination to or from OpenSearch, as the service has it')
  // A function is among the processors; code that is part of the destination is nowhere in the API.
  const replaced = form.ProcessingConfiguration && before.transform?.language === 'function'
  const transform = !replaced && before.transform && { transform: before.transform }
  const same = kind === known
  if (kind) return { ...transform, ...endpointDestination(kind, member, form, same ? before : undefined) }
  return { ...transform, ...(same ? updatedS3(form, before) : s3Destination(form)) }
}

function updatedS3(update: Given['form'], before: S3Destination): DestinationInput {
  const { S3BackupUpdate, ...changes } = update
  const { S3BackupDescription, ProcessingConfiguration, DynamicPartitioningConfiguration, ...known } =
    describeDestination(before)
  const backup = S3BackupUpdate || S3BackupDescription ? { ...S3BackupDescription, ...S3BackupUpdate } : undefined
  const merged = s3Destination({
    ...known,
    ...changes,
    ...(backup && { S3BackupConfiguration: backup as S3DestinationConfiguration }),
  })
  const keeps = changes.ProcessingConfiguration === undefined && changes.DynamicPartitioningConfiguration === undefined
  if (!keeps) return merged
  // Kept as they are: an expression that no jq made cannot be read back from a description.
  const { dynamicPartitioning, appendDelimiter, delimiter, decompression, deaggregation } = before
  return {
    ...merged,
    appendDelimiter: appendDelimiter && !merged.conversion,
    ...(delimiter !== undefined && !merged.conversion && { delimiter }),
    ...(dynamicPartitioning && { dynamicPartitioning }),
    ...(decompression && { decompression }),
    ...(deaggregation && { deaggregation }),
  }
}

/** An endpoint, and the place in S3 for its copies and failures, or for the objects that it loads. */
function endpointDestination(
  kind: DestinationKind,
  member: AwsMember,
  form: EndpointForm,
  before: S3Destination | undefined,
): DestinationInput {
  const known = before?.endpoint && readEndpoint(before.endpoint).config
  const config = withoutUndefined(kind.fromAws(form, known, member))
  const s3 = s3From(form.S3Configuration ?? form.S3Update, before)
  const modes = kind.backupModes
  const mode = form.S3BackupMode ?? (before?.backupPrefix === undefined ? modes.failed : modes.all)
  const { fields, ...processing } =
    form.ProcessingConfiguration || !before ? processingFrom(form.ProcessingConfiguration) : processingOf(before)
  if (fields) throw refuse('ProcessingConfiguration', 'has MetadataExtraction, which is for destinations in S3')
  const { pushes } = kind
  if (!pushes && !['UNCOMPRESSED', 'GZIP'].includes(s3.compression ?? 'UNCOMPRESSED'))
    throw refuse('S3Configuration.CompressionFormat', 'must be UNCOMPRESSED or GZIP: COPY reads no other')
  const hints = pushes
    ? {
        buffering: form.BufferingHints || !before ? hintsFrom(form.BufferingHints, kind.hints) : before.buffering,
        backupBuffering: s3.buffering,
      }
    : {}
  const roleArn = form.RoleARN ?? (form.S3Configuration ?? form.S3Update)?.RoleARN ?? before?.roleArn
  return {
    ...s3,
    ...(roleArn && { roleArn }),
    ...hints,
    ...processing,
    ...(mode === modes.all && copiesFrom(form, s3, pushes, before)),
    endpoint: { kind: kind.kind, config },
  }
}

/** Where copies go: for an endpoint, where its failures go too; for a warehouse, a place of their own. */
function copiesFrom(
  form: EndpointForm,
  s3: DestinationInput,
  pushes: boolean,
  before: S3Destination | undefined,
): Partial<DestinationInput> {
  if (pushes) return { backupPrefix: s3.prefix ?? '' }
  const given = form.S3BackupConfiguration ?? form.S3BackupUpdate
  const kept = before && backupPlaceOf(before)
  return !given && kept ? kept : backupFrom(given, `arn:aws:s3:::${s3.bucket}`)
}

function backupPlaceOf({ backupPrefix, backupBucket, backupCompression, backupBuffering }: S3Destination) {
  return backupPrefix === undefined
    ? undefined
    : withoutUndefined({ backupPrefix, backupBucket, backupCompression, backupBuffering })
}

function s3From(config: S3DestinationConfiguration | undefined, before: S3Destination | undefined): DestinationInput {
  const { kind } = before?.endpoint ? readEndpoint(before.endpoint) : {}
  const hints = kind?.pushes ? before?.backupBuffering : before?.buffering
  if (!config && !before) throw refuse('S3Configuration', 'is required')
  return {
    bucket: config?.BucketARN !== undefined || !before ? bucketOf(config?.BucketARN) : before.bucket,
    prefix: config?.Prefix ?? before?.prefix ?? '',
    errorOutputPrefix: config?.ErrorOutputPrefix ?? before?.errorOutputPrefix ?? '',
    compression: config?.CompressionFormat ?? before?.compression ?? 'UNCOMPRESSED',
    buffering: config?.BufferingHints || !hints ? hintsFrom(config?.BufferingHints) : hints,
  }
}

function processingOf({
  appendDelimiter,
  delimiter,
  decompression,
  deaggregation,
}: S3Destination): ReturnType<typeof processingFrom> {
  return withoutUndefined({ appendDelimiter, delimiter, decompression, deaggregation })
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}

/** How a destination reads in DescribeDeliveryStream. One in S3 stands there in both of its forms, as at AWS. */
export function describe(destination: S3Destination): DestinationDescription {
  const DestinationId = DESTINATION_ID
  if (!destination.endpoint) {
    const S3DestinationDescription = describeS3(mainPlace(destination))
    return {
      DestinationId,
      S3DestinationDescription,
      ExtendedS3DestinationDescription: describeDestination(destination),
    }
  }
  const { kind, config } = readEndpoint(destination.endpoint)
  const { pushes, backupModes } = kind
  const hints = destination.buffering
  const place = mainPlace(destination)
  const backup = backupPlace(destination)
  const description = {
    RoleARN: destination.roleArn ?? ROLE,
    ...kind.toAws(config),
    ...(pushes && { BufferingHints: { SizeInMBs: hints.sizeInMBs, IntervalInSeconds: hints.intervalInSeconds } }),
    ProcessingConfiguration: describeProcessing(destination),
    CloudWatchLoggingOptions: { Enabled: false },
    S3BackupMode: backup ? backupModes.all : backupModes.failed,
    S3DestinationDescription: describeS3(pushes ? { ...place, hints: destination.backupBuffering ?? hints } : place),
    ...(!pushes && backup && { S3BackupDescription: describeS3(backup) }),
  }
  return { DestinationId, [`${kind.awsMember(config)}Description`]: description }
}
