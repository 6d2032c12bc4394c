/** dfs.namenode.lease.softlimit and lease-hard-limit-sec: after the one another writer may take a file over, after the other it is closed. */
export const LEASE_SOFT_MS = 60_000
export const LEASE_HARD_MS = 20 * 60_000

/** Who writes which file, and when they were heard of last. Not logged: after a restart every writer has its full time again. */
export class Leases {
  private readonly renewed = new Map<number, number>()

  renew(file: number, nowMs: number): void {
    this.renewed.set(file, nowMs)
  }

  /** Whether its writer may still come back. */
  has(file: number): boolean {
    return this.renewed.has(file)
  }

  release(file: number): void {
    this.renewed.delete(file)
  }

  reset(files: Iterable<number>, nowMs: number): void {
    this.renewed.clear()
    for (const file of files) this.renewed.set(file, nowMs)
  }

  isSoft(file: number, nowMs: number): boolean {
    return nowMs - (this.renewed.get(file) ?? 0) >= LEASE_SOFT_MS
  }

  expired(nowMs: number): number[] {
    return [...this.renewed].filter(([, at]) => nowMs - at >= LEASE_HARD_MS).map(([file]) => file)
  }

  /** When the next one expires; undefined where nobody writes. */
  get nextMs(): number | undefined {
    const oldest = Math.min(...this.renewed.values())
    return Number.isFinite(oldest) ? oldest + LEASE_HARD_MS : undefined
  }
}
