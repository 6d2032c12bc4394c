import { ChartColumn, Code, Diff, Grid2x2, Route, Table2, TriangleAlert } from 'lucide-react'
import { useCallback } from 'react'
import { useStore } from 'zustand'
import { fileName } from '../../../lib/document-names.ts'
import { Inspector, loadable, openDocument, plural, useDocuments } from '../../../lib/index.ts'
import { Button, EmptyState, Kbd, Loading, StateDot, Tabs } from '../../../ui/index.ts'
import { markSpan } from '../editing.ts'
import { type Execution, STATES } from '../execution.ts'
import { exportName } from '../model/export-name.ts'
import type { Span } from '../model/plan-span.ts'
import type { Seen } from '../model/seen.ts'
import { gist } from '../model/statements.ts'
import type { ResultTab, Session } from '../session.ts'
import styles from '../sql.module.css'
import type { Actions } from '../useActions.ts'
import { CompareView } from './CompareView.tsx'
import { CutOff } from './CutOff.tsx'
import { Failed, notRun } from './Failed.tsx'
import { LookView } from './LookView.tsx'
import { PivotView } from './PivotView.tsx'
import { PlanOf, PlanView } from './PlanView.tsx'
import { ResultTable } from './ResultTable.tsx'
import { ExecutionFacts } from './RowInspector.tsx'
import { Running, Summary } from './Summary.tsx'

const ChartView = loadable(async () => (await import('./ChartView.tsx')).default)

/** The results of the last run, one tab for each statement, and over them the rows of an inner query while one looks at them. */
export function ResultPane(props: {
  session: Session
  actions: Actions
  onJump: (line: number, column: number) => void
}) {
  const looking = useStore(props.session.store, (state) => state.look !== null)
  return (
    <div className={styles.pane}>
      {/* Beneath it stays as it is: sorted, scrolled, looked into. */}
      <div className={styles.pane} inert={looking}>
        <Results {...props} />
      </div>
      <LookView session={props.session} />
    </div>
  )
}

function Results({
  session,
  actions,
  onJump,
}: {
  session: Session
  actions: Actions
  onJump: (line: number, column: number) => void
}) {
  const results = useStore(session.store, (state) => state.results)
  const shown = useStore(session.store, (state) => state.shown)
  const current = results.find(({ key }) => key === shown) ?? results.at(-1)
  if (!current) return <Nothing session={session} />
  const one = <Result key={current.key} tab={current} session={session} actions={actions} onJump={onJump} />
  if (results.length === 1)
    return (
      <section aria-label="Results" className={styles.results}>
        {one}
      </section>
    )
  return (
    <section aria-label="Results" className={styles.results}>
      <Tabs
        label="Statements"
        size="s"
        value={current.key}
        onChange={(key) => session.store.setState({ shown: key })}
        tabs={results.map((tab, index) => ({
          id: tab.key,
          title: tab.explained ? `Plan: ${gist(tab.sql, 20)}` : `${index + 1} · ${gist(tab.sql, 24)}`,
          icon: <TabState tab={tab} />,
        }))}
      >
        {one}
      </Tabs>
    </section>
  )
}

function TabState({ tab }: { tab: ResultTab }) {
  if (tab.explained && !tab.error) return <Route size={13} aria-hidden />
  const state = tab.error ? 'failed' : (tab.execution?.state ?? 'waiting')
  return <StateDot state={STATES[state].shape} text={STATES[state].text} hideText />
}

function Result({
  tab,
  session,
  actions,
  onJump,
}: {
  tab: ResultTab
  session: Session
  actions: Actions
  onJump: (line: number, column: number) => void
}) {
  const onSpan = useCallback((span: Span | null) => markSpan(session.key, tab, span), [session, tab])
  const named = useCallback(
    (sql: string) => exportName(session.path, placeOf(session, tab.key), sql),
    [session, tab.key],
  )
  const { execution, error, seen } = tab
  const { view = 'rows', filter = '' } = seen ?? {}
  const see = (next: Seen) => session.setResult(tab.key, { seen: { ...seen, ...next } })
  const facts = execution && (
    <Inspector>
      <ExecutionFacts execution={execution} />
    </Inspector>
  )
  if (error || execution?.state === 'failed')
    return (
      <>
        <Failed tab={tab} onJump={onJump} />
        {facts}
      </>
    )
  if (tab.explained)
    return tab.plan ? (
      <PlanView plan={tab.plan} sql={tab.sql} dialect={tab.engine} analyzed={tab.explained.analyze} onSpan={onSpan} />
    ) : (
      <Running tab={tab} session={session} onCancel={actions.cancel} />
    )
  if (execution?.state === 'cancelled' && execution.error)
    return (
      <>
        <CutOff execution={execution} session={session} onRun={() => actions.run('chosen')} />
        {facts}
      </>
    )
  if (execution?.state === 'cancelled')
    return (
      <EmptyState title="Cancelled" actions={<Button onClick={() => actions.run('chosen')}>Run again</Button>}>
        The query was stopped; nothing of it runs any more. {notRun(tab)}
      </EmptyState>
    )
  if (execution?.state !== 'done')
    return (
      <div className={styles.waiting}>
        <Running tab={tab} session={session} onCancel={actions.cancel} />
        {tab.previous?.columns && tab.previous.columns.length > 0 && (
          <section className={styles.stale} aria-label="Result of the run before">
            <ResultTable execution={tab.previous} />
          </section>
        )}
      </div>
    )
  const rows = (execution.columns?.length ?? 0) > 0
  const tabs = [
    { id: 'rows' as const, title: rows ? 'Rows' : 'Outcome', icon: <Table2 size={13} /> },
    ...(rows
      ? [
          { id: 'chart' as const, title: 'Chart', icon: <ChartColumn size={13} /> },
          { id: 'pivot' as const, title: 'Pivot', icon: <Grid2x2 size={13} /> },
          { id: 'compare' as const, title: 'Compare', icon: <Diff size={13} /> },
        ]
      : []),
    { id: 'plan' as const, title: 'Plan', icon: <Route size={13} /> },
    { id: 'sql' as const, title: 'SQL', icon: <Code size={13} /> },
  ]
  return (
    <Tabs
      label="Views of the result"
      size="s"
      tabs={tabs}
      value={view}
      onChange={(view) => see({ view })}
      actions={<Summary tab={tab} />}
    >
      <Notes notes={execution.notes} />
      {view === 'rows' &&
        (rows ? (
          <ResultTable execution={execution} filter={filter} onFilter={(text) => see({ filter: text })} named={named} />
        ) : (
          <Outcome tab={tab} />
        ))}
      {view === 'chart' && (
        <ChartView execution={execution} filter={filter} chart={seen?.chart} onChart={(chart) => see({ chart })} />
      )}
      {view === 'pivot' && (
        <PivotView execution={execution} filter={filter} pivot={seen?.pivot} onPivot={(pivot) => see({ pivot })} />
      )}
      {view === 'compare' && <CompareView execution={execution} others={othersOf(session, tab)} />}
      {view === 'plan' && <PlanOf tab={tab} onSpan={onSpan} />}
      {!(view === 'rows' && rows) && facts}
      {view === 'sql' && (
        <pre className={styles.text} data-selectable>
          {tab.sql}
        </pre>
      )}
    </Tabs>
  )
}

/** What stands above the rows, since they are not all that there is. */
function Notes({ notes = [] }: { notes?: readonly string[] | undefined }) {
  if (notes.length === 0) return null
  return (
    <div className={styles.notes} role="note" data-selectable>
      <TriangleAlert size={13} aria-hidden />
      <p>{notes.join(' ')}</p>
    </div>
  )
}

/** Which of the results it is; plans are none. */
const placeOf = ({ state }: Session, key: string) =>
  state.results.filter(({ explained }) => !explained).findIndex((each) => each.key === key)

/** What a result may be compared with: the one before it in its place, then those of the other statements. */
function othersOf(session: Session, tab: ResultTab): readonly Execution[] {
  const beside = session.state.results.filter(({ key }) => key !== tab.key).map(({ execution }) => execution)
  return [tab.previous, ...beside].filter((each) => each?.state === 'done' && each.columns?.length) as Execution[]
}

function Outcome({ tab }: { tab: ResultTab }) {
  const rows = tab.execution?.rowCount
  return (
    <EmptyState title="Done">
      {rows === null || rows === undefined
        ? 'The statement gives no rows.'
        : `${plural(rows, 'row')} ${rows === 1 ? 'was' : 'were'} written or changed.`}
    </EmptyState>
  )
}

/** Before the first run: how to run, and something to begin with. */
function Nothing({ session }: { session: Session }) {
  const samples = useDocuments(['queries'])
  const running = useStore(session.store, (state) => state.running)
  const others = (samples.data ?? []).filter(({ path }) => path !== session.path).slice(0, 4)
  if (running) return <Loading />
  return (
    <section aria-label="Results" className={styles.results}>
      <EmptyState
        icon={samples.error ? <TriangleAlert size={18} /> : <Table2 size={18} />}
        title="Results appear here"
        actions={others.map(({ path }) => (
          <Button key={path} size="s" onClick={() => openDocument(path)}>
            {fileName(path)}
          </Button>
        ))}
      >
        <Kbd keys="Mod+Enter" /> runs the statement at the cursor, <Kbd keys="Mod+Shift+Enter" /> all of them. Drag
        tables and columns from the left into the text.{others.length > 0 && ' Or open a query that is there:'}
      </EmptyState>
    </section>
  )
}
