import { describe, expect, it } from 'vitest'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { StreamCost, type StreamPricing } from '../../src/engines/pipeline/nodes/stream/cost.ts'

const HOUR = 3_600_000

function costOf(pricing: StreamPricing) {
  const charged = new Map<string, number>()
  const cost = new StreamCost(pricing, (item, n) => charged.set(item, (charged.get(item) ?? 0) + n), 0)
  return { cost, charged }
}

function records(...bytes: number[]) {
  const builder = new BatchBuilder()
  for (const size of bytes) builder.add('k', new Uint8Array(size - 1))
  return builder.finish()
}

describe('what a stream would cost', () => {
  it('is a unit for each begun 25 KiB of each record, and shard hours in parts', () => {
    const { cost, charged } = costOf({ mode: 'PROVISIONED', shards: 4, retentionHours: 24 })
    cost.put(cost.quantity(records(100, 25 * 1024, 25 * 1024 + 1, 60 * 1024)))
    cost.until(HOUR / 2)
    cost.until(HOUR / 4)
    cost.until(HOUR)
    expect(Object.fromEntries(charged)).toEqual({ 'kinesis.putUnit': 1 + 1 + 2 + 3, 'kinesis.shardHour': 4 })
  })

  it('counts retention beyond a day beside the shard', () => {
    const { cost, charged } = costOf({ mode: 'PROVISIONED', shards: 2, retentionHours: 168 })
    cost.until(HOUR)
    expect(Object.fromEntries(charged)).toEqual({ 'kinesis.shardHour': 2, 'kinesis.extendedShardHour': 2 })
  })

  it('is stream hours and bytes both ways on demand', () => {
    const { cost, charged } = costOf({ mode: 'ON_DEMAND', shards: 4, retentionHours: 24 })
    cost.put(cost.quantity(records(100, 200)))
    cost.read(300)
    cost.until(HOUR * 2)
    expect(Object.fromEntries(charged)).toEqual({
      'kinesis.onDemandBytesIn': 300,
      'kinesis.onDemandBytesOut': 300,
      'kinesis.onDemandStreamHour': 2,
    })
  })
})
