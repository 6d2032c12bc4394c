/** Runs of positions by origin, flat: `[from, to, from, to, …]`, ends exclusive. An origin is a shard, or `journal` for direct puts. */
export type Ranges = Record<string, number[]>

/** Some of the pieces that a record was taken apart into: `runs` as above, of `of` pieces; `bytes` are the whole record's. */
export interface Pieces {
  readonly origin: string
  readonly position: number
  readonly of: number
  readonly bytes: number
  readonly runs: number[]
}

/** Collects positions as runs. They mostly come in order, so a run mostly just grows. */
export class RangeCollector {
  readonly ranges: Ranges = {}

  add(origin: string, position: number): void {
    this.ranges[origin] ??= []
    const runs = this.ranges[origin]
    if (runs.length > 0 && runs[runs.length - 1] === position) runs[runs.length - 1]++
    else runs.push(position, position + 1)
  }
}

/** The positions of one origin that are done with: all below `low`, and some runs above it, ascending and apart. */
class Done {
  low: number
  private froms: number[] = []
  private tos: number[] = []

  constructor(low: number) {
    this.low = low
  }

  has(position: number): boolean {
    if (position < this.low) return true
    const at = lastAtOrBelow(this.froms, position)
    return at >= 0 && position < this.tos[at]
  }

  hasAll(from: number, to: number): boolean {
    if (to <= this.low) return true
    const at = lastAtOrBelow(this.froms, Math.max(from, this.low))
    return at >= 0 && to <= this.tos[at]
  }

  add(from: number, to: number): void {
    if (to <= this.low) return
    let start = lastAtOrBelow(this.froms, from)
    if (start < 0 || this.tos[start] < from) start++
    let end = start
    while (end < this.froms.length && this.froms[end] <= to) end++
    if (end > start) {
      from = Math.min(from, this.froms[start])
      to = Math.max(to, this.tos[end - 1])
    }
    this.froms.splice(start, end - start, from)
    this.tos.splice(start, end - start, to)
    if (this.froms[0] <= this.low) {
      this.low = this.tos[0]
      this.froms.shift()
      this.tos.shift()
    }
  }

  /** How many positions from `low` to `end` are not done. */
  missing(end: number): number {
    return this.froms.reduce((sum, from, i) => sum - (this.tos[i] - from), Math.max(0, end - this.low))
  }

  flat(): number[] {
    return this.froms.flatMap((from, i) => [from, this.tos[i]])
  }
}

function lastAtOrBelow(values: readonly number[], limit: number): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] <= limit) low = middle + 1
    else high = middle
  }
  return low - 1
}

export interface ProgressState {
  readonly low: Record<string, number>
  readonly above: Ranges
  /** Records of which only some pieces are done: origin, position, runs of pieces. */
  readonly partly?: [string, number, number[]][]
}

/**
 * Which records are done with: delivered, failed or dropped, durably. Everything else is delivered again after a crash, and nothing
 * else is: whatever path a record takes then, it is looked up here first.
 */
export class Progress {
  private readonly origins = new Map<string, Done>()
  private readonly partly = new Map<string, Map<number, Done>>()

  constructor(state: ProgressState = { low: {}, above: {} }) {
    for (const [origin, low] of Object.entries(state.low)) this.origins.set(origin, new Done(low))
    this.add(state.above)
    for (const [origin, position, runs] of state.partly ?? [])
      this.addPieces({ origin, position, of: Number.POSITIVE_INFINITY, bytes: 0, runs })
  }

  /** Whether a piece of a record is done with, alone or with its record. */
  hasPiece(origin: string, position: number, piece: number): boolean {
    return this.has(origin, position) || (this.partly.get(origin)?.get(position)?.has(piece) ?? false)
  }

  hasAll(origin: string, from: number, to: number): boolean {
    return this.origins.get(origin)?.hasAll(from, to) ?? false
  }

  hasPieces(origin: string, position: number, from: number, to: number): boolean {
    return this.has(origin, position) || (this.partly.get(origin)?.get(position)?.hasAll(from, to) ?? false)
  }

  /** Answers whether its record is done with now, as a whole. */
  addPieces({ origin, position, of, runs }: Pieces): boolean {
    if (this.has(origin, position)) return false
    let records = this.partly.get(origin)
    if (!records) this.partly.set(origin, (records = new Map()))
    let done = records.get(position)
    if (!done) records.set(position, (done = new Done(0)))
    for (let i = 0; i < runs.length; i += 2) done.add(runs[i], runs[i + 1])
    if (done.low < of) return false
    records.delete(position)
    this.origin(origin).add(position, position + 1)
    return true
  }

  has(origin: string, position: number): boolean {
    return this.origins.get(origin)?.has(position) ?? false
  }

  add(ranges: Ranges): void {
    for (const [origin, runs] of Object.entries(ranges)) {
      const done = this.origin(origin)
      for (let i = 0; i < runs.length; i += 2) done.add(runs[i], runs[i + 1])
    }
  }

  /** Everything below it is done. */
  low(origin: string): number {
    return this.origins.get(origin)?.low ?? 0
  }

  missing(origin: string, end: number): number {
    return this.origin(origin).missing(end)
  }

  /** All below `low` is somebody else's: it was never ours to deliver. */
  raise(origin: string, low: number): void {
    this.origin(origin).add(0, low)
  }

  forget(origin: string): void {
    this.partly.delete(origin)
    this.origins.delete(origin)
  }

  get names(): string[] {
    return [...this.origins.keys()]
  }

  state(): ProgressState {
    const low: Record<string, number> = {}
    const above: Ranges = {}
    for (const [origin, done] of this.origins) {
      low[origin] = done.low
      const runs = done.flat()
      if (runs.length > 0) above[origin] = runs
    }
    const partly: [string, number, number[]][] = []
    for (const [origin, records] of this.partly)
      for (const [position, done] of records)
        if (!this.has(origin, position)) partly.push([origin, position, [0, done.low, ...done.flat()]])
    return { low, above, ...(partly.length > 0 && { partly }) }
  }

  private origin(name: string): Done {
    let done = this.origins.get(name)
    if (!done) {
      done = new Done(0)
      this.origins.set(name, done)
    }
    return done
  }
}
