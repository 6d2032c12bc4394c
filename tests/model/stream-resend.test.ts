import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BatchBuilder, dataText, keyText } from '../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine } from '../../src/engines/stream/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

type Client = TestEngines['clients']['stream']

async function recordsOf(client: Client, stream: string): Promise<{ key: string; data: string; shard: string }[]> {
  const { shards } = await client.describeStream({ stream })
  const all = await Promise.all(
    shards.map(async ({ shardId }) => {
      const seen: { key: string; data: string; shard: string }[] = []
      for (let offset = 0; ; ) {
        const { batch, nextOffset } = await client.read({ stream, shardId, position: { type: 'OFFSET', offset } })
        if (batch.count === 0) return seen
        for (let i = 0; i < batch.count; i++)
          seen.push({ key: keyText(batch, i), data: dataText(batch, i), shard: shardId })
        offset = nextOffset
      }
    }),
  )
  return all.flat()
}

/** `count` records of a few keys, each of so many bytes. */
function filled(count: number, keys: number, bytes: (i: number) => number) {
  const builder = new BatchBuilder()
  for (let i = 0; i < count; i++) builder.add(`key-${i % keys}`, String(i).padEnd(bytes(i), ' '))
  return builder.finish()
}

it('sends ranges again in the order of each key, whatever the quotas of the target refuse', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1500 }),
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.tuple(fc.nat(1500), fc.nat(800)), { minLength: 1, maxLength: 3 }),
      async (count, keys, spans) => {
        const clock = new ManualClock()
        await using engines = await startEngines([engine], { clock })
        const client = engines.clients.stream
        await client.createStream({ stream: 'source', quotas: false, durability: 'os' })
        await client.createStream({ stream: 'target', shardCount: 2, durability: 'os' })
        await clock.advance(1000)
        await client.put({ stream: 'source', batch: filled(count, keys, (i) => (i % 5 === 0 ? 20_000 : 10)) })
        const ranges = spans.map(([from, length]) => ({ from: from % count, to: (from % count) + length }))
        let last = { sent: 0, gone: 0, total: 0 }
        let over = false
        const sending = (async () => {
          const again = { stream: 'source', shardId: 'shardId-000000000000', ranges, target: 'target' }
          for await (const progress of client.resend(again)) last = progress
          over = true
        })()
        while (!over) await clock.advance(100)
        await sending
        const source = await recordsOf(client, 'source')
        const wanted = ranges.flatMap(({ from, to }) => source.slice(from, to))
        expect(last.sent).toBe(wanted.length)
        expect(last.sent + last.gone).toBe(last.total)
        const ofKey = (all: { key: string; data: string }[], key: string) =>
          all.filter((record) => record.key === key).map(({ data }) => data)
        const target = await recordsOf(client, 'target')
        for (let key = 0; key < keys; key++) expect(ofKey(target, `key-${key}`)).toEqual(ofKey(wanted, `key-${key}`))
      },
    ),
    { numRuns: process.env.MILLRACE_NIGHTLY ? 100 : 12, verbose: 1 },
  )
})

it('sends into its own stream no more than was there, and tells what retention took', async () => {
  const clock = new ManualClock()
  await using engines = await startEngines([engine], { clock })
  const client = engines.clients.stream
  await client.createStream({ stream: 's', quotas: false })
  await clock.advance(1000)
  await client.put({ stream: 's', batch: filled(10, 3, () => 4) })
  await clock.advance(20 * 3600_000)
  await client.put({ stream: 's', batch: filled(10, 3, () => 4) })
  await clock.advance(5 * 3600_000)
  const ranges = [{ from: 5, to: 20 }]
  const seen: unknown[] = []
  for await (const progress of client.resend({
    stream: 's',
    shardId: 'shardId-000000000000',
    ranges,
    target: 's',
  }))
    seen.push(progress)
  expect(seen.at(-1)).toEqual({ sent: 10, gone: 5, total: 15 })
  expect((await client.describeStream({ stream: 's' })).shards[0].nextOffset).toBe(30)
})

it('names consumer groups with their checkpoints', async () => {
  const clock = new ManualClock()
  await using engines = await startEngines([engine], { clock })
  const client = engines.clients.stream
  await client.createStream({ stream: 's', shardCount: 2 })
  await clock.advance(1000)
  await client.checkpoint({ stream: 's', consumer: 'one', shardId: 'shardId-000000000001', offset: 7 })
  expect(await client.consumerGroups({ stream: 's' })).toEqual([
    { consumer: 'one', checkpoints: { 'shardId-000000000001': 7 } },
  ])
})
