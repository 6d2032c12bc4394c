import { type JobStatus, STAGES, type StageStatus } from '../../../../engines/mapreduce/contract.ts'

export interface Shape {
  readonly stage: StageStatus
  readonly x: number
  readonly width: number
  readonly inHeight: number
  readonly outHeight: number
  /** Where the next stage begins, or the output is. */
  readonly wireTo: number
  readonly nextHeight: number
}

const MARGIN = 16
/** Share of a stage's place that its body takes; the rest is the wire to the next one. */
const BODY = 0.72
const LEAST = 2

/** The stages that the job has, in order: a combine only where something goes through it, and nothing after map where there are no reduces. */
export function stagesOf({ stages, reduces }: JobStatus): StageStatus[] {
  return STAGES.flatMap((name) => {
    const found = stages.find(({ stage }) => stage === name)
    if (!found || (name === 'combine' && found.recordsIn === 0)) return []
    return name === 'map' || reduces.total > 0 ? [found] : []
  })
}

/** Heights are shares of the most bytes that are anywhere, so that they can be compared. */
export function shapesOf(stages: readonly StageStatus[], width: number, height: number): Shape[] {
  const most = Math.max(1, ...stages.flatMap(({ bytesIn, bytesOut }) => [bytesIn, bytesOut]))
  const tall = (bytes: number) => Math.max(LEAST, (height * bytes) / most)
  const step = (width - 2 * MARGIN) / Math.max(1, stages.length)
  return stages.map((stage, i) => ({
    stage,
    x: MARGIN + i * step,
    width: step * BODY,
    inHeight: tall(stage.bytesIn),
    outHeight: tall(stage.bytesOut),
    wireTo: MARGIN + (i + 1) * step,
    nextHeight: tall((stages[i + 1] ?? { bytesIn: stage.bytesOut }).bytesIn),
  }))
}
