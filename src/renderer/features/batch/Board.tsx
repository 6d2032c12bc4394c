import type { KeyboardEvent } from 'react'
import { type Job, type JobStatus, STATUSES } from '../../../engines/batch/contract.ts'
import { formatDuration, formatNumber, plural, shortId } from '../../lib/index.ts'
import { cx, StateDot } from '../../ui/index.ts'
import styles from './batch.module.css'
import { endedOf, hasEnded, SHAPES, stateTitle } from './states.ts'

export interface Column {
  readonly id: JobStatus
  readonly jobs: readonly Job[]
  readonly count: number
  /** Children of arrays in this state, whose arrays are PENDING. */
  readonly children: number
}

export interface BoardProps {
  columns: readonly Column[]
  selected: string | null
  why: (job: Job) => string | null
  nowMs: number
  onSelect: (job: Job) => void
  onOpen: (job: Job) => void
  onEnd: (job: Job) => void
}

/** Columns that have jobs share what empty ones leave. */
const FILLED = 'minmax(150px, 1fr)'
const EMPTY = 'minmax(126px, 0.35fr)'

const HINTS: Partial<Record<JobStatus, string>> = {
  PENDING: 'Waits for others; an array for its children',
  RUNNABLE: 'Waits for room',
  STARTING: 'Its process is being made',
}

/** A queue's jobs, a column each state. Arrows walk the cards, Enter opens one, Delete ends it. */
export function Board({ columns, selected, why, nowMs, onSelect, onOpen, onEnd }: BoardProps) {
  const key = (event: KeyboardEvent<HTMLDivElement>) => {
    const card = (event.target as HTMLElement).closest<HTMLElement>('[data-card]')
    const steps: Record<string, readonly [number, number]> = {
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
    }
    const step = steps[event.key]
    if (!card || !step) return
    event.preventDefault()
    const lists = [...event.currentTarget.querySelectorAll('[data-column]')].map((column) => [
      ...column.querySelectorAll<HTMLElement>('[data-card]'),
    ])
    const filled = lists.filter((list) => list.length > 0)
    const at = filled.findIndex((list) => list.includes(card))
    const list = filled[at + step[0]] ?? filled[at]
    const row = Math.min(list.length - 1, Math.max(0, filled[at].indexOf(card) + step[1]))
    list[row].focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the cards in it are the buttons, it moves between them
    <div
      className={styles.board}
      style={{
        gridTemplateColumns: columns.map(({ count, children }) => (count + children > 0 ? FILLED : EMPTY)).join(' '),
      }}
      onKeyDown={key}
    >
      {columns.map(({ id, jobs, count, children }) => (
        <section key={id} className={styles.column} data-column aria-label={`${stateTitle(id)}: ${count}`}>
          <header className={styles.columnHead} title={HINTS[id]}>
            <StateDot state={SHAPES[id]} text={stateTitle(id)} />
            <span className={styles.count}>{formatNumber(count)}</span>
          </header>
          <ul className={styles.cards}>
            {children > 0 && <li className={styles.more}>{plural(children, 'child', 'children')} of arrays</li>}
            {jobs.map((job) => (
              <li key={job.id}>
                <Card {...{ job, nowMs, onOpen, onSelect, onEnd }} why={why(job)} isSelected={job.id === selected} />
              </li>
            ))}
            {count > jobs.length && (
              <li className={styles.more}>and {formatNumber(count - jobs.length)} more in the list</li>
            )}
          </ul>
        </section>
      ))}
    </div>
  )
}

function Card({
  job,
  why,
  isSelected,
  nowMs,
  onSelect,
  onOpen,
  onEnd,
}: Pick<BoardProps, 'nowMs' | 'onSelect' | 'onOpen' | 'onEnd'> & {
  job: Job
  why: string | null
  isSelected: boolean
}) {
  const took = tookOf(job, nowMs)
  return (
    <button
      type="button"
      data-card
      aria-pressed={isSelected}
      className={cx(styles.card, isSelected && styles.chosen)}
      onClick={() => onSelect(job)}
      onFocus={() => onSelect(job)}
      onDoubleClick={() => onOpen(job)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onOpen(job)
        else if (event.key === 'Delete' && !hasEnded(job.status)) onEnd(job)
        else return
        event.preventDefault()
      }}
    >
      <span className={styles.cardTop}>
        <b>{job.name}</b>
        {took && <span className={styles.quiet}>{took}</span>}
      </span>
      <span className={styles.cardFacts}>
        <span>{job.container.vcpus} vCPU</span>
        {job.share !== undefined && <span title="Share">{job.share}</span>}
        {job.schedulingPriority > 0 && <span title="Scheduling priority">↑ {job.schedulingPriority}</span>}
        {job.attempts.length > 1 && <span>{job.attempts.length} attempts</span>}
        <span className={styles.id}>{shortId(job.id, 8)}</span>
      </span>
      {job.array && <ArrayBar job={job} />}
      {why && <span className={styles.why}>{why}</span>}
      {job.status === 'FAILED' && <span className={styles.failed}>{failureOf(job)}</span>}
    </button>
  )
}

/** How an array's children stand, as parts of a bar and in words. */
export function ArrayBar({ job }: { job: Job }) {
  const array = job.array!
  const { size, counts } = array
  const of = (status: JobStatus) => counts[status] ?? 0
  const parts = STATUSES.filter((status) => of(status) > 0 && status !== 'PENDING' && status !== 'SUBMITTED')
  return (
    <span className={styles.array}>
      <span className={styles.bar} aria-hidden>
        {[...parts].reverse().map((status) => (
          <i key={status} data-state={status} style={{ width: `${(of(status) / size) * 100}%` }} />
        ))}
      </span>
      <span className={styles.quiet}>
        {formatNumber(endedOf(array))} of {formatNumber(size)}
        {of('RUNNING') > 0 && `, ${formatNumber(of('RUNNING'))} run`}
        {of('FAILED') > 0 && `, ${formatNumber(of('FAILED'))} failed`}
      </span>
    </span>
  )
}

function tookOf({ status, startedMs, stoppedMs }: Job, nowMs: number): string | null {
  if (startedMs === undefined) return null
  if (status === 'RUNNING') return formatDuration(Math.max(0, nowMs - startedMs))
  return stoppedMs === undefined ? null : formatDuration(stoppedMs - startedMs)
}

function failureOf(job: Job): string {
  const { exitCode, reason } = job.attempts.at(-1) ?? {}
  const words = reason ?? job.statusReason ?? 'Failed'
  return exitCode === undefined ? words : `Exit ${exitCode}: ${words}`
}
