import { afterAll, beforeAll, expect, it } from 'vitest'
import { AthenaBed } from '../support/athena-bed.ts'

let bed: AthenaBed

beforeAll(async () => {
  bed = await AthenaBed.start()
  await bed.rows(
    `CREATE TABLE sales WITH (external_location='s3://data/sales/') AS SELECT n AS id, n % 3 AS region FROM UNNEST(sequence(1, 30)) t(n)`,
  )
})
afterAll(async () => bed[Symbol.asyncDispose]())

const QUERY = 'SELECT region, count(*) AS sold FROM sales WHERE id > 10 GROUP BY region ORDER BY sold DESC LIMIT 2'

it("draws the plan in Trino's names, with tables and columns as the catalog has them", async () => {
  const logical = (await bed.lines(`EXPLAIN (TYPE LOGICAL) ${QUERY}`)).join('\n')
  expect(logical).toMatch(/^Output\[columnNames = \[region, sold\]\]\n└─ TopN\[orderBy = .*count = 2\]/)
  expect(logical).toMatch(/ScanFilter\[table = awsdatacatalog:default:sales, filterPredicate = id>10\]/)
  expect(logical).toMatch(/Estimates: \{rows: \d+ \(\?\)/)
  expect(logical).toContain('└─ Aggregate[keys = ')
  expect(logical).not.toMatch(/t0r0/)
  const [fragment, layout] = await bed.lines(`EXPLAIN ${QUERY}`)
  expect([fragment, layout]).toEqual(['Fragment 0 [SINGLE]', '    Output layout: [region, sold]'])
})

it('measures what ran, and counts what it read', async () => {
  const analyzed = await bed.run(`EXPLAIN ANALYZE ${QUERY}`)
  expect(analyzed.state).toBe('SUCCEEDED')
  expect(analyzed.bytesScanned).toBe((await bed.run(QUERY)).bytesScanned)
  const text = (await bed.lines(`EXPLAIN ANALYZE ${QUERY}`)).join('\n')
  expect(text).toMatch(/TopN.*\n.*CPU: [\d.]+ms, Output: 2 rows/)
})

it('gives JSON, a graph, what is read and whether it stands', async () => {
  const json = JSON.parse((await bed.lines(`EXPLAIN (FORMAT JSON, TYPE LOGICAL) ${QUERY}`)).join('\n'))
  expect(json).toMatchObject({ name: 'Output', children: [{ name: 'TopN', descriptor: { count: '2' } }] })
  expect(Object.keys(JSON.parse((await bed.lines(`EXPLAIN (FORMAT JSON) ${QUERY}`)).join('\n')))).toEqual(['0'])
  const graph = await bed.lines(`EXPLAIN (FORMAT GRAPHVIZ) ${QUERY}`)
  expect([graph[0], graph.at(-1)]).toEqual(['digraph logical_plan {', '}'])
  expect(graph).toContain('plannode_output -> plannode_0;')
  const io = JSON.parse((await bed.lines(`EXPLAIN (TYPE IO, FORMAT JSON) ${QUERY}`)).join('\n'))
  expect(io.inputTableColumnInfos[0].table).toEqual({
    catalog: 'awsdatacatalog',
    schemaTable: { schema: 'default', table: 'sales' },
  })
  expect(io.estimate.outputSizeInBytes).toBeGreaterThan(0)
  expect(await bed.rows(`EXPLAIN (TYPE VALIDATE) ${QUERY}`)).toEqual([['true']])
  expect(await bed.failure('EXPLAIN (TYPE VALIDATE) SELECT nope FROM sales')).toMatch(/^COLUMN_NOT_FOUND: line 1:32/)
  expect(await bed.failure(`EXPLAIN ANALYZE (FORMAT GRAPHVIZ) ${QUERY}`)).toMatch(/^NOT_SUPPORTED: EXPLAIN ANALYZE/)
  expect(await bed.failure(`EXPLAIN ANALYZE VERBOSE ${QUERY}`)).toMatch(/^NOT_SUPPORTED: EXPLAIN ANALYZE VERBOSE/)
})
