import type { Clients } from '../contract.ts'
import type { Log } from '../kit/node/engine.ts'
import type { Clock, Timer } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { ACCOUNT_ID, DEFAULT_REGION } from '../kit/pure/ids.ts'
import { busEvent } from './bus-event.ts'
import type { BucketSettings, Notification } from './contract.ts'
import type { Store } from './store.ts'

/** Engine time after which a target that could not take an event is asked again. */
const RETRY_MS = 60_000
/** In the place of a function's name: the event is for the default event bus. */
const THE_BUS = ''

export type EventName =
  | `ObjectCreated:${'Put' | 'Copy' | 'CompleteMultipartUpload'}`
  | `ObjectRemoved:${'Delete' | 'DeleteMarkerCreated'}`
  | `LifecycleExpiration:${'Delete' | 'DeleteMarkerCreated'}`
  | `ObjectTagging:${'Put' | 'Delete'}`

/** The object of an event; a deletion tells neither size nor tag. */
export interface EventObject {
  key: string
  size?: number
  etag?: string
  versionId?: string | null
}

/**
 * Notifications of functions and of the event bus: an event is kept in the index, by the same sync as the change it tells of, until the function's queue, or the bus, has
 * it. So it comes at least once, as S3 promises, a kill included.
 */
export class Events {
  private readonly tools: { store: Store; clock: Clock; log: Log } & Pick<Clients, 'functions' | 'events'>
  private sending: Promise<void> | undefined
  private retry: Timer | undefined
  private closed = false
  private count = 0

  constructor(tools: Events['tools']) {
    this.tools = tools
  }

  tell(bucket: { name: string; settings: BucketSettings }, event: EventName, object: EventObject): void {
    const { notifications = [], eventBridge = false } = bucket.settings
    const wanted = notifications.filter((one) => wants(one, event, object.key))
    const { store, clock } = this.tools
    for (const one of wanted) {
      const record = this.record(bucket.name, event, object, one.id)
      store.putEvent(one.function, JSON.stringify({ Records: [record] }))
    }
    if (eventBridge) {
      const timeMs = clock.now()
      const told = busEvent(bucket.name, event, object, { timeMs, sequencer: this.sequencer(timeMs) })
      store.putEvent(THE_BUS, JSON.stringify(told))
    }
    if (wanted.length > 0 || eventBridge) this.send()
  }

  /** Hands on what is kept, in order. */
  send(): void {
    if (this.closed || this.sending) return
    const { clock, store } = this.tools
    if (store.events().length === 0) return
    this.retry?.cancel()
    this.sending = clock
      .task(() => this.sendAll())
      .catch((thrown) => {
        if (this.closed) return
        this.tools.log.warn(`An event of the lake waits, for its target cannot be reached: ${thrown.message}`)
        this.retry = clock.at(clock.now() + RETRY_MS, () => this.send())
      })
      .finally(() => {
        this.sending = undefined
        if (!this.retry) this.send()
      })
  }

  private async sendAll(): Promise<void> {
    const { store, log } = this.tools
    this.retry = undefined
    for (let events = store.events(); events.length > 0 && !this.closed; events = store.events()) {
      await store.durable()
      for (const { id, function: name, payload } of events) {
        try {
          await this.hand(name, payload)
        } catch (thrown) {
          if (EngineError.from(thrown).code !== 'ResourceNotFoundException') throw thrown
          log.warn(`An event of the lake was dropped: there is no function ${name} any more.`)
        }
        store.dropEvent(id)
      }
    }
  }

  private async hand(name: string, payload: string): Promise<void> {
    const { functions, events } = this.tools
    if (name !== THE_BUS) await functions.invokeAsync({ name, payload: new TextEncoder().encode(payload) })
    else {
      const { detail, ...event } = JSON.parse(payload)
      await events.put({ entries: [{ ...event, detail: JSON.stringify(detail) }] })
    }
  }

  async close(): Promise<void> {
    this.closed = true
    this.retry?.cancel()
    await this.sending
  }

  private sequencer(nowMs: number): string {
    const count = (this.count++ % 0x10000).toString(16).padStart(4, '0')
    return (nowMs.toString(16).padStart(12, '0') + count).toUpperCase()
  }

  /** S3 User Guide, "Event message structure", version 2.1. */
  private record(bucket: string, eventName: EventName, object: EventObject, configurationId: string): object {
    const nowMs = this.tools.clock.now()
    const { key, size, etag, versionId } = object
    return {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: DEFAULT_REGION,
      eventTime: new Date(nowMs).toISOString(),
      eventName,
      userIdentity: { principalId: ACCOUNT_ID },
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      responseElements: {},
      s3: {
        s3SchemaVersion: '1.0',
        configurationId,
        bucket: { name: bucket, ownerIdentity: { principalId: ACCOUNT_ID }, arn: `arn:aws:s3:::${bucket}` },
        object: {
          key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'),
          ...(size !== undefined && { size }),
          ...(etag !== undefined && { eTag: etag.replaceAll('"', '') }),
          ...(versionId && { versionId }),
          sequencer: this.sequencer(nowMs),
        },
      },
    }
  }
}

const wants = (one: Notification, event: EventName, key: string): boolean =>
  key.startsWith(one.prefix) &&
  key.endsWith(one.suffix) &&
  one.events.some(
    (name) => name === `s3:${event}` || (name.endsWith('*') && `s3:${event}`.startsWith(name.slice(0, -1))),
  )
