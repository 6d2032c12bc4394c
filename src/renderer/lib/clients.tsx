import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react'
import type { Clients } from '../../engines/contract.ts'

export type ConnectionState = 'connecting' | 'connected' | 'lost' | 'refused'

/** The one way to the engines, and whether it is open. Requests made while it is lost wait until it is open again. */
export interface Connection {
  readonly clients: Clients
  readonly state: () => ConnectionState
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

export function useConnectionState(): ConnectionState {
  const { state, subscribe } = useConnection()
  return useSyncExternalStore(subscribe, state)
}
