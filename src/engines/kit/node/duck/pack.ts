import type { DuckDBDataChunk } from '@duckdb/node-api'
import bindings from '@duckdb/node-bindings'

/** Strings end to end, as they lie in a RecordBatch: `ends[i]` is where string i ends. A NULL is empty. */
export interface PackedStrings {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly ends: Uint32Array<ArrayBuffer>
}

/** DuckDB keeps a string as 16 bytes: length (4), then up to 12 bytes of text, or a prefix (4) and a pointer (8). */
const STRING_BYTES = 16
const INLINE_BYTES_MAX = 12
/** Strings made one after the other lie one after the other, each rounded up to 8 bytes. */
const GAP_BYTES_MAX = 7

/**
 * A VARCHAR column's bytes, without making a JavaScript string of each. A call per string would cost more than all the rest of a
 * scan, so neighbours in DuckDB's memory are fetched as one piece: a gap of less than 8 bytes between two strings belongs to
 * the same memory pages as they do, so reading over it is safe.
 */
export function packStrings(chunk: DuckDBDataChunk, column: number): PackedStrings {
  const count = chunk.rowCount
  const vector = bindings.data_chunk_get_vector(chunk.chunk, column)
  const data = bindings.vector_get_data(vector, count * STRING_BYTES)
  const view = new DataView(data.buffer, data.byteOffset, count * STRING_BYTES)
  const valid = validityOf(chunk, column)
  const length = (row: number) => (valid(row) ? view.getUint32(row * STRING_BYTES, true) : 0)
  const ends = new Uint32Array(count)
  let total = 0
  for (let row = 0; row < count; row++) {
    total += length(row)
    ends[row] = total
  }
  const bytes = new Uint8Array(total)
  for (let row = 0; row < count; ) {
    const size = length(row)
    if (size > INLINE_BYTES_MAX) row = copyRun(row, count, length, view, data, bytes, ends)
    else {
      for (let i = 0, at = ends[row] - size; i < size; i++) bytes[at + i] = data[row * STRING_BYTES + 4 + i]
      row++
    }
  }
  return { bytes, ends }
}

/** Above it a column's text is not put together: a string has a limit (V8: 2^29 characters). */
const WHOLE_BYTES_MAX = 2 ** 24

/** A VARCHAR column as strings, NULL as null: one text cut up where it is ASCII, whose bytes are its characters. */
export function readStrings(chunk: DuckDBDataChunk, column: number): (string | null)[] {
  const { bytes, ends } = packStrings(chunk, column)
  const valid = validityOf(chunk, column)
  const buffer = Buffer.from(bytes.buffer)
  const text = bytes.length <= WHOLE_BYTES_MAX ? buffer.toString() : ''
  const cut =
    text.length === bytes.length
      ? (from: number, to: number) => text.slice(from, to)
      : (from: number, to: number) => buffer.toString('utf8', from, to)
  return Array.from(ends, (end, row) => (valid(row) ? cut(row === 0 ? 0 : ends[row - 1], end) : null))
}

/** Copies the strings from `first` on that lie close together; answers the row after them. */
function copyRun(
  first: number,
  count: number,
  length: (row: number) => number,
  view: DataView,
  data: Uint8Array,
  bytes: Uint8Array,
  ends: Uint32Array,
): number {
  const start = pointer(view, first)
  let end = start + length(first)
  let next = first + 1
  for (; next < count; next++) {
    const size = length(next)
    if (size <= INLINE_BYTES_MAX) break
    const at = pointer(view, next)
    if (at < end || at - end > GAP_BYTES_MAX) break
    end = at + size
  }
  const place = view.byteOffset + first * STRING_BYTES + 8
  const run = bindings.get_data_from_pointer(data.buffer as ArrayBuffer, place, end - start)
  for (let row = first; row < next; row++) {
    const size = length(row)
    const at = pointer(view, row) - start
    bytes.set(run.subarray(at, at + size), ends[row] - size)
  }
  return next
}

/** User-space addresses have 47 bits, so a double holds them. */
function pointer(view: DataView, row: number): number {
  const at = row * STRING_BYTES + 8
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)
}

function validityOf(chunk: DuckDBDataChunk, column: number): (row: number) => boolean {
  const vector = bindings.data_chunk_get_vector(chunk.chunk, column)
  const bits = bindings.vector_get_validity(vector, Math.ceil(chunk.rowCount / 64) * 8)
  if (!bits) return () => true
  return (row) => (bits[row >> 3] & (1 << (row & 7))) !== 0
}
