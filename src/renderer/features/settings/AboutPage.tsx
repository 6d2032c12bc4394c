import { useCall, useSystemStatus } from '../../lib/index.ts'
import { Loading, PropertyList } from '../../ui/index.ts'
import styles from './Settings.module.css'

export function AboutPage() {
  const status = useSystemStatus()
  const info = useCall((clients, signal) => clients.workspace.describe({}, { signal }), [])
  if (!status || !info.data) return <Loading />
  return (
    <div className={styles.stack}>
      <h2>Millrace {status.version}</h2>
      <p>
        A data-engineering IDE that runs the AWS data-analytics family on one machine, offline. Nothing leaves this
        computer: there is no telemetry, and no page is loaded from elsewhere.
      </p>
      <PropertyList
        items={[
          ['Shell', status.shell === 'desktop' ? 'Desktop' : 'Browser'],
          ['Process', String(status.pid)],
          ['Workspace', info.data.name],
          ['Folder', info.data.directory],
          ['Format', String(info.data.format)],
          ['Trusted', info.data.trusted ? 'yes' : 'no'],
          ['Licence', 'Apache-2.0; notices of others’ work are in THIRD-PARTY-NOTICES.md'],
        ]}
      />
    </div>
  )
}
