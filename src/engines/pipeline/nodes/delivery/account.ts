import type { SinkAccount } from '../define.ts'
import { addText, type Digest, digestText, emptyDigest, sameDigest } from '../kit/digest.ts'
import { fixedPrefix, type StoredObject } from '../kit/objects.ts'
import { payloadTexts } from '../kit/rows.ts'
import type { DeliveryContext } from './config.ts'
import { addPayload, landed, type Plan } from './plan.ts'

/** Reads every row back out of the objects that the run wrote, and those under the error prefix and the copies too. */
export async function accountDelivery(context: DeliveryContext, plan: Plan): Promise<SinkAccount> {
  const { clients, config, meter } = context
  const all = await landed(context)
  const ofRun = (objects: readonly StoredObject[]) => objects.filter(({ key }) => !plan.before.has(key))
  const [objects, errors, copies] = [all.delivered, all.failed, all.copies].map(ofRun)
  meter.charge('s3.put', objects.length + errors.length + copies.length)
  const stats = await clients.firehose.stats({ name: config.name })
  const failed = stats.failedRecords - plan.statsBefore.failedRecords
  const dropped = stats.droppedRecords - plan.statsBefore.droppedRecords
  meter.set({ filtered: dropped, failed })
  const found = await rowsOf(context, plan, objects)
  const notes = [
    rowsNote(context, plan, found, failed + dropped),
    await errorsNote(context, errors, failed),
    await copiesNote(context, plan, copies),
  ].filter((note) => note !== undefined)
  return {
    readBack: found.count,
    failed,
    agrees: notes.every(({ agrees }) => agrees),
    note: `${notes.map(({ text }) => text).join(', ')} in ${objects.length} objects`,
  }
}

interface Note {
  readonly text: string
  readonly agrees: boolean
}

/** `gone` were dropped, or failed. */
function rowsNote({ config }: DeliveryContext, { sent }: Plan, found: Digest, gone: number): Note {
  const { by } = config.transform
  if (by === 'none' && gone === 0) {
    const agrees = sameDigest(found, sent)
    const hashes = `key hash ${digestText(found)}`
    if (agrees || found.count === sent.count)
      return { agrees, text: agrees ? hashes : `${sent.count} rows sent, ${hashes} instead of ${digestText(sent)}` }
  }
  // The sum of what arrived cannot be known beforehand: then the counts must add up. A function may answer a record as several lines.
  const wanted = sent.count - gone
  const agrees = by === 'function' || by === 'javascript' ? found.count >= wanted : found.count === wanted
  return { agrees, text: `${sent.count} rows sent` }
}

async function errorsNote(
  context: DeliveryContext,
  errors: readonly StoredObject[],
  failed: number,
): Promise<Note | undefined> {
  // What could not be delivered at all lies there in its own format.
  if (errors.some(({ key }) => key.endsWith('.parquet'))) return undefined
  let lines = 0
  for (const { key } of errors) for (const line of (await textOf(context, key)).split('\n')) if (line) lines++
  if (lines === 0 && failed === 0) return undefined
  const agrees = lines === failed
  return { agrees, text: `${lines} ${agrees ? '' : `instead of ${failed} `}under the error prefix` }
}

/** Copies are told by their bytes: without a delimiter nobody could take them apart. */
async function copiesNote(
  { config }: DeliveryContext,
  { sent, sentBytes }: Plan,
  copies: readonly StoredObject[],
): Promise<Note | undefined> {
  if (!config.backupPrefix) return undefined
  const bytes = copies.reduce((sum, { size }) => sum + size, 0)
  const wanted = sentBytes + (config.format === 'json' ? sent.count : 0)
  const agrees = bytes === wanted
  return { agrees, text: `${bytes} ${agrees ? '' : `instead of ${wanted} `}bytes kept as they came` }
}

async function rowsOf(context: DeliveryContext, plan: Plan, objects: readonly StoredObject[]): Promise<Digest> {
  const { config } = context
  const found = emptyDigest()
  const folder = fixedPrefix(config.prefix)
  const shared = [fixedPrefix(config.errorPrefix), config.backupPrefix].some((prefix) => prefix.startsWith(folder))
  if (config.format === 'json')
    for (const { key } of objects) {
      for (const line of (await textOf(context, key)).split('\n')) if (line) addText(found, line)
    }
  else if (plan.before.size === 0 && objects.length > 0 && !shared)
    await addParquet(context, plan, `s3://${config.bucket}/${folder}`, found)
  else for (const { key } of objects) await addParquet(context, plan, `s3://${config.bucket}/${key}`, found)
  return found
}

async function addParquet(context: DeliveryContext, plan: Plan, uri: string, found: Digest): Promise<void> {
  const rows = context.clients.catalog.scan({ uri, format: 'parquet', batchRows: 10_000 }, { signal: context.signal })
  for await (const { batch } of rows) for (const text of payloadTexts(batch)) addPayload(found, text, plan.addRow)
}

async function textOf({ clients, config }: DeliveryContext, key: string): Promise<string> {
  const { body } = await clients.lake.getObject({ bucket: config.bucket, key })
  const zipped = body[0] === 0x1f && body[1] === 0x8b
  const stream = new Blob([body.slice()]).stream()
  return new Response(zipped ? stream.pipeThrough(new DecompressionStream('gzip')) : stream).text()
}
