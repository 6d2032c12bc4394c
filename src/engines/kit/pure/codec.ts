import { Encoder } from 'cbor-x/index-no-eval'
import { EngineError } from './errors.ts'
import { CALL, CANCEL, CREDIT, END, FAIL, FEED, type Frame, ITEM, RESULT } from './rpc.ts'

/**
 * Frames as bytes (CBOR, RFC 8949), for the one transport that carries no objects: a WebSocket. Typed arrays, `undefined`
 * and bigint arrive as what they were. The build without code generation is used since the page's policy forbids eval.
 */
const cbor = new Encoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false, copyBuffers: true })

/** How many parts a frame of each kind has. */
const PARTS: Record<number, number> = {
  [CALL]: 4,
  [FEED]: 5,
  [CANCEL]: 2,
  [CREDIT]: 3,
  [RESULT]: 3,
  [ITEM]: 3,
  [END]: 2,
  [FAIL]: 3,
}

export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  return cbor.encode(frame) as Uint8Array<ArrayBuffer>
}

/** The frame in these bytes. Anything else fails with `MalformedFrame`, so that a stranger's bytes never reach a handler. */
export function decodeFrame(bytes: Uint8Array | ArrayBuffer): Frame {
  const value = decode(bytes)
  const kind: unknown = Array.isArray(value) ? value[0] : undefined
  const wellFormed =
    Array.isArray(value) &&
    typeof kind === 'number' &&
    PARTS[kind] === value.length &&
    isNumber(value[1]) &&
    (kind === CALL || kind === FEED || kind === CREDIT ? isNumber(value[2]) : true) &&
    (kind === FEED ? isNumber(value[4]) : true)
  if (!wellFormed) throw new EngineError('MalformedFrame', 'The message is not a frame of this protocol.')
  return value as Frame
}

function decode(bytes: Uint8Array | ArrayBuffer): unknown {
  // A plain view: in Node the decoder would otherwise hand out Buffers, which are not the same thing everywhere.
  const view =
    bytes instanceof ArrayBuffer
      ? new Uint8Array(bytes)
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    return cbor.decode(view)
  } catch (cause) {
    throw new EngineError('MalformedFrame', 'The message is not readable as a frame.', { cause })
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
