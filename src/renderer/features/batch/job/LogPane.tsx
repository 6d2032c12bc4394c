import { ArrowDownToLine, Download } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Job } from '../../../../engines/batch/contract.ts'
import { formatBytes, plural, useCall } from '../../../lib/index.ts'
import {
  Button,
  ErrorView,
  IconButton,
  Loading,
  SearchInput,
  Select,
  type ShownError,
  saveFile,
  Toolbar,
  ToolbarSpace,
  Verbatim,
} from '../../../ui/index.ts'
import styles from '../batch.module.css'
import { useLog } from './useLog.ts'

const SEARCH_AFTER_MS = 250

/** What an attempt wrote: its end, followed while it runs; a search over all that is kept leads to any place. */
export function LogPane({
  job,
  attempt,
  onAttempt,
}: {
  job: Job
  attempt: number
  onAttempt: (attempt: number) => void
}) {
  const [at, setAt] = useState<number | null>(null)
  const [follows, setFollows] = useState(true)
  const [search, setSearch] = useState('')
  const [wanted, setWanted] = useState('')
  const last = Math.max(1, job.attempts.length + (job.environment === undefined ? 0 : 1))
  const isLive = attempt === last && job.environment !== undefined
  const { log, error } = useLog(job.id, { attempt, isLive, at })
  useEffect(() => {
    const timer = setTimeout(() => setWanted(search.trim()), SEARCH_AFTER_MS)
    return () => clearTimeout(timer)
  }, [search])
  const found = useCall(
    ({ batch }, signal) =>
      wanted === '' ? null : batch.searchLog({ jobId: job.id, attempt, text: wanted }, { signal }),
    [job.id, attempt, wanted, log?.end],
  )
  const toEnd = () => {
    setAt(null)
    setFollows(true)
  }
  if (error && !log) return <ErrorView compact title="The log cannot be read" error={error as ShownError} />
  if (!log) return <Loading />
  return (
    <div className={styles.pane}>
      <Toolbar label="Log">
        {last > 1 && (
          <Select
            quiet
            className={styles.choice}
            label="Attempt"
            value={String(attempt)}
            options={Array.from({ length: last }, (_, i) => ({ value: String(i + 1), label: `Attempt ${i + 1}` }))}
            onChange={(next) => onAttempt(Number(next))}
          />
        )}
        <div className={styles.search}>
          <SearchInput label="Search the log" value={search} onChange={setSearch} />
        </div>
        <ToolbarSpace />
        <span className={styles.nowrap}>
          {formatBytes(log.end)}
          {log.from > 0 && `, from byte ${log.from.toLocaleString()}`}
        </span>
        <IconButton
          icon={<Download size={14} />}
          label="Save what is shown"
          onClick={() => void saveFile(`${job.name}-${attempt}.log`, [log.text], 'text/plain')}
        />
        <Button
          size="s"
          variant="ghost"
          icon={<ArrowDownToLine size={13} />}
          disabled={follows && at === null}
          onClick={toEnd}
        >
          Follow
        </Button>
      </Toolbar>
      {found.data && wanted !== '' && (
        <section className={styles.hits} aria-label="Lines found">
          <p className={styles.quiet}>
            {plural(found.data.found, 'line')} with “{wanted}”
            {found.data.found > found.data.lines.length && `, the last ${found.data.lines.length} shown`}
          </p>
          <ul>
            {found.data.lines.toReversed().map((line) => (
              <li key={line.at}>
                <button type="button" aria-pressed={at === line.at} onClick={() => setAt(line.at)}>
                  {line.text}
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      {/* A place that was found is shown from its beginning. */}
      <Verbatim key={at} pane log={`Log of ${job.name}`} follows={follows && at === null} onFollows={setFollows}>
        {log.text === '' ? 'It has written nothing yet.' : log.text}
      </Verbatim>
    </div>
  )
}
