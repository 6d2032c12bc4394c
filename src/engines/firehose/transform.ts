import { TaskFailure, TaskThread } from '../kit/node/task-thread.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { ItemAnswer } from './transform-answer.ts'
import type { PackedRecords } from './transform-sandbox.ts'
import type { TransformOutcome, TransformTask } from './transform-thread.ts'

/** Lambda gives a function's own start ten seconds, apart from its timeout. */
const INIT_MS = 10_000
/** Firehose tries again three times. */
const ATTEMPTS = 4

export interface TransformRecord {
  readonly data: Uint8Array
  readonly arrivalMs: number
}

export type TransformResult =
  | Exclude<ItemAnswer, { result: 'ProcessingFailed' }>
  | { readonly result: 'ProcessingFailed'; readonly code: string; readonly message: string; readonly attempts: number }

export interface TransformOptions {
  readonly code: string
  /** Real milliseconds of one invocation. */
  readonly timeoutMs: number
  readonly deliveryStreamArn: string
  readonly sourceStreamArn?: string
  readonly onLog: (line: string) => void
  /** The thread's module, where it is not the usual one. */
  readonly entry?: URL
}

interface Failure {
  readonly code: string
  readonly message: string
  /** Whether another attempt may end otherwise. A timeout is not tried again: nothing outside the sandbox could make it end sooner. */
  readonly again: boolean
}

/**
 * A record transform with Lambda's contract: the handler gets `{ invocationId, deliveryStreamArn, region, records: [{ recordId,
 * approximateArrivalTimestamp, data }] }` with base64 data and answers every recordId once, as Ok, Dropped or ProcessingFailed. It runs in a
 * thread of its own, started by the first records, so that an endless one holds up nothing but its own delivery stream.
 */
export class Transform {
  private readonly options: TransformOptions
  private readonly thread: TaskThread<TransformTask, TransformOutcome, string>
  private loaded = false

  constructor(options: TransformOptions) {
    this.options = options
    const { entry = threadEntry(), onLog } = options
    this.thread = new TaskThread({ entry, name: 'millrace-transform', onNote: onLog })
  }

  /** Loads the code, so that what is wrong with it is said when the delivery stream is created. */
  static async check(options: TransformOptions): Promise<void> {
    const transform = new Transform(options)
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

  /** One result for each record. Rejects only when the transform is stopped. */
  async run(records: readonly TransformRecord[]): Promise<TransformResult[]> {
    for (let attempts = 1; ; attempts++) {
      const answer = await this.attempt(records)
      if ('items' in answer)
        return answer.items.map((item) => (item.result === 'ProcessingFailed' ? { ...item, attempts: 1 } : item))
      this.loaded = false
      const { code, message, again } = answer
      if (!again || attempts === ATTEMPTS)
        return records.map(() => ({ result: 'ProcessingFailed', code, message, attempts }))
    }
  }

  /** Ends the thread, whatever the code is at. */
  async stop(): Promise<void> {
    await this.thread.stop()
  }

  private async attempt(records: readonly TransformRecord[]): Promise<{ items: readonly ItemAnswer[] } | Failure> {
    if (!this.loaded || !this.thread.alive) {
      const failure = await this.load()
      if (failure) return failure
      this.loaded = true
    }
    // Packed for each attempt: the buffers go to the thread for good.
    const packed = pack(records)
    const { timeoutMs } = this.options
    const outcome = await this.ask({ type: 'invoke', records: packed, timeoutMs }, timeoutMs, [
      packed.data.buffer,
      packed.ends.buffer,
      packed.arrivalMs.buffer,
    ])
    return 'again' in outcome ? outcome : { items: outcome.type === 'answered' ? outcome.items : [] }
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
      if (thrown.reason === 'timeout')
        return { code: 'Lambda.FunctionTimedOut', message: 'The transform did not end in its time.', again: false }
      return { code: 'Lambda.FunctionError', message: thrown.message, again: true }
    }
  }
}

function pack(records: readonly TransformRecord[]): PackedRecords {
  const data = new Uint8Array(records.reduce((sum, record) => sum + record.data.length, 0))
  const ends = new Uint32Array(records.length)
  const arrivalMs = new Float64Array(records.length)
  let at = 0
  records.forEach((record, i) => {
    data.set(record.data, at)
    at += record.data.length
    ends[i] = at
    arrivalMs[i] = record.arrivalMs
  })
  return { data, ends, arrivalMs }
}

/** Beside this file's bundle when built; in its own room when the sources run as they are. */
function threadEntry(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./transform-thread.ts', import.meta.url)
    : new URL('./transform-thread.js', import.meta.url)
}
