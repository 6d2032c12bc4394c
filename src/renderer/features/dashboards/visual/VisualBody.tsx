import { Component, type ReactNode, use, useCallback, useDeferredValue, useMemo, useRef } from 'react'
import type { DataSet } from '../../../../engines/bi/contract.ts'
import { type Visual, visualFields } from '../../../../engines/bi/dashboard.ts'
import { EngineError } from '../../../../engines/kit/pure/errors.ts'
import { useSize } from '../../../lib/index.ts'
import { ErrorView, Loading } from '../../../ui/index.ts'
import type { Mark } from '../charts/define.ts'
import { charts } from '../charts/index.ts'
import { DataSetsContext, drillInto, togglePick, useDashboard, useReader } from '../context.ts'
import type { Held } from './useVisualData.ts'
import styles from './visual.module.css'

/**
 * The chart of a visual, drawn from the answer it holds. The room for it is measured while the answer is on its way: a chart that had to wait
 * for its size would be drawn together with others that do, in one long task.
 */
export function VisualBody({ held, current }: { held: Held | null; current: Visual | null }) {
  const { ref, size: room } = useSize<HTMLDivElement>()
  // Deferred: what a measurement changes is drawn without a pause otherwise, and a chart is much to draw.
  const size = useDeferredValue(room)
  return (
    <div ref={ref} className={styles.body} data-testid="visual-body">
      {held === null ? (
        <Loading label="Asking…" />
      ) : (
        size && size.width > 20 && size.height > 20 && <Drawn held={held} current={current} size={size} />
      )}
    </div>
  )
}

function Drawn({
  held,
  current,
  size,
}: {
  held: Held
  current: Visual | null
  size: { width: number; height: number }
}) {
  const { reader, colors } = useDashboard()
  // While a new answer is on its way the old one is drawn as it was asked for.
  const visual = current ?? held.visual
  const chart = charts[visual.kind]
  const fields = useMemo(() => visualFields(visual), [visual])
  const options = useMemo(() => {
    const parsed = chart.options.safeParse(visual.options)
    return parsed.success ? parsed.data : chart.options.parse({})
  }, [chart, visual.options])
  const picked = useReader((state) => state.picks.find((pick) => pick.visual === visual.id)?.key ?? null)
  const onPick = useCallback((mark: Mark) => togglePick(reader, visual, mark), [reader, visual])
  const { byId } = use(DataSetsContext)
  // Asked when a mark is opened, so that a chart is not drawn anew with every news of a data set.
  const columns = useRef<DataSet['columns']>(undefined)
  columns.current = byId.get(visual.dataSet)?.columns
  const onOpen = useCallback(
    (mark: Mark) => {
      const days = new Set(columns.current?.filter(({ type }) => type === 'date').map(({ name }) => name))
      drillInto(reader, visual, mark, days)
    },
    [reader, visual],
  )
  return (
    <DrawGuard key={`${visual.kind}:${JSON.stringify(visual.fields)}`} question={held.key}>
      <chart.Component
        visual={visual}
        fields={fields}
        answer={held.answer}
        last={held.last}
        compared={held.compared}
        options={options}
        width={size.width}
        height={size.height}
        colors={colors}
        picked={picked}
        onPick={onPick}
        onOpen={onOpen}
      />
    </DrawGuard>
  )
}

/** A visual that cannot be drawn says so in its own place; the others stay. */
class DrawGuard extends Component<{ children: ReactNode; question: string }, { error: EngineError | null }> {
  override state = { error: null as EngineError | null }

  static getDerivedStateFromError(thrown: unknown) {
    return { error: EngineError.from(thrown) }
  }

  override componentDidUpdate(before: { question: string }) {
    if (this.state.error && before.question !== this.props.question) this.setState({ error: null })
  }

  override render() {
    const { error } = this.state
    return error ? <ErrorView compact title="This visual cannot be drawn" error={error} /> : this.props.children
  }
}
