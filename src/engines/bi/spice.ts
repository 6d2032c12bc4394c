import type { Duck, DuckSession } from '../kit/node/duck.ts'
import type { Column } from '../kit/pure/table.ts'
import { DROPPED, type Relation, valueType } from './prepare.ts'
import { type Params, quoted } from './sql.ts'

export interface Loaded {
  readonly rowCount: number
  readonly rowsDropped: number
  readonly bytes: number
  readonly columns: readonly Column[]
}

export const spiceTable = (table: string) => `spice.main.${quoted(table)}`

/** Writes rows into a new SPICE table. Rows marked as not converted are counted and left out. On failure nothing of the table stays. */
export async function loadTable(
  session: DuckSession,
  table: string,
  relation: Relation,
  params: Params,
  signal: AbortSignal,
): Promise<Loaded> {
  const name = spiceTable(table)
  try {
    await session.run(`CREATE TABLE ${name} AS ${relation.sql}`, { values: params.values, signal })
    let rowsDropped = 0
    if (relation.marked) {
      rowsDropped = await session.run(`DELETE FROM ${name} WHERE ${quoted(DROPPED)}`, { signal })
      await session.run(`ALTER TABLE ${name} DROP COLUMN ${quoted(DROPPED)}`, { signal })
    }
    return { ...(await measure(session, table, relation.columns, signal)), rowsDropped, columns: relation.columns }
  } catch (thrown) {
    await session.run(`DROP TABLE IF EXISTS ${name}`).catch(() => {})
    throw thrown
  }
}

/** Rows and logical size as QuickSight counts SPICE capacity: 8 bytes for numbers and dates, 8 and its UTF-8 length for text. */
async function measure(session: DuckSession, table: string, columns: readonly Column[], signal: AbortSignal) {
  const texts = columns.filter((column) => valueType(column.type) === 'string')
  const lengths = texts.map((column) => `coalesce(sum(strlen(${quoted(column.name)})), 0)`)
  const { values } = await session.query(
    `SELECT count(*), ${lengths.length > 0 ? lengths.join(' + ') : '0'} FROM ${spiceTable(table)}`,
    { signal },
  )
  const rowCount = Number(values[0][0])
  return { rowCount, bytes: rowCount * columns.length * 8 + Number(values[1][0]) }
}

/** Who reads a table keeps it: a table that was replaced is dropped when its last reader has done. */
export class SpiceTables {
  private readonly readers = new Map<string, number>()
  private readonly retired = new Set<string>()
  private readonly duck: Duck

  constructor(duck: Duck) {
    this.duck = duck
  }

  async read<T>(table: string, work: () => Promise<T>): Promise<T> {
    this.readers.set(table, (this.readers.get(table) ?? 0) + 1)
    try {
      return await work()
    } finally {
      const left = this.readers.get(table)! - 1
      if (left > 0) this.readers.set(table, left)
      else this.readers.delete(table)
      if (left === 0 && this.retired.delete(table)) await this.drop(table)
    }
  }

  async retire(table: string): Promise<void> {
    if (this.readers.has(table)) this.retired.add(table)
    else await this.drop(table)
  }

  /** Drops what an ingestion left that was killed, or tables whose readers were still there when the program ended. */
  async dropAllBut(kept: ReadonlySet<string>): Promise<void> {
    const { values } = await this.duck.query(
      `SELECT table_name FROM duckdb_tables() WHERE database_name = 'spice' AND schema_name = 'main'`,
    )
    for (const table of values[0]) if (!kept.has(String(table))) await this.drop(String(table))
  }

  private async drop(table: string): Promise<void> {
    await this.duck.query(`DROP TABLE IF EXISTS ${spiceTable(table)}`)
  }
}
