import type { RecordBatch } from '../../../kit/pure/batch.ts'

export type Row = Record<string, unknown>

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * The payloads of a batch as texts. The whole buffer is decoded at once and cut, which is several times faster than record by
 * record; where it holds more than ASCII the cuts would not fit, and each record is decoded by itself.
 */
export function payloadTexts(batch: RecordBatch): string[] {
  const { data, dataEnds, count } = batch
  const texts: string[] = new Array(count)
  const whole = decoder.decode(data)
  const ascii = whole.length === data.length
  for (let i = 0, start = 0; i < count; i++) {
    const end = dataEnds[i]
    texts[i] = ascii ? whole.slice(start, end) : decoder.decode(data.subarray(start, end))
    start = end
  }
  return texts
}

const parsedRows = new WeakMap<RecordBatch, readonly Row[]>()

/** Keeps the objects that a batch was written from beside it, so that the node behind need not parse what was just written. */
export function rememberRows(batch: RecordBatch, rows: readonly Row[]): RecordBatch {
  parsedRows.set(batch, rows)
  return batch
}

export function rememberedRows(batch: RecordBatch): readonly Row[] | undefined {
  return parsedRows.get(batch)
}

/** The record as an object, or why it is none. */
export function parseRow(text: string): Row | string {
  try {
    const value: unknown = JSON.parse(text)
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Row
    return 'The record is JSON, but not an object.'
  } catch (thrown) {
    return `The record is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`
  }
}

/** A batch of texts; one encoding for all of them where they are ASCII. */
export function batchOf(keys: readonly string[], texts: readonly string[]): RecordBatch {
  const [keyBuffer, keyEnds] = encodeAll(keys)
  const [data, dataEnds] = encodeAll(texts)
  return { count: texts.length, keys: keyBuffer, keyEnds, data, dataEnds }
}

export function encodeAll(texts: readonly string[]): [Uint8Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] {
  const ends = new Uint32Array(texts.length)
  const whole = texts.join('')
  const bytes = encoder.encode(whole)
  const ascii = bytes.length === whole.length
  for (let i = 0, at = 0; i < texts.length; i++) {
    at += ascii ? texts[i].length : encoder.encode(texts[i]).length
    ends[i] = at
  }
  return [bytes, ends]
}

/** Records `from` to `to` in buffers of their own, since a batch that is sent changes hands. */
export function sliceBatch(batch: RecordBatch, from: number, to: number): RecordBatch {
  if (from === 0 && to === batch.count) return batch
  const keyStart = from === 0 ? 0 : batch.keyEnds[from - 1]
  const dataStart = from === 0 ? 0 : batch.dataEnds[from - 1]
  const keyEnds = batch.keyEnds.slice(from, to)
  const dataEnds = batch.dataEnds.slice(from, to)
  for (let i = 0; i < keyEnds.length; i++) {
    keyEnds[i] -= keyStart
    dataEnds[i] -= dataStart
  }
  const last = to - from - 1
  return {
    count: to - from,
    keys: batch.keys.slice(keyStart, keyStart + (keyEnds[last] ?? 0)),
    keyEnds,
    data: batch.data.slice(dataStart, dataStart + (dataEnds[last] ?? 0)),
    dataEnds,
    ...(batch.hashKeys && { hashKeys: batch.hashKeys.slice(from, to) }),
  }
}

export function copyBatch(batch: RecordBatch): RecordBatch {
  return {
    ...batch,
    keys: batch.keys.slice(),
    keyEnds: batch.keyEnds.slice(),
    data: batch.data.slice(),
    dataEnds: batch.dataEnds.slice(),
  }
}

export function joinBatches(batches: readonly RecordBatch[]): RecordBatch {
  if (batches.length === 1) return batches[0]
  const join = (
    part: 'keys' | 'data',
    ends: 'keyEnds' | 'dataEnds',
  ): [Uint8Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] => {
    const bytes = new Uint8Array(batches.reduce((sum, batch) => sum + batch[part].length, 0))
    const joined = new Uint32Array(batches.reduce((sum, batch) => sum + batch.count, 0))
    let at = 0
    let record = 0
    for (const batch of batches) {
      bytes.set(batch[part], at)
      for (let i = 0; i < batch.count; i++) joined[record++] = at + batch[ends][i]
      at += batch[part].length
    }
    return [bytes, joined]
  }
  const [keys, keyEnds] = join('keys', 'keyEnds')
  const [data, dataEnds] = join('data', 'dataEnds')
  const explicit = batches.some((batch) => batch.hashKeys)
  return {
    count: dataEnds.length,
    keys,
    keyEnds,
    data,
    dataEnds,
    ...(explicit && {
      hashKeys: batches.flatMap((batch) => batch.hashKeys ?? new Array<null>(batch.count).fill(null)),
    }),
  }
}

/** The partition keys of the records at `indexes`, in buffers of their own. */
export function selectKeys(
  batch: RecordBatch,
  indexes: readonly number[],
): [Uint8Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] {
  if (indexes.length === batch.count) return [batch.keys.slice(), batch.keyEnds.slice()]
  const ends = new Uint32Array(indexes.length)
  const keys = new Uint8Array(batch.keys.length)
  let at = 0
  for (let i = 0; i < indexes.length; i++) {
    const index = indexes[i]
    const start = index === 0 ? 0 : batch.keyEnds[index - 1]
    for (let k = start; k < batch.keyEnds[index]; k++) keys[at++] = batch.keys[k]
    ends[i] = at
  }
  return [keys.slice(0, at), ends]
}

/** Bytes of payload and keys: what quotas count. */
export function batchBytes(batch: RecordBatch): number {
  return batch.keys.length + batch.data.length
}

/** As large as one put becomes by joining what lies ready. */
const PUT_BYTES = 1024 * 1024

/** Joins a batch and what lies ready behind it to one larger put; each is looked at before. */
export function gather(
  takeReady: () => RecordBatch | null,
  first: RecordBatch,
  look?: (batch: RecordBatch) => void,
): RecordBatch {
  const batches: RecordBatch[] = []
  let bytes = 0
  for (let next: RecordBatch | null = first; next; next = bytes < PUT_BYTES ? takeReady() : null) {
    look?.(next)
    batches.push(next)
    bytes += batchBytes(next)
  }
  return joinBatches(batches)
}
