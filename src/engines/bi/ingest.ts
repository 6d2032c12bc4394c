import type { EngineContext } from '../kit/node/engine.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Ingestion } from './contract.ts'
import type { Preparation } from './preparation.ts'
import { loadTable, type SpiceTables } from './spice.ts'
import type { BiStore } from './store.ts'

interface Job {
  readonly dataSet: string
  readonly controller: AbortController
  ingestion: Ingestion
  readonly done: Promise<Ingestion>
}

interface Deps {
  readonly context: EngineContext<unknown>
  readonly store: BiStore
  readonly tables: SpiceTables
  readonly preparation: Preparation
  changed(dataSet: string): void
}

/** Ingestions, one at a time, in the order of asking. The old rows answer until the new table is whole; then one transaction swaps them. */
export class Ingestions {
  private readonly deps: Deps
  private readonly waiting: Job[] = []
  private running: Job | undefined
  private tail: Promise<unknown> = Promise.resolve()
  private stopping = false

  constructor(deps: Deps) {
    this.deps = deps
  }

  /** What was under way when the program ended has failed, and says so. */
  recover(): void {
    if (!this.deps.store.writable) return
    for (const { id } of this.deps.store.list())
      for (const ingestion of this.deps.store.ingestions(id))
        if (ingestion.status === 'RUNNING' || ingestion.status === 'QUEUED')
          this.deps.store.putIngestion(id, {
            ...ingestion,
            status: 'FAILED',
            endedMs: this.deps.context.clock.now(),
            error: new EngineError(
              'INTERNAL_SERVICE_ERROR',
              'The program ended during the ingestion. Start it again.',
              {
                domain: 'external',
                retry: true,
              },
            ).toWire(),
          })
  }

  /** Answers when the ingestion has ended. One that waits already serves a second asker too. */
  ingest(dataSet: string): Promise<Ingestion> {
    if (this.stopping)
      return Promise.reject(new EngineError('ConnectionLost', 'The engine is stopping.', { retry: true }))
    const same = this.waiting.find((job) => job.dataSet === dataSet)
    if (same) return same.done
    const { context, store } = this.deps
    const ingestion: Ingestion = {
      ingestionId: uuid(context.random),
      status: 'QUEUED',
      startedMs: context.clock.now(),
      rowsIngested: 0,
      rowsDropped: 0,
      bytes: 0,
    }
    const release = context.clock.hold()
    const previous = this.tail
    const job: Job = {
      dataSet,
      controller: new AbortController(),
      ingestion,
      done: previous.then(() => this.run(job)).finally(release),
    }
    this.tail = job.done.catch(() => {})
    this.waiting.push(job)
    store.putIngestion(dataSet, ingestion)
    return job.done
  }

  /** Cancels what runs or waits for the data set, and answers when it has ended. */
  async cancel(dataSet: string): Promise<Ingestion | undefined> {
    const jobs = [this.running, ...this.waiting].filter((job) => job?.dataSet === dataSet) as Job[]
    for (const job of jobs)
      job.controller.abort(new EngineError('Cancelled', 'The ingestion was cancelled.', { retry: true }))
    const ended = await Promise.all(jobs.map((job) => job.done))
    return ended[0]
  }

  async stop(): Promise<void> {
    this.stopping = true
    for (const job of [this.running, ...this.waiting])
      job?.controller.abort(new EngineError('Cancelled', 'The program ended during the ingestion.', { retry: true }))
    await this.tail
  }

  private async run(job: Job): Promise<Ingestion> {
    const { store, context } = this.deps
    this.waiting.splice(this.waiting.indexOf(job), 1)
    this.running = job
    try {
      if (job.controller.signal.aborted) throw job.controller.signal.reason
      job.ingestion = { ...job.ingestion, status: 'RUNNING' }
      store.putIngestion(job.dataSet, job.ingestion)
      job.ingestion = await this.load(job)
    } catch (thrown) {
      const cancelled = job.controller.signal.aborted
      const error = EngineError.from(cancelled ? job.controller.signal.reason : thrown)
      if (error.domain === 'internal') context.log.error(`ingestion of ${job.dataSet}`, thrown)
      job.ingestion = {
        ...job.ingestion,
        status: cancelled ? 'CANCELLED' : 'FAILED',
        endedMs: context.clock.now(),
        error: error.toWire(),
      }
      if (store.get(job.dataSet)) store.putIngestion(job.dataSet, job.ingestion)
    } finally {
      this.running = undefined
    }
    this.deps.changed(job.dataSet)
    return job.ingestion
  }

  private async load(job: Job): Promise<Ingestion> {
    const { store, tables, preparation, context } = this.deps
    const { signal } = job.controller
    const kept = store.get(job.dataSet)
    if (!kept) throw new EngineError('ResourceNotFoundException', `There is no data set ${job.dataSet}.`)
    const table = `${kept.id}@${store.nextNumber()}`
    const takenMs = context.clock.now()
    const loaded = await preparation.withPrepared(
      kept,
      async ({ session, relation, params, source }) => {
        const its = await loadTable(session, table, relation, params, signal)
        return { ...its, rowsDropped: its.rowsDropped + (await source.rejected()) }
      },
      signal,
    )
    const ended: Ingestion = {
      ...job.ingestion,
      status: 'COMPLETED',
      endedMs: context.clock.now(),
      rowsIngested: loaded.rowCount,
      rowsDropped: loaded.rowsDropped,
      bytes: loaded.bytes,
    }
    const latest = store.get(job.dataSet)
    if (!latest) {
      await tables.retire(table)
      throw new EngineError(
        'ResourceNotFoundException',
        `The data set ${job.dataSet} was deleted during its ingestion.`,
      )
    }
    const { columns, rowCount, bytes } = loaded
    const spice = { table, columns, rowCount, bytes, refreshedMs: takenMs }
    store.swap({ ...latest, spice }, ended)
    if (latest.spice) await tables.retire(latest.spice.table)
    return ended
  }
}
