import { EMPTY_BATCH, type RecordBatch } from '../kit/pure/batch.ts'

/**
 * The records of one put to one shard, as they lie in a frame of the shard's log:
 *
 *     count u32 · keys' bytes u32 · data's bytes u32 · 0 u32 · key ends u32[] · data ends u32[] · keys · data
 *
 * It is a RecordBatch laid end to end, so that reading is copying, never parsing.
 */
const HEAD_BYTES = 16

export function packedBytes(count: number, keysBytes: number, dataBytes: number): number {
  return HEAD_BYTES + count * 8 + keysBytes + dataBytes
}

/** Fills a frame's payload record by record. */
export class Packer {
  private readonly payload: Uint8Array
  private readonly batch: RecordBatch
  private readonly keys: Buffer
  private readonly data: Buffer
  private readonly ends: Uint32Array
  private readonly count: number
  private readonly keysAt: number
  private readonly dataAt: number
  private added = 0
  private keysLength = 0
  private dataLength = 0

  constructor(
    payload: Uint8Array<ArrayBuffer>,
    batch: RecordBatch,
    count: number,
    keysBytes: number,
    dataBytes: number,
  ) {
    this.payload = payload
    this.batch = batch
    this.keys = bufferOf(batch.keys)
    this.data = bufferOf(batch.data)
    this.count = count
    const head = new Uint32Array(payload.buffer, payload.byteOffset, 4)
    head[0] = count
    head[1] = keysBytes
    head[2] = dataBytes
    head[3] = 0
    this.ends = new Uint32Array(payload.buffer, payload.byteOffset + HEAD_BYTES, count * 2)
    this.keysAt = HEAD_BYTES + count * 8
    this.dataAt = this.keysAt + keysBytes
  }

  /** Adds records `from`…`to`−1 of the batch, which lie there side by side. */
  add(from: number, to: number): void {
    const batch = this.batch
    const keyStart = from === 0 ? 0 : batch.keyEnds[from - 1]
    const dataStart = from === 0 ? 0 : batch.dataEnds[from - 1]
    const keyEnd = batch.keyEnds[to - 1]
    const dataEnd = batch.dataEnds[to - 1]
    copy(this.keys, keyStart, keyEnd, this.payload, this.keysAt + this.keysLength)
    copy(this.data, dataStart, dataEnd, this.payload, this.dataAt + this.dataLength)
    for (let i = from; i < to; i++) {
      this.ends[this.added] = batch.keyEnds[i] - keyStart + this.keysLength
      this.ends[this.count + this.added] = batch.dataEnds[i] - dataStart + this.dataLength
      this.added++
    }
    this.keysLength += keyEnd - keyStart
    this.dataLength += dataEnd - dataStart
  }
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)

/** For a few bytes, a loop is quicker than a call; for more, `copy` needs no view, as `set` does. */
function copy(from: Buffer, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 32) from.copy(to, at, start, end)
  else for (let i = start; i < end; i++) to[at++] = from[i]
}

/** Some records of a frame, kept in memory or read from disk. */
export interface Packed {
  /** Offset of its first record in the shard. */
  readonly first: number
  readonly count: number
  /** Arrival of all its records, epoch ms. */
  readonly timeMs: number
  readonly payload: Uint8Array<ArrayBuffer>
  /** On disk it is encrypted. */
  readonly encrypted?: boolean
}

interface Slice {
  readonly from: number
  readonly to: number
  readonly keyEnds: Uint32Array
  readonly dataEnds: Uint32Array
  readonly keys: Uint8Array
  readonly data: Uint8Array
  readonly timeMs: number
  readonly encrypted: boolean
}

export interface Unpacked {
  readonly batch: RecordBatch
  /** Offset of the first record. */
  readonly first: number
  readonly arrivals: Float64Array<ArrayBuffer>
  /** By record, 1 where it was encrypted; absent where none was. */
  readonly encrypted?: Uint8Array<ArrayBuffer>
  /** Payloads and keys, bytes. */
  readonly bytes: number
}

/**
 * Records from offset `from` on, out of frames in order, as one batch with buffers of its own: at most so many, and no more once they have
 * `maxBytes`, but one at least. It ends before a gap in the offsets.
 */
export function unpack(frames: readonly Packed[], from: number, maxRecords: number, maxBytes: number): Unpacked {
  const slices: Slice[] = []
  let [count, keysLength, dataLength] = [0, 0, 0]
  const first = frames.length > 0 ? Math.max(from, frames[0].first) : from
  for (const frame of frames) {
    if (count === maxRecords || keysLength + dataLength >= maxBytes) break
    if (frame.first > first + count) break
    const start = first + count - frame.first
    if (start >= frame.count) continue
    const slice = sliceOf(frame, start, maxRecords - count, maxBytes - keysLength - dataLength, count === 0)
    if (slice.to === slice.from) break
    slices.push(slice)
    count += slice.to - slice.from
    keysLength += slice.keyEnds[slice.to - 1] - startOf(slice.keyEnds, slice.from)
    dataLength += slice.dataEnds[slice.to - 1] - startOf(slice.dataEnds, slice.from)
  }
  if (count === 0) return { batch: emptyBatch(), first, arrivals: new Float64Array(0), bytes: 0 }
  return { first, ...join(slices, count, keysLength, dataLength), bytes: keysLength + dataLength }
}

/** A fresh one, since a bulk answer gives its buffers away. */
function emptyBatch(): RecordBatch {
  return { ...EMPTY_BATCH, keyEnds: new Uint32Array(0), dataEnds: new Uint32Array(0) }
}

function startOf(ends: Uint32Array, index: number): number {
  return index === 0 ? 0 : ends[index - 1]
}

function sliceOf(frame: Packed, from: number, maxRecords: number, maxBytes: number, force: boolean): Slice {
  const { buffer, byteOffset } = frame.payload
  const head = new Uint32Array(buffer, byteOffset, 4)
  const keyEnds = new Uint32Array(buffer, byteOffset + HEAD_BYTES, frame.count)
  const dataEnds = new Uint32Array(buffer, byteOffset + HEAD_BYTES + frame.count * 4, frame.count)
  const keysAt = HEAD_BYTES + frame.count * 8
  const keys = frame.payload.subarray(keysAt, keysAt + head[1])
  const data = frame.payload.subarray(keysAt + head[1], keysAt + head[1] + head[2])
  const floor = startOf(keyEnds, from) + startOf(dataEnds, from)
  const most = Math.min(frame.count, from + maxRecords)
  let to = from
  if (keyEnds[most - 1] + dataEnds[most - 1] - floor <= maxBytes) to = most
  else while (to < most && keyEnds[to] + dataEnds[to] - floor <= maxBytes) to++
  if (to === from && force) to++
  return { from, to, keyEnds, dataEnds, keys, data, timeMs: frame.timeMs, encrypted: frame.encrypted === true }
}

function join(slices: readonly Slice[], count: number, keysLength: number, dataLength: number) {
  const batch = {
    count,
    keys: new Uint8Array(keysLength),
    keyEnds: new Uint32Array(count),
    data: new Uint8Array(dataLength),
    dataEnds: new Uint32Array(count),
  }
  const arrivals = new Float64Array(count)
  let [at, keysAt, dataAt] = [0, 0, 0]
  for (const { from, to, keyEnds, dataEnds, keys, data, timeMs } of slices) {
    const keyStart = startOf(keyEnds, from)
    const dataStart = startOf(dataEnds, from)
    batch.keys.set(keys.subarray(keyStart, keyEnds[to - 1]), keysAt)
    batch.data.set(data.subarray(dataStart, dataEnds[to - 1]), dataAt)
    arrivals.fill(timeMs, at, at + to - from)
    for (let i = from; i < to; i++, at++) {
      batch.keyEnds[at] = keyEnds[i] - keyStart + keysAt
      batch.dataEnds[at] = dataEnds[i] - dataStart + dataAt
    }
    keysAt += keyEnds[to - 1] - keyStart
    dataAt += dataEnds[to - 1] - dataStart
  }
  if (!slices.some((slice) => slice.encrypted)) return { batch, arrivals }
  const encrypted = new Uint8Array(count)
  at = 0
  for (const { from, to, encrypted: is } of slices) {
    encrypted.fill(is ? 1 : 0, at, at + to - from)
    at += to - from
  }
  return { batch, arrivals, encrypted }
}
