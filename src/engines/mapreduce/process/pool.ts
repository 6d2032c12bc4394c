import type { TaskProcess } from './task-process.ts'

interface Idle {
  readonly key: string
  readonly process: TaskProcess
}

/** Processes of all jobs' tasks: never more than so many, each kept for the next task of its kind. */
export class Pool {
  readonly size: number
  private readonly all = new Set<TaskProcess>()
  private idle: Idle[] = []
  private busy = 0

  constructor(size: number) {
    this.size = size
  }

  get free(): number {
    return this.size - this.busy
  }

  /** Most memory that any of its processes had, bytes. */
  peakBytes = 0

  /** A process for a task; the caller has seen that there is one free. */
  take(key: string, start: () => TaskProcess): TaskProcess {
    this.busy++
    const at = this.idle.findIndex((each) => each.key === key && each.process.alive)
    if (at >= 0) return this.idle.splice(at, 1)[0].process
    if (this.busy + this.idle.length > this.size) void this.idle.shift()?.process.kill('Another job needs its place.')
    const process = start()
    this.all.add(process)
    void process.gone.then(() => this.all.delete(process))
    return process
  }

  give(key: string, process: TaskProcess): void {
    this.busy--
    this.peakBytes = Math.max(this.peakBytes, process.peakBytes)
    if (process.alive) this.idle.push({ key, process })
  }

  /** A job has ended: what was kept for it goes. */
  async forget(job: string): Promise<void> {
    const own = this.idle.filter(({ key }) => key.startsWith(`${job} `))
    this.idle = this.idle.filter((each) => !own.includes(each))
    await Promise.all(own.map(({ process }) => process.kill('The job has ended.')))
  }

  async stop(): Promise<void> {
    await Promise.all([...this.all].map((process) => process.kill('Millrace is stopping.')))
  }
}
