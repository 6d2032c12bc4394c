import { crc32, gunzipSync, inflateRawSync } from 'node:zlib'
import { crc32c } from '@node-rs/crc32'
import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { compress } from '../../src/engines/firehose/compression.ts'
import { hadoopSnappy, snappyFramed } from '../../src/engines/firehose/snappy.ts'

/** A decoder of Snappy's framing format by its description: identifier, chunks, masked checksums. */
function unframe(bytes: Buffer): Buffer {
  expect(bytes.subarray(0, 10)).toEqual(Buffer.from([0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]))
  const pieces: Uint8Array[] = []
  for (let at = 10; at < bytes.length; ) {
    const kind = bytes[at]
    const length = bytes.readUIntLE(at + 1, 3)
    const masked = bytes.readUInt32LE(at + 4)
    const body = bytes.subarray(at + 8, at + 4 + length)
    const plain = kind === 1 ? body : unpack(body)
    expect([0, 1]).toContain(kind)
    expect(plain.length).toBeLessThanOrEqual(65_536)
    const rotated = (masked - 0xa282ead8) >>> 0
    expect(((rotated << 15) | (rotated >>> 17)) >>> 0).toBe(crc32c(plain))
    pieces.push(plain)
    at += 4 + length
  }
  return Buffer.concat(pieces)
}

/** A raw Snappy block: its length as a varint, then its elements. */
function unpack(block: Uint8Array): Uint8Array {
  let [length, shift, at] = [0, 0, 0]
  for (;;) {
    const byte = block[at++]
    length |= (byte & 127) << shift
    if (byte < 128) break
    shift += 7
  }
  const out = new Uint8Array(length)
  snappyUncompress(block, out)
  return out
}

function unHadoop(bytes: Buffer): Buffer {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const plainLength = bytes.readUInt32BE(at)
    const length = bytes.readUInt32BE(at + 4)
    const plain = unpack(bytes.subarray(at + 8, at + 8 + length))
    expect(plain.length).toBe(plainLength)
    pieces.push(plain)
    at += 8 + length
  }
  return Buffer.concat(pieces)
}

/** Reads the one file of an archive by its central directory. */
function unzip(bytes: Buffer): { name: string; content: Buffer; year: number } {
  const end = bytes.length - 22
  expect(bytes.readUInt32LE(end)).toBe(0x06054b50)
  expect(bytes.readUInt16LE(end + 10)).toBe(1)
  const central = bytes.readUInt32LE(end + 16)
  expect(bytes.readUInt32LE(central)).toBe(0x02014b50)
  const local = bytes.readUInt32LE(central + 42)
  expect(bytes.readUInt32LE(local)).toBe(0x04034b50)
  const nameLength = bytes.readUInt16LE(local + 26)
  const start = local + 30 + nameLength + bytes.readUInt16LE(local + 28)
  const content = inflateRawSync(bytes.subarray(start, start + bytes.readUInt32LE(central + 20)))
  expect(content.length).toBe(bytes.readUInt32LE(central + 24))
  expect(crc32(content)).toBe(bytes.readUInt32LE(central + 16))
  const name = bytes.subarray(central + 46, central + 46 + bytes.readUInt16LE(central + 28)).toString()
  return { name, content, year: (bytes.readUInt16LE(central + 14) >> 9) + 1980 }
}

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.nat(30_000))
    .map(([text, times]) => Buffer.from(text.repeat(times).slice(0, 600_000))),
)
const entry = { name: 'd-1.json', timeMs: Date.UTC(2001, 0, 31) }

describe('compressed objects', () => {
  it('are read back whole by a decoder of each format', () => {
    fc.assert(
      fc.property(contents, (plain) => {
        const content = Buffer.from(plain)
        expect(unframe(Buffer.from(snappyFramed(content))).equals(content)).toBe(true)
        expect(unHadoop(Buffer.from(hadoopSnappy(content))).equals(content)).toBe(true)
        expect(gunzipSync(compress(content, 'GZIP', entry)).equals(content)).toBe(true)
        const file = unzip(Buffer.from(compress(content, 'ZIP', entry)))
        expect(file.content.equals(content)).toBe(true)
        expect(file).toMatchObject({ name: 'd-1.json', year: 2001 })
      }),
      { numRuns: 60 },
    )
  })

  it('are small where there is something to shrink, over more than one chunk', () => {
    const content = Buffer.from('{"a":1}\n'.repeat(100_000))
    for (const format of ['GZIP', 'ZIP', 'Snappy', 'HADOOP_SNAPPY'] as const)
      expect(compress(content, format, entry).length).toBeLessThan(content.length / 10)
    expect(unframe(Buffer.from(snappyFramed(content))).equals(content)).toBe(true)
  })
})
