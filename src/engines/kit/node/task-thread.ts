import { parentPort, Worker } from 'node:worker_threads'
import { realTime } from './real-time.ts'

type ToThread<I> = { readonly id: number; readonly input: I }
type AnswerFromThread<O> =
  | { readonly type: 'done'; readonly id: number; readonly output: O }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
type FromThread<O, N> = { readonly type: 'ready' } | { readonly type: 'note'; readonly note: N } | AnswerFromThread<O>

/** Why a task has no answer: its time was over, its thread ended by itself, the task threw, or the thread was stopped meanwhile. */
export class TaskFailure extends Error {
  readonly reason: 'timeout' | 'crash' | 'thrown' | 'stopped'

  constructor(reason: TaskFailure['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

export interface TaskThreadOptions<N> {
  /** A module that calls `serveTasks`. */
  readonly entry: URL
  /** As the thread is called in a debugger. */
  readonly name: string
  /** Of its heap; a task that takes more ends the thread. */
  readonly memoryMiB?: number
  readonly onNote?: (note: N) => void
}

interface Running<O> {
  readonly worker: Worker
  readonly ready: Promise<void>
  pending: { id: number; resolve: (output: O) => void; reject: (failure: TaskFailure) => void } | undefined
}

/**
 * Code that may never end, or may take its whole thread along, in a thread of its own: started by the first task, ended when a task's time
 * is over, and started again by the task after a timeout or a crash. It does one task at a time; a caller waits for each before it asks the next.
 */
export class TaskThread<I, O, N = never> {
  private readonly options: TaskThreadOptions<N>
  private running: Running<O> | undefined
  private readonly ending = new Set<Promise<unknown>>()
  private stopped = false
  private lastId = 0

  constructor(options: TaskThreadOptions<N>) {
    this.options = options
  }

  /** Whether the thread is there: a new one knows nothing of the tasks before it. */
  get alive(): boolean {
    return this.running !== undefined
  }

  /**
   * Rejects with a TaskFailure. The timeout is real milliseconds, counted once the thread has started. Buffers in `transfer` change hands,
   * whether the task succeeds or not.
   */
  async run(input: I, timeoutMs: number, transfer: readonly ArrayBuffer[] = []): Promise<O> {
    if (this.stopped) throw stoppedFailure(this.options.name)
    this.running ??= this.start()
    const running = this.running
    if (running.pending) throw new Error(`The thread ${this.options.name} is at another task.`)
    const id = ++this.lastId
    const answer = new Promise<O>((resolve, reject) => {
      running.pending = { id, resolve, reject }
    })
    answer.catch(() => {})
    await Promise.race([running.ready, answer])
    const patience = realTime.after(timeoutMs, () =>
      this.end(running, new TaskFailure('timeout', `The task took more than ${timeoutMs} ms.`)),
    )
    try {
      running.worker.postMessage({ id, input } satisfies ToThread<I>, transfer)
      return await answer
    } finally {
      patience.cancel()
      forget(running, id)
    }
  }

  /** Ends the thread, whatever it is at. A task under way is rejected, and so is every later one. */
  async stop(): Promise<void> {
    this.stopped = true
    if (this.running) this.end(this.running, stoppedFailure(this.options.name))
    await Promise.all(this.ending)
  }

  private start(): Running<O> {
    const { entry, name, memoryMiB } = this.options
    const worker = new Worker(entry, {
      name,
      ...(memoryMiB !== undefined && { resourceLimits: { maxOldGenerationSizeMb: memoryMiB } }),
    })
    let started = () => {}
    const ready = new Promise<void>((resolve) => {
      started = resolve
    })
    const running: Running<O> = { worker, ready, pending: undefined }
    let reason = 'it gave no reason'
    worker.on('message', (message: FromThread<O, N>) => {
      if (this.running !== running) return
      if (message.type === 'ready') started()
      else if (message.type === 'note') this.options.onNote?.(message.note)
      else settle(running, message)
    })
    worker.on('error', (error: unknown) => {
      reason = error instanceof Error ? error.message : String(error)
    })
    worker.on('exit', () =>
      this.end(running, new TaskFailure('crash', `The thread ${name} ended by itself: ${reason}.`)),
    )
    return running
  }

  private end(running: Running<O>, failure: TaskFailure): void {
    if (this.running === running) this.running = undefined
    const { pending } = running
    running.pending = undefined
    const ended = running.worker.terminate().finally(() => this.ending.delete(ended))
    this.ending.add(ended)
    pending?.reject(failure)
  }
}

function settle<O>(running: Running<O>, message: AnswerFromThread<O>): void {
  const { pending } = running
  if (pending?.id !== message.id) return
  running.pending = undefined
  if (message.type === 'done') pending.resolve(message.output)
  else pending.reject(new TaskFailure('thrown', message.message))
}

function forget<O>(running: Running<O>, id: number): void {
  if (running.pending?.id === id) running.pending = undefined
}

function stoppedFailure(name: string): TaskFailure {
  return new TaskFailure('stopped', `The thread ${name} was stopped.`)
}

/** The thread's side: answers each task with what `work` makes of it. `note` says something on the way. */
export function serveTasks<I, O, N = never>(
  work: (input: I, note: (note: N) => void) => Promise<O> | O,
  transferOf: (output: O) => ArrayBuffer[] = () => [],
): void {
  const parent = parentPort
  if (!parent) throw new Error('This module runs in a thread of its own.')
  const tell = (message: FromThread<O, N>, transfer: ArrayBuffer[] = []) => parent.postMessage(message, transfer)
  const note = (said: N) => tell({ type: 'note', note: said })
  parent.on('message', async ({ id, input }: ToThread<I>) => {
    let output: O
    try {
      output = await work(input, note)
    } catch (thrown) {
      tell({ type: 'failed', id, message: thrown instanceof Error ? thrown.message : String(thrown) })
      return
    }
    tell({ type: 'done', id, output }, transferOf(output))
  })
  tell({ type: 'ready' })
}
