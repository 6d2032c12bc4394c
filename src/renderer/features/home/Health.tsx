import type { SystemStatus } from '../../../engines/system/contract.ts'
import { useConnectionState } from '../../lib/clients.tsx'
import { formatBytes, formatPercent, openView } from '../../lib/index.ts'
import { Button, PropertyList, StateDot, shapeOf } from '../../ui/index.ts'
import styles from './Home.module.css'

export function Health({ status }: { status: SystemStatus }) {
  const connected = useConnectionState() === 'connected'
  return (
    <section className={styles.card} aria-labelledby="home-health">
      <div className={styles.cardBar}>
        <h2 id="home-health">Health</h2>
        <Button size="s" variant="ghost" onClick={() => openView('settings.main', { page: 'aws' })}>
          Connect an AWS client
        </Button>
      </div>
      {!connected && <p className={styles.quiet}>Not known while there is no connection.</p>}
      <PropertyList
        items={
          !connected
            ? []
            : [
                ...status.hosts.map((host) => [host.host, <HostState key={host.host} host={host} />] as const),
                ['Memory', formatBytes(status.residentBytes)],
                ['Processor', formatPercent(status.cpu, 0)],
                ['AWS endpoint', status.aws?.url ?? 'closed'],
              ]
        }
      />
    </section>
  )
}

function HostState({ host }: { host: SystemStatus['hosts'][number] }) {
  return (
    <span className={styles.host}>
      <StateDot state={shapeOf(host.state)} text={host.lastError ? `${host.state}: ${host.lastError}` : host.state} />
      {host.engines.length > 1 && <span className={styles.quiet}>{host.engines.join(', ')}</span>}
    </span>
  )
}
