import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PrepareStep } from '../../src/engines/bi/contract.ts'
import { engine as bi } from '../../src/engines/bi/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

const FLIGHTS = `date,origin,delay,distance
2001-01-01 06:30:00,LAX,12,337
2001-01-01 09:00:00,SFO,-4,337
2001-01-08 10:15:00,LAX,60,2475
2001-02-03 23:59:00,,7,100
2001-02-04 00:00:00,JFK,,2475
`
const AIRPORTS = `code,state
LAX,CA
SFO,CA
JFK,NY
`

let directory: string
let engines: TestEngines
/** The SELECT that the fake warehouse gives for each text: the tests of the warehouse are its own. */
let warehouseSql = 'SELECT 1 AS one'

const fakes = {
  warehouse: {
    translate: async ({ sql }: { sql: string }) => {
      if (sql.includes('missing')) throw new EngineError('42P01', 'relation "missing" does not exist')
      return { sql: warehouseSql, setup: [] }
    },
  },
  athena: {
    startQuery: async () => ({ queryId: 'q', state: 'RUNNING' }),
    async *watchQuery() {
      yield { queryId: 'q', state: 'SUCCEEDED' }
    },
    resultSql: async () => ({ sql: "SELECT 'a' AS k, 1.5 AS v" }),
  },
  lake: { locate: async () => [] },
}

const start = async () => {
  engines = await startEngines([catalog, bi], { directory, fakes })
}
const file = (name: string, content: string) => writeFileSync(join(directory, name), content)
const put = (id: string, uri: string, steps: PrepareStep[] = [], mode: 'SPICE' | 'DIRECT_QUERY' = 'SPICE') =>
  engines.clients.bi.putDataSet({ id, name: id, mode, source: { type: 'file', uri }, steps })
const failure = async (work: Promise<unknown>) => {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(EngineError)
  return thrown as EngineError
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-bi-'))
  mkdirSync(join(directory, 'data'))
  file('data/flights.csv', FLIGHTS)
  file('data/airports.csv', AIRPORTS)
  await start()
})

afterEach(async () => {
  await engines.stop()
  rmSync(directory, { recursive: true, force: true })
})

test('rows of a file are taken into SPICE and answer queries of visuals', async () => {
  const { bi: client } = engines.clients
  const created = await put('flights', 'data/flights.csv')
  expect(created.columns.map((column) => [column.name, column.type])).toEqual([
    ['date', 'timestamp'],
    ['origin', 'string'],
    ['delay', 'bigint'],
    ['distance', 'bigint'],
  ])
  expect((await failure(client.query({ dataSet: 'flights', fields: [{ column: 'origin' }] }))).code).toBe(
    'ResourceNotReady',
  )
  const ingestion = await client.ingest({ id: 'flights' })
  expect(ingestion).toMatchObject({ status: 'COMPLETED', rowsIngested: 5, rowsDropped: 0 })
  // Four columns of 8 bytes for 5 rows, and the 12 letters of the four origins that are there.
  expect(ingestion.bytes).toBe(5 * 4 * 8 + 12)
  const answer = await client.query({
    dataSet: 'flights',
    fields: [
      { column: 'origin' },
      { column: 'delay', aggregate: 'sum' },
      { column: 'delay', aggregate: 'average', label: 'Mean' },
      { column: '*', aggregate: 'count' },
    ],
    sort: [{ field: 1, descending: true }],
  })
  expect(answer.columns.map((column) => column.name)).toEqual(['origin', 'sum of delay', 'Mean', 'count'])
  expect(answer.values).toEqual([
    ['LAX', null, 'SFO', 'JFK'],
    ['72', '7', '-4', null],
    [36, 7, -4, null],
    ['2', '1', '1', '1'],
  ])
  expect(answer).toMatchObject({ rowCount: 4, truncated: false, refreshedMs: engines.clock.now() })
})

test('granularities, filters, limits and intervals', async () => {
  const { bi: client } = engines.clients
  await put('flights', 'data/flights.csv')
  await client.ingest({ id: 'flights' })
  const count = { column: '*', aggregate: 'count' as const }
  const byMonth = await client.query({
    dataSet: 'flights',
    fields: [{ column: 'date', granularity: 'MONTH' }, count],
    sort: [{ field: 0, descending: false }],
  })
  expect(byMonth.values).toEqual([
    ['2001-01-01', '2001-02-01'],
    ['3', '2'],
  ])
  // Weeks begin on Sunday: 2001-01-01 was a Monday.
  const byWeek = await client.query({ dataSet: 'flights', fields: [{ column: 'date', granularity: 'WEEK' }, count] })
  expect(byWeek.values[0]).toEqual(['2000-12-31', '2001-01-07', '2001-01-28', '2001-02-04'])
  // How far the data reach is said whatever else is filtered, but not beyond a filter of the dates themselves.
  const reach = (filters: object[]) =>
    client
      .query({
        dataSet: 'flights',
        fields: [{ column: 'date', granularity: 'MONTH' }, count],
        filters: filters as never[],
      })
      .then((answer) => answer.extent)
  const whole = await reach([])
  expect(whole).toEqual(byMonth.extent)
  expect(whole?.[0]).toBe('2001-01-01T06:30:00.000Z')
  expect(await reach([{ type: 'in', column: 'origin', values: ['SFO'] }])).toEqual(whole)
  expect((await reach([{ type: 'range', column: 'date', to: '2001-01-01' }]))?.[1]).toBe('2001-01-01T09:00:00.000Z')
  const filtered = (filter: object) =>
    client
      .query({ dataSet: 'flights', fields: [count], filters: [filter as never] })
      .then((answer) => Number(answer.values[0][0]))
  expect(await filtered({ type: 'in', column: 'origin', values: ['LAX', null] })).toBe(3)
  expect(await filtered({ type: 'in', column: 'origin', values: ['LAX'], exclude: true })).toBe(3)
  expect(await filtered({ type: 'in', column: 'delay', values: ['12', 60] })).toBe(2)
  expect(await filtered({ type: 'range', column: 'date', from: '2001-01-08', to: '2001-02-03' })).toBe(2)
  expect(await filtered({ type: 'period', column: 'date', granularity: 'MONTH', value: '2001-02-01' })).toBe(2)
  expect(await filtered({ type: 'contains', column: 'origin', text: 'la' })).toBe(2)
  expect(await filtered({ type: 'null', column: 'delay', isNull: true })).toBe(1)
  const cut = await client.query({ dataSet: 'flights', fields: [{ column: 'origin' }], limit: 2 })
  expect(cut).toMatchObject({ rowCount: 2, truncated: true, values: [['JFK', 'LAX']] })
  const bins = await client.query({ dataSet: 'flights', fields: [{ column: 'distance', bins: 5 }, count] })
  expect(bins.binWidth).toBe(500)
  expect(bins.values).toEqual([
    [0, 2000],
    ['3', '2'],
  ])
  const detail = await client.query({
    dataSet: 'flights',
    fields: [{ column: 'date' }, { column: 'distance' }],
    detail: true,
    limit: 2,
  })
  expect(detail.values).toEqual([
    ['2001-01-01T06:30:00.000Z', '2001-01-01T09:00:00.000Z'],
    ['337', '337'],
  ])
  expect(await client.values({ dataSet: 'flights', column: 'origin' })).toEqual(['LAX', 'JFK', 'SFO', null])
  expect(await client.values({ dataSet: 'flights', column: 'origin', search: 'f' })).toEqual(['JFK', 'SFO'])
})

test('nothing that a user writes reaches the SQL as SQL', async () => {
  const { bi: client } = engines.clients
  file('data/odd.csv', '"a"" b; DROP",c\n1,x\n2,"\'; DROP TABLE y; --"\n')
  await put('odd', 'data/odd.csv')
  await client.ingest({ id: 'odd' })
  const column = 'a" b; DROP'
  expect((await client.query({ dataSet: 'odd', fields: [{ column, aggregate: 'sum' }] })).values).toEqual([['3']])
  const hostile = "'; DROP TABLE y; --"
  const asked = { dataSet: 'odd', fields: [{ column: 'c' }] }
  for (const filters of [
    [{ type: 'in' as const, column: 'c', values: [hostile], exclude: false }],
    [{ type: 'contains' as const, column: 'c', text: hostile }],
    [{ type: 'range' as const, column: 'c', from: hostile, to: hostile }],
  ])
    expect((await client.query({ ...asked, filters })).values).toEqual([[hostile]])
  expect(await client.values({ dataSet: 'odd', column: 'c', search: hostile })).toEqual([hostile])
  for (const bad of ['1); DROP TABLE y; --', 'nope'])
    expect(
      (await failure(client.query({ ...asked, filters: [{ type: 'in', column, values: [bad], exclude: false }] }))).at
        ?.field,
    ).toBe('filters[0].values')
  expect((await failure(client.query({ ...asked, fields: [{ column: 'c" FROM x; --' }] }))).at?.field).toBe(
    'fields[0].column',
  )
})

test('the steps of preparation: rename, cast, calculate, filter, join, hide', async () => {
  const { bi: client } = engines.clients
  await put('airports', 'data/airports.csv')
  await client.ingest({ id: 'airports' })
  const prepared = await put('flights', 'data/flights.csv', [
    { type: 'rename', column: 'delay', to: 'delay minutes' },
    { type: 'calculate', column: 'hours', expression: '{delay minutes} / 60' },
    { type: 'calculate', column: 'verdict', expression: "ifelse({delay minutes} > 15, 'late', 'on time')" },
    { type: 'calculate', column: 'day', expression: "truncDate('DD', date)" },
    { type: 'filter', expression: 'isNotNull({delay minutes})' },
    { type: 'join', dataSet: 'airports', kind: 'left', on: [{ left: 'origin', right: 'code' }] },
    { type: 'hide', column: 'code' },
  ])
  expect(prepared.columns.map((column) => column.name)).toEqual([
    'date',
    'origin',
    'delay minutes',
    'distance',
    'hours',
    'verdict',
    'day',
    'state',
  ])
  expect(await client.ingest({ id: 'flights' })).toMatchObject({ status: 'COMPLETED', rowsIngested: 4 })
  const answer = await client.query({
    dataSet: 'flights',
    fields: [
      { column: 'state' },
      { column: 'hours', aggregate: 'sum' },
      { column: 'verdict', aggregate: 'distinctCount' },
    ],
  })
  expect(answer.values[0]).toEqual(['CA', null])
  expect(answer.values[1].map((hours) => Number(hours).toFixed(4))).toEqual(['1.1333', '0.1167'])
})

test('rows that do not convert are left out and counted, once each, whatever follows the cast', async () => {
  const { bi: client } = engines.clients
  file('data/mixed.csv', 'k,v\na,1\na,x\nb,2.9\nzz,oops\nb,\n')
  file('data/keys.csv', 'k,n\na,1\na,2\nb,3\n')
  await put('keys', 'data/keys.csv')
  await client.ingest({ id: 'keys' })
  await put('mixed', 'data/mixed.csv', [
    { type: 'cast', column: 'v', to: 'integer' },
    { type: 'filter', expression: 'isNull(v) or v < 100' },
    { type: 'join', dataSet: 'keys', kind: 'inner', on: [{ left: 'k', right: 'k' }] },
  ])
  expect(await client.ingest({ id: 'mixed' })).toMatchObject({ status: 'COMPLETED', rowsIngested: 4, rowsDropped: 2 })
  const { values } = await client.query({
    dataSet: 'mixed',
    fields: [{ column: 'v' }, { column: 'n', aggregate: 'sum' }],
  })
  expect(values).toEqual([
    ['1', '2', null],
    ['3', '3', '3'],
  ])
})

test('broken lines of a CSV file are left out and counted', async () => {
  const { bi: client } = engines.clients
  const good = Array.from({ length: 30_000 }, (_, i) => `${i},x`).join('\n')
  file('data/broken.csv', `id,name\n${good}\nthis is not a number,y\n7,z\n`)
  await put('broken', 'data/broken.csv')
  expect(await client.ingest({ id: 'broken' })).toMatchObject({
    status: 'COMPLETED',
    rowsIngested: 30_001,
    rowsDropped: 1,
  })
})

test('a failed ingestion leaves the old rows, and they survive a restart', async () => {
  await put('flights', 'data/flights.csv')
  await engines.clients.bi.ingest({ id: 'flights' })
  rmSync(join(directory, 'data/flights.csv'))
  const failed = await engines.clients.bi.ingest({ id: 'flights' })
  expect(failed.status).toBe('FAILED')
  expect(failed.error?.message).toMatch(/flights\.csv/)
  const count = () =>
    engines.clients.bi
      .query({ dataSet: 'flights', fields: [{ column: '*', aggregate: 'count' }] })
      .then((answer) => answer.values[0][0])
  expect(await count()).toBe('5')
  await engines.stop()
  await start()
  expect(await count()).toBe('5')
  expect((await engines.clients.bi.listIngestions({ id: 'flights' })).map((its) => its.status)).toEqual([
    'FAILED',
    'COMPLETED',
  ])
  expect((await engines.clients.bi.describeDataSet({ id: 'flights' })).rowCount).toBe(5)
})

test('an ingestion swaps: the new rows answer, the watch fires and the old table goes', async () => {
  const { bi: client } = engines.clients
  await put('airports', 'data/airports.csv')
  await client.ingest({ id: 'airports' })
  const ending = new AbortController()
  const feed = client.watch({}, { signal: ending.signal })[Symbol.asyncIterator]()
  const first = feed.next()
  file('data/airports.csv', `${AIRPORTS}ORD,IL\n`)
  await client.ingest({ id: 'airports' })
  expect((await first).value).toEqual({ id: 'airports', refreshedMs: engines.clock.now() })
  ending.abort()
  expect((await client.query({ dataSet: 'airports', fields: [{ column: 'state' }] })).values).toEqual([
    ['CA', 'IL', 'NY'],
  ])
  await engines.stop()
  await start()
  expect((await engines.clients.bi.describeDataSet({ id: 'airports' })).rowCount).toBe(4)
})

test('an ingestion can be cancelled, and the old rows stay', async () => {
  const { bi: client } = engines.clients
  warehouseSql = 'SELECT 1 AS n'
  const source = { type: 'warehouse' as const, sql: 'select 1' }
  await client.putDataSet({ id: 'big', name: 'big', source })
  await client.ingest({ id: 'big' })
  warehouseSql = 'SELECT a.range * b.range AS n FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = 9'
  const running = client.ingest({ id: 'big' })
  const cancelled = await client.cancelIngestion({ id: 'big' })
  expect(cancelled.status).toBe('CANCELLED')
  expect((await running).status).toBe('CANCELLED')
  expect((await client.query({ dataSet: 'big', fields: [{ column: 'n' }] })).values).toEqual([[1]])
})

test('direct query asks the source each time', async () => {
  const { bi: client } = engines.clients
  await put('live', 'data/airports.csv', [{ type: 'filter', expression: "{state} = 'CA'" }], 'DIRECT_QUERY')
  const count = () =>
    client
      .query({
        dataSet: 'live',
        fields: [{ column: '*', aggregate: 'count' }],
        filters: [{ type: 'contains', column: 'code', text: 'x' }],
      })
      .then((answer) => answer.values[0][0])
  expect(await count()).toBe('1')
  file('data/airports.csv', `${AIRPORTS}PHX,CA\n`)
  expect(await count()).toBe('2')
  expect((await failure(client.ingest({ id: 'live' }))).code).toBe('InvalidParameterValueException')
})

test('a definition that does not stand is refused before the old one goes', async () => {
  const { bi: client } = engines.clients
  await put('flights', 'data/flights.csv')
  await client.ingest({ id: 'flights' })
  const bad = await failure(
    put('flights', 'data/flights.csv', [{ type: 'calculate', column: 'x', expression: '{delay} + {orgin}' }]),
  )
  expect(bad.at).toMatchObject({ path: 'steps[0].expression', line: 1, column: 11 })
  for (const outside of ['/etc/passwd', '.millrace/bi/bi.sqlite'])
    expect(await failure(put('flights', outside))).toMatchObject({
      code: 'AccessDeniedException',
      at: { field: 'source.uri' },
    })
  expect((await failure(put('flights', 'data/none.csv'))).message).toMatch(/no file data\/none.csv/)
  expect(
    (await failure(client.putDataSet({ id: 'w', name: 'w', source: { type: 'warehouse', sql: 'missing' } }))).code,
  ).toBe('42P01')
  expect((await client.describeDataSet({ id: 'flights' })).steps).toEqual([])
  expect((await failure(client.describeDataSet({ id: 'nothing' }))).code).toBe('ResourceNotFoundException')
})

test('the preview shows the first rows after the steps without an ingestion', async () => {
  const page = await engines.clients.bi.previewDataSet({
    id: 'new',
    name: 'new',
    source: { type: 'file', uri: 'sample:airports.csv' },
    steps: [
      { type: 'filter', expression: "{state} = 'CA'" },
      { type: 'calculate', column: 'label', expression: "concat(iata, ' ', toUpper(city))" },
    ],
    rows: 2,
  })
  expect(page.rowCount).toBe(2)
  expect(page.columns.at(-1)?.name).toBe('label')
  expect(await engines.clients.bi.listDataSets({})).toEqual([])
})

test('rows that Athena found are taken into SPICE', async () => {
  const { bi: client } = engines.clients
  await client.putDataSet({ id: 'scan', name: 'scan', source: { type: 'athena', sql: 'select k, v from t' } })
  expect(await client.ingest({ id: 'scan' })).toMatchObject({ status: 'COMPLETED', rowsIngested: 1 })
  expect((await client.query({ dataSet: 'scan', fields: [{ column: 'k' }] })).values).toEqual([['a']])
})

test('a deleted data set is gone with its history', async () => {
  const { bi: client } = engines.clients
  await put('airports', 'data/airports.csv')
  await client.ingest({ id: 'airports' })
  await client.deleteDataSet({ id: 'airports' })
  expect(await client.listDataSets({})).toEqual([])
  expect((await failure(client.listIngestions({ id: 'airports' }))).code).toBe('ResourceNotFoundException')
})
