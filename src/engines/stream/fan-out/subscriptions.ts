import type { Clock } from '../../kit/pure/clock.ts'
import { EngineError } from '../../kit/pure/errors.ts'

/** A consumer may not subscribe to a shard again so soon after it did. Real time: it is clients that connect again. */
const GUARD_MS = 5000

interface Subscription {
  readonly sinceMs: number
  /** Aborted, with the reason as an EngineError, when another takes over or the consumer goes. */
  readonly ended: AbortController
  active: boolean
}

/** Who is subscribed to what: one subscription for each registered consumer and shard. */
export class Subscriptions {
  private readonly clock: Clock
  private readonly byKey = new Map<string, Subscription>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** Takes the place of an earlier subscription, unless that is younger than five seconds. `what` names it in the error. */
  take(key: string, what: string): Subscription {
    const inUse = new EngineError(
      'ResourceInUseException',
      `Another active subscription exists for this consumer: ${what}`,
      { retry: true },
    )
    const present = this.byKey.get(key)
    if (present && this.clock.realNow() - present.sinceMs < GUARD_MS) throw inUse
    present?.ended.abort(inUse)
    const taken = { sinceMs: this.clock.realNow(), ended: new AbortController(), active: true }
    this.byKey.set(key, taken)
    return taken
  }

  /** The subscription's stream has ended. It is remembered until it may be followed by another. */
  release(subscription: Subscription): void {
    subscription.active = false
    const nowMs = this.clock.realNow()
    for (const [other, { active, sinceMs }] of this.byKey)
      if (!active && nowMs - sinceMs >= GUARD_MS) this.byKey.delete(other)
  }

  /** Ends all whose key begins so. */
  end(prefix: string, reason: EngineError): void {
    for (const [key, { ended }] of this.byKey) {
      if (!key.startsWith(prefix)) continue
      ended.abort(reason)
      this.byKey.delete(key)
    }
  }
}
