import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine } from '../../src/engines/stream/engine.ts'
import type { ShardSecond } from '../../src/engines/stream/metrics.ts'
import { completeChange, initialShards, openShards, type StreamState } from '../../src/engines/stream/model.ts'
import { scale } from '../../src/engines/stream/on-demand.ts'
import { shardIdOf } from '../../src/engines/stream/sequence.ts'
import { startEngines } from '../support/engines.ts'

const DAY = 24 * 3600_000

const fresh: StreamState = {
  id: 's',
  name: 's',
  mode: 'ON_DEMAND',
  status: 'ACTIVE',
  createdMs: 0,
  retentionHours: 24,
  quotas: true,
  durability: 'fsync',
  tags: {},
  shards: initialShards(4, 0),
  resizedMs: [],
}

/** A second in which the open shards took so many MiB together, evenly. */
function second(state: StreamState, mebibytes: number): ShardSecond[] {
  const open = openShards(state.shards)
  return open.map(({ index }) => ({
    shardId: shardIdOf(index),
    inRecords: 1,
    inBytes: (mebibytes / open.length) * 2 ** 20,
    outRecords: 0,
    outBytes: 0,
    writeThrottled: 0,
    readThrottled: 0,
  }))
}

it('always has room for twice the peak of the last 30 days, from 4 MiB a second on', () => {
  const step = fc.record({ mebibytes: fc.double({ min: 0, max: 60, noNaN: true }), days: fc.nat(40) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let state = fresh
      let nowMs = 0
      const past: { mebibytes: number; day: number }[] = []
      for (const { mebibytes, days } of steps) {
        nowMs += days * DAY
        const possible = Math.min(mebibytes, openShards(state.shards).length)
        past.push({ mebibytes: possible, day: nowMs / DAY })
        for (let i = 0; i < 2; i++) {
          const next = scale(state, i === 0 ? second(state, possible) : [], nowMs)
          if (next) state = completeChange(next, nowMs)
        }
        const recent = past.filter(({ day }) => day > nowMs / DAY - 30).map((each) => each.mebibytes)
        const capacity = openShards(state.shards).length
        expect(capacity).toBeGreaterThanOrEqual(Math.max(4, 2 * Math.max(...recent)))
        expect(capacity).toBeLessThanOrEqual(200)
      }
    }),
    { numRuns: 100 },
  )
})

it('remembers its peak over a restart, writing down whole shards only', async () => {
  const clock = new ManualClock()
  const engines = await startEngines([engine], { clock })
  const { stream } = engines.clients
  await stream.createStream({ stream: 's', mode: 'ON_DEMAND' })
  await clock.advance(1000)
  const builder = new BatchBuilder()
  for (let i = 0; i < 3900; i++) builder.add(`key ${i}`, 'x'.repeat(800))
  await stream.put({ stream: 's', batch: builder.finish() })
  await clock.advance(3000)
  const grown = (await stream.describeStream({ stream: 's' })).openShardCount
  expect(grown).toBeGreaterThanOrEqual(8)
  await engines.stop()
  const again = await startEngines([engine], { clock, directory: engines.workspaceDirectory })
  await using _ = again
  // Releasing what nothing asked for keeps room for twice the peak.
  await again.clients.stream.updateAccountSettings({ committed: true })
  await again.clients.stream.updateWarmThroughput({ stream: 's', warmMiBps: 0 })
  await clock.advance(1000)
  expect((await again.clients.stream.describeStream({ stream: 's' })).openShardCount).toBe(8)
  await clock.advance(31 * DAY)
  await again.clients.stream.updateWarmThroughput({ stream: 's', warmMiBps: 0 })
  await clock.advance(1000)
  expect((await again.clients.stream.describeStream({ stream: 's' })).openShardCount).toBe(4)
})
