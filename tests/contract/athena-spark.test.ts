import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

let engines: TestEngines
beforeAll(async () => {
  engines = await startEngines([lake, catalog, athena])
  await engines.clients.lake.createBucket({ bucket: 'data' })
})
afterAll(() => engines[Symbol.asyncDispose]())

/** A statement of Spark to its end, with its rows. */
async function run(sql: string, dialect: 'spark' | 'hive' | 'trino' = 'spark') {
  const { athena } = engines.clients
  const { queryId } = await athena.startQuery({ sql, dialect })
  for await (const query of athena.watchQuery({ queryId })) {
    if (query.state !== 'SUCCEEDED') continue
    return { query, rows: query.columns?.length ? (await athena.results({ queryId })).values : [] }
  }
  return { query: await athena.getQuery({ queryId }), rows: [] }
}

it('runs Spark SQL over tables of the catalog, with bytes, history and errors at their place', async () => {
  await run(
    `CREATE TABLE visits USING parquet PARTITIONED BY (day) LOCATION 's3://data/visits/' AS SELECT 'a' AS page, array(1, 2) AS seconds, '2001-01-01' AS day`,
  )
  await run(`INSERT INTO TABLE visits SELECT 'b', array(5), '2001-01-02'`)
  const { query, rows } = await run(
    'SELECT page, sum(s) AS total FROM visits LATERAL VIEW explode(seconds) x AS s GROUP BY page ORDER BY page',
  )
  expect(rows).toEqual([
    ['a', 'b'],
    ['3', '5'],
  ])
  expect(query).toMatchObject({ dialect: 'spark', state: 'SUCCEEDED' })
  expect(query.bytesScanned).toBeGreaterThan(0)
  expect((await engines.clients.athena.listQueries({}))[0]).toMatchObject({ queryId: query.queryId, dialect: 'spark' })

  const { error } = await engines.clients.athena.estimate({
    sql: 'SELECT page,\n  nothing FROM visits',
    dialect: 'spark',
  })
  expect(error).toMatchObject({ code: 'UNRESOLVED_COLUMN', at: { line: 2, column: 3 } })
})

it.each([
  ['SELECT * FROM nowhere', 'TABLE_OR_VIEW_NOT_FOUND'],
  ['SELECT * FROM nowhere.t', 'TABLE_OR_VIEW_NOT_FOUND'],
  ['DROP TABLE nowhere', 'TABLE_OR_VIEW_NOT_FOUND'],
  ['SHOW TABLES IN nowhere', 'SCHEMA_NOT_FOUND'],
  ['CREATE DATABASE default', 'SCHEMA_ALREADY_EXISTS'],
  ['CREATE OR REPLACE TABLE t AS SELECT 1 AS a', 'NOT_SUPPORTED'],
  ['FROM a INSERT INTO b SELECT 1', 'NOT_SUPPORTED'],
  ['SELECT 1 +', 'PARSE_SYNTAX_ERROR'],
  ['CREATE TABLE t USING', 'PARSE_SYNTAX_ERROR'],
  ['SELECT nothing_known(1)', 'UNRESOLVED_ROUTINE'],
  ['SELECT 1 / 0', 'DIVIDE_BY_ZERO'],
  [`SELECT CAST('x' AS INT)`, 'CAST_INVALID_INPUT'],
  ['SELECT CAST(99999999999 AS INT)', 'CAST_OVERFLOW'],
  ['SELECT 2147483647 + 1', 'ARITHMETIC_OVERFLOW'],
  ['SELECT array(1)[5]', 'INVALID_ARRAY_INDEX'],
  ['SELECT a FROM VALUES (1) AS t(a) JOIN VALUES (1) AS u(a) ON t.a = u.a', 'AMBIGUOUS_REFERENCE'],
  ['SELECT a, sum(b) FROM VALUES (1, 2) AS t(a, b)', 'MISSING_AGGREGATION'],
  ['SELECT 1 UNION SELECT 1, 2', 'NUM_COLUMNS_MISMATCH'],
  ['SELECT array(1) = 1', 'DATATYPE_MISMATCH'],
  ['SELECT array(1) + 1', 'DATATYPE_MISMATCH'],
])('%s fails by the error class of Spark, as does its estimate', async (sql, code) => {
  expect((await run(sql)).query).toMatchObject({ state: 'FAILED', error: { code } })
  const { athena } = engines.clients
  const { error } = await athena.estimate({ sql, dialect: 'spark' })
  if (error) expect(error.code).toBe(code)
})

/** The rows of a query as lines of values. */
async function lines(sql: string) {
  const { query, rows } = await run(sql)
  if (query.state !== 'SUCCEEDED') throw new Error(`${sql}: ${query.error?.message}`)
  return (rows[0] ?? []).map((_, row) => rows.map((column) => column[row]).join(' '))
}

/** Statements that must succeed. */
async function done(dialect: 'spark' | 'hive', ...statements: string[]) {
  for (const sql of statements) {
    const { query } = await run(sql, dialect)
    expect(query, sql).toMatchObject({ state: 'SUCCEEDED' })
  }
}

const keysUnder = async (uri: string) => (await engines.clients.lake.locate({ uri })).map(({ key }) => key)
const partitionsOf = async (table: string) =>
  (await engines.clients.catalog.listPartitions({ database: 'default', table })).map(({ values }) => values.join('/'))

describe('INSERT OVERWRITE and PARTITION', () => {
  it('replaces the rows of a table, and empties it where the query gives none', async () => {
    await done(
      'spark',
      `CREATE TABLE plain USING parquet LOCATION 's3://data/plain/' AS SELECT 1 AS a, 'x' AS b`,
      `INSERT INTO plain VALUES (2, 'y')`,
    )
    const before = await keysUnder('s3://data/plain/')
    await done('spark', `INSERT OVERWRITE TABLE plain SELECT 3, 'z'`)
    expect(await lines('SELECT * FROM plain')).toEqual(['3 z'])
    const after = await keysUnder('s3://data/plain/')
    expect(after).toHaveLength(1)
    expect(before).not.toContain(after[0])
    await done('spark', `INSERT INTO plain (b) SELECT 'named'`)
    expect(await lines('SELECT b FROM plain ORDER BY b')).toEqual(['named', 'z'])
    const reading = await run('INSERT OVERWRITE plain SELECT a + 1, b FROM plain')
    expect(reading.query.error).toMatchObject({ code: 'UNSUPPORTED_OVERWRITE.TABLE' })
    await done('hive', 'INSERT OVERWRITE TABLE plain SELECT a + 1, b FROM plain WHERE a IS NOT NULL')
    expect(await lines('SELECT * FROM plain')).toEqual(['4 z'])
    await done('spark', `INSERT OVERWRITE plain SELECT 1, 'none' WHERE false`)
    expect(await lines('SELECT * FROM plain')).toEqual([])
    expect(await keysUnder('s3://data/plain/')).toEqual([])
  })

  it('takes the partition from the statement, the query, or both', async () => {
    await done(
      'hive',
      `CREATE EXTERNAL TABLE clicks (page STRING) PARTITIONED BY (day STRING, hour INT) STORED AS PARQUET LOCATION 's3://data/clicks/'`,
      `INSERT INTO TABLE clicks PARTITION (day = '2001-01-01', hour = '07') SELECT 'a'`,
      `INSERT INTO clicks PARTITION (day = '2001-01-01', hour) SELECT 'b', 8 UNION ALL SELECT 'c', 9`,
      `INSERT INTO clicks PARTITION (day, hour) SELECT 'd', '2001-01-02', 7`,
    )
    const all = 'SELECT day, hour, page FROM clicks ORDER BY day, hour, page'
    expect(await lines(all)).toEqual(['2001-01-01 7 a', '2001-01-01 8 b', '2001-01-01 9 c', '2001-01-02 7 d'])
    // Of a table of Hive, partitions that no row falls into stay.
    await done('hive', `INSERT OVERWRITE TABLE clicks PARTITION (day = '2001-01-01', hour) SELECT 'e', 8`)
    expect(await lines(all)).toEqual(['2001-01-01 7 a', '2001-01-01 8 e', '2001-01-01 9 c', '2001-01-02 7 d'])
    await done('hive', `INSERT OVERWRITE TABLE clicks PARTITION (day = '2001-01-02', hour = 7) SELECT 'f' WHERE false`)
    expect(await lines(all)).toEqual(['2001-01-01 7 a', '2001-01-01 8 e', '2001-01-01 9 c'])
    await done(
      'hive',
      `INSERT OVERWRITE TABLE clicks PARTITION (day = '2001-01-01', hour = 7) IF NOT EXISTS SELECT 'not written'`,
      `INSERT OVERWRITE TABLE clicks PARTITION (day = 'new', hour = 0) IF NOT EXISTS SELECT 'g'`,
    )
    expect(await lines(all)).toEqual(['2001-01-01 7 a', '2001-01-01 8 e', '2001-01-01 9 c', 'new 0 g'])
    for (const [clause, code] of [
      [`PARTITION (day = '2001-01-01')`, 'REQUESTED_PARTITIONS_MISMATCH_TABLE_PARTITIONS'],
      [`PARTITION (page = 'x', hour = 1)`, 'NON_PARTITION_COLUMN'],
      [`PARTITION (day = 'x', hour = 'y')`, 'CAST_INVALID_INPUT'],
      [`PARTITION (day = 'x', hour = 1) (day)`, 'STATIC_PARTITION_COLUMN_IN_INSERT_COLUMN_LIST'],
    ])
      expect((await run(`INSERT INTO clicks ${clause} SELECT 'a'`)).query.error, clause).toMatchObject({ code })
  })

  it('replaces all partitions that fit, of a table that Spark made', async () => {
    await done(
      'spark',
      `CREATE TABLE made USING parquet PARTITIONED BY (y, m) LOCATION 's3://data/made/' AS
         SELECT * FROM VALUES ('a', 1, 1), ('b', 1, 2), ('c', 2, 1) AS t(v, y, m)`,
      `INSERT OVERWRITE made PARTITION (y = 1, m) SELECT 'd', 3`,
    )
    expect(await lines('SELECT y, m, v FROM made ORDER BY 1, 2')).toEqual(['1 3 d', '2 1 c'])
    expect(await partitionsOf('made')).toEqual(['1/3', '2/1'])
    await done('spark', `INSERT OVERWRITE made SELECT 'e', 2, 1`)
    expect(await lines('SELECT y, m, v FROM made')).toEqual(['2 1 e'])
    expect(await partitionsOf('made')).toEqual(['2/1'])
    expect(await keysUnder('s3://data/made/')).toHaveLength(1)
  })

  it('writes into a partition where the catalog says that it lies', async () => {
    await done(
      'hive',
      `CREATE EXTERNAL TABLE apart (v STRING) PARTITIONED BY (p STRING) STORED AS PARQUET LOCATION 's3://data/apart/'`,
      `ALTER TABLE apart ADD PARTITION (p = 'x') LOCATION 's3://data/elsewhere/x'`,
      `INSERT INTO apart PARTITION (p = 'x') SELECT 'old'`,
      `INSERT INTO apart PARTITION (p = 'xy') SELECT 'beside'`,
      `INSERT OVERWRITE apart PARTITION (p = 'x') SELECT 'new'`,
    )
    expect(await lines('SELECT p, v FROM apart ORDER BY p')).toEqual(['x new', 'xy beside'])
    expect(await keysUnder('s3://data/elsewhere/x/')).toHaveLength(1)
    expect(await keysUnder('s3://data/apart/p=x/')).toEqual([])
  })
})

describe('views', () => {
  it('keep the SQL of Spark, the database of their making and the names of their columns', async () => {
    await engines.clients.catalog.createDatabase({ database: 'other' })
    await done(
      'spark',
      `CREATE TABLE base USING parquet LOCATION 's3://data/base/' AS SELECT 'a' AS k, array(1, 2) AS list`,
      `CREATE VIEW IF NOT EXISTS other.flat (key COMMENT 'of it', item) COMMENT 'Each by itself' AS SELECT k, i FROM base LATERAL VIEW explode(list) t AS i`,
      `CREATE VIEW IF NOT EXISTS other.flat AS SELECT 1 AS ignored`,
    )
    expect(await lines('SELECT key, item FROM other.flat WHERE item > 1')).toEqual(['a 2'])
    const { query, rows } = await run('SELECT count(*) AS n FROM other.flat', 'trino')
    expect([query.state, rows]).toEqual(['SUCCEEDED', [['2']]])
    const view = await engines.clients.catalog.getTable({ database: 'other', table: 'flat' })
    expect(view).toMatchObject({
      description: 'Each by itself',
      columns: [{ name: 'key', comment: 'of it' }, { name: 'item' }],
    })
    const shown = await run('SHOW CREATE VIEW other.flat')
    expect(shown.rows[0]?.[0]).toBe('CREATE VIEW other.flat (key, item) AS')

    await done('hive', `CREATE OR REPLACE VIEW other.flat AS SELECT CAST('no number' AS INT) AS n`)
    expect(await lines('SELECT n IS NULL FROM other.flat')).toEqual(['true'])
    expect((await run('CREATE VIEW other.flat AS SELECT 1 AS n')).query.state).toBe('FAILED')
    expect((await run('CREATE VIEW two (a, b) AS SELECT 1 AS n')).query.error).toMatchObject({
      code: 'CREATE_VIEW_COLUMN_ARITY_MISMATCH',
    })
    await done('spark', 'DROP VIEW other.flat')
    expect((await run('SELECT * FROM other.flat')).query.state).toBe('FAILED')
    expect((await run('CREATE TEMPORARY VIEW t AS SELECT 1 AS a')).query.error?.message).toMatch(/WITH clause/)
  })
})
