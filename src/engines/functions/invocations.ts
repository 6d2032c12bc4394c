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
  /** By function and version. */
  private readonly runners = new Map<string, Map<string, Runner>>()
  private stopped = false

  constructor(parts: InvocationParts) {
    this.parts = parts
  }

  newRequestId(): string {
    return uuid(this.parts.context.random)
  }

  /** Throws where the function could not be run at all; what goes wrong in it is its answer. */
  async invoke(ref: string, payload: Uint8Array | string, requestId = this.newRequestId()): Promise<InvokeResult> {
    const event = readEvent(payload)
    await this.parts.trust.require()
    const deployed = this.parts.library.deployed(ref, this.parts.context.random.next())
    const { name, version } = deployed
    const release = this.parts.context.clock.hold()
    try {
      const { outcome, log, durationMs } = await this.runner(name, version).run(deployed, requestId, event)
      if (this.stopped) throw new EngineError('Cancelled', 'The function was stopped.', { retry: true })
      this.parts.logs.append(name, log)
      this.parts.onInvoked(name)
      return {
        requestId,
        version,
        payload: encoder.encode(answerOf(outcome)),
        failed: outcome.type === 'failed',
        log,
        durationMs,
      }
    } finally {
      release()
    }
  }

  /** Ends the processes of what is deleted: a function, or a version of one. */
  async forget(name: string, version?: string): Promise<void> {
    const versions = this.runners.get(name) ?? new Map<string, Runner>()
    const gone = [...versions].filter(([each]) => version === undefined || each === version)
    for (const [each] of gone) versions.delete(each)
    await Promise.all(gone.map(([, runner]) => runner.stop()))
  }

  async stop(): Promise<void> {
    this.stopped = true
    await Promise.all([...this.runners.keys()].map((name) => this.forget(name)))
  }

  private runner(name: string, version: string): Runner {
    const versions = this.runners.get(name) ?? new Map<string, Runner>()
    this.runners.set(name, versions)
    const runner = versions.get(version) ?? new Runner(this.programs, this.parts.context.resourcesDirectory)
    versions.set(version, runner)
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
