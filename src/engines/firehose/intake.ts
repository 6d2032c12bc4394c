import type { Clock, ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { Wake } from '../kit/pure/wake.ts'
import { type Arrivals, joinArrivals } from './arrivals.ts'
import type { Gathering } from './transforms.ts'

export interface IntakeParts {
  readonly clock: Clock
  /** Bytes of records that wait here and of what is on its way out, together. */
  readonly bytesMax: number
  readonly inFlightBytes: () => number
  /** How much is to come together before it is worked off. */
  readonly gathering: () => Gathering | undefined
  /** Works one batch off. False where it could not, because the delivery stream stops. */
  readonly work: (arrivals: Arrivals, task: ClockTask) => Promise<boolean>
  readonly onFailure: (thrown: unknown) => void
  readonly signal: AbortSignal
}

/** Records that are durable and wait to be worked off, batch by batch and in order. While too much is under way, who brings more waits. */
export class Intake {
  /** Something went out: there may be room. */
  readonly room = new Wake()
  private readonly parts: IntakeParts
  private readonly queue: { readonly arrivals: Arrivals; readonly addedMs: number }[] = []
  private readonly more = new Wake()
  private queuedBytes = 0
  /** Somebody waits for all of it: nothing more is gathered. */
  private hurried = false
  private working: Promise<void> | undefined

  constructor(parts: IntakeParts) {
    this.parts = parts
  }

  get hasRoom(): boolean {
    return this.queuedBytes + this.parts.inFlightBytes() <= this.parts.bytesMax
  }

  async waitForRoom(signal: AbortSignal): Promise<void> {
    const ending = this.parts.signal
    while (!this.hasRoom && !ending.aborted) {
      await this.room.wait(signal)
      if (signal.aborted) throw signal.reason
    }
    if (ending.aborted)
      throw new EngineError('ServiceUnavailableException', 'The delivery stream is stopping.', { retry: true })
  }

  add(arrivals: Arrivals): void {
    this.queue.push({ arrivals, addedMs: this.parts.clock.now() })
    this.queuedBytes += arrivals.data.length
    this.more.wake()
    this.startWork()
  }

  /** Resolves once nothing waits. */
  async idle(): Promise<void> {
    while (this.working) {
      this.hurried = true
      this.more.wake()
      await this.working
    }
    this.hurried = false
  }

  private startWork(): void {
    const { clock, signal, onFailure } = this.parts
    this.working ??= clock
      .task((task) => this.workOff(task))
      .then(
        () => {
          this.working = undefined
          // What came after the last look at the queue and before this has nobody else to work it off.
          if (this.queue.length > 0 && !signal.aborted) this.startWork()
        },
        (thrown) => {
          this.working = undefined
          onFailure(thrown)
        },
      )
  }

  /** Time stands still meanwhile, except while nothing can go on. */
  private async workOff(task: ClockTask): Promise<void> {
    const { work, inFlightBytes, bytesMax, signal } = this.parts
    while (this.queue.length > 0 && !signal.aborted) {
      const { arrivals, entries } = await this.gather(task)
      if (signal.aborted || !(await work(arrivals, task))) return
      this.queue.splice(0, entries)
      this.queuedBytes -= arrivals.data.length
      this.room.wake()
      while (inFlightBytes() > bytesMax && !signal.aborted) await task.idle(this.room.wait(signal))
    }
  }

  /** What is worked off next: what came at once, or, for a transform, what comes together in its time. */
  private async gather(task: ClockTask): Promise<{ arrivals: Arrivals; entries: number }> {
    const { clock, signal, gathering } = this.parts
    const [{ arrivals: first, addedMs }] = this.queue
    const wanted = gathering()
    if (!wanted || wanted.intervalMs === 0) return { arrivals: first, entries: 1 }
    const untilMs = addedMs + wanted.intervalMs
    const waits = () => this.queuedBytes < wanted.bytes && clock.now() < untilMs && !this.hurried && !signal.aborted
    while (waits()) {
      const changed = new AbortController()
      void this.more.wait(signal).then(() => changed.abort())
      await task.sleepUntil(untilMs, changed.signal).catch(() => {})
    }
    let entries = 1
    for (let bytes = first.data.length; entries < this.queue.length; entries++) {
      const { arrivals } = this.queue[entries]
      const before = this.queue[entries - 1].arrivals
      bytes += arrivals.data.length
      const follows = arrivals.origin === first.origin && arrivals.first === before.first + before.count
      if (!follows || bytes > wanted.bytes) break
    }
    return { arrivals: joinArrivals(this.queue.slice(0, entries).map(({ arrivals }) => arrivals)), entries }
  }
}
