import type { z } from 'zod'
import type { Duck, DuckSession, DuckTable } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Cell } from '../kit/pure/table.ts'
import type { bi, VisualQuery } from './contract.ts'
import type { Preparation } from './preparation.ts'
import {
  type CompiledQuery,
  compileExtent,
  compilePeriodExtent,
  compileQuery,
  compileValues,
  type QueryTarget,
  roundWidth,
} from './query.ts'
import { type SpiceTables, spiceTable } from './spice.ts'
import type { BiStore, KeptDataSet } from './store.ts'

type Answer = z.output<(typeof bi)['verbs']['query']['output']>

const CACHED_ANSWERS = 200
/** Answers with more cells than this are not kept. */
const CACHED_CELLS = 20_000

/** Answers the queries of visuals from SPICE, or from the source in direct query. */
export class Asking {
  private readonly store: BiStore
  private readonly tables: SpiceTables
  private readonly duck: Duck
  private readonly preparation: Preparation
  /** By SPICE table and query: a table never changes, so an answer stays true as long as the table answers. */
  private readonly cache = new Map<string, Answer>()

  constructor(store: BiStore, tables: SpiceTables, duck: Duck, preparation: Preparation) {
    this.store = store
    this.tables = tables
    this.duck = duck
    this.preparation = preparation
  }

  async query(query: VisualQuery, signal: AbortSignal, nowMs: number): Promise<Answer> {
    const kept = this.need(query.dataSet)
    const key = kept.mode === 'SPICE' && kept.spice ? JSON.stringify([kept.spice.table, query]) : undefined
    const known = key && this.cache.get(key)
    if (key && known) {
      this.cache.delete(key)
      this.cache.set(key, known)
      return known
    }
    const answer = await this.withTarget(kept, signal, async (session, target) => {
      const binWidths = new Map<number, number>()
      for (const [i, use] of query.fields.entries()) {
        if (!use.bins) continue
        const { values } = await run(session, compileExtent(query, i, target()), signal)
        binWidths.set(i, roundWidth(Number(values[0][0]), Number(values[1][0]), use.bins))
      }
      const compiled = compileQuery(query, target(), binWidths)
      const table = await run(session, compiled, signal)
      const dated = query.fields.findIndex((use) => use.granularity)
      const ends = dated >= 0 && (await run(session, compilePeriodExtent(query, dated, target()), signal)).values
      return {
        ...toAnswer(table, compiled, query.limit),
        refreshedMs: kept.mode === 'SPICE' ? kept.spice!.refreshedMs : nowMs,
        ...(binWidths.size > 0 && { binWidth: [...binWidths.values()][0] }),
        ...(ends && { extent: [ends[0][0], ends[1][0]] satisfies Answer['extent'] }),
      }
    })
    if (key && answer.rowCount * answer.columns.length <= CACHED_CELLS) {
      this.cache.set(key, answer)
      if (this.cache.size > CACHED_ANSWERS) this.cache.delete(this.cache.keys().next().value!)
    }
    return answer
  }

  async values(
    { dataSet, column, search, limit }: { dataSet: string; column: string; search: string; limit: number },
    signal: AbortSignal,
  ): Promise<Cell[]> {
    return this.withTarget(this.need(dataSet), signal, async (session, target) => {
      const { values } = await run(session, compileValues(target(), column, search, limit), signal)
      return values[0]
    })
  }

  private need(id: string): KeptDataSet {
    const kept = this.store.get(id)
    if (kept) return kept
    throw new EngineError('ResourceNotFoundException', `There is no data set ${id}.`, { at: { field: 'dataSet' } })
  }

  /** `target` gives the rows anew for each statement, since each binds its own values. */
  private withTarget<T>(
    kept: KeptDataSet,
    signal: AbortSignal,
    work: (session: DuckSession, target: () => QueryTarget) => Promise<T>,
  ): Promise<T> {
    if (kept.mode === 'DIRECT_QUERY')
      return this.preparation.withPrepared(
        kept,
        ({ session, relation, params }) =>
          work(session, () => ({ from: `(${relation.sql})`, columns: relation.columns, params: params.copy() })),
        signal,
      )
    const { spice } = kept
    if (!spice)
      throw new EngineError('ResourceNotReady', `The data set ${kept.name} has no rows yet: ingest it first.`, {
        retry: true,
        at: { field: 'dataSet' },
      })
    const target = { from: spiceTable(spice.table), columns: spice.columns }
    return this.tables.read(spice.table, () =>
      this.duck.use((session) => work(session, () => target), { lane: 'user', signal }),
    )
  }
}

function run(session: DuckSession, { sql, values }: CompiledQuery, signal: AbortSignal): Promise<DuckTable> {
  return session.query(sql, { values: [...values], signal })
}

function toAnswer(table: DuckTable, { labels }: CompiledQuery, limit: number) {
  const truncated = table.rowCount > limit
  return {
    columns: table.columns.map((column, i) => ({ ...column, name: labels[i] })),
    start: 0,
    rowCount: Math.min(table.rowCount, limit),
    values: truncated ? table.values.map((column) => column.slice(0, limit)) : table.values,
    truncated,
  }
}
