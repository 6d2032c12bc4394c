import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { realTime } from '../../kit/node/real-time.ts'
import type { Counters, SampleRecord } from '../contract.ts'
import { type Samples, TASK_COUNTER, type TaskOrder, type TaskProgress } from '../protocol.ts'
import { tell } from './channel.ts'
import { textOf, type Value } from './codec.ts'

const TELL_EVERY_MS = 250
const SAMPLES_MAX = 20
const SAMPLE_CHARS = 300

/** What a task counts, says and shows of itself. */
export class Report {
  phase: TaskProgress['phase']
  progress = 0
  status = ''
  /** Hadoop's own, by name. */
  readonly task: Record<string, number> = {}
  readonly groups: Counters = {}
  readonly samples: Record<string, SampleRecord[]> = {}
  private readonly countersMax: number
  private readonly task_: string
  private users = 0
  private toldMs = 0

  constructor({ spec, kind, task }: Pick<TaskOrder, 'spec' | 'kind' | 'task'>) {
    this.countersMax = spec.countersMax
    this.phase = kind === 'map' ? 'map' : 'shuffle'
    this.task_ = `${kind[0]}_${String(task).padStart(6, '0')}`
  }

  count(name: string, amount: number): void {
    this.task[name] = (this.task[name] ?? 0) + amount
  }

  countIn(group: string, name: string, amount: number): void {
    this.groups[group] ??= {}
    this.groups[group][name] = (this.groups[group][name] ?? 0) + amount
  }

  /** A counter of the user's own; there may be only so many. */
  countUser(group: string, name: string, amount: number): void {
    if (this.groups[group]?.[name] === undefined && ++this.users > this.countersMax)
      throw new Error(`LimitExceededException: Too many counters: ${this.users} max=${this.countersMax}`)
    this.countIn(group, name, amount)
  }

  sample(stage: string, key: Value, value: Value, partition?: number): void {
    this.samples[stage] ??= []
    if (this.samples[stage].length >= SAMPLES_MAX) return
    const record = { task: this.task_, key: shown(key), value: shown(value) }
    this.samples[stage].push(partition === undefined ? record : { ...record, partition })
  }

  wantsSample(stage: string): boolean {
    return (this.samples[stage]?.length ?? 0) < SAMPLES_MAX
  }

  /** Tells the engine how far it is, now and then. */
  tick(): void {
    const now = realTime.monotonicMs()
    if (now - this.toldMs < TELL_EVERY_MS) return
    this.toldMs = now
    tell({ type: 'progress', progress: this.take() })
  }

  take(): TaskProgress {
    const { user, system } = process.cpuUsage()
    this.task.CPU_MILLISECONDS = Math.round((user + system) / 1000) - this.cpuBefore
    this.task.PHYSICAL_MEMORY_BYTES = process.memoryUsage.rss()
    const { phase, progress, status } = this
    return { phase, progress: Math.min(1, progress), status, counters: { ...this.groups, [TASK_COUNTER]: this.task } }
  }

  takeSamples(): Samples {
    return this.samples
  }

  private readonly cpuBefore = Math.round((process.cpuUsage().user + process.cpuUsage().system) / 1000)
}

export const shown = (value: Value): string => {
  const text = textOf(value)
  return text.length > SAMPLE_CHARS ? `${text.slice(0, SAMPLE_CHARS)}…` : text
}

/** What a user's function is given beside its record. */
export interface Context {
  emit(key: Value, value: Value): void
  counter(group: string, name: string, amount?: number): void
  /** Says what it is at; also tells that it lives. */
  status(text: string): void
  /** The text of a file of the distributed cache. */
  cache(name: string): string
  readonly parameters: Readonly<Record<string, string>>
  readonly job: string
  readonly attempt: string
  readonly attemptNumber: number
  readonly task: number
  readonly node: string
  readonly partitions: number
  /** Of a map. */
  readonly input?: { readonly uri: string; readonly offset: number; readonly length: number }
}

export function contextOf(order: TaskOrder, report: Report, emit: Context['emit']): Context {
  const { spec, job, attempt, attemptNumber, task, node } = order
  return {
    emit,
    counter: (group, name, amount = 1) => report.countUser(String(group), String(name), amount),
    status: (text) => {
      report.status = String(text).slice(0, 512)
      report.tick()
    },
    cache: (name) => readFileSync(join(order.cacheDirectory, name), 'utf8'),
    parameters: spec.parameters,
    job,
    attempt,
    attemptNumber,
    task,
    node,
    partitions: spec.reducers,
    ...(order.kind === 'map' && {
      input: { uri: order.split.uri, offset: order.split.offset, length: order.split.length },
    }),
  }
}
