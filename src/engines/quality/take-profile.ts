import type { TableProfile, TableRef } from './contract.ts'
import { profileColumns } from './profile.ts'
import { openSource, type Reach } from './source.ts'
import type { QualityStore } from './store.ts'

/** Takes a profile of a table and keeps it with the state of the table that it is of. */
export async function takeProfile(
  table: TableRef,
  options: { reach: Reach; store: QualityStore; signal: AbortSignal; onProgress: (progress: number) => void },
): Promise<TableProfile> {
  const { reach, store, signal, onProgress } = options
  return reach.duck.use(
    async (session) => {
      const source = await openSource(table, session, reach)
      const taken = await profileColumns(source.sql, source.columns, session, { signal, onProgress })
      const profile = { table, ...taken, versionId: source.versionId, takenMs: reach.nowMs() }
      store.putProfile(profile, source.fingerprint)
      return profile
    },
    { lane: 'user', signal },
  )
}
