/** Marks before a value that say whose schema it is of: what is behind them is read by the schema that was pasted. */
export interface Frame {
  readonly title: string
  readonly bytes: number
  readonly matches: (bytes: Uint8Array) => boolean
}

export const FRAMES: readonly Frame[] = [
  { title: 'single object', bytes: 10, matches: (bytes) => bytes[0] === 0xc3 && bytes[1] === 0x01 },
  { title: 'Confluent', bytes: 5, matches: (bytes) => bytes[0] === 0 },
  { title: 'Glue', bytes: 18, matches: (bytes) => bytes[0] === 3 && bytes[1] === 0 },
]

export function frameOf(bytes: Uint8Array): Frame | undefined {
  return FRAMES.find((frame) => bytes.length >= frame.bytes && frame.matches(bytes))
}
