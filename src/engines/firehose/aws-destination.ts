import type {
  BufferingHints as AwsBufferingHints,
  ExtendedS3DestinationConfiguration,
  ExtendedS3DestinationDescription,
  ProcessingConfiguration,
} from '@aws-sdk/client-firehose'
import type { z } from 'zod'
import { EngineError } from '../kit/pure/errors.ts'
import type { S3Destination } from './contract.ts'

type DestinationInput = z.input<typeof S3Destination>

export function refuse(field: string, why: string): EngineError {
  return new EngineError('InvalidArgumentException', `${field} ${why}.`, { at: { field } })
}

const notHonoured = (field: string) => refuse(field, 'is not supported by Millrace')

/** Members that change nothing on one machine and are taken as they are: roles, and logging that is switched off. */
export function s3Destination(config: ExtendedS3DestinationConfiguration): DestinationInput {
  const { BucketARN, CompressionFormat = 'UNCOMPRESSED', S3BackupMode = 'Disabled' } = config
  refuseUnhonoured(config)
  const conversion = config.DataFormatConversionConfiguration
  const converts = conversion !== undefined && conversion.Enabled !== false
  const partitions = config.DynamicPartitioningConfiguration?.Enabled === true
  const { fields, appendDelimiter } = processors(config.ProcessingConfiguration)
  if (fields && !partitions)
    throw refuse(
      'ProcessingConfiguration',
      'has MetadataExtraction, which needs DynamicPartitioningConfiguration.Enabled',
    )
  if (partitions && !fields)
    throw refuse('ProcessingConfiguration', 'must have a MetadataExtraction processor with dynamic partitioning')
  if (CompressionFormat !== 'UNCOMPRESSED' && CompressionFormat !== 'GZIP')
    throw notHonoured(`CompressionFormat ${CompressionFormat}`)
  if (S3BackupMode === 'Enabled') checkBackup(config, BucketARN)
  return {
    bucket: bucketOf(BucketARN),
    prefix: config.Prefix ?? '',
    errorOutputPrefix: config.ErrorOutputPrefix ?? '',
    buffering: buffering(config.BufferingHints, converts || partitions),
    compression: CompressionFormat,
    ...(converts && { conversion: conversionOf(config) }),
    ...(S3BackupMode === 'Enabled' && { backupPrefix: config.S3BackupConfiguration?.Prefix ?? '' }),
    ...(fields && { dynamicPartitioning: { fields } }),
    appendDelimiter: converts ? false : appendDelimiter,
  }
}

function refuseUnhonoured(config: ExtendedS3DestinationConfiguration): void {
  if (config.EncryptionConfiguration?.KMSEncryptionConfig)
    throw notHonoured('EncryptionConfiguration.KMSEncryptionConfig')
  if (config.CloudWatchLoggingOptions?.Enabled) throw notHonoured('CloudWatchLoggingOptions')
  if (config.FileExtension !== undefined) throw notHonoured('FileExtension')
  if (config.CustomTimeZone !== undefined && config.CustomTimeZone !== 'UTC') throw notHonoured('CustomTimeZone')
  if (config.DynamicPartitioningConfiguration?.RetryOptions)
    throw notHonoured('DynamicPartitioningConfiguration.RetryOptions')
}

function checkBackup(config: ExtendedS3DestinationConfiguration, bucketArn: string | undefined): void {
  const backup = config.S3BackupConfiguration
  if (!backup) throw refuse('S3BackupConfiguration', 'is required when S3BackupMode is Enabled')
  if (backup.BucketARN !== bucketArn) throw notHonoured('S3BackupConfiguration.BucketARN of another bucket')
  for (const field of [
    'ErrorOutputPrefix',
    'BufferingHints',
    'CompressionFormat',
    'EncryptionConfiguration',
  ] as const) {
    const value = backup[field]
    if (value !== undefined && value !== 'UNCOMPRESSED') throw notHonoured(`S3BackupConfiguration.${field}`)
  }
}

export function bucketOf(bucketArn: string | undefined): string {
  const bucket = /^arn:[\w-]+:s3:::([^/]+)$/.exec(bucketArn ?? '')?.[1]
  if (!bucket) throw refuse('BucketARN', 'must be arn:aws:s3:::bucket')
  return bucket
}

/** The service asks for 64 MiB at least where objects are converted or partitioned; the default is then 128. */
function buffering(hints: AwsBufferingHints | undefined, large: boolean): DestinationInput['buffering'] {
  const { SizeInMBs, IntervalInSeconds } = hints ?? {}
  if ((SizeInMBs === undefined) !== (IntervalInSeconds === undefined)) {
    throw refuse('BufferingHints', 'must have both SizeInMBs and IntervalInSeconds, or neither')
  }
  const sizeInMBs = SizeInMBs ?? (large ? 128 : 5)
  const intervalInSeconds = IntervalInSeconds ?? 300
  const least = large ? 64 : 1
  if (sizeInMBs < least || sizeInMBs > 128) throw refuse('BufferingHints.SizeInMBs', `must be from ${least} to 128`)
  if (intervalInSeconds < 0 || intervalInSeconds > 900)
    throw refuse('BufferingHints.IntervalInSeconds', 'must be from 0 to 900')
  return { sizeInMBs, intervalInSeconds }
}

function conversionOf(config: ExtendedS3DestinationConfiguration): DestinationInput['conversion'] {
  const { SchemaConfiguration, InputFormatConfiguration, OutputFormatConfiguration } =
    config.DataFormatConversionConfiguration!
  const field = 'DataFormatConversionConfiguration'
  const { DatabaseName, TableName, VersionId = 'LATEST' } = SchemaConfiguration ?? {}
  if (!DatabaseName || !TableName) throw refuse(`${field}.SchemaConfiguration`, 'must have DatabaseName and TableName')
  if (VersionId !== 'LATEST') throw notHonoured(`${field}.SchemaConfiguration.VersionId other than LATEST`)
  const openX = InputFormatConfiguration?.Deserializer?.OpenXJsonSerDe
  if (openX?.ConvertDotsInJsonKeysToUnderscores) throw notHonoured('OpenXJsonSerDe.ConvertDotsInJsonKeysToUnderscores')
  if (openX?.CaseInsensitive === false) throw notHonoured('OpenXJsonSerDe.CaseInsensitive false')
  if (Object.keys(openX?.ColumnToJsonKeyMappings ?? {}).length > 0)
    throw notHonoured('OpenXJsonSerDe.ColumnToJsonKeyMappings')
  if (InputFormatConfiguration?.Deserializer?.HiveJsonSerDe?.TimestampFormats?.length)
    throw notHonoured('HiveJsonSerDe.TimestampFormats')
  const serializer = OutputFormatConfiguration?.Serializer
  if (serializer?.OrcSerDe) throw notHonoured('OutputFormatConfiguration.Serializer.OrcSerDe')
  const parquet = serializer?.ParquetSerDe
  if (!parquet) throw refuse(`${field}.OutputFormatConfiguration`, 'must have Serializer.ParquetSerDe')
  const { Compression = 'SNAPPY', ...others } = parquet
  const set = Object.entries(others).find(([, value]) => value !== undefined)
  if (set) throw notHonoured(`ParquetSerDe.${set[0]}`)
  return { database: DatabaseName, table: TableName, parquetCompression: Compression }
}

interface Processors {
  readonly fields: Record<string, string> | undefined
  readonly appendDelimiter: boolean
}

function processors(config: ProcessingConfiguration | undefined): Processors {
  let fields: Record<string, string> | undefined
  let appendDelimiter = false
  if (!config?.Enabled) return { fields, appendDelimiter }
  for (const { Type, Parameters = [] } of config.Processors ?? []) {
    const parameters = Object.fromEntries(
      Parameters.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue]),
    )
    if (Type === 'AppendDelimiterToRecord') {
      if (![undefined, '\n', '\\n'].includes(parameters.Delimiter))
        throw notHonoured('AppendDelimiterToRecord.Delimiter other than a new line')
      appendDelimiter = true
    } else if (Type === 'MetadataExtraction') {
      if (parameters.JsonParsingEngine !== 'JQ-1.6')
        throw refuse('MetadataExtraction.JsonParsingEngine', 'must be JQ-1.6')
      fields = jqFields(parameters.MetadataExtractionQuery ?? '')
    } else throw notHonoured(`ProcessingConfiguration processor ${Type}`)
  }
  return { fields, appendDelimiter }
}

/**
 * The jq that partitioning queries mostly are, as expressions: an object of paths, each optionally sliced, cut to a date, or turned into
 * text: `{day:.date[0:10],who:.user.id|tostring}`. Anything else is refused by name.
 */
export function jqFields(query: string): Record<string, string> {
  const body = /^\s*\{([\s\S]*)\}\s*$/.exec(query)?.[1]
  if (body === undefined) throw refuse('MetadataExtractionQuery', 'must be an object such as {day:.date[0:10]}')
  const fields: Record<string, string> = {}
  for (const part of body.split(',')) {
    const match = /^\s*"?([A-Za-z_][\w-]*)"?\s*:\s*([\s\S]+?)\s*$/.exec(part)
    if (!match) throw refuse('MetadataExtractionQuery', `has "${part.trim()}", which is not name:path`)
    fields[match[1]] = jqExpression(match[2])
  }
  return fields
}

function jqExpression(text: string): string {
  const [path, ...filters] = text.split('|').map((piece) => piece.trim())
  const match = /^((?:\.(?:[A-Za-z_]\w*|"[^"]+"))+)(?:\[(\d*):(\d*)\])?$/.exec(path)
  if (!match)
    throw refuse(
      'MetadataExtractionQuery',
      `has the jq "${text}", which is not supported by Millrace: use paths, slices [a:b], tostring, ascii_downcase, strftime`,
    )
  const [, names, from, to] = match
  let expression = names
    .slice(1)
    .split('.')
    .map((name) => (name.startsWith('"') ? name : `"${name}"`))
    .join('.')
  if (from !== undefined) {
    const start = Number(from || 0)
    expression = `substr(${expression}, ${start + 1}${to ? `, ${Math.max(0, Number(to) - start)}` : ''})`
  }
  for (const filter of filters) {
    const strftime = /^strftime\("([^"]*)"\)$/.exec(filter)
    if (filter === 'tostring') expression = `CAST(${expression} AS varchar)`
    else if (filter === 'ascii_downcase') expression = `lower(${expression})`
    else if (filter === 'ascii_upcase') expression = `upper(${expression})`
    else if (strftime)
      expression = `date_format(from_unixtime(${expression}), '${strftime[1].replaceAll('%M', '%i').replaceAll("'", "''")}')`
    else throw refuse('MetadataExtractionQuery', `has the jq filter "${filter}", which is not supported by Millrace`)
  }
  return expression
}

/** `jqExpression` backwards; an expression that came from no jq is shown as it is. */
function jqOf(expression: string): string {
  const inside = (pattern: RegExp, filter: (match: RegExpExecArray) => string): string | undefined => {
    const match = pattern.exec(expression)
    return match ? `${jqOf(match[1])}${filter(match)}` : undefined
  }
  if (/^"[^"]+"(\."[^"]+")*$/.test(expression)) {
    const names = [...expression.matchAll(/"([^"]+)"/g)].map(([, name]) => name)
    return names.map((name) => (/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `."${name}"`)).join('')
  }
  return (
    inside(/^substr\((.*), (\d+), (\d+)\)$/, ([, , start, length]) => {
      const from = Number(start) - 1
      return `[${from}:${from + Number(length)}]`
    }) ??
    inside(/^substr\((.*), (\d+)\)$/, ([, , start]) => `[${Number(start) - 1}:]`) ??
    inside(/^CAST\((.*) AS varchar\)$/, () => '|tostring') ??
    inside(/^lower\((.*)\)$/, () => '|ascii_downcase') ??
    inside(/^upper\((.*)\)$/, () => '|ascii_upcase') ??
    inside(
      /^date_format\(from_unixtime\((.*)\), '([^']*)'\)$/,
      ([, , format]) => `|strftime("${format.replaceAll('%i', '%M')}")`,
    ) ??
    expression
  )
}

/** How a destination reads in DescribeDeliveryStream. */
export function describeDestination(destination: S3Destination): ExtendedS3DestinationDescription {
  const { conversion, dynamicPartitioning, buffering: hints } = destination
  const RoleARN = 'arn:aws:iam::000000000000:role/millrace'
  const BucketARN = `arn:aws:s3:::${destination.bucket}`
  const BufferingHints = { SizeInMBs: hints.sizeInMBs, IntervalInSeconds: hints.intervalInSeconds }
  const common = {
    RoleARN,
    BucketARN,
    BufferingHints,
    EncryptionConfiguration: { NoEncryptionConfig: 'NoEncryption' as const },
  }
  return {
    ...common,
    Prefix: destination.prefix,
    ErrorOutputPrefix: destination.errorOutputPrefix,
    CompressionFormat: destination.compression,
    CloudWatchLoggingOptions: { Enabled: false },
    ProcessingConfiguration: processingOf(destination),
    S3BackupMode: destination.backupPrefix === undefined ? 'Disabled' : 'Enabled',
    ...(destination.backupPrefix !== undefined && {
      S3BackupDescription: { ...common, Prefix: destination.backupPrefix, CompressionFormat: 'UNCOMPRESSED' as const },
    }),
    ...(conversion && {
      DataFormatConversionConfiguration: {
        Enabled: true,
        SchemaConfiguration: { DatabaseName: conversion.database, TableName: conversion.table, VersionId: 'LATEST' },
        InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
        OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: conversion.parquetCompression } } },
      },
    }),
    ...(dynamicPartitioning && { DynamicPartitioningConfiguration: { Enabled: true } }),
  }
}

function processingOf(destination: S3Destination): ProcessingConfiguration {
  const Processors: NonNullable<ProcessingConfiguration['Processors']> = []
  const fields = destination.dynamicPartitioning?.fields
  if (fields) {
    const query = Object.entries(fields).map(([name, expression]) => `${name}:${jqOf(expression)}`)
    const Parameters = [
      { ParameterName: 'MetadataExtractionQuery' as const, ParameterValue: `{${query.join(',')}}` },
      { ParameterName: 'JsonParsingEngine' as const, ParameterValue: 'JQ-1.6' },
    ]
    Processors.push({ Type: 'MetadataExtraction', Parameters })
  }
  if (destination.appendDelimiter) Processors.push({ Type: 'AppendDelimiterToRecord', Parameters: [] })
  return { Enabled: Processors.length > 0, Processors }
}
