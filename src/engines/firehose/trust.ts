import type { Clients } from '../contract.ts'
import { realTime } from '../kit/node/real-time.ts'
import type { ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'

const LOOK_EVERY_MS = 500

/**
 * Code that came with a workspace runs only once its user trusts that workspace. Until then nobody adds a transform, and records for one
 * that is there wait in the journal or the data stream, where they are durable: none is delivered untransformed, none fails.
 */
export class Trust {
  private readonly clients: Pick<Clients, 'workspace'>
  /** Trust is given once for all. */
  private given = false

  constructor(clients: Pick<Clients, 'workspace'>) {
    this.clients = clients
  }

  /** Throws `RestrictedWorkspace`, which says what to do. */
  async require(): Promise<void> {
    this.given ||= (await this.clients.workspace.describe({})).trusted
    if (this.given) return
    throw new EngineError(
      'RestrictedWorkspace',
      'This workspace was not created here, so it opens restricted: transforms do not run their code. Look at what it brought, then trust it with "Trust this workspace" in the banner above every view.',
      { at: { field: 'destination.transform' } },
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
