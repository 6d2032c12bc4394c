import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { type JournalFiles, readAll } from './files.ts'
import { type Frame, HEADER_BYTES, isIntact, readHeader } from './frame.ts'

const INDEX_STEP_BYTES = 32 * 1024
const SCAN_BYTES = 1024 * 1024

/** Bytes of a segment that are no frames: a reader steps over them. */
export interface Gap {
  readonly position: number
  readonly bytes: number
}

/** One file of a journal, named by the first number that it may hold. */
export class Segment {
  readonly first: number
  readonly path: string
  /** Bytes that are frames (and gaps); the file may be longer for a moment while an append is under way. */
  length: number
  /** One number after its last frame. */
  next: number
  lastTimeMs = 0
  index: SparseIndex | undefined
  gaps: Gap[] = []

  constructor(directory: string, first: number, length = 0) {
    this.first = first
    this.next = first
    this.path = join(directory, `${String(first).padStart(20, '0')}.log`)
    this.length = length
  }

  get indexPath(): string {
    return this.path.replace(/\.log$/, '.idx')
  }
}

/** Where in a segment a number or a time begins: an entry for about every 32 KiB. */
export class SparseIndex {
  readonly firsts: number[] = []
  readonly times: number[] = []
  readonly positions: number[] = []

  add(first: number, timeMs: number, position: number): void {
    const last = this.positions.length - 1
    if (last >= 0 && position - this.positions[last] < INDEX_STEP_BYTES) return
    this.firsts.push(first)
    this.times.push(timeMs)
    this.positions.push(position)
  }

  /** Position of the last entry at or before the number. */
  byNumber(number: number): number {
    return this.positions[Math.max(0, upperBound(this.firsts, number) - 1)] ?? 0
  }

  /** Position of the last entry that is surely before every frame of `timeMs` or later. */
  byTime(timeMs: number): number {
    return this.positions[Math.max(0, lowerBound(this.times, timeMs) - 1)] ?? 0
  }
}

/** How many values are ≤ `limit`; the values ascend. */
function upperBound(values: readonly number[], limit: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] <= limit) low = middle + 1
    else high = middle
  }
  return low
}

function lowerBound(values: readonly number[], limit: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] < limit) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Keeps a segment's index beside it. It is a cache: one that is missing, damaged or of another length is made again from the frames,
 * so it is not synced.
 */
export function saveIndex(segment: Segment): void {
  const { index, length, next, lastTimeMs } = segment
  if (!index) return
  const values = new Float64Array(4 + index.firsts.length * 3)
  values.set([0, length, next, lastTimeMs])
  for (let i = 0; i < index.firsts.length; i++)
    values.set([index.firsts[i], index.times[i], index.positions[i]], 4 + i * 3)
  values[0] = crc32(new Uint8Array(values.buffer, 8))
  try {
    writeFileSync(segment.indexPath, new Uint8Array(values.buffer))
  } catch {
    // A full disk: the index is made again when it is needed.
  }
}

/** Takes the index from its file, if it is of this very segment. */
export function loadIndex(segment: Segment): boolean {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(segment.indexPath)
  } catch {
    return false
  }
  if (bytes.length < 32 || bytes.length % 8 !== 0) return false
  const values = new Float64Array(Uint8Array.from(bytes).buffer)
  if (values[0] !== crc32(new Uint8Array(values.buffer, 8)) || values[1] !== segment.length) return false
  const index = new SparseIndex()
  for (let i = 4; i + 2 < values.length; i += 3) {
    index.firsts.push(values[i])
    index.times.push(values[i + 1])
    index.positions.push(values[i + 2])
  }
  segment.index = index
  segment.next = values[2]
  segment.lastTimeMs = values[3]
  return true
}

/** A run of bytes read from a segment. */
interface Window {
  bytes: Uint8Array<ArrayBuffer>
  /** Where in the file it begins. */
  start: number
}

/**
 * Walks a segment's frames, checking each, from a position at which one begins. `visit` answers false to stop. Where bytes are no frame,
 * it looks for the next intact one at every eighth byte and calls `gap` with what lies between; a gap that reaches the end has
 * `toEnd`. Memory: one window, larger only for a larger frame.
 */
export async function walk(
  files: JournalFiles,
  handle: number,
  segment: Segment,
  from: number,
  visit: (frame: Frame, position: number) => boolean,
  gap: (found: Gap, toEnd: boolean) => void | Promise<void>,
  windowBytes = SCAN_BYTES,
): Promise<void> {
  const window: Window = { bytes: new Uint8Array(0), start: from }
  const fill = async (position: number, bytes: number) => {
    window.bytes = await readAll(files, handle, Math.min(bytes, segment.length - position), position)
    window.start = position
  }
  const holds = (position: number, bytes: number) => position + bytes <= window.start + window.bytes.length
  let expected = -1
  let position = from
  let badFrom = -1
  while (position < segment.length) {
    const known = badFrom < 0 ? segment.gaps.find((g) => g.position === position) : undefined
    if (known) {
      position += known.bytes
      continue
    }
    if (!holds(position, HEADER_BYTES)) await fill(position, windowBytes)
    const header = readHeader(window.bytes, position - window.start)
    const fits =
      header !== undefined &&
      header.first >= expected &&
      position + HEADER_BYTES + header.payloadBytes <= segment.length
    if (fits && !holds(position, header.frameBytes)) await fill(position, Math.max(windowBytes, header.frameBytes))
    const at = position - window.start
    if (!fits || !isIntact(window.bytes, at, header)) {
      if (badFrom < 0) badFrom = position
      position += 8
      continue
    }
    if (badFrom >= 0) await gap({ position: badFrom, bytes: position - badFrom }, false)
    badFrom = -1
    const start = at + HEADER_BYTES
    const payload = window.bytes.subarray(start, start + header.payloadBytes)
    if (!visit({ first: header.first, count: header.count, timeMs: header.timeMs, payload }, position)) return
    expected = header.first + header.count
    position += header.frameBytes
  }
  if (badFrom >= 0) await gap({ position: badFrom, bytes: segment.length - badFrom }, true)
}
