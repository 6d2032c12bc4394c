import { SESSIONS } from '../kit/node/duck.ts'
import { Announcer } from '../kit/pure/announcer.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { SessionState } from './contract.ts'
import { KeptSession, type SessionDeps } from './session.ts'

/** Sessions that are kept, each for as long as somebody follows it. */
export class Sessions {
  private readonly deps: SessionDeps
  private readonly kept = new Map<string, KeptSession>()
  private readonly changes = new Announcer<SessionState>(({ sessionId }) => sessionId)
  private opened = 0

  constructor(deps: SessionDeps) {
    this.deps = deps
  }

  /** Opens a session; it ends with the feed. */
  async *open(sessionId: string, signal: AbortSignal): AsyncGenerator<SessionState> {
    if (this.opened >= SESSIONS)
      throw new EngineError(
        'ActiveSessionsExceededException',
        `There are ${SESSIONS} sessions, as many as may be open. Close one: each query tab that ran a statement has one.`,
      )
    this.opened++
    let session: KeptSession | undefined
    const changes = this.changes.watch(signal, sessionId)
    try {
      session = await KeptSession.open(this.deps, (held) => this.changes.announce({ sessionId, ...held }))
      this.kept.set(sessionId, session)
      yield { sessionId, ...session.held }
      yield* changes
    } finally {
      await changes.return(undefined)
      this.kept.delete(sessionId)
      await session?.end()
      this.opened--
    }
  }

  /** The session of this id; none where none is asked for. */
  find(sessionId: string | undefined): { session?: KeptSession } {
    if (sessionId === undefined) return {}
    const session = this.kept.get(sessionId)
    if (session) return { session }
    throw new EngineError(
      'ResourceNotFoundException',
      'The session has ended: its temporary tables are gone, and what was not committed was rolled back. Begin anew.',
    )
  }

  async close(): Promise<void> {
    this.changes.close()
    await Promise.all([...this.kept.values()].map((session) => session.end()))
  }
}
