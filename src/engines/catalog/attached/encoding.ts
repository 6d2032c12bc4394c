import { TextDecoder } from 'node:util'
import type { Encoding } from '../../kit/pure/file-reading.ts'

/** What the first bytes of a file say that it is, where it is no text. */
const SIGNATURES: readonly (readonly [bytes: string, what: string])[] = [
  ['504b0304', 'a ZIP archive, as Excel workbooks are: save its sheet as CSV'],
  ['d0cf11e0', 'an old Office document: save it as CSV'],
  ['25504446', 'a PDF'],
  ['4f524300', 'an ORC file, which Millrace cannot read'],
  ['4f626a01', 'an Avro file: put it into the lake and make a table of it'],
  ['53514c69', 'an SQLite database'],
]

/** Why these bytes are no text, or undefined. */
export function notText(head: Uint8Array): string | undefined {
  const start = Buffer.from(head.subarray(0, 4)).toString('hex')
  const known = SIGNATURES.find(([bytes]) => start === bytes)
  if (known) return `It is ${known[1]}.`
  const encoding = detectEncoding(head)
  const text = decode(head, encoding)
  const rubbish = text.match(/[\0-\x08\x0e-\x1a\x1c-\x1f\ufffd]/g)?.length ?? 0
  if (rubbish * 50 > text.length) return 'It is not text: it is full of control characters.'
  return undefined
}

/** By its mark; by where its zeros are; by whether it is UTF-8; by whether it has what only Windows-1252 has. */
export function detectEncoding(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  const zeros = [0, 0]
  const looked = head.subarray(0, 4096)
  for (let i = 0; i < looked.length; i++) if (looked[i] === 0) zeros[i & 1]++
  if (zeros[1] * 4 > looked.length / 2 && zeros[0] * 10 < zeros[1]) return 'utf-16le'
  if (zeros[0] * 4 > looked.length / 2 && zeros[1] * 10 < zeros[0]) return 'utf-16be'
  if (isUtf8(head)) return 'utf-8'
  return head.some((byte) => byte >= 0x80 && byte <= 0x9f) ? 'windows-1252' : 'latin-1'
}

/** A character may be cut at the end of a head. */
function isUtf8(head: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}

/** The web's decoders take `latin-1` for Windows-1252, of which it is a part. */
export function decoderOf(encoding: Encoding): TextDecoder {
  return new TextDecoder(encoding === 'latin-1' ? 'windows-1252' : encoding)
}

/** Without a mark; a character that is cut at the end is left out. */
export function decode(head: Uint8Array, encoding: Encoding): string {
  return decoderOf(encoding).decode(head, { stream: true })
}
