import { createContext, useContext, useEffect } from 'react'
import { create } from 'zustand'
import { useCall, useFeed, useView } from '../../lib/index.ts'

/** The cluster that is always there. */
export const LOCAL = 'local'

/** The cluster of the view above: every verb is told it. */
export const ClusterContext = createContext(LOCAL)
export const useClusterName = () => useContext(ClusterContext)

/** What the explorer shows: the cluster that was looked at last. */
export const useShownCluster = create<{ cluster: string }>(() => ({ cluster: LOCAL }))

/** The explorer goes where its views are. */
export function useShowCluster(cluster: string): void {
  const { active } = useView()
  useEffect(() => {
    if (active) useShownCluster.setState({ cluster })
  }, [active, cluster])
}

/** Clusters there are, with the names that EMR gave those that are its own. */
export function useClusters(): { value: string; label: string; detail?: string }[] {
  const names = useFeed(
    async function* ({ emr }, signal) {
      yield await emr.list({}, { signal })
      for await (const cluster of emr.watch({}, { signal })) yield [cluster]
    },
    [],
    {
      initial: new Map<string, string>(),
      fold: (known: ReadonlyMap<string, string>, clusters: readonly { id: string; name: string }[]) =>
        new Map([...known, ...clusters.map(({ id, name }) => [id, name] as const)]),
      maxPerSecond: 1,
    },
  ).data
  const list = useCall((clients, signal) => clients.hdfs.listClusters({}, { signal }), [names])
  return (list.data?.clusters ?? [LOCAL]).map((value) => {
    const name = names.get(value)
    return { value, label: name ?? value, ...(name !== undefined && { detail: value }) }
  })
}
