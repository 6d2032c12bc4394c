import { create } from 'zustand'
import type { WorkGroup } from '../../../../engines/athena/contract.ts'
import type { Clients } from '../../../../engines/contract.ts'

/** Athena's workgroups, for every tab. The API may change them too, so whoever opens the list asks anew. */
export const useWorkGroups = create<{ readonly list: readonly WorkGroup[] }>(() => ({ list: [] }))

export async function refreshWorkGroups(clients: Clients): Promise<void> {
  useWorkGroups.setState({ list: await clients.athena.listWorkGroups({}) })
}
