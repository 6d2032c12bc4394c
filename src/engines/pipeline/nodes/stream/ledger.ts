import type { RecordBatch } from '../../../kit/pure/batch.ts'
import { addRecords, type Digest, emptyDigest } from '../kit/digest.ts'
import type { StreamCost } from './cost.ts'

/** What a run put into a stream and took out of it, shard by shard. */
export class Ledger {
  readonly consumer: string
  readonly cost: StreamCost
  /** Where the consumer starts, and where this run's own records begin, by shard id. */
  readonly starts: ReadonlyMap<string, number>
  readonly tips: ReadonlyMap<string, number>
  readonly put: Digest = emptyDigest()
  readonly taken: Digest = emptyDigest()
  takenOthers = 0
  throttled = 0
  /** Records that a quota refused and that wait to be sent again. */
  refused = 0
  /** No more records will be put by this run. */
  complete = false
  /** The consumer stands before a full wire. */
  blocked = false
  /** Offset after the last record of this run, by number of the shard; and after the last one consumed. */
  private readonly lastPut = new Map<number, number>()
  private readonly read = new Map<number, number>()
  private watchers: { test: () => boolean; resolve: () => void }[] = []

  constructor(
    consumer: string,
    cost: StreamCost,
    starts: ReadonlyMap<string, number>,
    tips: ReadonlyMap<string, number>,
  ) {
    this.consumer = consumer
    this.cost = cost
    this.starts = starts
    this.tips = tips
  }

  /** Takes note of where records went; gives the indexes of those that were refused. */
  accepted(shards: Uint16Array, offsets: Float64Array): number[] {
    const refused: number[] = []
    const ends: number[] = []
    for (let i = 0; i < offsets.length; i++) {
      if (offsets[i] < 0) refused.push(i)
      else ends[shards[i]] = Math.max(ends[shards[i]] ?? 0, offsets[i] + 1)
    }
    ends.forEach((end, shard) => {
      this.lastPut.set(shard, Math.max(this.lastPut.get(shard) ?? 0, end))
    })
    return refused
  }

  consumed(shard: number, nextOffset: number): void {
    this.read.set(shard, nextOffset)
    this.look()
  }

  /** Records of this run that the consumer has not had yet. */
  get behind(): number {
    return this.put.count - this.taken.count
  }

  get settled(): boolean {
    return this.complete && [...this.lastPut].every(([shard, end]) => (this.read.get(shard) ?? 0) >= end)
  }

  when(test: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.watchers.push({ test, resolve })
      this.look()
    })
  }

  /** Tells this run's own records from those of others by where the shards stood when it began. */
  took(batch: RecordBatch, shardId: string, startOffset: number): void {
    const tip = this.tips.get(shardId) ?? 0
    const others = Math.min(batch.count, Math.max(0, tip - startOffset))
    this.takenOthers += others
    addRecords(this.taken, batch, others, batch.count)
  }

  look(): void {
    this.watchers = this.watchers.filter(({ test, resolve }) => {
      if (!test()) return true
      resolve()
      return false
    })
  }
}
