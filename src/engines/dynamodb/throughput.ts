import type { Throughput } from './contract.ts'

/** Unused capacity is kept for this long and may be spent in a burst. */
const BURST_S = 300

interface Bucket {
  units: number
  filledMs: number
}

/**
 * Provisioned capacity of tables and indexes: units come by the second of the engine's clock, five minutes of them are kept. A request is
 * let in while any are left, and its whole cost taken; so a table settles at what it was given.
 */
export class Capacity {
  private readonly buckets = new Map<string, Bucket>()

  /** Whether a request may be made now. On-demand tables have no `throughput`. */
  has(owner: number | string, kind: keyof Throughput, throughput: Throughput | undefined, nowMs: number): boolean {
    return !throughput || this.fill(owner, kind, throughput, nowMs).units > 0
  }

  take(
    owner: number | string,
    kind: keyof Throughput,
    throughput: Throughput | undefined,
    units: number,
    nowMs: number,
  ): void {
    if (throughput) this.fill(owner, kind, throughput, nowMs).units -= units
  }

  private fill(owner: number | string, kind: keyof Throughput, throughput: Throughput, nowMs: number): Bucket {
    const perSecond = throughput[kind]
    const name = `${owner}/${kind}`
    let bucket = this.buckets.get(name)
    if (!bucket) this.buckets.set(name, (bucket = { units: perSecond * BURST_S, filledMs: nowMs }))
    const come = ((nowMs - bucket.filledMs) / 1000) * perSecond
    bucket.units = Math.min(perSecond * BURST_S, bucket.units + come)
    bucket.filledMs = nowMs
    return bucket
  }
}
