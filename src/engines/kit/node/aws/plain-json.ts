import { isUtf8 } from 'node:buffer'

/** Thrown where a body is not plain; not an error: the schema reads it then, and says what is wrong, if anything is. */
const UNUSUAL = Symbol('unusual')

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = Buffer.from('[]{}')
/** From here on the platform's decoder, which has to be given a string, is quicker than a loop. */
const LONG_TEXT = 4096

/** Six bits for each character of base64, −1 for what is none. */
const SIX_BITS = new Int8Array(256).fill(-1)
Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').forEach((character, bits) => {
  SIX_BITS[character] = bits
})

/** A member's name as the reader looks for it. */
export const memberName = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

/** What `read` answers; undefined where the body turned out to be unusual. */
export function readPlain<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (thrown === UNUSUAL) return undefined
    throw thrown
  }
}

/**
 * Reads JSON of a shape that is known beforehand from its bytes, without an object or a string for any value: for the bodies of puts. What
 * is not plain (an escape, a member unknown or given twice, a value of another type) ends the reading; see `readPlain`.
 */
export class PlainJson {
  private readonly body: Buffer
  private at = 0

  constructor(body: Uint8Array) {
    this.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  }

  /** Calls `member` before each member; it must take the name by `isMember`, and then the value. */
  object(member: () => void): void {
    this.expect(OPEN)
    do member()
    while (this.more(CLOSE))
  }

  /** Calls `element` before each element. An empty list is unusual, as is an empty object. */
  list(element: () => void): void {
    this.expect(OPEN_LIST)
    do element()
    while (this.more(CLOSE_LIST))
  }

  /** Nothing but white space may follow. */
  end(): void {
    this.space()
    if (this.at !== this.body.length) this.unusual()
  }

  unusual(): never {
    throw UNUSUAL
  }

  /** Takes a member's name and colon if it is this one. */
  isMember(name: Uint8Array): boolean {
    const { body } = this
    this.space()
    const start = this.at + 1
    const end = start + name.length
    if (body[this.at] !== QUOTE || body[end] !== QUOTE) return false
    for (let i = 0; i < name.length; i++) if (body[start + i] !== name[i]) return false
    this.at = end + 1
    this.expect(COLON)
    return true
  }

  /** A short text of plain ASCII, such as a name. */
  text(): string {
    this.expect(QUOTE)
    const { body, at: start } = this
    let end = start
    for (let byte = body[end]; byte !== QUOTE; byte = body[++end])
      // Undefined past the end of the body is not greater than anything either.
      if (!(byte >= 0x20) || byte > 0x7e || byte === BACKSLASH) this.unusual()
    this.at = end + 1
    return body.toString('latin1', start, end)
  }

  /** Copies a text of at most `bytesMax` bytes of UTF-8, without escapes, into `into` from `offset` on; answers where it ended. */
  utf8(into: Uint8Array, offset: number, bytesMax: number): number {
    this.expect(QUOTE)
    const { body, at: start } = this
    let seen = 0
    let to = offset
    let from = start
    for (let byte = body[from]; byte !== QUOTE; byte = body[++from]) {
      if (!(byte >= 0x20) || byte === BACKSLASH || from - start === bytesMax) this.unusual()
      seen |= byte
      into[to++] = byte
    }
    if (seen > 0x7f && !isUtf8(body.subarray(start, from))) this.unusual()
    this.at = from + 1
    return to
  }

  /** Decodes base64 into `into` from `offset` on, which must have room for the rest of the body; answers where it ended. */
  blob(into: Uint8Array, offset: number): number {
    this.expect(QUOTE)
    const { body } = this
    let from = this.at
    let to = offset
    const last = Math.min(body.length - 4, from + LONG_TEXT)
    while (from < last) {
      const bits =
        (SIX_BITS[body[from]] << 18) |
        (SIX_BITS[body[from + 1]] << 12) |
        (SIX_BITS[body[from + 2]] << 6) |
        SIX_BITS[body[from + 3]]
      if (bits < 0) break
      into[to] = bits >> 16
      into[to + 1] = bits >> 8
      into[to + 2] = bits
      to += 3
      from += 4
    }
    if (body[from] === QUOTE) {
      this.at = from + 1
      return to
    }
    return from === last ? this.rest(from, into, to) : this.padding(from, into, to)
  }

  private padding(from: number, into: Uint8Array, to: number): number {
    const { body } = this
    const first = SIX_BITS[body[from]]
    const second = SIX_BITS[body[from + 1]]
    const one = body[from + 2] === EQUALS
    const third = one ? 0 : SIX_BITS[body[from + 2]]
    if ((first | second | third) < 0 || body[from + 3] !== EQUALS || body[from + 4] !== QUOTE) this.unusual()
    this.at = from + 5
    into[to] = (first << 2) | (second >> 4)
    if (one) return to + 1
    into[to + 1] = (second << 4) | (third >> 2)
    return to + 2
  }

  /** The rest of a text that is long, or at the end of the body. What is no base64 decodes to less than its length says. */
  private rest(from: number, into: Uint8Array, to: number): number {
    const { body } = this
    const end = body.indexOf(QUOTE, from)
    if (end === -1 || (end - from) % 4 !== 0) this.unusual()
    const padding = body[end - 1] !== EQUALS ? 0 : body[end - 2] !== EQUALS ? 1 : 2
    const length = ((end - from) / 4) * 3 - padding
    const text = body.toString('latin1', from, end)
    // The platform's decoder takes the other alphabet too.
    if (text.includes('-') || text.includes('_')) this.unusual()
    const target = Buffer.from(into.buffer, into.byteOffset + to, length)
    if (target.write(text, 'base64') !== length) this.unusual()
    this.at = end + 1
    return to + length
  }

  private space(): void {
    const { body } = this
    let byte = body[this.at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = body[++this.at]
  }

  private expect(byte: number): void {
    this.space()
    if (this.body[this.at] !== byte) this.unusual()
    this.at++
  }

  /** Whether another follows, of members or of elements. */
  private more(close: number): boolean {
    this.space()
    const byte = this.body[this.at++]
    if (byte === COMMA) return true
    return byte === close ? false : this.unusual()
  }
}
