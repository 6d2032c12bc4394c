import { GroupedFeed } from '../kit/node/grouped-feed.ts'
import type { Activity, Delivery, SeenEvent } from './contract.ts'

/** Events of this run that a new watcher is told of. */
const EVENTS_KEPT = 500

/** What happened last, and what happens, for whoever watches. */
export class ActivityLog {
  private readonly feed = new GroupedFeed<Activity>({ everyMs: 250, most: 1000 })
  private events: SeenEvent[] = []

  add({ events, deliveries }: Pick<Activity, 'events' | 'deliveries'>): void {
    this.events.push(...events)
    if (this.events.length > 2 * EVENTS_KEPT) this.events = this.events.slice(-EVENTS_KEPT)
    this.feed.add({ events, deliveries, listsChanged: false })
  }

  /** Rules, schedules, archives or replays are others than before. */
  listsChanged(): void {
    this.feed.add({ events: [], deliveries: [], listsChanged: true })
  }

  async *watch(signal: AbortSignal, deliveries: readonly Delivery[]): AsyncGenerator<Activity> {
    const groups = this.feed.watch(signal)
    // It listens before it tells what was.
    const next = groups.next()
    yield { events: this.events.slice(-EVENTS_KEPT), deliveries: deliveries.toReversed(), listsChanged: true }
    for (let group = await next; !group.done; group = await groups.next()) yield joined(group.value)
  }
}

/** Of a delivery that changed more than once, what it is now. */
function joined(parts: readonly Activity[]): Activity {
  const deliveries = new Map<number, Delivery>()
  for (const part of parts) for (const delivery of part.deliveries) deliveries.set(delivery.id, delivery)
  return {
    events: parts.flatMap(({ events }) => events),
    deliveries: [...deliveries.values()],
    listsChanged: parts.some(({ listsChanged }) => listsChanged),
  }
}
