import { readValue, type Value } from './codec.ts'
import type { Merger } from './merger.ts'
import { compareBytes } from './sorter.ts'

/** Decodes keys and values for functions, as a spec's `records` says. */
export interface Decoding {
  key(data: Buffer, start: number, end: number): Value
  value(data: Buffer, start: number, end: number): Value
}

export const decoding = (records: 'auto' | 'bytes'): Decoding =>
  records === 'auto'
    ? { key: (data, start, end) => data.utf8Slice(start, end), value: readValue }
    : {
        key: (data, start, end) => Uint8Array.prototype.slice.call(data, start, end),
        value: (data, start, end) => Uint8Array.prototype.slice.call(data, start + 1, end),
      }

/** The values of one group, each read when it is asked for, once. */
export class Values implements IterableIterator<Value> {
  private readonly step: () => boolean
  private readonly read: () => Value
  private readonly result: { done: boolean; value: Value } = { done: false, value: undefined }

  /** `step` goes to the next value of the group, if there is one. */
  constructor(step: () => boolean, read: () => Value) {
    this.step = step
    this.read = read
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<Value> {
    const result = this.result
    result.done = !this.step()
    result.value = result.done ? undefined : this.read()
    return result as IteratorResult<Value>
  }
}

/** Goes through a merge group by group: by the whole key, or by what of it makes a group. */
export class Groups {
  readonly merger: Merger
  records = 0
  private readonly whole: boolean
  private group = Buffer.allocUnsafe(64)
  private groupLength = 0
  /** The merge stands on a record that belongs to the next group. */
  private ahead: boolean
  private first = false

  /** `whole`: keys that only sort alike are groups of their own. */
  constructor(merger: Merger, whole = false) {
    this.merger = merger
    this.whole = whole
    this.ahead = merger.next()
  }

  /** Goes to the next group; what is left of the one before is passed over. */
  next(): boolean {
    while (this.step());
    if (!this.ahead) return false
    const { key, keyLength, groupLength } = this.merger.current
    const length = this.whole ? keyLength : groupLength
    if (this.group.length < length) this.group = Buffer.allocUnsafe(length * 2)
    key.copy(this.group, 0, 0, length)
    this.groupLength = length
    this.first = true
    return true
  }

  /** Goes to the next record of the group; the first call stands on its first. */
  step(): boolean {
    if (this.first) {
      this.first = false
      this.ahead = false
      this.records++
      return true
    }
    if (this.ahead || this.ended) return false
    const { merger } = this
    if (!merger.next()) {
      this.ended = true
      return false
    }
    if (!merger.same) {
      const { key, keyLength, groupLength } = merger.current
      const length = this.whole ? keyLength : groupLength
      if (compareBytes(key, 0, length, this.group, 0, this.groupLength) !== 0) {
        this.ahead = true
        return false
      }
    }
    this.records++
    return true
  }

  private ended = false
}
