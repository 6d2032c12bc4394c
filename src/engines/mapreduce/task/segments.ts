import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Segment } from '../protocol.ts'
import { writeVarint } from './codec.ts'
import { compareBytes } from './sorter.ts'

const WRITE_BYTES = 256 * 1024
/** The three lengths of a record, at most. */
const HEAD_BYTES = 30

/** A segment of map output that is not as it was written, or is not there: its map has to run again. */
export class FetchFailure extends Error {
  readonly map: number | undefined

  constructor(message: string, map?: number) {
    super(message)
    this.map = map
  }
}

/**
 * Writes sorted records, partition after partition, into one file. A record's key is the bytes that sort, of which the first `groupLength`
 * make a group, then the key itself; a record with the key of the one before it says so by a zero instead (as Hadoop's IFile does).
 */
export class SegmentWriter {
  readonly segments: Segment[] = []
  private readonly file: string
  private readonly handle: number
  private buffer = Buffer.allocUnsafeSlow(WRITE_BYTES)
  private used = 0
  private offset = 0
  private start = 0
  private records = 0
  private crc = 0

  constructor(file: string) {
    this.file = file
    this.handle = openSync(file, 'wx')
  }

  /** A record with another key than the one before. `sortLength` 0: the key sorts by itself. */
  append(
    key: Uint8Array,
    keyStart: number,
    keyLength: number,
    sortLength: number,
    groupLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): void {
    this.room(HEAD_BYTES + keyLength + valueLength)
    let at = writeVarint(this.buffer, this.used, keyLength + 1)
    at = writeVarint(this.buffer, at, sortLength)
    if (sortLength > 0) at = writeVarint(this.buffer, at, groupLength)
    at = writeVarint(this.buffer, at, valueLength)
    at = copy(key, keyStart, keyLength, this.buffer, at)
    this.used = copy(value, valueStart, valueLength, this.buffer, at)
    this.records++
  }

  /** A record with the same key as the one before. */
  appendSame(value: Uint8Array, valueStart: number, valueLength: number): void {
    this.room(HEAD_BYTES + valueLength)
    this.buffer[this.used] = 0
    const at = writeVarint(this.buffer, this.used + 1, valueLength)
    this.used = copy(value, valueStart, valueLength, this.buffer, at)
    this.records++
  }

  /** Ends a partition; the next record is of the next one. */
  endPartition(): void {
    this.flush()
    this.segments.push({
      file: this.file,
      offset: this.start,
      bytes: this.offset - this.start,
      records: this.records,
      crc: this.crc,
    })
    this.start = this.offset
    this.records = 0
    this.crc = 0
  }

  close(): void {
    closeSync(this.handle)
  }

  private room(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return
    this.flush()
    if (bytes > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(bytes)
  }

  private flush(): void {
    const full = this.buffer.subarray(0, this.used)
    for (let at = 0; at < full.length; ) at += writeSync(this.handle, full, at)
    this.crc = crc32(full, this.crc)
    this.offset += this.used
    this.used = 0
  }
}

function copy(from: Uint8Array, start: number, length: number, into: Buffer, at: number): number {
  if (length < 32) for (let i = 0; i < length; i++) into[at + i] = from[start + i]
  else into.set(from.subarray(start, start + length), at)
  return at + length
}

/** Reads the records of a segment one after the other, through a buffer of its own, and checks it at its end. */
export class SegmentReader {
  /** The key of the record, with its lengths, and where in `buffer` the value is. */
  key = Buffer.allocUnsafe(64)
  keyLength = 0
  sortLength = 0
  groupLength = 0
  prefix = 0
  /** The key before this one. */
  lastKey = Buffer.allocUnsafe(64)
  lastKeyLength = 0
  buffer: Buffer
  valueStart = 0
  valueLength = 0
  /** It has the key of the record before it. */
  same = false
  private readonly segment: Segment
  private readonly map: number | undefined
  private readonly handle: number
  private position: number
  private left: number
  private at = 0
  private filled = 0
  private crc = 0

  constructor(segment: Segment, bufferBytes: number, map?: number) {
    this.segment = segment
    this.map = map
    this.position = segment.offset
    this.left = segment.bytes
    this.buffer = Buffer.allocUnsafeSlow(Math.max(64, Math.min(bufferBytes, segment.bytes)))
    try {
      this.handle = openSync(segment.file, 'r')
    } catch (thrown) {
      throw new FetchFailure(`Map output is not there: ${(thrown as Error).message}`, map)
    }
  }

  /** Goes to the next record; false at the end. */
  next(): boolean {
    if (this.at >= this.filled && this.left === 0) {
      this.end()
      return false
    }
    if (this.filled - this.at < HEAD_BYTES) this.fill(HEAD_BYTES)
    const keyPlus = this.varint()
    this.same = keyPlus === 0
    if (this.same) {
      this.valueLength = this.varint()
      this.fill(this.valueLength)
    } else {
      this.lastKeyLength = this.keyLength
      this.keyLength = keyPlus - 1
      this.sortLength = this.varint()
      this.groupLength = this.sortLength > 0 ? this.varint() : this.keyLength
      this.valueLength = this.varint()
      this.fill(this.keyLength + this.valueLength)
      this.takeKey()
    }
    this.valueStart = this.at
    this.at += this.valueLength
    return true
  }

  close(): void {
    closeSync(this.handle)
  }

  private takeKey(): void {
    const { keyLength, sortLength } = this
    const last = this.key
    this.key = this.lastKey.length < keyLength ? Buffer.allocUnsafe(keyLength * 2) : this.lastKey
    this.lastKey = last
    const { key, buffer, at } = this
    copy(buffer, at, keyLength, key, 0)
    this.at += keyLength
    const sorted = sortLength > 0 ? sortLength : keyLength
    let prefix = 0
    for (let i = 0; i < 4; i++) prefix = prefix * 256 + (i < sorted ? key[i] : 0)
    this.prefix = prefix
  }

  private varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      if (this.at >= this.filled) throw this.damaged()
      const byte = this.buffer[this.at++]
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }

  /** Has so many bytes in the buffer from `at` on, or all that is left where that is less. */
  private fill(wanted: number): void {
    const here = this.filled - this.at
    if (here >= wanted || this.left === 0) {
      if (here < wanted && wanted !== HEAD_BYTES) throw this.damaged()
      return
    }
    if (wanted > here + this.left && wanted !== HEAD_BYTES) throw this.damaged()
    const target = wanted > this.buffer.length ? Buffer.allocUnsafeSlow(wanted) : this.buffer
    this.buffer.copy(target, 0, this.at, this.filled)
    this.buffer = target
    this.at = 0
    this.filled = here
    while (this.left > 0 && this.filled < target.length) {
      const length = Math.min(this.left, target.length - this.filled)
      const read = readSync(this.handle, target, this.filled, length, this.position)
      if (read === 0) throw this.damaged()
      this.crc = crc32(target.subarray(this.filled, this.filled + read), this.crc)
      this.filled += read
      this.position += read
      this.left -= read
    }
  }

  private end(): void {
    if (this.crc !== this.segment.crc) throw this.damaged()
  }

  private damaged(): FetchFailure {
    return new FetchFailure(`Map output ${this.segment.file} is damaged.`, this.map)
  }
}

export const compareKeys = (a: SegmentReader, b: SegmentReader): number =>
  a.prefix - b.prefix ||
  compareBytes(
    a.key,
    0,
    a.sortLength > 0 ? a.sortLength : a.keyLength,
    b.key,
    0,
    b.sortLength > 0 ? b.sortLength : b.keyLength,
  )
