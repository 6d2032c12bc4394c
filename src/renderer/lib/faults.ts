import { useFeed } from './useFeed.ts'

/** The faults that were asked for and are in effect; undefined until they are known. */
export function useFaults() {
  return useFeed((clients, signal) => clients.system.watchFaults({}, { signal }), []).data
}
