/** Values keep what they were over files: a byte says which kind, the rest is the value. */
export const TAG = { text: 0, integer: 1, double: 2, bytes: 3, nothing: 4, json: 5 } as const

export type Value = unknown

/** Characters that are written one by one; beyond, a call of Node's own code is cheaper. */
const SHORT = 24

export function writeVarint(into: Buffer, at: number, value: number): number {
  while (value > 127) {
    into[at++] = (value % 128) + 128
    value = Math.floor(value / 128)
  }
  into[at++] = value
  return at
}

export function varintLength(value: number): number {
  let length = 1
  while (value > 127) {
    value = Math.floor(value / 128)
    length++
  }
  return length
}

/** Most bytes that a value takes with its tag. JSON is turned into text first, by `plain`. */
export function bytesAtMost(value: Value): number {
  if (typeof value === 'string') return value.length * 3 + 1
  if (value instanceof Uint8Array) return value.length + 1
  if (value instanceof Json) return value.text.length * 3 + 1
  if (value instanceof RawText) return value.bytes.length + 1
  return 10
}

/** The JSON text of what has no form of its own; anything else as it is. */
export class Json {
  readonly text: string

  constructor(value: Value) {
    const text = JSON.stringify(value)
    if (text === undefined)
      throw new TypeError(`${typeof value} cannot be emitted: emit text, numbers, bytes or what JSON knows`)
    this.text = text
  }
}

/** Text that is there as bytes, which are not looked at. */
export class RawText {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

export function plain(value: Value): Value {
  if (value === undefined) return null
  if (value instanceof RawText) return value
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) return new Json(value)
  if (typeof value === 'boolean' || typeof value === 'symbol' || typeof value === 'function') return new Json(value)
  if (typeof value === 'bigint') return String(value)
  return value
}

export function writeText(text: string, into: Buffer, at: number): number {
  const { length } = text
  if (length <= SHORT) {
    let i = 0
    for (; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) break
      into[at + i] = code
    }
    if (i === length) return at + length
  }
  return at + into.utf8Write(text, at)
}

/** Writes a value that `plain` gave, tag first; returns its end. */
export function writeValue(value: Value, into: Buffer, at: number): number {
  if (typeof value === 'string') {
    into[at++] = TAG.text
    return writeText(value, into, at)
  }
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      into[at++] = TAG.integer
      // Zigzag: small numbers of either sign are short.
      if (value > 4e15 || value < -4e15) {
        into[at - 1] = TAG.double
        return into.writeDoubleLE(value, at)
      }
      return writeVarint(into, at, value < 0 ? -value * 2 - 1 : value * 2)
    }
    into[at++] = TAG.double
    return into.writeDoubleLE(value, at)
  }
  if (value instanceof Uint8Array) {
    into[at++] = TAG.bytes
    into.set(value, at)
    return at + value.length
  }
  if (value instanceof Json) {
    into[at++] = TAG.json
    return at + into.utf8Write(value.text, at)
  }
  if (value instanceof RawText) {
    into[at++] = TAG.text
    into.set(value.bytes, at)
    return at + value.bytes.length
  }
  into[at++] = TAG.nothing
  return at
}

export function readText(from: Buffer, start: number, end: number): string {
  return from.utf8Slice(start, end)
}

/** The value between two places, which begins with its tag. */
export function readValue(from: Buffer, start: number, end: number): Value {
  switch (from[start]) {
    case TAG.text:
      return readText(from, start + 1, end)
    case TAG.integer: {
      let value = 0
      let scale = 1
      for (let at = start + 1; at < end; at++, scale *= 128) value += (from[at] & 127) * scale
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    case TAG.double:
      return from.readDoubleLE(start + 1)
    case TAG.bytes:
      return Uint8Array.prototype.slice.call(from, start + 1, end)
    case TAG.json:
      return JSON.parse(from.utf8Slice(start + 1, end))
    default:
      return null
  }
}

/** A value as text, for output and for people. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8')
  if (value instanceof Json) return value.text
  if (value instanceof RawText) return textOf(value.bytes)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

declare global {
  interface Buffer {
    utf8Write(text: string, offset: number): number
    utf8Slice(start: number, end: number): string
  }
}
