import type { Clock, Timer } from '../../kit/pure/clock.ts'
import type { Timetable } from '../../kit/pure/cron.ts'

/** A rule or schedule that is due at times. */
export interface Scheduled {
  /** ARN. */
  readonly id: string
  readonly timetable: Timetable
  /** Its last time that was seen to, or when it began. */
  readonly lastMs: number
  /** A time has come: keeps durably what follows from it, together with the time itself. */
  fire(atMs: number): void
  /** No time is left. */
  done?(): void
}

/** The age at which what was missed is not made up for any more: an event's of a day, the longest that the service tries. */
const MISSED_MS_MAX = 86_400_000

/** One timer for everything that is scheduled: each is due once at each of its times, on the engine's clock. */
export class ScheduleTimer {
  private readonly clock: Clock
  private readonly waiting = new Map<string, { scheduled: Scheduled; nextMs: number }>()
  private timer: Timer | undefined

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** In place of what had this id before. Of times that went by while nobody looked (Millrace was stopped), the last of a day is made up for. */
  set(scheduled: Scheduled): void {
    const { id, timetable, lastMs } = scheduled
    const nowMs = this.clock.now()
    const missedMs = lastTime(timetable, Math.max(lastMs, nowMs - MISSED_MS_MAX), nowMs)
    this.plan(id, scheduled, missedMs ?? timetable.next(Math.max(lastMs, nowMs - MISSED_MS_MAX)))
    this.arm()
  }

  delete(id: string): void {
    if (this.waiting.delete(id)) this.arm()
  }

  nextOf(id: string): number | undefined {
    return this.waiting.get(id)?.nextMs
  }

  stop(): void {
    this.timer?.cancel()
    this.waiting.clear()
  }

  private plan(id: string, scheduled: Scheduled, nextMs: number | undefined): void {
    if (nextMs !== undefined) this.waiting.set(id, { scheduled, nextMs })
    else {
      this.waiting.delete(id)
      scheduled.done?.()
    }
  }

  private arm(): void {
    this.timer?.cancel()
    let soonestMs = Number.POSITIVE_INFINITY
    for (const { nextMs } of this.waiting.values()) soonestMs = Math.min(soonestMs, nextMs)
    this.timer = Number.isFinite(soonestMs) ? this.clock.at(soonestMs, () => this.due()) : undefined
  }

  private due(): void {
    const nowMs = this.clock.now()
    for (const [id, { scheduled, nextMs }] of [...this.waiting]) {
      if (nextMs > nowMs) continue
      scheduled.fire(nextMs)
      this.plan(id, scheduled, scheduled.timetable.next(nextMs))
    }
    this.arm()
  }
}

function lastTime(timetable: Timetable, afterMs: number, untilMs: number): number | undefined {
  let last: number | undefined
  for (let at = timetable.next(afterMs); at !== undefined && at <= untilMs; at = timetable.next(at)) last = at
  return last
}
