import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchBuilder, dataText, type RecordBatch } from '../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { type ReadResult, SHARD_COUNTERS } from '../../src/engines/stream/contract.ts'
import { engine } from '../../src/engines/stream/engine.ts'
import { evenRanges, hashKeyOf, Router } from '../../src/engines/stream/hash-key.ts'
import { StreamMeter } from '../../src/engines/stream/metrics.ts'
import {
  endingSequenceNumber,
  parseSequenceNumber,
  sequenceNumber,
  sequenceNumbers,
  startingSequenceNumber,
} from '../../src/engines/stream/sequence.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { FailingFiles } from '../support/failing-files.ts'

const HOUR = 3600_000

async function start(options: { directory?: string; clock?: ManualClock; settings?: Record<string, unknown> } = {}) {
  const clock = options.clock ?? new ManualClock()
  const engines = await startEngines([engine], {
    clock,
    directory: options.directory,
    settings: { stream: options.settings ?? {} },
  })
  return { engines, clock, stream: engines.clients.stream }
}

function batch(
  count: number,
  data: (i: number) => string,
  key: (i: number) => string = (i) => `key-${i}`,
): RecordBatch {
  const builder = new BatchBuilder()
  for (let i = 0; i < count; i++) builder.add(key(i), data(i))
  return builder.finish()
}

const texts = (result: ReadResult) => Array.from({ length: result.batch.count }, (_, i) => dataText(result.batch, i))

async function readShard(client: TestEngines['clients']['stream'], stream: string, shardId: string): Promise<string[]> {
  const seen: string[] = []
  for (let offset = 0; ; ) {
    const result = await client.read({ stream, shardId, position: { type: 'OFFSET', offset } })
    seen.push(...texts(result))
    if (result.nextOffset === offset) return seen
    offset = result.nextOffset
  }
}

describe('hash keys', () => {
  it('are the MD5 of the partition key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (key) => {
        const bytes = Buffer.from(key)
        expect(hashKeyOf(bytes)).toBe(BigInt(`0x${createHash('md5').update(bytes).digest('hex')}`))
      }),
    )
  })

  it('lead to the shard whose range holds them, again and again', () => {
    const bounds = fc.uniqueArray(fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }), { maxLength: 20 })
    fc.assert(
      fc.property(bounds, fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 50 }), (inner, keys) => {
        const starts = [0n, ...inner.sort((a, b) => (a < b ? -1 : 1))]
        const ranges = starts.map((first, i) => ({ start: first, end: (starts[i + 1] ?? 2n ** 128n) - 1n }))
        const router = new Router(ranges)
        for (const key of [...keys, ...keys]) {
          const bytes = Buffer.from(key)
          const hash = hashKeyOf(bytes)
          const { start: from, end } = ranges[router.slotOfKey(bytes, 0, bytes.length)]
          expect(from <= hash && hash <= end).toBe(true)
        }
        for (const { start: from, end } of ranges) {
          expect(ranges[router.slotOfHashKey(from)].start).toBe(from)
          expect(ranges[router.slotOfHashKey(end)].end).toBe(end)
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('sequence numbers', () => {
  const place = fc.record({
    shard: fc.nat(65_535),
    offset: fc.nat(2 ** 40),
    createdS: fc.integer({ min: 900_000_000, max: 2 ** 32 - 1 }),
    arrivalMs: fc.integer({ min: 900_000_000_000, max: (2 ** 32 - 1) * 1000 }),
  })

  it('say shard, offset and time, and ascend in a shard', () => {
    fc.assert(
      fc.property(place, ({ shard, offset, createdS, arrivalMs }) => {
        const text = sequenceNumber(shard, offset, createdS, arrivalMs)
        expect(BigInt(text).toString(2)).toHaveLength(186)
        const putS = Math.floor(arrivalMs / 1000)
        expect(parseSequenceNumber(text)).toEqual({ shard, offset, shardCreatedS: createdS, putS })
        expect(sequenceNumbers(shard, createdS, arrivalMs)(offset)).toBe(text)
        expect(BigInt(sequenceNumber(shard, offset + 1, createdS, 900_000_000_000))).toBeGreaterThan(BigInt(text))
        expect(BigInt(startingSequenceNumber(shard, createdS))).toBeLessThan(BigInt(text))
        expect(BigInt(endingSequenceNumber(shard, createdS, arrivalMs))).toBeGreaterThan(BigInt(text))
      }),
    )
  })
})

describe('a data stream', () => {
  it('gives every record an offset in its shard and keeps it over a restart', async () => {
    const { engines, clock, stream } = await start()
    await stream.createStream({ stream: 's', shardCount: 4 })
    const put = await stream.put({ stream: 's', batch: batch(300, (i) => `record ${i}`) })
    expect(put.failed).toBe(0)
    await engines.stop()
    const again = await start({ directory: engines.workspaceDirectory, clock })
    const { shards } = await again.stream.describeStream({ stream: 's' })
    for (const shard of shards) {
      const expected = Array.from({ length: 300 }, (_, i) => i).filter((i) => put.shards[i] === shard.index)
      expect(expected.map((i) => put.offsets[i])).toEqual(expected.map((_, offset) => offset))
      expect(await readShard(again.stream, 's', shard.shardId)).toEqual(expected.map((i) => `record ${i}`))
    }
    await again.engines[Symbol.asyncDispose]()
  })

  it('enforces a shard’s write quota on its own clock, record by record', async () => {
    const { engines, clock, stream } = await start()
    await using _ = engines
    await stream.createStream({ stream: 's', shardCount: 1 })
    const records = batch(1500, () => 'x')
    expect((await stream.put({ stream: 's', batch: records })).failed).toBe(500)
    expect((await stream.put({ stream: 's', batch: records })).failed).toBe(1500)
    await clock.advance(100)
    expect((await stream.put({ stream: 's', batch: records })).failed).toBe(1400)
    await clock.advance(10_000)
    const large = await stream.put({ stream: 's', batch: batch(3, () => 'x'.repeat(400_000)) })
    expect([...large.offsets]).toEqual([1100, 1101, -1])
    await clock.advance(1000)
    await stream.updateStream({ stream: 's', quotas: false })
    expect((await stream.put({ stream: 's', batch: records })).failed).toBe(0)
  })

  it('closes a shard to readers who took 10 MiB, for five seconds', async () => {
    const { engines, clock, stream } = await start()
    await using _ = engines
    await stream.createStream({ stream: 's', quotas: false })
    for (let i = 0; i < 12; i++) await stream.put({ stream: 's', batch: batch(1, () => 'x'.repeat(1_000_000)) })
    await stream.updateStream({ stream: 's', quotas: true })
    const read = () =>
      stream.read({ stream: 's', shardId: 'shardId-000000000000', position: { type: 'TRIM_HORIZON' }, quota: true })
    expect((await read()).batch.count).toBe(10)
    await clock.advance(3000)
    await expect(read()).rejects.toMatchObject({ code: 'ProvisionedThroughputExceededException' })
    await clock.advance(1000)
    expect((await read()).batch.count).toBe(10)
  })

  it('moves readers to the horizon when records expire, and frees the disk', async () => {
    const { engines, clock, stream } = await start()
    await using _ = engines
    await stream.createStream({ stream: 's', quotas: false, durability: 'os' })
    const at = (type: 'TRIM_HORIZON') => ({ stream: 's', shardId: 'shardId-000000000000', position: { type } })
    for (let hour = 0; hour < 30; hour++) {
      await stream.put({ stream: 's', batch: batch(10, (i) => `${hour}/${i}`) })
      await clock.advance(HOUR)
    }
    // 30 hours on, what was put at hour 6 is 24 hours old to the millisecond.
    const read = await stream.read(at('TRIM_HORIZON'))
    expect(texts(read)[0]).toBe('6/0')
    expect(read.startOffset).toBe(60)
    const old = { stream: 's', shardId: 'shardId-000000000000', position: { type: 'OFFSET', offset: 3 } } as const
    expect((await stream.read(old)).startOffset).toBe(60)
    const [shard] = (await stream.describeStream({ stream: 's' })).shards
    expect(shard.firstOffset).toBe(60)
    expect(shard.bytes).toBeLessThan(30 * 1000)
    const logs = join(engines.workspaceDirectory, '.millrace/stream/logs')
    const folder = join(logs, readdirSync(logs)[0], '000000000000')
    expect(readdirSync(folder).filter((name) => name.endsWith('.log'))).toHaveLength(24)
  })

  it('expires closed shards with their last record', async () => {
    const { engines, clock, stream } = await start()
    await using _ = engines
    await stream.createStream({ stream: 's', quotas: false })
    await clock.advance(1000)
    await stream.put({ stream: 's', batch: batch(10, () => 'x') })
    await stream.updateShardCount({ stream: 's', targetShardCount: 2 })
    await clock.advance(25 * HOUR)
    await stream.put({ stream: 's', batch: batch(10, () => 'x') })
    await clock.advance(2000)
    const { shards } = await stream.describeStream({ stream: 's' })
    expect(shards.map((shard) => shard.index)).toEqual([1, 2])
  })

  it('damaged logs are reported and read around', async () => {
    const { engines, clock, stream } = await start()
    await stream.createStream({ stream: 's', quotas: false })
    for (let i = 0; i < 5; i++) await stream.put({ stream: 's', batch: batch(10, (n) => `${i}/${n}`) })
    await engines.stop()
    const logs = join(engines.workspaceDirectory, '.millrace/stream/logs')
    const folder = join(logs, readdirSync(logs)[0], '000000000000')
    const file = join(folder, readdirSync(folder).find((name) => name.endsWith('.log'))!)
    const bytes = readFileSync(file)
    bytes[Math.floor(bytes.length * 0.3)] ^= 1
    writeFileSync(file, bytes)
    const again = await start({ directory: engines.workspaceDirectory, clock })
    const seen = await readShard(again.stream, 's', 'shardId-000000000000')
    expect(seen).toEqual([0, 2, 3, 4].flatMap((i) => Array.from({ length: 10 }, (_, n) => `${i}/${n}`)))
    const [found] = await again.stream.damage({})
    expect(found).toMatchObject({ stream: 's', shardId: 'shardId-000000000000' })
    expect(readFileSync(found.file)).toHaveLength(found.bytes)
    await again.engines[Symbol.asyncDispose]()
  })

  it('gives readers what was put while the newest records push older ones out of memory', async () => {
    const { engines, stream } = await start({ settings: { tailCacheBytes: 8000 } })
    await using _ = engines
    await stream.createStream({ stream: 's', shardCount: 1, quotas: false })
    const expected = Array.from({ length: 1000 }, (_, i) => `${i} ${'x'.repeat(i % 150)}`)
    const seen: string[] = []
    const puts = async () => {
      for (let at = 0; at < 1000; at += 20)
        await stream.put({
          stream: 's',
          batch: batch(
            20,
            (i) => expected[at + i],
            (i) => 'k'.repeat(1 + (i % 60)),
          ),
        })
    }
    const reads = async () => {
      for (let offset = 0; seen.length < 1000; ) {
        const position = { type: 'OFFSET', offset } as const
        const result = await stream.read({ stream: 's', shardId: 'shardId-000000000000', position, maxRecords: 30 })
        seen.push(...texts(result))
        offset = result.nextOffset
        await new Promise(setImmediate)
      }
    }
    await Promise.all([puts(), reads(), readShard(stream, 's', 'shardId-000000000000')])
    expect(seen).toEqual(expected)
    expect(await readShard(stream, 's', 'shardId-000000000000')).toEqual(expected)
  })

  it('says which shard’s disk refused records, and takes them when there is room', async () => {
    const files = new FailingFiles()
    const { engines, stream } = await start({ settings: { files } })
    await using _ = engines
    await stream.createStream({ stream: 's', shardCount: 2, quotas: false })
    await stream.put({ stream: 's', batch: batch(20, (i) => `kept ${i}`) })
    files.bytesFree = 1000
    const more = batch(40, (i) => `more ${i} ${'x'.repeat(20)}`)
    const part = await stream.put({ stream: 's', batch: more })
    expect(part.failed).toBeGreaterThan(0)
    expect(part.failed).toBeLessThan(40)
    expect(Object.values(part.refusals!)).toEqual([expect.objectContaining({ code: 'StorageFull', retry: true })])
    await expect(stream.put({ stream: 's', batch: more })).rejects.toMatchObject({ code: 'StorageFull' })
    files.bytesFree = Number.POSITIVE_INFINITY
    expect((await stream.put({ stream: 's', batch: more })).failed).toBe(0)
    const { shards } = await stream.describeStream({ stream: 's' })
    expect(shards.reduce((sum, shard) => sum + shard.nextOffset, 0)).toBe(20 + (40 - part.failed) + 40)
    expect(await stream.damage({})).toEqual([])
  })

  it('reads what it encrypted after its disk was full in between', async () => {
    const files = new FailingFiles()
    const { engines, clock, stream } = await start({ settings: { files, tailCacheBytes: 0 } })
    await using _ = engines
    await stream.createStream({ stream: 's', quotas: false })
    await clock.advance(1000)
    await stream.startEncryption({ stream: 's', keyId: 'alias/a' })
    await clock.advance(1000)
    const put = (words: string) => stream.put({ stream: 's', batch: batch(20, (i) => `${words} ${i}`) })
    expect((await put('before')).encrypted).toBe(true)
    files.bytesFree = 100
    await expect(Promise.all([put('refused'), put('refused')])).rejects.toMatchObject({ code: 'StorageFull' })
    files.bytesFree = Number.POSITIVE_INFINITY
    await put('after')
    const seen = await readShard(stream, 's', 'shardId-000000000000')
    expect(seen).toEqual(['before', 'after'].flatMap((words) => Array.from({ length: 20 }, (_, i) => `${words} ${i}`)))
  })

  it('refuses a batch that does not fit together, whole', async () => {
    const { engines, stream } = await start()
    await using _ = engines
    await stream.createStream({ stream: 's' })
    const good = batch(3, () => 'x')
    const bad = { ...good, dataEnds: Uint32Array.of(1, 2, 9000) }
    await expect(stream.put({ stream: 's', batch: bad })).rejects.toMatchObject({ code: 'ValidationException' })
    const large = batch(2, (i) => 'x'.repeat(i * 1024 * 1024))
    await expect(stream.put({ stream: 's', batch: large })).rejects.toMatchObject({ code: 'ValidationException' })
    expect((await stream.describeStream({ stream: 's' })).shards[0].nextOffset).toBe(0)
  })
})

describe('consuming a stream', () => {
  /** Takes items until `done` says so. */
  async function take(feed: AsyncIterable<ReadResult>, done: (taken: ReadResult[]) => boolean): Promise<ReadResult[]> {
    const taken: ReadResult[] = []
    for await (const item of feed) {
      taken.push(item)
      if (done(taken)) break
    }
    return taken
  }

  it('reads parents to their end before children, across splits and merges', async () => {
    const { engines, clock, stream } = await start()
    await using _ = engines
    await stream.createStream({ stream: 's', shardCount: 2, quotas: false })
    await clock.advance(1000)
    let sent = 0
    const put = () =>
      stream.put({
        stream: 's',
        batch: batch(
          50,
          () => `${sent++}`,
          (i) => `key ${i % 20}`,
        ),
      })
    await put()
    await stream.updateShardCount({ stream: 's', targetShardCount: 3 })
    await put()
    await clock.advance(1000)
    await put()
    const middle = evenRanges(6)[3].start
    const open = (await stream.describeStream({ stream: 's' })).shards.filter((shard) => shard.state === 'OPEN')
    const second = open.find((shard) => BigInt(shard.range.startingHashKey) === evenRanges(3)[1].start)!
    await stream.splitShard({ stream: 's', shardId: second.shardId, newStartingHashKey: String(middle) })
    await clock.advance(1000)
    await put()
    const { shards } = await stream.describeStream({ stream: 's' })
    const closed = shards.filter((shard) => shard.state === 'CLOSED').length

    const count = (taken: ReadResult[]) => taken.reduce((sum, item) => sum + item.batch.count, 0)
    const taken = await take(stream.consume({ stream: 's', consumer: 'c' }), (items) => count(items) === sent)
    const ended = new Set<string>()
    for (const item of taken) {
      const shard = shards.find((each) => each.shardId === item.shardId)!
      for (const parent of [shard.parentShardId, shard.adjacentParentShardId])
        if (parent) expect(ended).toContain(parent)
      if (item.ended) {
        ended.add(item.shardId)
        expect(item.childShards!.length).toBeGreaterThan(0)
      }
    }
    expect(ended.size).toBe(closed)
    // With parents first, each key's records come in the order of their puts.
    const last = new Map<string, number>()
    for (const item of taken) {
      for (let i = 0; i < item.batch.count; i++) {
        const key = Buffer.from(
          item.batch.keys.subarray(item.batch.keyEnds[i - 1] ?? 0, item.batch.keyEnds[i]),
        ).toString()
        const number = Number(texts(item)[i])
        expect(number).toBeGreaterThan(last.get(key) ?? -1)
        last.set(key, number)
      }
    }
  })

  it('wakes for a put, and goes on from its checkpoint after a restart', async () => {
    const { engines, clock, stream } = await start()
    await stream.createStream({ stream: 's', quotas: false })
    const feed = stream.consume({ stream: 's', consumer: 'c' })[Symbol.asyncIterator]()
    const waiting = feed.next()
    await clock.advance(5000)
    await stream.put({ stream: 's', batch: batch(10, (i) => `a${i}`) })
    expect(texts((await waiting).value).at(-1)).toBe('a9')
    await stream.checkpoint({ stream: 's', consumer: 'c', shardId: 'shardId-000000000000', offset: 7 })
    await feed.return?.()
    await engines.stop()
    const again = await start({ directory: engines.workspaceDirectory, clock })
    const [item] = await take(again.stream.consume({ stream: 's', consumer: 'c' }), () => true)
    expect([item.startOffset, ...texts(item)]).toEqual([7, 'a7', 'a8', 'a9'])
    const latest = again.stream.consume({ stream: 's', consumer: 'd', from: 'LATEST' })[Symbol.asyncIterator]()
    const next = latest.next()
    await clock.settle()
    await again.stream.put({ stream: 's', batch: batch(1, () => 'b') })
    expect(texts((await next).value)).toEqual(['b'])
    await latest.return?.()
    await again.stream.deleteConsumer({ stream: 's', consumer: 'c' })
    expect(await again.stream.checkpoints({ stream: 's', consumer: 'c' })).toEqual({})
    await again.engines[Symbol.asyncDispose]()
  })

  it('ends for its reader when the stream is deleted or the engine stops', async () => {
    const { engines, clock, stream } = await start()
    await stream.createStream({ stream: 'gone' })
    await stream.createStream({ stream: 'kept' })
    const gone = take(stream.consume({ stream: 'gone', consumer: 'c' }), () => false)
    const kept = take(stream.consume({ stream: 'kept', consumer: 'c' }), () => false)
    gone.catch(() => {})
    kept.catch(() => {})
    await clock.settle()
    await stream.deleteStream({ stream: 'gone' })
    await clock.advance(1000)
    await expect(gone).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    const ends = expect(kept).rejects.toMatchObject({ code: 'ConnectionLost' })
    await engines[Symbol.asyncDispose]()
    await ends
  })

  it('names a hot key whose records come at even steps', () => {
    for (let seed = 0; seed < 50; seed++) {
      const meter = new StreamMeter(seededRandom(`hot ${seed}`), () => {})
      const builder = new BatchBuilder()
      for (let i = 0; i < 1200; i++) builder.add(i % 3 === 0 ? 'hot' : `key-${i}`, '{}')
      meter.wrote(0, 1200, 1200)
      meter.sample(builder.finish(), new Uint16Array(1200))
      meter.close(1000)
      expect(meter.hottest()[0].key, `seed ${seed}`).toBe('hot')
    }
  })

  it('counts each second by shard, names hot keys, and says how far behind consumers are', async () => {
    const { engines, clock, stream } = await start()
    await using _ = engines
    await stream.createStream({ stream: 's', shardCount: 2 })
    await clock.advance(1000)
    const hot = batch(
      300,
      () => 'data',
      (i) => (i % 3 === 0 ? `key ${i}` : 'hot'),
    )
    const { shards } = await stream.put({ stream: 's', batch: hot })
    const shard = shards[1]
    const feed = stream.watchMetrics({ stream: 's' })[Symbol.asyncIterator]()
    expect((await feed.next()).value).toMatchObject({
      seconds: [],
      durability: 'fsync',
      consumers: [],
      allConsumers: true,
    })
    await stream.updateStream({ stream: 's', durability: 'os' })
    await clock.advance(2500)
    const first = (await feed.next()).value
    const bytes = Array.from({ length: 300 }, (_, i) =>
      shards[i] === shard ? 4 + (i % 3 === 0 ? `key ${i}` : 'hot').length : 0,
    )
    expect(first.durability).toBe('os')
    const [second] = first.seconds
    const [inRecords, inBytes] = second.counters.subarray(second.shards.indexOf(shard) * SHARD_COUNTERS.length)
    expect(inRecords).toBe(shards.filter((each) => each === shard).length)
    expect(inBytes).toBe(bytes.reduce((a, b) => a + b))
    expect(first.tips.nextOffsets[first.tips.shards.indexOf(shard)]).toBe(inRecords)
    expect(first.hotKeys[0]).toMatchObject({ key: 'hot', hashKey: String(hashKeyOf(new TextEncoder().encode('hot'))) })
    const { keys, records } = await stream.shardKeys({ stream: 's', shardId: `shardId-00000000000${shard}` })
    expect(keys[0]).toEqual(first.hotKeys[0])
    expect(records).toBeGreaterThanOrEqual(keys[0].records)
    await stream.read({
      stream: 's',
      shardId: `shardId-00000000000${shard}`,
      position: { type: 'TRIM_HORIZON' },
      maxRecords: 1,
      consumer: 'slow',
    })
    await clock.advance(1000)
    const next = (await feed.next()).value
    expect(next.consumers).toEqual([expect.objectContaining({ consumer: 'slow', offset: 1, iteratorAgeMs: 2500 })])
    expect(next.allConsumers).toBe(false)
    // Who has not moved is not told of again, and who is forgotten is told of by his absence.
    await stream.put({ stream: 's', batch: batch(1, () => 'data') })
    await clock.advance(1000)
    expect((await feed.next()).value.consumers).toEqual([])
    await stream.deleteConsumer({ stream: 's', consumer: 'slow' })
    await clock.advance(1000)
    expect((await feed.next()).value).toMatchObject({ consumers: [], allConsumers: true })
    await feed.return?.()
  })

  it('an on-demand stream splits the shard that runs hot', async () => {
    const { engines, clock, stream } = await start()
    await using _ = engines
    await stream.createStream({ stream: 's', mode: 'ON_DEMAND' })
    await clock.advance(1000)
    await stream.put({
      stream: 's',
      batch: batch(
        900,
        () => 'x',
        () => 'one key',
      ),
    })
    await clock.advance(3000)
    expect((await stream.describeStream({ stream: 's' })).openShardCount).toBe(5)
  })
})
