const QUOTE = 0x22
const BACKSLASH = 0x5c
const EQUALS = 0x3d
const ALPHABET = new Uint8Array(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'))
/** From here on the platform's encoder, which gives a string, is quicker than a loop. */
const LONG_DATA = 1024

/** Bytes of JSON that a byte of text takes at most, as in `\u0001`. */
export const JSON_BYTES_MAX = 6

/** Bytes of base64 for so many bytes. */
export const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4

/** Writes `from[start…end)` as base64 into `into` at `at`, without a string for it; answers where it ended. The counterpart of `PlainJson`. */
export function writeBase64(from: Uint8Array, start: number, end: number, into: Buffer, at: number): number {
  if (end - start > LONG_DATA) {
    const text = Buffer.from(from.buffer, from.byteOffset + start, end - start).toString('base64')
    return at + into.write(text, at, 'latin1')
  }
  let to = at
  let i = start
  for (; i + 2 < end; i += 3) {
    const bits = (from[i] << 16) | (from[i + 1] << 8) | from[i + 2]
    into[to] = ALPHABET[bits >> 18]
    into[to + 1] = ALPHABET[(bits >> 12) & 63]
    into[to + 2] = ALPHABET[(bits >> 6) & 63]
    into[to + 3] = ALPHABET[bits & 63]
    to += 4
  }
  if (i === end) return to
  const two = i + 1 < end
  const bits = (from[i] << 16) | (two ? from[i + 1] << 8 : 0)
  into[to] = ALPHABET[bits >> 18]
  into[to + 1] = ALPHABET[(bits >> 12) & 63]
  into[to + 2] = two ? ALPHABET[(bits >> 6) & 63] : EQUALS
  into[to + 3] = EQUALS
  return to + 4
}

/** Writes UTF-8 text as a JSON string, quotes included, at most `JSON_BYTES_MAX` for each byte and two; answers where it ended. */
export function writeText(from: Uint8Array, start: number, end: number, into: Buffer, at: number): number {
  let to = at
  into[to++] = QUOTE
  for (let i = start; i < end; i++) {
    const byte = from[i]
    if (byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH)
      return writeUnusual(from, start, end, into, at)
    into[to++] = byte
  }
  into[to++] = QUOTE
  return to
}

function writeUnusual(from: Uint8Array, start: number, end: number, into: Buffer, at: number): number {
  const text = Buffer.from(from.buffer, from.byteOffset + start, end - start).toString('utf8')
  return at + into.write(JSON.stringify(text), at, 'utf8')
}
