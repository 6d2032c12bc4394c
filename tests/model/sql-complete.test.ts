import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../src/engines/kit/pure/table.ts'
import { columnsOf, complete, SUGGESTIONS_MAX } from '../../src/renderer/features/sql/language/complete.ts'
import {
  bucketName,
  bucketsOf,
  chartPoints,
  drawnAs,
  likelyChart,
  likelyPivot,
  momentText,
  saidOf,
  settled,
} from '../../src/renderer/features/sql/model/chart.ts'
import { exportName } from '../../src/renderer/features/sql/model/export-name.ts'
import { namedIn } from '../../src/renderer/features/sql/model/named.ts'
import { flatPlan, readPlan } from '../../src/renderer/features/sql/model/plan.ts'
import type { Schema } from '../../src/renderer/features/sql/model/schema.ts'
import { scopeAt } from '../../src/renderer/features/sql/model/scope.ts'

const table = (database: string, name: string, columns: string[]) => ({
  database,
  name,
  detail: 'parquet',
  columns: columns.map((column) => ({ name: column, type: 'bigint' })),
})
const SCHEMA: Schema = {
  loaded: true,
  databases: [
    {
      name: 'flights',
      tables: [table('flights', 'flights', ['origin', 'delay']), table('flights', 'airports', ['iata', 'city'])],
    },
    { name: 'other', tables: [table('other', 'things', ['id'])] },
  ],
  catalogs: [{ name: 'warehouse', databases: [{ name: 'public', tables: [table('public', 'orders', ['price'])] }] }],
}
const HEADER = { engine: 'athena' as const, database: 'flights' }

/** Suggestions at the bar in a text, those of the first ranks. */
function at(text: string, schema = SCHEMA) {
  const offset = text.indexOf('|')
  return complete(text.replace('|', ''), offset, HEADER, schema).items
}
const labels = (text: string, kind: string) =>
  at(text)
    .filter((item) => item.kind === kind)
    .map(({ label }) => label)

/** What the word at the bar names, in few words. */
function named(text: string): string | undefined {
  const { table, cte } = namedIn(text.replace('|', ''), text.indexOf('|'), SCHEMA, {
    engine: 'athena',
    database: 'flights',
  })
  return table ? `table ${table.name}` : cte ? `cte ${cte.name}` : undefined
}

describe('data catalogs beside the own', () => {
  it('are followed from the catalog by its schemas to tables and their columns', () => {
    expect(labels('SELECT * FROM war|', 'database')).toEqual(['warehouse'])
    expect(labels('SELECT * FROM warehouse.|', 'database')).toEqual(['public'])
    expect(labels('SELECT * FROM warehouse.public.|', 'table')).toEqual(['orders'])
    expect(labels('SELECT pr| FROM "warehouse"."public"."orders"', 'column')).toEqual(['price'])
    expect(labels('SELECT o.| FROM warehouse.public.orders o', 'column')).toEqual(['price'])
    expect(labels('SELECT pr| FROM warehouse.other.orders', 'column')).toEqual([])
  })
})

describe('names in a text', () => {
  it('are tables and common table expressions where they stand as such, by name or alias', () => {
    expect(named('SELECT * FROM fli|ghts')).toBe('table flights')
    expect(named('SELECT f|.delay FROM flights f')).toBe('table flights')
    expect(named('SELECT * FROM other.thi|ngs t')).toBe('table things')
    expect(named('WITH la|te AS (SELECT 1 AS a) SELECT * FROM late')).toBe('cte late')
    expect(named('WITH late AS (SELECT 1 AS a) SELECT l|.a FROM late l')).toBe('cte late')
  })

  it('are columns where a column of the same name stands', () => {
    expect(named('WITH delay AS (SELECT delay| FROM flights) SELECT * FROM delay')).toBeUndefined()
    expect(named('SELECT flights| FROM other.things')).toBeUndefined()
  })

  it('lead to where a common table expression is defined, and to the text that it needs', () => {
    const text = 'WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a) SELECT * FROM b'
    const { cte } = namedIn(text, text.length, SCHEMA, { engine: 'athena' })
    expect(text.slice(cte!.at, cte!.at + 1)).toBe('b')
    expect(text.slice(cte!.from, cte!.to)).toBe('WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a)')
  })

  it('know the types of columns that a query only passes on', () => {
    const text = 'WITH a AS (SELECT origin AS airport, f.delay d, delay + 1 AS more FROM flights f) SELECT  FROM a'
    const [a] = scopeAt(text, text.indexOf('  FROM a') + 1).sources
    expect(columnsOf(a, SCHEMA, 'flights')).toEqual([
      { name: 'airport', type: 'bigint' },
      { name: 'd', type: 'bigint' },
      { name: 'more', type: '' },
    ])
  })
})

describe('completion', () => {
  it('offers tables after FROM and JOIN: those of the database by name, others with theirs', () => {
    expect(labels('SELECT * FROM |', 'table')).toEqual(['flights', 'airports', 'other.things'])
    expect(labels('SELECT * FROM flights f JOIN a|', 'table')).toContain('airports')
    expect(labels('SELECT * FROM flights, |', 'table')).toContain('airports')
    expect(labels('SELECT * FROM other.|', 'table')).toEqual(['things'])
  })

  it('offers columns of the sources of the query, before it is finished', () => {
    expect(labels('SELECT | FROM flights', 'column')).toEqual(['origin', 'delay'])
    expect(labels('SELECT f.| FROM flights f', 'column')).toEqual(['origin', 'delay'])
    expect(labels('SELECT * FROM flights f JOIN airports a ON f.origin = a.|', 'column')).toEqual(['iata', 'city'])
    expect(labels('SELECT origin FROM flights WHERE |', 'column')).toEqual(['origin', 'delay'])
  })

  it('tells apart columns that several sources have', () => {
    expect(labels('SELECT | FROM flights a JOIN flights b ON true', 'column')).toContain('b.delay')
  })

  it('writes keywords in the case of what is typed, and of those before where nothing is', () => {
    expect(labels('select id from events order by id d|', 'keyword')).toContain('desc')
    expect(labels('SELECT id FROM events ORDER BY id D|', 'keyword')).toContain('DESC')
    expect(labels('select id |', 'keyword')).toContain('from')
    expect(labels('|', 'keyword')).toContain('SELECT')
    const [snippet] = at('select 1 union all sel|').filter(({ kind }) => kind === 'snippet')
    expect(snippet.insert).toBe(`select \${2:*}\nfrom \${1:table}\nlimit \${3:100}`)
  })

  it('offers nothing where a name is made up, and types in a cast', () => {
    expect(at('SELECT count(*) AS n| FROM flights')).toEqual([])
    expect(at('SELECT * FROM flights AS o|')).toEqual([])
    expect(labels('SELECT CAST(lower(a) AS v| FROM flights', 'keyword')).toContain('varchar')
    expect(labels('CREATE TABLE t AS s|', 'keyword')).toContain('select')
  })

  it('takes DESC for an order where it is one', () => {
    expect(labels('SELECT * FROM flights ORDER BY delay DESC l|', 'keyword')).toContain('limit')
    expect(labels('SELECT * FROM flights ORDER BY delay DESC |', 'table')).toEqual([])
    expect(labels('DESC |', 'table')).toContain('airports')
  })

  it('names the table of a column where there are several, in the condition of a join before its name', () => {
    const join = 'SELECT * FROM flights f JOIN airports a ON |'
    expect(labels(join, 'column')).toEqual(['f.origin', 'f.delay', 'a.iata', 'a.city'])
    expect(at(join).find(({ label }) => label === 'a.iata')?.insert).toBe('a.iata')
    expect(labels('SELECT * FROM flights JOIN airports USING (|', 'column')).toContain('iata')
    const where = at('SELECT * FROM flights f JOIN airports a ON true WHERE |')
    expect(where.find(({ label }) => label === 'iata')?.detail).toBe('bigint · a')
  })

  it('offers the fields of a row, however deep', () => {
    const nested = {
      ...table('flights', 'events', []),
      columns: [{ name: 'user', type: 'row(id bigint, home struct<city:string,zip:int>)' }],
    }
    const schema = { loaded: true, databases: [{ name: 'flights', tables: [nested] }] }
    const fields = (text: string) => at(text, schema).map(({ label, detail }) => `${label} ${detail}`)
    expect(fields('SELECT e.user.| FROM events e')).toEqual(['id bigint', 'home row(city string, zip int)'])
    expect(fields('SELECT user.home.z| FROM events')).toEqual(['zip int'])
    expect(fields('SELECT e.user.id.| FROM events e')).toEqual([])
  })

  it('knows common table expressions and subqueries by their columns', () => {
    const text = 'WITH late AS (SELECT origin AS airport, count(*) AS n FROM flights GROUP BY 1) SELECT '
    expect(labels(`${text}| FROM late`, 'column')).toEqual(['airport', 'n'])
    expect(labels(`${text}* FROM |`, 'cte')).toEqual(['late'])
    expect(labels('SELECT x.| FROM (SELECT * FROM airports) x', 'column')).toEqual(['iata', 'city'])
    expect(labels('SELECT * FROM airports WHERE iata IN (SELECT | FROM flights)', 'column')).toEqual(
      expect.arrayContaining(['origin', 'delay', 'iata']),
    )
  })

  it('keeps statements apart and stays quiet in strings and comments', () => {
    expect(labels('SELECT 1 FROM airports; SELECT | FROM flights', 'column')).toEqual(['origin', 'delay'])
    expect(at("SELECT 'fro|m'")).toEqual([])
    expect(at('SELECT 1 -- fr|om')).toEqual([])
  })

  it('offers the functions of the dialect', () => {
    expect(labels('SELECT | FROM flights', 'function')).toContain('approx_percentile')
    const redshift = complete('SELECT  FROM t', 7, { engine: 'warehouse' }, SCHEMA).items
    expect(redshift.some(({ label }) => label === 'nvl')).toBe(true)
    expect(redshift.some(({ label }) => label === 'approx_percentile')).toBe(false)
  })

  it('finds bare names of the warehouse, which has no database of its own', () => {
    const schema: Schema = {
      loaded: true,
      databases: [{ name: 'public', tables: [table('public', 'cities', ['id', 'name'])] }],
    }
    const found = complete('SELECT c. FROM cities c', 9, { engine: 'warehouse', database: 'default' }, schema).items
    expect(found.map(({ label }) => label)).toEqual(['id', 'name'])
  })

  it('does bounded work over 1,000 tables of 100 columns', () => {
    const read = { columns: 0, names: 0 }
    const many: Schema = {
      loaded: true,
      databases: [
        {
          name: 'flights',
          tables: Array.from({ length: 1000 }, (_, i) => {
            const columns = Array.from({ length: 100 }, (_, c) => ({ name: `t${i}_c${c}`, type: 'bigint' }))
            return {
              database: 'flights',
              detail: 'parquet',
              get name() {
                read.names++
                return `t${i}`
              },
              get columns() {
                read.columns++
                return columns
              },
            }
          }),
        },
      ],
    }
    const typing = (text: string) => {
      Object.assign(read, { columns: 0, names: 0 })
      const found = complete(text.replace('|', ''), text.indexOf('|'), HEADER, many)
      expect(found.items.length).toBeLessThanOrEqual(SUGGESTIONS_MAX)
      return found
    }
    // The index of the tables is made once, for the first key press.
    typing('SELECT t7| FROM t7')
    const joined = typing('SELECT c9| FROM t7 JOIN t8 ON true')
    expect(joined.items.filter(({ kind }) => kind === 'column').map(({ label }) => label)).toContain('t8_c9')
    expect(read).toEqual({ columns: 2, names: 0 })
    // Nothing typed yet: no more is made than is shown, and the rest is asked for with the next letter.
    const all = typing('SELECT * FROM |')
    expect(all).toMatchObject({ incomplete: true, items: { length: SUGGESTIONS_MAX } })
    expect(read.columns).toBe(0)
    const narrowed = typing('SELECT * FROM t999|')
    expect(narrowed.items[0]).toMatchObject({ label: 't999', kind: 'table' })
    expect(read.columns).toBe(0)
    typing('SELECT flights.t9| FROM flights.t9')
  })
})

describe('a plan', () => {
  const measured = {
    latency: 1,
    children: [
      {
        operator_name: 'EXPLAIN_ANALYZE',
        children: [
          {
            operator_name: 'HASH_GROUP_BY',
            operator_timing: 0.3,
            operator_cardinality: 24,
            extra_info: { Groups: ['#0'], 'Estimated Cardinality': '1,000' },
            children: [
              {
                operator_name: 'READ_PARQUET ',
                operator_timing: 0.1,
                operator_cardinality: 2000,
                extra_info: {},
                children: [],
              },
            ],
          },
        ],
      },
    ],
  }

  it('is read with times, rows and each share of the whole', () => {
    const rows = flatPlan(readPlan(measured)!)
    expect(rows.map(({ step, depth }) => [step.title, depth, step.rows])).toEqual([
      ['Hash group by', 0, 24],
      ['Read parquet', 1, 2000],
    ])
    expect(rows.map(({ step }) => step.share)).toEqual([0.3 / 0.4, 0.1 / 0.4])
  })

  it('is read without times, and is null where there is none', () => {
    const root = readPlan([
      { name: 'SEQ_SCAN', children: [], extra_info: { Table: 'a.t', 'Estimated Cardinality': '20' } },
    ])
    expect(root).toMatchObject({ title: 'Seq scan a.t', ms: null, rows: null, estimatedRows: 20 })
    expect(readPlan({ engine: 'DuckDB' })).toBeNull()
    expect(readPlan(null)).toBeNull()
  })
})

describe('a quick chart', () => {
  const column = (name: string, type: ColumnType) => ({ name, type, declared: type })

  const plain = { split: null, aggregate: null }

  it('puts time or text across and the last number up', () => {
    expect(likelyChart([column('city', 'string'), column('n', 'bigint'), column('share', 'double')])).toEqual({
      kind: 'bar',
      x: 0,
      y: [2],
      ...plain,
      bucket: 'auto',
    })
    expect(likelyChart([column('n', 'bigint'), column('day', 'date')])).toMatchObject({ kind: 'line', x: 1, y: [0] })
    expect(likelyChart([column('city', 'string')])).toMatchObject({ kind: 'bar', x: 0, y: [] })
  })

  it('draws what shares a place as one series each where a column tells it apart, else as its sum', () => {
    const columns = [column('day', 'date'), column('city', 'string'), column('n', 'bigint')]
    const likely = likelyChart(columns)
    const alone = { rows: 4, values: 4, groups: 4, bucket: null, by: [{ values: 2, together: 4 }] }
    const apart = { rows: 4, values: 2, groups: 2, bucket: null, by: [{ values: 2, together: 4 }] }
    const mixed = { rows: 4, values: 2, groups: 2, bucket: null, by: [{ values: 2, together: 3 }] }
    expect(settled(likely, columns, alone)).toMatchObject(plain)
    expect(settled(likely, columns, apart)).toMatchObject({ split: 1, aggregate: 'sum' })
    const summed = settled(likely, columns, mixed)
    expect(summed).toMatchObject({ split: null, aggregate: 'sum' })
    const page = { columns: [], start: 0, rowCount: 2, values: [] }
    expect(saidOf(summed, columns, mixed, { page, splits: 0 })).toBe('4 rows on 2 values of day')
    // A line through rows that have no order among themselves would be a zigzag.
    const each = { ...summed, aggregate: null }
    expect([drawnAs(each, mixed), drawnAs(summed, mixed), drawnAs(each, alone)]).toEqual(['points', 'line', 'line'])
    expect(saidOf(each, columns, mixed, { page, splits: 0 })).toBe(
      'Several rows on one day: as points · the first 2 of 4 rows',
    )
  })

  it('says which buckets it draws, of how many rows a filter left', () => {
    const columns = [column('day', 'date'), column('city', 'string'), column('n', 'bigint')]
    const by = [{ values: 2, together: 365 }]
    const weeks = { rows: 365, values: 365, groups: 54, bucket: 'week' as const, by }
    // Every column tells apart what stands alone: that is no reason to split by one.
    const summed = settled(likelyChart(columns), columns, weeks)
    expect(summed).toMatchObject({ split: null, aggregate: 'sum' })
    const page = { columns: [], start: 0, rowCount: 54, values: [['2024-01-01', null]] }
    const said = (of: number) => saidOf(summed, columns, weeks, { page, splits: 0 }, of)
    expect(said(365)).toBe('365 rows on 53 weeks of day and null · null is not drawn')
    expect(said(10_000)).toBe('365 of 10,000 rows, as filtered · on 53 weeks of day and null · null is not drawn')
    expect(settled(likelyChart(columns), columns, { ...weeks, values: 40 })).toMatchObject({ split: 1 })
  })

  it('names a bucket by what it is, and offers a date none that is shorter', () => {
    expect(bucketName('2024-03-05T10:07:00.000Z', 'minute')).toBe('2024-03-05 10:07')
    expect(bucketName('2024-03-05T10:00:00.000Z', 'hour')).toBe('2024-03-05 10:00')
    expect(bucketName('2024-03-05', 'day')).toBe('2024-03-05')
    expect(['2020-12-28', '2021-01-04', '2024-12-30'].map((monday) => bucketName(monday, 'week'))).toEqual([
      '2020-12-28 (W53)',
      '2021-01-04 (W01)',
      '2024-12-30 (W01)',
    ])
    expect(bucketName('2024-10-01', 'month')).toBe('Oct 2024')
    expect(bucketName('2024-10-01', 'quarter')).toBe('Q4 2024')
    expect([bucketName('2024-01-01', 'year'), bucketName('null', 'year')]).toEqual(['2024', 'null'])
    const offered = (type: 'date' | 'string') => bucketsOf(column('x', type), 'week').map(({ value }) => value)
    expect(offered('date')).toEqual(['auto', 'day', 'week', 'month', 'quarter', 'year', ''])
    expect(offered('string')).toEqual([])
  })

  it('reads numbers that came as text and leaves gaps', () => {
    const values = [
      ['a', null],
      ['12', null],
    ]
    expect(chartPoints({ columns: [], values }, 'bar')).toEqual([
      { x: 'a', at: 0, y0: 12 },
      { x: 'null', at: 1, y0: null },
    ])
  })

  it('draws a line through time and through numbers in their order, and bars as the rows come', () => {
    const drawn = (kind: 'bar' | 'line', type: 'date' | 'bigint' | 'string', across: (string | null)[]) =>
      chartPoints({ columns: [column('x', type)], values: [across] }, kind).map(({ x }) => x)
    expect(drawn('line', 'date', ['2024-01-30', null, '2024-01-07'])).toEqual(['2024-01-07', '2024-01-30'])
    expect(drawn('line', 'bigint', ['10', '9'])).toEqual(['9', '10'])
    expect(drawn('line', 'string', ['b', 'a'])).toEqual(['b', 'a'])
    expect(drawn('bar', 'date', ['2024-01-30', '2024-01-07'])).toEqual(['2024-01-30', '2024-01-07'])
  })

  it('stands points where their time or their number is, to the microsecond and beyond a day', () => {
    const places = (type: 'date' | 'timestamp' | 'time' | 'decimal', across: string[]) =>
      chartPoints({ columns: [column('x', type)], values: [across] }, 'line').map(({ at }) => at)
    const day = 86_400_000
    const [first, second, third] = places('date', ['2024-01-01', '2024-01-02', '2024-01-12'])
    expect([second - first, third - second]).toEqual([day, 10 * day])
    const at = Date.UTC(2024, 0, 1, 10)
    expect(places('timestamp', ['2024-01-01T10:00:00.000000Z', '2024-01-01 10:00:01'])).toEqual([at, at + 1000])
    expect(places('time', ['00:00:01', '10:30:00.5'])).toEqual([1000, 37_800_500])
    expect(places('decimal', ['1.5', '-2', 'Infinity'])).toEqual([-2, 1.5])
  })

  it('names moments as finely as they lie', () => {
    const names = (type: 'date' | 'timestamp', ...texts: string[]) => {
      const ticks = texts.map((text) => Date.parse(text))
      return ticks.map((tick) => momentText(tick, ticks, type))
    }
    expect(names('date', '2023-01-01', '2024-01-01')).toEqual(['2023', '2024'])
    expect(names('date', '2024-01-01', '2024-02-01')).toEqual(['Jan 2024', 'Feb 2024'])
    expect(names('timestamp', '2024-01-01T00:00Z', '2024-01-08T00:00Z')).toEqual(['2024-01-01', '2024-01-08'])
    expect(names('timestamp', '2024-01-01T00:00Z', '2024-01-01T06:00Z')[1]).toBe('2024-01-01 06:00')
    expect(names('timestamp', '2024-01-01T00:00:00Z', '2024-01-01T00:00:15Z')[1]).toBe('2024-01-01 00:00:15')
  })
})

it('calls an exported file after the query, else after the statement', () => {
  const named = (path: string, place: number) => exportName(path, place, 'SELECT * FROM "daily sales" -- all')
  expect(named('queries/daily sales.sql', 0)).toBe('daily sales')
  expect(named('queries/daily sales.sql', 1)).toBe('daily sales 2')
  expect(named('', 1)).toBe('SELECT-FROM-daily-sales')
  expect(exportName('', 0, '-- nothing')).toBe('result')
})

it('begins a pivot with names across, not with days or measures', () => {
  const columns = (...types: ('string' | 'date' | 'double' | 'bigint')[]) =>
    types.map((type, i) => ({ name: `c${i}`, type, declared: type }))
  expect(likelyPivot(columns('string', 'date', 'double', 'bigint'))).toMatchObject({ across: 0, down: 1 })
  expect(likelyPivot(columns('date', 'string', 'double'))).toMatchObject({ across: 1, down: 0 })
  expect(likelyPivot(columns('bigint', 'string'))).toMatchObject({ across: 1, down: 0 })
  expect(likelyPivot(columns('bigint', 'double'))).toMatchObject({ across: 1, down: 0 })
  // A name for each row goes nowhere.
  const many = new Map([
    [0, 5000],
    [1, 4],
  ])
  expect(likelyPivot(columns('string', 'string', 'double'), many)).toEqual({
    across: 1,
    down: 0,
    value: 2,
    aggregate: 'sum',
  })
  expect(likelyPivot(columns('string', 'date'))).toMatchObject({ value: -1, aggregate: 'count' })
})
