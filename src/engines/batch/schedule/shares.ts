import type { SchedulingPolicy } from '../contract.ts'

const DECAY_DEFAULT_S = 600
const WEIGHT_DEFAULT = 1

interface Use {
  readonly share: string
  readonly vcpus: number
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Who used how much of a queue (Batch user guide, "Fair-share scheduling policies"): the vCPUs that a share has now, and the mean of those it
 * had within the policy's window. Times are the engine's.
 */
export class Shares {
  private readonly policy: Pick<SchedulingPolicy, 'decayS' | 'computeReservation' | 'shares'>
  private readonly now = new Map<string, number>()
  private past: Use[] = []

  constructor(policy: Pick<SchedulingPolicy, 'decayS' | 'computeReservation' | 'shares'>) {
    this.policy = policy
  }

  take(share: string, vcpus: number): void {
    this.now.set(share, (this.now.get(share) ?? 0) + vcpus)
  }

  giveBack({ share, vcpus, fromMs, toMs }: Use): void {
    const left = (this.now.get(share) ?? 0) - vcpus
    if (left > 0) this.now.set(share, left)
    else this.now.delete(share)
    const since = toMs - this.windowMs
    this.past = this.past.filter((use) => use.toMs > since)
    this.past.push({ share, vcpus, fromMs, toMs })
  }

  /** vCPUs, weighted: the share with the least goes next. */
  weightedUse(share: string, nowMs: number): number {
    const since = nowMs - this.windowMs
    let usedMs = 0
    for (const use of this.past)
      if (use.share === share) usedMs += use.vcpus * Math.max(0, use.toMs - Math.max(use.fromMs, since))
    return ((this.now.get(share) ?? 0) + usedMs / this.windowMs) * this.weight(share)
  }

  /** vCPUs of so many that all shares together may have, so that one that comes finds some free. */
  allowance(vcpus: number, waiting: Iterable<string>): number {
    const active = new Set([...this.now.keys(), ...waiting])
    return vcpus * (1 - (this.policy.computeReservation / 100) ** active.size)
  }

  get used(): number {
    return [...this.now.values()].reduce((sum, vcpus) => sum + vcpus, 0)
  }

  private weight(share: string): number {
    const named = this.policy.shares.find((entry) =>
      entry.share.endsWith('*') ? share.startsWith(entry.share.slice(0, -1)) : entry.share === share,
    )
    return named?.weight ?? WEIGHT_DEFAULT
  }

  private get windowMs(): number {
    return (this.policy.decayS || DECAY_DEFAULT_S) * 1000
  }
}
