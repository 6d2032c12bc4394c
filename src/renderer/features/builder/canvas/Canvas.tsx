import {
  Background,
  BackgroundVariant,
  MiniMap,
  ReactFlow,
  ReactFlowProvider,
  SelectionMode,
  useStore as useFlowStore,
  useReactFlow,
  useStoreApi,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { Maximize, Minus, Network, Plus } from 'lucide-react'
import {
  type CSSProperties,
  type DragEvent,
  type MouseEvent,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react'
import { useStore } from 'zustand'
import { useInTurns } from '../../../lib/index.ts'
import { cx, IconButton, type MenuItem, PointMenu } from '../../../ui/index.ts'
import { useActions } from '../actions.ts'
import { useBuilder, useDocument, useSession, useUi } from '../context.ts'
import { addNode, place } from '../model/edit.ts'
import { boundsOf, CARD, GRID, type ItemKey, itemOf, nodeBox } from '../model/items.ts'
import { autoLayout } from '../model/layout.ts'
import type { Flow } from '../model/run-view.ts'
import styles from './Canvas.module.css'
import { CanvasEmpty } from './CanvasEmpty.tsx'
import { GroupFrame, NoteCard } from './Extras.tsx'
import { type AnyNode, FlowMapper } from './flow.ts'
import { NodeCard } from './NodeCard.tsx'
import { useFlowChanges } from './useFlowChanges.ts'
import { WireEdge, type WireFlowEdge } from './WireEdge.tsx'

const NODE_TYPES = { card: NodeCard, note: NoteCard, frame: GroupFrame }
const EDGE_TYPES = { wire: WireEdge }
const SNAP: [number, number] = [GRID, GRID]
const FIT = { padding: '20px' as const, maxZoom: 1 }
const NODES_A_TURN = 3
const NO_EDGES: WireFlowEdge[] = []
/** On opening, everything is shown as far as it can still be read. */
const LEAST_ZOOM = 0.42
// The library is MIT-licensed: its mark may be left off; the program's notices name it.
const PRO = { hideAttribution: true }

export const KIND_DRAG = 'application/x-millrace-node-kind'

export function Canvas() {
  return (
    <ReactFlowProvider>
      <CanvasInside />
    </ReactFlowProvider>
  )
}

function CanvasInside() {
  const builder = useBuilder()
  const { session } = builder
  const document = useDocument()
  const selection = useSession((state) => state.selection)
  const mapper = useRef(new FlowMapper())
  const allNodes = useMemo(() => mapper.current.nodesOf(document, selection), [document, selection])
  const allEdges = useMemo(() => mapper.current.edgesOf(document, selection), [document, selection])
  // The library draws all that it is given without a pause, so it is given a few nodes at a time, and the wires once both of their ends stand.
  const count = useInTurns(allNodes.length, NODES_A_TURN)
  const nodes = useMemo(() => (count < allNodes.length ? allNodes.slice(0, count) : allNodes), [allNodes, count])
  const edges = count === Number.POSITIVE_INFINITY ? allEdges : NO_EDGES
  const changes = useFlowChanges()
  const flow = useReactFlow<AnyNode, WireFlowEdge>()
  const { menuFor } = useActions()
  const [menu, setMenu] = useState<{ x: number; y: number; items: MenuItem[] } | null>(null)
  useReveal()

  const openMenu = (event: MouseEvent | globalThis.MouseEvent, key: ItemKey | null) => {
    event.preventDefault()
    if (key !== null && !session.state.selection.has(key)) session.select([key])
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY })
    setMenu({ x: event.clientX, y: event.clientY, items: menuFor(key, at) })
  }
  const drop = (event: DragEvent) => {
    const kind = event.dataTransfer.getData(KIND_DRAG)
    if (!kind) return
    event.preventDefault()
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY })
    const corner = { x: at.x - CARD.width / 2, y: at.y - CARD.height / 2 }
    const onto = (event.target as Element).closest('.react-flow__edge')?.getAttribute('data-id')
    session.apply('Add node', (d) => addNode(d, kind, corner, onto ? itemOf(onto).id : undefined))
    frame.current?.focus()
  }
  const zoomedOut = useFlowStore((state) => state.transform[2] < FAR)
  const labelScale = useFlowStore((state) => labelScaleAt(state.transform[2]))
  const frame = useRef<HTMLElement>(null)
  const moved = useRef(false)
  useFitWhileUntouched(frame, moved)
  return (
    <section
      ref={frame}
      className={cx(styles.canvas, zoomedOut && 'zoomed-out', labelScale > 1.7 && 'far-out')}
      style={{ '--label-scale': labelScale, '--far-size': `${Math.round(11.5 * labelScale)}px` } as CSSProperties}
      aria-label="Canvas"
      tabIndex={-1}
      data-region="canvas"
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(KIND_DRAG)) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'copy'
      }}
      onDrop={drop}
    >
      <ReactFlow<AnyNode, WireFlowEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        {...changes}
        onNodeContextMenu={(event, node) => openMenu(event, node.id)}
        onEdgeContextMenu={(event, edge) => openMenu(event, edge.id)}
        onPaneContextMenu={(event) => openMenu(event, null)}
        onSelectionContextMenu={(event) => openMenu(event, [...session.state.selection][0] ?? null)}
        snapToGrid
        snapGrid={SNAP}
        onMoveStart={(event) => {
          if (event) moved.current = true
        }}
        minZoom={0.1}
        maxZoom={2}
        onlyRenderVisibleElements
        elevateNodesOnSelect={false}
        connectionRadius={28}
        selectionMode={SelectionMode.Partial}
        multiSelectionKeyCode={MULTI}
        deleteKeyCode={null}
        disableKeyboardA11y
        zoomOnDoubleClick={false}
        proOptions={PRO}
      >
        <Background variant={BackgroundVariant.Dots} gap={GRID * 3} size={1} color="var(--line-strong)" />
        <RefusalTip />
        <CanvasMap />
      </ReactFlow>
      <CanvasControls />
      {document.nodes.length === 0 && document.notes.length === 0 && <CanvasEmpty />}
      <PointMenu at={menu} items={menu?.items ?? []} onClose={() => setMenu(null)} />
    </section>
  )
}

/** Below this zoom cards show only what can be read from afar. */
const FAR = 0.68

/** Labels stay readable when the canvas shrinks. Steps keep them from being laid out anew at every notch of the wheel. */
function labelScaleAt(zoom: number): number {
  return Math.min(2.5, Math.max(1, Math.round(4 / zoom) / 4))
}

/**
 * Until a hand moves the canvas, everything stays in sight while panes around it change. What is too wide to be read whole is shown
 * from its beginning.
 */
function useFitWhileUntouched(frame: RefObject<HTMLElement | null>, moved: RefObject<boolean>): void {
  const { session } = useBuilder()
  const { fitView, setViewport } = useReactFlow()
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const fit = () => {
      const bounds = boundsOf((session.document?.nodes ?? []).map(nodeBox))
      if (moved.current || element.clientWidth === 0 || !bounds) return
      if (element.clientWidth / (bounds.width + 48) >= LEAST_ZOOM) return void fitView(FIT)
      const y = element.clientHeight / 2 - (bounds.y + bounds.height / 2) * LEAST_ZOOM
      void setViewport({ x: 20 - bounds.x * LEAST_ZOOM, y, zoom: LEAST_ZOOM })
    }
    const observer = new ResizeObserver(() => requestAnimationFrame(fit))
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame, moved, fitView, setViewport, session])
}

const MULTI = ['Meta', 'Control', 'Shift']

const MAP_COLORS: Record<Flow, string> = {
  still: 'var(--control-line)',
  flowing: 'var(--green)',
  slowed: 'var(--amber)',
  blocked: 'var(--red)',
}

/** Where everything is in sight, an overview would only cover some of it. */
function CanvasMap() {
  const { runs } = useBuilder()
  const views = useStore(runs.store, (state) => state.nodes)
  const document = useDocument()
  const bounds = useMemo(() => boundsOf(document.nodes.map(nodeBox)), [document])
  const beyond = useFlowStore(({ transform: [x, y, zoom], width, height }) => {
    if (!bounds) return false
    const left = bounds.x * zoom + x
    const top = bounds.y * zoom + y
    return left < 0 || top < 0 || left + bounds.width * zoom > width || top + bounds.height * zoom > height
  })
  if (!beyond) return null
  return (
    <MiniMap<AnyNode>
      pannable
      zoomable
      ariaLabel="Overview of the pipeline"
      className={styles.map}
      bgColor="var(--panel)"
      maskColor="color-mix(in srgb, var(--frame) 62%, transparent)"
      nodeBorderRadius={6}
      nodeColor={(node) => {
        if (node.type !== 'card') return 'transparent'
        const view = views.get(node.id)
        return view?.state === 'failed' ? 'var(--red)' : MAP_COLORS[view?.flow ?? 'still']
      }}
    />
  )
}

function CanvasControls() {
  const { session } = useBuilder()
  const { zoomIn, zoomOut, fitView } = useReactFlow()
  const zoom = useFlowStore((state) => Math.round(state.transform[2] * 100))
  const layout = () => {
    session.apply('Arrange', (document) => place(document, autoLayout(document, session.state.selection)))
    requestAnimationFrame(() => void fitView(FIT))
  }
  return (
    <div className={styles.controls}>
      <IconButton
        icon={<Minus size={14} />}
        label="Zoom out"
        size="s"
        tooltipSide="top"
        onClick={() => void zoomOut()}
      />
      <span className={styles.zoom}>{zoom} %</span>
      <IconButton icon={<Plus size={14} />} label="Zoom in" size="s" tooltipSide="top" onClick={() => void zoomIn()} />
      <IconButton
        icon={<Maximize size={14} />}
        label="Fit everything"
        size="s"
        tooltipSide="top"
        onClick={() => void fitView(FIT)}
      />
      <IconButton icon={<Network size={14} />} label="Arrange nodes" size="s" tooltipSide="top" onClick={layout} />
    </div>
  )
}

/** Brings what was jumped to into sight; what is there already stays where it is. */
function useReveal(): void {
  const reveal = useUi((ui) => ui.reveal)
  const { session } = useBuilder()
  const { setCenter, getViewport } = useReactFlow()
  const store = useStoreApi()
  useEffect(() => {
    const document = session.document
    if (!reveal || !document) return
    const wanted = new Set<string>()
    for (const { sort, id } of reveal.keys.map(itemOf)) {
      if (sort === 'node') wanted.add(id)
      const wire = sort === 'wire' && document.wires.find((w) => w.id === id)
      if (wire) wanted.add(wire.from.node).add(wire.to.node)
    }
    const box = boundsOf(document.nodes.filter((n) => wanted.has(n.id)).map(nodeBox))
    if (!box) return
    const { x, y, zoom } = getViewport()
    const { width, height } = store.getState()
    const left = box.x * zoom + x
    const top = box.y * zoom + y
    const inSight = left >= 0 && top >= 0 && left + box.width * zoom <= width && top + box.height * zoom <= height
    if (!inSight) void setCenter(box.x + box.width / 2, box.y + box.height / 2, { zoom })
  }, [reveal, session, setCenter, getViewport, store])
}

/** While a wire is drawn over a node that cannot take it: why. */
function RefusalTip() {
  const offers = useUi((ui) => ui.offers)
  const [tip, setTip] = useState<{ x: number; y: number; text: string } | null>(null)
  useEffect(() => {
    if (!offers) return setTip(null)
    const look = (event: PointerEvent) => {
      const under = globalThis.document.elementFromPoint(event.clientX, event.clientY)
      const id = under?.closest('[data-node]')?.getAttribute('data-node')
      const reasons = id && [...offers.refusals].filter(([key]) => key.split(':')[1] === id).map(([, reason]) => reason)
      const open = id && [...offers.accepting].some((key) => key.split(':')[1] === id)
      setTip(reasons && reasons.length > 0 && !open ? { x: event.clientX, y: event.clientY, text: reasons[0] } : null)
    }
    window.addEventListener('pointermove', look)
    return () => window.removeEventListener('pointermove', look)
  }, [offers])
  return tip ? (
    <div role="status" className={styles.tip} style={{ left: tip.x + 14, top: tip.y + 14 }}>
      {tip.text}
    </div>
  ) : null
}
