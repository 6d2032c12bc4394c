import type { Trust } from '../kit/node/code-trust.ts'
import type { EngineContext } from '../kit/node/engine.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { InvokeResult } from './contract.ts'
import { Programs } from './launch.ts'
import type { Library } from './library.ts'
import type { Logs } from './logs.ts'
import { PAYLOAD_BYTES_MAX, type Ran, Runner } from './runner.ts'

export interface InvocationParts {
  readonly context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'resourcesDirectory'>
  readonly library: Library
  readonly logs: Logs
  readonly trust: Trust
  readonly onInvoked: (name: string) => void
}

const encoder = new TextEncoder()

/** Runs functions. Virtual time stands still while one runs, as for all work that is due. */
export class Invocations {
  readonly programs = new Programs()
  private readonly parts: InvocationParts
  private readonly runners = new Map<string, Runner>()
  private stopped = false

  constructor(parts: InvocationParts) {
    this.parts = parts
  }

  newRequestId(): string {
    return uuid(this.parts.context.random)
  }

  /** Throws where the function could not be run at all; what goes wrong in it is its answer. */
  async invoke(name: string, payload: Uint8Array | string, requestId = this.newRequestId()): Promise<InvokeResult> {
    const event = readEvent(payload)
    await this.parts.trust.require()
    const deployed = this.parts.library.deployed(name)
    const release = this.parts.context.clock.hold()
    try {
      const { outcome, log, durationMs } = await this.runner(name).run(deployed, requestId, event)
      if (this.stopped) throw new EngineError('Cancelled', 'The function was stopped.', { retry: true })
      this.parts.logs.append(name, log)
      this.parts.onInvoked(name)
      return {
        requestId,
        payload: encoder.encode(answerOf(outcome)),
        failed: outcome.type === 'failed',
        log,
        durationMs,
      }
    } finally {
      release()
    }
  }

  /** Ends the processes of a function that is deleted. */
  async forget(name: string): Promise<void> {
    const runner = this.runners.get(name)
    this.runners.delete(name)
    await runner?.stop()
  }

  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()))
  }

  private runner(name: string): Runner {
    let runner = this.runners.get(name)
    if (!runner) {
      runner = new Runner(this.programs, this.parts.context.resourcesDirectory)
      this.runners.set(name, runner)
    }
    return runner
  }
}

const answerOf = (outcome: Ran['outcome']): string =>
  outcome.type === 'done' ? outcome.result : JSON.stringify(outcome.error)

/** The event as text. No payload is an empty object, as in Lambda. */
export function readEvent(payload: Uint8Array | string): string {
  const text = typeof payload === 'string' ? payload : Buffer.from(payload).toString('utf8')
  const bytes = Buffer.byteLength(text)
  if (bytes > PAYLOAD_BYTES_MAX)
    throw new EngineError(
      'RequestTooLargeException',
      `${bytes} byte payload is too large for the RequestResponse invocation type (limit ${PAYLOAD_BYTES_MAX} bytes)`,
    )
  if (text === '') return '{}'
  try {
    JSON.parse(text)
  } catch (thrown) {
    throw new EngineError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${(thrown as Error).message}`,
    )
  }
  return text
}
