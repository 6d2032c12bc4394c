import type { RecordBatch } from '../../../kit/pure/batch.ts'

/** "A PUT Payload Unit is counted in 25KB payload chunks" (Amazon Kinesis Data Streams Pricing): a record takes at least one. */
const PUT_UNIT_BYTES = 25 * 1024
const HOUR_MS = 3_600_000
/** What is kept so long costs nothing beside the shard. */
const FREE_RETENTION_HOURS = 24

export interface StreamPricing {
  readonly mode: 'PROVISIONED' | 'ON_DEMAND'
  readonly shards: number
  readonly retentionHours: number
}

type Charge = (item: string, quantity: number) => void

/** Items of the price table for what a run does with one stream. Hours are engine time and counted in parts. */
export class StreamCost {
  private readonly pricing: StreamPricing
  private readonly charge: Charge
  private chargedMs: number

  constructor(pricing: StreamPricing, charge: Charge, nowMs: number) {
    this.pricing = pricing
    this.charge = charge
    this.chargedMs = nowMs
  }

  /** What taking these records is charged as: bytes on demand, else payload units. */
  quantity(batch: RecordBatch): number {
    if (this.pricing.mode === 'ON_DEMAND') return batch.keys.length + batch.data.length
    let units = 0
    let [keyStart, dataStart] = [0, 0]
    for (let i = 0; i < batch.count; i++) {
      const bytes = batch.keyEnds[i] - keyStart + batch.dataEnds[i] - dataStart
      units += Math.max(1, Math.ceil(bytes / PUT_UNIT_BYTES))
      keyStart = batch.keyEnds[i]
      dataStart = batch.dataEnds[i]
    }
    return units
  }

  put(quantity: number): void {
    this.charge(this.pricing.mode === 'ON_DEMAND' ? 'kinesis.onDemandBytesIn' : 'kinesis.putUnit', quantity)
  }

  read(bytes: number): void {
    if (this.pricing.mode === 'ON_DEMAND') this.charge('kinesis.onDemandBytesOut', bytes)
  }

  /** Charges the time since it was last charged. */
  until(nowMs: number): void {
    const hours = Math.max(0, nowMs - this.chargedMs) / HOUR_MS
    this.chargedMs = Math.max(this.chargedMs, nowMs)
    const { mode, shards, retentionHours } = this.pricing
    if (mode === 'ON_DEMAND') {
      this.charge('kinesis.onDemandStreamHour', hours)
      return
    }
    this.charge('kinesis.shardHour', hours * shards)
    if (retentionHours > FREE_RETENTION_HOURS) this.charge('kinesis.extendedShardHour', hours * shards)
  }
}
