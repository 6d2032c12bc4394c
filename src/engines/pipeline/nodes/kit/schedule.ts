export interface Bursts {
  /** Times the rate while a burst lasts; 1 is no burst. */
  readonly factor: number
  readonly everyMs: number
  /** At most `everyMs`; each period ends with its burst. */
  readonly lengthMs: number
}

/** When the n-th record of a producer is due, milliseconds from its start, and how many are due by then. */
export class Schedule {
  private readonly perMs: number
  private readonly bursts: Bursts
  private readonly calmMs: number
  private readonly calm: number
  private readonly perPeriod: number

  /** `rate` is in records a second, between bursts. */
  constructor(rate: number, bursts: Bursts) {
    this.perMs = rate / 1000
    this.bursts = bursts
    this.calmMs = bursts.everyMs - bursts.lengthMs
    this.calm = this.calmMs * this.perMs
    this.perPeriod = this.calm + bursts.lengthMs * this.perMs * bursts.factor
  }

  dueBy(elapsedMs: number): number {
    const { everyMs, factor } = this.bursts
    const periods = Math.floor(elapsedMs / everyMs)
    const restMs = elapsedMs - periods * everyMs
    const inBurstMs = Math.max(0, restMs - this.calmMs)
    return periods * this.perPeriod + (restMs - inBurstMs) * this.perMs + inBurstMs * this.perMs * factor
  }

  timeOf(count: number): number {
    const { everyMs, factor } = this.bursts
    const periods = Math.floor(count / this.perPeriod)
    const rest = count - periods * this.perPeriod
    const inBurst = Math.max(0, rest - this.calm)
    return periods * everyMs + (rest - inBurst) / this.perMs + inBurst / (this.perMs * factor)
  }
}
