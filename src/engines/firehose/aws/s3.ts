import type {
  BufferingHints as AwsBufferingHints,
  ExtendedS3DestinationConfiguration,
  ExtendedS3DestinationDescription,
  S3DestinationConfiguration,
  S3DestinationDescription,
} from '@aws-sdk/client-firehose'
import type { z } from 'zod'
import type { BufferingHints, Compression, S3Destination } from '../contract.ts'
import type { Bounds } from '../destinations/define.ts'
import { ROLE } from './operation.ts'
import { describeProcessing, processingFrom } from './processing.ts'
import { notHonoured, refuse } from './refuse.ts'

export type DestinationInput = z.input<typeof S3Destination>

/** Copies of source records, as a destination has them. */
export type BackupInput = Pick<
  DestinationInput,
  'backupPrefix' | 'backupBucket' | 'backupCompression' | 'backupBuffering'
>

const S3_HINTS = { sizeInMBs: { min: 1, max: 128, usual: 5 }, intervalInSeconds: { min: 0, max: 900, usual: 300 } }
/** The service asks for 64 MiB at least where objects are converted or partitioned; the default is then 128. */
const LARGE_HINTS = { ...S3_HINTS, sizeInMBs: { min: 64, max: 128, usual: 128 } }

/** A destination in S3. Its structure has been looked through: what is here is honoured. */
export function s3Destination(config: ExtendedS3DestinationConfiguration): DestinationInput {
  const { BucketARN, CompressionFormat = 'UNCOMPRESSED', S3BackupMode = 'Disabled' } = config
  const conversion = config.DataFormatConversionConfiguration
  const converts = conversion !== undefined && conversion.Enabled !== false
  const partitions = config.DynamicPartitioningConfiguration?.Enabled === true
  const { fields, ...processing } = processingFrom(config.ProcessingConfiguration)
  if (fields && !partitions)
    throw refuse(
      'ProcessingConfiguration',
      'has MetadataExtraction, which needs DynamicPartitioningConfiguration.Enabled',
    )
  if (partitions && !fields && !config.Prefix?.includes('!{partitionKeyFromLambda:'))
    throw refuse('ProcessingConfiguration', 'must have a MetadataExtraction processor with dynamic partitioning')
  return {
    bucket: bucketOf(BucketARN),
    ...(config.RoleARN && { roleArn: config.RoleARN }),
    prefix: config.Prefix ?? '',
    errorOutputPrefix: config.ErrorOutputPrefix ?? '',
    buffering: hintsFrom(config.BufferingHints, converts || partitions ? LARGE_HINTS : S3_HINTS),
    compression: CompressionFormat,
    ...processing,
    ...(converts && { conversion: conversionOf(config), appendDelimiter: false, delimiter: undefined }),
    ...(S3BackupMode === 'Enabled' && backupFrom(config.S3BackupConfiguration, BucketARN)),
    ...(partitions && { dynamicPartitioning: { fields: fields ?? {} } }),
    ...(config.FileExtension && { fileExtension: config.FileExtension }),
    ...(config.CustomTimeZone && { timeZone: config.CustomTimeZone }),
  }
}

/** Copies are kept in a bucket and a form of their own. */
export function backupFrom(backup: S3DestinationConfiguration | undefined, bucketArn: string | undefined): BackupInput {
  if (!backup) throw refuse('S3BackupConfiguration', 'is required when S3BackupMode is Enabled')
  // Copies that cannot be written are tried again for good: there is nothing to put there.
  if (backup.ErrorOutputPrefix) throw notHonoured('S3BackupConfiguration.ErrorOutputPrefix')
  return {
    backupPrefix: backup.Prefix ?? '',
    backupCompression: backup.CompressionFormat ?? 'UNCOMPRESSED',
    ...(backup.BucketARN !== bucketArn && { backupBucket: bucketOf(backup.BucketARN) }),
    ...(backup.BufferingHints && { backupBuffering: hintsFrom(backup.BufferingHints, S3_HINTS) }),
  }
}

export function bucketOf(bucketArn: string | undefined): string {
  const bucket = /^arn:[\w-]+:s3:::([^/]+)$/.exec(bucketArn ?? '')?.[1]
  if (!bucket) throw refuse('BucketARN', 'must be arn:aws:s3:::bucket')
  return bucket
}

/** Both hints or neither, within the bounds of a destination. */
export function hintsFrom(
  hints: AwsBufferingHints | undefined,
  bounds: { readonly sizeInMBs: Bounds; readonly intervalInSeconds: Bounds } = S3_HINTS,
): BufferingHints {
  const { SizeInMBs, IntervalInSeconds } = hints ?? {}
  if ((SizeInMBs === undefined) !== (IntervalInSeconds === undefined))
    throw refuse('BufferingHints', 'must have both SizeInMBs and IntervalInSeconds, or neither')
  const within = (name: string, value: number, { min, max }: Bounds) => {
    if (value < min || value > max) throw refuse(`BufferingHints.${name}`, `must be from ${min} to ${max}`)
    return value
  }
  return {
    sizeInMBs: within('SizeInMBs', SizeInMBs ?? bounds.sizeInMBs.usual, bounds.sizeInMBs),
    intervalInSeconds: within(
      'IntervalInSeconds',
      IntervalInSeconds ?? bounds.intervalInSeconds.usual,
      bounds.intervalInSeconds,
    ),
  }
}

function conversionOf(config: ExtendedS3DestinationConfiguration): DestinationInput['conversion'] {
  const { SchemaConfiguration, OutputFormatConfiguration } = config.DataFormatConversionConfiguration!
  const field = 'DataFormatConversionConfiguration'
  const { DatabaseName, TableName } = SchemaConfiguration ?? {}
  if (!DatabaseName || !TableName) throw refuse(`${field}.SchemaConfiguration`, 'must have DatabaseName and TableName')
  const parquet = OutputFormatConfiguration?.Serializer?.ParquetSerDe
  if (!parquet) throw refuse(`${field}.OutputFormatConfiguration`, 'must have Serializer.ParquetSerDe')
  return { database: DatabaseName, table: TableName, parquetCompression: parquet.Compression ?? 'SNAPPY' }
}

interface S3Place {
  readonly bucket: string
  readonly roleArn?: string | undefined
  readonly prefix: string
  readonly errorOutputPrefix?: string
  readonly hints: BufferingHints
  readonly compression: Compression
}

export function describeS3({
  bucket,
  roleArn = ROLE,
  prefix,
  errorOutputPrefix,
  hints,
  compression,
}: S3Place): S3DestinationDescription {
  return {
    RoleARN: roleArn,
    BucketARN: `arn:aws:s3:::${bucket}`,
    Prefix: prefix,
    ...(errorOutputPrefix !== undefined && { ErrorOutputPrefix: errorOutputPrefix }),
    BufferingHints: { SizeInMBs: hints.sizeInMBs, IntervalInSeconds: hints.intervalInSeconds },
    CompressionFormat: compression,
    EncryptionConfiguration: { NoEncryptionConfig: 'NoEncryption' },
    CloudWatchLoggingOptions: { Enabled: false },
  }
}

export function mainPlace(destination: S3Destination): S3Place {
  const { bucket, roleArn, prefix, errorOutputPrefix, buffering: hints, compression } = destination
  return { bucket, roleArn, prefix, errorOutputPrefix, hints, compression }
}

/** Where copies go; undefined where none are kept. */
export function backupPlace(destination: S3Destination): S3Place | undefined {
  const {
    backupPrefix: prefix,
    backupBucket,
    bucket,
    roleArn,
    backupBuffering,
    buffering,
    backupCompression,
    compression,
  } = destination
  if (prefix === undefined) return undefined
  return {
    bucket: backupBucket ?? bucket,
    roleArn,
    prefix,
    hints: backupBuffering ?? buffering,
    compression: backupCompression ?? compression,
  }
}

/** How a destination reads in DescribeDeliveryStream. */
export function describeDestination(destination: S3Destination): ExtendedS3DestinationDescription {
  const { conversion, dynamicPartitioning, fileExtension, timeZone, roleArn = ROLE } = destination
  const backup = backupPlace(destination)
  return {
    ...describeS3(mainPlace(destination)),
    ProcessingConfiguration: describeProcessing(destination),
    S3BackupMode: backup ? 'Enabled' : 'Disabled',
    ...(backup && { S3BackupDescription: describeS3(backup) }),
    ...(conversion && {
      DataFormatConversionConfiguration: {
        Enabled: true,
        SchemaConfiguration: {
          RoleARN: roleArn,
          DatabaseName: conversion.database,
          TableName: conversion.table,
          VersionId: 'LATEST',
        },
        InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
        OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: conversion.parquetCompression } } },
      },
    }),
    ...(dynamicPartitioning && { DynamicPartitioningConfiguration: { Enabled: true } }),
    ...(fileExtension !== undefined && { FileExtension: fileExtension }),
    ...(timeZone !== undefined && { CustomTimeZone: timeZone }),
  }
}
