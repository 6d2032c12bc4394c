import type { StreamMetrics } from '../../../../engines/stream/contract.ts'

/** A consumer's place in a lane: the arrival time of what it read last. */
export interface ConsumerPosition {
  readonly consumer: string
  readonly shardId: string
  readonly offset: number
  readonly iteratorAgeMs: number
  readonly lastReadMs: number
  readonly atMs: number
  /** Its colour, the same on every lane. */
  readonly series: number
}

/** The last known place of every consumer in every shard. */
export function consumersOf(metrics: readonly StreamMetrics[]): ConsumerPosition[] {
  const latest = new Map<string, Omit<ConsumerPosition, 'series' | 'atMs'>>()
  for (const { consumers } of metrics)
    for (const position of consumers) latest.set(`${position.consumer}\n${position.shardId}`, position)
  const names = [...new Set([...latest.values()].map(({ consumer }) => consumer))].sort()
  return [...latest.values()].map((position) => ({
    ...position,
    atMs: position.lastReadMs - position.iteratorAgeMs,
    series: names.indexOf(position.consumer),
  }))
}
