import { useEffect, useRef, useState } from 'react'
import type { JobStatus } from '../../../../engines/mapreduce/contract.ts'
import { formatBytes, formatCompact, formatNumber } from '../../../lib/index.ts'
import { cx } from '../../../ui/index.ts'
import styles from '../mapreduce.module.css'
import { type Shape, shapesOf, stagesOf } from './flow.ts'

const HEAD = 44
const FOOT = 40

/** What each stage takes in and gives out, as the width of a stream: where bytes grow or vanish is seen at once. */
export function StagePicture({ job }: { job: JobStatus }) {
  const box = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useEffect(() => {
    const element = box.current!
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const { width, height } = size
  const stages = stagesOf(job)
  const shapes = shapesOf(stages, width, Math.max(20, height - HEAD - FOOT))
  const words = stages
    .map(
      ({ stage, recordsIn, recordsOut, bytesIn, bytesOut }) =>
        `${stage}: ${formatNumber(recordsIn)} records, ${formatBytes(bytesIn)} in, ${formatNumber(recordsOut)} records, ${formatBytes(bytesOut)} out`,
    )
    .join('; ')
  return (
    <div ref={box} className={styles.stages}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={words}>
          {shapes.map((shape) => (
            <Stage key={shape.stage.stage} shape={shape} height={height} job={job} />
          ))}
        </svg>
      )}
    </div>
  )
}

function Stage({ shape, height, job }: { shape: Shape; height: number; job: JobStatus }) {
  const { stage, x, width, inHeight, outHeight, wireTo, nextHeight } = shape
  const middle = HEAD + (height - HEAD - FOOT) / 2
  const { recordsIn, recordsOut, bytesIn, bytesOut } = stage
  const right = x + width
  const body = `M${x},${middle - inHeight / 2} L${right},${middle - outHeight / 2} L${right},${middle + outHeight / 2} L${x},${middle + inHeight / 2} Z`
  const tasks = stage.stage === 'map' ? job.maps : stage.stage === 'reduce' ? job.reduces : undefined
  return (
    <g>
      <title>{`${stage.stage}: ${formatNumber(recordsIn)} records, ${formatBytes(bytesIn)} in; ${formatNumber(recordsOut)} records, ${formatBytes(bytesOut)} out`}</title>
      <path d={body} className={styles[`${stage.stage}Shape`]} />
      {wireTo > right && (
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
          : bytesIn > 0
            ? `${formatNumber(bytesOut / bytesIn, 2)} × the bytes`
            : 'nothing yet'}
      </text>
      <text x={x} y={height - 22} className={styles.stageText}>
        in {formatBytes(bytesIn)}, {formatCompact(recordsIn)} rec
      </text>
      <text x={x} y={height - 8} className={styles.stageText}>
        out {formatBytes(bytesOut)}, {formatCompact(recordsOut)} rec
      </text>
    </g>
  )
}
