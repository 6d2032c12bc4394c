import type { Clock } from '../pure/clock.ts'
import { EngineError } from '../pure/errors.ts'
import type { Log } from './engine.ts'
import { realTime } from './real-time.ts'

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

const AT_ONCE = 100
const RETRY_MS = 500

/**
 * Tells the default event bus what happens in an engine, in order, without the engine waiting for it. An event is put again until the bus
 * has it on disk, and time stands still meanwhile, so rules see it at least once. What a kill takes before that is lost here: an engine whose
 * events must outlast it keeps them itself, and announces them again (as the lake does).
 */
export class EventAnnouncements {
  private readonly tools: AnnouncementTools
  private waiting: EngineEvent[] = []
  private sending: Promise<void> | undefined
  private closed = false

  constructor(tools: AnnouncementTools) {
    this.tools = tools
  }

  announce(event: EngineEvent): void {
    this.waiting.push({ timeMs: this.tools.clock.now(), ...event })
    if (this.closed) return
    this.sending ??= this.tools.clock
      .task(() => this.sendAll())
      .finally(() => {
        this.sending = undefined
      })
  }

  /** Hands over what waits, as far as the bus takes it now. */
  async stop(): Promise<void> {
    this.closed = true
    await this.sending
  }

  private async sendAll(): Promise<void> {
    const { clients, log } = this.tools
    for (let tries = 0; this.waiting.length > 0; ) {
      const events = this.waiting.slice(0, AT_ONCE)
      try {
        await clients.events.put({
          entries: events.map(({ source, detailType, detail, resources = [], timeMs }) => ({
            source,
            detailType,
            detail: JSON.stringify(detail),
            resources: [...resources],
            timeMs: timeMs!,
          })),
        })
        this.waiting.splice(0, events.length)
        tries = 0
      } catch (thrown) {
        if (this.closed) return
        if (tries++ === 0) log.warn(`Events wait, for the bus does not take them: ${EngineError.from(thrown).message}`)
        await realTime.sleep(RETRY_MS)
      }
    }
  }
}
