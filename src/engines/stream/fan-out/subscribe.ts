import type { z } from 'zod'
import { realTime } from '../../kit/node/real-time.ts'
import { EMPTY_BATCH } from '../../kit/pure/batch.ts'
import type { Clock } from '../../kit/pure/clock.ts'
import type { ReadResult } from '../contract.ts'
import type { DataStream } from '../data-stream.ts'
import { Bucket, READ_BYTES_PER_SECOND } from '../quota.ts'
import { shardIdOf } from '../sequence.ts'

type Item = z.input<typeof ReadResult>

/** One item is read at a time, and no more are under way than the feed has credit for: a slow reader holds a few of these. */
const ITEM_BYTES = 256 * 1024
const RECORDS_MAX = 10_000

export interface SubscribeOptions {
  /** Names the reader in metrics. */
  readonly consumer: string
  readonly shard: number
  readonly offset: number
  /** With nothing to send, an empty item says so often where the reader stands. Real time, as the subscription's life is. */
  readonly heartbeatMs: number
}

/**
 * One shard from an offset on, pushed as records arrive, until it has ended. The first item comes at once, so that whoever asked knows
 * the subscription stands; it is empty where there is nothing to read yet.
 */
export async function* subscribe(
  stream: DataStream,
  options: SubscribeOptions,
  abort: AbortSignal,
  clock: Clock,
): AsyncGenerator<Item> {
  const { consumer, shard } = options
  const bucket = new Bucket(READ_BYTES_PER_SECOND, clock.now())
  let { offset } = options
  let due = true
  let waiting: Promise<void> | undefined
  while (!abort.aborted) {
    const seen = stream.changed.version
    // Retention has taken the shard: whoever subscribes again is told so.
    if (!stream.state.shards.some(({ index }) => index === shard)) return
    if (stream.hasMore(shard, offset)) {
      if (stream.state.quotas) await paid(bucket, clock, abort)
      if (abort.aborted) return
      const item = await stream.readOn(shard, offset, { consumer, maxRecords: RECORDS_MAX, maxBytes: ITEM_BYTES })
      if (stream.state.quotas) bucket.spend(item.batch.keys.length + item.batch.data.length)
      offset = item.nextOffset
      const news = item.batch.count > 0 || item.ended
      if (news || due) yield item
      if (item.ended) return
      due = false
      if (news) continue
    } else if (due) {
      yield nothingNew(shard, offset)
      due = false
      continue
    }
    // The wait outlives heartbeats, so that a silent stream does not gather waiters.
    waiting ??= stream.changed.wait(seen, abort).then(() => {
      waiting = undefined
    })
    due = await beats(waiting, options.heartbeatMs)
  }
}

function nothingNew(shard: number, offset: number): Item {
  return {
    batch: { ...EMPTY_BATCH, keyEnds: new Uint32Array(0), dataEnds: new Uint32Array(0) },
    shardId: shardIdOf(shard),
    startOffset: offset,
    nextOffset: offset,
    arrivals: new Float64Array(0),
    millisBehindLatest: 0,
    ended: false,
  }
}

/** Whether so much real time passed before the wait was over. */
async function beats(waiting: Promise<void>, heartbeatMs: number): Promise<boolean> {
  let timer = { cancel: () => {} }
  const beat = new Promise<boolean>((resolve) => {
    timer = realTime.after(heartbeatMs, () => resolve(true))
  })
  try {
    return await Promise.race([beat, waiting.then(() => false)])
  } finally {
    timer.cancel()
  }
}

/** 2 MiB a second of engine time. An item may be more than what is left; then the next one waits until the debt is paid. */
async function paid(bucket: Bucket, clock: Clock, abort: AbortSignal): Promise<void> {
  const debt = -bucket.at(clock.now())
  if (debt <= 0) return
  await new Promise<void>((resolve) => {
    const done = () => {
      abort.removeEventListener('abort', cancel)
      resolve()
    }
    const timer = clock.at(clock.now() + Math.ceil((debt / READ_BYTES_PER_SECOND) * 1000), done)
    const cancel = () => {
      timer.cancel()
      resolve()
    }
    abort.addEventListener('abort', cancel, { once: true })
  })
}
