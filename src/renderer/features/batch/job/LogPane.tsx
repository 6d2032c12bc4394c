import { ArrowDownToLine, Download } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Job } from '../../../../engines/batch/contract.ts'
import { formatBytes, LogView, plural, useCall, useLogTail, useSettled } from '../../../lib/index.ts'
import { Button, IconButton, Pane, SearchInput, Select, saveFile, Toolbar, ToolbarSpace } from '../../../ui/index.ts'
import styles from '../batch.module.css'
import { hasEnded } from '../states.ts'

const TAIL_BYTES = 256 * 1024
const SHOWN_CHARS_MAX = 1_000_000

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
  const wanted = useSettled(search.trim())
  const last = Math.max(1, job.attempts.length + (job.environment === undefined ? 0 : 1))
  const tail = useLogTail(
    ({ batch }, from, signal) => batch.readLog({ jobId: job.id, attempt, from }, { signal }),
    [job.id, attempt],
    {
      isLive: attempt === last && !hasEnded(job.status),
      from: at ?? -TAIL_BYTES,
      once: at !== null,
      charsMax: SHOWN_CHARS_MAX,
    },
  )
  const { log } = tail
  const from = useMemo(() => (log ? log.next - new Blob([log.text]).size : 0), [log])
  const found = useCall(
    ({ batch }, signal) =>
      wanted === '' ? null : batch.searchLog({ jobId: job.id, attempt, text: wanted }, { signal }),
    [job.id, attempt, wanted, log?.end],
  )
  const toEnd = () => {
    setAt(null)
    setFollows(true)
  }
  return (
    <Pane>
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
          {log && formatBytes(log.end)}
          {from > 0 && `, from byte ${from.toLocaleString()}`}
        </span>
        <IconButton
          icon={<Download size={14} />}
          label="Save what is shown"
          disabled={!log}
          onClick={() => void saveFile(`${job.name}-${attempt}.log`, [log?.text ?? ''], 'text/plain')}
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
      <LogView
        key={at}
        pane
        tail={tail}
        name={`Log of ${job.name}`}
        empty="It has written nothing yet."
        follows={follows && at === null}
        onFollows={setFollows}
      />
    </Pane>
  )
}
