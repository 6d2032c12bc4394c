import type { Reservation } from '../../kit/pure/prices.ts'
import type { Instance } from '../contract.ts'

/** An instance in the place of a reserved one: for how long it was, at what price, and whether it is now. */
export interface Reserved {
  readonly ms: number
  readonly hourUsd: number
  readonly now: boolean
}

/**
 * Which instances take the places of reserved ones, by id: at any moment those of the type, on demand, that were launched first. `until` says how
 * long one is billed.
 */
export function reservedOf(
  instances: readonly Instance[],
  reservations: readonly Reservation[],
  nowMs: number,
  until: (instance: Instance) => number,
): Map<string, Reserved> {
  const taken = new Map<string, Reserved>()
  for (const { type, count, hourUsd } of reservations) {
    const spans = instances
      .filter(
        (instance) => instance.type === type && instance.market === 'ON_DEMAND' && instance.launchedMs !== undefined,
      )
      .map((instance) => ({
        id: instance.id,
        fromMs: instance.launchedMs!,
        toMs: until(instance),
        live: instance.endedMs === undefined,
      }))
      .sort((a, b) => a.fromMs - b.fromMs || (a.id < b.id ? -1 : 1))
    const moments = [...new Set(spans.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))].sort((a, b) => a - b)
    const ms = new Map<string, number>()
    for (const [i, toMs] of moments.entries()) {
      const fromMs = moments[i - 1]
      if (fromMs === undefined) continue
      const first = spans.filter((span) => span.fromMs <= fromMs && span.toMs >= toMs).slice(0, count)
      for (const { id } of first) ms.set(id, (ms.get(id) ?? 0) + toMs - fromMs)
    }
    const now = new Set(
      spans
        .filter(({ live, fromMs }) => live && fromMs <= nowMs)
        .slice(0, count)
        .map(({ id }) => id),
    )
    for (const id of new Set([...ms.keys(), ...now])) taken.set(id, { ms: ms.get(id) ?? 0, hourUsd, now: now.has(id) })
  }
  return taken
}
