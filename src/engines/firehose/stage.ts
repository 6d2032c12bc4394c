import type { Clients } from '../contract.ts'
import { Trust } from '../kit/node/code-trust.ts'
import type { EngineContext } from '../kit/node/engine.ts'
import type { ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Random } from '../kit/pure/random.ts'
import { type Arrivals, arrivalAt, recordAt } from './arrivals.ts'
import { type BufferingLimits, Buffers, type OutputBuffer, type Sink } from './buffers.ts'
import type { BufferingHints, DeliveryStreamInfo } from './contract.ts'
import { Deliverer } from './deliverer.ts'
import type { Loader, Pusher } from './destinations/define.ts'
import { openEndpoint } from './destinations/secrets.ts'
import { EndpointDeliverer } from './endpoint-deliverer.ts'
import type { Ledger } from './ledger.ts'
import { type Destination, readDestination } from './model.ts'
import type { Requests } from './requests.ts'
import { Router } from './router.ts'
import { ConversionTable } from './table.ts'
import type { Transform, TransformRecord } from './transform.ts'
import { type Gathering, gatheringOf, openTransform } from './transforms.ts'
import { needsUnpacking, type Unpacked, unpack } from './unpack.ts'

export type FirehoseContext = EngineContext<
  Pick<Clients, 'lake' | 'catalog' | 'stream' | 'workspace' | 'warehouse' | 'functions' | 'athena'>
>

/** Whether code that came with the workspace may run, and requests that it describes be made: they could be meant for a server of this machine. */
export const deliveryTrust = (clients: Pick<Clients, 'workspace'>, field = 'destination.transform'): Trust =>
  new Trust({ clients, withheld: 'transforms do not run their code, and endpoints are sent nothing', field })

const MIB = 1024 * 1024
/** Real time that an endpoint has for its answer, as at AWS. The setting `endpointTimeoutMs` overrides it. */
const ENDPOINT_TIMEOUT_MS = 180_000
/** A request that is made again waits for its records and for no hint. */
const AGAIN: BufferingLimits = { sizeBytes: Number.POSITIVE_INFINITY, intervalMs: Number.POSITIVE_INFINITY }

export interface StageParts {
  readonly info: DeliveryStreamInfo
  readonly context: FirehoseContext
  readonly ledger: Ledger
  readonly random: Random
  readonly requests: Requests
  /** What goes wrong, by what it is about; undefined once that has gone well. */
  readonly onError: (message: string | undefined, about: string) => void
  /** Takes the work of landing a buffer; it is held until that is done. */
  readonly onLanding: (landing: Promise<void>) => void
  readonly signal: AbortSignal
}

/** A destination in use, with all that is made from it: what happens to records until they have landed. A change of destination makes a new one. */
export class Stage {
  readonly destination: Destination
  readonly buffers: Buffers
  readonly deliverer: Deliverer
  readonly transform: Transform | undefined
  /** How much a transform gets at once. */
  readonly gathering: Gathering | undefined
  private readonly parts: StageParts
  private readonly router: Router
  private readonly endpointDeliverer: EndpointDeliverer | undefined
  private readonly table: ConversionTable | undefined

  constructor(parts: StageParts) {
    this.parts = parts
    const { info, context, ledger, random, signal, requests } = parts
    const { clock, clients, log } = context
    const destination = readDestination(info.destination)
    const { conversion, transform } = info.destination
    const table = conversion && new ConversionTable(conversion, clients, () => clock.realNow())
    const opened = this.openEndpoint(destination)
    const common = { name: info.name, ledger, clock, random, signal, onError: parts.onError }
    this.deliverer = new Deliverer({
      ...common,
      versionId: () => info.versionId,
      destination,
      clients,
      log,
      table: () => table?.table,
      ...(opened && 'load' in opened && { loader: opened }),
    })
    this.endpointDeliverer =
      destination.endpoint && opened && 'send' in opened
        ? new EndpointDeliverer({ ...common, endpoint: destination.endpoint, pusher: opened, objects: this.deliverer })
        : undefined
    this.destination = destination
    this.table = table
    this.buffers = new Buffers(
      clock,
      (sink) => this.limits(sink),
      (buffer) => this.land(buffer),
    )
    this.router = new Router({
      destination,
      buffers: this.buffers,
      deliveryStream: info.name,
      schema: () => table?.state,
      now: () => clock.now(),
      requests,
    })
    this.transform = transform && openTransform(transform, info, { clients, random, log })
    this.gathering = transform && gatheringOf(transform)
  }

  private openEndpoint({ endpoint }: Destination): Pusher | Loader | undefined {
    const { info, context } = this.parts
    const { endpointTimeoutMs } = context.settings
    return (
      endpoint &&
      openEndpoint(endpoint, info.name, context.secrets, {
        deliveryStreamArn: info.arn,
        clients: context.clients,
        now: () => context.clock.now(),
        timeoutMs: typeof endpointTimeoutMs === 'number' ? endpointTimeoutMs : ENDPOINT_TIMEOUT_MS,
      })
    )
  }

  private limits(sink: Sink): BufferingLimits {
    const { buffering, backupBuffering } = this.parts.info.destination
    if (sink.endpoint?.again) return AGAIN
    const aside = sink.track === 'backup' || (this.endpointDeliverer !== undefined && !sink.endpoint)
    return limitsOf((aside && backupBuffering) || buffering)
  }

  get needsTrust(): boolean {
    return this.transform !== undefined || this.endpointDeliverer !== undefined
  }

  /** Bytes that are on their way out. */
  get inFlightBytes(): number {
    return this.deliverer.inFlightBytes + (this.endpointDeliverer?.inFlightBytes ?? 0)
  }

  private land(buffer: OutputBuffer): void {
    const { again } = buffer.sink.endpoint ?? {}
    if (again) this.parts.requests.forget(again.id)
    const { endpointDeliverer } = this
    const toEndpoint = buffer.sink.endpoint && endpointDeliverer
    this.parts.onLanding(toEndpoint ? endpointDeliverer.deliver(buffer) : this.deliverer.deliver(buffer))
  }

  async refreshTable(task: ClockTask): Promise<void> {
    const { table, buffers } = this
    if (!table?.stale) return
    for (let attempt = 1; ; attempt++) {
      try {
        // Rows of the old columns go into objects of their own.
        if (await table.refresh()) buffers.cutAll()
        this.parts.onError(undefined, 'table')
        return
      } catch (thrown) {
        this.parts.onError(EngineError.from(thrown).message, 'table')
        await task.sleep(Math.min(1000 * 2 ** attempt, 60_000), this.parts.signal)
      }
    }
  }

  /** Brings records, as they came, into buffers. */
  async process(source: Arrivals): Promise<void> {
    const { destination } = this
    const router = this.router
    const { main, backup } = this.parts.ledger
    const { origin } = source
    if (destination.backupPrefix) router.backup(source, (position) => backup.has(origin, position))
    const { arrivals, failures }: Unpacked = needsUnpacking(source, destination.config)
      ? unpack(source, destination.config)
      : { arrivals: source, failures: NO_FAILURES }
    const { first, pieces } = arrivals
    const done = (index: number) =>
      pieces
        ? main.hasPiece(origin, first + pieces.source[index], pieces.piece[index])
        : main.has(origin, first + index)
    for (const [index, failure] of failures)
      if (!done(index)) router.fail(arrivals, index, 'processing-failed', failure)
    const skip = failures.size > 0 ? (index: number) => failures.has(index) || done(index) : done
    if (this.transform) await this.runTransform(this.transform, arrivals, skip)
    else router.routeBatch(arrivals, skip)
    this.passed(origin, source.first + source.count)
  }

  /** All records of an origin before `end` have been here, or are lost: requests that waited for them alone are made again. */
  passed(origin: string, end: number): void {
    for (const id of this.parts.requests.passed(origin, end)) {
      const buffer = this.buffers.get(`again/${id}`)
      if (buffer) this.buffers.cut(buffer)
    }
  }

  private async runTransform(
    transform: Transform,
    arrivals: Arrivals,
    skip: (index: number) => boolean,
  ): Promise<void> {
    const router = this.router
    const { records: recordsMax, bytes: bytesMax } = this.gathering!
    for (let i = 0; i < arrivals.count; ) {
      const indexes: number[] = []
      const records: TransformRecord[] = []
      for (let bytes = 0; i < arrivals.count && records.length < recordsMax && bytes < bytesMax; i++) {
        if (skip(i)) continue
        const data = recordAt(arrivals, i)
        indexes.push(i)
        records.push({ data, arrivalMs: arrivalAt(arrivals, i) })
        bytes += data.length
      }
      if (records.length === 0) continue
      const results = await transform.run(records)
      results.forEach((result, k) => {
        if (result.result === 'Ok') router.routeTransformed(arrivals, indexes[k], result.data, result.partitionKeys)
        else if (result.result === 'Dropped') router.drop(arrivals, indexes[k])
        else router.fail(arrivals, indexes[k], 'processing-failed', { ...result, form: 'processing' })
      })
    }
  }
}

const NO_FAILURES: Unpacked['failures'] = new Map()

function limitsOf({ sizeInMBs, intervalInSeconds }: BufferingHints): BufferingLimits {
  return { sizeBytes: sizeInMBs * MIB, intervalMs: intervalInSeconds * 1000 }
}
