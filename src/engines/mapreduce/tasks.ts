import type { AttemptStatus, Counters, Fn, JobSpec, JobStatus, StageStatus, TaskKind } from './contract.ts'
import {
  FILE_COUNTER,
  INPUT_COUNTER,
  JOB_COUNTER,
  OUTPUT_COUNTER,
  type Split,
  TASK_COUNTER,
  type TaskProgress,
} from './protocol.ts'
import type { KeptAttempt, KeptJob } from './store.ts'

/** One split, or one partition, with all that was tried. */
export interface Task {
  readonly kind: TaskKind
  readonly index: number
  readonly split?: Split
  readonly attempts: KeptAttempt[]
  /** The attempt whose output counts. */
  done?: KeptAttempt
}

/** The function by which a job partitions, where it has one. */
export const asFn = (partition: JobSpec['partition']): Fn | undefined =>
  typeof partition === 'object' && partition.kind !== 'fields' && partition.kind !== 'range' ? partition : undefined

export const failuresOf = ({ attempts }: Task): number =>
  attempts.filter(({ status }) => status.state === 'FAILED' && !status.rerun).length

export const runningOf = ({ attempts }: Task): KeptAttempt[] =>
  attempts.filter(({ status }) => status.state === 'RUNNING' && !status.rerun)

/** Neither done nor tried at the moment. */
export const isPending = (task: Task): boolean => !task.done && runningOf(task).length === 0

export const attemptId = (job: string, kind: TaskKind, task: number, attempt: number): string =>
  `attempt_${job.slice('job_'.length)}_${kind[0]}_${String(task).padStart(6, '0')}_${attempt}`

/** The job of an attempt's id. */
export const jobOf = (attempt: string): string => attempt.replace(/^attempt_/, 'job_').replace(/_[mr]_\d+_\d+$/, '')

/** What a task says of itself, into its attempt's status. */
export function note(attempt: KeptAttempt, { phase, progress, status, counters }: TaskProgress): void {
  const own = counters[TASK_COUNTER] ?? {}
  const of = (group: string, name: string) => counters[group]?.[name] ?? 0
  const isMap = attempt.status.kind === 'map'
  attempt.counters = counters
  attempt.status = {
    ...attempt.status,
    phase,
    progress,
    status,
    recordsIn: own[isMap ? 'MAP_INPUT_RECORDS' : 'REDUCE_INPUT_RECORDS'] ?? 0,
    recordsOut: own[isMap ? 'MAP_OUTPUT_RECORDS' : 'REDUCE_OUTPUT_RECORDS'] ?? 0,
    bytesIn: isMap
      ? of(INPUT_COUNTER, 'BYTES_READ') || (attempt.status.split?.length ?? 0) * Math.min(1, progress)
      : (own.REDUCE_SHUFFLE_BYTES ?? 0),
    bytesOut: isMap ? (own.MAP_OUTPUT_BYTES ?? 0) : of(OUTPUT_COUNTER, 'BYTES_WRITTEN'),
    spills: of('Millrace', 'SPILLS'),
    spilledBytes: of('Millrace', 'SPILLED_BYTES'),
    shuffleBytes: own.REDUCE_SHUFFLE_BYTES ?? attempt.status.shuffleBytes,
  }
}

const furthest = (attempts: readonly KeptAttempt[]): KeptAttempt[] =>
  attempts.toSorted((a, b) => b.status.progress - a.status.progress).slice(0, 1)

/** The attempts that count: of each task the one that is done, else the one that is furthest. */
export const countingAttempts = (tasks: readonly Task[]): KeptAttempt[] =>
  tasks.flatMap((task) => (task.done ? [task.done] : furthest(runningOf(task))))

/** How far each task came, also by attempts that came to nothing: what a job had done until it failed. */
const furthestAttempts = (tasks: readonly Task[]): KeptAttempt[] =>
  tasks.flatMap(({ done, attempts }) => (done ? [done] : furthest(attempts.filter(({ status }) => !status.rerun))))

export function sumCounters(all: readonly Counters[]): Counters {
  const sum: Counters = {}
  for (const counters of all)
    for (const [group, names] of Object.entries(counters)) {
      sum[group] ??= {}
      for (const [name, amount] of Object.entries(names)) sum[group][name] = (sum[group][name] ?? 0) + amount
    }
  return sum
}

/** Counters of a job: those of the tasks that count, and Hadoop's own of the job. */
export function jobCounters(maps: readonly Task[], reduces: readonly Task[]): Counters {
  const sum = sumCounters(countingAttempts([...maps, ...reduces]).map(({ counters }) => counters))
  const states = (tasks: readonly Task[], state: AttemptStatus['state']) =>
    tasks.reduce((total, { attempts }) => total + attempts.filter(({ status }) => status.state === state).length, 0)
  const launched = (tasks: readonly Task[]) => tasks.reduce((total, { attempts }) => total + attempts.length, 0)
  const millis = (tasks: readonly Task[]) =>
    tasks.reduce(
      (total, { attempts }) =>
        total + attempts.reduce((own, { status }) => own + (status.endedMs ? status.endedMs - status.startedMs : 0), 0),
      0,
    )
  const near = localityOf(maps)
  const named = {
    TOTAL_LAUNCHED_MAPS: launched(maps),
    TOTAL_LAUNCHED_REDUCES: launched(reduces),
    DATA_LOCAL_MAPS: near.node,
    RACK_LOCAL_MAPS: near.rack,
    OTHER_LOCAL_MAPS: near.other,
    NUM_FAILED_MAPS: states(maps, 'FAILED'),
    NUM_FAILED_REDUCES: states(reduces, 'FAILED'),
    NUM_KILLED_MAPS: states(maps, 'KILLED'),
    NUM_KILLED_REDUCES: states(reduces, 'KILLED'),
    SLOTS_MILLIS_MAPS: millis(maps),
    SLOTS_MILLIS_REDUCES: millis(reduces),
  }
  sum[JOB_COUNTER] = Object.fromEntries(Object.entries(named).filter(([, amount]) => amount > 0))
  return sum
}

function localityOf(maps: readonly Task[]): JobStatus['locality'] {
  const near = { node: 0, rack: 0, other: 0 }
  for (const { attempts } of maps) for (const { status } of attempts) if (status.locality) near[status.locality]++
  return near
}

function countsOf(tasks: readonly Task[]): JobStatus['maps'] {
  const done = tasks.filter((task) => task.done).length
  const running = tasks.filter((task) => !task.done && runningOf(task).length > 0).length
  const attempts = tasks.flatMap((task) => task.attempts)
  const inState = (state: string) => attempts.filter(({ status }) => status.state === state).length
  return {
    total: tasks.length,
    waiting: tasks.length - done - running,
    running,
    done,
    failed: inState('FAILED'),
    killed: inState('KILLED'),
  }
}

const progressOf = (tasks: readonly Task[], ended: boolean): number =>
  tasks.length === 0
    ? Number(ended)
    : countingAttempts(tasks).reduce(
        (sum, { status }) => sum + (status.state === 'SUCCEEDED' ? 1 : status.progress),
        0,
      ) / tasks.length

function stagesOf(counters: Counters): StageStatus[] {
  const task = (name: string) => counters[TASK_COUNTER]?.[name] ?? 0
  const of = (group: string, name: string) => counters[group]?.[name] ?? 0
  const [emitted, kept] = [task('MAP_OUTPUT_RECORDS'), task('MAP_OUTPUT_MATERIALIZED_BYTES')]
  const combined = task('COMBINE_INPUT_RECORDS') > 0
  const stage = (
    name: StageStatus['stage'],
    recordsIn: number,
    recordsOut: number,
    bytesIn: number,
    bytesOut: number,
  ) => ({
    stage: name,
    recordsIn,
    recordsOut,
    bytesIn,
    bytesOut,
  })
  const shuffled = task('REDUCE_SHUFFLE_BYTES')
  return [
    stage('map', task('MAP_INPUT_RECORDS'), emitted, of(INPUT_COUNTER, 'BYTES_READ'), task('MAP_OUTPUT_BYTES')),
    stage(
      'combine',
      task('COMBINE_INPUT_RECORDS'),
      task('COMBINE_OUTPUT_RECORDS'),
      combined ? task('MAP_OUTPUT_BYTES') : 0,
      combined ? kept : 0,
    ),
    stage('shuffle', combined ? task('COMBINE_OUTPUT_RECORDS') : emitted, task('REDUCE_INPUT_RECORDS'), kept, shuffled),
    stage(
      'sort',
      task('SPILLED_RECORDS'),
      task('REDUCE_INPUT_RECORDS'),
      of('Millrace', 'SPILLED_BYTES'),
      of(FILE_COUNTER, 'FILE_BYTES_READ'),
    ),
    stage(
      'reduce',
      task('REDUCE_INPUT_RECORDS'),
      task('REDUCE_OUTPUT_RECORDS'),
      shuffled,
      of(OUTPUT_COUNTER, 'BYTES_WRITTEN'),
    ),
  ]
}

export function statusOf(
  job: KeptJob,
  maps: readonly Task[],
  reduces: readonly Task[],
  held: readonly string[],
): JobStatus {
  const succeeded = job.state === 'SUCCEEDED'
  const counting = job.endedMs === undefined || succeeded ? countingAttempts : furthestAttempts
  const counters = sumCounters(counting([...maps, ...reduces]).map((attempt) => attempt.counters))
  return {
    id: job.id,
    name: job.spec.name,
    cluster: job.spec.cluster,
    state: job.state,
    ...(job.reason !== undefined && { reason: job.reason }),
    ...(job.at && { at: job.at }),
    submittedMs: job.submittedMs,
    ...(job.startedMs !== undefined && { startedMs: job.startedMs }),
    ...(job.endedMs !== undefined && { endedMs: job.endedMs }),
    maps: countsOf(maps),
    reduces: countsOf(reduces),
    mapProgress: progressOf(maps, succeeded),
    reduceProgress: progressOf(reduces, succeeded),
    stages: stagesOf(counters),
    spills: counters.Millrace?.SPILLS ?? 0,
    locality: localityOf(maps),
    blacklisted: job.blacklisted,
    held: [...held],
    output: job.spec.output.path,
  }
}
