import type { Candidate } from './scheduler.ts'

/** Jobs that wait, in order. Nearly all leave at the front, so that costs the same however many there are. */
export class Waiting {
  private jobs: Candidate[] = []
  private head = 0

  get size(): number {
    return this.jobs.length - this.head
  }

  at(index: number): Candidate | undefined {
    return this.jobs[this.head + index]
  }

  /** Behind all that do not come after it. */
  add(job: Candidate, isBefore: (a: Candidate, b: Candidate) => boolean): void {
    let at = this.jobs.length
    while (at > this.head && isBefore(job, this.jobs[at - 1])) at--
    this.jobs.splice(at, 0, job)
  }

  /** Its place, or -1. */
  find(is: (job: Candidate) => boolean): number {
    for (let at = this.head; at < this.jobs.length; at++) if (is(this.jobs[at])) return at - this.head
    return -1
  }

  take(index: number): void {
    if (index > 0) this.jobs.splice(this.head + index, 1)
    else if (++this.head > this.jobs.length / 2) {
      this.jobs = this.jobs.slice(this.head)
      this.head = 0
    }
  }

  first(count: number): Candidate[] {
    return this.jobs.slice(this.head, this.head + count)
  }

  all(): Candidate[] {
    return this.jobs.slice(this.head)
  }
}
