import type { SinkAccount } from '../define.ts'
import { addText, type Digest, digestText, emptyDigest, sameDigest } from '../kit/digest.ts'
import { fixedPrefix } from '../kit/objects.ts'
import { payloadTexts } from '../kit/rows.ts'
import type { DeliveryContext } from './config.ts'
import { addPayload, ownObjects, type Plan } from './plan.ts'

/** Reads every row back out of the objects that the run wrote, and counts those under the error prefix. */
export async function accountDelivery(context: DeliveryContext, plan: Plan): Promise<SinkAccount> {
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
