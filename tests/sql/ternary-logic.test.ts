import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { startWarehouse, type TestWarehouse } from '../support/warehouse.ts'

/**
 * Ternary logic partitioning (Rigger and Su, "Finding Bugs in Database Systems via Query Partitioning"): a query answers what its three
 * parts answer together, those for which a condition holds, does not, and is NULL.
 */
const NIGHTLY = process.env.MILLRACE_NIGHTLY !== undefined
const TABLES = NIGHTLY ? 30 : 1
const CONDITIONS = NIGHTLY ? 8 : 2

interface Dialect {
  rows(sql: string): Promise<unknown[][]>
  /** Makes a table of rows `(a integer, b decimal, c text, d date, e boolean)`; each value is a literal. */
  make(name: string, rows: readonly (readonly string[])[]): Promise<unknown>
}

const or = <T>(...values: T[]) => fc.constantFrom(...values)
const NULL = fc.constant('NULL')
const integer = fc.integer({ min: -4, max: 4 }).map(String)
const decimal = fc.integer({ min: -30, max: 30 }).map((n) => (n / 10).toFixed(1))
const text = or('', 'a', 'ab', 'b', 'B', 'a%', '_').map((value) => `'${value}'`)
const date = or('2001-01-01', '2001-02-28', '2004-02-29').map((day) => `DATE '${day}'`)
const boolean = or('true', 'false')
const value = (of: fc.Arbitrary<string>) => fc.oneof({ weight: 3, arbitrary: of }, NULL)
const row = fc.tuple(...[integer, decimal, text, date, boolean].map(value))
const table = fc.array(row, { minLength: 1, maxLength: 12 })

/** Conditions over the columns of a table, with the functions that both dialects have. */
const { condition } = fc.letrec<Record<'condition' | 'number' | 'string', string>>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    or('a', 'b', 'length(c)'),
    integer,
    decimal,
    fc.tuple(tie('number'), or('+', '-', '*'), tie('number')).map(([x, operator, y]) => `(${x} ${operator} ${y})`),
    fc.tuple(tie('number'), or('2', '3')).map(([x, by]) => `(${x} % ${by})`),
    tie('number').map((x) => `abs(${x})`),
    fc.tuple(tie('number'), tie('number')).map(([x, y]) => `coalesce(${x}, ${y})`),
    fc.tuple(tie('number'), integer).map(([x, y]) => `nullif(${x}, ${y})`),
    fc.tuple(tie('condition'), tie('number')).map(([p, x]) => `CASE WHEN ${p} THEN ${x} END`),
  ),
  string: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant('c'),
    text,
    tie('string').map((x) => `upper(${x})`),
    fc.tuple(tie('string'), text).map(([x, y]) => `(${x} || ${y})`),
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(tie('number'), or('=', '<>', '<', '>=')).chain(([x, is]) => tie('number').map((y) => `${x} ${is} ${y}`)),
    fc.tuple(tie('string'), or('=', '<', '<>'), tie('string')).map(([x, is, y]) => `${x} ${is} ${y}`),
    fc.tuple(tie('string'), or('a%', '%b', '_', '%')).map(([x, pattern]) => `${x} LIKE '${pattern}'`),
    fc.tuple(tie('number'), integer, value(integer)).map(([x, y, z]) => `${x} IN (${y}, ${z})`),
    fc.tuple(tie('number'), integer, integer).map(([x, y, z]) => `${x} BETWEEN ${y} AND ${z}`),
    fc.tuple(or('=', '<', '>='), date).map(([is, day]) => `d ${is} ${day}`),
    fc.constant('e'),
    or('a', 'b', 'c', 'd', 'e').map((column) => `${column} IS NULL`),
    fc.tuple(tie('condition'), or('AND', 'OR'), tie('condition')).map(([p, operator, q]) => `(${p} ${operator} ${q})`),
    tie('condition').map((p) => `NOT (${p})`),
  ),
}))

const parts = (p: string) => [p, `NOT (${p})`, `(${p}) IS NULL`]

/** Queries over tables t and u, and what the parts give together. */
const FORMS: Readonly<Record<string, (t: string, u: string, p: string) => [whole: string, together: string]>> = {
  rows: (t, _, p) => [
    `SELECT a, b, c, d, e FROM ${t}`,
    parts(p)
      .map((part) => `SELECT a, b, c, d, e FROM ${t} WHERE ${part}`)
      .join(' UNION ALL '),
  ],
  'distinct rows': (t, _, p) => [
    `SELECT DISTINCT a, c FROM ${t}`,
    parts(p)
      .map((part) => `SELECT DISTINCT a, c FROM ${t} WHERE ${part}`)
      .join(' UNION '),
  ],
  aggregates: (t, _, p) => [
    `SELECT count(*), sum(a), min(b), max(c) FROM ${t}`,
    `SELECT sum(n), sum(s), min(l), max(m) FROM (${parts(p)
      .map((part) => `SELECT count(*) AS n, sum(a) AS s, min(b) AS l, max(c) AS m FROM ${t} WHERE ${part}`)
      .join(' UNION ALL ')}) x`,
  ],
  groups: (t, _, p) => [
    `SELECT a, count(*) FROM ${t} GROUP BY a`,
    parts(`sum(CASE WHEN ${p} THEN 1 END) > 1`)
      .map((part) => `SELECT a, count(*) FROM ${t} GROUP BY a HAVING ${part}`)
      .join(' UNION ALL '),
  ],
  joins: (t, u, p) => [
    `SELECT x.c, y.f FROM ${t} x JOIN ${u} y ON x.a = y.g`,
    parts(p)
      .map((part) => `SELECT x.c, y.f FROM ${t} x JOIN ${u} y ON x.a = y.g WHERE ${part}`)
      .join(' UNION ALL '),
  ],
  'outer joins': (t, u, p) => [
    `SELECT x.c, y.f FROM ${t} x LEFT JOIN ${u} y ON x.a = y.g`,
    parts(p)
      .map((part) => `SELECT x.c, y.f FROM ${t} x LEFT JOIN ${u} y ON x.a = y.g WHERE ${part}`)
      .join(' UNION ALL '),
  ],
}

const bag = (rows: unknown[][]) => rows.map((cells) => JSON.stringify(cells.map((cell) => cell && String(cell)))).sort()

function partitions(dialect: () => Dialect): void {
  it('answers a query as its three parts together', async () => {
    const { rows, make } = dialect()
    let made = 0
    const tables = fc.asyncProperty(
      table,
      table,
      fc.array(condition, { minLength: CONDITIONS, maxLength: CONDITIONS }),
      async (t, u, conditions) => {
        const [left, right] = [`t${++made}`, `u${made}`]
        await make(left, t)
        await make(`${right}_all`, u)
        const other = `(SELECT a AS g, c AS f FROM ${right}_all)`
        for (const p of conditions)
          for (const [form, queries] of Object.entries(FORMS)) {
            const [whole, together] = queries(left, other, p)
            expect(bag(await rows(together)), `${form}: ${p}\n${whole}\n${together}`).toEqual(bag(await rows(whole)))
          }
      },
    )
    await fc.assert(tables, { numRuns: TABLES, verbose: 1, endOnFailure: !NIGHTLY })
  }, 900_000)
}

const values = (rows: readonly (readonly string[])[]) => rows.map((cells) => `(${cells.join(', ')})`).join(', ')

describe('Athena', () => {
  let engines: TestEngines
  beforeAll(async () => {
    engines = await startEngines([lake, catalog, athena])
    await engines.clients.lake.createBucket({ bucket: 'data' })
  })
  afterAll(() => engines[Symbol.asyncDispose]())

  const rows = async (sql: string) => {
    const { queryId } = await engines.clients.athena.startQuery({ sql })
    for await (const { state, error } of engines.clients.athena.watchQuery({ queryId }))
      if (state === 'FAILED') throw new Error(`${error?.code}: ${error?.message}\n${sql}`)
    const page = await engines.clients.athena.results({ queryId })
    return Array.from({ length: page.rowCount }, (_, r) => page.values.map((column) => column[r]))
  }
  partitions(() => ({
    rows,
    make: (name, list) =>
      rows(`CREATE TABLE ${name} WITH (format = 'PARQUET', external_location = 's3://data/${name}/') AS
        SELECT cast(a AS integer) AS a, cast(b AS decimal(4,1)) AS b, cast(c AS varchar) AS c, cast(d AS date) AS d, cast(e AS boolean) AS e
        FROM (VALUES ${values(list)}) t(a, b, c, d, e)`),
  }))
})

describe('Redshift', () => {
  let db: TestWarehouse
  beforeAll(async () => {
    db = await startWarehouse()
  })
  afterAll(() => db[Symbol.asyncDispose]())

  partitions(() => ({
    rows: db.rows,
    make: (name, list) =>
      db.rows(`CREATE TABLE ${name} (a integer, b decimal(4,1), c varchar(10), d date, e boolean);
        INSERT INTO ${name} VALUES ${values(list)}; SELECT 1`),
  }))
})
