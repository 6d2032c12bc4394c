import type { RecordBatch } from '../../../kit/pure/batch.ts'
import { EMPTY_BATCH, keyText, selectRecords } from '../../../kit/pure/batch.ts'
import { EngineError } from '../../../kit/pure/errors.ts'
import { addRecords, emptyDigest, subtractDigest } from '../kit/digest.ts'
import { copyBatch, gather, joinBatches, sliceBatch } from '../kit/rows.ts'
import type { StreamContext } from './config.ts'
import type { Ledger } from './ledger.ts'
import { note } from './note.ts'

/** One put of the stock clients: so many refused records are tried again at a time. */
const RETRY_RECORDS = 500
const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 2000
/** So many refused records may wait before the node takes no new ones, and what comes before it feels the pressure. */
const PENDING_RECORDS = 5000
/** Virtual time waits while the consumer is further behind than this. */
const LAG_RECORDS = 20_000

/**
 * Puts what comes in. Records that a shard's quota refused wait, in order, and are tried again after a pause that grows while nothing
 * gets through; records of a key that has some waiting queue behind them, so that the order per key stays. (Within one PutRecords AWS
 * itself promises no order.)
 */
export async function produce(context: StreamContext, ledger: Ledger): Promise<void> {
  const { clock } = context
  const input = context.records('in')
  if (!input) return
  let pending: RecordBatch | null = null
  let waitingKeys = new Set<string>()
  let backoffMs = FIRST_BACKOFF_MS
  let retryMs = 0
  const keep = (batch: RecordBatch) => {
    if (batch.count === 0) return
    pending = pending ? joinBatches([pending, batch]) : batch
    for (let i = 0; i < batch.count; i++) waitingKeys.add(keyText(batch, i))
  }
  const retry = async (waiting: RecordBatch) => {
    const count = Math.min(waiting.count, Math.max(RETRY_RECORDS, Math.ceil(waiting.count / 10)))
    const refused = await putOnce(context, ledger, sliceBatch(waiting, 0, count))
    const progress = refused.count < count
    const rest = count < waiting.count ? sliceBatch(waiting, count, waiting.count) : null
    pending = null
    waitingKeys = new Set()
    keep(refused)
    if (rest) keep(rest)
    backoffMs = progress ? FIRST_BACKOFF_MS : Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)
    retryMs = clock.now() + (refused.count === 0 ? 0 : backoffMs)
  }
  for (;;) {
    const waiting: RecordBatch | null = pending
    input.unsettled = waiting !== null
    const full = waiting !== null && (waiting as RecordBatch).count >= PENDING_RECORDS
    if (full && clock.now() < retryMs) await sleepOn(context, retryMs)
    // What is due to be sent again goes before what has come meanwhile, so that the order does not hang on real timing.
    const due = full || (waiting !== null && clock.now() >= retryMs)
    const next = due ? 'due' : waiting ? await input.takeUntil(retryMs) : await input.take()
    if (next === null && !waiting) break
    if (next === 'due' || next === null) {
      if (next === null && clock.now() < retryMs) await sleepOn(context, retryMs)
      if (waiting) await retry(waiting)
      ledger.refused = (pending as RecordBatch | null)?.count ?? 0
      note(context, ledger)
      continue
    }
    // With quotas it matters what is put together, and what lies ready is a matter of real timing: then each batch goes by itself.
    const batch = context.config.quotas ? next : gather(input.takeReady, next)
    const [free, behind] = waiting ? partByKey(batch, waitingKeys) : [batch, null]
    if (behind) keep(behind)
    if (free.count > 0) {
      const refused = await putOnce(context, ledger, free)
      if (refused.count > 0 && !waiting) {
        backoffMs = FIRST_BACKOFF_MS
        retryMs = clock.now() + backoffMs
      }
      keep(refused)
    }
    ledger.refused = (pending as RecordBatch | null)?.count ?? 0
    note(context, ledger)
    if (ledger.behind > LAG_RECORDS && !ledger.blocked && context.out('out'))
      await context.holdFor(ledger.when(() => ledger.behind <= LAG_RECORDS / 2 || ledger.blocked))
  }
  ledger.complete = true
  ledger.refused = 0
  ledger.look()
  note(context, ledger)
}

/** Sleeps although the sources have been told to stop: what was refused is still to be delivered. */
async function sleepOn(context: StreamContext, untilMs: number): Promise<void> {
  await context.idle(
    new Promise<void>((resolve) => {
      context.clock.at(untilMs, resolve)
    }),
  )
  if (context.signal.aborted) throw context.signal.reason
}

/** Puts a batch and gives back what was refused. */
async function putOnce(context: StreamContext, ledger: Ledger, batch: RecordBatch): Promise<RecordBatch> {
  const { clients, config } = context
  // The batch changes hands with the put, so its sum is taken before; what is refused is taken out again.
  addRecords(ledger.put, batch)
  const kept = config.quotas ? copyBatch(batch) : batch
  const quantity = ledger.cost.quantity(batch)
  const result = await context.patient(clients.stream.put({ stream: config.stream, batch }))
  const refused = ledger.accepted(result.shards, result.offsets)
  if (refused.length === 0) {
    ledger.cost.put(quantity)
    return EMPTY_BATCH
  }
  if (!config.quotas)
    throw new EngineError(
      'ProvisionedThroughputExceededException',
      `The stream ${config.stream} refused records although this node asks for no quotas: someone switched them on while the run was going.`,
      { retry: true },
    )
  ledger.throttled += refused.length
  const again = selectRecords(kept, refused)
  ledger.cost.put(quantity - ledger.cost.quantity(again))
  const sum = emptyDigest()
  addRecords(sum, again)
  subtractDigest(ledger.put, sum)
  return again
}

function partByKey(batch: RecordBatch, waitingKeys: ReadonlySet<string>): [RecordBatch, RecordBatch | null] {
  const free: number[] = []
  const behind: number[] = []
  for (let i = 0; i < batch.count; i++) (waitingKeys.has(keyText(batch, i)) ? behind : free).push(i)
  if (behind.length === 0) return [batch, null]
  return [selectRecords(batch, free), selectRecords(batch, behind)]
}
