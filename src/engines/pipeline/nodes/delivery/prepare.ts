import { S3Destination } from '../../../firehose/contract.ts'
import { EngineError } from '../../../kit/pure/errors.ts'
import { emptyDigest, rowDigester } from '../kit/digest.ts'
import { emptyPrefix, ensureBucket, fixedPrefix } from '../kit/objects.ts'
import { type DeliveryContext, prefixesOf } from './config.ts'
import { landed, type Plan } from './plan.ts'
import { transformOf } from './transform.ts'

export async function prepareDelivery(context: DeliveryContext): Promise<Plan> {
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
    if (config.backupPrefix) await emptyPrefix(clients, config.bucket, config.backupPrefix)
    // Partitions stay in the catalog: they are empty now, and their days are delivered again.
  }
  return {
    before: new Set(config.onStart === 'append' ? await keysOf(context) : []),
    statsBefore: await clients.firehose.stats({ name: config.name }),
    addRow: table ? rowDigester(table.columns) : null,
    sent: emptyDigest(),
    sentBytes: 0,
  }
}

async function keysOf(context: DeliveryContext): Promise<string[]> {
  const { delivered, failed, copies } = await landed(context)
  return [...delivered, ...failed, ...copies].map(({ key }) => key)
}

/** The table whose columns the records take: the one wired after the node before the one named. */
function tableOf(context: DeliveryContext): { database: string; table: string } | null {
  const { config } = context
  if (config.format !== 'parquet') return null
  const wired = context.neighbours('out').find((node) => node.kind === 'lake-table')
  if (wired) return { database: String(wired.config.database), table: String(wired.config.table) }
  return { database: config.database, table: config.table }
}

async function ensureDeliveryStream(
  context: DeliveryContext,
  conversion: { database: string; table: string } | null,
): Promise<void> {
  const { clients, config } = context
  const transform = transformOf(config.transform)
  const { partitionFields, ...prefixes } = prefixesOf(config)
  const destination = {
    bucket: config.bucket,
    ...prefixes,
    buffering: { sizeInMBs: config.bufferMB, intervalInSeconds: config.bufferSeconds },
    compression: conversion || config.compression !== 'GZIP' ? ('UNCOMPRESSED' as const) : ('GZIP' as const),
    ...(conversion && { conversion: { ...conversion, parquetCompression: config.compression } }),
    ...(transform && { transform }),
    ...(config.backupPrefix && { backupCompression: 'UNCOMPRESSED' as const }),
    ...(partitionFields && {
      dynamicPartitioning: { fields: Object.fromEntries(partitionFields.map((field) => [field, quoted(field)])) },
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
