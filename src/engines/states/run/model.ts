import { StateError } from '../asl/types.ts'
import { asked, emit, inputOf, outputOf, taskEvent } from './history.ts'
import { Turn } from './turn.ts'
import type { Effect, Run, Signal, TaskPhase, Thread, Tools } from './types.ts'

/** "A workflow of type Express can run for up to five minutes." */
const EXPRESS_MS = 5 * 60 * 1000

/**
 * One transition of an execution: what has happened, to what is done about it. It changes `run` and nothing else, marks what it has changed, and
 * the same run, signal, time and chance give the same. Effects are for after the run is on disk.
 */
export async function advance(run: Run, signal: Signal, tools: Tools): Promise<readonly Effect[]> {
  const turn = new Turn(run, tools)
  if (run.execution.status === 'RUNNING' || signal.kind === 'redrive') {
    await take(turn, run, signal, tools)
    await turn.settle()
  }
  return turn.effects
}

async function take(turn: Turn, run: Run, signal: Signal, { nowMs }: Tools): Promise<void> {
  switch (signal.kind) {
    case 'start':
      emit(
        run,
        undefined,
        'ExecutionStarted',
        { ...inputOf(JSON.parse(run.execution.input)), roleArn: run.roleArn },
        nowMs,
      )
      turn.startThread({
        place: [],
        state: run.definition.StartAt,
        input: JSON.parse(run.execution.input),
        last: 1,
        ...(signal.variables && { variables: signal.variables }),
      })
      return
    case 'due':
      return due(turn, run, nowMs)
    case 'stop': {
      const why = {
        ...(signal.error !== undefined && { error: signal.error }),
        ...(signal.cause !== undefined && { cause: signal.cause }),
      }
      return turn.end('ABORTED', why)
    }
    case 'redrive':
      return redrive(turn, run, nowMs)
  }
  if (signal.kind === 'mapped' || signal.kind === 'mapFailed') {
    const mapping = mapThreadOf(run, signal.arn)
    if (!mapping) return
    if (signal.kind === 'mapped') return turn.mapped(mapping, signal.output)
    return turn.mapFailed(mapping, new StateError(signal.error, signal.cause))
  }
  const thread = threadOf(run, signal.token)
  if (!thread) return
  const task = thread.phase as TaskPhase
  const about = asked(task.resource)
  switch (signal.kind) {
    case 'heartbeat':
      thread.phase = beaten(task, nowMs)
      run.changed.add(thread.id)
      return
    case 'taken':
      thread.phase = { ...beaten(task, nowMs), stage: 'working' }
      emit(run, thread, 'ActivityStarted', { workerName: signal.worker }, nowMs)
      return
    case 'submitted':
      thread.phase = { ...task, stage: 'submitted', ...(signal.follow && { job: signal.output }) }
      emit(run, thread, 'TaskSubmitted', { ...about, ...outputOf(signal.output) }, nowMs)
      return
    case 'succeeded':
      emit(run, thread, taskEvent(task.resource, 'Succeeded'), { ...about, ...outputOf(signal.output) }, nowMs)
      return turn.succeed(thread, signal.output)
    case 'failed': {
      const { error, cause } = signal
      const submits =
        task.resource.kind === 'service' && task.resource.pattern !== 'request' && task.stage !== 'submitted'
      emit(
        run,
        thread,
        taskEvent(task.resource, submits ? 'SubmitFailed' : 'Failed'),
        { ...about, error, cause },
        nowMs,
      )
      return turn.fail(thread, new StateError(error, cause))
    }
  }
}

const beaten = (task: TaskPhase, nowMs: number): TaskPhase =>
  task.heartbeatMs === undefined ? task : { ...task, heartbeatAtMs: nowMs + task.heartbeatMs }

export function threadOf(run: Run, token: string): Thread | undefined {
  for (const thread of run.threads.values())
    if (thread.phase.kind === 'task' && thread.phase.token === token) return thread
  return undefined
}

const mapThreadOf = (run: Run, arn: string): Thread | undefined =>
  [...run.threads.values()].find(({ phase }) => phase.kind === 'map' && phase.arn === arn)

async function due(turn: Turn, run: Run, nowMs: number): Promise<void> {
  if (nowMs >= endsAtMs(run)) return turn.end('TIMED_OUT', { error: 'States.Timeout' })
  for (const thread of [...run.threads.values()]) {
    const { phase } = thread
    if (run.execution.status !== 'RUNNING' || !run.threads.has(thread.id) || dueAtMs(thread) > nowMs) continue
    if (phase.kind === 'wait') await turn.waited(thread)
    else if (phase.kind === 'retry') await turn.again(thread)
    else if (phase.kind === 'task') {
      const error = (phase.heartbeatAtMs ?? Infinity) <= nowMs ? 'States.HeartbeatTimeout' : 'States.Timeout'
      emit(run, thread, taskEvent(phase.resource, 'TimedOut'), { ...asked(phase.resource), error }, nowMs)
      turn.effects.push({ kind: 'cancel', task: phase })
      await turn.fail(thread, new StateError(error, ''))
    }
  }
}

async function redrive(turn: Turn, run: Run, nowMs: number): Promise<void> {
  const { stoppedMs: _, error: __, cause: ___, ...execution } = run.execution
  const redriveCount = execution.redriveCount + 1
  run.execution = { ...execution, status: 'RUNNING', redriveCount, redrivenMs: nowMs }
  emit(run, undefined, 'ExecutionRedriven', { redriveCount }, nowMs)
  for (const thread of [...run.threads.values()])
    if (thread.phase.kind === 'stopped' && run.execution.status === 'RUNNING') {
      thread.retries = []
      if (thread.phase.map) turn.redriveMap(thread, thread.phase.map)
      else await turn.again(thread)
    }
}

function dueAtMs({ phase }: Thread): number {
  switch (phase.kind) {
    case 'wait':
    case 'retry':
      return phase.untilMs
    case 'task':
      return Math.min(phase.timeoutAtMs ?? Infinity, phase.heartbeatAtMs ?? Infinity)
    default:
      return Infinity
  }
}

function endsAtMs({ execution, definition }: Run): number {
  const beganMs = execution.redrivenMs ?? execution.startedMs
  const limitMs = (definition.TimeoutSeconds ?? Infinity) * 1000
  return beganMs + (execution.type === 'EXPRESS' ? Math.min(limitMs, EXPRESS_MS) : limitMs)
}

/** When something happens by time alone; Infinity where nothing does. */
export function nextDueMs(run: Run): number {
  let nextMs = endsAtMs(run)
  for (const thread of run.threads.values()) nextMs = Math.min(nextMs, dueAtMs(thread))
  return nextMs
}
