import type { JobStatus } from '../../../../engines/mapreduce/contract.ts'
import { formatBytes, formatCompact, formatNumber, useSize } from '../../../lib/index.ts'
import { cx, StateDot } from '../../../ui/index.ts'
import styles from '../mapreduce.module.css'
import { attemptName, cameToNothing } from '../states.ts'
import { isUntouched, type Shape, type Stop, shapesOf, stagesOf } from './flow.ts'

const HEAD = 44
const FOOT = 40
/** Height of the frame in place of a stage that nothing has come to. */
const FRAME = 28
const GAP = 8

/** What each stage takes in and gives out, as the width of a stream: where bytes grow or vanish, and where it all came to an end, is seen at once. */
export function StagePicture({
  job,
  stop,
  onSelect,
}: {
  job: JobStatus
  stop: Stop | null
  onSelect: (attempt: string) => void
}) {
  const { ref, size } = useSize<HTMLDivElement>()
  const { width, height } = size ?? { width: 0, height: 0 }
  const stages = stagesOf(job)
  const shapes = shapesOf(stages, width, Math.max(20, height - HEAD - FOOT))
  const stopped = shapes.find(({ stage }) => stage.stage === stop?.stage)
  const words = stages
    .map(({ stage, recordsIn, recordsOut, bytesIn, bytesOut }) =>
      [
        `${stage}: ${formatNumber(recordsIn)} records, ${formatBytes(bytesIn)} in, ${formatNumber(recordsOut)} records, ${formatBytes(bytesOut)} out`,
        ...(stage === stop?.stage ? ['the job failed here'] : []),
      ].join(', '),
    )
    .join('; ')
  return (
    <div ref={ref} className={styles.stages}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={words}>
          {shapes.map((shape, i) => (
            <Stage
              key={shape.stage.stage}
              shape={shape}
              height={height}
              job={job}
              failed={shape === stopped}
              flows={shape !== stopped && (i + 1 === shapes.length || !isUntouched(shapes[i + 1].stage))}
            />
          ))}
        </svg>
      )}
      {stop && stopped && (
        <button
          type="button"
          className={styles.stop}
          style={{ left: stopped.x, width: stopped.wireTo - stopped.x - GAP, top: HEAD + (height - HEAD - FOOT) / 2 }}
          title={stop.attempt.reason}
          onClick={() => onSelect(stop.attempt.id)}
        >
          <StateDot state="bad" text={`Failed in ${attemptName(stop.attempt)}`} />
          <span className={styles.stopReason}>{stop.attempt.reason}</span>
        </button>
      )}
    </div>
  )
}

function Stage({
  shape,
  height,
  job,
  failed,
  flows,
}: {
  shape: Shape
  height: number
  job: JobStatus
  /** The job came to its end in it. */
  failed: boolean
  /** What it gives has come to the next one. */
  flows: boolean
}) {
  const { stage, x, width, inHeight, outHeight, wireTo, nextHeight } = shape
  const middle = HEAD + (height - HEAD - FOOT) / 2
  const { recordsIn, recordsOut, bytesIn, bytesOut } = stage
  const untouched = isUntouched(stage)
  const right = x + width
  const body = `M${x},${middle - inHeight / 2} L${right},${middle - outHeight / 2} L${right},${middle + outHeight / 2} L${x},${middle + inHeight / 2} Z`
  const tasks = stage.stage === 'map' ? job.maps : stage.stage === 'reduce' ? job.reduces : undefined
  return (
    <g>
      <title>{`${stage.stage}: ${formatNumber(recordsIn)} records, ${formatBytes(bytesIn)} in; ${formatNumber(recordsOut)} records, ${formatBytes(bytesOut)} out`}</title>
      {untouched ? (
        <rect
          x={x + 0.5}
          y={middle - FRAME / 2}
          width={Math.max(0, width - 1)}
          height={FRAME}
          className={cx(styles.untouched, failed && styles.failedStage)}
        />
      ) : (
        <path d={body} className={cx(styles[`${stage.stage}Shape`], failed && styles.failedStage)} />
      )}
      {flows && !untouched && wireTo > right && (
        <path
          d={`M${right},${middle - outHeight / 2} L${wireTo},${middle - nextHeight / 2} L${wireTo},${middle + nextHeight / 2} L${right},${middle + outHeight / 2} Z`}
          className={cx(styles.wire, styles[`${stage.stage}Shape`])}
        />
      )}
      <text x={x} y={16} className={styles.stageName}>
        {stage.stage}
      </text>
      <text x={x} y={32} className={styles.stageText}>
        {tasks
          ? `${tasks.done} of ${tasks.total} tasks${tasks.running > 0 ? `, ${tasks.running} running` : ''}`
          : bytesOut > 0
            ? `${formatNumber(bytesOut / Math.max(1, bytesIn), 2)} × the bytes`
            : untouched && cameToNothing(job)
              ? 'not reached'
              : 'nothing yet'}
      </text>
      {!untouched && (
        <>
          <text x={x} y={height - 22} className={styles.stageText}>
            in {formatBytes(bytesIn)}, {formatCompact(recordsIn)} rec
          </text>
          <text x={x} y={height - 8} className={styles.stageText}>
            out {formatBytes(bytesOut)}, {formatCompact(recordsOut)} rec
          </text>
        </>
      )}
    </g>
  )
}
