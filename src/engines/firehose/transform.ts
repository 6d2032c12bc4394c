import {
  newQuickJSWASMModule,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from 'quickjs-emscripten'
import { EngineError } from '../kit/pure/errors.ts'
import { SANDBOX_PRELUDE } from './sandbox-prelude.ts'

const MEMORY_BYTES_MAX = 128 * 1024 * 1024
const STACK_BYTES_MAX = 512 * 1024
/** Lambda's limit of a synchronous answer. */
const RESPONSE_BYTES_MAX = 6 * 1024 * 1024
/** Lambda gives a function's own start ten seconds, apart from its timeout. */
const INIT_MS = 10_000
/** Firehose tries again three times. */
const ATTEMPTS = 4

export interface TransformRecord {
  readonly data: Uint8Array
  readonly arrivalMs: number
}

export type TransformResult =
  | { readonly result: 'Ok'; readonly data: Uint8Array }
  | { readonly result: 'Dropped' }
  | { readonly result: 'ProcessingFailed'; readonly code: string; readonly message: string; readonly attempts: number }

export interface TransformOptions {
  readonly code: string
  readonly timeoutMs: number
  readonly deliveryStreamArn: string
  readonly sourceStreamArn?: string
  /** Real time, epoch ms: what a timeout is measured on. */
  readonly realNow: () => number
  readonly onLog: (line: string) => void
}

/** A failure of one invocation; a timeout is not tried again, since nothing outside the sandbox could make it end sooner. */
class InvocationError extends Error {
  readonly code: string
  readonly again: boolean

  constructor(code: string, message: string, again = true) {
    super(message)
    this.code = code
    this.again = again
  }
}

/**
 * A record transform with Lambda's contract: the handler gets `{ invocationId, deliveryStreamArn, region, records: [{ recordId,
 * approximateArrivalTimestamp, data }] }` with base64 data and answers every recordId once, as Ok, Dropped or ProcessingFailed. It runs in QuickJS:
 * no files, no network, 128 MiB, and ended when its time is over.
 */
export class Transform {
  private readonly options: TransformOptions
  /** An instance of its own: one that a script managed to break cannot take another transform along. */
  private quickjs: QuickJSWASMModule | undefined
  private runtime: QuickJSRuntime | undefined
  private context: QuickJSContext | undefined
  private deadlineMs = 0
  private invocations = 0

  constructor(options: TransformOptions) {
    this.options = options
  }

  /** Loads the code, so that what is wrong with it is said when the delivery stream is created. */
  static async check(options: TransformOptions): Promise<void> {
    const transform = new Transform(options)
    try {
      await transform.load()
    } catch (thrown) {
      if (!(thrown instanceof InvocationError)) throw thrown
      throw new EngineError('InvalidArgumentException', `transform.code: ${thrown.message}`, {
        at: { field: 'transform.code' },
      })
    } finally {
      transform.dispose()
    }
  }

  async run(records: readonly TransformRecord[]): Promise<TransformResult[]> {
    let failure: InvocationError | undefined
    let attempts = 0
    while (attempts < ATTEMPTS) {
      attempts++
      try {
        return await this.invoke(records)
      } catch (thrown) {
        if (!(thrown instanceof InvocationError)) throw thrown
        failure = thrown
        this.dispose()
        if (!thrown.again) break
      }
    }
    const { code, message } = failure!
    return records.map(() => ({ result: 'ProcessingFailed', code, message, attempts }))
  }

  dispose(): void {
    try {
      this.context?.dispose()
      this.runtime?.dispose()
    } catch {
      this.quickjs = undefined
    }
    this.context = undefined
    this.runtime = undefined
  }

  private async load(): Promise<QuickJSContext> {
    if (this.context) return this.context
    this.quickjs ??= await newQuickJSWASMModule()
    const runtime = this.quickjs.newRuntime()
    runtime.setMemoryLimit(MEMORY_BYTES_MAX)
    runtime.setMaxStackSize(STACK_BYTES_MAX)
    runtime.setInterruptHandler(() => this.options.realNow() > this.deadlineMs)
    const context = runtime.newContext()
    this.runtime = runtime
    this.context = context
    this.expose(context, '__decode', (text) => Buffer.from(text, 'base64').toString('utf8'))
    this.expose(context, '__encode', (text) => Buffer.from(text, 'utf8').toString('base64'))
    this.expose(context, '__log', (text) => {
      this.options.onLog(text.slice(0, 2000))
      return ''
    })
    this.startClock(INIT_MS)
    this.evaluate(context, SANDBOX_PRELUDE, 'prelude.js').dispose()
    this.evaluate(context, this.options.code, 'transform.js').dispose()
    const kind = this.evaluate(context, '__findHandler()', 'prelude.js')
    const found = context.dump(kind)
    kind.dispose()
    if (found !== 'function')
      throw new InvocationError(
        'Lambda.FunctionError',
        'The code defines no function named handler, and sets no exports.handler.',
      )
    return context
  }

  private startClock(ms: number): void {
    this.deadlineMs = this.options.realNow() + ms
  }

  private expose(context: QuickJSContext, name: string, run: (text: string) => string): void {
    const handle = context.newFunction(name, (text) => context.newString(run(context.getString(text))))
    context.setProp(context.global, name, handle)
    handle.dispose()
  }

  private evaluate(context: QuickJSContext, code: string, file: string): QuickJSHandle {
    const result = context.evalCode(code, file)
    if (!result.error) return result.value
    throw this.failure(context, result.error)
  }

  private failure(context: QuickJSContext, handle: QuickJSHandle): InvocationError {
    const error: unknown = context.dump(handle)
    handle.dispose()
    if (this.options.realNow() > this.deadlineMs) {
      return new InvocationError('Lambda.FunctionTimedOut', 'The transform did not end in its time.', false)
    }
    const { name = 'Error', message = String(error), stack = '' } = (error ?? {}) as Record<string, string>
    const line = /transform\.js:(\d+)/.exec(stack)?.[1]
    return new InvocationError('Lambda.FunctionError', `${name}: ${message}${line ? ` (line ${line})` : ''}`)
  }

  private async invoke(records: readonly TransformRecord[]): Promise<TransformResult[]> {
    const context = await this.load()
    this.startClock(this.options.timeoutMs)
    const event = JSON.stringify(this.event(records))
    const argument = context.newString(event)
    context.setProp(context.global, '__event', argument)
    argument.dispose()
    this.evaluate(context, '__invoke(__event)', 'prelude.js').dispose()
    const jobs = this.runtime!.executePendingJobs()
    if (jobs.error) throw this.failure(context, jobs.error)
    const answer = this.evaluate(context, '__answer()', 'prelude.js')
    const text = context.getString(answer)
    answer.dispose()
    if (text.length > RESPONSE_BYTES_MAX) {
      throw new InvocationError(
        'Lambda.ResponseTooLarge',
        `The answer has ${text.length} bytes; the limit is ${RESPONSE_BYTES_MAX}.`,
      )
    }
    return readAnswer(text, records.length)
  }

  private event(records: readonly TransformRecord[]): object {
    const { deliveryStreamArn, sourceStreamArn } = this.options
    return {
      invocationId: `invocation-${++this.invocations}`,
      deliveryStreamArn,
      ...(sourceStreamArn && { sourceKinesisStreamArn: sourceStreamArn }),
      region: 'us-east-1',
      records: records.map(({ data, arrivalMs }, i) => ({
        recordId: recordId(i),
        approximateArrivalTimestamp: arrivalMs,
        data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
      })),
    }
  }
}

const recordId = (index: number) => String(index).padStart(20, '0')

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Checks an answer against the contract. One that breaks it as a whole is a failed invocation; one record's fault is that record's. */
function readAnswer(text: string, count: number): TransformResult[] {
  const broken = (message: string) => new InvocationError('Lambda.InvalidResponse', message)
  const answer: unknown = JSON.parse(text)
  const items = (answer as { records?: unknown } | null)?.records
  if (!Array.isArray(items)) throw broken('The handler must answer { records: [{ recordId, result, data }] }.')
  const results: (TransformResult | undefined)[] = new Array(count).fill(undefined)
  for (const item of items as Record<string, unknown>[]) {
    const index = Number(item?.recordId)
    if (typeof item?.recordId !== 'string' || recordId(index) !== item.recordId || index >= count) {
      throw broken(`The answer has the recordId ${JSON.stringify(item?.recordId)}, which was not asked.`)
    }
    if (results[index]) throw broken(`The answer has the recordId ${item.recordId} twice.`)
    results[index] = readItem(item)
  }
  const missing = results.findIndex((result) => !result)
  if (missing >= 0)
    throw broken(`The answer lacks the recordId ${recordId(missing)}: every record must come back, dropped ones too.`)
  return results as TransformResult[]
}

function readItem(item: Record<string, unknown>): TransformResult {
  const failed = (code: string, message: string): TransformResult => ({
    result: 'ProcessingFailed',
    code,
    message,
    attempts: 1,
  })
  if (item.result === 'Dropped') return { result: 'Dropped' }
  if (item.result === 'ProcessingFailed')
    return failed('Lambda.ProcessingFailedStatus', 'The transform answered ProcessingFailed for this record.')
  if (item.result !== 'Ok')
    return failed(
      'Lambda.InvalidResponse',
      `result must be Ok, Dropped or ProcessingFailed, not ${JSON.stringify(item.result)}.`,
    )
  if (typeof item.data !== 'string' || !BASE64.test(item.data))
    return failed('Lambda.InvalidResponse', 'data must be base64 text.')
  return { result: 'Ok', data: new Uint8Array(Buffer.from(item.data, 'base64')) }
}
