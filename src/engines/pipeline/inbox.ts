import type { RecordBatch } from '../kit/pure/batch.ts'
import type { Clock, ClockTask } from '../kit/pure/clock.ts'
import { batchBytes } from './nodes/kit/rows.ts'

const MAX_BATCHES = 16
const MAX_BYTES = 4 * 1024 * 1024

/** Follows the records of a wire: when it comes out at a sink, all that went before it has been dealt with. */
export class Barrier {
  readonly passed: Promise<void>
  private open = 1
  private resolve: () => void = () => {}

  constructor() {
    this.passed = new Promise((resolve) => {
      this.resolve = resolve
    })
  }

  /** It goes on along so many more wires. */
  split(more: number): void {
    this.open += more
  }

  pass(): void {
    if (--this.open === 0) this.resolve()
  }
}

type Item = RecordBatch | Barrier
type Wake = (release: () => void) => void

/**
 * The bounded queue before a node's records input; all wires into the port end in it. Who waits at it holds no time, and who wakes
 * another holds the clock until that one runs again, so that virtual time never slips past a record that is being handed over.
 */
export class Inbox {
  private readonly clock: Clock
  private readonly items: Item[] = []
  private bytes = 0
  private open: number
  private failure: unknown
  private readonly takers: Wake[] = []
  private readonly pushers: Wake[] = []

  constructor(clock: Clock, wires: number) {
    this.clock = clock
    this.open = wires
  }

  get full(): boolean {
    return this.items.length >= MAX_BATCHES || this.bytes >= MAX_BYTES
  }

  async push(task: ClockTask, item: Item): Promise<void> {
    while (this.full && !this.failure) await wait(task, this.pushers)
    if (this.failure) throw this.failure
    this.items.push(item)
    if (!(item instanceof Barrier)) this.bytes += batchBytes(item)
    this.wakeOne(this.takers)
  }

  /** What is there now, without waiting. */
  takeReady(): Item | undefined {
    if (this.failure) throw this.failure
    const item = this.items.shift()
    if (item && !(item instanceof Barrier)) this.bytes -= batchBytes(item)
    if (item) this.wakeOne(this.pushers)
    return item
  }

  /** The next item, null at the end, 'due' at engine time `untilMs`. */
  async take(task: ClockTask, untilMs?: number): Promise<Item | null | 'due'> {
    for (;;) {
      const item = this.takeReady()
      if (item) return item
      if (this.open === 0) return null
      if (untilMs !== undefined && this.clock.now() >= untilMs) return 'due'
      if (untilMs === undefined) await wait(task, this.takers)
      else await this.waitUntil(task, untilMs)
    }
  }

  /** One wire has nothing more to give. */
  close(): void {
    this.open--
    if (this.open === 0) this.wakeAll()
  }

  /** Everyone who waits or comes later gets the error: the run has been given up. */
  fail(error: unknown): void {
    this.failure ??= error
    this.items.length = 0
    this.wakeAll()
  }

  private async waitUntil(task: ClockTask, untilMs: number): Promise<void> {
    let wake: Wake = () => {}
    const waiting = new Promise<() => void>((resolve) => {
      wake = resolve
    })
    this.takers.push(wake)
    const timer = this.clock.at(untilMs, () => {
      const place = this.takers.indexOf(wake)
      if (place < 0) return
      this.takers.splice(place, 1)
      wake(this.clock.hold())
    })
    const release = await task.idle(waiting)
    timer.cancel()
    release()
  }

  private wakeOne(waiting: Wake[]): void {
    waiting.shift()?.(this.clock.hold())
  }

  private wakeAll(): void {
    for (const wake of [...this.takers.splice(0), ...this.pushers.splice(0)]) wake(this.clock.hold())
  }
}

async function wait(task: ClockTask, waiting: Wake[]): Promise<void> {
  const release = await task.idle(new Promise<() => void>((resolve) => waiting.push(resolve)))
  release()
}
