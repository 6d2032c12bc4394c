/** The remaining length takes up to four bytes after the first. */
const LENGTH_BYTES_MAX = 4

/**
 * Cuts a byte stream into packets by their fixed header (MQTT 3.1.1, section 2.2), so that a packet is refused by the length it claims
 * rather than once it has filled memory.
 */
export class Frames {
  private readonly bytesMax: number
  private pieces: Buffer[] = []
  private held = 0

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /** The packets that are whole with this piece; throws when one is too long or no packet. */
  *of(piece: Buffer): Generator<Buffer> {
    this.pieces.push(piece)
    this.held += piece.length
    for (;;) {
      const length = this.nextLength()
      if (length === null || length > this.held) return
      const whole = this.joined()
      this.pieces = whole.length > length ? [whole.subarray(length)] : []
      this.held -= length
      yield whole.subarray(0, length)
    }
  }

  private nextLength(): number | null {
    const head = (this.pieces[0]?.length ?? 0) > LENGTH_BYTES_MAX ? this.pieces[0] : this.joined()
    let length = 0
    for (let i = 0; i < LENGTH_BYTES_MAX; i++) {
      if (i + 1 >= head.length) return null
      const byte = head[i + 1]
      length += (byte & 0x7f) * 128 ** i
      if (byte < 0x80) {
        const whole = length + i + 2
        if (whole > this.bytesMax) throw new Error('The packet is longer than any that is taken.')
        return whole
      }
    }
    throw new Error('The packet has no length.')
  }

  private joined(): Buffer {
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)]
    return this.pieces[0] ?? Buffer.alloc(0)
  }
}
