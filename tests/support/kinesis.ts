import { KinesisClient } from '@aws-sdk/client-kinesis'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { startEngines, type TestEngines } from './engines.ts'
import { KEYS } from './gate.ts'

export interface TestKinesis extends AsyncDisposable {
  readonly engines: TestEngines
  readonly clock: ManualClock
  readonly endpoint: string
  /** The stock client, over h2c as it comes. */
  readonly kinesis: KinesisClient
  /** Another one, with a connection of its own. */
  client(): KinesisClient
}

export async function startKinesis(
  options: { directory?: string; clock?: ManualClock; settings?: Record<string, unknown> } = {},
): Promise<TestKinesis> {
  const clock = options.clock ?? new ManualClock(Date.UTC(2026, 0, 1))
  const engines = await startEngines([stream, gate], {
    clock,
    directory: options.directory,
    settings: { gate: { port: 0 }, stream: options.settings ?? {} },
  })
  const endpoint = (await engines.clients.gate.status({})).url
  const clients: KinesisClient[] = []
  const client = () => {
    const made = new KinesisClient({ endpoint, region: 'us-east-1', credentials: KEYS, maxAttempts: 1 })
    clients.push(made)
    return made
  }
  return {
    engines,
    clock,
    endpoint,
    kinesis: client(),
    client,
    async [Symbol.asyncDispose]() {
      for (const each of clients) each.destroy()
      await engines[Symbol.asyncDispose]()
    },
  }
}

export const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString()
export const bytes = (words: string) => Buffer.from(words)
export const streamArn = (name: string) => `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`
