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

/**
 * A shard's shared read quota. An answer may be larger than what is left; then no more is read until the debt is paid, so that 10 MiB in one
 * answer close the shard for five seconds, as AWS says.
 */
export class ReadQuota {
  private reads = READS_PER_SECOND
  private bytes = READ_BYTES_PER_SECOND
  private filledMs: number

  constructor(nowMs: number) {
    this.filledMs = nowMs
  }

  begin(nowMs: number): boolean {
    const seconds = Math.max(0, nowMs - this.filledMs) / 1000
    this.filledMs = nowMs
    this.reads = Math.min(READS_PER_SECOND, this.reads + seconds * READS_PER_SECOND)
    this.bytes = Math.min(READ_BYTES_PER_SECOND, this.bytes + seconds * READ_BYTES_PER_SECOND)
    if (this.reads < 1 || this.bytes <= 0) return false
    this.reads -= 1
    return true
  }

  spend(bytes: number): void {
    this.bytes -= bytes
  }
}

/** GetShardIterator's own quota of a shard: five calls a second. */
export class IteratorQuota {
  private calls = READS_PER_SECOND
  private filledMs: number

  constructor(nowMs: number) {
    this.filledMs = nowMs
  }

  take(nowMs: number): boolean {
    const seconds = Math.max(0, nowMs - this.filledMs) / 1000
    this.filledMs = nowMs
    this.calls = Math.min(READS_PER_SECOND, this.calls + seconds * READS_PER_SECOND)
    if (this.calls < 1) return false
    this.calls -= 1
    return true
  }
}
