import type { Sort } from '../contract.ts'
import { bytesAtMost, plain, readText, type Value, writeText, writeValue, writeVarint } from './codec.ts'
import { hashBytes, type Partitioner } from './partitioner.ts'
import { sortKeyBytesAtMost, writeSortKey } from './sort-key.ts'
import { compareBytes, IDS_MAX, sortIds } from './sorter.ts'

/** What a key costs beside its bytes, with its share of the table; and a value. */
const ENTRY_BYTES = 44
const VALUE_BYTES = 8
const MIB = 1024 * 1024

export interface CollectorOptions {
  readonly memoryBytes: number
  readonly partitions: number
  readonly sort: Sort | undefined
  readonly partitioner: Partitioner
  /** A function's choice, from the record as it was emitted. */
  readonly choose: ((key: Value, value: Value, partitions: number) => number) | undefined
}

/**
 * The sort buffer of a map task. Equal keys are found by a table while they come in, so a key is held once with a chain of its values, and
 * only keys are sorted. Arrays are as large as the buffer's memory allows in the extreme; the system gives pages to what is used of them,
 * which together stays within the memory.
 */
export class Collector {
  /** The buffer is full: it is to be written out, by `sorted`, and cleared. */
  spill: () => void = () => {}
  records = 0
  /** Bytes of keys and values that were emitted. */
  bytes = 0
  readonly data: Buffer
  readonly offsets: Int32Array
  /** Of what sorts. */
  readonly lengths: Int32Array
  readonly keyLengths: Int32Array
  readonly groupLengths: Int32Array
  /** Records of a key that were emitted. */
  readonly counts: Int32Array
  private readonly partitionOf: Int32Array
  private readonly hashes: Int32Array
  private readonly heads: Int32Array
  private readonly tails: Int32Array
  private readonly nextValues: Int32Array
  private readonly valueOffsets: Int32Array
  private readonly table: Int32Array
  private readonly mask: number
  private readonly options: CollectorOptions
  private position = 0
  private entries = 0
  private values = 0
  private readonly entriesMax: number
  private readonly valuesMax: number

  constructor(options: CollectorOptions) {
    this.options = options
    const { memoryBytes } = options
    this.entriesMax = Math.min(IDS_MAX - 1, Math.floor(memoryBytes / ENTRY_BYTES))
    this.valuesMax = Math.floor(memoryBytes / VALUE_BYTES)
    this.data = Buffer.allocUnsafeSlow(memoryBytes)
    const ofEntries = () => new Int32Array(this.entriesMax)
    this.offsets = ofEntries()
    this.keyLengths = ofEntries()
    this.lengths = options.sort ? ofEntries() : this.keyLengths
    this.groupLengths = options.sort ? ofEntries() : this.keyLengths
    this.counts = ofEntries()
    this.partitionOf = ofEntries()
    this.hashes = ofEntries()
    this.heads = ofEntries()
    this.tails = ofEntries()
    this.nextValues = new Int32Array(this.valuesMax)
    this.valueOffsets = new Int32Array(this.valuesMax)
    const slots = 2 ** Math.ceil(Math.log2(this.entriesMax * 1.5))
    this.table = new Int32Array(slots)
    this.mask = slots - 1
  }

  /** Begins with another task. */
  begin(spill: () => void): void {
    this.clear()
    this.spill = spill
    this.records = 0
    this.bytes = 0
  }

  get isEmpty(): boolean {
    return this.values === 0
  }

  /** `records`: how many have been combined into this one. */
  emit(key: Value, given: Value, records = 1): void {
    const value = plain(given)
    const text =
      typeof key === 'string' || key instanceof Uint8Array ? key : key === null || key === undefined ? '' : String(key)
    const keyMost = typeof text === 'string' ? text.length * 3 : text.length
    const sortMost = this.options.sort ? sortKeyBytesAtMost(this.options.sort, keyMost) : 0
    // The key once more: it is written first and moved behind its sort key.
    this.room(sortMost + keyMost * (sortMost > 0 ? 2 : 1) + bytesAtMost(value) + 5)
    const { data, position } = this
    let keyEnd: number
    if (typeof text === 'string') keyEnd = writeText(text, data, position)
    else {
      data.set(text, position)
      keyEnd = position + text.length
    }
    this.add(position, keyEnd, value, key, records)
  }

  /** Forgets what has been written out. */
  clear(): void {
    this.table.fill(0)
    this.position = 0
    this.entries = 0
    this.values = 0
  }

  /** Ids of the keys of each partition, sorted. */
  sorted(): Int32Array[] {
    const { partitions } = this.options
    const starts = new Int32Array(partitions + 1)
    for (let id = 0; id < this.entries; id++) starts[this.partitionOf[id] + 1]++
    for (let p = 0; p < partitions; p++) starts[p + 1] += starts[p]
    const at = starts.slice()
    const ids = new Int32Array(this.entries)
    for (let id = 0; id < this.entries; id++) ids[at[this.partitionOf[id]]++] = id
    return Array.from({ length: partitions }, (_, p) => {
      const own = ids.subarray(starts[p], starts[p + 1])
      sortIds(this, own)
      return own
    })
  }

  /** Places of a key's values in `data`, in the order in which they came: first `-1` for the first one. */
  nextValue(id: number, after: number): number {
    return after < 0 ? this.heads[id] - 1 : this.nextValues[after] - 1
  }

  /** Where a value begins, tag first; its length is then in `lengthFound`. No pair is made: this runs for every record. */
  valueStart(value: number): number {
    let at = this.valueOffsets[value]
    let byte = this.data[at++]
    let length = byte & 127
    for (let scale = 128; byte > 127; scale *= 128) {
      byte = this.data[at++]
      length += (byte & 127) * scale
    }
    this.lengthFound = length
    return at
  }

  lengthFound = 0

  private add(start: number, keyEnd: number, value: Value, key: Value, records: number): void {
    const { data, options, table } = this
    const mask = this.mask
    const keyLength = keyEnd - start
    const hash = hashBytes(data, start, keyEnd)
    let regionEnd = keyEnd
    let sortLength = keyLength
    let groupLength = keyLength
    if (options.sort) {
      // The key is at `start`; its sort key is written behind it, and both change places.
      const made = writeSortKey(options.sort, data, start, keyEnd, data, keyEnd)
      sortLength = made.end - keyEnd
      groupLength = made.groupEnd - keyEnd
      data.copy(data, made.end, start, keyEnd)
      data.copy(data, start, keyEnd, made.end + keyLength)
      regionEnd = start + sortLength + keyLength
    }
    const partition = this.choosePartition(key, value, regionEnd - keyLength, regionEnd, start, start + groupLength)
    const regionLength = regionEnd - start
    let slot = Math.imul(hash ^ (partition * 0x9e3779b1), 0x85ebca6b) & mask
    let id = table[slot] - 1
    while (id >= 0) {
      if (
        this.hashes[id] === hash &&
        this.keyLengths[id] === regionLength &&
        this.partitionOf[id] === partition &&
        compareBytes(data, this.offsets[id], regionLength, data, start, regionLength) === 0
      )
        break
      slot = (slot + 1) & mask
      id = table[slot] - 1
    }
    let at = start
    if (id < 0) {
      id = this.entries++
      table[slot] = id + 1
      this.offsets[id] = start
      this.keyLengths[id] = regionLength
      if (options.sort) {
        this.lengths[id] = sortLength
        this.groupLengths[id] = groupLength
      }
      this.hashes[id] = hash
      this.partitionOf[id] = partition
      this.heads[id] = 0
      this.counts[id] = 0
      at = regionEnd
    }
    this.counts[id] += records
    this.append(id, at, value, keyLength)
  }

  private append(id: number, at: number, value: Value, keyLength: number): void {
    const { data } = this
    const index = this.values++
    this.valueOffsets[index] = at
    // Most values are short: their length takes one byte, and a longer one is moved to make room for its own.
    let end = writeValue(value, data, at + 1)
    const length = end - at - 1
    if (length < 128) data[at] = length
    else {
      const head = writeVarint(data, end, length) - end
      data.copyWithin(at + head, at + 1, end)
      writeVarint(data, at, length)
      end = at + head + length
    }
    this.nextValues[index] = 0
    if (this.heads[id] === 0) this.heads[id] = index + 1
    else this.nextValues[this.tails[id]] = index + 1
    this.tails[id] = index
    this.position = end
    this.records++
    this.bytes += keyLength + length - 1
  }

  private choosePartition(
    key: Value,
    value: Value,
    keyStart: number,
    keyEnd: number,
    groupStart: number,
    groupEnd: number,
  ): number {
    const { choose, partitions, partitioner } = this.options
    const partition = choose
      ? choose(typeof key === 'string' ? key : readText(this.data, keyStart, keyEnd), value, partitions)
      : partitioner(this.data, keyStart, keyEnd, groupStart, groupEnd)
    if (!(partition >= 0 && partition < partitions && Number.isInteger(partition)))
      throw new Error(`Illegal partition for ${readText(this.data, keyStart, keyEnd)} (${partition})`)
    return partition
  }

  private room(bytes: number): void {
    const { memoryBytes } = this.options
    const used = this.position + this.entries * ENTRY_BYTES + this.values * VALUE_BYTES
    const wanted = bytes + 10
    const fits =
      used + wanted + ENTRY_BYTES + VALUE_BYTES <= memoryBytes &&
      this.position + wanted <= this.data.length &&
      this.entries < this.entriesMax &&
      this.values < this.valuesMax
    if (fits) return
    if (!this.isEmpty) this.spill()
    if (wanted + ENTRY_BYTES + VALUE_BYTES > memoryBytes)
      throw new Error(
        `A record of up to ${Math.ceil(wanted / MIB)} MiB does not fit into the sort buffer of ${Math.floor(memoryBytes / MIB)} MiB: set memoryMiB higher.`,
      )
  }
}
