import { useCall, useSystemStatus } from '../../lib/index.ts'
import { Loading, PropertyList } from '../../ui/index.ts'
import styles from './Settings.module.css'

const HELD_BY = {
  keychain: 'In the keychain of this computer',
  file: 'In a file that only you can read (~/.millrace/sealing-keys), since no keychain is used',
  nothing: 'None yet: it is made when you first give a password, token or key',
}

export function AboutPage() {
  const status = useSystemStatus()
  const info = useCall((clients, signal) => clients.workspace.describe({}, { signal }), [])
  const secrets = useCall((clients, signal) => clients.system.secrets({}, { signal }), [])
  if (!status || !info.data || !secrets.data) return <Loading />
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
          ['Key to secrets', HELD_BY[secrets.data.heldBy ?? 'nothing']],
          ['Licence', 'Apache-2.0; notices of others’ work are in THIRD-PARTY-NOTICES.md'],
        ]}
      />
    </div>
  )
}
