import type { S3Destination } from '../../src/engines/firehose/contract.ts'
import { engine } from '../../src/engines/firehose/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { FakeLake, rawBatch } from './firehose-fakes.ts'

type Firehose = TestEngines['clients']['firehose']

export interface EndpointBed extends AsyncDisposable {
  readonly clock: ManualClock
  readonly lake: FakeLake
  put(...records: string[]): Promise<void>
  flush(): ReturnType<Firehose['flush']>
  stats(): ReturnType<Firehose['stats']>
  update(destination: Partial<S3Destination> & { bucket: string }): Promise<void>
  /** Stops the engine as it stands and starts it again in the same folder. */
  restart(): Promise<void>
}

/** A delivery stream before an endpoint of this machine, over a lake in memory: errors go to `bad/<type>/`, buffers are cut each minute. */
export async function endpointBed(
  endpoint: NonNullable<S3Destination['endpoint']>,
  more: Partial<S3Destination> = {},
  settings: object = {},
): Promise<EndpointBed> {
  const clock = new ManualClock()
  const lake = new FakeLake()
  const options = { clock, fakes: { lake }, settings: { firehose: { ...settings } } }
  let engines = await startEngines([engine], options)
  const directory = engines.workspaceDirectory
  const errorOutputPrefix = 'bad/!{firehose:error-output-type}/'
  const buffering = { sizeInMBs: 1, intervalInSeconds: 60 }
  try {
    await engines.clients.firehose.createDeliveryStream({
      name: 'd',
      destination: { bucket: 'lake', errorOutputPrefix, buffering, endpoint, ...more },
    })
  } catch (thrown) {
    await engines[Symbol.asyncDispose]()
    throw thrown
  }
  return {
    clock,
    lake,
    async put(...records) {
      await engines.clients.firehose.put({ name: 'd', batch: rawBatch(records) })
      await clock.settle()
    },
    flush: () => engines.clients.firehose.flush({ name: 'd' }),
    stats: () => engines.clients.firehose.stats({ name: 'd' }),
    async update(destination) {
      const { versionId } = await engines.clients.firehose.describeDeliveryStream({ name: 'd' })
      await engines.clients.firehose.updateDestination({ name: 'd', versionId, destination })
    },
    async restart() {
      await engines.stop()
      engines = await startEngines([engine], { ...options, directory })
      await clock.settle()
    },
    [Symbol.asyncDispose]: () => engines[Symbol.asyncDispose](),
  }
}
