import { defineEngine } from '../define.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { changeEncryption, DELIVERY_STREAMS_MAX, inUse, withTags } from './administration.ts'
import type { DeliveryStats, DeliveryStreamInfo, Encryption, S3Destination, Transform } from './contract.ts'
import { DeliveryStream } from './delivery-stream.ts'
import { hasOpenSecrets, sealDestination } from './destinations/secrets.ts'
import { Vault } from './encryption.ts'
import { checkName, newDeliveryStream, notFound, readDestination, withDestination } from './model.ts'
import { prefixProblems } from './prefix.ts'
import { startAtLatest } from './source-reader.ts'
import { deliveryTrust, type FirehoseContext } from './stage.ts'
import { type StoredStream, StreamStore } from './store.ts'
import { ConversionTable } from './table.ts'
import { checkTransform } from './transforms.ts'

/** Statistics reach a screen so often at most. */
const WATCH_MS = 250

interface NewStream {
  readonly name: string
  readonly destination: S3Destination
  readonly sourceStream?: string
  readonly encrypted?: boolean
  readonly tags?: Readonly<Record<string, string>>
}

/** The delivery streams of a workspace, by name. */
class DeliveryStreams {
  private readonly context: FirehoseContext
  private readonly store: StreamStore
  private readonly running = new Map<string, { stored: StoredStream; stream: DeliveryStream }>()
  /** Those that are not there yet, or not for long any more. */
  private readonly passing = new Map<string, DeliveryStreamInfo>()
  /** Names that are being created, changed or deleted. */
  private readonly busy = new Set<string>()

  constructor(context: FirehoseContext) {
    this.context = context
    this.store = new StreamStore(context.directory)
  }

  async start(): Promise<void> {
    const streams = await this.sealOld(this.store.load())
    this.store.sweep(streams)
    for (const stored of streams) await this.run(stored)
  }

  /** Secrets that an earlier Millrace kept as they were given. Where no key can be had, they stay until there is one. */
  private async sealOld(streams: StoredStream[]): Promise<StoredStream[]> {
    if (!streams.some(({ info }) => hasOpenSecrets(info.destination))) return streams
    try {
      const seal = async ({ folder, info }: StoredStream) => {
        const { name, destination } = info
        return {
          folder,
          info: { ...info, destination: await sealDestination(name, destination, destination, this.context.secrets) },
        }
      }
      const sealed = await Promise.all(streams.map(seal))
      this.save(sealed)
      return sealed
    } catch (thrown) {
      this.context.log.warn(`Secrets of Firehose streams are not sealed yet: ${EngineError.from(thrown).message}`)
      return streams
    }
  }

  private async run(stored: StoredStream): Promise<DeliveryStream> {
    const { folder, info } = stored
    const vault = new Vault(this.store.keyFile(folder))
    const context = { ...this.context, random: this.context.random.fork(folder) }
    const stream = await DeliveryStream.open(info, this.store.folder(folder), vault, context)
    this.running.set(info.name, { stored, stream })
    stream.start()
    return stream
  }

  get(name: string): DeliveryStream {
    const found = this.running.get(name)
    if (!found) throw notFound(name)
    return found.stream
  }

  describe(name: string): DeliveryStreamInfo {
    return this.passing.get(name) ?? this.get(name).info
  }

  list(): DeliveryStreamInfo[] {
    const infos = new Map([...this.running].map(([name, { stream }]) => [name, stream.info]))
    for (const [name, info] of this.passing) infos.set(name, info)
    return [...infos.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async create({
    name,
    destination: given,
    sourceStream,
    encrypted,
    tags = {},
  }: NewStream): Promise<DeliveryStreamInfo> {
    checkName(name)
    if (this.running.has(name) || this.busy.has(name)) throw inUse(name, 'already exists')
    if (this.running.size >= DELIVERY_STREAMS_MAX) {
      const message = `You have reached the limit of ${DELIVERY_STREAMS_MAX} Firehose streams.`
      throw new EngineError('LimitExceededException', message)
    }
    const { clock } = this.context
    return this.alone(name, async () => {
      const { secrets } = this.context
      const destination = given.endpoint ? await sealDestination(name, given, undefined, secrets) : given
      let info = withTags(newDeliveryStream(name, destination, sourceStream, clock.now()), tags, [])
      const encryption = encrypted && changeEncryption(info, true, clock.now())
      this.passing.set(name, { ...info, status: 'CREATING' })
      await this.check(destination)
      if (sourceStream !== undefined) await startAtLatest(this.context, name, sourceStream)
      const folder = this.store.newFolder(this.context.random)
      if (encryption) info = { ...info, encryption: { callsMs: [], status: 'ENABLED', everStarted: true } }
      const stored = { folder, info }
      if (encryption) new Vault(this.store.keyFile(folder)).create()
      this.save([...this.stored(), stored])
      await this.run(stored)
      return info
    })
  }

  /** Everything about a destination that can be wrong is said before anything is kept. */
  private async check(destination: S3Destination): Promise<void> {
    const { endpoint } = readDestination(destination)
    const { clients, clock } = this.context
    if (destination.conversion)
      await new ConversionTable(destination.conversion, clients, () => clock.realNow()).check()
    if (endpoint?.kind.pushes) await deliveryTrust(clients, 'destination.endpoint').require()
    await endpoint?.kind.check?.(endpoint.config, { clients })
    if (destination.transform) await this.checkTransform(destination.transform)
  }

  async checkTransform(transform: Transform): Promise<void> {
    const { clients } = this.context
    await deliveryTrust(clients).require()
    await checkTransform(transform, clients)
  }

  async update(name: string, versionId: string, given: S3Destination): Promise<DeliveryStreamInfo> {
    const stream = this.get(name)
    return this.alone(name, async () => {
      const destination = await sealDestination(name, given, stream.info.destination, this.context.secrets)
      const info = withDestination(stream.info, versionId, destination, this.context.clock.now())
      await this.check(destination)
      this.keep(stream, info)
      await stream.update(info)
      return info
    })
  }

  async changeTags(name: string, set: Readonly<Record<string, string>>, remove: readonly string[]): Promise<void> {
    const stream = this.get(name)
    await this.alone(name, async () => {
      const info = withTags(stream.info, set, remove)
      this.keep(stream, info)
      stream.info = info
    })
  }

  /** Encrypts what comes from now on, or no more. What is encrypted already stays so, and readable, until it is delivered. */
  async encrypt(name: string, on: boolean): Promise<void> {
    const stream = this.get(name)
    await this.alone(name, async () => {
      const { clock, log } = this.context
      const encryption = changeEncryption(stream.info, on, clock.now())
      const before = stream.info
      const to = (part: Partial<Encryption>) => ({
        ...before,
        updatedMs: clock.now(),
        encryption: { ...before.encryption, ...encryption, ...part },
      })
      try {
        stream.encrypt(on)
      } catch (thrown) {
        const failure = EngineError.from(thrown).message
        log.warn(`firehose ${name}: ${failure}`)
        stream.info = to({ status: 'ENABLING_FAILED', failure })
        this.keep(stream, stream.info)
        return
      }
      const info = to({ status: on ? 'ENABLED' : 'DISABLED', failure: undefined, ...(on && { everStarted: true }) })
      this.keep(stream, info)
      stream.info = info
    })
  }

  async delete(name: string): Promise<void> {
    const stream = this.get(name)
    await this.alone(name, async () => {
      stream.info = { ...stream.info, status: 'DELETING' }
      this.passing.set(name, stream.info)
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
      this.passing.delete(name)
    }
  }

  private stored(): StoredStream[] {
    return [...this.running.values()].map(({ stored }) => stored)
  }

  /** Makes a delivery stream's definition durable. */
  private keep(stream: DeliveryStream, info: DeliveryStreamInfo): void {
    const { stored } = this.running.get(info.name)!
    const changed = { ...stored, info }
    this.save(this.stored().map((other) => (other === stored ? changed : other)))
    this.running.set(info.name, { stored: changed, stream })
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
  needs: ['lake', 'catalog', 'stream', 'workspace', 'warehouse', 'functions', 'athena'],
  async start(context) {
    const streams = new DeliveryStreams(context)
    await streams.start()
    return {
      handlers: {
        createDeliveryStream: (input) => streams.create(input),
        checkTransform: async ({ transform }) => {
          await streams.checkTransform(transform)
          return {}
        },
        checkPrefixes: async (prefixes) => prefixProblems(prefixes),
        updateDestination: ({ name, versionId, destination }) => streams.update(name, versionId, destination),
        deleteDeliveryStream: async ({ name }) => {
          await streams.delete(name)
          return {}
        },
        describeDeliveryStream: ({ name }) => streams.describe(name),
        listDeliveryStreams: () => streams.list(),
        changeTags: async ({ name, set, remove }) => {
          await streams.changeTags(name, set, remove)
          return {}
        },
        startEncryption: async ({ name }) => {
          await streams.encrypt(name, true)
          return {}
        },
        stopEncryption: async ({ name }) => {
          await streams.encrypt(name, false)
          return {}
        },
        put: async ({ name, batch }, { signal }) => {
          const stream = streams.get(name)
          const encrypted = stream.encrypts
          return { accepted: await stream.put(batch, signal), ...(encrypted && { encrypted }) }
        },
        flush: ({ name }, { signal }) => streams.get(name).flush(signal),
        stats: ({ name }) => streams.get(name).stats(),
        watchStats: ({ name }, { signal }) => watchStats(streams.get(name), signal),
      },
      stop: () => streams.stop(),
    }
  },
})
