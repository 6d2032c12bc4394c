import type { TaskOrder } from '../protocol.ts'
import { bytesAtMost, plain, textOf, type Value, writeValue } from './codec.ts'
import { type Context, contextOf, type Report } from './context.ts'
import type { Loaded, ReduceFunction } from './functions.ts'
import { type Decoding, Values } from './groups.ts'
import type { SegmentWriter } from './segments.ts'

/** Where a key lies, with what of it sorts and groups. */
export interface Region {
  readonly data: Buffer
  readonly start: number
  readonly length: number
  readonly sortLength: number
  readonly groupLength: number
}

/** Runs the user's combiner over the values of one key and writes what it emits, which has to be of the same key. */
export class Combiner {
  private readonly loaded: Loaded<ReduceFunction>
  private readonly report: Report
  private readonly decoding: Decoding
  private readonly context: Context
  private scratch = Buffer.allocUnsafe(1024)
  private writer: SegmentWriter | undefined
  private region: Region | undefined
  private key: Value
  private emitted = 0

  constructor(loaded: Loaded<ReduceFunction>, order: TaskOrder, report: Report, decoding: Decoding) {
    this.loaded = loaded
    this.report = report
    this.decoding = decoding
    this.context = contextOf(order, report, (key, value) => this.emit(key, value))
  }

  run(writer: SegmentWriter, region: Region, step: () => boolean, read: () => Value): void {
    const { data, start, length, sortLength } = region
    this.writer = writer
    this.region = region
    this.emitted = 0
    this.key = this.decoding.key(data, start + sortLength, start + length)
    let taken = 0
    const counted = () => {
      const more = step()
      if (more) taken++
      return more
    }
    const answer = this.loaded.run(this.key, new Values(counted, read), this.context)
    if (typeof (answer as Promise<unknown> | undefined)?.then === 'function')
      throw new Error('A combiner runs while records are sorted: it cannot be asynchronous.')
    while (counted());
    this.report.count('COMBINE_INPUT_RECORDS', taken)
    this.report.count('COMBINE_OUTPUT_RECORDS', this.emitted)
  }

  private emit(key: Value, given: Value): void {
    if (key !== this.key && textOf(key) !== textOf(this.key))
      throw new Error(
        `The combiner emitted the key ${textOf(key)} for the group of ${textOf(this.key)}: what it emits is not sorted again, so it has to keep the key.`,
      )
    const value = plain(given)
    const most = bytesAtMost(value)
    if (most > this.scratch.length) this.scratch = Buffer.allocUnsafe(most)
    const end = writeValue(value, this.scratch, 0)
    const { data, start, length, sortLength, groupLength } = this.region!
    if (this.emitted++ > 0) this.writer!.appendSame(this.scratch, 0, end)
    else this.writer!.append(data, start, length, sortLength, groupLength, this.scratch, 0, end)
    if (this.report.wantsSample('combined')) this.report.sample('combined', this.key, given)
  }
}
