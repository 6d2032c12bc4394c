import { crc32c } from '@node-rs/crc32'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { GrowingBytes } from './parquet/bytes.ts'

/** Bytes of one chunk: the framing format allows no more. */
const CHUNK_BYTES = 65_536
/** Hadoop's block codec buffers so much before it compresses. */
const HADOOP_BLOCK_BYTES = 256 * 1024
const STREAM_IDENTIFIER = Buffer.concat([Buffer.from([0xff, 6, 0, 0]), Buffer.from('sNaPpY')])
const [COMPRESSED, PLAIN] = [0, 1]

/** Snappy's framing format: an identifier, then chunks, each with a masked CRC-32C of what it holds. A chunk that does not shrink is kept as it is. */
export function snappyFramed(bytes: Uint8Array): Uint8Array {
  const out = new GrowingBytes(bytes.length / 2 + 1024)
  out.append(STREAM_IDENTIFIER)
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const plain = bytes.subarray(at, at + CHUNK_BYTES)
    const small = snappyCompress(plain)
    const shrinks = small.length < plain.length - plain.length / 8
    const content = shrinks ? small : plain
    out.u32((shrinks ? COMPRESSED : PLAIN) | ((content.length + 4) << 8))
    out.u32(masked(crc32c(plain)))
    out.append(content)
  }
  return out.bytes
}

/** Hadoop's block format: each block's plain length, then its length and the block as raw Snappy; lengths are big-endian. */
export function hadoopSnappy(bytes: Uint8Array): Uint8Array {
  const out = new GrowingBytes(bytes.length / 2 + 1024)
  const length = Buffer.alloc(4)
  const write = (value: number) => {
    length.writeUInt32BE(value)
    out.append(length)
  }
  for (let at = 0; at < bytes.length; at += HADOOP_BLOCK_BYTES) {
    const plain = bytes.subarray(at, at + HADOOP_BLOCK_BYTES)
    const small = snappyCompress(plain)
    write(plain.length)
    write(small.length)
    out.append(small)
  }
  return out.bytes
}

const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
