/** The text that bytes are, or null where they are none that a person would read. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return /[\0-\x08\x0e-\x1a]/.test(text) ? null : text
  } catch {
    return null
  }
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown
const json = JSON as unknown as {
  parse: (text: string, reviver?: Reviver) => unknown
  rawJSON: (text: string) => unknown
}

/** JSON laid out. Whole numbers too large to be exact keep their digits. */
export function jsonText(text: string): string {
  const exact: Reviver = (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? json.rawJSON(source) : value
  return JSON.stringify(/\d{16}/.test(text) ? json.parse(text, exact) : JSON.parse(text), null, 2)
}

export function hexLine(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 64), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

const DUMPED_BYTES_MAX = 64 * 1024

/** So many that a row with its letters fits into the pane of a record as it opens. */
const ROW_BYTES = 8

export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < Math.min(bytes.length, DUMPED_BYTES_MAX); at += ROW_BYTES) {
    const row = bytes.subarray(at, at + ROW_BYTES)
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const ascii = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(ROW_BYTES * 3 - 1)}  ${ascii}`)
  }
  if (bytes.length > DUMPED_BYTES_MAX) lines.push(`… ${bytes.length - DUMPED_BYTES_MAX} bytes more`)
  return lines.join('\n')
}
