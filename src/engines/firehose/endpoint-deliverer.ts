import type { Clock, ClockTask } from '../kit/pure/clock.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import { Account } from './account.ts'
import { type Entry, OutputBuffer } from './buffers.ts'
import { backOffMs, type Deliverer } from './deliverer.ts'
import type { Pusher, Unsent } from './destinations/define.ts'
import type { ReadEndpoint } from './destinations/index.ts'
import { failureLine } from './failures.ts'
import type { Intent, Ledger } from './ledger.ts'

/** Requests fail for what the endpoint does: one that arrives ends what others said. */
const ENDPOINT = 'endpoint'

export interface EndpointDelivererParts {
  readonly name: string
  readonly endpoint: ReadEndpoint
  readonly pusher: Pusher
  /** Lands what the endpoint does not take. */
  readonly objects: Deliverer
  readonly ledger: Ledger
  readonly clock: Clock
  readonly random: Random
  /** What goes wrong, by what it is about; undefined once that has gone well. */
  readonly onError: (message: string | undefined, about: string) => void
  readonly signal: AbortSignal
}

const NEW_LINE = new Uint8Array([10])
const encoder = new TextEncoder()

/**
 * Sends buffers to an endpoint. A request is announced in the ledger before it is sent and confirmed once the endpoint has acknowledged it. What fails
 * is sent again, under the same id, until the destination's retry duration is over by the engine's clock; then its records go under the error
 * prefix. A stop in between sends the same request again after the next start, so an endpoint that knows requests by id has each record once.
 */
export class EndpointDeliverer {
  /** Bytes of requests that are under way. */
  inFlightBytes = 0
  private readonly parts: EndpointDelivererParts

  constructor(parts: EndpointDelivererParts) {
    this.parts = parts
  }

  /** Resolves once the records of a buffer are done with. Rejects only when the engine stops first. */
  deliver(buffer: OutputBuffer): Promise<void> {
    return this.parts.clock.task(async (task) => {
      const bytes = buffer.memoryBytes
      this.inFlightBytes += bytes
      try {
        await this.send(buffer, task)
      } finally {
        this.inFlightBytes -= bytes
      }
    })
  }

  private async send({ entries: taken, sink }: OutputBuffer, task: ClockTask): Promise<void> {
    const { ledger, clock, random, objects, onError } = this.parts
    // Shards come in another order after each start, and a request that is made again must be the same.
    const entries = taken.toSorted(byPlace)
    const id = sink.endpoint?.again?.id ?? uuid(random)
    await objects.persist(task, () => ledger.announce(this.intent(id, entries), clock.now()))
    const { unsent, attempts } = await this.attempts(id, entries, task)
    const missing = new Set(unsent.map(({ entry }) => entry))
    const arrived = entries.filter((entry) => !missing.has(entry))
    if (arrived.length > 0) {
      const intent = missing.size > 0 ? this.intent(id, arrived) : undefined
      await objects.persist(task, () => ledger.confirm(id, clock.now(), intent))
    }
    if (unsent.length === 0) return onError(undefined, ENDPOINT)
    await objects.deliver(this.failed(unsent, attempts))
    // Only now: until the failed records are under the error prefix, a start must find the request.
    if (arrived.length === 0) await objects.persist(task, () => ledger.abort(id, clock.now()))
  }

  /** Tries until all has arrived, nothing is worth another attempt, or the retry duration is over. Answers what has not arrived. */
  private async attempts(
    id: string,
    all: readonly Entry[],
    task: ClockTask,
  ): Promise<{ unsent: Unsent[]; attempts: number }> {
    const { pusher, clock, signal, onError, endpoint } = this.parts
    const retryMs = endpoint.config.retrySeconds * 1000
    const unsent: Unsent[] = []
    let entries = all
    let endMs: number | undefined
    for (let attempts = 1; ; attempts++) {
      const { again, refused } = await pusher.send({ id, entries, task, signal })
      unsent.push(...refused)
      const problem = again[0] ?? refused[0]
      if (problem) onError(`${endpoint.kind.kind}: ${problem.failure.message}`, ENDPOINT)
      if (again.length === 0) return { unsent, attempts }
      endMs ??= clock.now() + retryMs
      if (clock.now() + backOffMs(attempts) > endMs) return { unsent: [...unsent, ...again], attempts }
      entries = again.map(({ entry }) => entry)
      await task.sleep(backOffMs(attempts), signal)
    }
  }

  private failed(unsent: readonly Unsent[], attempts: number): OutputBuffer {
    const { endpoint, clock, name } = this.parts
    const { errorType } = endpoint.kind
    const buffer = new OutputBuffer(
      { id: `failed/${errorType}`, track: 'main', outcome: 'failed', errorType },
      undefined,
    )
    for (const { entry, failure } of unsent) {
      const context = { arrivalMs: entry.arrivalMs, endedMs: clock.now(), deliveryStream: name }
      const line = failureLine({ ...failure, attempts, form: 'processing' }, entry.original, context)
      buffer.append(encoder.encode(line), NEW_LINE)
      buffer.add(entry, entry.original.length)
    }
    return buffer
  }

  private intent(id: string, entries: readonly Entry[]): Intent {
    return {
      id,
      track: 'main',
      outcome: 'delivered',
      bucket: '',
      key: '',
      objectBytes: entries.reduce((sum, { content }) => sum + content.length, 0),
      endpoint: this.parts.endpoint.kind.kind,
      ...Account.of(entries).result(),
    }
  }
}

function byPlace(a: Entry, b: Entry): number {
  if (a.origin !== b.origin) return a.origin < b.origin ? -1 : 1
  return a.position - b.position || a.piece - b.piece
}
