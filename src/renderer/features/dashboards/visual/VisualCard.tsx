import { ChevronRight, CircleAlert, Ellipsis, ListFilter } from 'lucide-react'
import { memo, use, useMemo } from 'react'
import { missingRoles, type SheetFilter, type Visual, visualQuery } from '../../../../engines/bi/dashboard.ts'
import { formatNumber } from '../../../lib/index.ts'
import { Button, cx, EmptyState, ErrorView, IconButton, Menu, type MenuItem, Spinner } from '../../../ui/index.ts'
import { charts } from '../charts/index.ts'
import { DataSetsContext, drillTo, pickFilters, useDashboard, useReader } from '../context.ts'
import { drilled } from '../model/fields.ts'
import { formatPeriod } from '../model/format.ts'
import { soFar } from '../model/period.ts'
import { filterText } from '../model/words.ts'
import { useVisualData } from './useVisualData.ts'
import { useVisualMenu } from './useVisualMenu.tsx'
import { VisualBody } from './VisualBody.tsx'
import styles from './visual.module.css'

const NO_STEPS: never[] = []
/** Kinds that run along periods and draw an unfinished one apart; a KPI says it in its own words. */
const MARKS_LAST: ReadonlySet<string> = new Set(['line', 'area', 'bar', 'combo'])

interface VisualCardProps {
  visual: Visual
  /** Filters of the sheet and of its controls. */
  filters: readonly SheetFilter[]
  selected: boolean
  /** Rises when data in direct query are to be asked again. */
  tick: number
}

const CardMenu = memo(function CardMenu({ title, items }: { title: string; items: MenuItem[] }) {
  return (
    <span className={styles.actions}>
      <Menu
        align="end"
        trigger={<IconButton size="s" icon={<Ellipsis size={14} />} label={`Actions of ${title || 'visual'}`} />}
        items={items}
      />
    </span>
  )
})

export const VisualCard = memo(function VisualCard({ visual, filters, selected, tick }: VisualCardProps) {
  const { reader } = useDashboard()
  const { versions, byId, list, filling } = use(DataSetsContext)
  const picks = useReader((state) => state.picks)
  const steps = useReader((state) => state.drills[visual.id]) ?? NO_STEPS
  const shown = useMemo(() => drilled(visual, steps), [visual, steps])
  const missing = missingRoles(visual)
  const unknown = list !== undefined && !byId.has(visual.dataSet)
  const all = useMemo(() => [...filters, ...pickFilters(picks, visual.id)], [filters, picks, visual.id])
  const query = useMemo(
    () => (missing.length > 0 || unknown ? null : visualQuery(shown, all)),
    [shown, all, missing.length, unknown],
  )
  const data = useVisualData(shown, query, versions[visual.dataSet], tick, filling.has(visual.dataSet))
  const active = all.filter((its) => its.dataSet === visual.dataSet && (its.visuals?.includes(visual.id) ?? true))
  // Filters of the sheet and its controls stand in the bar above all visuals: the card shows a sign for those of its own.
  const own =
    visual.filters.length > 0 || pickFilters(picks, visual.id).some(({ dataSet }) => dataSet === visual.dataSet)
  const filterLines = [...visual.filters, ...active.map(({ filter }) => filter)].map(filterText)
  const menu = useVisualMenu(visual, shown, data.held, filterLines)
  const rows = data.held?.answer.values[0]?.length ?? 0
  const current = query && data.held?.key === JSON.stringify(query) ? shown : null
  const { icon: Icon } = charts[visual.kind]
  return (
    <>
      <header className={cx(styles.header, 'visual-handle')}>
        <span className={styles.names} title={[visual.title, visual.subtitle].filter(Boolean).join(': ')}>
          <h3 className={styles.title}>{visual.title || 'Untitled'}</h3>
          {visual.subtitle && <span className={styles.subtitle}>{visual.subtitle}</span>}
        </span>
        {steps.length > 0 && (
          <nav className={styles.drill} aria-label="Opened periods">
            <button type="button" onClick={() => drillTo(reader, visual.id, 0)}>
              All
            </button>
            {steps.map((step, depth) => (
              <span key={step.granularity}>
                <ChevronRight size={11} aria-hidden />
                <button
                  type="button"
                  onClick={() => drillTo(reader, visual.id, depth + 1)}
                  disabled={depth === steps.length - 1}
                >
                  {formatPeriod(step.value, step.granularity)}
                </button>
              </span>
            ))}
          </nav>
        )}
        <span className={styles.space} />
        {data.error && data.held && (
          <span className={styles.stale} title={`These data are not the newest: ${data.error.message}`}>
            <CircleAlert size={13} aria-label="The last refresh failed" />
          </span>
        )}
        {data.held?.last && !data.held.last.whole && MARKS_LAST.has(visual.kind) && (
          <span className={styles.truncated} title="The last period is not whole: it is drawn dashed or pale">
            {soFar(data.held.last)}
          </span>
        )}
        {own && (
          <span
            className={styles.filtered}
            title={filterLines.join('\n')}
            role="img"
            aria-label={`Filtered: ${filterLines.join('; ')}`}
          >
            <ListFilter size={12} aria-hidden />
          </span>
        )}
        {data.held?.answer.truncated && visual.limit === undefined && (
          <span
            className={styles.truncated}
            title="There are more groups than are drawn: filter, or raise the limit in the inspector"
          >
            first {formatNumber(rows)}
          </span>
        )}
        {data.loading && data.held && <Spinner size={12} />}
        <CardMenu title={visual.title} items={menu} />
      </header>
      {unknown ? (
        <p className={styles.absent} title={`There is no data set ${visual.dataSet}`}>
          “{visual.dataSet}” is not there
        </p>
      ) : missing.length > 0 ? (
        <div className={styles.message}>
          <EmptyState
            icon={<Icon size={18} />}
            title={`${charts[visual.kind].title}: ${missing.map(({ title }) => title.toLowerCase()).join(' and ')} missing`}
            actions={
              !selected && (
                <Button size="s" onClick={() => reader.setState({ selected: visual.id })}>
                  Edit
                </Button>
              )
            }
          >
            Drag a field here, or choose one in the inspector.
          </EmptyState>
        </div>
      ) : data.error && !data.held ? (
        <div className={styles.message}>
          <ErrorView
            compact
            title="This visual cannot be drawn"
            error={data.error}
            actions={
              <Button size="s" onClick={data.reload}>
                Try again
              </Button>
            }
          />
        </div>
      ) : data.held && rows === 0 ? (
        <div className={styles.message}>
          <EmptyState title="No rows">
            {filterLines.length > 0
              ? `Nothing is left by: ${filterLines.join('; ')}.`
              : 'The data set is empty: refresh it, or run its pipeline.'}
          </EmptyState>
        </div>
      ) : (
        <VisualBody held={data.held} current={current} />
      )}
    </>
  )
})
