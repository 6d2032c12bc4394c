import { type Value, varintLength } from './codec.ts'
import type { Collector } from './collector.ts'
import type { Combiner } from './combiner.ts'

/** What a key costs of the sort buffer's memory with its text, its entry and its slots; the table gets a quarter of that memory. */
const KEY_BYTES = 128
const SHARE = 0.25
/** Longer keys are rarely equal, and are not held. */
const KEY_CHARS_MAX = 64
/** V8 makes a part of a text from this length on point into the text, which a table of keys would keep alive. */
const SLICED_CHARS = 13
/** Values that wait to be combined: few enough for the processor's cache, many enough that a key has several. */
const VALUES_MAX = 2 ** 16
/** With fewer records for each key the table costs more than it saves. */
const RECORDS_PER_KEY_MIN = 2

/** Of an entry: numbers side by side, since a record needs all of them. */
const ENTRY = 4
const [HASH, HEAD, TAIL, RECORDS] = [0, 1, 2, 3]
/** In place of a value's index: the key has no value; it has none beside the one that is kept. */
const [NONE, END] = [-2, -1]

/**
 * Combines numbers of equal keys while they are emitted, before anything is made of bytes (in-mapper combining: Lin and Schatz, "Design
 * Patterns for Efficient Graph Algorithms in MapReduce"). What the combiner leaves goes on to the sort buffer when the table is full, and at the
 * end; so does what is no number, and all of it where keys are hardly ever equal. A key's values stay in order.
 */
export class Aggregator {
  records = 0
  /** Of keys and values that were emitted. */
  bytes = 0
  private readonly collector: Collector
  private combiner!: Combiner
  private readonly keysMax: number
  private readonly table: Int32Array
  private readonly shift: number
  private readonly entries: Int32Array
  private readonly keys: string[] = []
  /** A key's first value, or what became of all of them; more wait in a chain. */
  private readonly kept: Float64Array
  private readonly values = new Float64Array(VALUES_MAX)
  private readonly next = new Int32Array(VALUES_MAX)
  private used = 0
  private open = true
  private heldRecords = 0
  private readonly outputs: Value[] = []
  private readonly chain: Chain

  constructor(collector: Collector, memoryBytes: number) {
    this.collector = collector
    const bits = Math.floor(Math.log2((memoryBytes * SHARE) / KEY_BYTES))
    this.keysMax = 2 ** bits
    this.table = new Int32Array(this.keysMax * 2)
    this.shift = 31 - bits
    this.entries = new Int32Array(this.keysMax * ENTRY)
    this.kept = new Float64Array(this.keysMax)
    this.chain = new Chain(this.values, this.next)
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
        this.bytes += length + (value >= 0 && value < 64 && Number.isInteger(value) ? 1 : numberBytes(value))
        let hash = length
        for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0
        this.add(this.find(key, hash), value)
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
    const { keys } = this
    for (let id = 0; id < keys.length; id++) {
      const records = this.entries[id * ENTRY + RECORDS]
      this.bytes += records * (Buffer.byteLength(keys[id]) - keys[id].length)
      if (this.entries[id * ENTRY + HEAD] !== NONE) this.collector.emit(keys[id], this.kept[id], records)
    }
    this.clear()
  }

  private makeRoom(): void {
    const isWorthwhile = this.heldRecords >= this.keysMax * RECORDS_PER_KEY_MIN
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

  /** The entry of a key, a new one where it has none. */
  private find(key: string, hash: number): number {
    const { table, entries, keys } = this
    const mask = table.length - 1
    let slot = Math.imul(hash, 0x9e3779b1) >>> this.shift
    for (let id = table[slot] - 1; id >= 0; id = table[slot] - 1) {
      if (entries[id * ENTRY + HASH] === hash && keys[id] === key) return id
      slot = (slot + 1) & mask
    }
    const id = keys.length
    keys.push(key.length < SLICED_CHARS ? key : Buffer.from(key, 'utf16le').toString('utf16le'))
    table[slot] = id + 1
    entries[id * ENTRY + HASH] = hash
    entries[id * ENTRY + HEAD] = NONE
    entries[id * ENTRY + RECORDS] = 0
    return id
  }

  private add(id: number, value: number): void {
    const { entries } = this
    const entry = id * ENTRY
    const head = entries[entry + HEAD]
    entries[entry + RECORDS]++
    this.heldRecords++
    if (head === NONE) {
      this.kept[id] = value
      entries[entry + HEAD] = END
      return
    }
    const at = this.used++
    this.values[at] = value
    this.next[at] = END
    if (head === END) entries[entry + HEAD] = at
    else this.next[entries[entry + TAIL]] = at
    entries[entry + TAIL] = at
    if (this.used === VALUES_MAX) this.fold()
  }

  /** Combines the values of all keys that have several. */
  private fold(): void {
    const { entries, keys, kept } = this
    const [combiner, chain, outputs] = [this.combiner, this.chain, this.outputs]
    const into = (value: Value) => void outputs.push(value)
    for (let id = 0; id < keys.length; id++) {
      const entry = id * ENTRY
      const head = entries[entry + HEAD]
      if (head < 0) continue
      chain.begin(kept[id], head)
      outputs.length = 0
      combiner.run(keys[id], chain, into)
      // What it leaves is counted when it goes into the combiner of the spill.
      combiner.input += chain.rest() - outputs.length
      const [only] = outputs
      if (outputs.length === 1 && typeof only === 'number') {
        kept[id] = only
        entries[entry + HEAD] = END
        continue
      }
      entries[entry + HEAD] = NONE
      for (const value of outputs) {
        this.collector.emit(keys[id], value, entries[entry + RECORDS])
        entries[entry + RECORDS] = 0
      }
    }
    this.used = 0
  }
}

/** The values of one key: the one that is kept, then those that came after. It is used again for the next key. */
class Chain implements IterableIterator<number> {
  private readonly values: Float64Array
  private readonly following: Int32Array
  private readonly result: { done: boolean; value: number | undefined } = { done: false, value: undefined }
  private first = 0
  private at = END
  private begun = false
  private taken = 0

  constructor(values: Float64Array, following: Int32Array) {
    this.values = values
    this.following = following
  }

  begin(first: number, head: number): void {
    this.first = first
    this.at = head
    this.begun = false
    this.taken = 0
  }

  [Symbol.iterator](): this {
    return this
  }

  next(): IteratorResult<number> {
    const [result, at] = [this.result, this.at]
    result.done = false
    this.taken++
    if (!this.begun) {
      this.begun = true
      result.value = this.first
    } else if (at !== END) {
      result.value = this.values[at]
      this.at = this.following[at]
    } else {
      this.taken--
      result.done = true
      result.value = undefined
    }
    return result as IteratorResult<number>
  }

  /** Passes over what was not taken; how many values there were. */
  rest(): number {
    while (!this.next().done);
    return this.taken
  }
}

/** As the codec writes it, without the tag. */
const numberBytes = (value: number): number =>
  Number.isInteger(value) && Math.abs(value) <= 4e15 && !Object.is(value, -0)
    ? varintLength(value < 0 ? -value * 2 - 1 : value * 2)
    : 8
