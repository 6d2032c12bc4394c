import { useMemo, useState } from 'react'
import { formatCompact, formatDuration, formatPercent, useCall } from '../../../lib/index.ts'
import { Button, ErrorView, Loading, PropertyList, Section, SplitPane, Tabs } from '../../../ui/index.ts'
import { explainPlan } from '../execution.ts'
import { flatPlan, type PlanStep, readPlan } from '../model/plan.ts'
import type { Plan, ResultTab } from '../session.ts'
import styles from '../sql.module.css'

/** The plan of a result, asked for when it is first looked at; measuring runs the statement again. */
export function PlanOf({ tab }: { tab: ResultTab }) {
  const [analyze, setAnalyze] = useState(false)
  const plan = useCall((clients, signal) => explainPlan(clients, tab, analyze, signal), [tab.key, analyze])
  if (plan.error)
    return <ErrorView compact title="There is no plan" error={plan.error} advice="Only queries have a plan." />
  if (!plan.data) return <Loading label={analyze ? 'Measuring…' : 'Planning…'} />
  return (
    <PlanView
      plan={plan.data}
      analyzed={analyze && !plan.loading}
      {...(!analyze && { onAnalyze: () => setAnalyze(true) })}
    />
  )
}

/** The steps of a plan, the dearest marked, with what each does; its text one tab away. */
export function PlanView({ plan, analyzed, onAnalyze }: { plan: Plan; analyzed: boolean; onAnalyze?: () => void }) {
  const root = useMemo(() => readPlan(plan.plan), [plan])
  const [view, setView] = useState<'steps' | 'text'>('steps')
  if (!root) return <PlanText text={plan.text} />
  return (
    <Tabs
      label="Views of the plan"
      size="s"
      value={view}
      onChange={setView}
      tabs={[
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
      {view === 'text' ? <PlanText text={plan.text} /> : <Steps key={String(root.ms !== null)} root={root} />}
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

function Steps({ root }: { root: PlanStep }) {
  const rows = useMemo(() => flatPlan(root), [root])
  const measured = root.ms !== null
  const dearest = rows.reduce((most, row) => ((row.step.share ?? 0) > (most.step.share ?? 0) ? row : most), rows[0])
  const [chosen, setChosen] = useState(dearest.step.id)
  const [width, setWidth] = useState(320)
  const step = rows.find((row) => row.step.id === chosen)?.step ?? root
  return (
    <SplitPane
      sized="second"
      size={width}
      onSize={setWidth}
      min={200}
      restore={320}
      label="Width of the step's details"
      first={
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
                <tr key={row.id} data-chosen={row.id === step.id || undefined}>
                  <th scope="row">
                    <button
                      type="button"
                      style={{ paddingLeft: 8 + depth * 16 }}
                      aria-pressed={row.id === step.id}
                      onClick={() => setChosen(row.id)}
                    >
                      {row.title}
                    </button>
                  </th>
                  {measured && <td>{row.ms === null ? '' : formatDuration(row.ms)}</td>}
                  {measured && (
                    <td>
                      <span className={styles.cost} data-heat={heat(row.share)}>
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
                step.estimatedRows !== null && ['Rows expected', step.estimatedRows.toLocaleString()],
                ...step.details,
              ]}
            />
          </Section>
        </div>
      }
    />
  )
}

function heat(share: number | null): string {
  return share === null || share < 0.1 ? 'cold' : share < 0.4 ? 'warm' : 'hot'
}
