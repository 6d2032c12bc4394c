import { defineEngine } from '../define.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { DeliveryStats, DeliveryStreamInfo, S3Destination } from './contract.ts'
import { DeliveryStream, type FirehoseContext } from './delivery-stream.ts'
import { checkName, newDeliveryStream, notFound, readDestination, withDestination } from './model.ts'
import { startAtLatest } from './source-reader.ts'
import { type StoredStream, StreamStore } from './store.ts'
import { ConversionTable } from './table.ts'
import { Transform } from './transform.ts'
import { Trust } from './trust.ts'

/** Statistics reach a screen so often at most. */
const WATCH_MS = 250

/** The delivery streams of a workspace, by name. */
class DeliveryStreams {
  private readonly context: FirehoseContext
  private readonly store: StreamStore
  private readonly running = new Map<string, { stored: StoredStream; stream: DeliveryStream }>()
  /** Names that are being created or deleted. */
  private readonly busy = new Set<string>()

  constructor(context: FirehoseContext) {
    this.context = context
    this.store = new StreamStore(context.directory)
  }

  async start(): Promise<void> {
    const streams = this.store.load()
    this.store.sweep(streams)
    for (const stored of streams) await this.run(stored)
  }

  private async run(stored: StoredStream): Promise<DeliveryStream> {
    const stream = await DeliveryStream.open(stored.info, this.store.folder(stored.folder), {
      ...this.context,
      random: this.context.random.fork(stored.folder),
    })
    this.running.set(stored.info.name, { stored, stream })
    stream.start()
    return stream
  }

  get(name: string): DeliveryStream {
    const found = this.running.get(name)
    if (!found) throw notFound(name)
    return found.stream
  }

  list(): DeliveryStreamInfo[] {
    return [...this.running.values()].map(({ stream }) => stream.info).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async create(
    name: string,
    destination: S3Destination,
    sourceStream: string | undefined,
  ): Promise<DeliveryStreamInfo> {
    checkName(name)
    if (this.running.has(name) || this.busy.has(name)) {
      throw new EngineError('ResourceInUseException', `Firehose ${name} under accountId 000000000000 already exists`)
    }
    return this.alone(name, async () => {
      await this.check(destination)
      if (sourceStream !== undefined) await startAtLatest(this.context, name, sourceStream)
      const info = newDeliveryStream(name, destination, sourceStream, this.context.clock.now())
      const stored = { folder: this.store.newFolder(this.context.random), info }
      this.save([...this.stored(), stored])
      await this.run(stored)
      return info
    })
  }

  /** Everything about a destination that can be wrong is said before anything is kept. */
  private async check(destination: S3Destination): Promise<void> {
    readDestination(destination)
    const { clients, clock } = this.context
    if (destination.conversion)
      await new ConversionTable(destination.conversion, clients, () => clock.realNow()).check()
    if (!destination.transform) return
    await new Trust(clients).require()
    const { code, timeoutMs } = destination.transform
    await Transform.check({ code, timeoutMs, deliveryStreamArn: '', onLog: () => {} })
  }

  async update(name: string, versionId: string, destination: S3Destination): Promise<DeliveryStreamInfo> {
    const stream = this.get(name)
    return this.alone(name, async () => {
      const info = withDestination(stream.info, versionId, destination)
      await this.check(destination)
      const { stored } = this.running.get(name)!
      const changed = { ...stored, info }
      this.save(this.stored().map((other) => (other === stored ? changed : other)))
      this.running.set(name, { stored: changed, stream })
      await stream.update(info)
      return info
    })
  }

  async delete(name: string): Promise<void> {
    const stream = this.get(name)
    await this.alone(name, async () => {
      stream.info = { ...stream.info, status: 'DELETING' }
      this.save(this.stored().filter((other) => other.info.name !== name))
      this.running.delete(name)
      await stream.destroy()
    })
  }

  /** One change of a delivery stream at a time. */
  private async alone<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.busy.has(name)) {
      throw new EngineError('ResourceInUseException', `Firehose ${name} is being changed.`, { retry: true })
    }
    this.busy.add(name)
    try {
      return await work()
    } finally {
      this.busy.delete(name)
    }
  }

  private stored(): StoredStream[] {
    return [...this.running.values()].map(({ stored }) => stored)
  }

  private save(streams: readonly StoredStream[]): void {
    this.store.save(streams)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map(({ stream }) => stream.stop()))
    this.running.clear()
  }
}

async function* watchStats(stream: DeliveryStream, signal: AbortSignal): AsyncGenerator<DeliveryStats> {
  while (!signal.aborted) {
    const next = stream.changed.wait(signal)
    yield stream.stats()
    await next
    if (stream.info.status === 'DELETING') return
    if (!signal.aborted) await realTime.sleep(WATCH_MS)
  }
}

export const engine = defineEngine({
  name: 'firehose',
  needs: ['lake', 'catalog', 'stream', 'workspace'],
  async start(context) {
    const streams = new DeliveryStreams(context)
    await streams.start()
    return {
      handlers: {
        createDeliveryStream: ({ name, destination, sourceStream }) => streams.create(name, destination, sourceStream),
        updateDestination: ({ name, versionId, destination }) => streams.update(name, versionId, destination),
        deleteDeliveryStream: async ({ name }) => {
          await streams.delete(name)
          return {}
        },
        describeDeliveryStream: ({ name }) => streams.get(name).info,
        listDeliveryStreams: () => streams.list(),
        put: async ({ name, batch }, { signal }) => ({ accepted: await streams.get(name).put(batch, signal) }),
        flush: ({ name }, { signal }) => streams.get(name).flush(signal),
        stats: ({ name }) => streams.get(name).stats(),
        watchStats: ({ name }, { signal }) => watchStats(streams.get(name), signal),
      },
      stop: () => streams.stop(),
    }
  },
})
