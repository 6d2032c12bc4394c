import { useState } from 'react'
import { formatDuration, formatTime, prettyJson } from '../../lib/index.ts'
import { CopyButton, EmptyState, Select, StateDot, Verbatim } from '../../ui/index.ts'
import type { StateRun } from './model/run.ts'
import { RUN_SHAPES } from './StateGraph.tsx'
import styles from './states.module.css'

/** What one state got and gave, each time that it ran. */
export function StateDetails({ state, runs }: { state: string | null; runs: readonly StateRun[] }) {
  const [picked, setPicked] = useState<string | null>(null)
  if (state === null)
    return (
      <EmptyState title="No state chosen">Click a state in the picture to see its input, output and error.</EmptyState>
    )
  const run = runs.find(({ id }) => String(id) === picked) ?? runs.at(-1)
  if (!run) return <EmptyState title={state}>The execution has not come to this state.</EmptyState>
  return (
    <div className={styles.details} aria-live="polite">
      <div className={styles.head}>
        <h3 title={state}>{state}</h3>
        <StateDot state={RUN_SHAPES[run.status]} text={run.status} />
      </div>
      <div className={styles.facts}>
        {runs.length > 1 && (
          <Select
            quiet
            label="Which run of the state"
            value={String(run.id)}
            options={runs.map(({ id, status }, index) => ({
              value: String(id),
              label: `Run ${index + 1} of ${runs.length}`,
              detail: status,
            }))}
            onChange={setPicked}
          />
        )}
        <span>entered {formatTime(run.enteredMs, { date: false, millis: true })}</span>
        {run.exitedMs !== undefined && <span>took {formatDuration(run.exitedMs - run.enteredMs)}</span>}
        {run.attempts > 1 && <span>{run.attempts} attempts</span>}
      </div>
      {run.error !== undefined && (
        <section className={styles.block} aria-label="Error">
          <h4>{run.error}</h4>
          <Verbatim className={styles.bad}>{prettyJson(run.cause ?? '')}</Verbatim>
        </section>
      )}
      <Json title="Input" text={run.input} />
      {run.output !== undefined && <Json title="Output" text={run.output} />}
      {run.assigned && (
        <Json
          title="Variables"
          text={`{${Object.entries(run.assigned).map(([name, value]) => `${JSON.stringify(name)}:${value}`)}}`}
        />
      )}
    </div>
  )
}

export function Json({ title, text }: { title: string; text: string }) {
  return (
    <section className={styles.block} aria-label={title}>
      <div className={styles.head}>
        <h4>{title}</h4>
        <CopyButton quiet text={text} label={`Copy ${title.toLowerCase()}`} />
      </div>
      <Verbatim>{prettyJson(text)}</Verbatim>
    </section>
  )
}
