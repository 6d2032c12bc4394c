import type { EngineError } from '../kit/pure/errors.ts'
import type { Ingested } from './contract.ts'
import { Intake } from './intake.ts'
import type { Listening } from './listen.ts'

/** A source that clients bring their records to, on a port. */
export abstract class ListeningSource {
  readonly url: string
  protected readonly intake: Intake
  private readonly listening: Listening

  constructor(url: string, listening: Listening) {
    this.url = url
    this.listening = listening
    this.intake = new Intake(() => `${url} · ${this.note()}`)
  }

  /** What has come so far, in a few words. */
  protected abstract note(): string

  items(): AsyncIterable<Ingested> {
    return this.intake.items()
  }

  settle(ticket: number): void {
    this.intake.settle(ticket)
  }

  /** What is under way is still answered. */
  close(): void {
    this.intake.close()
    this.listening.refuseNew()
  }

  async dispose(error: EngineError): Promise<void> {
    this.intake.fail(error)
    // The answers of what was dropped shall still go out.
    await new Promise((resolve) => setImmediate(resolve))
    await this.listening.stop()
  }
}
