import type { TaskOrder } from '../protocol.ts'
import { textOf, type Value } from './codec.ts'
import { type Context, contextOf, type Report } from './context.ts'
import type { Loaded, ReduceFunction } from './functions.ts'

/** Runs the user's combiner over the values of one key; what it emits has to be of the same key. */
export class Combiner {
  /** Records that were combined, and what was left of them. */
  input = 0
  output = 0
  private readonly loaded: Loaded<ReduceFunction>
  private readonly report: Report
  private readonly context: Context
  private key: Value
  private into: (value: Value) => void = () => {}
  private sampling = true

  constructor(loaded: Loaded<ReduceFunction>, order: TaskOrder, report: Report) {
    this.loaded = loaded
    this.report = report
    this.context = contextOf(order, report, (key, value) => this.emit(key, value))
  }

  run(key: Value, values: IterableIterator<Value>, into: (value: Value) => void): void {
    this.key = key
    this.into = into
    const answer = this.loaded.run(key, values, this.context)
    if (typeof (answer as Promise<unknown> | undefined)?.then === 'function')
      throw new Error('A combiner runs while records are sorted: it cannot be asynchronous.')
  }

  /** Counts, as Hadoop's counters name it, what has been combined since it was last told. */
  tell(): void {
    this.report.count('COMBINE_INPUT_RECORDS', this.input)
    this.report.count('COMBINE_OUTPUT_RECORDS', this.output)
    this.input = 0
    this.output = 0
  }

  private emit(key: Value, value: Value): void {
    if (key !== this.key && textOf(key) !== textOf(this.key))
      throw new Error(
        `The combiner emitted the key ${textOf(key)} for the group of ${textOf(this.key)}: what it emits is not sorted again, so it has to keep the key.`,
      )
    this.into(value)
    if (!this.sampling) return
    this.report.sample('combined', this.key, value)
    this.sampling = this.report.wantsSample('combined')
  }
}
