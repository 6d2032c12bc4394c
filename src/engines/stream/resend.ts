import { BatchBuilder, dataBytes, keyBytes, keyText, type RecordBatch, selectRecords } from '../kit/pure/batch.ts'
import type { Clock } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { DataStream } from './data-stream.ts'
import { findShard } from './model.ts'

const BATCH_RECORDS = 500
const BATCH_BYTES = 1024 * 1024
/** Engine time until what a quota refused is put again. */
const PAUSE_MS = 100

interface Progress {
  readonly sent: number
  readonly gone: number
  readonly total: number
}

interface Resend {
  readonly shardId: string
  /** Offsets, their ends exclusive. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[]
}

/** Puts what ranges of a shard hold into `target`, a batch at a time, and tells after each how far it is. */
export async function* resend(
  source: DataStream,
  target: DataStream,
  { shardId, ranges }: Resend,
  abort: AbortSignal,
  clock: Clock,
): AsyncGenerator<Progress> {
  const { index } = findShard(source.state, shardId)
  const total = ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0)
  let [sent, gone] = [0, 0]
  yield { sent, gone, total }
  for (const { from, to } of ranges) {
    for (let at = from; at < to && !abort.aborted; ) {
      const maxRecords = Math.min(BATCH_RECORDS, to - at)
      const { batch, startOffset, nextOffset } = await source.readOn(index, at, { maxRecords, maxBytes: BATCH_BYTES })
      // Retention took what lies before the first record, and nothing is kept between the last one and the end.
      const kept = cut(batch, Math.max(0, to - startOffset))
      const end = kept.count > 0 || nextOffset > at ? Math.min(to, nextOffset) : to
      gone += end - at - kept.count
      at = end
      for (const part of target.state.quotas ? withoutRepeatedKeys(kept) : [kept]) {
        await putAll(target, part, abort, clock)
        if (abort.aborted) return
        sent += part.count
      }
      yield { sent, gone, total }
    }
  }
}

function cut(batch: RecordBatch, count: number): RecordBatch {
  return count >= batch.count
    ? batch
    : selectRecords(
        batch,
        Array.from({ length: count }, (_, i) => i),
      )
}

/** A quota may refuse one record of a put and take a later one: where keys do not repeat in a put, the order of a key stays all the same. */
function* withoutRepeatedKeys(batch: RecordBatch): Generator<RecordBatch> {
  const builder = new BatchBuilder()
  const keys = new Set<string>()
  for (let i = 0; i < batch.count; i++) {
    const key = keyText(batch, i)
    if (keys.has(key)) {
      yield builder.finish()
      keys.clear()
    }
    keys.add(key)
    builder.add(keyBytes(batch, i), dataBytes(batch, i))
  }
  if (builder.count > 0) yield builder.finish()
}

async function putAll(target: DataStream, batch: RecordBatch, abort: AbortSignal, clock: Clock): Promise<void> {
  for (let rest = batch; rest.count > 0 && !abort.aborted; ) {
    const { offsets, refusals = {} } = await target.put(rest)
    const [failure] = Object.values(refusals)
    if (failure) throw EngineError.fromWire(failure)
    const refused = [...offsets.keys()].filter((i) => offsets[i] < 0)
    if (refused.length === 0) return
    rest = selectRecords(rest, refused)
    await clock.task((task) => task.sleep(PAUSE_MS, abort)).catch(() => {})
  }
}
