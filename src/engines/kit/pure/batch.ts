import { z } from 'zod'
import { bytes } from './contract.ts'

/**
 * Many records in a few buffers: the data plane's only currency between threads. `keys` and `data` hold the records'
 * partition keys (UTF-8) and payloads end to end; `keyEnds[i]` and `dataEnds[i]` are where record i ends.
 */
export const RecordBatch = z.object({
  count: z.number().int().nonnegative(),
  keys: bytes(),
  keyEnds: z.instanceof(Uint32Array),
  data: bytes(),
  dataEnds: z.instanceof(Uint32Array),
  /** Explicit hash keys (decimal 128-bit), by record, where any record has one. */
  hashKeys: z.array(z.string().nullable()).optional(),
})
export type RecordBatch = z.infer<typeof RecordBatch>

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Grows a batch record by record. `finish` hands over the buffers, trimmed, and starts anew. */
export class BatchBuilder {
  private keys = new Uint8Array(4096)
  private data = new Uint8Array(65536)
  private keyEnds: number[] = []
  private dataEnds: number[] = []
  private keyLength = 0
  private dataLength = 0

  get count(): number {
    return this.dataEnds.length
  }

  get dataBytes(): number {
    return this.dataLength
  }

  add(key: string | Uint8Array, data: string | Uint8Array): void {
    this.keys = room(this.keys, this.keyLength + (typeof key === 'string' ? key.length * 3 : key.length))
    this.keyLength += write(this.keys, this.keyLength, key)
    this.keyEnds.push(this.keyLength)
    this.data = room(this.data, this.dataLength + (typeof data === 'string' ? data.length * 3 : data.length))
    this.dataLength += write(this.data, this.dataLength, data)
    this.dataEnds.push(this.dataLength)
  }

  finish(): RecordBatch {
    const batch = {
      count: this.count,
      keys: this.keys.slice(0, this.keyLength),
      keyEnds: Uint32Array.from(this.keyEnds),
      data: this.data.slice(0, this.dataLength),
      dataEnds: Uint32Array.from(this.dataEnds),
    }
    this.keyEnds = []
    this.dataEnds = []
    this.keyLength = 0
    this.dataLength = 0
    return batch
  }
}

function room(buffer: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (length <= buffer.length) return buffer
  const larger = new Uint8Array(Math.max(length, buffer.length * 2))
  larger.set(buffer)
  return larger
}

function write(into: Uint8Array, at: number, value: string | Uint8Array): number {
  if (typeof value === 'string') return encoder.encodeInto(value, into.subarray(at)).written
  into.set(value, at)
  return value.length
}

export function keyBytes(batch: RecordBatch, index: number): Uint8Array {
  return batch.keys.subarray(index === 0 ? 0 : batch.keyEnds[index - 1], batch.keyEnds[index])
}

export function keyText(batch: RecordBatch, index: number): string {
  return decoder.decode(keyBytes(batch, index))
}

export function dataBytes(batch: RecordBatch, index: number): Uint8Array {
  return batch.data.subarray(index === 0 ? 0 : batch.dataEnds[index - 1], batch.dataEnds[index])
}

export function dataText(batch: RecordBatch, index: number): string {
  return decoder.decode(dataBytes(batch, index))
}

export const EMPTY_BATCH: RecordBatch = {
  count: 0,
  keys: new Uint8Array(0),
  keyEnds: new Uint32Array(0),
  data: new Uint8Array(0),
  dataEnds: new Uint32Array(0),
}

/** The records at `indexes`, in that order, as a batch of their own: what a partial failure sends again. */
export function selectRecords(batch: RecordBatch, indexes: readonly number[]): RecordBatch {
  const builder = new BatchBuilder()
  for (const index of indexes) builder.add(keyBytes(batch, index), dataBytes(batch, index))
  const selected = builder.finish()
  return batch.hashKeys ? { ...selected, hashKeys: indexes.map((index) => batch.hashKeys![index]) } : selected
}
