import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Sort } from '../contract.ts'
import type { Segment } from '../protocol.ts'
import { bytesAtMost, plain, type Value, writeValue } from './codec.ts'
import type { Collector } from './collector.ts'
import type { Combiner } from './combiner.ts'
import type { Report } from './context.ts'
import type { Decoding } from './groups.ts'
import { Groups, Values } from './groups.ts'
import type { HeavyKeys } from './heavy-keys.ts'
import { copyAll, Merger, mergeDown } from './merger.ts'
import { SegmentWriter } from './segments.ts'

/** With fewer spills a second combine costs more than it saves (mapreduce.map.combine.minspills). */
const COMBINE_SPILLS_MIN = 3

/** Where a key lies, with what of it sorts and groups. */
interface Region {
  readonly data: Buffer
  readonly start: number
  readonly length: number
  readonly sortLength: number
  readonly groupLength: number
}

export interface SpillParts {
  readonly directory: string
  readonly collector: Collector
  readonly combiner: Combiner | undefined
  readonly report: Report
  readonly heavy: HeavyKeys
  readonly decoding: Decoding
  readonly sort: Sort | undefined
  readonly sortFactor: number
}

/** Writes the sort buffer out, sorted and combined, whenever it is full, and merges what was written into the map's output. */
export class Spills {
  private readonly parts: SpillParts
  private readonly spills: Segment[][] = []
  private scratch = Buffer.allocUnsafe(1024)

  constructor(parts: SpillParts) {
    this.parts = parts
  }

  spill(): void {
    const { collector, combiner, report, heavy, directory } = this.parts
    const writer = new SegmentWriter(join(directory, `spill${this.spills.length}`))
    for (const [partition, ids] of collector.sorted().entries()) {
      heavy.add(partition, collector, ids)
      for (const id of ids) {
        if (combiner) this.combine(combiner, writer, id)
        else this.write(writer, id)
      }
      if (ids.length > 0 && report.wantsSample('partition')) this.samplePartition(partition, ids[0])
      writer.endPartition()
    }
    writer.close()
    collector.clear()
    combiner?.tell()
    this.keep(writer)
  }

  /** The map's output, by partition. */
  finish(): Segment[] {
    const { collector, directory, report, combiner, sortFactor } = this.parts
    if (!collector.isEmpty || this.spills.length === 0) this.spill()
    const file = join(directory, 'file.out')
    if (this.spills.length === 1) {
      renameSync(this.spills[0][0].file, file)
      return this.spills[0].map((segment) => ({ ...segment, file }))
    }
    report.phase = 'sort'
    const writer = new SegmentWriter(file)
    const again = combiner && this.spills.length >= COMBINE_SPILLS_MIN
    for (let partition = 0; partition < this.spills[0].length; partition++) {
      const own = this.spills.map((segments) => segments[partition])
      const merger = new Merger(mergeDown(own, sortFactor, directory, `p${partition}`))
      if (again) this.combineMerged(combiner, merger, writer)
      else copyAll(merger, writer)
      merger.close()
      writer.endPartition()
      report.tick()
    }
    writer.close()
    for (const [spill] of this.spills) rmSync(spill.file, { force: true })
    this.keep(writer)
    this.spills.pop()
    report.count('MERGED_MAP_OUTPUTS', this.spills.length)
    return writer.segments
  }

  get count(): number {
    return this.spills.length
  }

  private keep({ segments }: SegmentWriter): void {
    const sum = (of: (segment: Segment) => number) => segments.reduce((total, segment) => total + of(segment), 0)
    this.parts.report.count(
      'SPILLED_RECORDS',
      sum(({ records }) => records),
    )
    this.parts.report.countIn(
      'Millrace',
      'SPILLED_BYTES',
      sum(({ bytes }) => bytes),
    )
    this.spills.push([...segments])
  }

  private write(writer: SegmentWriter, id: number): void {
    const { collector, sort } = this.parts
    const { data, offsets, keyLengths, lengths, groupLengths } = collector
    let value = collector.nextValue(id, -1)
    let start = collector.valueStart(value)
    const sortLength = sort ? lengths[id] : 0
    writer.append(
      data,
      offsets[id],
      keyLengths[id],
      sortLength,
      sort ? groupLengths[id] : 0,
      data,
      start,
      collector.lengthFound,
    )
    for (value = collector.nextValue(id, value); value >= 0; value = collector.nextValue(id, value)) {
      start = collector.valueStart(value)
      writer.appendSame(data, start, collector.lengthFound)
    }
  }

  private combine(combiner: Combiner, writer: SegmentWriter, id: number): void {
    const { collector, sort, decoding } = this.parts
    const { data, offsets, keyLengths, lengths, groupLengths } = collector
    let value = collector.nextValue(id, -1)
    // One value is as it is combined: nearly all are, where the table before the sort buffer has combined them.
    if (collector.nextValue(id, value) < 0) {
      combiner.input++
      combiner.output++
      this.write(writer, id)
      return
    }
    const region = {
      data,
      start: offsets[id],
      length: keyLengths[id],
      sortLength: sort ? lengths[id] : 0,
      groupLength: sort ? groupLengths[id] : 0,
    }
    let start = 0
    const step = () => {
      if (value < 0) return false
      start = collector.valueStart(value)
      value = collector.nextValue(id, value)
      return true
    }
    const read = () => decoding.value(data, start, start + collector.lengthFound)
    this.runCombiner(combiner, writer, region, step, read)
  }

  private combineMerged(combiner: Combiner, merger: Merger, writer: SegmentWriter): void {
    const groups = new Groups(merger, true)
    while (groups.next()) {
      const { key, keyLength, sortLength, groupLength } = merger.current
      const region = {
        data: Buffer.from(key.subarray(0, keyLength)),
        start: 0,
        length: keyLength,
        sortLength,
        groupLength,
      }
      const read = () => {
        const { buffer, valueStart, valueLength } = merger.current
        return this.parts.decoding.value(buffer, valueStart, valueStart + valueLength)
      }
      this.runCombiner(combiner, writer, region, () => groups.step(), read)
    }
    combiner.tell()
  }

  private runCombiner(
    combiner: Combiner,
    writer: SegmentWriter,
    { data, start, length, sortLength, groupLength }: Region,
    step: () => boolean,
    read: () => Value,
  ): void {
    const counted = () => {
      const more = step()
      if (more) combiner.input++
      return more
    }
    let emitted = 0
    const into = (given: Value) => {
      const value = plain(given)
      const most = bytesAtMost(value)
      if (most > this.scratch.length) this.scratch = Buffer.allocUnsafe(most)
      const end = writeValue(value, this.scratch, 0)
      if (emitted++ > 0) writer.appendSame(this.scratch, 0, end)
      else writer.append(data, start, length, sortLength, groupLength, this.scratch, 0, end)
    }
    combiner.run(this.parts.decoding.key(data, start + sortLength, start + length), new Values(counted, read), into)
    while (counted());
    combiner.output += emitted
  }

  private samplePartition(partition: number, id: number): void {
    const { collector, report, sort } = this.parts
    const { data, offsets, keyLengths, lengths } = collector
    const start = collector.valueStart(collector.nextValue(id, -1))
    const keyStart = offsets[id] + (sort ? lengths[id] : 0)
    const key = data.utf8Slice(keyStart, offsets[id] + keyLengths[id])
    report.sample('partition', key, this.parts.decoding.value(data, start, start + collector.lengthFound), partition)
  }
}
