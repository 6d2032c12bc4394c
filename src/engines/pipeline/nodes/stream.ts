import { z } from 'zod'
import type { RecordBatch } from '../../kit/pure/batch.ts'
import { EMPTY_BATCH, keyText, selectRecords } from '../../kit/pure/batch.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { deaggregateBatch } from '../../kit/pure/kpl.ts'
import { abortion, Outlasting } from '../../kit/pure/outlasting.ts'
import { defineNode, type NodeContext, type SinkAccount, ui } from './define.ts'
import { addRecords, digestText, emptyDigest, sameDigest, subtractDigest } from './kit/digest.ts'
import { Ledger } from './kit/ledger.ts'
import { batchBytes, copyBatch, joinBatches, sliceBatch } from './kit/rows.ts'
import { StreamCost } from './kit/stream-cost.ts'

export const streamConfig = z.object({
  stream: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{1,128}$/, 'A stream name has 1 to 128 letters, digits, dots, hyphens and underscores.')
    .meta(ui({ label: 'Stream name', editor: 'stream' })),
  mode: z
    .enum(['PROVISIONED', 'ON_DEMAND'])
    .default('PROVISIONED')
    .meta(ui({ label: 'Capacity mode', options: { PROVISIONED: 'Provisioned', ON_DEMAND: 'On-demand' } })),
  shards: z
    .number()
    .int()
    .min(1)
    .max(500)
    .default(1)
    .meta(
      ui({
        label: 'Shards',
        help: 'Used when the stream is created. A stream that exists keeps the shards it has: split or merge them in its monitor.',
      }),
    ),
  quotas: z
    .boolean()
    .default(true)
    .meta(
      ui({
        label: 'Enforce quotas',
        help: 'Each shard takes 1,000 records/s and 1 MiB/s, as at AWS. What is refused is sent again after a pause.',
      }),
    ),
  durability: z
    .enum(['fsync', 'os', 'memory'])
    .default('fsync')
    .meta(
      ui({
        label: 'Durability',
        options: { fsync: 'On disk', os: 'Operating system', memory: 'Memory' },
        help: 'When a record counts as stored: it survives a power cut, a crash of the program, or neither.',
      }),
    ),
  retentionHours: z
    .number()
    .int()
    .min(24)
    .max(8760)
    .default(24)
    .meta(ui({ label: 'Retention', unit: 'hours' })),
  start: z
    .enum(['tip', 'checkpoint', 'oldest'])
    .default('tip')
    .meta(
      ui({
        label: 'Start reading at',
        section: 'Consumer',
        options: {
          tip: 'Records of this run',
          checkpoint: 'Where the last run ended',
          oldest: 'The oldest record kept',
        },
        help: '"Records of this run" leaves what earlier runs put there unread, so that a run can be repeated.',
      }),
    ),
  consumer: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{0,128}$/, 'A consumer name has letters, digits, dots, hyphens and underscores.')
    .default('')
    .meta(
      ui({
        label: 'Consumer name',
        section: 'Consumer',
        help: 'Names the reader in the stream monitor and keeps its checkpoints. Empty: the pipeline and this node.',
      }),
    ),
})

type StreamContext = NodeContext<z.output<typeof streamConfig>>

const PUT_BYTES = 1024 * 1024
/** One put of the stock clients: so many refused records are tried again at a time. */
const RETRY_RECORDS = 500
const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 2000
/** So many refused records may wait before the node takes no new ones, and what comes before it feels the pressure. */
const PENDING_RECORDS = 5000
/** Virtual time waits while the consumer is further behind than this. */
const LAG_RECORDS = 20_000

async function prepareStream(context: StreamContext): Promise<Ledger> {
  const { clients, config } = context
  const { stream, mode, quotas, durability, retentionHours } = config
  const known = (await clients.stream.listStreams({})).find((other) => other.name === stream)
  if (!known)
    await clients.stream.createStream({
      stream,
      mode,
      quotas,
      durability,
      retentionHours,
      ...(mode === 'PROVISIONED' && { shardCount: config.shards }),
    })
  else if (
    known.mode !== mode ||
    known.quotas !== quotas ||
    known.durability !== durability ||
    known.retentionHours !== retentionHours
  )
    await clients.stream.updateStream({ stream, mode, quotas, durability, retentionHours })
  let info = await clients.stream.describeStream({ stream })
  while (info.status !== 'ACTIVE') {
    if (info.status === 'DELETING')
      throw new EngineError('ResourceInUseException', `The stream ${stream} is being deleted.`)
    await context.sleepReal(20)
    info = await clients.stream.describeStream({ stream })
  }
  const consumer = config.consumer || `${context.pipeline}-${context.id}`.replace(/[^a-zA-Z0-9_.-]/g, '-').slice(0, 128)
  const tips = new Map(info.shards.map((shard) => [shard.shardId, shard.nextOffset]))
  const kept = config.start === 'checkpoint' ? await clients.stream.checkpoints({ stream, consumer }) : {}
  const starts = new Map(
    info.shards.map((shard) => [
      shard.shardId,
      config.start === 'tip' ? shard.nextOffset : (kept[shard.shardId] ?? shard.firstOffset),
    ]),
  )
  if (context.neighbours('out').length > 0)
    for (const [shardId, offset] of starts) await clients.stream.checkpoint({ stream, consumer, shardId, offset })
  const shards = info.shards.filter(({ closedMs }) => closedMs === undefined).length
  const charge = (item: string, quantity: number) => context.meter.charge(item, quantity)
  const cost = new StreamCost({ mode, shards, retentionHours }, charge, context.clock.now())
  return new Ledger(consumer, cost, starts, tips)
}

/**
 * Puts what comes in. Records that a shard's quota refused wait, in order, and are tried again after a pause that grows while nothing
 * gets through; records of a key that has some waiting queue behind them, so that the order per key stays. (Within one PutRecords AWS
 * itself promises no order.)
 */
async function produce(context: StreamContext, ledger: Ledger): Promise<void> {
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

function note(context: StreamContext, ledger: Ledger): void {
  ledger.cost.until(context.clock.now())
  const { refused } = ledger
  const rows = refused + (context.out('out') ? ledger.behind : 0)
  const what = refused > 0 ? 'held back by quotas' : 'still to be consumed'
  context.meter.pending(rows > 0 ? { what, rows } : null)
  if (ledger.throttled === 0) return
  const waiting = refused > 0 ? `, ${refused.toLocaleString('en')} waiting` : ''
  context.meter.note(`${ledger.throttled.toLocaleString('en')} throttled and sent again${waiting}`)
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

/** Joins what lies ready to one larger put. */
function gather(takeReady: () => RecordBatch | null, first: RecordBatch): RecordBatch {
  const batches = [first]
  let bytes = batchBytes(first)
  while (bytes < PUT_BYTES) {
    const more = takeReady()
    if (!more) break
    batches.push(more)
    bytes += batchBytes(more)
  }
  return joinBatches(batches)
}

function partByKey(batch: RecordBatch, waitingKeys: ReadonlySet<string>): [RecordBatch, RecordBatch | null] {
  const free: number[] = []
  const behind: number[] = []
  for (let i = 0; i < batch.count; i++) (waitingKeys.has(keyText(batch, i)) ? behind : free).push(i)
  if (behind.length === 0) return [batch, null]
  return [selectRecords(batch, free), selectRecords(batch, behind)]
}

/**
 * Reads every shard from where the run starts, and marks as done with what the sinks behind have acknowledged. What KPL aggregated goes on
 * as the records that its producers put; accounts and checkpoints are of the records that the stream holds.
 */
async function consume(context: StreamContext, ledger: Ledger): Promise<void> {
  const { clients, config } = context
  const out = context.out('out')!
  const ends = new AbortController()
  const end = () => ends.abort(context.signal.reason)
  context.signal.addEventListener('abort', end, { once: true })
  const reading = clients.stream.consume(
    { stream: config.stream, consumer: ledger.consumer, from: 'CHECKPOINT' },
    { signal: ends.signal },
  )
  const iterator = reading[Symbol.asyncIterator]()
  const alone = context.neighbours('in').length === 0
  const settled = new Outlasting(
    alone
      ? abortion(context.stopping).catch(() => 'settled' as const)
      : ledger.when(() => ledger.settled).then(() => 'settled' as const),
  )
  const positions = new Map<string, number>()
  const checkpoints = new Checkpoints(context, ledger.consumer)
  try {
    for (;;) {
      const next = await context.idle(settled.race(iterator.next()))
      if (next === 'settled' || next.done) break
      const { batch, shardId, startOffset, nextOffset } = next.value
      const shard = Number(shardId.slice(shardId.lastIndexOf('-') + 1))
      ledger.took(batch, shardId, startOffset)
      ledger.cost.read(batchBytes(batch))
      positions.set(shardId, nextOffset)
      ledger.blocked = true
      ledger.look()
      if (batch.count > 0) await out.push(deaggregateBatch(batch))
      ledger.blocked = false
      ledger.consumed(shard, nextOffset)
      note(context, ledger)
      await checkpoints.maybe(out, positions)
    }
    await checkpoints.last(out, positions)
  } finally {
    context.signal.removeEventListener('abort', end)
    ends.abort()
    void iterator.return?.().catch(() => {})
  }
}

/** Moves the consumer's checkpoints to what the sinks have dealt with, one mark on its way at a time. */
class Checkpoints {
  private readonly context: StreamContext
  private readonly consumer: string
  private onItsWay = false
  private batches = 0

  constructor(context: StreamContext, consumer: string) {
    this.context = context
    this.consumer = consumer
  }

  async maybe(
    out: NonNullable<ReturnType<StreamContext['out']>>,
    positions: ReadonlyMap<string, number>,
  ): Promise<void> {
    if (this.onItsWay || ++this.batches < MARK_BATCHES) return
    this.batches = 0
    this.onItsWay = true
    const at = new Map(positions)
    const { settled } = await out.mark()
    void settled
      .then(() => this.write(at))
      .catch(() => {})
      .finally(() => {
        this.onItsWay = false
      })
  }

  async last(
    out: NonNullable<ReturnType<StreamContext['out']>>,
    positions: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { settled } = await out.mark()
    await this.context.idle(Promise.race([settled, abortion(this.context.signal)]))
    await this.write(positions)
  }

  private async write(positions: ReadonlyMap<string, number>): Promise<void> {
    const { clients, config } = this.context
    for (const [shardId, offset] of positions)
      await clients.stream.checkpoint({ stream: config.stream, consumer: this.consumer, shardId, offset })
  }
}

const MARK_BATCHES = 64

/** Reads this run's records back from the shards where no consumer of the run has done so. */
async function accountStream(context: StreamContext, ledger: Ledger): Promise<SinkAccount | null> {
  if (context.neighbours('in').length === 0) return null
  if (context.neighbours('out').length === 0) await readBack(context, ledger)
  const others = ledger.taken.count - ledger.put.count
  const agrees = sameDigest(ledger.put, ledger.taken)
  return {
    readBack: ledger.taken.count,
    agrees: agrees || others > 0,
    note: agrees
      ? `key hash ${digestText(ledger.taken)}${ledger.throttled ? `, ${ledger.throttled.toLocaleString('en')} throttled and sent again` : ''}`
      : others > 0
        ? `${others.toLocaleString('en')} ${others === 1 ? 'record' : 'records'} of other producers came in during the run`
        : `key hash ${digestText(ledger.taken)} instead of ${digestText(ledger.put)}`,
  }
}

async function readBack(context: StreamContext, ledger: Ledger): Promise<void> {
  const { clients, config } = context
  const { shards } = await clients.stream.describeStream({ stream: config.stream })
  for (const { shardId } of shards) {
    let offset = ledger.tips.get(shardId) ?? 0
    for (;;) {
      const read = await clients.stream.read({ stream: config.stream, shardId, position: { type: 'OFFSET', offset } })
      if (read.batch.count === 0) break
      addRecords(ledger.taken, read.batch)
      offset = read.nextOffset
    }
  }
}

export const stream = defineNode({
  kind: 'stream',
  title: 'Data stream',
  service: 'Kinesis Data Streams',
  summary: 'Keeps records in order in shards, durably; what follows reads them as a consumer.',
  group: 'Streams',
  icon: 'waves',
  inputs: [{ name: 'in', type: 'records', many: true }],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: streamConfig,
  behaviour: {
    owns: (config) => [`stream "${config.stream}"`],
    prepare: prepareStream,
    run: async (context, ledger) => {
      const consumes = context.out('out') !== null
      // Each loop has a hold of its own; this one lets go.
      await context.idle(
        Promise.all([
          context.branch((own) => produce(own, ledger)),
          ...(consumes ? [context.branch((own) => consume(own, ledger))] : []),
        ]),
      )
    },
    account: accountStream,
  },
})
