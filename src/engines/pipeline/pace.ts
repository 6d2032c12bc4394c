/** Long enough that the bursts of buffers and batches even out, short enough to follow a change of speed. */
const WINDOW_MS = 30_000
/** A pace from less than this would jump about. */
const LEAST_MS = 4_000
const EVERY_MS = 500

/** How fast a figure that only grows has really grown of late, and how long it will take to grow further. */
export class Pace {
  private marks: { readonly atMs: number; readonly value: number }[] = []

  /** `null` begins anew: what came before says nothing about what comes. */
  add(nowMs: number, value: number | null): void {
    const last = this.marks.at(-1)
    if (value === null || (last && value < last.value)) this.marks = []
    if (value === null || (last && this.marks.length > 0 && nowMs - last.atMs < EVERY_MS)) return
    this.marks.push({ atMs: nowMs, value })
    while (this.marks.length > 2 && nowMs - this.marks[1].atMs >= WINDOW_MS) this.marks.shift()
  }

  /** Milliseconds until it has grown by so much; null while too little is known, or nothing moves. */
  timeFor(amount: number): number | null {
    if (amount <= 0) return 0
    const first = this.marks[0]
    const last = this.marks.at(-1)
    if (!first || !last || last.atMs - first.atMs < LEAST_MS || last.value <= first.value) return null
    return (amount * (last.atMs - first.atMs)) / (last.value - first.value)
  }
}
