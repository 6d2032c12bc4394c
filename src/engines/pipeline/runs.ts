import type { z } from 'zod'
import type { Clients } from '../contract.ts'
import type { EngineContext } from '../kit/node/engine.ts'
import { readPrices } from '../kit/node/prices.ts'
import { realTime } from '../kit/node/real-time.ts'
import { Announcer } from '../kit/pure/announcer.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { PriceTable } from '../kit/pure/prices.ts'
import { seededRandom } from '../kit/pure/random.ts'
import { checkPipeline } from './check.ts'
import { ClockLease } from './clock-lease.ts'
import type { pipeline, RunState, RunSummary } from './contract.ts'
import type { PipelineDocument } from './document.ts'
import { parsePipeline } from './document-text.ts'
import { findNode } from './graph.ts'
import { Run } from './run.ts'
import type { Pin, PipelineStore } from './store.ts'

const SAMPLE_EVERY_MS = 250
/** Runs that are over whose rows can still be looked at. */
const REMEMBERED_RUNS = 4
/** How often the state of a run that is going is written down, in samples. */
const SAVE_EVERY_SAMPLES = 20

type StartInput = z.output<typeof pipeline.verbs.start.input>
export type PipelineClients = Omit<Clients, 'pipeline' | 'gate'>

/** The runs that are going, and the last few that went. */
export class Runs {
  private readonly context: EngineContext<PipelineClients>
  private readonly store: PipelineStore
  private readonly runs = new Map<string, Run>()
  private readonly states = new Announcer<RunState>((state) => state.runId)
  private readonly clockLease: ClockLease
  private readonly list = new Announcer<'changed'>(() => 'list')
  private readonly starting = new Set<string>()
  private ticker: { cancel(): void } | undefined
  private ticks = 0
  /** The state in which each run was last listed, with its warnings. */
  private readonly listed = new Map<string, string>()
  private started = 0
  private stopping = false

  constructor(context: EngineContext<PipelineClients>, store: PipelineStore) {
    this.context = context
    this.store = store
    this.clockLease = new ClockLease(context.clients.system)
  }

  async start(input: StartInput): Promise<RunState> {
    if (this.of(input.path).length > 0 || this.starting.has(input.path))
      throw new EngineError('RunInProgress', `${input.path} is running already: stop that run first.`, { retry: true })
    this.starting.add(input.path)
    try {
      return await this.begin(input)
    } finally {
      this.starting.delete(input.path)
    }
  }

  private async begin(input: StartInput): Promise<RunState> {
    const document = input.document ?? (await this.read(input.path))
    refuseProblems(document, input.path)
    if (input.fromNode && !findNode(document, input.fromNode))
      throw new EngineError('NoSuchNode', `${input.path} has no node ${input.fromNode}.`, { at: { file: input.path } })
    const prices = readPrices(this.context)
    if (this.stopping) throw new EngineError('ServiceUnavailable', 'Millrace is stopping.', { retry: true })
    const run = this.make(document, input, prices)
    this.runs.set(run.id, run)
    this.ticker ??= realTime.every(SAMPLE_EVERY_MS, () => this.tick())
    this.store.saveRun(run.state(), false)
    this.list.announce('changed')
    void run.done.then(() => this.over(run))
    return run.state()
  }

  /** A run that is going. */
  live(runId: string): Run {
    const run = this.runs.get(runId)
    if (run && !run.isOver) return run
    this.describe(runId)
    throw new EngineError('RunIsOver', 'The run is over.')
  }

  /** A run whose rows are still here. */
  inMemory(runId: string): Run {
    const run = this.runs.get(runId)
    if (run) return run
    this.describe(runId)
    throw new EngineError(
      'RunIsOver',
      'The rows of this run are gone: they are kept while it runs and for the last few runs.',
    )
  }

  of(path: string): Run[] {
    return [...this.runs.values()].filter((run) => run.path === path && !run.isOver)
  }

  describe(runId: string): RunState {
    const state = this.runs.get(runId)?.state() ?? this.store.run(runId)
    if (!state) throw new EngineError('NoSuchRun', `There is no run ${runId}.`)
    return state
  }

  async *watch(runId: string, signal: AbortSignal): AsyncGenerator<RunState> {
    const changes = this.states.watch(signal, runId)
    try {
      const first = this.describe(runId)
      yield first
      if (first.endedMs !== undefined) return
      for await (const state of changes) {
        yield state
        if (state.endedMs !== undefined) return
      }
    } finally {
      await changes.return(undefined)
    }
  }

  async *watchAll(signal: AbortSignal): AsyncGenerator<RunSummary[]> {
    const changes = this.list.watch(signal)
    try {
      yield this.store.runs(undefined, 50)
      for await (const _ of changes) yield this.store.runs(undefined, 50)
    } finally {
      await changes.return(undefined)
    }
  }

  /** Gives up what is going; its records say that it was stopped. */
  async stop(): Promise<void> {
    this.stopping = true
    for (const run of this.runs.values()) run.stop('abandon')
    await Promise.all([...this.runs.values()].map((run) => run.done))
    this.ticker?.cancel()
    this.states.close()
    this.list.close()
  }

  private async read(path: string): Promise<PipelineDocument> {
    const { text } = await this.context.clients.workspace.readDocument({ path })
    return parsePipeline(text, path)
  }

  private make(document: PipelineDocument, input: StartInput, prices: PriceTable): Run {
    const { clock, clients, random } = this.context
    return new Run({
      runId: uuid(random.fork(`run/${clock.realNow()}/${this.started++}`)),
      path: input.path,
      document,
      scale: input.scale,
      speed: input.speed === undefined ? document.run.speed : input.speed,
      clockLease: this.clockLease,
      until: input.until,
      ...(input.fromNode !== undefined && { fromNode: input.fromNode }),
      pins: new Map(this.store.pins(input.path).map((pin) => [pin.node, pinnedRecords(pin)])),
      breakpoints: new Map(this.store.breakpoints(input.path).map(({ wire, condition }) => [wire, condition])),
      clients: clients as unknown as Clients,
      clock,
      random: seededRandom(document.run.seed),
      real: realTime,
      prices,
    })
  }

  private tick(): void {
    const save = ++this.ticks % SAVE_EVERY_SAMPLES === 0
    for (const run of this.runs.values()) {
      if (run.isOver) continue
      run.sample()
      const state = run.state()
      this.states.announce(state)
      const listing = JSON.stringify([state.state, state.warnings])
      const changed = this.listed.get(run.id) !== listing
      if (save || changed) this.store.saveRun(state, false)
      if (changed) {
        this.listed.set(run.id, listing)
        this.list.announce('changed')
      }
    }
  }

  private over(run: Run): void {
    run.sample()
    const state = run.state()
    this.store.saveRun(state, true)
    this.states.announce(state)
    this.list.announce('changed')
    if (state.error)
      this.context.log[state.error.domain === 'internal' ? 'error' : 'warn'](
        `run of ${run.path}: ${state.error.message}`,
      )
    const past = [...this.runs.values()].filter((other) => other.isOver)
    for (const old of past.slice(0, -REMEMBERED_RUNS)) this.runs.delete(old.id)
    this.listed.delete(run.id)
    if ([...this.runs.values()].every((other) => other.isOver)) {
      this.ticker?.cancel()
      this.ticker = undefined
    }
  }
}

function refuseProblems(document: PipelineDocument, path: string): void {
  const errors = checkPipeline(document).filter((problem) => problem.severity === 'error')
  if (errors.length === 0) return
  const [first] = errors
  const where = [
    first.node && `node ${first.node}`,
    first.field && `field ${first.field}`,
    first.wire && `wire ${first.wire}`,
  ]
    .filter(Boolean)
    .join(', ')
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  throw new EngineError('InvalidPipeline', `${path}${where ? `, ${where}` : ''}: ${first.message}${more}`, {
    at: { file: path, ...(first.node && { node: first.node }), ...(first.field && { field: first.field }) },
  })
}

function pinnedRecords(pin: Pin): string[] {
  return pin.rows.map((row) => JSON.stringify(Object.fromEntries(pin.columns.map((name, c) => [name, row[c]]))))
}
