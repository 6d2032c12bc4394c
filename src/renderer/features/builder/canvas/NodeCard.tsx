import { type Node as FlowNode, Handle, type NodeProps, Position } from '@xyflow/react'
import { History, Pin, TriangleAlert } from 'lucide-react'
import { memo } from 'react'
import type { PortDefinition } from '../../../../engines/pipeline/nodes/define.ts'
import { nodeKind } from '../../../../engines/pipeline/nodes/index.ts'
import { formatBytes, formatCompact, formatDuration, formatNumber, formatRate } from '../../../lib/index.ts'
import { cx, Sparkline, StateDot, shapeOf } from '../../../ui/index.ts'
import { useNodeView, useProblemsAt, useUi } from '../context.ts'
import { iconOf } from '../icons.ts'
import { gist } from '../model/gist.ts'
import { CARD, type Node } from '../model/items.ts'
import { type Offers, PORT_WORDS, portKey, titleOf } from '../model/ports.ts'
import { FLOW_WORDS, mainRate, type NodeView } from '../model/run-view.ts'
import styles from './NodeCard.module.css'
import { PortShape } from './PortShape.tsx'

export type CardNode = FlowNode<{ node: Node }, 'card'>

/** A node on the canvas: what it is, how it is set, and, while a run is shown, what it does. */
export const NodeCard = memo(function NodeCard({ data, selected }: NodeProps<CardNode>) {
  const { node } = data
  const kind = nodeKind(node.kind)
  const view = useNodeView(node.id)
  const problems = useProblemsAt(node.id)
  const pinned = useUi((ui) => ui.pins.get(node.id))
  const stale = useUi((ui) => view !== undefined && ui.stale.nodes.has(node.id))
  const dimmed = useUi((ui) => ui.offers !== null && takesNone(node, ui.offers))
  const Icon = iconOf(kind?.icon)
  const errors = problems.filter((p) => p.severity === 'error').length
  return (
    <div
      className={cx(
        styles.card,
        selected && styles.selected,
        dimmed && styles.dimmed,
        stale && styles.stale,
        view && styles[view.flow],
        view?.warning !== undefined && styles.warned,
        (view?.state === 'failed' || (!view && errors > 0)) && styles.failed,
      )}
      data-node={node.id}
    >
      <Ports node={node} ports={kind?.inputs ?? []} side="in" />
      <header className={styles.header}>
        <span className={styles.icon}>
          <Icon size={16} aria-hidden />
        </span>
        <span className={styles.names}>
          <span className={styles.title}>
            <Breakable text={titleOf(node)} />
          </span>
          <span className={styles.service}>{kind ? (kind.service ?? kind.title) : `unknown kind ${node.kind}`}</span>
        </span>
        <span className={styles.marks}>
          {pinned !== undefined && (
            <span title={`${pinned.toLocaleString()} rows pinned`} className={styles.pin}>
              <Pin size={12} aria-label={`${pinned} rows pinned`} />
            </span>
          )}
          {problems.length > 0 && (
            <span
              className={errors > 0 ? styles.errors : styles.warnings}
              title={problems.map((p) => p.message).join('\n')}
            >
              <TriangleAlert size={12} aria-hidden />
              {problems.length}
              <span className="mr-hidden">{problems.length === 1 ? ' problem' : ' problems'}</span>
            </span>
          )}
          {stale && (
            <span className={styles.staleMark} title={STALE}>
              <History size={12} aria-hidden />
              <span className="mr-hidden">result of an earlier version</span>
            </span>
          )}
          {view && (
            <StateDot
              state={view.warning === undefined ? shapeOf(view.state) : 'warn'}
              text={view.warning === undefined ? view.state : `${view.state}, but tries something again`}
              hideText
            />
          )}
        </span>
      </header>
      {view ? <RunFace view={view} /> : <SetFace node={node} />}
      <Ports node={node} ports={kind?.outputs ?? []} side="out" />
    </div>
  )
})

/** A long name breaks after its dots and dashes rather than in the middle of a word. */
function Breakable({ text }: { text: string }) {
  const at = text.search(/[._/-]./) + 1
  if (at === 0) return text
  return (
    <>
      {text.slice(0, at)}
      <wbr />
      <Breakable text={text.slice(at)} />
    </>
  )
}

const STALE = 'This result is of an earlier version: the node, or what comes before it, was changed since.'

function SetFace({ node }: { node: Node }) {
  const lines = gist(nodeKind(node.kind)?.config, node.config)
  return (
    <div className={styles.gist}>
      {lines.map((line) => (
        <span key={line} title={line}>
          {line}
        </span>
      ))}
    </div>
  )
}

function RunFace({ view }: { view: NodeView }) {
  const rate = mainRate(view)
  const rows = Math.max(view.rowsIn, view.rowsOut)
  const over = view.state === 'done' || view.state === 'stopped' || view.state === 'failed'
  const word = view.bottleneck ? `bottleneck, ${Math.round(view.pressure * 100)} %` : null
  const note = view.error?.message ?? view.warning ?? word ?? view.note ?? extras(view)
  return (
    <div className={styles.run}>
      <div className={styles.counts}>
        <span title={`${formatNumber(view.rowsIn)} rows in`}>
          <i>in</i> {formatCompact(view.rowsIn)}
        </span>
        <span title={`${formatNumber(view.rowsOut)} rows out`}>
          <i>out</i> {formatCompact(view.rowsOut)}
        </span>
        {over ? (
          <span className={styles.bytes} title="The larger of what came in and what went out">
            {formatBytes(Math.max(view.bytesIn, view.bytesOut))}
          </span>
        ) : (
          <span className={styles.rate} title={formatRate(rate, 'rows')}>
            {formatCompact(rate)}/s
          </span>
        )}
        {rate === 0 && rows > 0 && <span className={styles.total}>{formatCompact(rows)} rows</span>}
      </div>
      <div className={styles.line}>
        {view.spark.some((value) => value > 0) && (
          <Sparkline
            values={view.spark}
            label={`Rate of late: ${formatRate(rate, 'rows')}`}
            width={72}
            height={16}
            color="var(--text-3)"
          />
        )}
        <span
          className={cx(styles.note, view.error && styles.noteBad, (view.warning ?? word) && styles.noteWarn)}
          title={note}
        >
          {note}
        </span>
      </div>
      {view.progress !== null && !over && (
        <div
          role="progressbar"
          aria-label="Progress"
          aria-valuenow={Math.round(view.progress * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
          className={styles.track}
          title={view.etaMs === null ? undefined : `${formatDuration(view.etaMs)} left`}
        >
          <div className={styles.bar} style={{ width: `${view.progress * 100}%` }} />
        </div>
      )}
    </div>
  )
}

function extras(view: NodeView): string {
  return [
    view.rowsFailed > 0 && `${formatCompact(view.rowsFailed)} failed`,
    view.rowsFiltered > 0 && `${formatCompact(view.rowsFiltered)} filtered`,
    view.rowsFailed === 0 && view.rowsFiltered === 0 && (view.flow === 'still' ? view.state : FLOW_WORDS[view.flow]),
  ]
    .filter(Boolean)
    .join(' · ')
}

function Ports({ node, ports, side }: { node: Node; ports: readonly PortDefinition[]; side: 'in' | 'out' }) {
  return ports.map((port, index) => (
    <Port key={port.name} node={node.id} port={port} side={side} top={portTop(index, ports.length)} />
  ))
}

/** Where a port stands on its card's side, px from the top. */
export function portTop(index: number, count: number): number {
  return (CARD.height * (index + 1)) / (count + 1)
}

function Port({ node, port, side, top }: { node: string; port: PortDefinition; side: 'in' | 'out'; top: number }) {
  const key = portKey({ node, port: port.name }, side)
  const refused = useUi((ui) => ui.offers?.refusals.get(key))
  const open = useUi((ui) => ui.offers?.accepting.has(key) ?? false)
  const label = `${port.title ?? (side === 'in' ? 'Input' : 'Output')}: ${PORT_WORDS[port.type]}`
  return (
    <Handle
      id={port.name}
      type={side === 'in' ? 'target' : 'source'}
      position={side === 'in' ? Position.Left : Position.Right}
      className={cx(styles.port, open && styles.portOpen, refused !== undefined && styles.portShut)}
      style={{ top }}
      title={refused ?? label}
    >
      <PortShape type={port.type} filled={side === 'out'} />
    </Handle>
  )
}

function takesNone(node: Node, offers: Offers): boolean {
  if (offers.start.node === node.id) return false
  const kind = nodeKind(node.kind)
  const takes = (port: PortDefinition, side: 'in' | 'out') =>
    offers.accepting.has(portKey({ node: node.id, port: port.name }, side))
  return !kind?.inputs.some((port) => takes(port, 'in')) && !kind?.outputs.some((port) => takes(port, 'out'))
}
