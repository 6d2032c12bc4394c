import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import type { Compression } from './contract.ts'
import { hadoopSnappy, snappyFramed } from './snappy.ts'

/** Extensions of delivered objects, as the service gives them. */
export const EXTENSIONS: Readonly<Record<Compression, string>> = {
  UNCOMPRESSED: '',
  GZIP: '.gz',
  ZIP: '.zip',
  Snappy: '.snappy',
  HADOOP_SNAPPY: '.hsnappy',
}

/** An object's bytes. `name` and `timeMs` are those of the one entry of a ZIP archive. */
export function compress(bytes: Uint8Array, format: Compression, entry: { name: string; timeMs: number }): Uint8Array {
  switch (format) {
    case 'UNCOMPRESSED':
      return bytes
    case 'GZIP':
      return gzipSync(bytes)
    case 'ZIP':
      return zip(bytes, entry.name, entry.timeMs)
    case 'Snappy':
      return snappyFramed(bytes)
    case 'HADOOP_SNAPPY':
      return hadoopSnappy(bytes)
  }
}

const DEFLATE = 8
const UTF8_NAME = 0x0800
const VERSION = 20

/** A ZIP archive of one deflated file. */
function zip(bytes: Uint8Array, name: string, timeMs: number): Uint8Array {
  const content = deflateRawSync(bytes)
  const text = Buffer.from(name)
  const { date, time } = dosTime(timeMs)
  const common = Buffer.alloc(26)
  common.writeUInt16LE(VERSION, 0)
  common.writeUInt16LE(UTF8_NAME, 2)
  common.writeUInt16LE(DEFLATE, 4)
  common.writeUInt16LE(time, 6)
  common.writeUInt16LE(date, 8)
  common.writeUInt32LE(crc32(bytes), 10)
  common.writeUInt32LE(content.length, 14)
  common.writeUInt32LE(bytes.length, 18)
  common.writeUInt16LE(text.length, 22)
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, text, content])
  const made = Buffer.alloc(2)
  made.writeUInt16LE(VERSION)
  // What the central directory has beyond: comment, disk, attributes, and the local header's place, all zero.
  const central = Buffer.concat([Buffer.from('PK\u0001\u0002'), made, common, Buffer.alloc(14), text])
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, central, end])
}

/** ZIP counts years from 1980 and seconds by two. */
function dosTime(ms: number): { date: number; time: number } {
  const at = new Date(ms)
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate()
  return { date, time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1) }
}
