/** Records on their way in: positions follow each other from `first`, payloads lie end to end. */
export interface Arrivals {
  /** `journal`, or the shard they came from. */
  readonly origin: string
  readonly first: number
  readonly count: number
  readonly data: Uint8Array
  readonly ends: Uint32Array
  /** When they came, epoch ms: one time for all, or one for each. */
  readonly arrivalMs: number | Float64Array
  /** Where records were taken apart: by entry, which record it is from, which piece of how many, and the bytes of the record as it came. */
  readonly pieces?: {
    readonly source: Uint32Array
    readonly piece: Uint32Array
    readonly of: Uint32Array
    readonly bytes: Uint32Array
  }
}

/** What the accounts need to know of a record, or of one of its pieces. */
export interface Unit {
  readonly origin: string
  readonly position: number
  readonly piece: number
  readonly of: number
  /** Bytes of the whole record, as it came. */
  readonly rawBytes: number
  readonly arrivalMs: number
}

export function unitAt(arrivals: Arrivals, index: number): Unit {
  const { origin, first, pieces, ends } = arrivals
  const arrivalMs = arrivalAt(arrivals, index)
  if (!pieces) {
    const rawBytes = ends[index] - (index === 0 ? 0 : ends[index - 1])
    return { origin, position: first + index, piece: 0, of: 1, rawBytes, arrivalMs }
  }
  const position = first + pieces.source[index]
  return {
    origin,
    position,
    piece: pieces.piece[index],
    of: pieces.of[index],
    rawBytes: pieces.bytes[index],
    arrivalMs,
  }
}

export function recordAt({ data, ends }: Arrivals, index: number): Uint8Array {
  return data.subarray(index === 0 ? 0 : ends[index - 1], ends[index])
}

export function arrivalAt({ arrivalMs }: Arrivals, index: number): number {
  return typeof arrivalMs === 'number' ? arrivalMs : arrivalMs[index]
}

/** Arrivals of one origin that follow each other, as one. */
export function joinArrivals(all: readonly Arrivals[]): Arrivals {
  if (all.length === 1) return all[0]
  const count = all.reduce((sum, arrivals) => sum + arrivals.count, 0)
  const data = new Uint8Array(all.reduce((sum, arrivals) => sum + arrivals.data.length, 0))
  const ends = new Uint32Array(count)
  const arrivalMs = new Float64Array(count)
  let [at, bytes] = [0, 0]
  for (const arrivals of all) {
    data.set(arrivals.data, bytes)
    for (let i = 0; i < arrivals.count; i++, at++) {
      ends[at] = bytes + arrivals.ends[i]
      arrivalMs[at] = arrivalAt(arrivals, i)
    }
    bytes += arrivals.data.length
  }
  return { origin: all[0].origin, first: all[0].first, count, data, ends, arrivalMs }
}

/** A journal frame's payload: the ends, then the data. */
export function framePayloadBytes(count: number, dataBytes: number): number {
  return count * 4 + dataBytes
}

export function writeFramePayload(into: Uint8Array, ends: Uint32Array, data: Uint8Array): void {
  into.set(new Uint8Array(ends.buffer, ends.byteOffset, ends.length * 4))
  into.set(data, ends.length * 4)
}

export function readFramePayload(payload: Uint8Array, first: number, count: number, timeMs: number): Arrivals {
  // A copy by `set`: `slice` of a Buffer is a view into a larger one.
  const ends = new Uint32Array(count)
  new Uint8Array(ends.buffer).set(payload.subarray(0, count * 4))
  return { origin: JOURNAL, first, count, data: payload.subarray(count * 4), ends, arrivalMs: timeMs }
}

/** The origin of direct puts. */
export const JOURNAL = 'journal'

/** How many records are not done with, and their bytes. */
export function undone(arrivals: Arrivals, done: (position: number) => boolean): { records: number; bytes: number } {
  const sum = { records: 0, bytes: 0 }
  for (let i = 0, start = 0; i < arrivals.count; start = arrivals.ends[i++]) {
    if (done(arrivals.first + i)) continue
    sum.records++
    sum.bytes += arrivals.ends[i] - start
  }
  return sum
}
