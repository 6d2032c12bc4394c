import { z } from 'zod'
import { EngineError } from '../../../kit/pure/errors.ts'
import { type Asked, type ConfigProblem, type Neighbour, type NodeContext, ui } from '../define.ts'
import { fixedPrefix } from '../kit/objects.ts'
import { transformConfig, transformOf } from './transform.ts'

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

export const deliveryConfig = z.object({
  name: z
    .string()
    .regex(
      /^[a-zA-Z0-9_.-]{1,64}$/,
      'A delivery stream name has 1 to 64 letters, digits, dots, hyphens and underscores.',
    )
    .meta(ui({ label: 'Delivery stream name' })),
  bucket: z
    .string()
    .regex(bucketName, 'A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens.')
    .meta(ui({ label: 'Bucket', editor: 'bucket', section: 'Destination' })),
  prefix: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Prefix',
        section: 'Destination',
        placeholder: 'events/year=!{timestamp:yyyy}/month=!{timestamp:MM}/',
        help: 'May hold !{timestamp:…}, and !{partitionKeyFromQuery:field} for each partition field.',
      }),
    ),
  errorPrefix: z
    .string()
    .default('errors/!{firehose:error-output-type}/')
    .meta(
      ui({ label: 'Error prefix', section: 'Destination', help: 'Where records land that could not be converted.' }),
    ),
  backupPrefix: z
    .string()
    .regex(/^$|\/$/, 'A prefix ends with /.')
    .default('')
    .meta(
      ui({
        label: 'Backup prefix',
        section: 'Destination',
        placeholder: 'source/',
        help: 'Where each record is also kept as it came, before any transform. Empty: nowhere.',
      }),
    ),
  partitionFields: z
    .array(z.string().min(1))
    .default([])
    .meta(
      ui({
        label: 'Partition fields',
        section: 'Destination',
        help: 'Dynamic partitioning, a field of the record in each line: their values make the prefix. At most 500 partitions are open at a time.',
      }),
    ),
  transform: transformConfig,
  format: z
    .enum(['parquet', 'json'])
    .default('parquet')
    .meta(
      ui({
        label: 'Format',
        section: 'Format',
        options: { parquet: 'Parquet', json: 'JSON lines' },
        help: 'Parquet takes its columns from the lake table wired after this node, or from the table named here.',
      }),
    ),
  database: z
    .string()
    .default('')
    .meta(ui({ label: 'Database', editor: 'database', section: 'Format' })),
  table: z
    .string()
    .default('')
    .meta(ui({ label: 'Table', editor: 'table', section: 'Format' })),
  compression: z
    .enum(['SNAPPY', 'GZIP', 'UNCOMPRESSED'])
    .default('SNAPPY')
    .meta(
      ui({
        label: 'Compression',
        section: 'Format',
        options: { SNAPPY: 'Snappy', GZIP: 'GZIP', UNCOMPRESSED: 'None' },
        help: 'JSON lines know GZIP or none; Snappy counts as none there.',
      }),
    ),
  bufferMB: z
    .number()
    .int()
    .min(1)
    .max(128)
    .default(5)
    .meta(ui({ label: 'Buffer size', unit: 'MiB', section: 'Buffer', help: 'Whichever is reached first delivers.' })),
  bufferSeconds: z
    .number()
    .int()
    .min(0)
    .max(900)
    .default(300)
    .meta(ui({ label: 'Buffer interval', unit: 's', section: 'Buffer', help: 'By the clock.' })),
  onStart: z
    .enum(['replace', 'append'])
    .default('append')
    .meta(
      ui({
        label: 'When a run starts',
        options: { replace: 'Empty the prefix first', append: 'Add to what is there' },
        help: 'Emptying deletes the objects under the fixed part of the prefix and of the error prefix, so that a run can be repeated.',
      }),
    ),
})

export type DeliveryConfig = z.output<typeof deliveryConfig>
export type DeliveryContext = NodeContext<DeliveryConfig>

/** Transforms that may answer partition keys with a record. */
const givesKeys = new Set<DeliveryConfig['transform']['by']>(['function', 'javascript'])

/** The service's names of what is told of prefixes. */
const FIELDS: Readonly<Record<string, keyof DeliveryConfig>> = {
  Prefix: 'prefix',
  ErrorOutputPrefix: 'errorPrefix',
  'S3BackupConfiguration.Prefix': 'backupPrefix',
  DynamicPartitioningConfiguration: 'partitionFields',
}

/** What only the engines know: whether prefixes stand, the function is there, and the query or the code can be read. */
export async function askDelivery(config: DeliveryConfig, { firehose }: Asked): Promise<ConfigProblem[]> {
  const transform = transformOf(config.transform)
  const asked = transform && problemOf(firehose.checkTransform({ transform }))
  const prefixes = await firehose.checkPrefixes(prefixesOf(config))
  const told = new Set(checkPartitioning(config).map(({ field }) => field))
  const found = prefixes.map(({ field, message }) => ({
    field: FIELDS[field] ?? 'prefix',
    // Behind the field's name it was the rest of a sentence.
    message: message[0].toUpperCase() + message.slice(1),
  }))
  const problem = await asked
  return [...found.filter(({ field }) => !told.has(field)), ...(problem ? [problem] : [])]
}

/** As the delivery stream is made with them. */
export function prefixesOf({ prefix, errorPrefix, backupPrefix, partitionFields }: DeliveryConfig) {
  const isDynamic = partitionFields.length > 0 || prefix.includes('!{partitionKeyFromLambda:')
  return {
    prefix,
    errorOutputPrefix: errorPrefix,
    ...(backupPrefix && { backupPrefix }),
    ...(isDynamic && { partitionFields }),
  }
}

async function problemOf(asked: Promise<unknown>): Promise<ConfigProblem | null> {
  try {
    await asked
    return null
  } catch (thrown) {
    const { domain, message, at } = EngineError.from(thrown)
    if (domain !== 'user') throw thrown
    const named = at?.field ?? ''
    // It is shown at its field.
    return {
      field: named.replace(/^destination\./, '') || 'transform',
      message: message.replace(`${named.replace(/^destination\./, '')}: `, ''),
    }
  }
}

export function checkDelivery(config: DeliveryConfig, { after }: { after: readonly Neighbour[] }): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const table = after.find((node) => node.kind === 'lake-table')
  if (config.format === 'parquet' && !table && !(config.database && config.table))
    problems.push({
      field: 'table',
      message: 'Parquet needs the columns of a table: wire a lake table after this node, or name one.',
    })
  const wanted = table ? String(table.config.prefix ?? '') : ''
  if (table && (table.config.bucket !== config.bucket || !config.prefix.startsWith(wanted)))
    problems.push({
      field: 'prefix',
      message: `The lake table after this node looks at s3://${table.config.bucket}/${wanted}: deliver there.`,
    })
  problems.push(...checkPartitioning(config))
  if (config.backupPrefix && fixedPrefix(config.prefix).startsWith(config.backupPrefix))
    problems.push({
      field: 'backupPrefix',
      message: 'What is delivered would lie among the copies here: give them a prefix of their own.',
    })
  if (config.onStart === 'replace' && (!fixedPrefix(config.prefix) || !fixedPrefix(config.errorPrefix)))
    problems.push({
      field: 'onStart',
      message: 'Without a fixed prefix and error prefix this would empty the whole bucket.',
    })
  return problems
}

/** Whether the prefix uses the partition fields, and these alone. */
function checkPartitioning(config: DeliveryConfig): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const field of config.partitionFields)
    if (!config.prefix.includes(`!{partitionKeyFromQuery:${field}}`))
      problems.push({
        field: 'prefix',
        message: `The prefix must use the partition field: !{partitionKeyFromQuery:${field}}.`,
      })
  for (const [, field] of config.prefix.matchAll(/!\{partitionKeyFromQuery:([^}]*)\}/g))
    if (!config.partitionFields.includes(field))
      problems.push({ field: 'partitionFields', message: `The prefix uses ${field}, which is not a partition field.` })
  if (config.prefix.includes('!{partitionKeyFromLambda:') && !givesKeys.has(config.transform.by))
    problems.push({
      field: 'transform',
      message: 'The prefix uses keys that a function gives for each record: choose a function, or JavaScript.',
    })
  return problems
}
