import type { Clients } from '../../../engines/contract.ts'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import type { SessionState } from '../../../engines/warehouse/contract.ts'
import { notify } from '../../lib/index.ts'

export type Held = SessionState

/** Whether there is something in it that ends with it. */
export const holdsAnything = (held: Held | null): held is Held =>
  held !== null && (held.transaction !== 'none' || held.temporaries.length > 0)

/**
 * The session that the warehouse's statements of one tab share, so that a temporary table and a transaction last from one to the next. The
 * first statement opens it; it closes with the tab.
 */
export class Connection {
  private readonly clients: Clients
  private readonly tell: (held: Held | null) => void
  private following: { id: Promise<string>; stop: AbortController } | null = null
  private held: Held | null = null

  constructor(clients: Clients, tell: (held: Held | null) => void) {
    this.clients = clients
    this.tell = tell
  }

  /** The session that is open, for a look that needs none of its own. */
  get current(): { sessionId?: string } {
    return this.held ? { sessionId: this.held.sessionId } : {}
  }

  async open(): Promise<{ sessionId: string }> {
    this.following ??= this.follow()
    return { sessionId: await this.following.id }
  }

  close(): void {
    const { following } = this
    this.set(null)
    this.following = null
    following?.stop.abort()
  }

  /** Ends the transaction; answers when that is done. */
  async end(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const { statementId } = await this.clients.warehouse.startStatement({ sql: how, ...(await this.open()) })
    for await (const { error } of this.clients.warehouse.watchStatement({ statementId }))
      if (error) throw EngineError.fromWire(error)
  }

  private follow() {
    const stop = new AbortController()
    const opened = Promise.withResolvers<string>()
    const following = { id: opened.promise, stop }
    void (async () => {
      let failure: unknown
      try {
        for await (const held of this.clients.warehouse.session({}, { signal: stop.signal })) {
          if (this.following === following) this.set(held)
          opened.resolve(held.sessionId)
        }
      } catch (thrown) {
        failure = thrown
      }
      opened.reject(failure)
      if (this.following !== following) return
      const { held } = this
      this.following = null
      this.set(null)
      if (holdsAnything(held) && !stop.signal.aborted)
        notify({
          tone: 'bad',
          title: 'The session of this query has ended',
          message: 'Its temporary tables are gone, and what was not committed was rolled back.',
        })
    })()
    // Whoever asked hears of it; nobody may have.
    opened.promise.catch(() => {})
    return following
  }

  private set(held: Held | null): void {
    this.held = held
    this.tell(held)
  }
}
