import { join } from 'node:path'
import type { Segment } from '../protocol.ts'
import { compareKeys, SegmentReader, SegmentWriter } from './segments.ts'
import { compareBytes } from './sorter.ts'

/** Memory that the buffers of one merge take together, bytes; a segment has this much at most, and so much at least. */
const MERGE_BYTES = 16 * 1024 * 1024
const READ_BYTES = { most: 1024 * 1024, least: 32 * 1024 }

/** The records of several sorted segments in order; of equal keys those of the earlier segment come first. */
export class Merger {
  /** Has the record. */
  current: SegmentReader
  /** It has the key of the record before it. */
  same = false
  private readonly heap: SegmentReader[] = []
  private readonly order = new Map<SegmentReader, number>()
  private begun = false
  private readonly all: SegmentReader[]

  constructor(segments: readonly (Segment & { readonly map?: number })[]) {
    const share = Math.floor(MERGE_BYTES / Math.max(1, segments.length))
    const bytes = Math.min(READ_BYTES.most, Math.max(READ_BYTES.least, share))
    this.all = segments.map((segment) => new SegmentReader(segment, bytes, segment.map))
    this.all.forEach((reader, i) => {
      this.order.set(reader, i)
      if (reader.next()) this.push(reader)
    })
    this.current = this.heap[0]
  }

  /** Goes to the next record; false at the end. */
  next(): boolean {
    const { heap } = this
    if (!this.begun) {
      this.begun = true
      this.same = false
      return heap.length > 0
    }
    const last = heap[0]
    if (last === undefined) return false
    const more = last.next()
    if (more && last.same) {
      this.same = true
      return true
    }
    const [key, length] = more ? [last.lastKey, last.lastKeyLength] : [last.key, last.keyLength]
    if (!more) {
      const moved = heap.pop()!
      if (heap.length > 0) heap[0] = moved
    }
    if (heap.length === 0) return false
    if (heap.length > 1) this.sift()
    this.current = heap[0]
    this.same = this.current !== last && compareBytes(key, 0, length, this.current.key, 0, this.current.keyLength) === 0
    return true
  }

  close(): void {
    for (const reader of this.all) reader.close()
  }

  private before(a: SegmentReader, b: SegmentReader): boolean {
    const compared = compareKeys(a, b)
    return compared !== 0 ? compared < 0 : this.order.get(a)! < this.order.get(b)!
  }

  private push(reader: SegmentReader): void {
    const { heap } = this
    let at = heap.push(reader) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.before(reader, heap[parent])) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = reader
  }

  private sift(): void {
    const { heap } = this
    const moved = heap[0]
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.before(heap[child + 1], heap[child])) child++
      if (!this.before(heap[child], moved)) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = moved
  }
}

/** Merges neighbouring segments into files until no more than `factor` are left, so that few are open at once. */
export function mergeDown(segments: readonly Segment[], factor: number, directory: string, name: string): Segment[] {
  const left: Segment[] = [...segments]
  for (let pass = 0; left.length > factor; pass++) {
    const count = Math.min(factor, left.length - factor + 1)
    const writer = new SegmentWriter(join(directory, `${name}.merge${pass}`))
    const merger = new Merger(left.slice(0, count))
    copyAll(merger, writer)
    writer.endPartition()
    writer.close()
    merger.close()
    // What came of it goes to the place of what it came from: the order of equal keys stays.
    left.splice(0, count, writer.segments[0])
  }
  return left
}

export function copyAll(merger: Merger, writer: SegmentWriter): number {
  let records = 0
  while (merger.next()) {
    const { key, keyLength, sortLength, groupLength, buffer, valueStart, valueLength } = merger.current
    if (merger.same) writer.appendSame(buffer, valueStart, valueLength)
    else writer.append(key, 0, keyLength, sortLength, groupLength, buffer, valueStart, valueLength)
    records++
  }
  return records
}
