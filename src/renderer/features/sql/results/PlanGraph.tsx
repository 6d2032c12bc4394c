import dagre from '@dagrejs/dagre'
import { type Edge, Handle, type Node, type NodeProps, Position, type ReactFlowInstance } from '@xyflow/react'
import { useEffect, useMemo, useRef } from 'react'
import { GraphView } from '../../../lib/GraphView.tsx'
import { formatBytes, formatCompact, formatDuration, formatPercent } from '../../../lib/index.ts'
import { flatPlan, heatOf, misjudged, type PlanStep } from '../model/plan.ts'
import styles from './plan.module.css'

const WIDTH = 252
const HEIGHT = 76
/** Smaller than this the words of a step cannot be read: a larger plan begins at the step that is chosen. */
const READABLE = 0.8
/** So many times too many or too few rows are worth a word. */
const FAR_OFF = 10

type StepNode = Node<{ step: PlanStep; chosen: boolean; onChoose: (id: string) => void }, 'step'>

/** The plan as it flows: from the tables at the bottom to the result at the top. */
export default function PlanGraph({
  root,
  chosen,
  onChoose,
}: {
  root: PlanStep
  chosen: string
  onChoose: (id: string) => void
}) {
  const placed = useMemo(() => layOut(root), [root])
  const nodes = placed.nodes.map(
    ({ step, x, y }): StepNode => ({
      id: step.id,
      type: 'step',
      position: { x, y },
      data: { step, chosen: step.id === chosen, onChoose },
      width: WIDTH,
      height: HEIGHT,
    }),
  )
  const box = useRef<HTMLDivElement>(null)
  const flow = useRef<ReactFlowInstance<StepNode> | null>(null)
  const centre = (made: ReactFlowInstance<StepNode>) => {
    const at = placed.nodes.find(({ step }) => step.id === chosen)
    if (!at || !box.current) return
    const zoom = made.getZoom()
    const bounds = made.getNodesBounds(made.getNodes())
    const { clientWidth, clientHeight } = box.current
    void made.setViewport({
      zoom,
      x: within(clientWidth / 2 - (at.x + WIDTH / 2) * zoom, bounds.x * zoom, bounds.width * zoom, clientWidth),
      y: within(clientHeight / 2 - (at.y + HEIGHT / 2) * zoom, bounds.y * zoom, bounds.height * zoom, clientHeight),
    })
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: a step that is chosen by the arrows comes into sight; the plan stays where it was dragged to until then
  useEffect(() => {
    const at = placed.nodes.find(({ step }) => step.id === chosen)
    if (!flow.current || !box.current || !at) return
    const { x, y, zoom } = flow.current.getViewport()
    const [left, top] = [at.x * zoom + x, at.y * zoom + y]
    const { clientWidth, clientHeight } = box.current
    if (left < 0 || top < 0 || left + WIDTH * zoom > clientWidth || top + HEIGHT * zoom > clientHeight)
      centre(flow.current)
  }, [chosen])
  return (
    <GraphView
      box={box}
      nodes={nodes}
      edges={placed.edges}
      nodeTypes={NODE_TYPES}
      fit={{ padding: 0.1, maxZoom: 1 }}
      onInit={async (made) => {
        flow.current = made
        await made.fitView({ padding: 0.1, minZoom: READABLE, maxZoom: 1 })
        const { width, height } = made.getNodesBounds(made.getNodes())
        const { clientWidth = 0, clientHeight = 0 } = box.current ?? {}
        if (width * READABLE > clientWidth || height * READABLE > clientHeight) centre(made)
      }}
      minZoom={0.1}
      maxZoom={2}
      aria-label="Plan"
    />
  )
}

const MARGIN = 16

/** Where a view must stand for nothing but the plan to be in it: in its middle where it is smaller, else at most at its edge. */
function within(wanted: number, start: number, size: number, view: number): number {
  if (size + 2 * MARGIN <= view) return (view - size) / 2 - start
  return Math.min(MARGIN - start, Math.max(view - MARGIN - start - size, wanted))
}

const NODE_TYPES = { step: StepCard }

function StepCard({ data: { step, chosen, onChoose } }: NodeProps<StepNode>) {
  const off = misjudged(step)
  const far = off !== null && (off >= FAR_OFF || off <= 1 / FAR_OFF)
  return (
    <>
      <Handle type="source" position={Position.Top} className={styles.port} isConnectable={false} />
      <button
        type="button"
        className={styles.card}
        data-heat={heatOf(step)}
        aria-pressed={chosen}
        onClick={() => onChoose(step.id)}
        onKeyDown={(event) => {
          const to = neighbour(step, event.key)
          if (!to) return
          event.preventDefault()
          event.currentTarget
            .closest('.react-flow')
            ?.querySelector<HTMLButtonElement>(`[data-id="${to}"] button`)
            ?.focus()
          onChoose(to)
        }}
      >
        <span className={styles.title}>{step.title}</span>
        <span className={styles.line}>
          {step.ms !== null && <b>{formatDuration(step.ms)}</b>}
          {step.share !== null && <span>{formatPercent(step.share, 0)}</span>}
          {step.bytes !== null && step.bytes > 0 && <span>{formatBytes(step.bytes)}</span>}
        </span>
        <span className={styles.line}>
          {step.rows !== null && <span>{formatCompact(step.rows)} rows</span>}
          {step.estimatedRows !== null && (
            <span className={far ? styles.far : undefined}>
              {formatCompact(step.estimatedRows)} expected{far && ` · ×${formatCompact(off >= 1 ? off : 1 / off)} off`}
            </span>
          )}
        </span>
        <i style={{ width: `${(step.share ?? 0) * 100}%` }} />
      </button>
      <Handle type="target" position={Position.Bottom} className={styles.port} isConnectable={false} />
    </>
  )
}

/** The step that an arrow leads to: up towards the result, down to what it reads, aside to its sisters. */
function neighbour({ id, children }: PlanStep, key: string): string | null {
  const parent = id.includes('.') ? id.slice(0, id.lastIndexOf('.')) : null
  if (key === 'ArrowUp') return parent
  if (key === 'ArrowDown') return children[0]?.id ?? null
  if ((key !== 'ArrowLeft' && key !== 'ArrowRight') || parent === null) return null
  const place = Number(id.slice(id.lastIndexOf('.') + 1)) + (key === 'ArrowLeft' ? -1 : 1)
  return place < 0 ? null : `${parent}.${place}`
}

function layOut(root: PlanStep) {
  const graph = new dagre.graphlib.Graph().setGraph({ rankdir: 'BT', nodesep: 24, ranksep: 36 })
  graph.setDefaultEdgeLabel(() => ({}))
  const steps = flatPlan(root).map(({ step }) => step)
  const edges: Edge[] = []
  for (const step of steps) {
    graph.setNode(step.id, { width: WIDTH, height: HEIGHT })
    for (const child of step.children) {
      edges.push({
        id: child.id,
        source: child.id,
        target: step.id,
        ...(child.rows !== null && { label: formatCompact(child.rows) }),
        // As wide as there are digits in its rows.
        style: { strokeWidth: Math.min(6, 1 + Math.log10(Math.max(1, child.rows ?? child.estimatedRows ?? 1)) / 2) },
      })
    }
  }
  for (const { source, target } of edges) graph.setEdge(source, target)
  dagre.layout(graph)
  const nodes = steps.map((step) => {
    const { x, y } = graph.node(step.id)
    return { step, x: x - WIDTH / 2, y: y - HEIGHT / 2 }
  })
  return { nodes, edges }
}
