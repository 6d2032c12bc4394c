import type { HistoryEvent } from '../../../../engines/states/contract.ts'

export type RunStatus = 'running' | 'succeeded' | 'failed' | 'caught' | 'aborted'

/** One time that a state was entered. */
export interface StateRun {
  /** The event with which it was. */
  readonly id: number
  readonly state: string
  status: RunStatus
  readonly enteredMs: number
  exitedMs?: number
  readonly input: string
  output?: string
  error?: string
  cause?: string
  assigned?: Readonly<Record<string, string>>
  /** How often its task was asked for. */
  attempts: number
}

/** An execution as its history tells it so far. Events come in order, in groups. */
export class RunHistory {
  readonly events: HistoryEvent[] = []
  readonly runs: StateRun[] = []
  private readonly byId = new Map<number, StateRun>()

  add(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      this.events[event.id - 1] = event
      this.take(event)
    }
  }

  /** Runs of a state, in order. */
  of(state: string): StateRun[] {
    return this.runs.filter((run) => run.state === state)
  }

  /** The state that an event belongs to. */
  stateOf(event: HistoryEvent): string {
    return typeof event.details.name === 'string' && /State(Entered|Exited)$/.test(event.type)
      ? event.details.name
      : (this.owner(event)?.state ?? '')
  }

  private take(event: HistoryEvent): void {
    const { id, type, timeMs, details } = event
    if (type.endsWith('StateEntered')) {
      const run: StateRun = {
        id,
        state: String(details.name),
        status: 'running',
        enteredMs: timeMs,
        input: String(details.input ?? ''),
        attempts: 0,
      }
      this.runs.push(run)
      this.byId.set(id, run)
    } else if (type.endsWith('StateExited')) {
      const run = this.owner(event, String(details.name))
      if (!run) return
      run.status = run.error === undefined ? 'succeeded' : 'caught'
      run.exitedMs = timeMs
      run.output = String(details.output ?? '')
      if (details.assignedVariables) run.assigned = details.assignedVariables as Record<string, string>
    } else if (/Failed$|TimedOut$/.test(type) && !type.startsWith('Execution')) {
      const run = type.startsWith('MapIteration') ? undefined : this.owner(event)
      if (run) this.failed(run, details)
    } else if (type.endsWith('StateAborted')) {
      const run = this.owner(event)
      if (run) run.status = 'aborted'
    } else if (type.endsWith('Scheduled')) {
      const run = this.owner(event)
      if (run) {
        run.attempts++
        run.status = 'running'
      }
    } else if (type === 'TaskSucceeded' || type.endsWith('FunctionSucceeded') || type === 'ActivitySucceeded') {
      const run = this.owner(event)
      // A retry that succeeded: its state has not failed.
      delete run?.error
      delete run?.cause
    } else if (type.startsWith('Execution') && /Failed|TimedOut|Aborted/.test(type)) {
      for (const run of this.runs)
        if (run.status === 'running') {
          run.status = type === 'ExecutionFailed' ? 'failed' : 'aborted'
          if (type === 'ExecutionFailed') this.failed(run, details)
        }
    }
  }

  private failed(run: StateRun, { error, cause }: HistoryEvent['details']): void {
    run.status = 'failed'
    if (run.error !== undefined) return
    run.error = String(error ?? '')
    run.cause = String(cause ?? '')
  }

  /** The nearest entering before an event on its line, of a state that has not been left; of this name, where one is given. */
  private owner(event: HistoryEvent, name?: string): StateRun | undefined {
    for (let at: HistoryEvent | undefined = event; at; at = this.events[at.previousId - 1]) {
      const run = this.byId.get(at.id)
      const open = run && (run.exitedMs === undefined || at === event)
      if (open && (name === undefined ? fits(event.type, at.type) : run.state === name)) return run
    }
    return undefined
  }
}

/** Whether an event such as `ParallelStateFailed` can be one of a state that was entered so. */
function fits(type: string, entered: string): boolean {
  const kind = /^(Map|Parallel|Wait|Task)State/.exec(type)?.[1]
  return kind === undefined
    ? /^(Task|Pass|Choice|Wait|Map|Parallel|Succeed|Fail)/.test(entered)
    : entered.startsWith(kind)
}

/** What a state shows when it ran several times: what runs, else what went wrong, else how it ended last. */
export function summary(runs: readonly StateRun[]): { status: RunStatus; count: number } | undefined {
  if (runs.length === 0) return undefined
  const status = (['running', 'failed', 'aborted'] as const).find((each) => runs.some((run) => run.status === each))
  return { status: status ?? runs.at(-1)!.status, count: runs.length }
}
