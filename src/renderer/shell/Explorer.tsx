import { useEffect } from 'react'
import { useClients } from '../lib/clients.tsx'
import { EmptyState, Loading } from '../ui/index.ts'
import { CrashGuard } from './CrashGuard.tsx'
import { features } from './features.ts'
import { loadFeature, useLoaded } from './loaded.ts'
import styles from './Shell.module.css'

/** The chosen activity's explorer. */
export function Explorer({ activity }: { activity: string }) {
  const clients = useClients()
  const entry = features.find((feature) => feature.id === activity) ?? features[0]
  const feature = useLoaded((state) => state.byId[entry?.id ?? ''])
  useEffect(() => {
    if (entry) void loadFeature(entry, clients)
  }, [entry, clients])
  if (!entry) return null
  const Content = feature?.Explorer
  return (
    <nav className={styles.explorer} aria-label={`${entry.title} explorer`}>
      <div className={styles.regionTitle}>{feature?.explorerTitle ?? entry.title}</div>
      <CrashGuard key={entry.id} what={`The ${entry.title} explorer`}>
        {!feature ? <Loading /> : Content ? <Content /> : <EmptyState title={`${entry.title} is shown in its tab.`} />}
      </CrashGuard>
    </nav>
  )
}
