import { crc32 } from 'node:zlib'

/**
 * A frame on disk, little-endian:
 *
 *     0 length u32   bytes of the payload
 *     4 crc32  u32   of everything from byte 8 to the payload's end
 *     8 magic  u32
 *    12 count  u32   how many numbers the frame takes
 *    16 first  f64   its first number
 *    24 timeMs f64   when it was appended, epoch ms
 *    32 payload, then zeros up to a multiple of 8, so that typed arrays can be laid over a frame in place
 */
export const HEADER_BYTES = 32
export const PAYLOAD_BYTES_MAX = 256 * 1024 * 1024
const MAGIC = 0x314a4c4d

export interface Frame {
  readonly first: number
  readonly count: number
  readonly timeMs: number
  /** Lies at a multiple of 8 in its buffer. */
  readonly payload: Uint8Array<ArrayBuffer>
}

/** A frame's own buffer: fill `payload`, then append it. Nothing is copied on the way to the file. */
export interface NewFrame {
  readonly buffer: Uint8Array<ArrayBuffer>
  readonly payload: Uint8Array<ArrayBuffer>
}

export function newFrame(payloadBytes: number): NewFrame {
  // Not zeroed: the owner fills it. What is padding is cleared here, so that nothing else of this process gets into the file.
  const buffer = Buffer.allocUnsafeSlow(align(HEADER_BYTES + payloadBytes))
  buffer.fill(0, HEADER_BYTES + payloadBytes)
  return { buffer, payload: buffer.subarray(HEADER_BYTES, HEADER_BYTES + payloadBytes) }
}

/** Writes header and checksum. The payload must not change afterwards. */
export function sealFrame(frame: NewFrame, first: number, count: number, timeMs: number): void {
  const view = new DataView(frame.buffer.buffer, 0, HEADER_BYTES)
  view.setUint32(0, frame.payload.length, true)
  view.setUint32(8, MAGIC, true)
  view.setUint32(12, count, true)
  view.setFloat64(16, first, true)
  view.setFloat64(24, timeMs, true)
  view.setUint32(4, crc32(frame.buffer.subarray(8, HEADER_BYTES + frame.payload.length)), true)
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}

/** Bytes a frame takes in the file, padding included. */
export function frameBytes(frame: Frame): number {
  return align(HEADER_BYTES + frame.payload.length)
}

export interface FrameHeader {
  readonly first: number
  readonly count: number
  readonly timeMs: number
  readonly payloadBytes: number
  readonly frameBytes: number
}

/** The header at `at`, or undefined where there cannot be a frame. Says nothing about the payload. */
export function readHeader(bytes: Uint8Array, at: number): FrameHeader | undefined {
  if (at + HEADER_BYTES > bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES)
  const payloadBytes = view.getUint32(0, true)
  const first = view.getFloat64(16, true)
  if (view.getUint32(8, true) !== MAGIC || payloadBytes > PAYLOAD_BYTES_MAX) return undefined
  if (!(Number.isSafeInteger(first) && first >= 0)) return undefined
  return {
    first,
    count: view.getUint32(12, true),
    timeMs: view.getFloat64(24, true),
    payloadBytes,
    frameBytes: align(HEADER_BYTES + payloadBytes),
  }
}

/** Whether the frame at `at`, whose header this is, lies whole in `bytes` and has its checksum. */
export function isIntact(bytes: Uint8Array, at: number, header: FrameHeader): boolean {
  const end = at + HEADER_BYTES + header.payloadBytes
  if (end > bytes.length) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8)
  return view.getUint32(4, true) === crc32(bytes.subarray(at + 8, end))
}
