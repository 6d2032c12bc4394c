const WIDTH = 8

/** Bytes written in hex as lines of eight: where they begin, the bytes, and what of them is ASCII. */
export function hexLines(hex: string): string[] {
  return Array.from({ length: Math.ceil(hex.length / (2 * WIDTH)) }, (_, line) => {
    const bytes = hex.slice(line * 2 * WIDTH, (line + 1) * 2 * WIDTH).match(/../g) ?? []
    const text = bytes.map((byte) => {
      const code = Number.parseInt(byte, 16)
      return code >= 32 && code < 127 ? String.fromCharCode(code) : '·'
    })
    return `${(line * WIDTH).toString(16).padStart(8, '0')}  ${bytes.join(' ').padEnd(3 * WIDTH)} ${text.join('')}`
  })
}

/** The bytes as text where they are UTF-8; null where they are not. */
export function hexAsText(hex: string): string | null {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}
