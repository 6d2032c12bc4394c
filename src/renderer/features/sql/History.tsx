import { History as HistoryIcon } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { Clients } from '../../../engines/contract.ts'
import {
  formatAgo,
  formatBytes,
  formatCost,
  formatDuration,
  formatTime,
  openView,
  plural,
  useCall,
  useFeed,
  useNow,
} from '../../lib/index.ts'
import { Button, EmptyState, ErrorView, Loading, SearchInput, StateDot } from '../../ui/index.ts'
import { type Execution, ofAthena, ofWarehouse, STATES, writtenIn } from './execution.ts'
import { ENGINE_TITLES } from './model/header.ts'
import { gist } from './model/statements.ts'
import { ranMs, timesOf } from './results/duration.ts'
import styles from './sql.module.css'

const SHOWN = 200

/** What was run on both engines, newest first. A click brings back the text with its result. */
export function History() {
  const queries = useChanges((clients, signal) => clients.athena.watchQueries({}, { signal }), ofAthena)
  const statements = useChanges((clients, signal) => clients.warehouse.watchStatements({}, { signal }), ofWarehouse)
  const past = useCall(
    async (clients, signal) => {
      const [athena, warehouse] = await Promise.all([
        clients.athena.listQueries({ limit: SHOWN }, { signal }),
        clients.warehouse.listStatements({ limit: SHOWN }, { signal }),
      ])
      return [...athena.map(ofAthena), ...warehouse.map(ofWarehouse)]
    },
    [queries.size, statements.size],
  )
  const [needle, setNeedle] = useState('')
  const list = useMemo(() => {
    const all = new Map((past.data ?? []).map((execution) => [execution.id, execution]))
    for (const [id, execution] of [...queries, ...statements]) all.set(id, execution)
    const words = needle.toLowerCase()
    return [...all.values()]
      .filter(({ sql }) => sql.toLowerCase().includes(words))
      .sort((a, b) => b.submittedMs - a.submittedMs)
      .slice(0, SHOWN)
  }, [past.data, queries, statements, needle])
  const now = useNow()
  if (past.error && !past.data)
    return (
      <ErrorView
        compact
        title="The history cannot be read"
        error={past.error}
        actions={
          <Button size="s" onClick={past.reload}>
            Try again
          </Button>
        }
      />
    )
  if (!past.data) return <Loading />
  if (list.length === 0 && needle === '')
    return (
      <EmptyState icon={<HistoryIcon size={18} />} title="Nothing was run yet">
        Each query stays here with its time, bytes and price, and its result for as long as the engine keeps it.
      </EmptyState>
    )
  return (
    <div className={styles.history}>
      <div className={styles.find}>
        <SearchInput label="Find in history" value={needle} onChange={setNeedle} />
      </div>
      <ul aria-label="History">
        {list.map((execution) => (
          <Entry key={`${execution.engine}:${execution.id}`} execution={execution} nowMs={now} />
        ))}
      </ul>
    </div>
  )
}

/** What an engine has told of its executions since this was opened, each as it is now. */
function useChanges<T>(
  watch: (clients: Clients, signal: AbortSignal) => AsyncIterable<readonly T[]>,
  read: (item: T) => Execution,
): ReadonlyMap<string, Execution> {
  const { data } = useFeed(watch, [], {
    initial: new Map<string, Execution>() as ReadonlyMap<string, Execution>,
    fold: (known, items) =>
      new Map([...known, ...items.map(read).map((execution) => [execution.id, execution] as const)]),
    maxPerSecond: 2,
  })
  return data
}

function Entry({ execution, nowMs }: { execution: Execution; nowMs: number }) {
  const { id, sql, state, submittedMs, rowCount, bytesScanned, costUsd, database, workGroup, reusedFrom } = execution
  const engine = writtenIn(execution)
  const ran = ranMs(execution)
  const facts = [
    ENGINE_TITLES[engine],
    ran !== null && formatDuration(ran),
    rowCount !== null && plural(rowCount, 'row'),
    reusedFrom !== undefined && 'reused result',
    bytesScanned !== null && bytesScanned > 0 && formatBytes(bytesScanned),
    costUsd !== null && costUsd > 0 && formatCost(costUsd),
  ].filter((fact) => fact !== false)
  return (
    <li>
      <button
        type="button"
        title={`${formatTime(submittedMs)}\n${facts.join(' · ')}\n${timesOf(execution)}\n${sql.slice(0, 600)}`}
        onClick={() =>
          openView('sql.editor', {
            path: '',
            sql,
            engine,
            execution: id,
            ...(database !== undefined && { database }),
            ...(workGroup !== undefined && { workGroup }),
          })
        }
      >
        <span className={styles.entry}>
          <StateDot state={STATES[state].shape} text={STATES[state].text} hideText />
          <span className={styles.gist}>{gist(sql, 120)}</span>
          <time>{formatAgo(submittedMs, nowMs)}</time>
        </span>
        <span className={styles.facts}>
          {facts.map((fact) => (
            <span key={fact} className={styles.fact}>
              {fact}
            </span>
          ))}
        </span>
      </button>
    </li>
  )
}
