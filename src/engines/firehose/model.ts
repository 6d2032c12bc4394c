import type { RecordBatch } from '../kit/pure/batch.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { check, compile, type Evaluate, parse } from '../kit/pure/expr/index.ts'
import { arn } from '../kit/pure/ids.ts'
import type { DeliveryStreamInfo, S3Destination } from './contract.ts'
import { type ReadEndpoint, readEndpoint } from './destinations/index.ts'
import { checkPrefixes, invalid, Prefix, readBackupPrefix } from './prefix.ts'

export const RECORD_BYTES_MAX = 1_000 * 1024
/** Partitions that may be buffered at a time. */
export const ACTIVE_PARTITIONS_MAX = 500
const NAME = /^[a-zA-Z0-9_.-]{1,64}$/

/** A destination with its texts read, ready to be used for each record. */
export interface Destination {
  readonly config: S3Destination
  readonly prefix: Prefix
  readonly errorPrefix: Prefix
  readonly backupPrefix: Prefix | undefined
  /** Keys of the prefix that the transform gives. */
  readonly lambdaKeys: readonly string[]
  /** What `AppendDelimiterToRecord` adds. */
  readonly delimiter: Uint8Array | undefined
  readonly endpoint: ReadEndpoint | undefined
  readonly partition: readonly { readonly name: string; readonly evaluate: Evaluate }[]
}

/** Reads and checks a destination. Fails with InvalidArgumentException and the field's name, as the service does. */
export function readDestination(config: S3Destination): Destination {
  const zone = config.timeZone ?? 'UTC'
  const prefix = Prefix.parse(config.prefix, 'Prefix', zone)
  const errorPrefix = Prefix.parse(config.errorOutputPrefix, 'ErrorOutputPrefix', zone)
  const fields = config.dynamicPartitioning && Object.keys(config.dynamicPartitioning.fields)
  checkPrefixes(prefix, errorPrefix, config.errorOutputPrefix, fields)
  const backupPrefix = config.backupPrefix === undefined ? undefined : readBackupPrefix(config.backupPrefix, zone)
  const lambdaKeys = prefix.partitionKeys('lambda')
  if (lambdaKeys.length > 0 && !config.transform)
    throw invalid('Prefix', `!{partitionKeyFromLambda:${lambdaKeys[0]}} needs a transform that gives it`)
  const { fileExtension } = config
  if (fileExtension !== undefined && !/^\.[0-9a-z!\-_.*'()]{1,127}$/.test(fileExtension))
    throw invalid('FileExtension', "it begins with a dot, and has at most 128 of 0-9 a-z ! - _ . * ' ( )")
  if (config.conversion && config.compression !== 'UNCOMPRESSED') {
    throw invalid('CompressionFormat', 'it must be UNCOMPRESSED with format conversion: Parquet compresses inside')
  }
  if (config.conversion && config.appendDelimiter)
    throw invalid('appendDelimiter', 'it has no meaning with format conversion')
  if (fields && config.buffering.intervalInSeconds === 0) {
    throw invalid('BufferingHints.IntervalInSeconds', 'zero buffering cannot be combined with dynamic partitioning')
  }
  const endpoint = config.endpoint && readEndpoint(config.endpoint)
  const refused =
    endpoint && (['conversion', 'dynamicPartitioning', 'fileExtension'] as const).find((name) => config[name])
  if (endpoint && refused) throw invalid(refused, `it has no meaning with the destination ${endpoint.kind.kind}`)
  return {
    config,
    prefix,
    errorPrefix,
    backupPrefix,
    lambdaKeys,
    delimiter: config.appendDelimiter ? Buffer.from(config.delimiter ?? '\n') : undefined,
    partition: readPartition(config),
    endpoint,
  }
}

function readPartition(config: S3Destination): Destination['partition'] {
  return Object.entries(config.dynamicPartitioning?.fields ?? {}).map(([name, text]) => {
    try {
      const ast = parse(text)
      const problem = check(ast)[0]
      if (problem) throw problem
      return { name, evaluate: compile(ast) }
    } catch (thrown) {
      const error = EngineError.from(thrown)
      throw new EngineError('InvalidArgumentException', `DynamicPartitioning field ${name}: ${error.message}`, {
        at: { ...error.at, field: `dynamicPartitioning.fields.${name}` },
      })
    }
  })
}

export function checkName(name: string): void {
  if (NAME.test(name)) return
  throw invalid('DeliveryStreamName', 'it has 1 to 64 letters, digits, dots, hyphens and underscores')
}

export function newDeliveryStream(
  name: string,
  destination: S3Destination,
  sourceStream: string | undefined,
  nowMs: number,
): DeliveryStreamInfo {
  return {
    name,
    arn: arn('firehose', `deliverystream/${name}`),
    status: 'ACTIVE',
    versionId: '1',
    createdMs: nowMs,
    ...(sourceStream !== undefined && { sourceStream }),
    destination,
  }
}

/** A change of destination needs the version it was made from, and makes the next one. */
export function withDestination(
  info: DeliveryStreamInfo,
  versionId: string,
  destination: S3Destination,
  nowMs: number,
): DeliveryStreamInfo {
  if (versionId !== info.versionId) {
    throw new EngineError(
      'ConcurrentModificationException',
      `The current version is ${info.versionId}, not ${versionId}: the destination was changed meanwhile. Read it again.`,
      { retry: true },
    )
  }
  return { ...info, destination, versionId: String(Number(info.versionId) + 1), updatedMs: nowMs }
}

export function notFound(name: string): EngineError {
  return new EngineError('ResourceNotFoundException', `Firehose ${name} under account 000000000000 not found.`)
}

/** Values of a table's partition keys out of an object's key, in the keys' order; undefined where the path is not of that table. */
export function partitionValues(
  objectKey: string,
  tablePrefix: string,
  keys: readonly string[],
): { values: string[]; directory: string } | undefined {
  if (keys.length === 0 || !objectKey.startsWith(tablePrefix)) return undefined
  const segments = objectKey.slice(tablePrefix.length).split('/').slice(0, -1)
  const named = new Map<string, string>()
  for (const segment of segments) {
    const equals = segment.indexOf('=')
    if (equals > 0) named.set(segment.slice(0, equals).toLowerCase(), decoded(segment.slice(equals + 1)))
  }
  const values = keys.map((key) => named.get(key.toLowerCase()))
  if (values.some((value) => value === undefined)) return undefined
  return { values: values as string[], directory: `${tablePrefix}${segments.join('/')}/` }
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

export function checkSizes(batch: RecordBatch): void {
  for (let i = 0, start = 0; i < batch.count; start = batch.dataEnds[i++]) {
    if (batch.dataEnds[i] - start > RECORD_BYTES_MAX) {
      throw new EngineError(
        'InvalidArgumentException',
        `Record ${i} has ${batch.dataEnds[i] - start} bytes; the limit is ${RECORD_BYTES_MAX}.`,
      )
    }
  }
}
