import { BatchBuilder } from '../kit/pure/batch.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Ingested } from './contract.ts'

export interface TakenRecord {
  readonly key: string
  readonly data: Uint8Array
}

/** Room kept for what a client is about to send. One of the two is to be called. */
export interface Admission {
  /** Resolves once the records have been dealt with; rejects when they may not have been. */
  take(records: readonly TakenRecord[]): Promise<void>
  release(): void
}

/** Bytes that may be under way between clients and what follows. One request may be larger, alone. */
const BYTES_MAX = 32 * 1024 * 1024
const BATCH_RECORDS = 2000
const BATCH_BYTES = 1024 * 1024

interface Parcel {
  readonly records: readonly TakenRecord[]
  readonly bytes: number
  readonly done: () => void
  readonly failed: (error: EngineError) => void
  given: number
}

interface Waiting {
  readonly bytes: number
  readonly admit: (admission: Admission) => void
  readonly refuse: (reason: unknown) => void
}

/** What many clients send at once, as one source: bounded, batched, and each of them told when theirs is safe. */
export class Intake {
  private readonly note: () => string
  private queue: Parcel[] = []
  /** Given, and not settled; the n-th parcel ever given has ticket n. */
  private unsettled: Parcel[] = []
  private ticket = 0
  private settledTicket = 0
  private bytes = 0
  private waiting: Waiting[] = []
  private wake: (() => void) | undefined
  private closed = false
  private failure: EngineError | undefined
  private leftOutCount = 0

  constructor(note: () => string) {
    this.note = note
  }

  /** Null while there is no room, or others wait for it. */
  admit(bytes: number): Admission | null {
    return this.waiting.length === 0 && this.fits(bytes) ? this.admission(bytes) : null
  }

  /** In turn, once there is room; the signal gives up the place. */
  admitted(bytes: number, signal: AbortSignal): Promise<Admission> {
    if (this.closed) return Promise.reject(this.failure ?? closing())
    const now = this.admit(bytes)
    if (now) return Promise.resolve(now)
    return new Promise((admit, refuse) => {
      const place: Waiting = { bytes, admit, refuse }
      this.waiting.push(place)
      const leave = () => {
        if (!this.waiting.includes(place)) return
        this.waiting = this.waiting.filter((other) => other !== place)
        refuse(signal.reason)
        this.admitWaiting()
      }
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
      this.wake?.()
    })
  }

  leftOut(records: number): void {
    this.leftOutCount += records
    this.wake?.()
  }

  /** What the note says may have changed. */
  look(): void {
    this.wake?.()
  }

  /** Ends once it has been closed and all that was taken is settled. */
  async *items(): AsyncGenerator<Ingested> {
    let said: string | undefined
    for (;;) {
      while (!this.failure && this.queue.length === 0 && this.leftOutCount === 0 && this.said() === said) {
        if (this.closed && this.unsettled.length === 0) return
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
      }
      if (this.failure) throw this.failure
      const item = this.item()
      said = this.said()
      yield item
    }
  }

  settle(ticket: number): void {
    const count = Math.max(0, ticket - this.settledTicket)
    this.settledTicket += count
    for (const parcel of this.unsettled.splice(0, count)) {
      this.bytes -= parcel.bytes
      parcel.done()
    }
    this.admitWaiting()
    this.wake?.()
  }

  close(): void {
    this.closed = true
    for (const { refuse } of this.waiting.splice(0)) refuse(this.failure ?? closing())
    this.wake?.()
  }

  /** Nobody takes what has come in any more: whether it arrived cannot be said. */
  fail(error: EngineError): void {
    this.failure ??= error
    for (const parcel of [...this.unsettled.splice(0), ...this.queue.splice(0)]) parcel.failed(error)
    this.close()
  }

  private fits(bytes: number): boolean {
    return this.bytes === 0 || this.bytes + bytes <= BYTES_MAX
  }

  private admission(bytes: number): Admission {
    this.bytes += bytes
    const release = () => {
      this.bytes -= bytes
      this.admitWaiting()
    }
    return {
      release,
      take: (records) => {
        const taken = records.reduce((sum, { data }) => sum + data.length, 0)
        this.bytes += taken
        release()
        if (this.closed) {
          this.bytes -= taken
          return Promise.reject(this.failure ?? closing())
        }
        return new Promise((done, failed) => {
          this.queue.push({ records, bytes: taken, done, failed, given: 0 })
          this.wake?.()
        })
      },
    }
  }

  private admitWaiting(): void {
    while (this.waiting.length > 0 && this.fits(this.waiting[0].bytes)) {
      const { bytes, admit } = this.waiting.shift()!
      admit(this.admission(bytes))
    }
  }

  /** As much as makes a batch; a parcel has been given with the batch that holds its last record. */
  private nextBatch() {
    const builder = new BatchBuilder()
    const roomy = () => builder.count < BATCH_RECORDS && builder.dataBytes < BATCH_BYTES
    while (this.queue.length > 0 && roomy()) {
      const parcel = this.queue[0]
      while (parcel.given < parcel.records.length && roomy()) {
        const { key, data } = parcel.records[parcel.given++]
        builder.add(key, data)
      }
      if (parcel.given < parcel.records.length) break
      this.queue.shift()
      this.unsettled.push(parcel)
      this.ticket++
    }
    return builder.finish()
  }

  private said(): string {
    return `${this.note()} ${this.warning()}`
  }

  private warning(): string | null {
    return this.waiting.length > 0 ? 'What follows takes records more slowly than they come: clients wait' : null
  }

  private item(): Ingested {
    const batch = this.nextBatch()
    const leftOut = this.leftOutCount
    this.leftOutCount = 0
    return { ticket: this.ticket, batch, leftOut, note: this.note(), warning: this.warning() }
  }
}

export function closing(): EngineError {
  return new EngineError('ServiceUnavailable', 'This producer is stopping: send it again once it runs.', {
    retry: true,
  })
}
