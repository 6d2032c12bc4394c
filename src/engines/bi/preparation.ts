import { alone } from '../kit/node/duck/alone.ts'
import type { DuckSession } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import { prepare, type Relation } from './prepare.ts'
import { type OpenSource, openSource, type SourceDeps } from './sources.ts'
import { type SpiceTables, spiceTable } from './spice.ts'
import { Params } from './sql.ts'
import type { BiStore, KeptDataSet } from './store.ts'

export interface Prepared {
  readonly session: DuckSession
  readonly relation: Relation
  readonly params: Params
  readonly source: OpenSource
}

type Definition = Pick<KeptDataSet, 'id' | 'source' | 'steps'>

/** Opens a data set's source and compiles its steps of preparation, on a connection of its own. */
export class Preparation {
  private readonly store: BiStore
  private readonly tables: SpiceTables
  private readonly sources: SourceDeps
  private readonly now: () => number

  constructor(store: BiStore, tables: SpiceTables, sources: SourceDeps, now: () => number) {
    this.store = store
    this.tables = tables
    this.sources = sources
    this.now = now
  }

  /** Runs `work` over the prepared rows; the tables that they join stay as long. */
  withPrepared<T>(definition: Definition, work: (prepared: Prepared) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const joined = this.joined(definition)
    const run = () =>
      alone(this.sources.duck, async (session) => {
        const source = await openSource(definition.source, session, this.sources, signal)
        const params = new Params()
        const relation = prepare({ sql: source.sql, columns: source.columns, marked: false }, definition.steps, {
          params,
          nowMs: this.now(),
          dataSet: (id) => joined.get(id)!,
        })
        return work({ session, relation, params, source })
      })
    return [...joined.values()].reduce<() => Promise<T>>(
      (inner, { table }) =>
        () =>
          this.tables.read(table, inner),
      run,
    )()
  }

  /** The columns that the definition gives; throws where the source or a step does not stand. */
  columns(definition: Definition, signal?: AbortSignal): Promise<readonly Column[]> {
    return this.withPrepared(
      definition,
      async ({ session, relation, params }) => {
        // Expressions are bound by DuckDB too, so that nothing is left to fail at the ingestion but the rows themselves.
        await session.query(`SELECT * FROM (${relation.sql}) LIMIT 0`, { values: params.values, signal })
        return relation.columns
      },
      signal,
    )
  }

  private joined(definition: Definition) {
    const found = new Map<string, { from: string; name: string; columns: readonly Column[]; table: string }>()
    definition.steps.forEach((step, index) => {
      if (step.type !== 'join') return
      const refuse = (code: string, message: string) =>
        new EngineError(code, message, { at: { path: `steps[${index}].dataSet`, field: 'dataSet' } })
      if (step.dataSet === definition.id)
        throw refuse('InvalidParameterValueException', 'A data set cannot join itself.')
      const other = this.store.get(step.dataSet)
      if (!other) throw refuse('ResourceNotFoundException', `There is no data set ${step.dataSet}.`)
      if (!other.spice)
        throw refuse(
          'InvalidParameterValueException',
          `The data set ${other.name} has no rows in SPICE: ingest it first.`,
        )
      const { table, columns } = other.spice
      found.set(step.dataSet, { from: spiceTable(table), name: other.name, columns, table })
    })
    return found
  }
}
