import type { DeliveryStats } from '../../../firehose/contract.ts'
import type { RecordBatch } from '../../../kit/pure/batch.ts'
import type { VersionsOutput } from '../define.ts'
import { fixedPrefix } from '../kit/objects.ts'
import { gather, payloadTexts, rememberedRows } from '../kit/rows.ts'
import type { DeliveryContext } from './config.ts'
import { addPayload, type Plan } from './plan.ts'

/** Puts what comes in, and shows what lands until the last of it has. */
export async function deliver(context: DeliveryContext, plan: Plan): Promise<void> {
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

/** Firehose bills each record in steps of 5 KiB. */
function roundedBytes(batch: RecordBatch): number {
  let sum = 0
  for (let i = 0, start = 0; i < batch.count; start = batch.dataEnds[i++])
    sum += Math.ceil((batch.dataEnds[i] - start) / 5120) * 5120
  return sum
}

function addSent(plan: Plan, batch: RecordBatch): void {
  const { sent, addRow } = plan
  plan.sentBytes += batch.dataEnds[batch.count - 1] ?? 0
  const rows = addRow && rememberedRows(batch)
  if (addRow && rows) for (const row of rows) addRow(sent, row)
  else for (const text of payloadTexts(batch)) addPayload(sent, text, addRow)
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
  meter.set({
    rowsOut: rows,
    bytesOut: bytes,
    filtered: stats.droppedRecords - before.droppedRecords,
    failed: stats.failedRecords - before.failedRecords,
  })
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
