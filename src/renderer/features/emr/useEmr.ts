import type { Clients } from '../../../engines/contract.ts'
import type { Cluster, Cost, Instance, Step } from '../../../engines/emr/contract.ts'
import { useCall, useFeed, useNow } from '../../lib/index.ts'
import { hasEnded, isLive } from './states.ts'

const COST_EVERY_MS = 2000
/** A Spot price holds for so long. */
const PRICE_MS = 300_000

const byId = <T extends { id: string }>(known: ReadonlyMap<string, T> | null, items: readonly T[]) =>
  new Map([...(known ?? []), ...items.map((item) => [item.id, item] as const)])

/** All clusters by id; the list as it was, then each change. */
export function useClusters() {
  return useFeed(
    async function* (clients, signal): AsyncGenerator<readonly Cluster[]> {
      yield await clients.emr.list({}, { signal })
      for await (const cluster of clients.emr.watch({}, { signal })) yield [cluster]
    },
    [],
    { initial: null as ReadonlyMap<string, Cluster> | null, fold: byId<Cluster> },
  )
}

export function useCluster(id: string) {
  return useFeed(
    async function* ({ emr }, signal): AsyncGenerator<Cluster> {
      yield await emr.describe({ cluster: id }, { signal })
      for await (const cluster of emr.watch({}, { signal })) if (cluster.id === id) yield cluster
    },
    [id],
  )
}

/** In the order in which they came. */
export function useSteps(cluster: string): readonly Step[] | undefined {
  const { data } = useFeed(
    async function* ({ emr }, signal): AsyncGenerator<readonly Step[]> {
      yield await emr.listSteps({ cluster }, { signal })
      for await (const step of emr.watchSteps({ cluster }, { signal })) yield [step]
    },
    [cluster],
    { initial: null as ReadonlyMap<string, Step> | null, fold: byId<Step> },
  )
  return data ? [...data.values()] : undefined
}

export function useCost(cluster: Cluster | undefined) {
  const nowMs = useNow()
  const turn = cluster && !hasEnded(cluster) ? Math.floor(nowMs / COST_EVERY_MS) : 0
  return useCall(
    (clients, signal) => (cluster ? clients.emr.describe({ cluster: cluster.id }, { signal }) : null),
    [cluster, turn],
  ).data?.cost
}

/** The cluster's HDFS, while it has one. */
export function useStorage(cluster: Cluster | undefined) {
  const id = cluster && !hasEnded(cluster) && cluster.instances.some(({ dataNode }) => dataNode) ? cluster.id : null
  return useFeed((clients, signal) => (id === null ? null : clients.hdfs.watch({ cluster: id }, { signal })), [id], {
    maxPerSecond: 2,
  }).data
}

/** What each node has of containers, and what runs in them. */
export function useCompute(cluster: Cluster | undefined) {
  const live = cluster !== undefined && isLive(cluster) && cluster.readyMs !== undefined
  const turn = useFeed((clients, signal) => (live ? clients.mapreduce.watch({}, { signal }) : null), [live], {
    initial: 0,
    fold: (count: number) => count + 1,
    maxPerSecond: 2,
  }).data
  return useCall(
    (clients, signal) => (live ? clients.mapreduce.nodes({ cluster: cluster.id }, { signal }) : null),
    [cluster, turn],
  ).data
}

/** US dollars an hour of each instance, without what EMR adds: on demand, in the place of a reserved one, and Spot as it is simulated now. */
export function usePrices(
  cluster: Cluster | undefined,
  reserved: Cost['reserved'],
): (instance: Instance) => number | undefined {
  const nowMs = useNow()
  const turn = Math.floor(nowMs / PRICE_MS)
  const types = [...new Set(cluster?.instances.map(({ type }) => type))].sort()
  const { data } = useCall(
    async ({ emr }, signal) => {
      if (!cluster) return null
      const range = { zone: cluster.zone, startMs: nowMs, endMs: nowMs + 1 }
      const found = await Promise.all(types.map((type) => emr.spotPrices({ type, ...range }, { signal })))
      return new Map(types.map((type, i) => [type, found[i]]))
    },
    [types.join(), cluster?.zone, turn],
  )
  return ({ id, type, market }) => {
    if (id in reserved) return reserved[id]
    const price = data?.get(type)
    return market === 'SPOT' ? price?.points.at(-1)?.usd : price?.onDemandUsd
  }
}

export type Storage = NonNullable<ReturnType<typeof useStorage>>
export type Compute = Awaited<ReturnType<Clients['mapreduce']['nodes']>>
