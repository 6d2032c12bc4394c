import { type MouseEvent, useMemo, useState } from 'react'
import type { ComputeEnvironment, Span } from '../../../../engines/batch/contract.ts'
import { formatDuration, formatNumber, formatTime, useCanvas } from '../../../lib/index.ts'
import { tokenValue } from '../../../lib/theme.ts'
import styles from '../batch.module.css'
import { type Block, stack } from './cells.ts'

const GUTTER = 64
const AXIS = 20
const GAP = 18
const HEAD = 16
const BAND_MIN = 36

export interface GanttProps {
  spans: readonly Span[]
  environments: readonly ComputeEnvironment[]
  fromMs: number
  toMs: number
  nowMs: number
  selected: string | null
  onSelect: (span: Span | null) => void
  onOpen: (span: Span) => void
  /** A part of the time that was dragged over. */
  onZoom: (fromMs: number, toMs: number) => void
}

interface Band {
  readonly environment: ComputeEnvironment
  readonly blocks: readonly Block[]
  readonly top: number
  readonly height: number
  /** vCPUs at the top of the band. */
  readonly most: number
}

/** Attempts in time, as high as their vCPUs, stacked below the line of what their environment has. The table below says the same in words. */
export function Gantt(props: GanttProps) {
  const { spans, environments, fromMs, toMs, nowMs, selected } = props
  const [hover, setHover] = useState<{ block: Block; x: number; y: number } | null>(null)
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null)
  const stacks = useMemo(
    () =>
      environments.map((environment) => ({
        environment,
        blocks: stack(
          spans.filter((span) => span.environment === environment.name),
          nowMs,
        ),
      })),
    [environments, spans, nowMs],
  )
  const bandsOf = (height: number): Band[] => {
    const each = Math.max(BAND_MIN, (height - AXIS) / Math.max(1, stacks.length) - GAP - HEAD)
    return stacks.map(({ environment, blocks }, i) => ({
      environment,
      blocks,
      top: i * (each + GAP + HEAD) + HEAD + 6,
      height: each,
      most: Math.max(1, environment.maxVcpus, ...blocks.map(({ to }) => to)) * 1.06,
    }))
  }
  const { box, canvas, size } = useCanvas(
    (context, { width, height }) => {
      const x = (ms: number) => GUTTER + ((ms - fromMs) / (toMs - fromMs)) * (width - GUTTER)
      const [text, quiet, line] = ['--text-2', '--text-3', '--line'].map(tokenValue)
      const faint = tokenValue('--grid')
      context.font = `11px ${getComputedStyle(document.body).fontFamily}`
      context.textBaseline = 'middle'
      for (const { ms, label } of ticks(fromMs, toMs, (width - GUTTER) / 110)) {
        context.fillStyle = faint
        context.fillRect(Math.round(x(ms)), 0, 1, height - AXIS)
        context.fillStyle = quiet
        context.fillText(label, Math.min(x(ms) + 3, width - 60), height - AXIS / 2)
      }
      for (const band of bandsOf(height))
        paintBand(context, { band, x, width, nowMs, selected, colours: { text, quiet, line } })
      if (nowMs >= fromMs && nowMs <= toMs) {
        context.fillStyle = tokenValue('--accent')
        context.fillRect(Math.round(x(nowMs)), 0, 1, height - AXIS)
      }
      if (!drag) return
      context.globalAlpha = 0.25
      context.fillStyle = tokenValue('--accent')
      context.fillRect(Math.min(drag.from, drag.to), 0, Math.abs(drag.to - drag.from), height - AXIS)
      context.globalAlpha = 1
    },
    [stacks, fromMs, toMs, nowMs, selected, drag],
  )
  const timeOf = (x: number) => fromMs + ((x - GUTTER) / (size.width - GUTTER)) * (toMs - fromMs)
  const find = ({ nativeEvent: { offsetX: x, offsetY: y } }: MouseEvent) => {
    const ms = timeOf(x)
    const slack = ((toMs - fromMs) / Math.max(1, size.width - GUTTER)) * 3
    for (const { blocks, top, height, most } of bandsOf(size.height)) {
      const vcpu = ((top + height - y) / height) * most
      const block = blocks.find(
        ({ span, from, to }) =>
          vcpu >= from && vcpu < to && ms >= span.startedMs - slack && ms <= (span.stoppedMs ?? nowMs) + slack,
      )
      if (block && x >= GUTTER) return { block, x, y }
    }
    return null
  }
  return (
    <div ref={box} className={styles.canvasBox}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${formatNumber(spans.length)} attempts in ${environments.length} compute environments. The table below lists them.`}
        onMouseDown={(event) => setDrag({ from: event.nativeEvent.offsetX, to: event.nativeEvent.offsetX })}
        onMouseMove={(event) => {
          if (drag && event.buttons === 1) setDrag({ ...drag, to: Math.max(GUTTER, event.nativeEvent.offsetX) })
          setHover(find(event))
        }}
        onMouseUp={(event) => {
          setDrag(null)
          if (drag && Math.abs(drag.to - drag.from) > 6) {
            const [from, to] = [drag.from, drag.to].sort((a, b) => a - b)
            props.onZoom(timeOf(Math.max(GUTTER, from)), timeOf(to))
          } else props.onSelect(find(event)?.block.span ?? null)
        }}
        onDoubleClick={(event) => {
          const found = find(event)
          if (found) props.onOpen(found.block.span)
        }}
        onMouseLeave={() => {
          setHover(null)
          setDrag(null)
        }}
      />
      {hover && !drag && (
        <span
          className={styles.tip}
          style={{
            left: Math.min(hover.x + 12, Math.max(0, size.width - 260)),
            top: Math.min(hover.y + 14, size.height - 60),
          }}
        >
          <b>
            {hover.block.span.name}, attempt {hover.block.span.attempt}
          </b>
          <span>
            {hover.block.span.vcpus} vCPU ·{' '}
            {formatDuration((hover.block.span.stoppedMs ?? nowMs) - hover.block.span.startedMs)}
          </span>
          <span>{hover.block.span.statusReason ?? 'runs'}</span>
        </span>
      )}
    </div>
  )
}

function paintBand(
  context: CanvasRenderingContext2D,
  {
    band: { environment, blocks, top, height, most },
    x,
    width,
    nowMs,
    selected,
    colours,
  }: {
    band: Band
    x: (ms: number) => number
    width: number
    nowMs: number
    selected: string | null
    colours: { text: string; quiet: string; line: string }
  },
): void {
  const y = (vcpu: number) => top + height - (vcpu / most) * height
  const [good, bad, runs, mark] = ['--seq-4', '--red', '--accent', '--text'].map(tokenValue)
  context.save()
  context.beginPath()
  context.rect(GUTTER, top - 2, width - GUTTER, height + 4)
  context.clip()
  for (const { span, from, to } of blocks) {
    const [left, right] = [x(span.startedMs), x(span.stoppedMs ?? nowMs)]
    const box = [left, y(to), Math.max(2, Math.min(right, width) - left), Math.max(1, y(from) - y(to) - 1)] as const
    context.fillStyle = span.stoppedMs === undefined ? runs : span.exitCode === 0 ? good : bad
    context.fillRect(...box)
    if (span.jobId === selected) {
      context.strokeStyle = mark
      context.lineWidth = 2
      context.strokeRect(...box)
    }
  }
  context.restore()
  context.fillStyle = colours.line
  context.fillRect(0, top + height, width, 1)
  // The line of what there is.
  context.strokeStyle = colours.quiet
  context.setLineDash([4, 3])
  context.lineWidth = 1
  context.beginPath()
  const capacity = Math.round(y(environment.maxVcpus)) + 0.5
  context.moveTo(GUTTER, capacity)
  context.lineTo(width, capacity)
  context.stroke()
  context.setLineDash([])
  context.fillStyle = colours.text
  const name = top - HEAD / 2 - 4
  context.fillText(environment.name, 8, name)
  const after = 8 + context.measureText(environment.name).width
  context.fillStyle = colours.quiet
  context.fillText(environment.kind, after + 8, name)
  context.textAlign = 'right'
  context.fillText(`${environment.maxVcpus} vCPUs`, GUTTER - 6, Math.max(capacity, top + 2))
  context.fillText('0', GUTTER - 6, top + height - 4)
  context.textAlign = 'left'
}

const DAY_MS = 86_400_000
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]

/** Round times, about so many. */
function ticks(fromMs: number, toMs: number, wanted: number): { ms: number; label: string }[] {
  const step = (STEPS_S.find((s) => (toMs - fromMs) / (s * 1000) <= wanted) ?? STEPS_S.at(-1)!) * 1000
  const all: { ms: number; label: string }[] = []
  for (let ms = Math.ceil(fromMs / step) * step; ms < toMs; ms += step)
    all.push({ ms, label: formatTime(ms, { date: step >= DAY_MS }) })
  return all
}
