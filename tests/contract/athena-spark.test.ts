import { afterAll, beforeAll, expect, it } from 'vitest'
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
async function run(sql: string) {
  const { athena } = engines.clients
  const { queryId } = await athena.startQuery({ sql, dialect: 'spark' })
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
  expect(error).toMatchObject({ code: 'COLUMN_NOT_FOUND', at: { line: 2, column: 3 } })
  expect((await run('SELECT 1 / 0')).query).toMatchObject({ state: 'FAILED', error: { code: 'DIVISION_BY_ZERO' } })
  expect((await run(`INSERT OVERWRITE TABLE visits SELECT 1`)).query.error?.message).toMatch(/INSERT OVERWRITE/)
})
