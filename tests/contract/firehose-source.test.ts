import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { engine } from '../../src/engines/firehose/engine.ts'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { aggregate } from '../../src/engines/kit/pure/kpl.ts'
import { engine as streamEngine } from '../../src/engines/stream/engine.ts'
import { startEngines } from '../support/engines.ts'
import { batchOf, FakeLake } from './firehose-fakes.ts'

/** A run starts two engines two to six times. */
const RUNS = process.env.MILLRACE_NIGHTLY ? 150 : 6
const STEPS = process.env.MILLRACE_NIGHTLY ? 12 : 7

describe('a delivery stream fed by a data stream', () => {
  it('delivers every record once, whatever stops it when', async () => {
    const step = fc.constantFrom('put', 'put', 'minute', 'flush', 'restart', 'break', 'lose', 'mend')
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: STEPS }), async (steps) => {
        const clock = new ManualClock()
        const lake = new FakeLake()
        const error = new EngineError('ConnectionLost', 'gone', { domain: 'internal', retry: true })
        const both = [streamEngine, engine]
        let engines = await startEngines(both, { clock, fakes: { lake } })
        const directory = engines.workspaceDirectory
        await engines.clients.stream.createStream({ stream: 's', shardCount: 2 })
        await clock.advance(1000)
        await engines.clients.stream.put({ stream: 's', batch: keyed(['-1']) })
        await engines.clients.firehose.createDeliveryStream({
          name: 'd',
          sourceStream: 's',
          destination: { bucket: 'lake', appendDelimiter: true, buffering: { sizeInMBs: 1, intervalInSeconds: 60 } },
        })
        /** A delivery that waits to be tried again needs the clock to move. */
        const flushed = async ({ firehose }: Clients) => {
          const flushing = firehose.flush({ name: 'd' })
          await clock.advance(400_000)
          return flushing
        }
        let next = 0
        let broken = false
        try {
          for (const action of [...steps, 'mend', 'restart']) {
            if (action === 'put') {
              const records = Array.from({ length: 7 }, () => String(next++))
              await engines.clients.stream.put({ stream: 's', batch: keyed(records) })
            } else if (action === 'minute') await clock.advance(61_000)
            else if (action === 'flush' && !broken) await flushed(engines.clients)
            else if (action === 'restart') {
              await engines.stop()
              engines = await startEngines(both, { clock, fakes: { lake }, directory })
            } else if (action === 'break' || action === 'lose') {
              broken = true
              lake[action === 'break' ? 'fail' : 'lose'] = () => error
            } else if (action === 'mend') {
              broken = false
              lake.fail = () => undefined
              lake.lose = () => undefined
            }
          }
          const stats = await flushed(engines.clients)
          const delivered = lake.lines().map(Number)
          expect(delivered.sort((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, i) => i))
          expect(stats).toMatchObject({ inRecords: next, deliveredRecords: next, bufferedRecords: 0 })
          const positions = await engines.clients.stream.checkpoints({ stream: 's', consumer: 'firehose:d' })
          expect(Object.values(positions).reduce((sum, offset) => sum + offset, 0)).toBe(next + 1)
        } finally {
          await engines[Symbol.asyncDispose]()
        }
      }),
      {
        numRuns: RUNS,
        endOnFailure: true,
        verbose: 1,
        // A start that finds objects announced whose answers were lost.
        examples: [[['lose', 'put', 'minute', 'restart', 'put', 'minute']], [['break', 'put', 'minute', 'restart']]],
      },
    )
  })

  it('takes apart what KPL aggregated before a transform sees it, and leaves direct puts as they are', async () => {
    const clock = new ManualClock()
    const lake = new FakeLake()
    await using engines = await startEngines([streamEngine, engine], { clock, fakes: { lake } })
    const { stream, firehose } = engines.clients
    await stream.createStream({ stream: 's', shardCount: 1 })
    await clock.advance(1000)
    const code = `exports.handler = ({ records }) => ({ records: records.map(({ recordId, data }) => ({
      recordId, result: 'Ok', data: Buffer.from('[' + Buffer.from(data, 'base64').toString() + ']').toString('base64') })) })`
    const buffering = { sizeInMBs: 1, intervalInSeconds: 60 }
    const destination = {
      bucket: 'lake',
      appendDelimiter: true,
      buffering,
      transform: { language: 'javascript' as const, code, timeoutMs: 5000 },
    }
    await firehose.createDeliveryStream({ name: 'd', sourceStream: 's', destination })
    await firehose.createDeliveryStream({ name: 'direct', destination: { bucket: 'direct', buffering } })
    const many = Array.from({ length: 700 }, (_, i) => ({ key: 'k', data: `${i}` }))
    const packed = aggregate(many)
    const batch = new BatchBuilder()
    batch.add('outer', packed)
    batch.add('key', 'plain')
    await stream.put({ stream: 's', batch: batch.finish() })
    batch.add('', packed)
    await firehose.put({ name: 'direct', batch: batch.finish() })
    for (const name of ['d', 'direct']) await firehose.flush({ name })
    const bodies = [...lake.objects.values()]
    const text = new TextDecoder().decode(bodies.find((body) => body[0] === 0x5b))
    expect(text.trimEnd().split('\n')).toEqual([...many.map(({ data }) => `[${data}]`), '[plain]'])
    expect(bodies.some((body) => Buffer.from(body).equals(packed))).toBe(true)
    expect(await firehose.stats({ name: 'd' })).toMatchObject({ inRecords: 2, deliveredRecords: 2, bufferedRecords: 0 })
  })
})

function keyed(records: readonly string[]) {
  const batch = batchOf(records)
  const keys = new TextEncoder().encode(records.map((record) => record.padStart(8, '0')).join(''))
  return { ...batch, keys, keyEnds: Uint32Array.from(records, (_, i) => (i + 1) * 8) }
}
