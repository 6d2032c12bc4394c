import { Tabs } from '../../../ui/index.ts'
import { type Pane, useBuilder, useRunWarnings, useSession, useUi } from '../context.ts'
import { HistoryPane } from './HistoryPane.tsx'
import { ProblemsPane } from './ProblemsPane.tsx'
import { RowsPane } from './RowsPane.tsx'
import { RunPane } from './RunPane.tsx'
import { TimelinePane } from './TimelinePane.tsx'

/** What lies below the canvas: rows, problems and the run. */
export function Panes() {
  const { ui } = useBuilder()
  const pane = useUi((state) => state.pane)
  const problems = useSession((state) => state.problems.length) + useRunWarnings().length
  const tabs: { id: Pane; title: string; badge?: number }[] = [
    { id: 'rows', title: 'Rows' },
    { id: 'problems', title: 'Problems', ...(problems > 0 && { badge: problems }) },
    { id: 'run', title: 'Run' },
    { id: 'timeline', title: 'Timeline' },
    { id: 'history', title: 'History' },
  ]
  return (
    <Tabs
      label="Details of the pipeline"
      size="s"
      tabs={tabs}
      value={pane}
      onChange={(next) => ui.setState({ pane: next })}
    >
      {pane === 'rows' && <RowsPane />}
      {pane === 'problems' && <ProblemsPane />}
      {pane === 'run' && <RunPane />}
      {pane === 'timeline' && <TimelinePane />}
      {pane === 'history' && <HistoryPane />}
    </Tabs>
  )
}
