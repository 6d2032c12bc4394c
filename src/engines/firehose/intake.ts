import type { Clock, ClockTask } from '../kit/pure/clock.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { Wake } from '../kit/pure/wake.ts'
import type { Arrivals } from './arrivals.ts'

export interface IntakeParts {
  readonly clock: Clock
  /** Bytes of records that wait here and of what is on its way out, together. */
  readonly bytesMax: number
  readonly inFlightBytes: () => number
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
  private readonly queue: Arrivals[] = []
  private queuedBytes = 0
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
    this.queue.push(arrivals)
    this.queuedBytes += arrivals.data.length
    this.startWork()
  }

  /** Resolves once nothing waits. */
  async idle(): Promise<void> {
    while (this.working) await this.working
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
      const arrivals = this.queue[0]
      if (!(await work(arrivals, task))) return
      this.queue.shift()
      this.queuedBytes -= arrivals.data.length
      this.room.wake()
      while (inFlightBytes() > bytesMax && !signal.aborted) await task.idle(this.room.wait(signal))
    }
  }
}
