import { setTimeout as sleep } from 'node:timers/promises'
import { BatchBuilder } from '../../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../../src/engines/kit/pure/clock.ts'
import { seededRandom } from '../../../src/engines/kit/pure/random.ts'
import { engine } from '../../../src/engines/stream/engine.ts'
import { startEngines } from '../../support/engines.ts'
import { splitOrMerge } from '../../support/reshard.ts'

/**
 * A process to be killed: puts numbered records as fast as it can, several puts at once, never the same one twice, and prints the
 * numbers of a put once it is acknowledged. Meanwhile shards are split and merged. Arguments: workspace, first number, `encrypted` where the stream
 * shall be.
 */
const [directory, first, encrypted] = process.argv.slice(2)
/** Later than in the process before. Nothing waits for the puts, which never pause. */
class HastyClock extends ManualClock {
  override async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }
}
const clock = new HastyClock(Date.UTC(2001, 0, 1) + 2 * Number(first))
const engines = await startEngines([engine], { directory, clock })
const { stream } = engines.clients
const known = await stream.listStreams({})
if (known.length === 0) await stream.createStream({ stream: 's', shardCount: 4, quotas: false })
await clock.advance(1000)
if (encrypted && !known[0]?.encryptionKeyId) {
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
    // One write for each put: what the parent has read whole was acknowledged. The next put waits until the system has the line: a pipe's
    // writes queue in here while the parent is slow, and what it never heard of would be sent again by the process after this one.
    const said = numbers.map((number, i) => `${number}:${shards[i]}:${offsets[i]}`).join(' ')
    await new Promise((written) => process.stdout.write(`${said}\n`, written))
  }
}

async function reshape(): Promise<void> {
  const random = seededRandom(`reshape ${first}`)
  for (;;) {
    await sleep(random.int(60))
    await splitOrMerge(stream, 's', random)
    await sleep(random.int(10))
    await clock.advance(500)
    // The change is made when the logs of the new shards are open.
    while ((await stream.describeStream({ stream: 's' })).status !== 'ACTIVE') await sleep(1)
  }
}

await Promise.all([reshape(), ...Array.from({ length: 4 }, produce)])
