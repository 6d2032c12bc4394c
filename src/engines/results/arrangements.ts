import { type Duck, identifier } from '../kit/node/duck.ts'
import type { Column, TablePage } from '../kit/pure/table.ts'
import { called, distinctNames, orderBy, where } from './conditions.ts'
import type { Arrangement } from './contract.ts'
import { columnAt, kept, type Relation } from './relation.ts'

/** Orders kept at a time: a person who goes back and forth between two of them waits for neither. */
const KEPT = 12
const SCHEMA = 'results.arranged'

interface Order {
  readonly table: string
  readonly rowCount: number
}

/**
 * A result in another order is a table of its row numbers: sorting is done once, and any page of a million rows is found by its place.
 * These tables are no data: they go when the engine stops, and at its next start where it was killed.
 */
export class Arrangements {
  private readonly duck: Duck
  private readonly orders = new Map<string, Promise<Order>>()
  private last = 0

  constructor(duck: Duck) {
    this.duck = duck
  }

  async clear(): Promise<void> {
    this.orders.clear()
    await this.duck.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`)
    await this.duck.query(`CREATE SCHEMA ${SCHEMA}`)
  }

  async count(relation: Relation, arrangement: Arrangement, signal: AbortSignal): Promise<number> {
    return (await this.ordered(relation, arrangement, signal))?.rowCount ?? relation.rowCount
  }

  async page(
    relation: Relation,
    arrangement: Arrangement,
    start: number,
    rows: number,
    signal: AbortSignal,
  ): Promise<TablePage> {
    const order = await this.ordered(relation, arrangement, signal)
    const list = relation.names.map((name) => `t.${name}`).join(', ')
    const sql = order
      ? `SELECT ${list} FROM (SELECT place, rowid AS pos FROM ${order.table} WHERE rowid >= ${start} AND rowid < ${start + rows}) AS v
         JOIN ${relation.table} AS t ON t.rowid = v.place ORDER BY v.pos`
      : `SELECT ${list} FROM ${relation.table} AS t WHERE t.rowid >= ${start} AND t.rowid < ${start + rows} ORDER BY t.rowid`
    const { rowCount, values } = await kept(this.duck.query(sql, { signal }))
    return { columns: [...relation.columns], start, rowCount, values }
  }

  /** Some columns of all rows in their order, as they are to be written, under names that differ. */
  async select(
    relation: Relation,
    arrangement: Arrangement,
    columns: readonly number[],
    written: (name: string, column: Column) => string,
    signal: AbortSignal,
  ): Promise<string> {
    const order = await this.ordered(relation, arrangement, signal)
    const names = distinctNames(columns.map((place) => columnAt(relation, place).column.name))
    const list = columns
      .map((place, at) => called(written(`t.${relation.names[place]}`, relation.columns[place]), names[at]))
      .join(', ')
    return order
      ? `SELECT ${list} FROM ${order.table} AS v JOIN ${relation.table} AS t ON t.rowid = v.place ORDER BY v.rowid`
      : `SELECT ${list} FROM ${relation.table} AS t ORDER BY t.rowid`
  }

  /** The table of an arrangement, made when it is first asked for; null where the result's own order is wanted. */
  ordered(relation: Relation, arrangement: Arrangement, signal: AbortSignal): Promise<Order> | null {
    if (arrangement.sort.length === 0 && arrangement.terms.length === 0) return null
    const key = JSON.stringify([relation.table, arrangement.sort, arrangement.terms])
    const known = this.orders.get(key)
    if (known) {
      this.orders.delete(key)
      this.orders.set(key, known)
      return known
    }
    const making = this.make(relation, arrangement, signal)
    this.orders.set(key, making)
    making.catch(() => this.orders.get(key) === making && this.orders.delete(key))
    this.trim()
    return making
  }

  private async make(relation: Relation, arrangement: Arrangement, signal: AbortSignal): Promise<Order> {
    const table = `${SCHEMA}.${identifier(`o_${++this.last}`)}`
    const sql = `SELECT rowid AS place FROM ${relation.table} ${where(relation, arrangement)} ${orderBy(relation, arrangement)}`
    const rowCount = await kept(
      this.duck.use((session) => session.run(`CREATE TABLE ${table} AS ${sql}`, { signal }), { lane: 'user', signal }),
    )
    return { table, rowCount }
  }

  private trim(): void {
    for (const [key, order] of this.orders) {
      if (this.orders.size <= KEPT) return
      this.orders.delete(key)
      order.then(({ table }) => this.duck.query(`DROP TABLE IF EXISTS ${table}`)).catch(() => {})
    }
  }
}
