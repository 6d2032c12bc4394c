import {
  newQuickJSWASMModule,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from 'quickjs-emscripten'
import { realTime } from '../kit/node/real-time.ts'
import { SANDBOX_PRELUDE } from './sandbox-prelude.ts'
import { InvocationError, type ItemAnswer, readAnswer } from './transform-answer.ts'
import { type EventSource, type PackedRecords, transformEvent } from './transform-batch.ts'

const MEMORY_BYTES_MAX = 128 * 1024 * 1024
const STACK_BYTES_MAX = 512 * 1024
/** Lambda's limit of a synchronous answer. */
const RESPONSE_BYTES_MAX = 6 * 1024 * 1024

export interface SandboxOptions extends EventSource {
  readonly code: string
  readonly onLog: (line: string) => void
}

/** The handler of a transform in QuickJS: no files, no network, 128 MiB. Who calls it sees to its time: it may never come back. */
export class Sandbox {
  private readonly options: SandboxOptions
  private quickjs: QuickJSWASMModule | undefined
  private runtime: QuickJSRuntime | undefined
  private context: QuickJSContext | undefined
  private deadlineMs = 0
  private invocations = 0

  constructor(options: SandboxOptions) {
    this.options = options
  }

  dispose(): void {
    this.context?.dispose()
    this.runtime?.dispose()
    this.context = undefined
    this.runtime = undefined
  }

  /** Evaluates the code and finds its handler. */
  async load(): Promise<void> {
    this.quickjs ??= await newQuickJSWASMModule()
    const runtime = this.quickjs.newRuntime()
    runtime.setMemoryLimit(MEMORY_BYTES_MAX)
    runtime.setMaxStackSize(STACK_BYTES_MAX)
    const context = runtime.newContext()
    this.runtime = runtime
    this.context = context
    this.expose(context, '__decode', (text) => Buffer.from(text, 'base64').toString('utf8'))
    this.expose(context, '__encode', (text) => Buffer.from(text, 'utf8').toString('base64'))
    this.expose(context, '__remaining', () => String(Math.max(0, Math.round(this.deadlineMs - realTime.monotonicMs()))))
    this.expose(context, '__log', (text) => {
      this.options.onLog(text.slice(0, 2000))
      return ''
    })
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
  }

  invoke(records: PackedRecords, timeoutMs: number): ItemAnswer[] {
    const { context, runtime } = this
    if (!context || !runtime) throw new Error('The sandbox was not loaded.')
    this.deadlineMs = realTime.monotonicMs() + timeoutMs
    const argument = context.newString(
      JSON.stringify(transformEvent(records, this.options, `invocation-${++this.invocations}`)),
    )
    context.setProp(context.global, '__event', argument)
    argument.dispose()
    this.evaluate(context, '__invoke(__event)', 'prelude.js').dispose()
    const jobs = runtime.executePendingJobs()
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
    return readAnswer(text, records.ends.length)
  }

  private expose(context: QuickJSContext, name: string, run: (text: string) => string): void {
    const handle = context.newFunction(name, (text) => context.newString(run(text ? context.getString(text) : '')))
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
    const { name = 'Error', message = String(error), stack = '' } = (error ?? {}) as Record<string, string>
    const line = /transform\.js:(\d+)/.exec(stack)?.[1]
    return new InvocationError('Lambda.FunctionError', `${name}: ${message}${line ? ` (line ${line})` : ''}`)
  }
}
