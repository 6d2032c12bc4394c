/** SQL being written, which remembers from where in the user's text each part came. */
export class Output {
  private readonly parts: { text: string; source: number; copied: boolean }[] = []

  /** A part of the user's text, as it stands. */
  copy(text: string, source: number): void {
    this.parts.push({ text, source, copied: true })
  }

  /** Text of ours on behalf of what stands at `source`. */
  write(text: string, source: number): void {
    this.parts.push({ text, source, copied: false })
  }

  append(other: Output): void {
    this.parts.push(...other.parts)
  }

  get text(): string {
    return this.parts.map((part) => part.text).join('')
  }

  /** Where in the user's text a byte of the written SQL belongs. */
  sourceOf(byteOffset: number): number {
    let left = byteOffset
    for (const part of this.parts) {
      const bytes = Buffer.byteLength(part.text)
      if (left < bytes) {
        const within = part.copied ? Buffer.from(part.text).subarray(0, left).toString().length : 0
        return part.source + within
      }
      left -= bytes
    }
    return this.parts.at(-1)?.source ?? 0
  }
}
