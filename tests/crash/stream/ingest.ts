import { BatchBuilder } from '../../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../../src/engines/kit/pure/clock.ts'
import { engine } from '../../../src/engines/stream/engine.ts'
import { startEngines } from '../../support/engines.ts'

/**
 * A process to be killed: puts numbered records as fast as it can, several puts at once, never the same one twice, and prints the
 * numbers of a put once it is acknowledged. Arguments: workspace, first number, `encrypted` where the stream shall be.
 */
const [directory, first, encrypted] = process.argv.slice(2)
const clock = new ManualClock()
const { clients } = await startEngines([engine], { directory, clock })
const { stream } = clients
const known = await stream.listStreams({})
if (known.length === 0) await stream.createStream({ stream: 's', shardCount: 4, quotas: false })
if (encrypted && !known[0]?.encryptionKeyId) {
  await clock.advance(1000)
  await stream.startEncryption({ stream: 's', keyId: 'alias/aws/kinesis' })
  await clock.advance(1000)
}

let next = Number(first)

async function produce(): Promise<void> {
  for (;;) {
    const builder = new BatchBuilder()
    const numbers: number[] = []
    for (let i = 0; i < 100; i++) {
      numbers.push(next)
      builder.add(`key ${next % 97}`, `${next++} ${'x'.repeat(next % 200)}`)
    }
    const { offsets, shards } = await stream.put({ stream: 's', batch: builder.finish() })
    // One write for each put: what the parent has read whole was acknowledged.
    process.stdout.write(`${numbers.map((number, i) => `${number}:${shards[i]}:${offsets[i]}`).join(' ')}\n`)
  }
}

await Promise.all(Array.from({ length: 4 }, produce))
