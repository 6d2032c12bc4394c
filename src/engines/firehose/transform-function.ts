import type { Clients } from '../contract.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { Attempt, TransformMethod } from './transform.ts'
import { InvocationError, readAnswer } from './transform-answer.ts'
import { type EventSource, type PackedRecords, transformEvent } from './transform-batch.ts'

/** Real time before an invocation that did not reach the functions is made again. */
const AGAIN_MS = 500

export interface FunctionOptions extends EventSource {
  readonly function: string
  readonly clients: Pick<Clients, 'functions'>
  readonly random: Random
}

/** A function of the workspace, by its contract: JavaScript, Python or a program of any kind in a process of its own. */
export class FunctionTransform implements TransformMethod {
  private readonly options: FunctionOptions
  private readonly ending = new AbortController()

  constructor(options: FunctionOptions) {
    this.options = options
  }

  async stop(): Promise<void> {
    this.ending.abort(new EngineError('Cancelled', 'The transform was stopped.', { retry: true }))
  }

  async attempt(records: PackedRecords): Promise<Attempt> {
    const { function: name, clients, random } = this.options
    const event = transformEvent(records, this.options, uuid(random))
    const { signal } = this.ending
    for (;;) {
      signal.throwIfAborted()
      try {
        const payload = new TextEncoder().encode(JSON.stringify(event))
        const answer = await clients.functions.invoke({ name, payload }, { signal })
        return read(Buffer.from(answer.payload).toString('utf8'), answer.failed, records.ends.length)
      } catch (thrown) {
        signal.throwIfAborted()
        const { code, message, retry } = EngineError.from(thrown)
        // The functions are being started again, or Millrace stops: that is no fault of the records.
        if (!retry) return { code: `Lambda.${code}`, message, again: true }
        await realTime.sleep(AGAIN_MS)
      }
    }
  }
}

function read(text: string, failed: boolean, count: number): Attempt {
  try {
    if (!failed) return { items: readAnswer(text, count) }
  } catch (thrown) {
    if (!(thrown instanceof InvocationError)) throw thrown
    return { code: thrown.code, message: thrown.message, again: true }
  }
  const { errorType, errorMessage } = JSON.parse(text) as { errorType: string; errorMessage: string }
  if (errorType === 'Sandbox.Timedout') return { code: 'Lambda.FunctionTimedOut', message: errorMessage, again: true }
  return { code: 'Lambda.FunctionError', message: `${errorType}: ${errorMessage}`, again: true }
}
