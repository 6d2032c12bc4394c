import { useEffect, useMemo, useState } from 'react'
import { formatBytes, formatCompact, formatDuration, formatPercent, loadable, useCall } from '../../../lib/index.ts'
import { Button, ErrorView, Loading, PropertyList, Section, SplitPane, Tabs } from '../../../ui/index.ts'
import { explainPlan } from '../execution.ts'
import type { Dialect } from '../model/header.ts'
import { flatPlan, heatOf, type PlanStep, readPlan } from '../model/plan.ts'
import { type Span, spanOf } from '../model/plan-span.ts'
import type { Plan, ResultTab } from '../session.ts'
import styles from '../sql.module.css'
import planStyles from './plan.module.css'

const PlanGraph = loadable(async () => (await import('./PlanGraph.tsx')).default)

/** Shows where in the text a step of a plan comes from; null shows nothing. */
export type OnSpan = (span: Span | null) => void

/** The plan of a result, asked for when it is first looked at; measuring runs the statement again. */
export function PlanOf({ tab, onSpan }: { tab: ResultTab; onSpan: OnSpan }) {
  const [analyze, setAnalyze] = useState(false)
  const plan = useCall((clients, signal) => explainPlan(clients, tab, analyze, signal), [tab.key, analyze])
  if (plan.error)
    return <ErrorView compact title="There is no plan" error={plan.error} advice="Only queries have a plan." />
  if (!plan.data) return <Loading label={analyze ? 'Measuring…' : 'Planning…'} />
  return (
    <PlanView
      plan={plan.data}
      sql={tab.sql}
      dialect={tab.engine}
      onSpan={onSpan}
      analyzed={analyze && !plan.loading}
      {...(!analyze && { onAnalyze: () => setAnalyze(true) })}
    />
  )
}

/** A plan as a graph and as rows, the dearest step chosen, with what each does; its text one tab away. */
export function PlanView(props: {
  plan: Plan
  sql: string
  dialect: Dialect
  analyzed: boolean
  onAnalyze?: () => void
  onSpan: OnSpan
}) {
  const { plan, analyzed, onAnalyze } = props
  const root = useMemo(() => readPlan(plan.plan), [plan])
  const [view, setView] = useState<'graph' | 'steps' | 'text'>('graph')
  if (!root) return <PlanText text={plan.text} />
  return (
    <Tabs
      label="Views of the plan"
      size="s"
      value={view}
      onChange={setView}
      tabs={[
        { id: 'graph', title: 'Graph' },
        { id: 'steps', title: analyzed ? 'Measured steps' : 'Steps' },
        { id: 'text', title: 'Text' },
      ]}
      actions={
        onAnalyze && (
          <Button size="s" onClick={onAnalyze}>
            Run and measure
          </Button>
        )
      }
    >
      {view === 'text' ? (
        <PlanText text={plan.text} />
      ) : (
        <Steps
          key={String(root.ms !== null)}
          root={root}
          sql={props.sql}
          dialect={props.dialect}
          onSpan={props.onSpan}
          graph={view === 'graph'}
        />
      )}
    </Tabs>
  )
}

function PlanText({ text }: { text: string }) {
  return (
    <pre className={styles.text} data-selectable>
      {text}
    </pre>
  )
}

function Steps({
  root,
  sql,
  dialect,
  onSpan,
  graph,
}: {
  root: PlanStep
  sql: string
  dialect: Dialect
  onSpan: OnSpan
  graph: boolean
}) {
  const rows = useMemo(() => flatPlan(root), [root])
  const dearest = rows.reduce((most, row) => ((row.step.share ?? 0) > (most.step.share ?? 0) ? row : most), rows[0])
  const [chosen, setChosen] = useState(dearest.step.id)
  const [width, setWidth] = useState(320)
  const step = rows.find((row) => row.step.id === chosen)?.step ?? root
  const span = useMemo(() => spanOf(step, sql, dialect), [step, sql, dialect])
  useEffect(() => {
    onSpan(span)
    return () => onSpan(null)
  }, [span, onSpan])
  return (
    <SplitPane
      sized="second"
      size={width}
      onSize={setWidth}
      min={200}
      restore={320}
      label="Width of the step's details"
      first={
        graph ? (
          <PlanGraph root={root} chosen={step.id} onChoose={setChosen} />
        ) : (
          <StepTable rows={rows} chosen={step.id} onChoose={setChosen} />
        )
      }
      second={
        <div className={styles.planDetails}>
          <Section title={step.title}>
            <PropertyList
              items={[
                step.ms !== null && ['Time', formatDuration(step.ms)],
                step.rows !== null && ['Rows out', step.rows.toLocaleString()],
                step.rowsScanned !== null &&
                  step.rowsScanned > 0 && ['Rows scanned', step.rowsScanned.toLocaleString()],
                step.bytes !== null && ['Bytes out', formatBytes(step.bytes)],
                step.estimatedRows !== null && ['Rows expected', step.estimatedRows.toLocaleString()],
                ...step.details,
              ]}
            />
          </Section>
          {span && (
            <Section title="Where it comes from">
              <pre className={planStyles.source}>{sql.slice(span.from, span.to)}</pre>
            </Section>
          )}
        </div>
      }
    />
  )
}

function StepTable({
  rows,
  chosen,
  onChoose,
}: {
  rows: ReturnType<typeof flatPlan>
  chosen: string
  onChoose: (id: string) => void
}) {
  const measured = rows[0].step.ms !== null
  return (
    <div className={styles.plan}>
      <table>
        <thead>
          <tr>
            <th scope="col">Step</th>
            {measured && <th scope="col">Time</th>}
            {measured && <th scope="col">Share</th>}
            {measured && <th scope="col">Rows</th>}
            <th scope="col">Rows expected</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ step: row, depth }) => (
            <tr key={row.id} data-chosen={row.id === chosen || undefined}>
              <th scope="row">
                <button
                  type="button"
                  style={{ paddingLeft: 8 + depth * 16 }}
                  aria-pressed={row.id === chosen}
                  onClick={() => onChoose(row.id)}
                >
                  {row.title}
                </button>
              </th>
              {measured && <td>{row.ms === null ? '' : formatDuration(row.ms)}</td>}
              {measured && (
                <td>
                  <span className={styles.cost} data-heat={heatOf(row)}>
                    <i style={{ width: `${Math.round((row.share ?? 0) * 48)}px` }} />
                    {row.share === null ? '' : formatPercent(row.share, 0)}
                  </span>
                </td>
              )}
              {measured && <td>{row.rows === null ? '' : row.rows.toLocaleString()}</td>}
              <td>{row.estimatedRows === null ? '' : formatCompact(row.estimatedRows)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
