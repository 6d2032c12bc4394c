import { ChartNoAxesCombined, FileCode, Workflow } from 'lucide-react'
import type { EngineError } from '../../../engines/kit/pure/errors.ts'
import type { DocumentEntry } from '../../../engines/workspace/contract.ts'
import { type Folder, folderOf, formatAgo, formatTime, openDocument } from '../../lib/index.ts'
import { ErrorView, Spinner, StateDot } from '../../ui/index.ts'
import styles from './Home.module.css'

const KINDS: Partial<Record<Folder, { word: string; icon: typeof Workflow }>> = {
  pipelines: { word: 'Pipeline', icon: Workflow },
  queries: { word: 'Query', icon: FileCode },
  dashboards: { word: 'Dashboard', icon: ChartNoAxesCombined },
}
const SHOWN = 12

export function RecentDocuments({
  documents,
  error,
}: {
  documents: readonly DocumentEntry[] | undefined
  error: EngineError | undefined
}) {
  return (
    <section className={styles.card} aria-labelledby="home-recent">
      <div className={styles.cardBar}>
        <h2 id="home-recent">Recent documents</h2>
      </div>
      {error && !documents && <ErrorView compact error={error} title="Documents cannot be listed" />}
      {!documents && !error && <Spinner label="Listing documents…" />}
      {documents?.length === 0 && (
        <p className={styles.quiet}>
          There are no documents yet. A pipeline, a query or a dashboard appears here once it is saved.
        </p>
      )}
      <ul>
        {documents?.slice(0, SHOWN).map((entry) => {
          const kind = KINDS[folderOf(entry.path)]
          const Icon = kind?.icon ?? FileCode
          return (
            <li key={entry.path}>
              <button type="button" className={styles.document} onClick={() => openDocument(entry.path)}>
                <Icon size={14} aria-hidden />
                <span className={styles.documentTitle}>{entry.title}</span>
                {entry.problem && (
                  <span className={styles.problem}>
                    <StateDot state="warn" text={entry.problem} />
                  </span>
                )}
                <span className={styles.grow} />
                <span className={styles.quiet}>{kind?.word}</span>
                <span className={styles.when} title={formatTime(entry.modifiedMs)}>
                  {formatAgo(entry.modifiedMs, Date.now())}
                </span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
