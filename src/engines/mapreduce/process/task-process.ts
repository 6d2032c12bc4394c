import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Writable } from 'node:stream'
import { type GuardedLaunch, killGroup, residentBytes, startGuarded } from '../../kit/node/child-process.ts'
import { realTime } from '../../kit/node/real-time.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { HeldRecord } from '../contract.ts'
import type { FromTask, Samples, TaskError, TaskOrder, TaskProgress, TaskResult } from '../protocol.ts'

const MIB = 1024 * 1024
const LOOK_EVERY_MS = 100
const DATA = 5

export type Outcome =
  | { readonly type: 'done'; readonly result: TaskResult }
  | { readonly type: 'failed'; readonly error: TaskError; readonly progress?: TaskProgress; readonly samples?: Samples }

export interface TaskListener {
  /** Bytes of the split's file. */
  read(offset: number, length: number): AsyncIterable<Uint8Array>
  onProgress(progress: TaskProgress): void
  onHeld(held: HeldRecord | undefined): void
  onLog(text: string): void
}

/** A process that runs tasks of one job, one at a time. It ends with the first that fails. */
export class TaskProcess {
  readonly gone: Promise<void>
  /** Most memory seen, bytes. */
  peakBytes = 0
  private readonly child: ChildProcess
  private readonly containerMiB: number
  private listener: TaskListener | undefined
  /** Of the last task: its output may come after its answer, by another pipe. */
  private log: TaskListener['onLog'] = () => {}
  private settle: ((outcome: Outcome) => void) | undefined
  private cause: TaskError | undefined
  private failed: Outcome | undefined
  private heardMs = 0
  private held = false
  private ended = false
  private reading = Promise.resolve()

  constructor(launch: Omit<GuardedLaunch, 'pipes'>, containerMiB: number) {
    this.containerMiB = containerMiB
    this.child = startGuarded({ ...launch, pipes: 6 })
    for (const stream of [this.child.stdin!, this.data]) stream.on('error', () => {})
    const answers = createInterface({ input: this.child.stdio[3] as NodeJS.ReadableStream })
    answers.on('line', (line) => this.hear(JSON.parse(line) as FromTask))
    const streams = [this.child.stdout!, this.child.stderr!]
    for (const stream of streams) stream.setEncoding('utf8').on('data', (text: string) => this.log(text))
    const heardAll = Promise.all([once(answers, 'close'), ...streams.map((stream) => once(stream, 'close'))])
    this.gone = new Promise((resolve) => {
      this.child.once('exit', async (code, signal) => {
        // What the function started must not outlive it, nor keep its descriptors open.
        killGroup(this.child)
        await heardAll
        this.end(exitError(code, signal))
        resolve()
      })
      this.child.once('error', (error) => {
        this.end({ message: `The task's process did not start: ${error.message}` })
        resolve()
      })
    })
  }

  get alive(): boolean {
    return !this.ended && this.cause === undefined && this.failed === undefined
  }

  /** `timeoutS` real seconds without a word end it; 0 waits for ever. */
  async run(order: TaskOrder, listener: TaskListener, timeoutS: number): Promise<Outcome> {
    const answer = new Promise<Outcome>((resolve) => {
      this.settle = resolve
    })
    if (this.ended) return { type: 'failed', error: this.cause ?? { message: 'The process has ended.' } }
    this.listener = listener
    this.log = (text) => listener.onLog(text)
    this.heardMs = realTime.monotonicMs()
    this.child.stdin!.write(`${JSON.stringify(order)}\n`)
    const watch = realTime.every(LOOK_EVERY_MS, () => this.look(timeoutS))
    try {
      return await answer
    } finally {
      watch.cancel()
      this.listener = undefined
    }
  }

  /** Ends the process with all that it started, whatever it is at. */
  async kill(message: string): Promise<void> {
    this.cause ??= { message }
    killGroup(this.child)
    await this.gone
  }

  /** Lets the task go on from its breakpoint. */
  proceed(): void {
    if (!this.held) return
    this.held = false
    this.heardMs = realTime.monotonicMs()
    this.listener?.onHeld(undefined)
    this.reading = this.reading.then(() => void this.data.write(Buffer.alloc(1)))
  }

  private get data(): Writable {
    return (this.child.stdio as unknown as readonly Writable[])[DATA]
  }

  private look(timeoutS: number): void {
    const bytes = residentBytes(this.child.pid)
    this.peakBytes = Math.max(this.peakBytes, bytes)
    if (bytes > this.containerMiB * MIB)
      void this.kill(
        `Container is running beyond physical memory limits: ${Math.ceil(bytes / MIB)} MiB of ${this.containerMiB} MiB used. Killing container.`,
      )
    else if (timeoutS > 0 && !this.held && realTime.monotonicMs() - this.heardMs > timeoutS * 1000)
      void this.kill(`Timed out after ${timeoutS} secs`)
  }

  private hear(message: FromTask): void {
    this.heardMs = realTime.monotonicMs()
    const { listener } = this
    if (message.type === 'read') {
      this.reading = this.reading.then(() => this.serve(message.offset, message.length))
    } else if (message.type === 'progress') listener?.onProgress(message.progress)
    else if (message.type === 'held') {
      this.held = true
      listener?.onHeld(message.held)
    } else if (message.type === 'done') this.settle?.(message)
    // Its end is waited for: what it said last is in its log then.
    else this.failed = message
  }

  private async serve(offset: number, length: number): Promise<void> {
    if (!this.listener) return
    try {
      for await (const bytes of this.listener.read(offset, length)) {
        this.heardMs = realTime.monotonicMs()
        // Called back once it is written, or never will be.
        await new Promise<void>((resolve) => {
          this.data.write(bytes, () => resolve())
        })
        if (this.ended) return
      }
    } catch (thrown) {
      await this.kill(EngineError.from(thrown).message)
    }
  }

  private end(error: TaskError): void {
    this.ended = true
    this.settle?.(this.cause ? { type: 'failed', error: this.cause } : (this.failed ?? { type: 'failed', error }))
  }
}

function exitError(code: number | null, signal: NodeJS.Signals | null): TaskError {
  // V8 aborts a process whose heap is full.
  if (code === 134 || signal === 'SIGABRT')
    return { message: 'The task aborted: most likely its heap was full. Set containerMiB higher.' }
  if (signal !== null) return { message: `The task's process was ended by ${signal}.` }
  if (code !== null && code > 128 && code < 160)
    return { message: `The task's process was ended by signal ${code - 128}.` }
  return { message: `The task's process exited with code ${code} before its task was done.` }
}
