/** A buffer that grows and is written little-endian, as Parquet is. */
export class GrowingBytes {
  private buffer: Buffer
  length = 0

  constructor(capacity = 4096) {
    this.buffer = Buffer.allocUnsafeSlow(capacity)
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  room(count: number): void {
    const needed = this.length + count
    if (needed <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(larger, 0, 0, this.length)
    this.buffer = larger
  }

  u8(value: number): void {
    this.room(1)
    this.buffer[this.length++] = value
  }

  u32(value: number): void {
    this.room(4)
    const { buffer, length } = this
    buffer[length] = value
    buffer[length + 1] = value >>> 8
    buffer[length + 2] = value >>> 16
    buffer[length + 3] = value >>> 24
    this.length = length + 4
  }

  varint(value: number): void {
    while (value > 127) {
      this.u8((value & 127) | 128)
      value = Math.floor(value / 128)
    }
    this.u8(value)
  }

  append(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.buffer.set(bytes, this.length)
    this.length += bytes.length
  }

  /** A text as its length and its UTF-8. Short ASCII, the common case, is copied here; calling out for it costs more. */
  text(value: string): void {
    const { length } = value
    this.room(4 + length * 3)
    const start = this.length + 4
    const { buffer } = this
    if (length <= 40) {
      let i = 0
      for (; i < length; i++) {
        const code = value.charCodeAt(i)
        if (code > 127) break
        buffer[start + i] = code
      }
      if (i === length) {
        this.u32(length)
        this.length = start + length
        return
      }
    }
    const written = buffer.write(value, start, 'utf8')
    this.u32(written)
    this.length = start + written
  }
}

/** Whole numbers packed into `width` bits each, in Parquet's RLE/bit-packing hybrid, as one run. */
export function packBits(into: GrowingBytes, values: ArrayLike<number>, count: number, width: number): void {
  if (width === 0) {
    into.varint(count << 1)
    return
  }
  const groups = Math.ceil(count / 8)
  into.varint((groups << 1) | 1)
  into.room(groups * width)
  let bits = 0
  let held = 0
  for (let i = 0; i < groups * 8; i++) {
    bits |= (i < count ? values[i] : 0) << held
    held += width
    while (held >= 8) {
      into.u8(bits & 255)
      bits >>>= 8
      held -= 8
    }
  }
}

/** Bits that hold every number below `count`. */
export function bitWidth(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1)
}
