import { mkdirSync, rmSync } from 'node:fs'
import type { Clock } from '../pure/clock.ts'
import { EngineError } from '../pure/errors.ts'
import type { Log } from './engine.ts'
import { realTime } from './real-time.ts'
import { type Db, unsynced } from './sqlite.ts'

/** An event of an engine, in the words in which the AWS service tells it: `aws.batch`, `Batch Job State Change`, its detail. */
export interface EngineEvent {
  readonly source: `aws.${string}`
  readonly detailType: string
  readonly detail: object
  /** ARNs that it is about. */
  readonly resources?: readonly string[]
  /** Engine time; the time of the announcement unless told. */
  readonly timeMs?: number
}

export interface AnnouncementTools {
  readonly clients: {
    readonly events: {
      put(input: {
        entries: { source: string; detailType: string; detail: string; resources: string[]; timeMs: number }[]
      }): Promise<unknown>
    }
  }
  readonly clock: Clock
  readonly log: Log
}

/** Table of what is to be announced: a step of the engine's own store. */
export const OUTBOX = 'CREATE TABLE outbox (ordinal INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL) STRICT'

export interface OutboxParts {
  /** The engine's store, with the table of OUTBOX. */
  readonly db: Db
  /** A folder that is there while events wait or work is under way that will make some: by it the program knows to start the engine after a kill. */
  readonly mark: string
  readonly isBusy: () => boolean
}

const AT_ONCE = 100
const RETRY_MS = 500
/** What has no state to keep waits so long for a transaction that is made anyway, and so long what the bus has is kept: short work costs less. */
const SHARED_MS = 250

/**
 * Tells the default event bus what happens in an engine, in order, without the engine waiting for it. An event is kept in one transaction with the state that it
 * announces, and put until the bus has it on disk, by the next process where this one is killed; so rules see it at least once. Time stands still meanwhile.
 */
export class EventAnnouncements {
  private readonly tools: AnnouncementTools
  private readonly outbox: OutboxParts
  private sending: Promise<void> | undefined
  private closed = false
  /** Announced with no state to keep: in the next transaction, or in one of their own before long. */
  private coming: string[] = []
  private late: { cancel(): void } | undefined
  private settling: { cancel(): void } | undefined
  /** The last that the bus has. It and those before go with the next transaction. */
  private told = 0

  constructor(tools: AnnouncementTools, outbox: OutboxParts) {
    this.tools = tools
    this.outbox = outbox
    if (!outbox.db.readonly) this.send()
  }

  /** On disk when it returns, with what `keep` writes to the same store; where there is nothing to keep, before long. */
  announce(event: EngineEvent, keep?: () => void): void {
    if (!keep) this.late ??= this.soon(() => this.writeLate())
    this.coming.push(JSON.stringify({ timeMs: this.tools.clock.now(), ...event }))
    if (!keep) return
    try {
      this.write(keep)
    } catch (thrown) {
      // What was not kept did not happen.
      this.coming.pop()
      throw thrown
    }
  }

  /** Hands over what waits, as far as the bus takes it now. */
  async stop(): Promise<void> {
    this.write()
    this.closed = true
    await this.sending
    this.settling?.cancel()
    this.settle()
  }

  private writeLate(): void {
    this.late = undefined
    this.write()
  }

  private write(keep?: () => void): void {
    const { coming } = this
    if (coming.length === 0) return
    const { db, mark } = this.outbox
    mkdirSync(mark, { recursive: true })
    const commit = db.transaction(() => {
      keep?.()
      this.dropTold()
      const insert = db.prepare('INSERT INTO outbox (event) VALUES (?)')
      for (const event of coming) insert.run(event)
    })
    if (keep) commit()
    else unsynced(db, commit)
    this.coming = []
    this.late?.cancel()
    this.late = undefined
    this.send()
  }

  private dropTold(): void {
    this.outbox.db.prepare('DELETE FROM outbox WHERE ordinal <= ?').run(this.told)
  }

  private send(): void {
    if (this.closed) return
    this.sending ??= this.tools.clock
      .task(() => this.sendAll())
      .finally(() => {
        this.sending = undefined
        if (this.waiting().length > 0) this.send()
      })
  }

  private waiting(): { ordinal: number; event: string }[] {
    const rows = this.outbox.db
      .prepare('SELECT ordinal, event FROM outbox WHERE ordinal > ? ORDER BY ordinal LIMIT ?')
      .all(this.told, AT_ONCE)
    return rows as { ordinal: number; event: string }[]
  }

  private async sendAll(): Promise<void> {
    const { clients, log } = this.tools
    // What is announced within a larger transaction is told after it.
    await Promise.resolve()
    for (let tries = 0; ; ) {
      const rows = this.waiting()
      if (rows.length === 0) break
      try {
        await clients.events.put({ entries: rows.map(({ event }) => entryOf(JSON.parse(event) as EngineEvent)) })
        this.told = rows.at(-1)!.ordinal
        tries = 0
      } catch (thrown) {
        if (this.closed) return
        if (tries++ === 0) log.warn(`Events wait, for the bus does not take them: ${EngineError.from(thrown).message}`)
        await realTime.sleep(RETRY_MS)
      }
    }
    this.settling?.cancel()
    this.settling = this.soon(() => this.settle())
  }

  /** What the disk refuses waits for the next event. */
  private soon(work: () => void): { cancel(): void } {
    return realTime.after(SHARED_MS, () => {
      try {
        work()
      } catch (thrown) {
        this.tools.log.warn(`The outbox of events was not written: ${EngineError.from(thrown).message}`)
      }
    })
  }

  private settle(): void {
    const { db, mark, isBusy } = this.outbox
    if (db.readonly) return
    if (this.told > 0) unsynced(db, () => this.dropTold())
    if (this.coming.length > 0 || isBusy() || this.waiting().length > 0) return
    rmSync(mark, { recursive: true, force: true })
  }
}

const entryOf = ({ source, detailType, detail, resources = [], timeMs }: EngineEvent) => ({
  source,
  detailType,
  detail: JSON.stringify(detail),
  resources: [...resources],
  timeMs: timeMs!,
})
