import { useState } from 'react'
import {
  cliSnippet,
  envExports,
  profileText,
  pythonSnippet,
  sdkSnippet,
  useCall,
  useSystemStatus,
} from '../../lib/index.ts'
import { CopyButton, ErrorView, Loading, PropertyList, Tabs } from '../../ui/index.ts'
import styles from './Settings.module.css'

const FORMS = [
  { id: 'shell', title: 'Shell' },
  { id: 'cli', title: 'AWS CLI' },
  { id: 'profile', title: 'Profile' },
  { id: 'javascript', title: 'JavaScript' },
  { id: 'python', title: 'Python' },
] as const

/** How an AWS client is pointed here, ready to copy. */
export function AwsPage() {
  const status = useSystemStatus()
  const keys = useCall((clients, signal) => clients.workspace.credentials({}, { signal }), [])
  const [form, setForm] = useState<(typeof FORMS)[number]['id']>('shell')
  if (keys.error) return <ErrorView error={keys.error} title="The workspace’s keys cannot be read" />
  if (!status || !keys.data) return <Loading />
  if (!status.aws) return <p>The AWS port is closed.</p>
  const { url, port, wanted } = status.aws
  const text = {
    shell: envExports(url, keys.data),
    cli: cliSnippet(url),
    profile: profileText(url, keys.data),
    javascript: sdkSnippet(url, keys.data),
    python: pythonSnippet(url, keys.data),
  }[form]
  return (
    <div className={styles.stack}>
      <h2>AWS endpoint</h2>
      <p>
        One address answers for all services, each in its own protocol. It listens on this machine only. The keys belong
        to this workspace and open nothing else.
      </p>
      <PropertyList
        items={[
          ['Address', url],
          wanted !== 0 && port !== wanted && ['Port', `${wanted} was taken, so ${port} is used`],
          ['Region', keys.data.region],
          ['Access key', <code key="key">{keys.data.accessKeyId}</code>],
        ]}
      />
      <div>
        <Tabs size="s" label="Forms" tabs={FORMS} value={form} onChange={setForm}>
          <div className={styles.code}>
            <pre>{text}</pre>
            <div className={styles.copy}>
              <CopyButton text={text} />
            </div>
          </div>
        </Tabs>
      </div>
    </div>
  )
}
