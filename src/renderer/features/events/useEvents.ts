import { useRef } from 'react'
import type { Activity, Delivery, SeenEvent } from '../../../engines/events/contract.ts'
import { useCall, useFeed, useRemembered } from '../../lib/index.ts'
import type { EventsTab } from './index.tsx'

/** As many as the engine tells a new watcher of. */
const SHOWN_MAX = 500

interface Seen {
  /** Newest first. */
  readonly events: readonly SeenEvent[]
  readonly deliveries: readonly Delivery[]
}

const NOTHING: Seen = { events: [], deliveries: [] }

function fold(seen: Seen, { events, deliveries }: Activity): Seen {
  const changed = new Map(deliveries.map((delivery) => [delivery.id, delivery]))
  const kept = seen.deliveries.map((delivery) => {
    const now = changed.get(delivery.id)
    changed.delete(delivery.id)
    return now ?? delivery
  })
  return {
    events: [...events.toReversed(), ...seen.events].slice(0, SHOWN_MAX),
    deliveries: [...[...changed.values()].toReversed(), ...kept].slice(0, SHOWN_MAX),
  }
}

/** What passes, folded. */
export function useActivity(): Seen {
  return useFeed((clients, signal) => clients.events.watch({}, { signal }), [], {
    initial: NOTHING,
    fold,
    maxPerSecond: 4,
  }).data
}

/** Rules, schedules and their next times; read again when they change, and when one was due. */
export function useLists() {
  const turn = useRef(0)
  const changes = useFeed((clients, signal) => clients.events.watch({}, { signal }), [], {
    initial: 0,
    fold: (_, { listsChanged, deliveries }: Activity) =>
      listsChanged || deliveries.length > 0 ? ++turn.current : turn.current,
    maxPerSecond: 2,
  }).data
  const rules = useCall((clients, signal) => clients.events.listRules({}, { signal }), [changes])
  const schedules = useCall((clients, signal) => clients.events.listSchedules({}, { signal }), [changes])
  return { rules, schedules, changes }
}

/** The last part of an ARN, which is what people call the thing. */
export const nameOf = (arn: string): string => arn.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1)

/** The tab that the bus was opened with, until another is chosen. */
export function useEventsTab(params: { tab?: EventsTab; name?: string }): [EventsTab, (tab: EventsTab) => void] {
  const [chosen, setChosen] = useRemembered<{ tab: EventsTab; of: object }>('events.tab', { tab: 'events', of: {} })
  const asked = params.tab !== undefined && JSON.stringify(chosen.of) !== JSON.stringify(params)
  return [asked ? params.tab! : chosen.tab, (tab) => setChosen({ tab, of: params })]
}
