/** Per shard, as at AWS: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
export const WRITE_RECORDS_PER_SECOND = 1000
export const WRITE_BYTES_PER_SECOND = 1024 * 1024
export const READ_BYTES_PER_SECOND = 2 * 1024 * 1024
export const READS_PER_SECOND = 5

/** A shard's write quota: two buckets that fill evenly and hold one second's worth. Times in engine ms. */
export class WriteQuota {
  private records = WRITE_RECORDS_PER_SECOND
  private bytes = WRITE_BYTES_PER_SECOND
  private filledMs: number

  constructor(nowMs: number) {
    this.filledMs = nowMs
  }

  private fill(nowMs: number): void {
    const seconds = Math.max(0, nowMs - this.filledMs) / 1000
    this.filledMs = nowMs
    this.records = Math.min(WRITE_RECORDS_PER_SECOND, this.records + seconds * WRITE_RECORDS_PER_SECOND)
    this.bytes = Math.min(WRITE_BYTES_PER_SECOND, this.bytes + seconds * WRITE_BYTES_PER_SECOND)
  }

  /**
   * Takes one record of so many bytes, partition key included, unless the quota is used up. A record of more than a second's worth is taken
   * out of a full bucket, which then fills again at its rate.
   */
  take(bytes: number, nowMs: number): boolean {
    if (nowMs !== this.filledMs) this.fill(nowMs)
    if (this.records < 1 || this.bytes < Math.min(bytes, WRITE_BYTES_PER_SECOND)) return false
    this.records -= 1
    this.bytes -= bytes
    return true
  }
}

/** A bucket that fills evenly and holds one second's worth. It may be overdrawn: then it is empty until the debt is paid. */
export class Bucket {
  private readonly perSecond: number
  private level: number
  private filledMs: number

  constructor(perSecond: number, nowMs: number) {
    this.perSecond = perSecond
    this.level = perSecond
    this.filledMs = nowMs
  }

  /** What is in it now. */
  at(nowMs: number): number {
    const seconds = Math.max(0, nowMs - this.filledMs) / 1000
    this.filledMs = nowMs
    this.level = Math.min(this.perSecond, this.level + seconds * this.perSecond)
    return this.level
  }

  spend(amount: number): void {
    this.level -= amount
  }

  /** Takes one, if there is one. */
  takeOne(nowMs: number): boolean {
    if (this.at(nowMs) < 1) return false
    this.level -= 1
    return true
  }
}

/**
 * A shard's shared read quota. An answer may be larger than what is left; then no more is read until the debt is paid, so that 10 MiB in one
 * answer close the shard for five seconds, as AWS says.
 */
export class ReadQuota {
  private readonly reads: Bucket
  private readonly bytes: Bucket

  constructor(nowMs: number) {
    this.reads = new Bucket(READS_PER_SECOND, nowMs)
    this.bytes = new Bucket(READ_BYTES_PER_SECOND, nowMs)
  }

  begin(nowMs: number): boolean {
    return this.bytes.at(nowMs) > 0 && this.reads.takeOne(nowMs)
  }

  spend(bytes: number): void {
    this.bytes.spend(bytes)
  }
}

/** The quotas of a stream's shards, by their numbers, made when they are first asked for. */
export class ShardQuotas {
  private readonly writes = new Map<number, WriteQuota>()
  private readonly reads = new Map<number, ReadQuota>()
  private readonly iterators = new Map<number, Bucket>()

  write(shard: number, nowMs: number): WriteQuota {
    return known(this.writes, shard, () => new WriteQuota(nowMs))
  }

  read(shard: number, nowMs: number): ReadQuota {
    return known(this.reads, shard, () => new ReadQuota(nowMs))
  }

  /** GetShardIterator's own: five calls a second. */
  iterator(shard: number, nowMs: number): Bucket {
    return known(this.iterators, shard, () => new Bucket(READS_PER_SECOND, nowMs))
  }

  forget(shard: number): void {
    for (const quotas of [this.writes, this.reads, this.iterators]) quotas.delete(shard)
  }
}

function known<T>(quotas: Map<number, T>, shard: number, make: () => T): T {
  const quota = quotas.get(shard) ?? make()
  quotas.set(shard, quota)
  return quota
}
