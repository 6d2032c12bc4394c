import type { Clients } from '../contract.ts'
import { type Duck, DuckError, identifier } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import type { ResultOf } from './contract.ts'

/** The table of a kept result, as DuckDB knows it. */
export interface Relation {
  /** Its whole name, quoted. */
  readonly table: string
  /** As the query called them. */
  readonly columns: readonly Column[]
  /** As the table calls them, quoted, place by place. */
  readonly names: readonly string[]
  readonly rowCount: number
}

export async function openResult(
  of: ResultOf,
  clients: Pick<Clients, 'athena' | 'warehouse'>,
  duck: Duck,
): Promise<Relation> {
  const { table, columns, rowCount } =
    of.engine === 'athena'
      ? await clients.athena.resultTable({ queryId: of.id })
      : await clients.warehouse.resultTable({ statementId: of.id })
  duck.require('results')
  const shape = await kept(duck.use((session) => session.describe(`SELECT * FROM ${table}`)))
  return { table, columns, names: shape.columns.map(({ name }) => identifier(name)), rowCount }
}

/** A result may be let go of at any time: it is said in words then. */
export function kept<T>(work: Promise<T>): Promise<T> {
  return work.catch((thrown) => {
    if (!(thrown instanceof DuckError) || thrown.failure.kind !== 'Catalog') throw thrown
    throw new EngineError('ResultNotKept', 'The rows of this result are no longer kept. Run the query again.')
  })
}

/** The column of a place, or an error in words. */
export function columnAt(relation: Relation, place: number): { name: string; column: Column } {
  const column = relation.columns[place]
  if (!column) throw new EngineError('NoSuchColumn', `The result has no column ${place + 1}.`)
  return { name: relation.names[place], column }
}

const NUMBERS: ReadonlySet<string> = new Set(['integer', 'bigint', 'decimal', 'double'])

export const isNumber = ({ type }: Column): boolean => NUMBERS.has(type)
export const isMoment = ({ type }: Column): boolean => type === 'date' || type === 'timestamp'
