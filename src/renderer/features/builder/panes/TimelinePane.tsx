import { useMemo } from 'react'
import { useStore } from 'zustand'
import { formatDuration, formatTime } from '../../../lib/index.ts'
import { Button, cx, EmptyState } from '../../../ui/index.ts'
import { jumpTo, useBuilder, useDocument } from '../context.ts'
import { flowOrder } from '../model/outline.ts'
import { titleOf } from '../model/ports.ts'
import { isActive } from '../model/run-view.ts'
import { axisMarks, frameAt, lengthMs, type Span } from '../model/tape.ts'
import styles from './Timeline.module.css'

/** The states of every node over the run, and a slider that shows the canvas as it was at any moment. */
export function TimelinePane() {
  const builder = useBuilder()
  const document = useDocument()
  const tape = useStore(builder.runs.store, (state) => state.tape)
  const scrubMs = useStore(builder.runs.store, (state) => state.scrubMs)
  const order = useMemo(() => flowOrder(document), [document])
  if (!tape)
    return (
      <EmptyState title="No run to look back on">
        A run that is watched here can be played back, moment by moment.
      </EmptyState>
    )
  // Its first moment seen here was its end already.
  if (!isActive(tape.frames[0]?.run))
    return (
      <EmptyState title="The moments of this run are not kept">
        Its end is on the canvas and under Run. A run can be played back while the tab that watched it is open.
      </EmptyState>
    )
  const length = Math.max(1, lengthMs(tape))
  const at = scrubMs ?? length
  const percent = (ms: number) => `${(100 * ms) / length}%`
  const { unseenMs } = tape
  const clock = frameAt(tape, at)?.run.clockMs
  const marks = axisMarks(length)
  return (
    <div className={styles.timeline}>
      <div className={styles.bar}>
        <Button size="s" disabled={scrubMs === null} onClick={() => builder.runs.scrub(null)}>
          Latest
        </Button>
        <input
          type="range"
          className={styles.slider}
          aria-label="Moment of the run"
          aria-valuetext={`${formatDuration(at)} after the start`}
          min={unseenMs}
          max={length}
          step={Math.max(1, length / 500)}
          value={at}
          onChange={(event) => builder.runs.scrub(Number(event.target.value))}
        />
        {unseenMs > 0 && (
          <span className={styles.since} title="What was before has not been seen here, and is hatched below.">
            watched since {formatTime(tape.frames[0].run.startedMs + unseenMs)}
          </span>
        )}
        <span className={styles.moment}>
          {formatDuration(at)}
          {clock !== undefined && ` · clock ${formatTime(clock)}`}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the keyboard */}
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="States of the nodes over the run">
        <ul className={styles.lanes}>
          {order.map((node) => (
            <li key={node.id}>
              <button type="button" className={styles.name} onClick={() => jumpTo(builder, [node.id])}>
                {titleOf(node)}
              </button>
              <span className={styles.lane}>
                {unseenMs > 0 && (
                  <span
                    className={cx(styles.span, styles.unseen)}
                    title={`not watched for the first ${formatDuration(unseenMs)}`}
                    style={{ left: 0, width: percent(unseenMs) }}
                  />
                )}
                {(tape.spans.get(node.id) ?? []).map((span, index, all) => (
                  <SpanBar key={span.fromMs} span={span} last={index === all.length - 1} length={length} />
                ))}
                <span aria-hidden className={styles.cursor} style={{ left: percent(at) }} />
              </span>
            </li>
          ))}
        </ul>
        <div className={styles.axis} aria-hidden>
          {marks.map((mark) => (
            <span key={mark} style={{ left: percent(mark) }}>
              {formatDuration(mark)}
            </span>
          ))}
        </div>
      </div>
    </div>
  )
}

function SpanBar({ span, last, length }: { span: Span; last: boolean; length: number }) {
  const to = last ? length : span.toMs
  const text = `${span.state} for ${formatDuration(to - span.fromMs)}, from ${formatDuration(span.fromMs)}`
  return (
    <span
      role="img"
      aria-label={text}
      title={text}
      className={cx(styles.span, styles[span.state])}
      style={{ left: `${(100 * span.fromMs) / length}%`, width: `max(2px, ${(100 * (to - span.fromMs)) / length}%)` }}
    >
      {to - span.fromMs > length / 12 && span.state}
    </span>
  )
}
