import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { AttemptStatus, JobStatus } from '../../../../engines/mapreduce/contract.ts'
import { formatDuration, useTheme } from '../../../lib/index.ts'
import { EmptyState } from '../../../ui/index.ts'
import styles from '../mapreduce.module.css'
import { attemptName, timeOf } from '../states.ts'
import { type Bar, lanesOf } from './lanes.ts'
import { AXIS, type GanttPicture, paintGantt, ROW, readColours, xOf } from './paint.ts'

/** Attempts by node and time. The arrows walk them in the order of their start; the table beside says the same in words. */
export function Gantt({
  job,
  attempts,
  nowMs,
  selected,
  onSelect,
}: {
  job: JobStatus
  attempts: readonly AttemptStatus[]
  nowMs: number
  selected: string | null
  onSelect: (id: string | null) => void
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [width, setWidth] = useState(0)
  const [tip, setTip] = useState('')
  const theme = useTheme()
  const colours = useMemo(() => theme && readColours(), [theme])
  const { bars, nodes, rows } = useMemo(() => lanesOf(attempts), [attempts])
  const fromMs = job.startedMs ?? job.submittedMs
  const lastMs = Math.max(fromMs + 1000, ...attempts.map(({ endedMs }) => endedMs ?? nowMs))
  const picture: GanttPicture = { width, height: rows * ROW + AXIS, fromMs, toMs: lastMs, bars, nodes, selected }
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context || picture.width === 0) return
    const scale = devicePixelRatio
    context.canvas.width = Math.round(picture.width * scale)
    context.canvas.height = Math.round(picture.height * scale)
    context.setTransform(scale, 0, 0, scale, 0, 0)
    paintGantt(context, picture, colours, nowMs)
  })
  const find = (event: MouseEvent): Bar | undefined => {
    const { offsetX: x, offsetY: y } = event.nativeEvent
    return bars.find(
      ({ attempt, row }) =>
        Math.floor(y / ROW) === row &&
        x >= xOf(picture, attempt.startedMs) - 2 &&
        x <= xOf(picture, attempt.endedMs ?? nowMs) + 2,
    )
  }
  const key = (event: KeyboardEvent) => {
    const order = attempts.toSorted((a, b) => a.startedMs - b.startedMs)
    const at = order.findIndex(({ id }) => id === selected)
    const steps: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }
    if (event.key === 'Escape') onSelect(null)
    else if (steps[event.key] && order.length > 0)
      onSelect(order[Math.max(0, Math.min(order.length - 1, at + steps[event.key]))].id)
    else return
    event.preventDefault()
  }
  const chosen = attempts.find(({ id }) => id === selected)
  return (
    <div
      ref={scroller}
      className={styles.gantt}
      role="application"
      aria-label={`Attempts by node and time${chosen ? `: ${attemptName(chosen)} on ${chosen.node}, ${chosen.state.toLowerCase()}` : ''}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a picture that the keyboard walks
      tabIndex={0}
      onKeyDown={key}
    >
      {attempts.length === 0 ? (
        <EmptyState title="No task has started yet">Tasks wait for a free container near their block.</EmptyState>
      ) : (
        <canvas
          ref={canvas}
          style={{ width: '100%', height: picture.height }}
          title={tip}
          onMouseMove={(event) => setTip(tipOf(find(event)?.attempt, nowMs))}
          onClick={(event) => onSelect(find(event)?.attempt.id ?? null)}
        />
      )}
    </div>
  )
}

function tipOf(attempt: AttemptStatus | undefined, nowMs: number): string {
  if (!attempt) return ''
  const { node, state, phase, reason, speculative } = attempt
  return [
    `${attemptName(attempt)} on ${node}${speculative ? ', speculative' : ''}`,
    `${state.toLowerCase()}, ${phase}, ${formatDuration(timeOf(attempt, nowMs))}`,
    ...(reason === undefined ? [] : [reason]),
  ].join('\n')
}
