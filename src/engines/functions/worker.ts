import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { killGroup, residentBytes, startGuarded } from '../kit/node/child-process.ts'
import { realTime } from '../kit/node/real-time.ts'

const MIB = 1024 * 1024
const MEMORY_LOOK_MS = 25

/** As Lambda answers for a function that failed (Lambda guide, "Understanding retry behavior in Lambda"). */
export interface FunctionError {
  readonly errorType: string
  readonly errorMessage: string
  /** Node's stack. */
  readonly trace?: readonly string[]
  /** Python's. */
  readonly stackTrace?: readonly string[]
}

export type Outcome =
  | { readonly type: 'done'; readonly result: string }
  | { readonly type: 'failed'; readonly error: FunctionError }

export interface InvokeRequest {
  readonly requestId: string
  /** JSON text. */
  readonly event: string
  /** Real epoch ms. */
  readonly deadlineMs: number
  readonly functionArn: string
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly directory: string
  readonly memoryMiB: number
  readonly onLog: (text: string) => void
}

type Message =
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'ready'; readonly version: string }
  | { readonly type: 'fatal'; readonly error: FunctionError }
  | { readonly type: 'done'; readonly requestId: string; readonly result: string; readonly rss?: number }
  | { readonly type: 'failed'; readonly requestId: string; readonly error: FunctionError; readonly rss?: number }

/** One process that runs one function, one request at a time. It ends with its first failure to answer. */
export class Worker {
  readonly initMs: Promise<number>
  /** Most memory seen, bytes. */
  peakBytes = 0
  private readonly launch: Launch
  private readonly child: ChildProcess
  private readonly startedMs = realTime.monotonicMs()
  private ready: (initMs: number) => void = () => {}
  private unready: (error: FunctionError) => void = () => {}
  private settle: ((outcome: Outcome) => void) | undefined
  private cause: FunctionError | undefined
  private ended = false
  /** The process whose memory counts, where it is not the child itself. */
  private program: number | undefined
  /** Resolves once the process has ended. */
  readonly gone: Promise<void>

  constructor(launch: Launch) {
    this.launch = launch
    this.initMs = new Promise((resolve, reject) => {
      this.ready = resolve
      this.unready = reject
    })
    this.initMs.catch(() => {})
    this.child = startGuarded({ ...launch, pipes: 5 })
    this.child.stdin!.on('error', () => {})
    const answers = createInterface({ input: this.child.stdio[3] as NodeJS.ReadableStream })
    answers.on('line', (line) => this.hear(line))
    const heardAll = new Promise<void>((resolve) => {
      answers.once('close', resolve)
    })
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => launch.onLog(text))
    this.gone = new Promise((resolve) => {
      this.child.once('exit', async (code, signal) => {
        // What the function started must not outlive it, nor keep its descriptors open.
        killGroup(this.child)
        await heardAll
        this.finish(this.cause ?? exitError(code, signal))
        resolve()
      })
      this.child.once('error', (error) => {
        this.finish({ errorType: 'Runtime.ExitError', errorMessage: `The runtime did not start: ${error.message}` })
        resolve()
      })
    })
  }

  get alive(): boolean {
    return !this.ended
  }

  /** Rejects with a FunctionError where the function cannot be loaded, or not in that time (real ms). */
  async init(timeoutMs: number): Promise<number> {
    return this.within(timeoutMs, () => this.initMs, '')
  }

  async invoke(request: InvokeRequest, timeoutMs: number): Promise<Outcome> {
    const answer = new Promise<Outcome>((resolve) => {
      this.settle = resolve
    })
    if (this.ended) return { type: 'failed', error: this.cause! }
    this.child.stdin!.write(`${JSON.stringify(request)}\n`)
    return this.within(timeoutMs, () => answer, request.requestId)
  }

  /** Ends the process with all that it started, whatever it is at. */
  async kill(cause: FunctionError = { errorType: 'Runtime.ExitError', errorMessage: 'The function was stopped.' }) {
    this.cause ??= cause
    killGroup(this.child)
    await this.gone
  }

  private async within<T>(timeoutMs: number, work: () => Promise<T>, requestId: string): Promise<T> {
    const prefix = requestId && `RequestId: ${requestId} `
    const seconds = (timeoutMs / 1000).toFixed(2)
    const patience = realTime.after(timeoutMs, () => {
      const errorMessage = `${prefix}Error: Task timed out after ${seconds} seconds`
      void this.kill({ errorType: 'Sandbox.Timedout', errorMessage })
    })
    const watch = realTime.every(MEMORY_LOOK_MS, () => {
      if (this.memory() <= this.launch.memoryMiB * MIB) return
      const errorMessage = `${prefix}Error: Runtime exited with error: signal: killed`
      void this.kill({ errorType: 'Runtime.OutOfMemory', errorMessage })
    })
    try {
      return await work()
    } finally {
      patience.cancel()
      watch.cancel()
    }
  }

  /** Resident bytes now, where the system tells them. */
  private memory(): number {
    const bytes = residentBytes(this.program ?? this.child.pid)
    this.peakBytes = Math.max(this.peakBytes, bytes)
    return bytes
  }

  private hear(line: string): void {
    let message: Message
    try {
      message = JSON.parse(line)
    } catch {
      this.launch.onLog(`${line}\n`)
      return
    }
    if (message.type === 'log') this.launch.onLog(message.text)
    else if (message.type === 'started') this.program = message.pid
    else if (message.type === 'ready') this.ready(realTime.monotonicMs() - this.startedMs)
    else if (message.type === 'fatal') this.cause = message.error
    else {
      this.peakBytes = Math.max(this.peakBytes, message.rss ?? 0)
      this.settle?.(message)
      this.settle = undefined
    }
  }

  private finish(error: FunctionError): void {
    this.ended = true
    this.cause = error
    this.unready(error)
    this.settle?.({ type: 'failed', error })
  }
}

function exitError(code: number | null, signal: NodeJS.Signals | null): FunctionError {
  const how =
    signal !== null
      ? `Runtime exited with error: signal: ${signal}`
      : code === 0
        ? 'Runtime exited without providing a reason'
        : `Runtime exited with error: exit status ${code}`
  return { errorType: 'Runtime.ExitError', errorMessage: `Error: ${how}` }
}
