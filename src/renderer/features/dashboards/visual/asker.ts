/** A visual asks again at most so often when its data change under it. */
export const REFRESH_MS = 1000

interface Job<T> {
  readonly key: string
  readonly ask: (signal: AbortSignal) => Promise<T>
  readonly take: (answer: T) => void
  readonly fail: (thrown: unknown) => void
}

/**
 * Asks one question again and again: a new one at once, giving up the old; the same one, when its data changed, after the
 * running one has ended and at most once a second. Changes that come meanwhile are one.
 */
export class Asker<T> {
  private job: Job<T> | null = null
  private stop: AbortController | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private askedAt = -Infinity
  private stale = false
  private readonly now: () => number
  private readonly onBusy: (busy: boolean) => void

  constructor(onBusy: (busy: boolean) => void, now: () => number = () => performance.now()) {
    this.onBusy = onBusy
    this.now = now
  }

  /** Another question, or none. */
  change(job: Job<T> | null): void {
    this.end()
    this.job = job
    if (job) this.start(job)
    else this.onBusy(false)
  }

  /** The data of the question changed. */
  refresh(): void {
    if (!this.job) return
    if (this.stop || this.timer !== undefined) {
      this.stale = this.stop !== null
      return
    }
    const job = this.job
    this.timer = setTimeout(
      () => {
        this.timer = undefined
        this.start(job)
      },
      Math.max(0, this.askedAt + REFRESH_MS - this.now()),
    )
  }

  end(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.stop?.abort()
    this.stop = null
    this.stale = false
  }

  private start(job: Job<T>): void {
    const stop = new AbortController()
    this.stop = stop
    this.askedAt = this.now()
    this.onBusy(true)
    const done = (tell: () => void) => {
      if (stop.signal.aborted) return
      this.stop = null
      this.onBusy(false)
      tell()
      if (this.stale) {
        this.stale = false
        this.refresh()
      }
    }
    job.ask(stop.signal).then(
      (answer) => done(() => job.take(answer)),
      (thrown: unknown) => done(() => job.fail(thrown)),
    )
  }
}
