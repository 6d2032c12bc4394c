import {
  Background,
  BackgroundVariant,
  type Edge,
  getViewportForBounds,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  type Rect,
  useReactFlow,
  useStore,
} from '@xyflow/react'
import {
  Check,
  CircleX,
  Clock,
  GitFork,
  type LucideIcon,
  MoveRight,
  Repeat,
  Split,
  SquareArrowOutUpRight,
} from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { GraphView } from '../../lib/GraphView.tsx'
import { formatCompact } from '../../lib/index.ts'
import { cx, Loading, StateDot, type StateShape } from '../../ui/index.ts'
import type { Graph, GraphNode } from './model/graph.ts'
import { type RunHistory, type RunStatus, summary } from './model/run.ts'
import styles from './states.module.css'

type CardNode = Node<
  {
    node: GraphNode
    chosen: boolean
    shown: { status: RunStatus; count: number } | undefined
    onChoose: (state: string) => void
  },
  'card' | 'group' | 'mark'
>

const ICONS: Record<string, LucideIcon> = {
  Task: SquareArrowOutUpRight,
  Pass: MoveRight,
  Choice: GitFork,
  Wait: Clock,
  Succeed: Check,
  Fail: CircleX,
  Parallel: Split,
  Map: Repeat,
}
export const RUN_SHAPES: Record<RunStatus, StateShape> = {
  running: 'running',
  succeeded: 'good',
  failed: 'bad',
  caught: 'warn',
  aborted: 'stopped',
}
const FIT = { padding: 0.12, maxZoom: 1 }
/** Zoom below which names cannot be read. */
const READABLE = 0.6
const EDGE = 24

/** A machine as a picture, and how far a run of it has come. */
export function StateGraph({
  graph,
  run,
  chosen,
  onChoose,
}: {
  graph: Graph | undefined
  /** Its history, and how many events of it there are: it changes in place. */
  run?: { history: RunHistory; events: number }
  chosen: string | null
  onChoose: (state: string) => void
}) {
  const [moved, setMoved] = useState(false)
  const nodes = useMemo(
    () =>
      (graph?.nodes ?? []).map(
        (node): CardNode => ({
          id: node.id,
          type: node.kind === 'state' ? 'card' : node.kind === 'group' ? 'group' : 'mark',
          position: { x: node.x, y: node.y },
          width: node.width,
          height: node.height,
          zIndex: node.kind === 'group' ? 0 : 2,
          selectable: node.kind === 'state',
          data: {
            node,
            chosen: node.kind === 'state' && node.state === chosen,
            shown: run && summary(run.history.of(node.state)),
            onChoose,
          },
        }),
      ),
    [graph, run, chosen, onChoose],
  )
  const edges = useMemo(
    () =>
      (graph?.edges ?? []).map(
        ({ id, from, to, kind, label }): Edge => ({
          id,
          source: from,
          target: to,
          label,
          type: 'smoothstep',
          className: cx(kind === 'catch' && styles.catch, kind === 'choice' && styles.choice),
          markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: 'var(--text-3)' },
          zIndex: 1,
        }),
      ),
    [graph],
  )
  // Where a run is, or came to its end.
  const place = nodes.findLast(({ data: { shown } }) => shown?.status === 'running' || shown?.status === 'failed')?.id
  if (!graph) return <Loading label="The definition is no state machine yet" />
  return (
    <GraphView
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      fit={FIT}
      minZoom={0.2}
      maxZoom={1.6}
      zoomOnDoubleClick={false}
      onMoveStart={(event) => event && setMoved(true)}
      aria-label="State machine"
    >
      <Fit graph={graph} moved={moved} place={place} />
      <Background variant={BackgroundVariant.Dots} gap={24} size={1} color="var(--line-strong)" />
    </GraphView>
  )
}

const NODE_TYPES = { card: StateCard, group: GroupFrame, mark: Mark }

function Ports() {
  return (
    <>
      <Handle type="target" position={Position.Top} className={styles.port} isConnectable={false} />
      <Handle type="source" position={Position.Bottom} className={styles.port} isConnectable={false} />
    </>
  )
}

function StateCard({ data: { node, chosen, shown, onChoose } }: NodeProps<CardNode>) {
  const Icon = ICONS[node.type] ?? MoveRight
  return (
    <>
      <Ports />
      <button
        type="button"
        className={styles.card}
        data-status={shown?.status ?? 'none'}
        aria-pressed={chosen}
        onClick={() => onChoose(node.state)}
      >
        <Icon size={16} aria-hidden className={styles.icon} />
        <span className={styles.texts}>
          <span className={styles.title} title={node.state}>
            {node.state}
          </span>
          <span className={styles.detail} title={node.detail}>
            {node.detail}
          </span>
        </span>
        {shown && (
          <span className={styles.mark}>
            {shown.count > 1 && <span className={styles.count}>×{formatCompact(shown.count)}</span>}
            <StateDot state={RUN_SHAPES[shown.status]} text={shown.status} hideText />
          </span>
        )}
      </button>
    </>
  )
}

function GroupFrame() {
  return (
    <>
      <div className={styles.group} />
      <Handle type="source" position={Position.Bottom} className={styles.port} isConnectable={false} />
    </>
  )
}

/**
 * Shows all of it again whenever its room or the machine changes, until somebody has moved it; of one that would be too small to be read, the
 * place where its run is, or its beginning.
 */
function Fit({ graph, moved, place }: { graph: Graph; moved: boolean; place: string | undefined }) {
  const { setViewport } = useReactFlow()
  const width = useStore((state) => state.width)
  const height = useStore((state) => state.height)
  useEffect(() => {
    if (moved || graph.nodes.length === 0 || width === 0 || height === 0) return
    const bounds = boundsOf(graph.nodes)
    const all = getViewportForBounds(bounds, width, height, 0, FIT.maxZoom, FIT.padding)
    const at = graph.nodes.find(({ id }) => id === place)
    const begin = EDGE - bounds.y * READABLE
    const part = {
      x: width / 2 - (at ? at.x + at.width / 2 : bounds.x + bounds.width / 2) * READABLE,
      y: at ? Math.min(begin, height / 2 - (at.y + at.height / 2) * READABLE) : begin,
      zoom: READABLE,
    }
    void setViewport(all.zoom < READABLE ? part : all)
  }, [graph, moved, place, width, height, setViewport])
  return null
}

function boundsOf(nodes: readonly GraphNode[]): Rect {
  const [x, y] = [Math.min(...nodes.map((node) => node.x)), Math.min(...nodes.map((node) => node.y))]
  const right = Math.max(...nodes.map((node) => node.x + node.width))
  const bottom = Math.max(...nodes.map((node) => node.y + node.height))
  return { x, y, width: right - x, height: bottom - y }
}

function Mark({ data: { node } }: NodeProps<CardNode>) {
  return (
    <>
      <Ports />
      <div className={styles.end} title={node.detail} data-kind={node.kind} />
    </>
  )
}
