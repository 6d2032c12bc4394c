import { type Value, varintLength } from './codec.ts'
import type { Collector } from './collector.ts'
import type { Combiner } from './combiner.ts'

/** What a key costs of the sort buffer's memory with its text, its numbers, its slots and a value that waits; the table gets a quarter of that memory. */
const KEY_BYTES = 128
const SHARE = 0.25
/** Longer keys are rarely equal, and are not held. */
const KEY_CHARS_MAX = 64
/** V8 makes a part of a text from this length on point into the text, which a table of keys would keep alive. */
const SLICED_CHARS = 13
/** So many characters of a byte each are a key themselves, in two numbers: no text is compared, nor made again. */
const PACKED_CHARS = 8
/** In place of the length, of keys that are in the table by their hash. */
const HASHED = 15
const LENGTH_SHIFT = 24
/** Numbers of a slot; one is not used, so that no slot lies across the cache's lines. */
const SLOT = 4
const ID_MASK = 2 ** LENGTH_SHIFT - 1
/** Values that wait to be combined: few enough for the processor's cache, many enough that a key has several. */
const VALUES_MAX = 2 ** 18
/** With fewer records for each key the table costs more than it saves. */
const RECORDS_PER_KEY_MIN = 2

/**
 * Combines numbers of equal keys while they are emitted, before anything is made of bytes (in-mapper combining: Lin and Schatz, "Design
 * Patterns for Efficient Graph Algorithms in MapReduce"). What the combiner leaves goes on to the sort buffer when the table is full, and at the
 * end; so does what is no number, and all of it where keys are hardly ever equal. A key's values stay in order.
 */
export class Aggregator {
  records = 0
  /** Of keys and values that were emitted, once they have been combined. */
  bytes = 0
  private readonly collector: Collector
  private combiner!: Combiner
  private readonly keysMax: number
  /**
   * Of each slot what tells its key, in two numbers, and its length with the id plus one, side by side: most records need no more than one
   * place of memory.
   */
  private readonly table: Int32Array
  private readonly shift: number
  private readonly keys: string[] = []
  private readonly keyBytes: Int32Array
  /** Records of a key that are in what is kept of it. */
  private readonly counts: Int32Array
  /** What the combiner left of a key, where it holds one number. */
  private readonly kept: Float64Array
  private readonly holds: Uint8Array
  /** Values that wait, as they came, with the ids of their keys; and sorted by them. */
  private readonly ids: Int32Array
  private readonly values: Float64Array
  private readonly sorted: Float64Array
  private readonly ends: Int32Array
  private used = 0
  private open = true
  private heldRecords = 0
  private readonly outputs: Value[] = []
  private readonly run: Run

  constructor(collector: Collector, memoryBytes: number) {
    this.collector = collector
    const bits = Math.min(LENGTH_SHIFT - 1, Math.floor(Math.log2((memoryBytes * SHARE) / KEY_BYTES)))
    this.keysMax = 2 ** bits
    this.table = new Int32Array(this.keysMax * 2 * SLOT)
    this.shift = 31 - bits
    this.keyBytes = new Int32Array(this.keysMax)
    this.counts = new Int32Array(this.keysMax)
    this.kept = new Float64Array(this.keysMax)
    this.holds = new Uint8Array(this.keysMax)
    const valuesMax = Math.min(VALUES_MAX, this.keysMax)
    this.ids = new Int32Array(valuesMax)
    this.values = new Float64Array(valuesMax)
    this.sorted = new Float64Array(valuesMax + this.keysMax)
    this.ends = new Int32Array(this.keysMax)
    this.run = new Run(this.sorted)
  }

  /** Begins with another task. */
  begin(combiner: Combiner): void {
    this.combiner = combiner
    this.clear()
    this.open = true
    this.records = 0
    this.bytes = 0
  }

  emit(given: Value, value: Value): void {
    this.records++
    const key = typeof given === 'number' ? String(given) : given
    if (this.keys.length === this.keysMax) this.makeRoom()
    if (this.open && typeof key === 'string' && typeof value === 'number') {
      const { length } = key
      if (length <= KEY_CHARS_MAX) {
        const at = this.used++
        this.ids[at] = this.idOf(key)
        this.values[at] = value
        if (this.used === this.values.length) this.fold()
        return
      }
    } else if (this.open) this.close()
    const before = this.collector.bytes
    this.collector.emit(key, value)
    this.bytes += this.collector.bytes - before
  }

  /** Hands all that it holds to the sort buffer. */
  drain(): void {
    this.fold()
    const { keys, holds, kept, counts } = this
    for (let id = 0; id < keys.length; id++) if (holds[id] === 1) this.collector.emit(keys[id], kept[id], counts[id])
    this.clear()
  }

  private makeRoom(): void {
    const isWorthwhile = this.heldRecords + this.used >= this.keysMax * RECORDS_PER_KEY_MIN
    this.drain()
    this.open = isWorthwhile
  }

  private close(): void {
    this.drain()
    this.open = false
  }

  private clear(): void {
    this.table.fill(0)
    this.keys.length = 0
    this.used = 0
    this.heldRecords = 0
  }

  /** The id of a key, a new one where it has none. */
  private idOf(key: string): number {
    const { length } = key
    if (length > PACKED_CHARS) return this.hashed(key)
    let low = 0
    let high = 0
    let all = 0
    for (let i = 0; i < length; i++) {
      const char = key.charCodeAt(i)
      all |= char
      high = (high << 8) | (low >>> 24)
      low = (low << 8) | char
    }
    return all > 255 ? this.hashed(key) : this.find(key, low, high, length)
  }

  private hashed(key: string): number {
    let low = key.length
    let high = 0
    for (let i = 0; i < key.length; i++) {
      const char = key.charCodeAt(i)
      low = (Math.imul(low, 31) + char) | 0
      high = (Math.imul(high, 37) + char) | 0
    }
    return this.find(key, low, high, HASHED)
  }

  private find(key: string, low: number, high: number, length: number): number {
    const { table, keys } = this
    const mask = table.length - 1
    const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1) + length
    let slot = (mixed >>> this.shift) * SLOT
    for (let tag = table[slot + 2]; tag !== 0; tag = table[slot + 2]) {
      if (table[slot] === low && table[slot + 1] === high && tag >>> LENGTH_SHIFT === length) {
        const id = (tag & ID_MASK) - 1
        if (length !== HASHED || keys[id] === key) return id
      }
      slot = (slot + SLOT) & mask
    }
    table[slot] = low
    table[slot + 1] = high
    table[slot + 2] = (keys.length + 1) | (length << LENGTH_SHIFT)
    return this.add(key)
  }

  private add(key: string): number {
    const { keys } = this
    const id = keys.length
    keys.push(key.length < SLICED_CHARS ? key : Buffer.from(key, 'utf16le').toString('utf16le'))
    this.keyBytes[id] = Buffer.byteLength(key)
    this.counts[id] = 0
    this.holds[id] = 0
    return id
  }

  /** Combines the values of all keys that have several. */
  private fold(): void {
    const [keys, ends, sorted, kept, holds] = [this.keys, this.ends, this.sorted, this.kept, this.holds]
    this.sortValues()
    for (let id = 0, start = 0; id < keys.length; start = ends[id++]) {
      const count = ends[id] - start
      if (count > 1) this.combine(id, start, ends[id])
      else if (count === 1) {
        kept[id] = sorted[start]
        holds[id] = 1
      }
    }
  }

  /** Brings the values of each key together, in their order, behind what is kept of it. */
  private sortValues(): void {
    const { keys, ends, ids, values, used, sorted, kept, holds, counts, keyBytes } = this
    ends.fill(0, 0, keys.length)
    let bytes = 0
    for (let i = 0; i < used; i++) {
      ends[ids[i]]++
      bytes += numberBytes(values[i])
    }
    let end = 0
    for (let id = 0; id < keys.length; id++) {
      const count = ends[id]
      counts[id] += count
      bytes += count * keyBytes[id]
      if (count > 0 && holds[id] === 1) sorted[end++] = kept[id]
      ends[id] = end
      end += count
    }
    for (let i = 0; i < used; i++) sorted[ends[ids[i]]++] = values[i]
    this.bytes += bytes
    this.heldRecords += used
    this.used = 0
  }

  private readonly into = (value: Value) => void this.outputs.push(value)

  private combine(id: number, start: number, end: number): void {
    const { keys, kept, holds, counts, run, outputs } = this
    const combiner = this.combiner
    run.begin(start, end)
    outputs.length = 0
    combiner.run(keys[id], run, this.into)
    // What it leaves is counted when it goes into the combiner of the spill.
    combiner.input += end - start - outputs.length
    const [only] = outputs
    if (outputs.length === 1 && typeof only === 'number') {
      kept[id] = only
      holds[id] = 1
      return
    }
    holds[id] = 0
    for (const value of outputs) {
      this.collector.emit(keys[id], value, counts[id])
      counts[id] = 0
    }
  }
}

/** The values of one key. It is used again for the next key. */
class Run implements IterableIterator<number> {
  private readonly values: Float64Array
  private readonly result: { done: boolean; value: number | undefined } = { done: false, value: undefined }
  private at = 0
  private end = 0

  constructor(values: Float64Array) {
    this.values = values
  }

  begin(start: number, end: number): void {
    this.at = start
    this.end = end
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<number> {
    const result = this.result
    result.done = this.at === this.end
    result.value = result.done ? undefined : this.values[this.at++]
    return result as IteratorResult<number>
  }
}

/** As the codec writes it, without the tag. */
const numberBytes = (value: number): number =>
  value >= 0 && value < 64 && Number.isInteger(value)
    ? 1
    : Number.isInteger(value) && Math.abs(value) <= 4e15 && !Object.is(value, -0)
      ? varintLength(value < 0 ? -value * 2 - 1 : value * 2)
      : 8
