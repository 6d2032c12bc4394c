import type { Sort, SortField } from '../contract.ts'

/** Bytes that a number takes so that bytes compare as numbers do. */
const NUMBER_BYTES = 8
const scratch = Buffer.alloc(NUMBER_BYTES)

/** What a sort key needs at most for a key of so many bytes: a zero is written as two bytes, and each field has an end. */
export const sortKeyBytesAtMost = (sort: Sort, keyBytes: number): number =>
  sort.fields.length * (keyBytes * 2 + 2 + NUMBER_BYTES)

/**
 * Turns a comparison of keys by fields, as text or numbers, upwards or downwards, into one of bytes: whatever sorts and merges compares the
 * bytes that are written here and knows nothing of fields. Returns the end, and the end of what makes a group.
 */
export function writeSortKey(
  sort: Sort,
  from: Buffer,
  start: number,
  end: number,
  into: Buffer,
  at: number,
): { end: number; groupEnd: number } {
  let groupEnd = -1
  for (const [i, field] of sort.fields.entries()) {
    if (i === sort.groupFields) groupEnd = at
    const [fieldStart, fieldEnd] = fieldOf(sort.separator.charCodeAt(0), field, from, start, end)
    const begin = at
    at = field.numeric
      ? writeNumber(from, fieldStart, fieldEnd, into, at)
      : writeBytes(from, fieldStart, fieldEnd, into, at)
    if (field.reverse) for (let b = begin; b < at; b++) into[b] = 255 - into[b]
  }
  return { end: at, groupEnd: groupEnd < 0 ? at : groupEnd }
}

/** Where fields `from` to `to` of a key are; empty where the key has fewer. */
export function fieldOf(
  separator: number,
  { from: first, to }: Pick<SortField, 'from' | 'to'>,
  key: Buffer,
  start: number,
  end: number,
): [number, number] {
  let at = start
  for (let field = 1; field < first; field++) {
    const next = indexIn(key, separator, at, end)
    if (next < 0) return [end, end]
    at = next + 1
  }
  if (to === undefined) return [at, end]
  let stop = at - 1
  for (let field = first; field <= to; field++) {
    const next = indexIn(key, separator, stop + 1, end)
    if (next < 0) return [at, end]
    stop = next
  }
  return [at, Math.max(at, stop)]
}

/** Looks no further than `end`: the buffer goes on for megabytes. */
export function indexIn(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === byte) return at
  return -1
}

/** Zero is escaped and two zeros end the field, so that a shorter field comes before its continuations. */
function writeBytes(from: Buffer, start: number, end: number, into: Buffer, at: number): number {
  for (let i = start; i < end; i++) {
    into[at++] = from[i]
    if (from[i] === 0) into[at++] = 1
  }
  into[at++] = 0
  into[at++] = 0
  return at
}

/** A number's bits with the sign turned, and all turned where it is below zero; what is no number counts as zero, as in Hadoop. */
function writeNumber(from: Buffer, start: number, end: number, into: Buffer, at: number): number {
  const value = Number.parseFloat(from.latin1Slice(start, end))
  scratch.writeDoubleBE(Number.isNaN(value) ? 0 : value === 0 ? 0 : value)
  const mask = scratch[0] & 0x80 ? 0xff : 0
  for (let i = 0; i < NUMBER_BYTES; i++) into[at + i] = scratch[i] ^ mask
  if (mask === 0) into[at] ^= 0x80
  return at + NUMBER_BYTES
}

declare global {
  interface Buffer {
    latin1Slice(start: number, end: number): string
  }
}
