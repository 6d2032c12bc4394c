import type { Log } from '../../kit/node/engine.ts'
import type { Clock, Timer } from '../../kit/pure/clock.ts'
import type { RegisteredConsumer as Described } from '../contract.ts'
import { type StreamState, TRANSITION_MS } from '../model.ts'
import type { StreamStore } from '../store.ts'
import { consumerNotFound, describeConsumer, mustBeActiveConsumer, type RegisteredConsumer, register } from './model.ts'
import { Subscriptions } from './subscriptions.ts'

const RETRY_MS = 1000

/** The registered consumers of all streams: CREATING to ACTIVE to DELETING to gone, on the engine's clock, also over restarts. */
export class RegisteredConsumers {
  readonly subscriptions: Subscriptions
  private readonly clock: Clock
  private readonly log: Log
  private readonly store: StreamStore
  private readonly onChange: () => void
  /** By stream id, then by name, in the order of their registration. */
  private readonly byStream = new Map<string, Map<string, RegisteredConsumer>>()
  private readonly timers = new Set<Timer>()
  private stopped = false

  constructor(parts: { clock: Clock; log: Log; store: StreamStore; onChange: () => void }) {
    this.clock = parts.clock
    this.log = parts.log
    this.store = parts.store
    this.onChange = parts.onChange
    this.subscriptions = new Subscriptions(parts.clock)
    for (const consumer of parts.store.registeredConsumers()) {
      this.ofStream(consumer.stream).set(consumer.name, consumer)
      this.resume(consumer)
    }
  }

  all(stream: StreamState): Described[] {
    return this.of(stream.id).map((consumer) => describeConsumer(consumer, stream))
  }

  count(streamId: string): number {
    return this.byStream.get(streamId)?.size ?? 0
  }

  register(stream: StreamState, name: string, tags: Readonly<Record<string, string>>, advantage: boolean): Described {
    const creating = [...this.byStream.values()].flatMap((consumers) => [...consumers.values()])
    const consumer = register({
      stream,
      name,
      tags,
      nowMs: this.clock.now(),
      present: this.of(stream.id),
      creating: creating.filter(({ status }) => status === 'CREATING').length,
      advantage,
    })
    this.save(consumer)
    this.resume(consumer)
    this.onChange()
    return describeConsumer(consumer, stream)
  }

  deregister(stream: StreamState, name: string): void {
    const consumer = this.find(stream, name)
    if (consumer.status === 'DELETING') return
    const deleting = { ...consumer, status: 'DELETING' } as const
    this.save(deleting)
    this.subscriptions.end(subscriptionPrefix(deleting), consumerNotFound(name, stream.name))
    this.resume(deleting)
  }

  update(
    stream: StreamState,
    name: string,
    change: { tags?: Readonly<Record<string, string>>; policy?: string | null },
  ): Described {
    const consumer = this.find(stream, name)
    mustBeActiveConsumer(consumer, stream.name)
    const { policy: present, ...rest } = consumer
    const policy = change.policy === undefined ? present : (change.policy ?? undefined)
    const next = { ...rest, ...(change.tags && { tags: change.tags }), ...(policy !== undefined && { policy }) }
    this.save(next)
    return describeConsumer(next, stream)
  }

  find(stream: StreamState, name: string): RegisteredConsumer {
    const consumer = this.byStream.get(stream.id)?.get(name)
    if (!consumer) throw consumerNotFound(name, stream.name)
    return consumer
  }

  /** The stream is gone, and its consumers with it; the store has forgotten them already. */
  forget(streamId: string): void {
    this.byStream.delete(streamId)
  }

  stop(): void {
    this.stopped = true
    for (const timer of this.timers) timer.cancel()
  }

  private of(streamId: string): RegisteredConsumer[] {
    return [...(this.byStream.get(streamId)?.values() ?? [])]
  }

  private ofStream(streamId: string): Map<string, RegisteredConsumer> {
    const known = this.byStream.get(streamId) ?? new Map<string, RegisteredConsumer>()
    this.byStream.set(streamId, known)
    return known
  }

  private save(consumer: RegisteredConsumer): void {
    this.store.saveConsumer(consumer)
    this.ofStream(consumer.stream).set(consumer.name, consumer)
  }

  private resume({ stream, name, status }: RegisteredConsumer, delayMs = TRANSITION_MS): void {
    if (status === 'ACTIVE') return
    const timer = this.clock.at(this.clock.now() + delayMs, () => {
      this.timers.delete(timer)
      const consumer = this.byStream.get(stream)?.get(name)
      // Deregistered while it was being created: another timer sees to it.
      if (this.stopped || consumer?.status !== status) return
      try {
        this.finish(consumer)
      } catch (thrown) {
        this.log.error(`consumer ${name} of ${stream} could not leave ${status}`, thrown)
        this.resume(consumer, RETRY_MS)
      }
    })
    this.timers.add(timer)
  }

  private finish(consumer: RegisteredConsumer): void {
    if (consumer.status === 'CREATING') this.save({ ...consumer, status: 'ACTIVE' })
    else {
      this.store.deleteRegisteredConsumer(consumer.stream, consumer.name)
      this.byStream.get(consumer.stream)?.delete(consumer.name)
    }
    this.onChange()
  }
}

/** All subscriptions of a consumer have keys that begin so. */
export function subscriptionPrefix({ stream, name, createdMs }: RegisteredConsumer): string {
  return `${stream}/${name}:${createdMs}/`
}
