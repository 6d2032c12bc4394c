import { bitWidth, GrowingBytes, packBits } from './bytes.ts'

/** Least and greatest value of a column chunk in the form that the footer takes. */
export interface Statistics {
  min_value?: number | bigint | Uint8Array
  max_value?: number | bigint | Uint8Array
  null_count: bigint
}

/** A column chunk ready for pages: values are dense, nulls are in the definition levels only. */
export interface ChunkData {
  readonly rows: number
  readonly nullCount: number
  /** One byte a row, 0 where it is null. */
  readonly levels: Uint8Array
  readonly values: Uint8Array
  /** Where present, `values` are packed indexes into it. */
  readonly dictionary?: { readonly bytes: Uint8Array; readonly count: number }
  readonly statistics: Statistics
}

const START_ROWS = 256

/** Collects one column's values for one row group. `undo` takes the last row back, since a record goes in whole or not at all. */
export abstract class ColumnBuilder {
  rows = 0
  protected nulls = 0
  private levels = new Uint8Array(START_ROWS)

  protected abstract dropLast(): void
  protected abstract chunk(): Pick<ChunkData, 'values' | 'dictionary'> & { min?: Bound; max?: Bound }
  /** Memory that the values take, bytes. */
  abstract get bytes(): number

  addNull(): void {
    this.mark(0)
    this.nulls++
  }

  undo(): void {
    this.rows--
    if (this.levels[this.rows] === 1) this.dropLast()
    else this.nulls--
  }

  finish(): ChunkData {
    const { min, max, ...data } = this.chunk()
    return {
      ...data,
      rows: this.rows,
      nullCount: this.nulls,
      levels: this.levels.subarray(0, this.rows),
      statistics: { min_value: min, max_value: max, null_count: BigInt(this.nulls) },
    }
  }

  protected get count(): number {
    return this.rows - this.nulls
  }

  protected mark(level: 0 | 1): void {
    if (this.rows === this.levels.length) this.levels = grown(this.levels, new Uint8Array(this.rows * 2))
    this.levels[this.rows++] = level
  }
}

type Bound = number | bigint | Uint8Array

function grown<T extends { set(values: T): void }>(old: T, larger: T): T {
  larger.set(old)
  return larger
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

/** INT32: tinyint, smallint, int, date, small decimals. */
export class Int32Column extends ColumnBuilder {
  private values = new Int32Array(START_ROWS)

  add(value: number): void {
    const at = this.count
    if (at === this.values.length) this.values = grown(this.values, new Int32Array(at * 2))
    this.values[at] = value
    this.mark(1)
  }

  get bytes(): number {
    return this.values.byteLength
  }

  protected dropLast(): void {}

  protected chunk() {
    const values = this.values.subarray(0, this.count)
    return { values: bytesOf(values), ...extremes(values) }
  }
}

/** INT64: bigint, timestamp in microseconds, middle decimals. Halves are written by hand, since a BigInt costs an allocation. */
export class Int64Column extends ColumnBuilder {
  private halves = new Int32Array(START_ROWS * 2)

  /** A whole number within 2^53. */
  add(value: number): void {
    const at = this.place()
    this.halves[at] = value
    this.halves[at + 1] = Math.floor(value / 4294967296)
  }

  addBig(value: bigint): void {
    const at = this.place()
    this.halves[at] = Number(BigInt.asIntN(32, value))
    this.halves[at + 1] = Number(BigInt.asIntN(32, value >> 32n))
  }

  get bytes(): number {
    return this.halves.byteLength
  }

  protected dropLast(): void {}

  private place(): number {
    const at = this.count * 2
    if (at === this.halves.length) this.halves = grown(this.halves, new Int32Array(at * 2))
    this.mark(1)
    return at
  }

  protected chunk() {
    const values = new BigInt64Array(this.halves.buffer, 0, this.count)
    return { values: bytesOf(values), ...this.bounds() }
  }

  private bounds(): { min?: bigint; max?: bigint } {
    const { halves, count } = this
    if (count === 0) return {}
    let [least, most] = [0, 0]
    for (let i = 1; i < count; i++) {
      if (this.less(i, least)) least = i
      if (this.less(most, i)) most = i
    }
    const values = new BigInt64Array(halves.buffer, 0, count)
    return { min: values[least], max: values[most] }
  }

  private less(a: number, b: number): boolean {
    const { halves } = this
    const high = halves[a * 2 + 1] - halves[b * 2 + 1]
    return high < 0 || (high === 0 && halves[a * 2] >>> 0 < halves[b * 2] >>> 0)
  }
}

/** FLOAT and DOUBLE. */
export class FloatColumn extends ColumnBuilder {
  private values: Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>

  constructor(width: 32 | 64) {
    super()
    this.values = width === 32 ? new Float32Array(START_ROWS) : new Float64Array(START_ROWS)
  }

  add(value: number): void {
    const at = this.count
    if (at === this.values.length) {
      const { values } = this
      this.values =
        values instanceof Float32Array
          ? grown(values, new Float32Array(at * 2))
          : grown(values, new Float64Array(at * 2))
    }
    this.values[at] = value
    this.mark(1)
  }

  get bytes(): number {
    return this.values.byteLength
  }

  protected dropLast(): void {}

  protected chunk() {
    const values = this.values.subarray(0, this.count)
    const { min, max } = extremes(values)
    // The format asks for -0 as a lower and +0 as an upper bound, since both stand for zero.
    return { values: bytesOf(values), min: min === 0 ? -0 : min, max: max === 0 ? 0 : max }
  }
}

function extremes(values: ArrayLike<number>): { min?: number; max?: number } {
  if (values.length === 0) return {}
  let [min, max] = [values[0], values[0]]
  for (let i = 1; i < values.length; i++) {
    const value = values[i]
    if (value < min) min = value
    else if (value > max) max = value
  }
  return { min, max }
}

/** BOOLEAN, one bit a value. */
export class BooleanColumn extends ColumnBuilder {
  private values = new Uint8Array(START_ROWS)

  add(value: boolean): void {
    const at = this.count
    if (at === this.values.length) this.values = grown(this.values, new Uint8Array(at * 2))
    this.values[at] = value ? 1 : 0
    this.mark(1)
  }

  get bytes(): number {
    return this.values.byteLength
  }

  protected dropLast(): void {}

  protected chunk() {
    const packed = new Uint8Array(Math.ceil(this.count / 8))
    for (let i = 0; i < this.count; i++) if (this.values[i]) packed[i >> 3] |= 1 << (i & 7)
    return { values: packed }
  }
}

const DICTIONARY_MAX = 32_768

/** BYTE_ARRAY of text: a dictionary as long as it pays, then plain. */
export class TextColumn extends ColumnBuilder {
  private dictionary: Map<string, number> | undefined = new Map()
  private indexes = new Int32Array(START_ROWS)
  private readonly plain = new GrowingBytes()
  private lastStart = 0

  add(value: string): void {
    if (!this.dictionary) {
      this.lastStart = this.plain.length
      this.plain.text(value)
      this.mark(1)
      return
    }
    const { dictionary } = this
    let index = dictionary.get(value)
    if (index === undefined) {
      index = dictionary.size
      dictionary.set(value, index)
    }
    const at = this.count
    if (at === this.indexes.length) this.indexes = grown(this.indexes, new Int32Array(at * 2))
    this.indexes[at] = index
    this.mark(1)
    const size = dictionary.size
    if (size > DICTIONARY_MAX || (size > 2048 && size * 2 > this.count)) this.giveUpDictionary(dictionary)
  }

  private giveUpDictionary(dictionary: Map<string, number>): void {
    const texts = [...dictionary.keys()]
    for (let i = 0; i < this.count; i++) {
      this.lastStart = this.plain.length
      this.plain.text(texts[this.indexes[i]])
    }
    this.dictionary = undefined
    this.indexes = new Int32Array(0)
  }

  get bytes(): number {
    return this.plain.length + this.indexes.byteLength + (this.dictionary?.size ?? 0) * 64
  }

  protected dropLast(): void {
    if (!this.dictionary) this.plain.length = this.lastStart
  }

  protected chunk() {
    if (!this.dictionary) return { values: this.plain.bytes, ...textBounds(this.plain.bytes) }
    const entries = new GrowingBytes()
    for (const text of this.dictionary.keys()) entries.text(text)
    const width = bitWidth(this.dictionary.size)
    const packed = new GrowingBytes(16 + (this.count * width) / 8)
    packed.u8(width)
    packBits(packed, this.indexes, this.count, width)
    return {
      values: packed.bytes,
      dictionary: { bytes: entries.bytes, count: this.dictionary.size },
      ...textBounds(entries.bytes),
    }
  }
}

/** Least and greatest of length-prefixed byte strings, compared as unsigned bytes, as the format orders them. */
function textBounds(plain: Buffer): { min?: Buffer; max?: Buffer } {
  let min: [number, number] | undefined
  let max: [number, number] | undefined
  for (let at = 0; at < plain.length; ) {
    const start = at + 4
    const end = start + plain.readUInt32LE(at)
    if (!min || !max) {
      min = [start, end]
      max = min
    } else {
      if (below(plain, start, end, min[0], min[1])) min = [start, end]
      if (below(plain, max[0], max[1], start, end)) max = [start, end]
    }
    at = end
  }
  if (!min || !max) return {}
  // Copies, since the footer outlives the column: a view would keep all of its values in memory.
  return { min: Buffer.from(plain.subarray(...min)), max: Buffer.from(plain.subarray(...max)) }
}

function below(bytes: Buffer, a: number, aEnd: number, b: number, bEnd: number): boolean {
  for (; a < aEnd && b < bEnd; a++, b++) if (bytes[a] !== bytes[b]) return bytes[a] < bytes[b]
  return aEnd - a < bEnd - b
}

/** BYTE_ARRAY of bytes. */
export class BinaryColumn extends ColumnBuilder {
  private readonly plain = new GrowingBytes()
  private lastStart = 0

  add(value: Uint8Array): void {
    this.lastStart = this.plain.length
    this.plain.u32(value.length)
    this.plain.append(value)
    this.mark(1)
  }

  get bytes(): number {
    return this.plain.length
  }

  protected dropLast(): void {
    this.plain.length = this.lastStart
  }

  protected chunk() {
    return { values: this.plain.bytes }
  }
}

/** FIXED_LEN_BYTE_ARRAY(16), big-endian two's complement: decimals of more than 18 digits. */
export class WideDecimalColumn extends ColumnBuilder {
  private readonly plain = new GrowingBytes()

  addBig(value: bigint): void {
    const bytes = new Uint8Array(16)
    for (let i = 15, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 255n)
    this.plain.append(bytes)
    this.mark(1)
  }

  get bytes(): number {
    return this.plain.length
  }

  protected dropLast(): void {
    this.plain.length -= 16
  }

  protected chunk() {
    return { values: this.plain.bytes }
  }
}
