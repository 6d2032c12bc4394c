import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react'
import type { Clients } from '../../engines/contract.ts'

/** `outdated`: the program that came back has other pages than this one. */
export type ConnectionState = 'connecting' | 'connected' | 'lost' | 'refused' | 'outdated'

/** The one way to the engines, and whether it is open. Requests made while it is lost wait until it is open again. */
export interface Connection {
  readonly clients: Clients
  readonly state: () => ConnectionState
  /** How many times it has been opened: what was asked before may be answered otherwise now. */
  readonly generation: () => number
  readonly subscribe: (listener: () => void) => () => void
  /** Tries again now instead of after the back-off. */
  readonly retry: () => void
}

const Context = createContext<Connection | null>(null)

export function ConnectionProvider({ connection, children }: { connection: Connection; children: ReactNode }) {
  return <Context value={connection}>{children}</Context>
}

export function useConnection(): Connection {
  const connection = useContext(Context)
  if (!connection) throw new Error('There is no connection here.')
  return connection
}

export function useClients(): Clients {
  return useConnection().clients
}

/** Changes when a lost connection is open again. */
export function useConnectionGeneration(): number {
  const { generation, subscribe } = useConnection()
  // The first opening is no change: what waited for it was asked once.
  return Math.max(1, useSyncExternalStore(subscribe, generation))
}

export function useConnectionState(): ConnectionState {
  const { state, subscribe } = useConnection()
  return useSyncExternalStore(subscribe, state)
}
