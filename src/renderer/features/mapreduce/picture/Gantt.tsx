import { type KeyboardEvent, type MouseEvent, useMemo, useState } from 'react'
import type { AttemptStatus, JobStatus } from '../../../../engines/mapreduce/contract.ts'
import { formatDuration, useCanvas } from '../../../lib/index.ts'
import { EmptyState } from '../../../ui/index.ts'
import styles from '../mapreduce.module.css'
import { attemptName, timeOf } from '../states.ts'
import { type Bar, lanesOf } from './lanes.ts'
import { AXIS, paintGantt, ROW, readColours, xOf } from './paint.ts'

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
  const [tip, setTip] = useState('')
  const { bars, nodes, rows } = useMemo(() => lanesOf(attempts), [attempts])
  const fromMs = job.startedMs ?? job.submittedMs
  const toMs = Math.max(fromMs + 1000, ...attempts.map(({ endedMs }) => endedMs ?? nowMs))
  const { box, canvas, size } = useCanvas(
    (context, { width, height }) =>
      paintGantt(context, { width, height, fromMs, toMs, bars, nodes, selected }, readColours(), nowMs),
    [fromMs, toMs, bars, nodes, selected, nowMs],
  )
  const picture = { width: size.width, fromMs, toMs }
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
      className={styles.gantt}
      role="application"
      aria-label={`Attempts by node and time${chosen ? `: ${attemptName(chosen)} on ${chosen.node}, ${chosen.state.toLowerCase()}` : ''}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a picture that the keyboard walks
      tabIndex={0}
      onKeyDown={key}
    >
      {rows === 0 && (
        <EmptyState title="No task has started yet">Tasks wait for a free container near their block.</EmptyState>
      )}
      <div ref={box} style={{ height: rows === 0 ? 0 : rows * ROW + AXIS }}>
        <canvas
          ref={canvas}
          title={tip}
          onMouseMove={(event) => setTip(tipOf(find(event)?.attempt, nowMs))}
          onClick={(event) => onSelect(find(event)?.attempt.id ?? null)}
        />
      </div>
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
