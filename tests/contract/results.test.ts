import { inflateRawSync } from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { TablePage } from '../../src/engines/kit/pure/table.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import type { Arrangement, ExportFormat, ResultOf } from '../../src/engines/results/contract.ts'
import { engine as resultsEngine } from '../../src/engines/results/engine.ts'
import { engine as warehouse } from '../../src/engines/warehouse/engine.ts'
import { rowsWhere } from '../../src/renderer/features/catalog/where.ts'
import { literalIn } from '../../src/renderer/features/sql/model/literals.ts'
import { quoted } from '../../src/renderer/features/sql/model/names.ts'
import { type InsertInto, insertWriter } from '../../src/renderer/ui/table/insert.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

let engines: TestEngines
beforeAll(async () => {
  engines = await startEngines([lake, catalog, athena, warehouse, resultsEngine])
})
afterAll(() => engines[Symbol.asyncDispose]())

const NONE: Arrangement = { sort: [], terms: [] }
const term = (column: number | null, operator: ':' | '=' | '>' | '!=', word: string, exclude = false) => ({
  column,
  operator,
  word,
  exclude,
})

async function ofAthena(sql: string, dialect: 'trino' | 'spark' = 'trino'): Promise<ResultOf> {
  const { queryId } = await engines.clients.athena.startQuery({ sql, dialect })
  for await (const query of engines.clients.athena.watchQuery({ queryId }))
    if (query.error) throw new Error(query.error.message)
  return { engine: 'athena', id: queryId }
}

async function ofWarehouse(sql: string): Promise<ResultOf> {
  const { statementId } = await engines.clients.warehouse.startStatement({ sql })
  for await (const statement of engines.clients.warehouse.watchStatement({ statementId }))
    if (statement.error) throw new Error(statement.error.message)
  return { engine: 'warehouse', id: statementId }
}

const CITIES = `SELECT * FROM (VALUES
  (1, 'Ghent', DECIMAL '1.50', DATE '2024-01-01', ARRAY[1, 2]),
  (2, 'aachen', NULL, DATE '2024-03-01', ARRAY[3]),
  (3, 'Bruges', DECIMAL '-2.25', NULL, NULL),
  (4, 'ghent', DECIMAL '10.00', DATE '2024-01-01', ARRAY[1, 2])) AS t (id, city, amount, day, list)`

async function ids(of: ResultOf, arrangement: Arrangement) {
  const { rowCount } = await engines.clients.results.arrange({ of, arrangement })
  const page = await engines.clients.results.page({ of, arrangement, start: 0, rows: 100 })
  expect(page.rowCount).toBe(rowCount)
  return page.values[0]
}

describe('an arranged result', () => {
  it('sorts text without case, numbers by value and nulls last in either direction', async () => {
    const of = await ofAthena(CITIES)
    expect(await ids(of, { ...NONE, sort: [{ column: 1, descending: false }] })).toEqual([2, 3, 1, 4])
    expect(await ids(of, { ...NONE, sort: [{ column: 2, descending: false }] })).toEqual([3, 1, 4, 2])
    expect(await ids(of, { ...NONE, sort: [{ column: 2, descending: true }] })).toEqual([4, 1, 3, 2])
    const two = [
      { column: 1, descending: false },
      { column: 2, descending: true },
    ]
    expect(await ids(of, { ...NONE, sort: two })).toEqual([2, 3, 4, 1])
  })

  it('and a query of the whole table under what is typed over its first rows find the same, in both dialects', async () => {
    await ofAthena(`CREATE VIEW cities AS ${CITIES}`)
    await ofWarehouse('CREATE TABLE cities (id int, city varchar(20), amount numeric(12,2), day date)')
    await ofWarehouse(`INSERT INTO cities VALUES (1, 'Ghent', 1.50, '2024-01-01'), (2, 'aachen', NULL, '2024-03-01'),
      (3, 'Bruges', -2.25, NULL), (4, 'ghent', 10.00, '2024-01-01')`)
    const asked: Arrangement['terms'][] = [
      [term(1, '=', 'GHENT')],
      [term(1, ':', "gh'")],
      [term(null, ':', '2024-03')],
      [term(null, ':', 'gh', true), term(2, '!=', '1.5')],
      [term(2, '>', '-3'), term(3, '=', '2024-01-01')],
      [term(2, '>', 'nonsense')],
      [term(2, ':', 'null')],
      [term(3, '!=', 'null')],
    ]
    for (const [engine, run, database] of [
      ['athena', ofAthena, 'default'],
      ['warehouse', ofWarehouse, 'public'],
    ] as const) {
      const whole = await run(`SELECT id, city, amount, day FROM ${database}.cities ORDER BY id`)
      const { columns } = await engines.clients.results.page({ of: whole, arrangement: NONE, start: 0, rows: 1 })
      for (const terms of asked) {
        const sql = rowsWhere(engine, { database, table: 'cities' }, columns, terms)
        const found = await ids(await run(sql), { ...NONE, sort: [{ column: 0, descending: false }] })
        expect(found, sql).toEqual(await ids(whole, { ...NONE, terms }))
      }
    }
  })

  it('finds null beside texts that have the word, and times as they are shown', async () => {
    const of = await ofWarehouse(
      `SELECT 1 AS id, 'nullable' AS word, TIMESTAMP '2024-01-01 10:00:00.123456' AS at
       UNION ALL SELECT 2, NULL, TIMESTAMP '2024-01-01 10:00:00.123' UNION ALL SELECT 3, 'x', NULL ORDER BY id`,
    )
    const found = (...terms: Arrangement['terms']) => ids(of, { ...NONE, terms })
    expect(await found(term(1, ':', 'null'))).toEqual([1, 2])
    expect(await found(term(null, ':', '2024-01-01 10:00:00.1234'))).toEqual([1])
    for (const moment of ['2024-01-01 10:00:00.123456', '2024-01-01T10:00:00.123456Z']) {
      expect(await found(term(2, ':', moment)), moment).toEqual([1])
      expect(await found(term(2, '=', moment)), moment).toEqual([1])
    }
    expect(await found(term(2, '=', '2024-01-01T10:00:00.123Z'))).toEqual([2])
    expect(await found(term(2, '!=', '2024-01-01T10:00:00.123Z'))).toEqual([1, 3])
  })

  it('filters by any column, one column, comparison, null and exclusion', async () => {
    const of = await ofAthena(CITIES)
    expect(await ids(of, { ...NONE, terms: [term(null, ':', 'GHENT')] })).toEqual([1, 4])
    expect(await ids(of, { ...NONE, terms: [term(2, '>', '1')] })).toEqual([1, 4])
    expect(await ids(of, { ...NONE, terms: [term(2, '=', '1.5')] })).toEqual([1])
    expect(await ids(of, { ...NONE, terms: [term(3, '=', 'null')] })).toEqual([3])
    expect(await ids(of, { ...NONE, terms: [term(3, ':', 'null')] })).toEqual([3])
    expect(await ids(of, { ...NONE, terms: [term(3, ':', 'NULL', true)] })).toEqual([1, 2, 4])
    expect(await ids(of, { ...NONE, terms: [term(3, '>', '2024-02-01')] })).toEqual([2])
    expect(await ids(of, { ...NONE, terms: [term(1, ':', 'ghent', true)] })).toEqual([2, 3])
    expect(await ids(of, { ...NONE, terms: [term(1, '!=', 'ghent')] })).toEqual([2, 3])
    expect(await ids(of, { ...NONE, terms: [term(4, ':', '[3]')] })).toEqual([2])
    // A word is data, whatever it says.
    expect(await ids(of, { ...NONE, terms: [term(1, ':', "'; DROP TABLE x")] })).toEqual([])
  })

  it('gives any page of a large one by its place', async () => {
    const of = await ofAthena(
      'SELECT a.n * 1000 + b.n AS n FROM UNNEST(sequence(0, 199)) AS a (n), UNNEST(sequence(0, 999)) AS b (n)',
    )
    const arrangement = { ...NONE, sort: [{ column: 0, descending: true }] }
    expect(await engines.clients.results.arrange({ of, arrangement })).toEqual({ rowCount: 200_000 })
    const page = await engines.clients.results.page({ of, arrangement, start: 150_000, rows: 3 })
    expect(page.values[0].map(Number)).toEqual([49_999, 49_998, 49_997])
  })

  it('finds the next cell from where one is, in its order, and around the end', async () => {
    const of = await ofWarehouse("SELECT 1 AS id, 'x' AS a, 'needle' AS b UNION ALL SELECT 2, 'Needle', 'y' ORDER BY 1")
    const find = (row: number, column: number, backwards = false, arrangement = NONE) =>
      engines.clients.results.find({ of, arrangement, word: 'NEEDLE', from: { row, column }, backwards })
    expect(await find(0, -1)).toEqual({ row: 0, column: 2 })
    expect(await find(0, 2)).toEqual({ row: 1, column: 1 })
    expect(await find(1, 1)).toEqual({ row: 0, column: 2 })
    expect(await find(0, 2, true)).toEqual({ row: 1, column: 1 })
    expect(await find(0, -1, false, { ...NONE, sort: [{ column: 0, descending: true }] })).toEqual({
      row: 0,
      column: 1,
    })
  })

  it('says in words that its rows are gone', async () => {
    await expect(
      engines.clients.results.arrange({ of: { engine: 'warehouse', id: 'none' }, arrangement: NONE }),
    ).rejects.toMatchObject({ code: expect.stringContaining('NotFound') })
  })
})

it('tells what a column holds, of the rows that are left', async () => {
  const of = await ofAthena(CITIES)
  const amount = await engines.clients.results.statistics({ of, arrangement: NONE, column: 2 })
  expect(amount).toMatchObject({ rows: 4, nulls: 1, distinct: 3, min: '-2.25', max: '10.00', median: '1.50' })
  expect(amount.mean).toBeCloseTo(9.25 / 3)
  expect(amount.histogram.reduce((sum, count) => sum + count, 0)).toBe(3)
  const id = await engines.clients.results.statistics({ of, arrangement: NONE, column: 0 })
  expect(id.histogram).toEqual([1, 1, 1, 1])
  const arrangement = { ...NONE, terms: [term(1, ':', 'ghent')] }
  const day = await engines.clients.results.statistics({ of, arrangement, column: 3 })
  expect(day).toMatchObject({ rows: 2, nulls: 0, distinct: 1, top: [{ value: '2024-01-01', count: 2 }], histogram: [] })
  const list = await engines.clients.results.statistics({ of, arrangement: NONE, column: 4 })
  expect(list.top[0]).toEqual({ value: '[1,2]', count: 2 })
})

it('pivots with a column for each value, also where one is called like a row', async () => {
  const of = await ofWarehouse(
    "SELECT 'a' AS kind, 'kind' AS word, 2 AS n UNION ALL SELECT 'a', NULL, 3 UNION ALL SELECT 'b', 'kind', 5 UNION ALL SELECT 'b', 'kind', 1 UNION ALL SELECT 'b', '', 7",
  )
  const table = await engines.clients.results.pivot({ of, rows: [0], across: 1, value: 2, aggregate: 'sum' })
  expect(table.columns.map(({ name }) => name)).toEqual(['kind', '(empty)', 'kind_2', 'null'])
  expect(table.values.map((column) => column.map((cell) => (cell === null ? null : String(cell))))).toEqual([
    ['a', 'b'],
    [null, '7'],
    ['2', '6'],
    ['3', null],
  ])
  await expect(engines.clients.results.pivot({ of, rows: [0], across: 2, value: 1, aggregate: 'sum' })).rejects.toThrow(
    'needs numbers',
  )
})

it('tells a cell of a pivot without rows from one without a value and from zero', async () => {
  const of = await ofAthena(
    "SELECT * FROM (VALUES ('a', 'x', 0), ('a', 'y', NULL), ('b', 'x', 4)) AS t (kind, word, n)",
  )
  const pivot = (aggregate: 'sum' | 'count') =>
    engines.clients.results.pivot({ of, rows: [0], across: 1, value: 2, aggregate })
  const sums = await pivot('sum')
  expect(sums.values.slice(1).map((column) => column.map((cell) => (cell === null ? null : Number(cell))))).toEqual([
    [0, 4],
    [null, null],
  ])
  expect(sums.absent).toEqual([
    [false, false],
    [false, true],
  ])
  const counts = await pivot('count')
  expect(counts.values[2].map(Number)).toEqual([0, 0])
  expect(counts.absent).toEqual(sums.absent)
})

it('pivots instants that differ by less than is shown once', async () => {
  const of = await ofAthena(
    "SELECT 'a' AS kind, 1 AS n, TIMESTAMP '2024-01-01 00:00:00.000001' AS t UNION ALL SELECT 'a', 2, TIMESTAMP '2024-01-01 00:00:00.000002'",
  )
  const table = await engines.clients.results.pivot({ of, rows: [0], across: 2, value: 1, aggregate: 'sum' })
  expect(table.values.map(([cell]) => String(cell))).toEqual(['a', '3'])
})

describe('the points of a chart', () => {
  const DELAYS = `SELECT * FROM (VALUES
    (DATE '2024-01-02', 'AA', 5, 1.5), (DATE '2024-01-01', 'AA', 1, 2.5), (DATE '2024-01-02', 'DL', NULL, 3.5), (DATE '2024-01-01', NULL, 4, 4.5))
    AS t (day, carrier, delay, fare)`
  const numbers = (column: readonly unknown[]) => column.map((cell) => (cell === null ? null : Number(cell)))

  it('are an aggregate of all rows on each value of the axis, times in their order', async () => {
    const of = await ofAthena(DELAYS)
    const { page, series } = await engines.clients.results.points({
      of,
      x: 0,
      y: [2, 3],
      split: null,
      aggregate: 'sum',
    })
    expect(page.values[0]).toEqual(['2024-01-01', '2024-01-02'])
    expect(page.values.slice(1).map(numbers)).toEqual([
      [5, 5],
      [7, 5],
    ])
    expect(series).toEqual([
      { measure: 'delay', value: null },
      { measure: 'fare', value: null },
    ])
    const counted = await engines.clients.results.points({ of, x: 0, y: [2], split: null, aggregate: 'count' })
    expect(numbers(counted.page.values[1])).toEqual([2, 2])
  })

  it('are one series for each value of another column, null among them', async () => {
    const of = await ofAthena(DELAYS)
    expect(await engines.clients.results.grouping({ of, x: 0, by: [1] })).toEqual({
      rows: 4,
      values: 2,
      groups: 2,
      bucket: null,
      by: [{ values: 3, together: 4 }],
    })
    const split = await engines.clients.results.points({ of, x: 0, y: [2], split: 1, aggregate: 'max' })
    expect(split.splits).toBe(3)
    expect(split.series.map(({ value }) => value)).toEqual(['AA', 'DL', 'null'])
    expect(split.page.values.slice(1).map(numbers)).toEqual([
      [1, 5],
      [null, null],
      [4, null],
    ])
  })

  it('are the rows themselves, as they come, where nothing is aggregated', async () => {
    const of = await ofAthena(DELAYS)
    const { page } = await engines.clients.results.points({ of, x: 0, y: [2], split: null, aggregate: null })
    expect(numbers(page.values[1])).toEqual([5, 1, null, 4])
  })

  it('are of the rows that a filter leaves, as a pivot is', async () => {
    const of = await ofAthena(DELAYS)
    const terms = [term(1, '=', 'aa')]
    expect(await engines.clients.results.grouping({ of, x: 0, by: [1], terms })).toMatchObject({
      rows: 2,
      groups: 2,
      by: [{ values: 1, together: 2 }],
    })
    const split = { of, x: 0, y: [2], split: 1, aggregate: 'sum' as const, terms }
    const { page, series, splits } = await engines.clients.results.points(split)
    expect([splits, series.map(({ value }) => value), numbers(page.values[1])]).toEqual([1, ['AA'], [1, 5]])
    const rows = await engines.clients.results.points({ ...split, split: null, aggregate: null })
    expect(numbers(rows.page.values[1])).toEqual([5, 1])
    const pivot = { of, rows: [0], across: 1, value: 2, aggregate: 'sum' as const }
    const pivoted = await engines.clients.results.pivot({ ...pivot, terms })
    expect(pivoted.columns.map(({ name }) => name)).toEqual(['day', 'AA'])
    expect([pivoted.taken, numbers(pivoted.values[1])]).toEqual([2, [1, 5]])
    expect(await engines.clients.results.pivot(pivot)).toMatchObject({ taken: 4, rowCount: 2 })
    const none = [term(1, '=', 'nobody')]
    expect(await engines.clients.results.grouping({ of, x: 0, by: [1], bucket: 'auto', terms: none })).toMatchObject({
      rows: 0,
      groups: 0,
    })
    expect(await engines.clients.results.pivot({ ...pivot, terms: none })).toMatchObject({ taken: 0, rowCount: 0 })
  })

  it('stand in buckets of time, null apart, weeks from their Monday', async () => {
    const of = await ofAthena(
      `SELECT * FROM (VALUES (DATE '2024-01-07', TIMESTAMP '2024-01-07 23:59:59', 1), (DATE '2024-01-08', TIMESTAMP '2024-01-08 00:00:00', 2),
         (DATE '2024-01-14', TIMESTAMP '2024-01-08 00:00:01', 4), (NULL, NULL, 8)) AS t (day, at, n)`,
    )
    const sums = async (x: number, bucket: 'minute' | 'week' | 'quarter') => {
      const { groups } = await engines.clients.results.grouping({ of, x, by: [], bucket })
      const { page } = await engines.clients.results.points({ of, x, y: [2], split: null, aggregate: 'sum', bucket })
      expect(page.rowCount).toBe(groups)
      return Object.fromEntries(page.values[0].map((at, i) => [String(at), Number(page.values[1][i])]))
    }
    expect(await sums(0, 'week')).toEqual({ '2024-01-01': 1, '2024-01-08': 6, null: 8 })
    expect(await sums(0, 'quarter')).toEqual({ '2024-01-01': 7, null: 8 })
    expect(await sums(1, 'minute')).toEqual({
      '2024-01-07T23:59:00.000Z': 1,
      '2024-01-08T00:00:00.000Z': 6,
      null: 8,
    })
    await expect(engines.clients.results.grouping({ of, x: 2, by: [], bucket: 'day' })).rejects.toThrow(
      'n holds no dates or timestamps',
    )
  })

  it('stand in the finest buckets that are not too many, also where one day is far off', async () => {
    const days = "SELECT d FROM UNNEST(sequence(DATE '2023-01-01', DATE '2023-12-31')) AS t (d)"
    const likely = async (sql: string) =>
      engines.clients.results.grouping({ of: await ofAthena(sql), x: 0, by: [], bucket: 'auto' })
    expect(await likely(days)).toMatchObject({ rows: 365, values: 365, groups: 53, bucket: 'week' })
    expect(await likely(`${days} UNION ALL SELECT DATE '9999-12-31'`)).toMatchObject({ groups: 54, bucket: 'week' })
    expect(await likely(`SELECT * FROM (${days}) LIMIT 100`)).toMatchObject({ groups: 100, bucket: null })
    const stamps =
      "SELECT date_add('second', n, TIMESTAMP '2024-01-01 00:00:00') AS s FROM UNNEST(sequence(0, 9999)) AS t (n)"
    expect(await likely(stamps)).toMatchObject({ values: 10_000, groups: 3, bucket: 'hour' })
    expect(await likely('SELECT n FROM UNNEST(sequence(1, 365)) AS t (n)')).toMatchObject({ groups: 365, bucket: null })
  })
})

describe('two results that are compared', () => {
  const likely = async (before: string, after = before) =>
    engines.clients.results.likelyKeys({ before: await ofAthena(before), after: await ofAthena(after) })

  it('have the fewest columns that tell rows apart in both as their key', async () => {
    const rows = (values: string) => `SELECT * FROM (VALUES ${values}) AS t (day, city, hour, id, amount)`
    const first = "(1, 'a', 7, 1, 1.5), (1, 'a', 8, 2, 2.5), (1, 'b', 7, 3, 3.5), (2, 'a', 7, 4, 4.5)"
    expect(await likely(rows(first))).toEqual({ keys: ['id'], unique: true })
    const again = "(1, 'a', 7, 1, 1.5), (1, 'a', 8, 1, 1.5), (1, 'b', 7, 1, 1.5), (2, 'a', 7, 1, 1.5)"
    expect(await likely(rows(first), rows(again))).toEqual({ keys: ['day', 'city', 'hour'], unique: true })
    expect(await likely("SELECT 'a' AS x, 1 AS n UNION ALL SELECT 'a', 1")).toEqual({ keys: ['x'], unique: false })
  })

  it('meet by any number of keys, and a key that repeats is named with its rows', async () => {
    const of = await ofAthena(
      "SELECT * FROM (VALUES (1, 'a', 7, 10), (1, 'a', 8, 20), (1, 'b', 7, 30)) AS t (day, city, hour, n)",
    )
    const compare = (keys: string[]) =>
      engines.clients.results.compare({ before: of, after: of, keys, start: 0, rows: 10 })
    expect(await compare(['day', 'city', 'hour'])).toMatchObject({ same: 3, changed: 0 })
    await expect(compare(['day', 'city'])).rejects.toThrow(
      'In the result before, the key day, city does not tell the rows apart: one value stands in more than one row, such as day = 1, city = a in 2. Add a column to the key.',
    )
    const twice = await ofAthena('SELECT 1 AS n UNION ALL SELECT 1')
    await expect(
      engines.clients.results.compare({ before: twice, after: twice, keys: ['n'], start: 0, rows: 10 }),
    ).rejects.toThrow('Whole rows repeat')
  })

  it('meet by number and by time where the types differ, and by text where they have nothing in common', async () => {
    const before = await ofAthena("SELECT 1 AS id, DECIMAL '1.50' AS amount, DATE '2024-01-01' AS day, 'x' AS word")
    const after = await ofAthena(
      "SELECT '1' AS id, DOUBLE '1.5' AS amount, TIMESTAMP '2024-01-01 00:00:00' AS day, 7 AS word",
    )
    const compared = await engines.clients.results.compare({ before, after, keys: ['id'], start: 0, rows: 10 })
    expect(compared).toMatchObject({ added: 0, removed: 0, changed: 1 })
    const same = await engines.clients.results.compare({
      before,
      after,
      keys: ['id', 'amount', 'day'],
      start: 0,
      rows: 10,
    })
    expect(same).toMatchObject({ changed: 1 })
  })
})

it('meets the rows of two results by a key, over both engines', async () => {
  const before = await ofAthena("SELECT * FROM (VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', NULL)) AS t (id, name, gone)")
  const after = await ofWarehouse("SELECT 2 AS id, 'B' AS name UNION ALL SELECT 3, 'c' UNION ALL SELECT 4, 'd'")
  const compared = await engines.clients.results.compare({ before, after, keys: ['id'], start: 0, rows: 10 })
  expect(compared).toMatchObject({ added: 1, removed: 1, changed: 1, same: 1, apart: ['gone'] })
  expect(compared.page.columns.map(({ name }) => name)).toEqual(['change', 'id', 'name before', 'name after'])
  expect(compared.page.values).toEqual([
    ['removed', 'changed', 'added'],
    [1, 2, 4],
    ['a', 'b', null],
    [null, 'B', 'd'],
  ])
  const twice = await ofWarehouse("SELECT 2 AS id, 'B' AS name UNION ALL SELECT 2, 'c'")
  await expect(
    engines.clients.results.compare({ before, after: twice, keys: ['id'], start: 0, rows: 10 }),
  ).rejects.toThrow('does not tell the rows apart')
})

describe('an exported result', () => {
  const NASTY = `SELECT id, word AS "te,xt", amount, day, stamp, big, ok FROM (VALUES
    (1, 'plain', DECIMAL '1.50', DATE '2024-02-29', TIMESTAMP '2024-02-29 12:00:00', 9007199254740993, true),
    (2, '<&> "q", ' || chr(10) || chr(1) || 'x', NULL, NULL, NULL, 5, false)) AS t (id, word, amount, day, stamp, big, ok)`

  async function file(of: ResultOf, format: ExportFormat, arrangement = NONE, columns = [0, 1, 2, 3, 4, 5, 6]) {
    const pieces: Uint8Array[] = []
    for await (const step of engines.clients.results.export({ of, arrangement, columns, format }))
      if ('bytes' in step) pieces.push(step.bytes)
    return Buffer.concat(pieces)
  }

  it('is CSV, JSON and Parquet, in the order and with the columns in sight', async () => {
    const of = await ofAthena(NASTY)
    const down = { ...NONE, sort: [{ column: 0, descending: true }] }
    const csv = (await file(of, 'csv', down, [1, 0])).toString()
    expect(csv).toBe('"te,xt",id\n"<&> ""q"", \n\u0001x",2\nplain,1\n')
    const json = JSON.parse((await file(of, 'json', NONE, [0, 5])).toString())
    expect(json).toMatchObject([{ id: 1 }, { id: 2, big: 5 }])
    const parquet = await file(of, 'parquet', NONE, [0, 5])
    const bytes = parquet.buffer.slice(parquet.byteOffset, parquet.byteOffset + parquet.length) as ArrayBuffer
    expect(await parquetReadObjects({ file: bytes, compressors })).toEqual([
      { id: 1, big: 9007199254740993n },
      { id: 2, big: 5n },
    ])
  })

  it('is a workbook that keeps every digit, dates as dates and any text', async () => {
    const zip = await file(await ofAthena(NASTY), 'xlsx')
    const sheet = unzipped(zip)['xl/worksheets/sheet1.xml']
    expect(sheet).toContain('<c t="inlineStr"><is><t xml:space="preserve">9007199254740993</t></is></c>')
    expect(sheet).toContain('<c s="2"><v>45351</v></c>')
    expect(sheet).toContain('<c s="3"><v>45351.5</v></c>')
    expect(sheet).toContain('&lt;&amp;> "q", \nx')
    expect(sheet).toContain('<c t="b"><v>1</v></c>')
    expect(sheet.match(/<row>/g)).toHaveLength(3)
  })

  it('keeps line ends, escapes and fractions of a second in a workbook, and says how many texts it cut', async () => {
    const of = await ofAthena(
      `SELECT chr(13) || chr(10) || '_x000D_' AS word, TIMESTAMP '2024-02-29 12:00:00.250' AS ms, TIMESTAMP '2024-02-29 12:00:00.000001' AS us, array_join(repeat('x', 32768), '') AS long`,
    )
    const sheet = unzipped(await file(of, 'xlsx', NONE, [0, 1, 2, 3]))['xl/worksheets/sheet1.xml']
    expect(sheet).toContain('&#13;\n_x005F_x000D_<')
    expect(sheet).toContain('<c s="4"><v>45351.50000289')
    expect(sheet).toContain('2024-02-29T12:00:00.000001Z')
    const said = []
    for await (const step of engines.clients.results.export({ of, arrangement: NONE, columns: [3], format: 'xlsx' }))
      if ('cut' in step) said.push(step.cut)
    expect(said).toEqual([1])
  })

  it('keeps every digit of a sum in Parquet', async () => {
    const of = await ofWarehouse(
      'SELECT sum(x) AS s FROM (SELECT 9223372036854775807::bigint AS x UNION ALL SELECT 4::bigint) AS t',
    )
    const parquet = await file(of, 'parquet', NONE, [0])
    const bytes = parquet.buffer.slice(parquet.byteOffset, parquet.byteOffset + parquet.length) as ArrayBuffer
    expect(parquetMetadata(bytes).schema[1]).toMatchObject({ name: 's', converted_type: 'DECIMAL', precision: 38 })
  })

  it('writes what is no number by its name, nested values as JSON and bytes in hex', async () => {
    const of = await ofAthena(
      `SELECT * FROM (VALUES (nan(), ARRAY['a', NULL, 'q"x'], to_utf8('hé')), (-infinity(), NULL, NULL), (0.5e0, ARRAY[], NULL)) AS t (n, list, bytes)`,
    )
    expect((await file(of, 'csv', NONE, [0, 1, 2])).toString()).toBe(
      'n,list,bytes\nNaN,"[""a"",null,""q\\""x""]",68c3a9\n-Infinity,,\n0.5,[],\n',
    )
    expect(JSON.parse((await file(of, 'json', NONE, [0, 1, 2])).toString())).toEqual([
      { n: 'NaN', list: ['a', null, 'q"x'], bytes: '68c3a9' },
      { n: '-Infinity', list: null, bytes: null },
      { n: 0.5, list: [], bytes: null },
    ])
  })

  it('leaves no file behind, done or given up', async () => {
    const of = await ofAthena('SELECT a.n FROM UNNEST(sequence(0, 999)) AS a (n), UNNEST(sequence(0, 999)) AS b (n)')
    for await (const step of engines.clients.results.export({ of, arrangement: NONE, columns: [0], format: 'csv' }))
      if ('bytes' in step) break
    const { readdirSync } = await import('node:fs')
    await expect.poll(() => readdirSync(`${engines.workspaceDirectory}/.millrace/olap/inbox`)).toEqual([])
  })

  it('refuses more rows than a sheet has, in words', async () => {
    const of = await ofAthena('SELECT a.n FROM UNNEST(sequence(0, 1099)) AS a (n), UNNEST(sequence(0, 999)) AS b (n)')
    await expect(file(of, 'xlsx', NONE, [0])).rejects.toThrow('A sheet of Excel holds 1,048,575 rows')
    // What a filter leaves is what counts.
    const few = { ...NONE, terms: [term(0, '=', '7')] }
    const sheet = unzipped(await file(of, 'xlsx', few, [0]))['xl/worksheets/sheet1.xml']
    expect(sheet.match(/<row>/g)).toHaveLength(1001)
  })
})

describe('a result that is copied as INSERT', () => {
  const WORDS = "'it''s', 'a' || chr(92) || 'n\"x'"

  /** Writes what was copied of a result into another table; what both tables hold then. */
  async function copied(
    made: ResultOf,
    dialect: 'athena' | 'spark' | 'warehouse',
    from: string,
    rows: (sql: string) => Promise<ResultOf>,
  ): Promise<[TablePage['values'], TablePage['values']]> {
    const all = { arrangement: NONE, start: 0, rows: 100 }
    const { columns, values, rowCount } = await engines.clients.results.page({ of: made, ...all })
    const into: InsertInto = {
      table: `${from}_${dialect}`,
      name: (title) => quoted(title, dialect),
      literal: (value, { detail = '' }) => literalIn(dialect, detail, value),
    }
    const writer = insertWriter(
      columns.map(({ name, declared }) => ({ title: name, detail: declared })),
      into,
    )
    const insert =
      writer.begin +
      writer.rows(
        Array.from({ length: rowCount }, (_, row) => values.map((column) => column[row])),
        true,
      )
    await rows(insert)
    const again = await rows(`SELECT * FROM ${into.table} ORDER BY id`)
    return [values, (await engines.clients.results.page({ of: again, ...all })).values]
  }

  it('gives equal values back from Athena and from Spark, nested ones, bytes and times among them', async () => {
    const columns = `id int, flag boolean, tiny tinyint, big bigint, share double, part float, amount decimal(12,2), word string, day date, at timestamp,
      bytes binary, list array<int>, words array<string>, deep array<array<decimal(5,2)>>, names map<string,int>, days map<date,array<bigint>>,
      one struct<a:int,b:string,at:timestamp>, many array<struct<\`order\`:int,\`inner\`:struct<x:double,bytes:binary>>>`
    for (const table of ['kinds', 'kinds_athena', 'kinds_spark'])
      await ofAthena(`CREATE EXTERNAL TABLE ${table} (${columns}) STORED AS PARQUET LOCATION 's3://data/${table}/'`)
    await ofAthena(`INSERT INTO kinds VALUES
      (1, true, TINYINT '-3', 9007199254740993, DOUBLE '1.5e300', REAL '0.25', DECIMAL '1.50', 'it''s', DATE '2024-02-29',
       TIMESTAMP '2024-02-29 12:00:00.123', X'00ff', ARRAY[1, NULL], ARRAY[${WORDS}], ARRAY[ARRAY[DECIMAL '1.50'], ARRAY[]],
       MAP(ARRAY['k''1', '2'], ARRAY[1, NULL]), MAP(ARRAY[DATE '2024-01-01'], ARRAY[ARRAY[9007199254740993]]),
       CAST(ROW(1, 'x', TIMESTAMP '2024-01-01 00:00:00') AS ROW(a integer, b varchar, "at" timestamp(3))),
       CAST(ARRAY[ROW(1, ROW(nan(), X'41')), NULL] AS ARRAY(ROW("order" integer, "inner" ROW(x double, bytes varbinary))))),
      (2, NULL, NULL, NULL, nan(), NULL, NULL, '', NULL, NULL, X'', ARRAY[], ARRAY[], NULL, MAP(), NULL, NULL, ARRAY[]),
      (3, NULL, NULL, NULL, -infinity(), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`)
    const [before, after] = await copied(await ofAthena('SELECT * FROM kinds ORDER BY id'), 'athena', 'kinds', ofAthena)
    expect(before[17][0]).toBe('[{"order":1,"inner":{"x":"NaN","bytes":"41"}},null]')
    expect(after).toEqual(before)
    const inSpark = (sql: string) => ofAthena(sql, 'spark')
    const spark = await copied(await inSpark('SELECT * FROM kinds ORDER BY id'), 'spark', 'kinds', inSpark)
    expect(spark).toEqual([before, before])
  })

  it('gives equal values back from the warehouse', async () => {
    const columns =
      'id int, flag boolean, big bigint, share float8, amount numeric(12,2), word varchar(20), day date, at timestamp, instant timestamptz, "order" time'
    for (const table of ['kinds', 'kinds_warehouse']) await ofWarehouse(`CREATE TABLE ${table} (${columns})`)
    await ofWarehouse(`INSERT INTO kinds VALUES
      (1, true, 9007199254740993, 1e300, 1.50, 'it''s', '2024-02-29', '2024-02-29 12:00:00.123', '2024-02-29 12:00:00+02', '10:00:00'),
      (2, NULL, NULL, 'NaN', NULL, '', NULL, NULL, NULL, NULL), (3, false, NULL, '-Infinity', NULL, NULL, NULL, NULL, NULL, NULL)`)
    const [before, after] = await copied(
      await ofWarehouse('SELECT * FROM kinds ORDER BY id'),
      'warehouse',
      'kinds',
      ofWarehouse,
    )
    expect(before[8][0]).toBe('2024-02-29T10:00:00.000Z')
    expect(after).toEqual(before)
  })
})

/** The files of a zip by its directory, as a reader finds them. */
function unzipped(zip: Buffer): Record<string, string> {
  const files: Record<string, string> = {}
  const end = zip.length - 22
  let at = zip.readUInt32LE(end + 16)
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    const [packed, name, local] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)]
    const data = local + 30 + zip.readUInt16LE(local + 26)
    files[zip.toString('utf8', at + 46, at + 46 + name)] = inflateRawSync(zip.subarray(data, data + packed)).toString()
    at += 46 + name
  }
  return files
}
