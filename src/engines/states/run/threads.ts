import type { State, StateError } from '../asl/types.ts'
import type { ExecutionStatus } from '../contract.ts'
import { emit } from './history.ts'
import { Scope } from './scope.ts'
import { type Effect, machineAt, type Run, type Thread, type Tools } from './types.ts'

const END_EVENTS = { FAILED: 'ExecutionFailed', TIMED_OUT: 'ExecutionTimedOut', ABORTED: 'ExecutionAborted' } as const

/** The threads of one transition: how they begin and end, and what the history says of it. */
export class Threads {
  readonly effects: Effect[] = []
  protected readonly run: Run
  protected readonly tools: Tools
  protected readonly ready: Thread[] = []

  constructor(run: Run, tools: Tools) {
    this.run = run
    this.tools = tools
  }

  startThread(begin: Pick<Thread, 'place' | 'state' | 'input' | 'last'> & Partial<Thread>): void {
    const thread: Thread = {
      variables: {},
      phase: { kind: 'ready' },
      entered: { id: 0, timeMs: 0 },
      retries: [],
      ...begin,
      id: this.run.nextThread++,
    }
    this.run.threads.set(thread.id, thread)
    this.run.changed.add(thread.id)
    this.ready.push(thread)
  }

  /** Ends the execution other than by success; what has stopped stays, for a redrive. */
  end(status: Exclude<ExecutionStatus, 'RUNNING' | 'SUCCEEDED'>, why: { error?: string; cause?: string }): void {
    const { execution, threads } = this.run
    const { nowMs } = this.tools
    emit(this.run, undefined, END_EVENTS[status], why, nowMs)
    this.run.execution = { ...execution, events: this.run.execution.events, status, stoppedMs: nowMs, ...why }
    for (const thread of threads.values()) {
      const { phase } = thread
      this.cancel(thread)
      if (phase.kind === 'children' || phase.kind === 'stopped') continue
      thread.phase = stoppedPhase(thread)
      this.run.changed.add(thread.id)
    }
  }

  /** The events of an error that leaves its branches. What runs beside it ends, unless all of it does. */
  protected rise(threads: readonly Thread[], { error, why: cause }: StateError, whole = false): void {
    for (const [index, thread] of threads.entries()) {
      if (index === 0) continue
      const child = threads[index - 1]
      const { Type } = this.stateOf(thread)
      if (Type === 'Map') this.emit(child, 'MapIterationFailed', { name: thread.state, index: child.index })
      thread.last = child.last
      if (!whole) this.abort(thread, child)
      this.emit(thread, `${Type}StateFailed`, { error, cause })
    }
  }

  /** Ends all that runs below a thread; `failed` is the child by which it ends. */
  private abort(above: Thread, failed: Thread): void {
    for (const thread of [...this.run.threads.values()]) {
      if (thread.parent !== above.id) continue
      if (thread !== failed) {
        this.abort(thread, failed)
        const { Type } = this.stateOf(thread)
        if (Type === 'Task' || Type === 'Wait' || Type === 'Parallel' || Type === 'Map')
          this.emit(thread, `${Type}StateAborted`, {})
        if (this.stateOf(above).Type === 'Map')
          this.emit(thread, 'MapIterationAborted', { name: above.state, index: thread.index })
        this.cancel(thread)
      }
      this.remove(thread)
    }
  }

  private cancel({ phase }: Thread): void {
    if (phase.kind === 'task') this.effects.push({ kind: 'cancel', task: phase })
    if (phase.kind === 'map') this.effects.push({ kind: 'cancelMap', arn: phase.arn })
  }

  protected remove(thread: Thread): void {
    this.run.threads.delete(thread.id)
    this.run.changed.add(thread.id)
  }

  protected emit(thread: Thread, type: string, details: Record<string, unknown>): number {
    return emit(this.run, thread, type, details, this.tools.nowMs)
  }

  protected stateOf(thread: Thread): State {
    return machineAt(this.run.definition, thread.place).States[thread.state]
  }

  protected scope(thread: Thread, token?: string): Scope {
    return new Scope(this.run, thread, this.stateOf(thread), this.tools, token)
  }
}

/** A map run is kept for a redrive, which goes on with it. */
export const stoppedPhase = ({ phase }: Thread): Thread['phase'] => ({
  kind: 'stopped',
  ...(phase.kind === 'map' && { map: phase }),
})
