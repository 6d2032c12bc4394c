import { TaskFailure, TaskThread } from '../kit/node/task-thread.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Attempt, Failure, TransformMethod } from './transform.ts'
import type { EventSource, PackedRecords } from './transform-batch.ts'
import type { TransformOutcome, TransformTask } from './transform-thread.ts'

/** Lambda gives a function's own start ten seconds, apart from its timeout. */
const INIT_MS = 10_000

export interface CodeOptions extends EventSource {
  readonly code: string
  /** Real milliseconds of one invocation. */
  readonly timeoutMs: number
  readonly onLog: (line: string) => void
  /** The thread's module, where it is not the usual one. */
  readonly entry?: URL
}

/**
 * JavaScript that is part of the destination, in QuickJS. It runs in a thread of its own, started by the first records, so that an endless
 * one holds up nothing but its own delivery stream.
 */
export class CodeTransform implements TransformMethod {
  private readonly options: CodeOptions
  private readonly thread: TaskThread<TransformTask, TransformOutcome, string>
  private loaded = false

  constructor(options: CodeOptions) {
    this.options = options
    const { entry = threadEntry(), onLog } = options
    this.thread = new TaskThread({ entry, name: 'millrace-transform', onNote: onLog })
  }

  /** Loads the code, so that what is wrong with it is said when the delivery stream is created. */
  static async check(code: string): Promise<void> {
    const transform = new CodeTransform({ code, timeoutMs: INIT_MS, deliveryStreamArn: '', onLog: () => {} })
    try {
      const failure = await transform.load()
      if (!failure) return
      throw new EngineError('InvalidArgumentException', `transform.code: ${failure.message}`, {
        at: { field: 'transform.code' },
      })
    } finally {
      await transform.stop()
    }
  }

  /** Ends the thread, whatever the code is at. */
  async stop(): Promise<void> {
    await this.thread.stop()
  }

  async attempt(records: PackedRecords): Promise<Attempt> {
    if (!this.loaded || !this.thread.alive) {
      const failure = await this.load()
      if (failure) return failure
      this.loaded = true
    }
    const { timeoutMs } = this.options
    const buffers = [records.data.buffer, records.ends.buffer, records.arrivalMs.buffer]
    const outcome = await this.ask({ type: 'invoke', records, timeoutMs }, timeoutMs, buffers)
    if ('again' in outcome) {
      this.loaded = false
      return outcome
    }
    return { items: outcome.type === 'answered' ? outcome.items : [] }
  }

  private async load(): Promise<Failure | undefined> {
    const { code, deliveryStreamArn, sourceStreamArn } = this.options
    const task = { type: 'load', code, deliveryStreamArn, ...(sourceStreamArn && { sourceStreamArn }) } as const
    const outcome = await this.ask(task, INIT_MS)
    return 'again' in outcome ? outcome : undefined
  }

  private async ask(
    task: TransformTask,
    timeoutMs: number,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Exclude<TransformOutcome, { type: 'failed' }> | Failure> {
    try {
      const outcome = await this.thread.run(task, timeoutMs, transfer)
      return outcome.type === 'failed' ? { ...outcome, again: true } : outcome
    } catch (thrown) {
      if (!(thrown instanceof TaskFailure)) throw thrown
      if (thrown.reason === 'stopped')
        throw new EngineError('Cancelled', 'The transform was stopped.', { retry: true, cause: thrown })
      // Not tried again: nothing outside the sandbox could make it end sooner.
      if (thrown.reason === 'timeout')
        return { code: 'Lambda.FunctionTimedOut', message: 'The transform did not end in its time.', again: false }
      return { code: 'Lambda.FunctionError', message: thrown.message, again: true }
    }
  }
}

/** Beside this file's bundle when built; in its own room when the sources run as they are. */
function threadEntry(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./transform-thread.ts', import.meta.url)
    : new URL('./transform-thread.js', import.meta.url)
}
