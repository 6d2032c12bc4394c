/** How a record's bytes are read for a person. */
export type Encoding = 'json' | 'text' | 'hex'

export interface Decoded {
  readonly encoding: Encoding
  /** Whether the bytes came compressed. */
  readonly gzip: boolean
  /** One line for a table. */
  readonly line: string
  /** The whole, laid out. */
  readonly text: string
}

const LINE_LENGTH = 400

/** Tries JSON, then UTF-8 text, then hex; gzip is undone first. */
export async function decode(bytes: Uint8Array): Promise<Decoded> {
  const gzip = bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b
  const plain = gzip ? await gunzip(bytes) : bytes
  return { gzip: gzip && plain !== bytes, ...read(plain) }
}

export function read(bytes: Uint8Array): Omit<Decoded, 'gzip'> {
  const text = utf8(bytes)
  if (text === null) return { encoding: 'hex', line: hexLine(bytes), text: hexDump(bytes) }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null)
      return {
        encoding: 'json',
        line: JSON.stringify(value).slice(0, LINE_LENGTH),
        text: JSON.stringify(value, null, 2),
      }
  } catch {
    // Not JSON: it is shown as the text that it is.
  }
  return { encoding: 'text', line: text.slice(0, LINE_LENGTH).replaceAll(/\s+/g, ' '), text }
}

function utf8(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return /[\0-\x08\x0e-\x1a]/.test(text) ? null : text
  } catch {
    return null
  }
}

async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip'))
    return new Uint8Array(await new Response(stream).arrayBuffer())
  } catch {
    return bytes
  }
}

function hexLine(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 64), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16)
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const ascii = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${ascii}`)
  }
  return lines.join('\n')
}
