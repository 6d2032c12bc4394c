import { newFrame } from '../kit/node/journal.ts'
import type { RecordBatch } from '../kit/pure/batch.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { parseHashKey, type Router } from './hash-key.ts'
import type { WriteQuota } from './quota.ts'
import { Packer, packedBytes } from './records.ts'
import type { ShardLog } from './shard-log.ts'

/** Partition key and data together: the largest record a stream takes by default. */
export const RECORD_KIB_MAX = 1024
export const KEY_CHARACTERS_MAX = 256
/** UTF-8 needs at most so many bytes for a key of that length. */
const KEY_BYTES_MAX = KEY_CHARACTERS_MAX * 4

export const REFUSED = 0xffff

/** What goes to one shard of one put. */
export interface ShardPart {
  count: number
  keysBytes: number
  dataBytes: number
  throttled: number
}

export interface Routed {
  /** By record: which of the open shards takes it, REFUSED where its quota is used up. */
  readonly slots: Uint16Array
  readonly parts: readonly (ShardPart | undefined)[]
  /** By record, which shard it belongs to even if it was refused. */
  readonly wanted: Uint16Array
}

/** Refuses a batch that is not put together rightly, before anything of it is kept. `keyless`: records need no partition key. */
export function checkBatch(batch: RecordBatch, recordBytesMax: number, keyless: boolean): void {
  const { count, keyEnds, dataEnds } = batch
  const fits =
    keyEnds.length === count &&
    dataEnds.length === count &&
    (count === 0 || (keyEnds[count - 1] <= batch.keys.length && dataEnds[count - 1] <= batch.data.length)) &&
    (batch.hashKeys === undefined || batch.hashKeys.length === count)
  if (!fits) throw new EngineError('ValidationException', 'The batch and its offsets do not fit together.')
  const keyBytesMin = keyless ? 0 : 1
  let [keyStart, dataStart] = [0, 0]
  for (let i = 0; i < count; i++) {
    const keyBytes = keyEnds[i] - keyStart
    const bytes = keyBytes + dataEnds[i] - dataStart
    if (keyBytes < keyBytesMin || keyBytes > KEY_BYTES_MAX || dataEnds[i] < dataStart || bytes > recordBytesMax)
      throw misfit(i, keyBytes, bytes, recordBytesMax)
    keyStart = keyEnds[i]
    dataStart = dataEnds[i]
  }
}

function misfit(record: number, keyBytes: number, bytes: number, recordBytesMax: number): EngineError {
  const badKey = bytes <= recordBytesMax && (keyBytes < 1 || keyBytes > KEY_BYTES_MAX)
  const what = badKey
    ? `a partition key of ${keyBytes} bytes; a key has 1 to ${KEY_CHARACTERS_MAX} characters`
    : `${bytes} bytes, partition key included; a record has at most ${recordBytesMax}`
  return new EngineError('ValidationException', `Record ${record} of the batch has ${what}.`)
}

/**
 * Which shard takes which record, within the quotas (none where `quotas` is undefined). Counts what goes where. With a `turn` shards take
 * turns, whatever the keys.
 */
export function route(
  batch: RecordBatch,
  router: Router,
  shardCount: number,
  quotas: readonly WriteQuota[] | undefined,
  nowMs: number,
  turn?: { next: number },
): Routed {
  const { count, keys, keyEnds, dataEnds, hashKeys } = batch
  const wanted = new Uint16Array(count)
  const slots = quotas ? new Uint16Array(count) : wanted
  const parts: (ShardPart | undefined)[] = new Array(shardCount)
  let [keyStart, dataStart] = [0, 0]
  for (let i = 0; i < count; i++) {
    const explicit = hashKeys?.[i]
    const slot = turn
      ? turn.next++ % shardCount
      : explicit
        ? router.slotOfHashKey(hashKeyFrom(explicit))
        : router.slotOfKey(keys, keyStart, keyEnds[i])
    const keyBytes = keyEnds[i] - keyStart
    const dataBytes = dataEnds[i] - dataStart
    keyStart = keyEnds[i]
    dataStart = dataEnds[i]
    wanted[i] = slot
    let part = parts[slot]
    if (!part) parts[slot] = part = { count: 0, keysBytes: 0, dataBytes: 0, throttled: 0 }
    if (quotas && !quotas[slot].take(keyBytes + dataBytes, nowMs)) {
      slots[i] = REFUSED
      part.throttled++
      continue
    }
    slots[i] = slot
    part.count++
    part.keysBytes += keyBytes
    part.dataBytes += dataBytes
  }
  return { slots, wanted, parts }
}

function hashKeyFrom(text: string): bigint {
  const value = parseHashKey(text)
  if (value === undefined) {
    throw new EngineError(
      'InvalidArgumentException',
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${text}`,
    )
  }
  return value
}

export interface Append {
  readonly slot: number
  readonly first: number
  readonly done: Promise<void>
  /** The records can be read. In memory mode that is after they are acknowledged. */
  readonly written: Promise<void>
}

/** Packs each shard's records into one frame and appends it. Runs in one go, so that offsets follow the order of puts. */
export function appendRouted(batch: RecordBatch, routed: Routed, logs: readonly ShardLog[], nowMs: number): Append[] {
  const { slots, parts } = routed
  const frames = parts.map((part) =>
    part && part.count > 0 ? newFrame(packedBytes(part.count, part.keysBytes, part.dataBytes)) : undefined,
  )
  const packers = frames.map(
    (frame, slot) =>
      frame && new Packer(frame.payload, batch, parts[slot]!.count, parts[slot]!.keysBytes, parts[slot]!.dataBytes),
  )
  for (let from = 0; from < batch.count; ) {
    const slot = slots[from]
    let to = from + 1
    while (to < batch.count && slots[to] === slot) to++
    if (slot !== REFUSED) packers[slot]!.add(from, to)
    from = to
  }
  const appends: Append[] = []
  frames.forEach((frame, slot) => {
    if (frame) appends.push({ slot, ...logs[slot].append(frame, parts[slot]!.count, nowMs) })
  })
  return appends
}
