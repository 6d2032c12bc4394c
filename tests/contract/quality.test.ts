import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as athenaEngine } from '../../src/engines/athena/engine.ts'
import { engine as catalogEngine } from '../../src/engines/catalog/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as lakeEngine } from '../../src/engines/lake/engine.ts'
import { engine as qualityEngine } from '../../src/engines/quality/engine.ts'
import { engine as warehouseEngine } from '../../src/engines/warehouse/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

let engines: TestEngines
let clients: Clients
const ORDERS = { engine: 'athena' as const, database: 'shop', table: 'orders' }
const bytes = (text: string) => new TextEncoder().encode(text)

const ROWS = [
  ['1', 'AB-1001', '2.50', 'DE', '2024-01-01', 'one'],
  ['2', 'AB-1002', '3.50', 'DE', '2024-01-02', 'two'],
  ['3', 'CD-1003', '', 'FR', '2024-01-03', ''],
  ['4', 'CD-1003', '10.00', 'XX', '2024-01-04', 'Ökö9'],
]

async function table(name: string, columns: [string, string][], text: string): Promise<void> {
  await clients.lake.putObject({ bucket: 'shop', key: `${name}/a.csv`, body: bytes(text) })
  await clients.catalog.createTable({
    database: 'shop',
    name,
    columns: columns.map(([column, type]) => ({ name: column, type })),
    partitionKeys: [],
    location: `s3://shop/${name}/`,
    format: 'csv',
    parameters: { 'serialization.null.format': '' },
  })
}

beforeAll(async () => {
  engines = await startEngines([lakeEngine, catalogEngine, athenaEngine, warehouseEngine, qualityEngine])
  clients = engines.clients
  await clients.lake.createBucket({ bucket: 'shop' })
  await clients.catalog.createDatabase({ database: 'shop' })
  const columns: [string, string][] = [
    ['id', 'int'],
    ['code', 'string'],
    ['price', 'decimal(10,2)'],
    ['country', 'string'],
    ['day', 'date'],
    ['note', 'string'],
  ]
  await table('orders', columns, ROWS.map((row) => `${row.join(',')}\n`).join(''))
  await table('countries', [['iso', 'string']], 'DE\nFR\n')
  await table(
    'copy',
    columns,
    ROWS.slice(0, 3)
      .map((row) => `${row.join(',')}\n`)
      .join(''),
  )
})
afterAll(async () => engines[Symbol.asyncDispose]())

async function profileOf(ref: { engine: 'athena' | 'warehouse'; database: string; table: string }) {
  for await (const { profile } of clients.quality.profile(ref)) if (profile) return profile
  throw new Error('no profile came')
}

let count = 0
async function resultOf(text: string, table = ORDERS) {
  const name = `r${++count}`
  await clients.quality.createRuleset({ name, text, table })
  const sources = { countries: { ...ORDERS, table: 'countries' }, copy: { ...ORDERS, table: 'copy' } }
  const { runId } = await clients.quality.startEvaluation({ table, rulesets: [name], sources })
  for (;;) {
    const run = await clients.quality.getRun({ runId })
    if (run.state === 'SUCCEEDED') return clients.quality.getResult({ resultId: run.resultIds[0] })
    if (run.endedMs !== undefined) throw new Error(`${run.state}: ${run.error?.message}`)
    await new Promise((done) => setTimeout(done, 10))
  }
}
const outcome = async (rule: string) => (await resultOf(`Rules = [ ${rule} ]`)).rules[0]

describe('column profiles', () => {
  it('tells counts, extremes, moments, shapes and frequent values of a table', async () => {
    const profile = await profileOf(ORDERS)
    expect(profile).toMatchObject({ rowCount: 4, versionId: 0, table: ORDERS })
    const of = (name: string) => profile.columns.find((column) => column.name === name)!
    expect(of('id')).toMatchObject({ nulls: 0, distinct: { count: 4, exact: true }, min: 1, max: 4, mean: 2.5 })
    expect(of('id').stddev).toBeCloseTo(Math.sqrt(1.25))
    expect(of('price')).toMatchObject({ nulls: 1, distinct: { count: 3 }, min: '2.50', max: '10.00' })
    const { counts } = of('price').histogram!
    expect([counts[0], counts[3], counts.at(-1), counts.reduce((a, b) => a + b)]).toEqual([1, 1, 1, 3])
    expect(of('code').patterns).toEqual([{ value: 'AA-9999', count: 4 }])
    expect(of('code').topValues[0]).toEqual({ value: 'CD-1003', count: 2 })
    expect(of('code').lengths).toEqual({ min: 7, max: 7, mean: 7 })
    expect(of('note').patterns).toContainEqual({ value: 'Aaa9', count: 1 })
    expect(of('day')).toMatchObject({ min: '2024-01-01', max: '2024-01-04' })
    expect(of('day').quantiles![0]).toBe('2024-01-01')
    expect(of('id')).toMatchObject({ quantiles: [1, 1, 2, 3, 4], quantilesExact: true })
    // One bar a value where they are few.
    expect(of('id').histogram).toEqual({ from: 1, to: 4, counts: [1, 1, 1, 1] })
    expect(of('day').histogram!.counts).toHaveLength(4)
  })

  it('marks a kept profile as stale once a file of the table has changed', async () => {
    await table('growing', [['n', 'int']], '1\n')
    const growing = { ...ORDERS, table: 'growing' }
    expect(await clients.quality.getProfile(growing)).toEqual({ profile: null, stale: false })
    const profile = await profileOf(growing)
    expect(await clients.quality.getProfile(growing)).toEqual({ profile, stale: false })
    await clients.lake.putObject({ bucket: 'shop', key: 'growing/b.csv', body: bytes('2\n') })
    expect(await clients.quality.getProfile(growing)).toEqual({ profile, stale: true })
  })

  it('estimates what is too much to count, and says so', async () => {
    const numbers = Array.from({ length: 700_000 }, (_, i) => `${i},${i % 7 === 0 ? 'often' : `v${i}`}\n`).join('')
    await table(
      'many',
      [
        ['n', 'int'],
        ['v', 'string'],
      ],
      numbers,
    )
    const { columns, rowCount } = await profileOf({ ...ORDERS, table: 'many' })
    expect(rowCount).toBe(700_000)
    expect(columns[0].distinct.exact).toBe(false)
    expect(columns[0].quantilesExact).toBe(false)
    // Half of them are counted: five standard errors of that.
    expect(Math.abs(columns[0].distinct.count - 700_000)).toBeLessThan(5 * Math.sqrt(700_000))
    expect(Math.abs(columns[1].distinct.count - 600_001)).toBeLessThan(5 * Math.sqrt(600_001))
    expect(columns[1].topValues[0]).toEqual({ value: 'often', count: 100_000 })
    expect(columns[0].histogram!.counts.reduce((a, b) => a + b)).toBe(700_000)
  })

  it('stops measuring when nobody waits for it any more, and keeps nothing of it', async () => {
    const many = { ...ORDERS, table: 'many' }
    const before = (await clients.quality.getProfile(many)).profile
    const abort = new AbortController()
    const feed = clients.quality.profile(many, { signal: abort.signal })
    await feed[Symbol.asyncIterator]().next()
    abort.abort()
    expect((await clients.quality.getProfile(many)).profile).toEqual(before)
    expect((await profileOf(ORDERS)).rowCount).toBe(4)
  })

  it('profiles a table without rows, and one of the warehouse', async () => {
    await table(
      'empty',
      [
        ['n', 'int'],
        ['s', 'string'],
      ],
      '',
    )
    const empty = await profileOf({ ...ORDERS, table: 'empty' })
    expect(empty).toMatchObject({ rowCount: 0, columns: [{ nulls: 0, min: null, histogram: null }, { topValues: [] }] })
    for (const sql of [
      'CREATE TABLE sold (n int, s varchar(20))',
      "INSERT INTO sold VALUES (1, 'a'), (2, 'a'), (3, NULL)",
    ]) {
      const { statementId } = await clients.warehouse.startStatement({ sql })
      for await (const { error } of clients.warehouse.watchStatement({ statementId })) expect(error).toBeUndefined()
    }
    const sold = { engine: 'warehouse' as const, database: 'public', table: 'sold' }
    const profile = await profileOf(sold)
    expect(profile).toMatchObject({ rowCount: 3, versionId: null, columns: [{ max: 3 }, { nulls: 1 }] })
    const staleAfter = async (sql: string) => {
      const { statementId } = await clients.warehouse.startStatement({ sql })
      for await (const _ of clients.warehouse.watchStatement({ statementId }));
      return (await clients.quality.getProfile(sold)).stale
    }
    expect(await staleAfter('SELECT * FROM sold')).toBe(false)
    expect(await staleAfter('BEGIN; DELETE FROM sold; ROLLBACK')).toBe(false)
    for (const sql of ["UPDATE sold SET s = 'b'", "UPDATE sold SET s = 'c'", 'DELETE FROM sold WHERE n = 1']) {
      expect(await staleAfter(sql), sql).toBe(true)
      await profileOf(sold)
      expect(await staleAfter('SELECT 1'), sql).toBe(false)
    }
  })
})

describe('rules', () => {
  it.each([
    ['RowCount = 4', 'PASS', { 'Dataset.*.RowCount': 4 }],
    ['RowCount between 4 and 10', 'FAIL', { 'Dataset.*.RowCount': 4 }],
    ['RowCount = 2 where "country = \'DE\'"', 'PASS', { 'Dataset.*.RowCount': 2 }],
    ['IsComplete "PRICE"', 'FAIL', { 'Column.price.Completeness': 0.75 }],
    ['Completeness "price" >= 0.75', 'PASS', { 'Column.price.Completeness': 0.75 }],
    ['IsUnique "id"', 'PASS', { 'Column.id.Uniqueness': 1 }],
    ['IsUnique "code"', 'FAIL', { 'Column.code.Uniqueness': 0.5 }],
    ['IsUnique "price"', 'PASS', { 'Column.price.Uniqueness': 1 }],
    ['UniqueValueRatio "country" > 0.6', 'PASS', { 'Column.country.UniqueValueRatio': 2 / 3 }],
    ['DistinctValuesCount "country" = 3', 'PASS', { 'Column.country.DistinctValuesCount': 3 }],
    ['IsPrimaryKey "id"', 'PASS', { 'Column.id.Uniqueness': 1, 'Column.id.Completeness': 1 }],
    ['IsPrimaryKey "code" "price"', 'FAIL', {}],
    ['ColumnExists "id"', 'PASS', {}],
    ['ColumnExists "nix"', 'FAIL', {}],
    ['ColumnCount = 6', 'PASS', { 'Dataset.*.ColumnCount': 6 }],
    ['ColumnNamesMatchPattern "[a-z]+"', 'PASS', { 'Dataset.*.ColumnNamesPatternMatchRatio': 1 }],
    ['ColumnDataType "code" = "INTEGER"', 'FAIL', { 'Column.code.ColumnDataType.Compliance': 0 }],
    ['ColumnDataType "price" = "DOUBLE"', 'PASS', { 'Column.price.ColumnDataType.Compliance': 1 }],
    ['ColumnLength "code" = 7', 'PASS', { 'Column.code.MinimumLength': 7, 'Column.code.ColumnLength.Compliance': 1 }],
    ['ColumnLength "note" > 0', 'FAIL', { 'Column.note.ColumnLength.Compliance': 0.75 }],
    ['ColumnValues "country" in ["DE", "FR"]', 'FAIL', { 'Column.country.ColumnValues.Compliance': 0.75 }],
    ['ColumnValues "country" in ["DE", "FR"] with threshold > 0.7', 'PASS', {}],
    ['ColumnValues "price" >= 2.5', 'FAIL', { 'Column.price.Minimum': 2.5, 'Column.price.Maximum': 10 }],
    ['ColumnValues "price" >= 2.5 where "price is not null"', 'PASS', { 'Column.price.ColumnValues.Compliance': 1 }],
    ['ColumnValues "price" != 5', 'PASS', {}],
    ['ColumnValues "price" != NULL', 'FAIL', {}],
    ['(ColumnValues "price" > 2) or (ColumnValues "price" = NULL)', 'FAIL', {}],
    ['ColumnValues "id" between 1 and 5', 'FAIL', { 'Column.id.ColumnValues.Compliance': 0.75 }],
    ['ColumnValues "id" between 0 and 5', 'PASS', {}],
    ['ColumnValues "code" matches "[A-Z]{2}-[0-9]{4}"', 'PASS', {}],
    ['ColumnValues "day" > "2023-12-31"', 'PASS', {}],
    ['ColumnValues "day" < now()', 'FAIL', {}],
    ['ColumnValues "note" in [EMPTY, NULL] with threshold = 0.25', 'PASS', {}],
    ['ColumnCorrelation "id" "price" > 0.8', 'PASS', {}],
    ['Mean "id" = 2.5', 'PASS', { 'Column.id.Mean': 2.5 }],
    ['Sum "price" = 16', 'PASS', { 'Column.price.Sum': 16 }],
    ['StandardDeviation "id" < 1.2', 'PASS', { 'Column.id.StandardDeviation': Math.sqrt(1.25) }],
    ['Entropy "country" > 1', 'PASS', { 'Column.country.Entropy': 1.5 * Math.LN2 }],
    ['CustomSql "select count(*) from primary where price > 3" = 2', 'PASS', { 'Dataset.*.CustomSQL': 2 }],
    ['CustomSql "select `id` from primary where price > 3" with threshold >= 0.5', 'PASS', {}],
    ['CustomSql "select id from primary where price > 3"', 'FAIL', { 'Dataset.*.CustomSQL.Compliance': 0.5 }],
    ['CustomSql "select count(*) from primary p join copy c on p.id = c.id" = 3', 'PASS', {}],
    [
      'ReferentialIntegrity "country" "countries.iso" >= 0.75',
      'PASS',
      { 'Column.countries.ReferentialIntegrity': 0.75 },
    ],
    ['SchemaMatch "copy" = 1.0', 'PASS', { 'Dataset.copy.SchemaMatch': 1 }],
    ['SchemaMatch "countries" = 1.0', 'FAIL', { 'Dataset.countries.SchemaMatch': 0 }],
    ['RowCountMatch "copy" = 1.0', 'FAIL', { 'Dataset.copy.RowCountMatch': 4 / 3 }],
    ['DatasetMatch "copy" "id" = 0.75', 'PASS', { 'Dataset.copy.DatasetMatch': 0.75 }],
    ['DatasetMatch "copy" "id" "code->code,price" = 0.75', 'PASS', { 'Dataset.copy.DatasetMatch': 0.75 }],
    ['DatasetMatch "copy" "country" = 1.0', 'FAIL', {}],
    ['DataFreshness "day" <= 24 hours', 'PASS', {}],
    ['FileFreshness "s3://shop/orders/" > (now() - 24 hours)', 'PASS', { 'Dataset.*.FileFreshness.Compliance': 1 }],
    ['(IsComplete "id") and (IsUnique "code")', 'FAIL', { 'Column.id.Completeness': 1, 'Column.code.Uniqueness': 0.5 }],
    ['(IsComplete "price") or (IsUnique "id")', 'PASS', {}],
  ])('%s: %s', async (rule, result, metrics) => {
    const found = await outcome(rule)
    expect({ message: found.message, result: found.result, metrics: found.metrics }).toMatchObject({ result })
    for (const [name, value] of Object.entries(metrics)) expect(found.metrics[name], name).toBeCloseTo(value)
  })

  it('keeps some rows that do not comply, the score, and goes on behind a rule that makes no sense', async () => {
    const result = await resultOf(`Analyzers = [ Mean "id", ColumnLength "code" ]
      Rules = [ IsUnique "code", IsComplete "nix", CustomSql "select nix from primary" > 0, ColumnValues "code" matches "(",
        SchemaMatch "unknown" = 1.0, RowCount > 0 ]`)
    expect(result.rules.map((rule) => rule.result)).toEqual(['FAIL', 'FAIL', 'ERROR', 'ERROR', 'ERROR', 'PASS'])
    expect(result.score).toBeCloseTo(1 / 6)
    expect(result.rules[0].failing).toMatchObject({
      rowCount: 2,
      values: expect.arrayContaining([['CD-1003', 'CD-1003']]),
    })
    expect(result.rules[0].message).toBe('Value: 0.5 does not meet the constraint requirement!')
    expect(result.rules[1].message).toBe('Input data does not include column nix!')
    expect(result.rules[4].message).toContain('unknown')
    expect(result.analyzers).toMatchObject([
      { metrics: { 'Column.id.Mean': 2.5 } },
      { metrics: { 'Column.code.MinimumLength': 7, 'Column.code.MaximumLength': 7 } },
    ])
    expect((await outcome('ColumnValues "price" > 2')).message).toBe(
      'Value: NULL does not meet the constraint requirement!',
    )
  })

  it('recommends rules that the table keeps', async () => {
    const started = await clients.quality.startRecommendation({ table: ORDERS, createdRuleset: 'recommended' })
    for await (const run of clients.quality.watchRuns({})) {
      expect(run.error).toBeUndefined()
      if (run.runId === started.runId && run.state === 'SUCCEEDED') break
    }
    const { text, recommendationRunId } = await clients.quality.getRuleset({ name: 'recommended' })
    expect(recommendationRunId).toBe(started.runId)
    expect(text).toContain('IsUnique "id"')
    expect(text).toContain('ColumnLength "code" = 7')
    expect((await resultOf(text)).rules.filter(({ result }) => result !== 'PASS')).toEqual([])
  })

  it('says what is wrong with a text at its place, also by the columns of the table', async () => {
    const checked = await clients.quality.checkRuleset({
      text: 'Rules = [\n  IsComplete "nix",\n  SchemaMatch "ref" = 1.0\n]',
      table: ORDERS,
    })
    expect(checked).toMatchObject({ ruleCount: 2, aliases: ['ref'] })
    expect(checked.problems).toMatchObject([{ message: 'The table has no column "nix"', at: { line: 2, column: 14 } }])
    const mistyped = await clients.quality.checkRuleset({ text: 'Rules = [ IsComplete "cod" ]', table: ORDERS })
    expect(mistyped.problems[0].message).toBe('The table has no column "cod". Did you mean "code"?')
  })

  it('keeps rulesets and results over a restart, and ends runs that did not', async () => {
    const before = await clients.quality.listResults({ table: ORDERS })
    expect(before.length).toBeGreaterThan(10)
    const { workspaceDirectory } = engines
    await clients.quality.startEvaluation({ table: ORDERS, rulesets: ['recommended'] })
    await engines.stop()
    engines = await startEngines([lakeEngine, catalogEngine, athenaEngine, warehouseEngine, qualityEngine], {
      directory: workspaceDirectory,
    })
    clients = engines.clients
    expect((await clients.quality.getRuleset({ name: 'recommended' })).ruleCount).toBeGreaterThan(3)
    expect((await clients.quality.listResults({ table: ORDERS })).length).toBeGreaterThanOrEqual(before.length)
    const runs = await clients.quality.listRuns({ kind: 'evaluation' })
    expect(runs.filter(({ endedMs }) => endedMs === undefined)).toEqual([])
  })
})
