import { createContext, type ReactNode, useContext } from 'react'
import type { SystemStatus } from '../../engines/system/contract.ts'
import { useFeed } from './useFeed.ts'

const Context = createContext<SystemStatus | undefined>(undefined)

/** Feeds the program's status once for the whole window. */
export function StatusProvider({ children }: { children: ReactNode }) {
  const status = useFeed((clients, signal) => clients.system.watchStatus({}, { signal }), [])
  return <Context value={status.data}>{children}</Context>
}

/** Clock, hosts, memory and AWS port; undefined until the first status has come. */
export function useSystemStatus(): SystemStatus | undefined {
  return useContext(Context)
}

/** Engine time as last told, epoch ms. */
export function useNow(): number {
  return useContext(Context)?.nowMs ?? Date.now()
}

/** Wall time as last told, epoch ms: what a person's own clock says, for what is told in real time, such as when runs began. */
export function useWallNow(): number {
  return useContext(Context)?.wallMs ?? Date.now()
}
