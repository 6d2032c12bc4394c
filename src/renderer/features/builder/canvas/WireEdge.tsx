import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getBezierPath, getSmoothStepPath } from '@xyflow/react'
import { CircleDot, Pause, Play, StepForward, TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import type { PortType } from '../../../../engines/pipeline/nodes/define.ts'
import { formatCompact, formatNumber, formatRate, runCommand } from '../../../lib/index.ts'
import { cx, IconButton } from '../../../ui/index.ts'
import { useBuilder, useProblemsAt, useUi, useWireView } from '../context.ts'
import { wireKey } from '../model/items.ts'
import type { Flow, WireView } from '../model/run-view.ts'
import { PORT_COLORS } from './PortShape.tsx'
import styles from './WireEdge.module.css'

export type WireFlowEdge = Edge<{ type: PortType | null; wire: string }, 'wire'>

const FLOW_COLORS: Record<Flow, string> = {
  still: 'var(--control-line)',
  flowing: 'var(--green)',
  slowed: 'var(--amber)',
  blocked: 'var(--red)',
}

/** A wire: as thick as its rate by tens, coloured by pressure, with both in words beside it. */
export const WireEdge = memo(function WireEdge(props: EdgeProps<WireFlowEdge>) {
  const { id, data, selected } = props
  const wire = data?.wire ?? id
  const view = useWireView(wire)
  const condition = useUi((ui) => ui.breakpoints.get(wire))
  const problems = useProblemsAt(wireKey(wire))
  const [path, x, y] = pathOf(props)
  const color =
    problems.length > 0 ? 'var(--red)' : view ? FLOW_COLORS[view.flow] : PORT_COLORS[data?.type ?? 'records']
  const width = view?.width ?? 1.5
  return (
    <>
      {selected && <path d={path} fill="none" className={styles.halo} style={{ strokeWidth: width + 8 }} />}
      <BaseEdge
        id={id}
        path={path}
        interactionWidth={24}
        style={{
          stroke: color,
          strokeWidth: width,
          strokeDasharray: problems.length > 0 ? '6 4' : undefined,
          opacity: view || selected || problems.length > 0 ? 1 : 0.75,
        }}
      />
      {(view || condition !== undefined || problems.length > 0) && (
        <EdgeLabelRenderer>
          <WireLabel {...{ wire, view, condition, x, y }} selected={selected ?? false} problem={problems[0]?.message} />
        </EdgeLabelRenderer>
      )}
    </>
  )
})

/** A wire that leads back goes round the cards at right angles: a curve would bend out of sight behind them. */
function pathOf(props: EdgeProps<WireFlowEdge>) {
  if (props.targetX < props.sourceX) return getSmoothStepPath({ ...props, borderRadius: 12 })
  const [path] = getBezierPath(props)
  return [path, ...onCurve(props, LABEL_AT)] as const
}

/** Short of the middle, where the labels of two wires that cross would cover each other. */
const LABEL_AT = 0.4

/** A point on the library's curve from left to right, whose handles both stand half way across. */
function onCurve({ sourceX, sourceY, targetX, targetY }: EdgeProps, t: number): readonly [number, number] {
  const middle = (sourceX + targetX) / 2
  const at = (from: number, handleA: number, handleB: number, to: number) =>
    (1 - t) ** 3 * from + 3 * (1 - t) ** 2 * t * handleA + 3 * (1 - t) * t ** 2 * handleB + t ** 3 * to
  return [at(sourceX, middle, middle, targetX), at(sourceY, sourceY, targetY, targetY)]
}

interface LabelProps {
  wire: string
  view: WireView | undefined
  condition: string | undefined
  problem: string | undefined
  selected: boolean
  x: number
  y: number
}

const WireLabel = memo(function WireLabel({ wire, view, condition, problem, selected, x, y }: LabelProps) {
  const { session } = useBuilder()
  const calm = !view?.paused && problem === undefined && (view?.flow === 'still' || view?.flow === 'flowing')
  const pick = () => session.select([wireKey(wire)])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the outline is the keyboard's way to a wire
    <div
      className={cx(
        'nodrag nopan',
        styles.label,
        calm ? styles.calm : !view?.paused && styles.stacked,
        selected && styles.selected,
        view?.paused && styles.paused,
      )}
      style={{ translate: `calc(${x}px - 50%) calc(${y}px - 50%)` }}
      data-wire={wire}
      onMouseDown={pick}
      title={titleOf(view, condition, problem)}
    >
      {problem !== undefined && <TriangleAlert size={12} className={styles.bad} aria-label="Problem" />}
      {condition !== undefined && <CircleDot size={12} className={styles.breakpoint} aria-label="Breakpoint" />}
      {view?.paused ? <PausedLabel wire={wire} /> : view && <RateLabel view={view} />}
    </div>
  )
})

function RateLabel({ view }: { view: WireView }) {
  return (
    <>
      <span>{view.rate > 0 ? `${formatCompact(view.rate)}/s` : formatCompact(view.rows)}</span>
      {view.flow === 'slowed' && <span className={styles.warn}>▲ {Math.round(view.pressure * 100)} %</span>}
      {view.flow === 'blocked' && <span className={styles.bad}>■ {Math.round(view.pressure * 100)} %</span>}
    </>
  )
}

/** The way on stands at the wire itself, where the row is. */
function PausedLabel({ wire }: { wire: string }) {
  const { session } = useBuilder()
  const act = (command: string) => {
    session.select([wireKey(wire)])
    runCommand(command)
  }
  return (
    <>
      <Pause size={12} aria-hidden />
      <span>Paused</span>
      <IconButton
        size="s"
        icon={<StepForward size={13} />}
        label="Step: let one row through"
        shortcut="F10"
        onClick={() => act('builder.step')}
      />
      <IconButton
        size="s"
        icon={<Play size={13} />}
        label="Continue"
        shortcut="F8"
        onClick={() => act('builder.pause')}
      />
    </>
  )
}

function titleOf(view: WireView | undefined, condition: string | undefined, problem: string | undefined): string {
  return [
    problem,
    view &&
      `${formatNumber(view.rows)} rows, ${formatRate(view.rate, 'rows')}, ${Math.round(view.pressure * 100)} % of the time full`,
    condition !== undefined && (condition === '' ? 'Breakpoint: stops at every row' : `Breakpoint: ${condition}`),
  ]
    .filter(Boolean)
    .join('\n')
}
