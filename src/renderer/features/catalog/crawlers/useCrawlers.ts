import { useCall, useFeed } from '../../../lib/index.ts'

/** All crawlers with their states, as they change. */
export function useCrawlers() {
  const turn = useFeed((clients, signal) => clients.catalog.watchCrawlers({}, { signal }), [], {
    initial: 0,
    fold: (count: number) => count + 1,
  }).data
  return useCall((clients, signal) => clients.catalog.listCrawlers({}, { signal }), [turn])
}
