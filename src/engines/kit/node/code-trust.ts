import type { ClockTask } from '../pure/clock.ts'
import { EngineError } from '../pure/errors.ts'
import { realTime } from './real-time.ts'

const LOOK_EVERY_MS = 500

export interface TrustOptions {
  readonly clients: { readonly workspace: { describe(input: object): Promise<{ readonly trusted: boolean }> } }
  /** What does not happen until then, such as `functions do not run`. */
  readonly withheld: string
  /** The field that would bring the code in. */
  readonly field?: string
}

/**
 * Code that came with a workspace runs only once its user trusts that workspace. Until then nobody adds any, and records for it wait in
 * the journal or the data stream, where they are durable: none goes on untransformed, none fails.
 */
export class Trust {
  private readonly options: TrustOptions
  /** Trust is given once for all. */
  private given = false

  constructor(options: TrustOptions) {
    this.options = options
  }

  /** Throws `RestrictedWorkspace`, which says what to do. */
  async require(): Promise<void> {
    const { clients, withheld, field } = this.options
    this.given ||= (await clients.workspace.describe({})).trusted
    if (this.given) return
    throw new EngineError(
      'RestrictedWorkspace',
      `This workspace was not created here, so it opens restricted: ${withheld}. Look at what it brought, then trust it with "Trust this workspace" in the banner above every view.`,
      field === undefined ? {} : { at: { field } },
    )
  }

  /** Comes back with true when the code may run, or with false when `signal` ended the wait. Time goes on meanwhile. */
  async wait(task: ClockTask, signal: AbortSignal, onRefused: (message: string) => void): Promise<boolean> {
    while (!this.given && !signal.aborted) {
      try {
        await this.require()
      } catch (thrown) {
        onRefused(EngineError.from(thrown).message)
        await task.idle(realTime.sleep(LOOK_EVERY_MS))
      }
    }
    return this.given
  }
}
