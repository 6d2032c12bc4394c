import type { Timer } from '../../kit/pure/clock.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Cluster, Group, Instance } from '../contract.ts'
import { clusterEvents } from '../events.ts'
import { GRACE_MS } from '../run/bounds.ts'
import { Metrics } from './metrics.ts'
import { Nodes } from './nodes.ts'
import type { EmrParts, Owner } from './owner.ts'
import { Scaler } from './scaler.ts'
import { Steps } from './steps.ts'

/** Engine time until what failed is tried again. */
const AGAIN_MS = 30_000
/** Ends for these are as they should be; all others are errors. */
const GOOD_ENDS = ['USER_REQUEST', 'ALL_STEPS_COMPLETED']

/**
 * A cluster that has not ended. Its document says all that is so; `look` brings everything as far as it can be now and sets a timer for
 * what is due next. So it goes on after a restart just as it went on before.
 */
export class LiveCluster implements Owner {
  readonly parts: EmrParts
  readonly nodes: Nodes
  readonly steps: Steps
  private document: Cluster
  private readonly scaler: Scaler
  private readonly metrics: Metrics
  private readonly working = new Map<string, Promise<void>>()
  /** Keys of work that is not to be begun before a time. */
  private readonly pauses = new Map<string, number>()
  private looking: NodeJS.Immediate | undefined
  private timer: Timer | undefined
  private stopped = false

  constructor(parts: EmrParts, cluster: Cluster) {
    this.parts = parts
    this.document = cluster
    this.nodes = new Nodes(this)
    this.steps = new Steps(this)
    this.scaler = new Scaler(this)
    this.metrics = new Metrics(this)
  }

  get cluster(): Cluster {
    return this.document
  }

  /** Takes up what an earlier Millrace left. */
  resume(): void {
    this.nodes.resume()
    this.steps.resume()
    this.look()
  }

  change(change: Partial<Cluster>): void {
    const now = { ...this.document, ...change }
    this.parts.keep(clusterEvents(this.document, now), () => this.parts.store.change(now))
    this.document = now
    this.parts.onChange(this.document)
  }

  changeGroup(id: string, change: Partial<Group>): void {
    this.change({ groups: this.document.groups.map((group) => (group.id === id ? { ...group, ...change } : group)) })
  }

  changeInstance(id: string, change: Partial<Instance>): void {
    this.change({ instances: this.document.instances.map((its) => (its.id === id ? { ...its, ...change } : its)) })
  }

  look(): void {
    if (this.looking || this.stopped) return
    // Work that has come: virtual time must not pass it.
    const release = this.parts.context.clock.hold()
    this.looking = setImmediate(() => {
      this.looking = undefined
      try {
        if (!this.stopped) this.lookNow()
      } finally {
        release()
      }
    })
  }

  isWorkingAt(key: string): boolean {
    return this.working.has(key)
  }

  work(key: string, act: () => Promise<void>, pauseMs = 0): void {
    const nowMs = this.parts.context.clock.now()
    if (this.stopped || this.working.has(key) || (this.pauses.get(key) ?? 0) > nowMs) return
    this.pauses.delete(key)
    const pause = (ms: number) => this.pauses.set(key, this.parts.context.clock.now() + ms)
    const done = act()
      .then(
        () => pauseMs > 0 && pause(pauseMs),
        (thrown) => {
          if (this.stopped) return
          this.parts.context.log.warn(`${this.document.id}, ${key}: ${EngineError.from(thrown).message}`)
          pause(AGAIN_MS)
        },
      )
      .then(() => {
        this.working.delete(key)
        this.look()
      })
    this.working.set(key, done)
  }

  terminate(code: string, message: string): void {
    const { state } = this.document
    if (state.startsWith('TERMINAT')) return
    this.change({ state: 'TERMINATING', reason: { code, message }, idleMs: undefined })
    this.look()
  }

  /** What runs goes on, and is found again. */
  async stop(): Promise<void> {
    this.stopped = true
    this.timer?.cancel()
    this.steps.stop()
  }

  /** Resolves once nothing of it is under way: for tests of how it ends. */
  async settled(): Promise<void> {
    while (this.working.size > 0) await Promise.all(this.working.values())
  }

  private lookNow(): void {
    const { clock } = this.parts.context
    this.timer?.cancel()
    this.timer = undefined
    if (this.document.endedMs !== undefined) return
    if (this.document.state === 'TERMINATING') {
      this.work('end', () => this.end())
      this.wakeAt([...this.pauses.values()])
      return
    }
    const nowMs = clock.now()
    const dues = [this.nodes.look(nowMs)]
    this.lookAtState(nowMs)
    dues.push(this.steps.look(nowMs), this.scaler.look(nowMs), this.metrics.look(nowMs))
    for (const [key, untilMs] of this.pauses) if (untilMs <= nowMs) this.pauses.delete(key)
    this.wakeAt([...dues, ...this.pauses.values()])
  }

  private lookAtState(nowMs: number): void {
    const { state, instances } = this.document
    if (state === 'STARTING' && instances.some((its) => its.state === 'BOOTSTRAPPING' || its.state === 'RUNNING'))
      this.change({ state: 'BOOTSTRAPPING' })
    if (this.document.state === 'BOOTSTRAPPING' && this.nodes.isReady())
      this.change({
        state: 'WAITING',
        readyMs: nowMs,
        idleMs: nowMs,
        reason: { message: 'Cluster ready to run steps.' },
      })
  }

  private wakeAt(dues: readonly number[]): void {
    const due = Math.min(...dues)
    if (due === Number.POSITIVE_INFINITY || this.stopped) return
    this.timer = this.parts.context.clock.at(due, () => this.look())
  }

  /** Steps end, HDFS goes with all that is in it, and the instances are given back. */
  private async end(): Promise<void> {
    const { clients, clock } = this.parts.context
    const { id: cluster, reason } = this.document
    await this.steps.end()
    await this.parts.processes.killUnder(cluster, GRACE_MS)
    await clients.mapreduce.setNodes({ cluster, nodes: [] })
    if ((await clients.hdfs.listClusters({})).clusters.includes(cluster)) await clients.hdfs.deleteCluster({ cluster })
    const endedMs = clock.now()
    const ended = { code: 'CLUSTER_TERMINATED', message: 'Job flow terminated' }
    this.change({
      state: GOOD_ENDS.includes(reason?.code ?? '') ? 'TERMINATED' : 'TERMINATED_WITH_ERRORS',
      endedMs,
      groups: this.document.groups.map((group) => ({ ...group, state: 'TERMINATED', reason: ended, endedMs })),
      instances: this.document.instances.map((its) =>
        its.state === 'TERMINATED' ? its : { ...its, state: 'TERMINATED', reason: ended, endedMs, dataNode: false },
      ),
    })
  }
}
