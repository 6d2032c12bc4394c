import type { EngineContext } from '../kit/node/engine.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { Wake } from '../kit/pure/wake.ts'
import { splitRef } from './contract.ts'
import { type Invocations, readEvent } from './invocations.ts'
import type { Logs } from './logs.ts'
import type { FunctionStore, QueuedEvent } from './store.ts'

/** Lambda guide, "How Lambda handles errors and retries with asynchronous invocation": a minute, then two, six hours at most. */
const RETRY_AFTER_MS = [60_000, 120_000]
const AGE_MS_MAX = 6 * 3600_000
const EVENT_BYTES_MAX = 1024 * 1024
const AT_ONCE = 10
/** What keeps an event from being tried at all is looked at again so often. */
const WITHHELD_MS = 60_000

/** Asynchronous invocations: kept durably, in the order of their time, at least once. */
export class Events {
  private readonly context: Pick<EngineContext<unknown>, 'clock' | 'log'>
  private readonly store: FunctionStore
  private readonly invocations: Invocations
  private readonly logs: Logs
  private readonly wake = new Wake()
  private readonly ending = new AbortController()
  private readonly underWay = new Set<number>()
  private readonly running: Promise<void>

  constructor(
    context: Pick<EngineContext<unknown>, 'clock' | 'log'>,
    store: FunctionStore,
    invocations: Invocations,
    logs: Logs,
  ) {
    this.context = context
    this.store = store
    this.invocations = invocations
    this.logs = logs
    this.running = this.run()
  }

  /** Answers once the event is on disk. */
  add(name: string, payload: Uint8Array): string {
    const text = readEvent(payload)
    if (Buffer.byteLength(text) > EVENT_BYTES_MAX)
      throw new EngineError(
        'RequestTooLargeException',
        `${Buffer.byteLength(text)} byte payload is too large for the Event invocation type (limit ${EVENT_BYTES_MAX} bytes)`,
      )
    const requestId = this.invocations.newRequestId()
    const nowMs = this.context.clock.now()
    this.store.addEvent({ requestId, name, payload: text, createdMs: nowMs, dueMs: nowMs })
    this.wake.wake()
    return requestId
  }

  async stop(): Promise<void> {
    this.ending.abort()
    this.wake.wake()
    await this.running
  }

  private async run(): Promise<void> {
    const { clock } = this.context
    const { signal } = this.ending
    await clock.task(async (task) => {
      while (!signal.aborted) {
        const waiting = this.store.nextEvents(AT_ONCE * 2).filter(({ id }) => !this.underWay.has(id))
        const due = waiting.filter(({ dueMs }) => dueMs <= clock.now()).slice(0, AT_ONCE - this.underWay.size)
        for (const event of due) this.begin(event)
        if (due.length > 0) continue
        const next = waiting[0]
        const timer = next && this.underWay.size < AT_ONCE ? clock.at(next.dueMs, () => this.wake.wake()) : undefined
        await task.idle(this.wake.wait(signal))
        timer?.cancel()
      }
    })
  }

  private begin(event: QueuedEvent): void {
    this.underWay.add(event.id)
    void this.handle(event)
      .catch((thrown) => this.context.log.error(`event ${event.requestId} of ${event.name}`, thrown))
      .finally(() => {
        this.underWay.delete(event.id)
        this.wake.wake()
      })
  }

  private async handle({ id, name, payload, requestId, attempts, createdMs }: QueuedEvent): Promise<void> {
    const { clock } = this.context
    let failed: boolean
    try {
      failed = (await this.invocations.invoke(name, payload, requestId)).failed
    } catch (thrown) {
      if (this.ending.signal.aborted) return
      const { code, message } = EngineError.from(thrown)
      if (code === 'ResourceNotFoundException') return this.store.deleteEvent(id)
      this.context.log.warn(`The event ${requestId} of ${name} waits: ${message}`)
      return this.store.retryEvent(id, attempts, clock.now() + WITHHELD_MS)
    }
    if (!failed) return this.store.deleteEvent(id)
    const retryAfterMs = RETRY_AFTER_MS[attempts]
    if (retryAfterMs !== undefined && clock.now() + retryAfterMs - createdMs <= AGE_MS_MAX)
      return this.store.retryEvent(id, attempts + 1, clock.now() + retryAfterMs)
    this.store.deleteEvent(id)
    this.logs.append(
      splitRef(name).name,
      `${requestId}\tERROR\tThe event was given up after ${attempts + 1} attempts.\n`,
    )
  }
}
