import { type AttemptStatus, type JobStatus, STAGES, type StageStatus } from '../../../../engines/mapreduce/contract.ts'

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

/** Where a job failed: its stage, and the last attempt of the task that was tried too often. */
export interface Stop {
  readonly stage: StageStatus['stage']
  readonly attempt: AttemptStatus
}

export function stopOf({ state }: JobStatus, attempts: readonly AttemptStatus[]): Stop | null {
  if (state !== 'FAILED') return null
  const failed = attempts.filter((each) => each.state === 'FAILED' && !each.rerun)
  const tries = new Map<string, AttemptStatus[]>()
  for (const each of failed.toSorted((a, b) => a.endedMs! - b.endedMs!)) {
    const task = `${each.kind} ${each.task}`
    tries.set(task, [...(tries.get(task) ?? []), each])
  }
  const [most] = [...tries.values()].sort((a, b) => b.length - a.length || b.at(-1)!.endedMs! - a.at(-1)!.endedMs!)
  const attempt = most?.at(-1)
  if (!attempt) return null
  const { kind, phase } = attempt
  // A map sorts too, before it gives anything on.
  return { stage: kind === 'reduce' && (phase === 'shuffle' || phase === 'sort') ? phase : kind, attempt }
}

/** Nothing has come to it. */
export const isUntouched = ({ recordsIn, bytesIn }: StageStatus): boolean => recordsIn === 0 && bytesIn === 0

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
