import type { Broadcast } from '../kit/pure/broadcast.ts'
import { EngineError, isAbort } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { QualityRun, Ruleset } from './contract.ts'
import { parseRuleset } from './dqdl/parse.ts'
import { evaluate } from './evaluate/evaluate.ts'
import { recommendRules } from './recommend.ts'
import { checkedRuleset } from './rulesets.ts'
import type { Reach } from './source.ts'
import type { QualityStore } from './store.ts'
import { takeProfile } from './take-profile.ts'

export interface RunsContext {
  readonly reach: Reach
  readonly store: QualityStore
  readonly random: Random
  readonly changes: Broadcast<QualityRun>
}

/** Evaluations and recommendations that run or wait for their turn. */
export class Runs {
  private readonly context: RunsContext
  private readonly running = new Map<string, { abort: AbortController; done: Promise<void> }>()
  private readonly latest = new Map<string, QualityRun>()

  constructor(context: RunsContext) {
    this.context = context
    // What ran when the program ended does not run any more.
    const error = new EngineError('ConnectionLost', 'Millrace ended before the run did.', { retry: true }).toWire()
    if (context.store.writable) for (const run of context.store.unended()) this.end(run, { state: 'FAILED', error })
  }

  get(runId: string): QualityRun | undefined {
    return this.latest.get(runId) ?? this.context.store.run(runId)
  }

  evaluate(about: Pick<QualityRun, 'table' | 'sources' | 'role'>, rulesets: readonly Ruleset[]): QualityRun {
    const run = this.starting({ ...about, kind: 'evaluation', rulesets: rulesets.map(({ name }) => name) })
    return this.start(run, (signal) => this.evaluation(run, rulesets, signal))
  }

  recommend(about: Pick<QualityRun, 'table' | 'role'>, createdRuleset: string | undefined): QualityRun {
    const run = this.starting({ ...about, kind: 'recommendation', sources: {}, rulesets: [] })
    return this.start(run, (signal) => this.recommendation(run, createdRuleset, signal))
  }

  /** Answers when nothing of the run is left. */
  async cancel(runId: string): Promise<void> {
    const entry = this.running.get(runId)
    entry?.abort.abort(new EngineError('Cancelled', 'The run was cancelled.'))
    await entry?.done
  }

  async cancelAll(): Promise<void> {
    await Promise.all([...this.running.keys()].map((runId) => this.cancel(runId)))
  }

  private starting(about: Pick<QualityRun, 'kind' | 'table' | 'sources' | 'rulesets' | 'role'>): QualityRun {
    const nowMs = this.context.reach.nowMs()
    const runId = `dqrun-${uuid(this.context.random).replaceAll('-', '')}`
    return { ...about, runId, state: 'STARTING', progress: 0, startedMs: nowMs, updatedMs: nowMs, resultIds: [] }
  }

  /** Acknowledged once the run is stored. */
  private start(run: QualityRun, work: (signal: AbortSignal) => Promise<void>): QualityRun {
    this.context.store.putRun(run)
    this.tell(run)
    const abort = new AbortController()
    const done = work(abort.signal)
      .catch((thrown) => {
        const stopped = abort.signal.aborted && (isAbort(thrown) || EngineError.from(thrown).code === 'ConnectionLost')
        this.end(
          this.get(run.runId)!,
          stopped ? { state: 'STOPPED' } : { state: 'FAILED', error: EngineError.from(thrown).toWire() },
        )
      })
      .finally(() => this.running.delete(run.runId))
    this.running.set(run.runId, { abort, done })
    return run
  }

  private async evaluation(run: QualityRun, rulesets: readonly Ruleset[], signal: AbortSignal): Promise<void> {
    const { reach, store, random } = this.context
    const parsed = rulesets.map(({ text }) => parseRuleset(text))
    const startedMs = reach.nowMs()
    const evaluated = await reach.duck.use(
      (session) => {
        const onProgress = (progress: number) => this.tell({ ...run, state: 'RUNNING', progress })
        onProgress(0)
        return evaluate(parsed, { table: run.table, aliases: run.sources, session, reach, signal, onProgress })
      },
      { lane: 'user', signal },
    )
    const completedMs = reach.nowMs()
    const results = evaluated.map((result, i) => ({
      ...result,
      resultId: `dqresult-${uuid(random).replaceAll('-', '')}`,
      runId: run.runId,
      ruleset: rulesets[i].name,
      table: run.table,
      startedMs,
      completedMs,
    }))
    store.transaction(() => {
      for (const result of results) store.putResult(result)
      this.end(run, { state: 'SUCCEEDED', progress: 1, resultIds: results.map(({ resultId }) => resultId) })
    })
  }

  private async recommendation(
    run: QualityRun,
    createdRuleset: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { reach, store } = this.context
    const onProgress = (progress: number) => this.tell({ ...run, state: 'RUNNING', progress })
    const profile = await takeProfile(run.table, { reach, store, signal, onProgress })
    const text = recommendRules(profile)
    store.transaction(() => {
      if (createdRuleset !== undefined) {
        const ruleset = checkedRuleset({ name: createdRuleset, text, table: run.table }, store, reach.nowMs())
        store.putRuleset({ ...ruleset, recommendationRunId: run.runId })
      }
      this.end(run, {
        state: 'SUCCEEDED',
        progress: 1,
        recommended: text,
        ...(createdRuleset !== undefined && { createdRuleset }),
      })
    })
  }

  private end(run: QualityRun, outcome: Partial<QualityRun>): void {
    const nowMs = this.context.reach.nowMs()
    const ended = { ...run, ...outcome, updatedMs: nowMs, endedMs: nowMs }
    this.context.store.putRun(ended)
    this.latest.delete(run.runId)
    this.context.changes.announce(ended)
  }

  /** Progress is told, and not stored: it need not survive. */
  private tell(run: QualityRun): void {
    const told = { ...run, updatedMs: this.context.reach.nowMs() }
    this.latest.set(run.runId, told)
    this.context.changes.announce(told)
  }
}
