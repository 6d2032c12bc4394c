import { ChartNoAxesCombined, Search, SquareTerminal, Workflow } from 'lucide-react'
import { runCommand, shortcutOf, useCall, useClients, useDocuments, useSystemStatus } from '../../lib/index.ts'

import { Button, Kbd, Loading } from '../../ui/index.ts'
import { CostSoFar } from './CostSoFar.tsx'
import { Health } from './Health.tsx'
import styles from './Home.module.css'
import { RecentDocuments } from './RecentDocuments.tsx'
import { RecentWorkspaces } from './RecentWorkspaces.tsx'
import { RunningNow } from './RunningNow.tsx'
import { Tour } from './Tour.tsx'

const ACTIONS = [
  { command: 'builder.new', title: 'New pipeline', icon: Workflow },
  { command: 'sql.new', title: 'New query', icon: SquareTerminal },
  { command: 'dashboards.new', title: 'New dashboard', icon: ChartNoAxesCombined },
  { command: 'shell.palette', title: 'Find anything', icon: Search },
]

/** Where a person starts: what is running, what was last worked on, how the program is, and what it would have cost. */
export function Home() {
  const clients = useClients()
  const status = useSystemStatus()
  const info = useCall((_, signal) => clients.workspace.describe({}, { signal }), [clients])
  const documents = useDocuments(['pipelines', 'queries', 'dashboards'])
  if (!info.data || !status) return <Loading />
  return (
    <div className={styles.home}>
      <div className={styles.columns}>
        <header className={styles.header}>
          <div>
            <h1>{info.data.name}</h1>
            <p className={styles.path} data-selectable>
              {info.data.directory}
            </p>
          </div>
          <div className={styles.actions}>
            {ACTIONS.map(({ command, title, icon: Icon }) => (
              <Button key={command} icon={<Icon size={14} />} onClick={() => runCommand(command)}>
                {title}
                {shortcutOf(command) && (
                  <span className={styles.keys}>
                    <Kbd keys={shortcutOf(command)!.split(' ')[0]} />
                  </span>
                )}
              </Button>
            ))}
          </div>
        </header>
        <div className={styles.main}>
          <RunningNow />
          <RecentDocuments documents={documents.data} error={documents.error} />
          <RecentWorkspaces current={info.data.name} />
        </div>
        <div className={styles.side}>
          <Tour documents={documents.data ?? []} />
          <Health status={status} />
          <CostSoFar />
        </div>
      </div>
    </div>
  )
}
