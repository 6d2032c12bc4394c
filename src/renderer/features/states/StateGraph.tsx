import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
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
import { useMemo } from 'react'
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
const PRO = { hideAttribution: true }

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
          selectable: false,
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
  if (!graph) return <Loading label="The definition is no state machine yet" />
  return (
    <div className={styles.graph}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        fitView
        fitViewOptions={FIT}
        minZoom={0.2}
        maxZoom={1.6}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        zoomOnDoubleClick={false}
        proOptions={PRO}
        aria-label="State machine"
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1} color="var(--line-strong)" />
        <Controls showInteractive={false} position="bottom-left" />
      </ReactFlow>
    </div>
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
  return <div className={styles.group} />
}

function Mark({ data: { node } }: NodeProps<CardNode>) {
  return (
    <>
      <Ports />
      <div className={styles.end} title={node.detail} data-kind={node.kind} />
    </>
  )
}
