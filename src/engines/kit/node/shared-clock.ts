import { type Clock, type ClockSettings, type ClockTask, clockTask, type Timer } from '../pure/clock.ts'

/**
 * One clock for all threads of the process, in shared memory. Every thread has a slot in which it says when its next timer is due
 * and whether it has work in hand. Virtual time is the least of: where the speed would have it, the earliest due timer of any thread,
 * and the ceiling that is already on disk. So time never passes work that is due, and never runs backwards, a crash included.
 */
const SLOTS = 16
const NEVER = 2n ** 62n
const [LAST, BASE_ENGINE, BASE_REAL, CEILING, DUE] = [0, 1, 2, 3, 4]
const [MODE, PAUSED, VERSION, HOLDS] = [0, 1, 2, 3]
const TIMES_BYTES = (DUE + SLOTS) * 8
const INTS_BYTES = (HOLDS + SLOTS) * 4 + 4

export function createClockMemory(startMs: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(TIMES_BYTES + Math.ceil(INTS_BYTES / 8) * 8 + 8)
  const times = new BigInt64Array(memory, 0, DUE + SLOTS)
  const startUs = toMicros(startMs)
  times[LAST] = startUs
  times[BASE_ENGINE] = startUs
  times[BASE_REAL] = monotonicMicros()
  times[CEILING] = NEVER
  times.fill(NEVER, DUE)
  new Float64Array(memory, memory.byteLength - 8, 1)[0] = 1
  return memory
}

interface Due {
  readonly us: bigint
  readonly order: number
  readonly due: () => void | Promise<void>
  cancelled: boolean
}

export class SharedClock implements Clock {
  private readonly times: BigInt64Array
  private readonly ints: Int32Array
  private readonly speedCell: Float64Array
  private readonly slot: number
  private readonly timers = new TimerHeap()
  private order = 0
  private wakeUp: NodeJS.Timeout | undefined
  private watching = false
  private running = false

  constructor(memory: SharedArrayBuffer, slot: number) {
    this.times = new BigInt64Array(memory, 0, DUE + SLOTS)
    this.ints = new Int32Array(memory, TIMES_BYTES, HOLDS + SLOTS)
    this.speedCell = new Float64Array(memory, memory.byteLength - 8, 1)
    this.slot = slot
    // A thread that starts again in its slot owes nothing of what its predecessor had in hand.
    Atomics.store(this.times, DUE + slot, NEVER)
    Atomics.store(this.ints, HOLDS + slot, 0)
  }

  now(): number {
    return Math.floor(Number(this.advance()) / 1000)
  }

  realNow(): number {
    return Date.now()
  }

  at(timeMs: number, due: () => void | Promise<void>): Timer {
    const timer: Due = { us: toMicros(timeMs), order: this.order++, due, cancelled: false }
    this.timers.push(timer)
    this.arm()
    return {
      cancel: () => {
        if (timer.cancelled) return
        timer.cancelled = true
        this.timers.dropCancelled()
        this.arm()
      },
    }
  }

  hold(): () => void {
    Atomics.add(this.ints, HOLDS + this.slot, 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      if (Atomics.sub(this.ints, HOLDS + this.slot, 1) === 1) {
        this.announce()
        this.arm()
      }
    }
  }

  task<T>(work: (task: ClockTask) => Promise<T>): Promise<T> {
    return clockTask(this, work)
  }

  get settings(): ClockSettings {
    const speed = this.speedCell[0]
    return {
      mode: Atomics.load(this.ints, MODE) === 1 ? 'virtual' : 'real',
      speed: speed === Number.POSITIVE_INFINITY ? null : speed,
      paused: Atomics.load(this.ints, PAUSED) === 1,
    }
  }

  /** Changes how time runs, from this moment on. Only the supervisor calls it. */
  configure(change: Partial<ClockSettings>): ClockSettings {
    const now = this.advance()
    const next = { ...this.settings, ...change }
    const wall = toMicros(Date.now())
    Atomics.store(this.times, BASE_ENGINE, next.mode === 'real' && wall > now ? wall : now)
    Atomics.store(this.times, BASE_REAL, monotonicMicros())
    this.speedCell[0] = next.mode === 'real' ? 1 : (next.speed ?? Number.POSITIVE_INFINITY)
    Atomics.store(this.ints, PAUSED, next.paused && next.mode === 'virtual' ? 1 : 0)
    Atomics.store(this.ints, MODE, next.mode === 'virtual' ? 1 : 0)
    this.announce()
    this.arm()
    return this.settings
  }

  /** Lets paused virtual time run on to the next due timer of any thread. */
  step(): number {
    let next = NEVER
    for (let slot = 0; slot < SLOTS; slot++) next = least(next, Atomics.load(this.times, DUE + slot))
    if (next < NEVER) {
      Atomics.store(this.times, BASE_ENGINE, next)
      this.announce()
      this.arm()
    }
    return this.now()
  }

  /** Time may not pass this before a later ceiling is set: the supervisor keeps it on disk, so that a crash cannot turn time back. */
  setCeiling(timeMs: number): void {
    Atomics.store(this.times, CEILING, toMicros(timeMs))
    this.announce()
    this.arm()
  }

  dispose(): void {
    clearTimeout(this.wakeUp)
    this.timers.clear()
    Atomics.store(this.times, DUE + this.slot, NEVER)
    Atomics.store(this.ints, HOLDS + this.slot, 0)
    this.announce()
  }

  private advance(): bigint {
    for (;;) {
      const last = Atomics.load(this.times, LAST)
      const candidate = Atomics.load(this.ints, MODE) === 0 ? this.target() : least(this.target(), this.limit(last))
      if (candidate <= last) return last
      if (Atomics.compareExchange(this.times, LAST, last, candidate) === last) {
        // Another thread's timer may have been waiting for just this.
        this.announce()
        return candidate
      }
    }
  }

  private target(): bigint {
    const base = Atomics.load(this.times, BASE_ENGINE)
    if (Atomics.load(this.ints, PAUSED) === 1) return base
    const speed = this.speedCell[0]
    if (speed === Number.POSITIVE_INFINITY) return NEVER - 1n
    const elapsed = Number(monotonicMicros() - Atomics.load(this.times, BASE_REAL))
    return base + BigInt(Math.floor(elapsed * speed))
  }

  private limit(last: bigint): bigint {
    let limit = Atomics.load(this.times, CEILING)
    let anyDue = false
    for (let slot = 0; slot < SLOTS; slot++) {
      if (Atomics.load(this.ints, HOLDS + slot) > 0) return last
      const due = Atomics.load(this.times, DUE + slot)
      if (due < NEVER) anyDue = true
      limit = least(limit, due)
    }
    // As fast as possible with nothing due: there is nowhere to jump to, so time waits.
    if (!anyDue && this.speedCell[0] === Number.POSITIVE_INFINITY) return last
    return limit
  }

  private announce(): void {
    Atomics.add(this.ints, VERSION, 1)
    Atomics.notify(this.ints, VERSION)
  }

  /** Says in our slot what is due next and sees to it that we wake for it. */
  private arm(blocked = false): void {
    if (this.running) return
    const next = this.timers.first()
    const dueUs = next?.us ?? NEVER
    if (Atomics.exchange(this.times, DUE + this.slot, dueUs) !== dueUs) this.announce()
    clearTimeout(this.wakeUp)
    this.wakeUp = undefined
    if (!next) return
    // Time is not moved on here: whoever registers one timer may be about to register an earlier one.
    if (next.us <= Atomics.load(this.times, LAST)) {
      this.wakeUp = setTimeout(() => this.runDue(), 0)
      return
    }
    const speed = this.speedCell[0]
    const paused = Atomics.load(this.ints, PAUSED) === 1
    if (!paused) {
      const delayMs = speed === Number.POSITIVE_INFINITY ? 0 : Number(next.us - this.target()) / 1000 / speed
      // Due by the speed and yet not run means that another thread holds time: `watch` wakes us then, a timer would only spin.
      if (delayMs > 0 || !blocked)
        this.wakeUp = setTimeout(() => this.runDue(), Math.min(Math.max(delayMs, 0), 2 ** 31 - 1))
    }
    this.watch()
  }

  /** While a timer of ours waits for another thread or for the settings, every change of the shared state is looked at. */
  private watch(): void {
    if (this.watching) return
    this.watching = true
    const version = Atomics.load(this.ints, VERSION)
    const wait = Atomics.waitAsync(this.ints, VERSION, version, 200)
    const changed = () => {
      this.watching = false
      if (this.timers.first()) this.runDue()
    }
    if (wait.async) void wait.value.then(changed)
    else setImmediate(changed)
  }

  private runDue(): void {
    this.running = true
    try {
      for (let next = this.timers.first(); next && next.us <= this.advance(); next = this.timers.first()) {
        const release = this.hold()
        this.timers.pop()
        Atomics.store(this.times, DUE + this.slot, this.timers.first()?.us ?? NEVER)
        const work = next.due()
        if (work) void work.finally(release)
        else release()
      }
    } finally {
      this.running = false
      this.arm(true)
    }
  }
}

/** A binary heap by due time, then by order of registration, so that equal times run in a fixed order. */
class TimerHeap {
  private heap: Due[] = []

  first(): Due | undefined {
    while (this.heap[0]?.cancelled) this.pop()
    return this.heap[0]
  }

  push(timer: Due): void {
    const heap = this.heap
    let at = heap.push(timer) - 1
    for (let up = (at - 1) >> 1; at > 0 && before(heap[at], heap[up]); up = (at - 1) >> 1) {
      ;[heap[at], heap[up]] = [heap[up], heap[at]]
      at = up
    }
  }

  pop(): void {
    const heap = this.heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    heap[0] = last
    for (let at = 0; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && before(heap[child], heap[least])) least = child
      if (least === at) return
      ;[heap[at], heap[least]] = [heap[least], heap[at]]
      at = least
    }
  }

  /** Cancelled timers that are not at the top are dropped once they are the larger part. */
  dropCancelled(): void {
    if (this.heap.length < 64 || this.heap.filter((timer) => timer.cancelled).length * 2 < this.heap.length) return
    const kept = this.heap.filter((timer) => !timer.cancelled)
    this.heap = []
    for (const timer of kept) this.push(timer)
  }

  clear(): void {
    this.heap = []
  }
}

function before(a: Due, b: Due): boolean {
  return a.us < b.us || (a.us === b.us && a.order < b.order)
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function toMicros(ms: number): bigint {
  return BigInt(Math.round(ms * 1000))
}

function monotonicMicros(): bigint {
  return process.hrtime.bigint() / 1000n
}
