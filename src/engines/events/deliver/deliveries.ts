import type { Trust } from '../../kit/node/code-trust.ts'
import type { EngineContext } from '../../kit/node/engine.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { Wake } from '../../kit/pure/wake.ts'
import type { Delivery, Destination } from '../contract.ts'
import type { EventStore, WaitingDelivery } from '../store.ts'
import { withAttempt } from './input.ts'
import { placeOf, type TargetClients } from './places.ts'

const AT_ONCE = 10
/** Between attempts, engine time: it doubles from the first on, and is spread so that what failed together is not tried together. */
const RETRY_MS = { first: 1000, most: 600_000 }

/** Errors by which a service says "not now": tried again, as others are not that a caller would get again. */
const NOT_NOW = /Throttl|TooManyRequests|ThroughputExceeded|LimitExceeded|ServiceUnavailable|CrawlerRunning/

export interface DeliveryTools {
  readonly context: EngineContext<TargetClients>
  readonly store: EventStore
  readonly trust: Trust
  /** Hands on what is for a bus or an API destination; what the latter answered. */
  readonly forward: (to: Destination, payload: string) => Promise<string | undefined>
  readonly onChange: (delivery: Delivery) => void
}

/** Hands what is kept to its targets, in the order of time, each until the target has it or its policy gives it up. */
export class Deliveries {
  private readonly tools: DeliveryTools
  private readonly wake = new Wake()
  private readonly ending = new AbortController()
  private readonly underWay = new Map<number, Promise<void>>()
  private readonly running: Promise<void>

  constructor(tools: DeliveryTools) {
    this.tools = tools
    this.running = this.run()
  }

  /** Something was added. */
  look(): void {
    this.wake.wake()
  }

  async stop(): Promise<void> {
    this.ending.abort()
    this.wake.wake()
    await this.running
    await Promise.all(this.underWay.values())
  }

  private async run(): Promise<void> {
    const { context, store, trust } = this.tools
    const { clock, log } = context
    const { signal } = this.ending
    let told = false
    await clock.task(async (task) => {
      while (!signal.aborted) {
        const room = AT_ONCE - this.underWay.size
        const waiting = room > 0 ? store.waiting(room, new Set(this.underWay.keys())) : []
        if (waiting.length > 0) {
          const trusted = await trust.wait(task, signal, (message) => {
            if (!told) log.warn(`Events wait for their targets: ${message}`)
            told = true
          })
          if (!trusted) return
        }
        const due = waiting.filter(({ atMs }) => atMs <= clock.now())
        for (const delivery of due) this.begin(delivery)
        if (due.length > 0) continue
        const timer = waiting[0] && clock.at(waiting[0].atMs, () => this.wake.wake())
        await task.idle(this.wake.wait(signal))
        timer?.cancel()
      }
    })
  }

  private begin(delivery: WaitingDelivery): void {
    const release = this.tools.context.clock.hold()
    const done = this.deliver(delivery)
      .catch((thrown) => this.tools.context.log.error(`the delivery ${delivery.id} to ${delivery.to.arn}`, thrown))
      .finally(() => {
        this.underWay.delete(delivery.id)
        this.wake.wake()
        release()
      })
    this.underWay.set(delivery.id, done)
  }

  private async deliver(delivery: WaitingDelivery): Promise<void> {
    const { store, onChange, context } = this.tools
    const attempts = delivery.attempts + 1
    let change: Pick<Delivery, 'state' | 'atMs' | 'attempts' | 'outcome'>
    try {
      const outcome = await this.hand(delivery, attempts)
      change = { state: 'DELIVERED', atMs: context.clock.now(), attempts, outcome }
    } catch (thrown) {
      if (this.ending.signal.aborted) return
      change = this.afterFailure(delivery, attempts, EngineError.from(thrown))
    }
    onChange(await store.later(() => store.changeDelivery(delivery.id, change)))
  }

  private async hand(delivery: WaitingDelivery, attempt: number): Promise<string | undefined> {
    const { to, id, eventId } = delivery
    const payload = withAttempt(delivery.payload, attempt)
    const found = placeOf(to.arn)
    if (found)
      return await found.place.deliver(this.tools.context.clients, { to, payload, id: String(id), eventId }, found.name)
    return this.tools.forward(to, payload)
  }

  private afterFailure({ to, createdMs }: WaitingDelivery, attempts: number, error: EngineError) {
    const { clock, random } = this.tools.context
    const nowMs = clock.now()
    const outcome = `${error.code}: ${error.message}`
    const again = error.retry || error.domain !== 'user' || NOT_NOW.test(error.code)
    const backOffMs = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** (attempts - 1)) * (0.5 + random.next() / 2)
    const atMs = nowMs + Math.round(backOffMs)
    if (again && attempts <= to.retry.attempts && atMs - createdMs <= to.retry.ageS * 1000)
      return { state: 'WAITING' as const, atMs, attempts, outcome }
    return { state: 'FAILED' as const, atMs: nowMs, attempts, outcome }
  }
}
