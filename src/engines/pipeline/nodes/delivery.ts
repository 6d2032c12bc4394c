import { z } from 'zod'
import { type DeliveryStats, S3Destination } from '../../firehose/contract.ts'
import type { RecordBatch } from '../../kit/pure/batch.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import {
  type ConfigProblem,
  defineNode,
  type Neighbour,
  type NodeContext,
  type SinkAccount,
  ui,
  type VersionsOutput,
} from './define.ts'
import { addText, type Digest, digestText, emptyDigest, rowDigester, sameDigest } from './kit/digest.ts'
import { emptyPrefix, ensureBucket, fixedPrefix, listAll, type StoredObject } from './kit/objects.ts'
import { batchBytes, joinBatches, parseRow, payloadTexts, rememberedRows } from './kit/rows.ts'

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
  partitionFields: z
    .array(z.string().min(1))
    .default([])
    .meta(
      ui({
        label: 'Partition fields',
        section: 'Destination',
        help: 'Dynamic partitioning: fields of the record whose values make the prefix. At most 500 partitions are open at a time.',
      }),
    ),
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

type DeliveryConfig = z.output<typeof deliveryConfig>
type DeliveryContext = NodeContext<DeliveryConfig>
type AddRow = (digest: Digest, row: Record<string, unknown>) => void

const PUT_BYTES = 1024 * 1024

interface Plan {
  /** Objects that were there before the run: they are not this run's. */
  readonly before: ReadonlySet<string>
  readonly statsBefore: DeliveryStats
  /** Adds a record to a sum by the table's columns; null where objects hold the text as it came. */
  readonly addRow: AddRow | null
  readonly sent: Digest
}

function checkDelivery(config: DeliveryConfig, { after }: { after: readonly Neighbour[] }): ConfigProblem[] {
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
  for (const field of config.partitionFields)
    if (!config.prefix.includes(`!{partitionKeyFromQuery:${field}}`))
      problems.push({
        field: 'prefix',
        message: `The prefix must use the partition field: !{partitionKeyFromQuery:${field}}.`,
      })
  for (const [, field] of config.prefix.matchAll(/!\{partitionKeyFromQuery:([^}]*)\}/g))
    if (!config.partitionFields.includes(field))
      problems.push({ field: 'partitionFields', message: `The prefix uses ${field}, which is not a partition field.` })
  if (config.onStart === 'replace' && (!fixedPrefix(config.prefix) || !fixedPrefix(config.errorPrefix)))
    problems.push({
      field: 'onStart',
      message: 'Without a fixed prefix and error prefix this would empty the whole bucket.',
    })
  return problems
}

/** The table whose columns the records take: the one wired after the node before the one named. */
function tableOf(context: DeliveryContext): { database: string; table: string } | null {
  const { config } = context
  if (config.format !== 'parquet') return null
  const wired = context.neighbours('out').find((node) => node.kind === 'lake-table')
  if (wired) return { database: String(wired.config.database), table: String(wired.config.table) }
  return { database: config.database, table: config.table }
}

async function prepareDelivery(context: DeliveryContext): Promise<Plan> {
  const { clients, config } = context
  await ensureBucket(clients, config.bucket)
  const conversion = tableOf(context)
  const table = conversion && (await clients.catalog.getTable(conversion))
  await ensureDeliveryStream(context, conversion)
  if (config.onStart === 'replace') {
    // What an earlier run left in the buffer lands first, so that it is gone with the rest.
    await clients.firehose.flush({ name: config.name })
    await emptyPrefix(clients, config.bucket, fixedPrefix(config.prefix))
    await emptyPrefix(clients, config.bucket, fixedPrefix(config.errorPrefix))
    // Partitions stay in the catalog: they are empty now, and their days are delivered again.
  }
  const before = config.onStart === 'append' ? await ownObjects(context) : []
  return {
    before: new Set(before.map((object) => object.key)),
    statsBefore: await clients.firehose.stats({ name: config.name }),
    addRow: table ? rowDigester(table.columns) : null,
    sent: emptyDigest(),
  }
}

function ownObjects({ clients, config }: DeliveryContext): Promise<StoredObject[]> {
  return listAll(clients, config.bucket, fixedPrefix(config.prefix))
}

async function ensureDeliveryStream(
  context: DeliveryContext,
  conversion: { database: string; table: string } | null,
): Promise<void> {
  const { clients, config } = context
  const destination = {
    bucket: config.bucket,
    prefix: config.prefix,
    errorOutputPrefix: config.errorPrefix,
    buffering: { sizeInMBs: config.bufferMB, intervalInSeconds: config.bufferSeconds },
    compression: conversion || config.compression !== 'GZIP' ? ('UNCOMPRESSED' as const) : ('GZIP' as const),
    ...(conversion && { conversion: { ...conversion, parquetCompression: config.compression } }),
    ...(config.partitionFields.length > 0 && {
      dynamicPartitioning: {
        fields: Object.fromEntries(config.partitionFields.map((field) => [field, quoted(field)])),
      },
    }),
    appendDelimiter: !conversion,
  }
  const known = (await clients.firehose.listDeliveryStreams({})).find((other) => other.name === config.name)
  if (!known) {
    await clients.firehose.createDeliveryStream({ name: config.name, destination })
    return
  }
  if (known.sourceStream)
    throw new EngineError(
      'ResourceInUseException',
      `The delivery stream ${config.name} reads from the data stream ${known.sourceStream} and takes no puts: choose another name.`,
      { at: { field: 'name' } },
    )
  const wanted = S3Destination.parse(destination)
  const same = covers(known.destination, wanted) && covers(wanted, known.destination)
  if (!same) await clients.firehose.updateDestination({ name: config.name, versionId: known.versionId, destination })
}

/** A field by its name as an expression. */
function quoted(field: string): string {
  return `"${field.replaceAll('"', '""')}"`
}

/** Whether all that is wanted is so already. */
function covers(has: unknown, wants: unknown): boolean {
  if (wants === null || typeof wants !== 'object') return has === wants
  if (has === null || typeof has !== 'object') return false
  return Object.entries(wants).every(([key, value]) => covers((has as Record<string, unknown>)[key], value))
}

async function deliver(context: DeliveryContext, plan: Plan): Promise<void> {
  const { clients, config, meter } = context
  const input = context.records('in')!
  const landed = context.relation('out')
  const watching = new AbortController()
  const watch = context.branch((own) => own.idle(watchDelivery(own, plan, landed, watching.signal)))
  // Its failure is told when the records have ended; until then the puts tell what is wrong.
  watch.catch(() => {})
  try {
    for (let batch = await input.take(); batch; batch = await input.take()) {
      const whole = gather(input.takeReady, batch, (each) => addSent(plan, each))
      const billed = roundedBytes(whole)
      meter.charge('firehose.bytes', billed)
      if (config.format === 'parquet') meter.charge('firehose.conversionBytes', billed)
      await context.patient(clients.firehose.put({ name: config.name, batch: whole }))
    }
    // Watched while it empties, so that what is still to be written is seen to shrink.
    show(context, plan, await context.idle(clients.firehose.flush({ name: config.name })), landed)
  } finally {
    watching.abort()
    await watch
  }
}

/** Joins what lies ready to one larger put. */
function gather(
  takeReady: () => RecordBatch | null,
  first: RecordBatch,
  look: (batch: RecordBatch) => void,
): RecordBatch {
  const batches: RecordBatch[] = []
  let bytes = 0
  for (let next: RecordBatch | null = first; next; next = bytes < PUT_BYTES ? takeReady() : null) {
    look(next)
    batches.push(next)
    bytes += batchBytes(next)
  }
  return joinBatches(batches)
}

/** Firehose bills each record in steps of 5 KiB. */
function roundedBytes(batch: RecordBatch): number {
  let sum = 0
  for (let i = 0, start = 0; i < batch.count; start = batch.dataEnds[i++])
    sum += Math.ceil((batch.dataEnds[i] - start) / 5120) * 5120
  return sum
}

function addSent({ sent, addRow }: Plan, batch: RecordBatch): void {
  const rows = addRow && rememberedRows(batch)
  if (addRow && rows) for (const row of rows) addRow(sent, row)
  else for (const text of payloadTexts(batch)) addPayload(sent, text, addRow)
}

function addPayload(digest: Digest, text: string, addRow: AddRow | null): void {
  const row = addRow ? parseRow(text) : text
  if (addRow && typeof row !== 'string') addRow(digest, row)
  else addText(digest, text)
}

async function watchDelivery(
  context: DeliveryContext,
  plan: Plan,
  landed: VersionsOutput | null,
  signal: AbortSignal,
): Promise<void> {
  const { clients, config } = context
  try {
    for await (const stats of clients.firehose.watchStats({ name: config.name }, { signal }))
      show(context, plan, stats, landed)
  } catch (thrown) {
    if (!signal.aborted) throw thrown
  }
}

const shown = new WeakMap<Plan, number>()

function show(context: DeliveryContext, plan: Plan, stats: DeliveryStats, landed: VersionsOutput | null): void {
  const { meter, clock, config } = context
  const before = plan.statsBefore
  const rows = stats.deliveredRecords - before.deliveredRecords
  const bytes = stats.deliveredBytes - before.deliveredBytes
  const objects = stats.deliveredObjects - before.deliveredObjects
  meter.set({ rowsOut: rows, bytesOut: bytes, failed: stats.failedRecords - before.failedRecords })
  const { bufferedRecords: buffered, nextFlushMs: dueMs } = stats
  meter.pending(buffered > 0 ? { what: 'buffered', rows: buffered, dueMs } : null)
  const flush =
    stats.nextFlushMs === null
      ? ''
      : `, next delivery in ${Math.max(0, Math.ceil((stats.nextFlushMs - clock.now()) / 1000))} s`
  meter.note(`${objects} objects${flush}`)
  meter.warn(stats.lastError)
  if (!landed || shown.get(plan) === objects || objects === 0) return
  shown.set(plan, objects)
  landed.publish({
    reference: {
      type: 'files',
      location: `s3://${config.bucket}/${fixedPrefix(config.prefix)}`,
      format: config.format,
    },
    rows,
    bytes,
  })
}

/** Reads every row back out of the objects that the run wrote, and counts those under the error prefix. */
async function accountDelivery(context: DeliveryContext, plan: Plan): Promise<SinkAccount> {
  const { clients, config, meter } = context
  const objects = (await ownObjects(context)).filter((object) => !plan.before.has(object.key))
  meter.charge('s3.put', objects.length)
  const found = emptyDigest()
  if (config.format === 'json') {
    for (const { key } of objects) await addJsonObject(context, key, found)
  } else if (plan.before.size === 0 && objects.length > 0) {
    await addParquet(context, plan, `s3://${config.bucket}/${fixedPrefix(config.prefix)}`, found)
  } else {
    for (const { key } of objects) await addParquet(context, plan, `s3://${config.bucket}/${key}`, found)
  }
  const stats = await clients.firehose.stats({ name: config.name })
  const failed = stats.failedRecords - plan.statsBefore.failedRecords
  const dropped = stats.droppedRecords - plan.statsBefore.droppedRecords
  const whole = failed === 0 && dropped === 0
  // Where some rows failed, the sum of those that arrived cannot be known beforehand: then the counts must add up.
  const agrees = whole ? sameDigest(found, plan.sent) : found.count + failed + dropped === plan.sent.count
  const hashes =
    whole && !agrees && found.count === plan.sent.count
      ? `, key hash ${digestText(found)} instead of ${digestText(plan.sent)}`
      : ''
  return {
    readBack: found.count,
    failed,
    agrees,
    note:
      agrees && whole
        ? `key hash ${digestText(found)} in ${objects.length} objects`
        : `${plan.sent.count} rows sent${hashes}`,
  }
}

async function addParquet(context: DeliveryContext, plan: Plan, uri: string, found: Digest): Promise<void> {
  const rows = context.clients.catalog.scan({ uri, format: 'parquet', batchRows: 10_000 }, { signal: context.signal })
  for await (const { batch } of rows) for (const text of payloadTexts(batch)) addPayload(found, text, plan.addRow)
}

async function addJsonObject(context: DeliveryContext, key: string, found: Digest): Promise<void> {
  const { body } = await context.clients.lake.getObject({ bucket: context.config.bucket, key })
  const zipped = body[0] === 0x1f && body[1] === 0x8b
  const stream = new Blob([body.slice()]).stream()
  const text = await new Response(zipped ? stream.pipeThrough(new DecompressionStream('gzip')) : stream).text()
  for (const line of text.split('\n')) if (line) addText(found, line)
}

export const delivery = defineNode({
  kind: 'delivery',
  title: 'Delivery stream',
  service: 'Data Firehose',
  summary: 'Buffers records by size or time and lands them in the lake as Parquet or JSON.',
  group: 'Delivery',
  icon: 'truck',
  inputs: [{ name: 'in', type: 'records', required: true, many: true }],
  outputs: [{ name: 'out', type: 'relation', title: 'Delivered files' }],
  version: 1,
  config: deliveryConfig,
  behaviour: {
    owns: (config) => [`delivery stream "${config.name}"`],
    check: checkDelivery,
    prepare: prepareDelivery,
    run: deliver,
    account: accountDelivery,
    reference: (config) => ({
      type: 'files',
      location: `s3://${config.bucket}/${fixedPrefix(config.prefix)}`,
      format: config.format,
    }),
  },
})
