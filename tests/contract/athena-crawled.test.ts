import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { AthenaBed } from '../support/athena-bed.ts'
import { avroContainer } from '../support/avro.ts'

let bed: AthenaBed

beforeEach(async () => {
  bed = await AthenaBed.start()
})
afterEach(() => bed[Symbol.asyncDispose]())

/** What a crawl of `s3://data/<name>/` has to tell, by what it tells it of. */
async function crawl(name: string, configuration?: string): Promise<Record<string, string>> {
  const { catalog } = bed.engines.clients
  const crawlers = await catalog.listCrawlers({})
  const targets = [{ path: `s3://data/${name}/` }]
  if (!crawlers.some((crawler) => crawler.name === name))
    await catalog.createCrawler({ name, database: 'default', targets, ...(configuration && { configuration }) })
  await catalog.startCrawler({ crawler: name })
  await (bed.engines.clock as ManualClock).settle()
  const [{ state, problems }] = await catalog.listCrawls({ crawler: name })
  expect(state).toBe('COMPLETED')
  return Object.fromEntries(problems.map(({ uri, message }) => [uri.replace('s3://data/', ''), message]))
}

it('reads logs and Avro by what their crawls found', async () => {
  bed.put('logs/access.log', '127.0.0.1 - ann [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326\n')
  await crawl('logs')
  expect(await bed.rows('SELECT clientip, verb, response FROM logs')).toEqual([['127.0.0.1', 'GET', 200]])
  const schema = { type: 'record', name: 'R', fields: [{ name: 'Id', type: 'long' }] }
  bed.put('avro/a.avro', avroContainer(schema, [{ Id: 7 }], 'deflate'))
  await crawl('avro')
  expect(await bed.rows('SELECT id FROM avro')).toEqual([['7']])
})

it('sums prices of which the first ones are written as 10.0', async () => {
  bed.put('prices/a.json', '{"sku":1,"price":10.0,"at":{"price":1e2}}\n')
  expect(await crawl('prices')).toEqual({})
  bed.put('prices/b.json', '{"sku":2,"price":19.99,"at":{"price":0.5}}\n')
  expect(await bed.rows('SELECT sum(sku), sum(price), sum(at.price) FROM prices')).toEqual([['3', 29.99, 100.5]])
})

it('keeps a CSV column beside a partition key of its name, so that those behind it stay in their places', async () => {
  bed.put('people/id=7/a.csv', 'id,n,age\n1,ada,36\n2,bob,41\n')
  expect(await crawl('people')).toEqual({
    'people/':
      "its folders and its columns have the name id: that is the folders' value, and the files' own column is id_1",
  })
  expect(await bed.rows('SELECT id, id_1, n, age FROM people ORDER BY id_1')).toEqual([
    ['7', '1', 'ada', '36'],
    ['7', '2', 'bob', '41'],
  ])
  // Formats whose columns are found by name have the folder's value alone.
  bed.put('events/id=7/a.json', '{"id":1,"n":"ada"}\n')
  expect(await crawl('events')).toEqual({})
  expect(await bed.rows('SELECT * FROM events')).toEqual([['ada', '7']])
})

it.each([
  undefined,
  '{"Version":1,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}',
])('reads no CSV partition whose columns have another order (%s)', async (configuration) => {
  bed.put('people/y=1/a.csv', 'id,name,age\n1,ada,36\n')
  bed.put('people/y=1/b.csv', 'id,name,age\n2,bob,41\n')
  bed.put('people/y=2/a.csv', 'name,id,age\ncyd,3,52\n')
  // More columns at the end take nobody's place.
  bed.put('people/y=3/a.csv', 'id,name,age,town\n4,dan,60,Rome\n')
  expect(await crawl('people', configuration)).toEqual({
    'people/y=2/a.csv':
      'its columns are name, id, age, and those of most files in s3://data/people/ are id, name, age, town: csv is read by place, so write them in that order, or give it a place of its own',
  })
  expect(await bed.rows('SELECT id, name, age, town, y FROM people ORDER BY id')).toEqual([
    ['1', 'ada', '36', null, '1'],
    ['2', 'bob', '41', null, '1'],
    ['4', 'dan', '60', 'Rome', '3'],
  ])
})

it('takes a partition out whose files were written again in another order', async () => {
  for (const y of [1, 2]) bed.put(`people/y=${y}/a.csv`, `id,name,age\n${y},ada,36\n`)
  await crawl('people')
  bed.put('people/y=2/a.csv', 'name,id,age\nada,2,36\n')
  expect((await crawl('people'))['people/y=2/']).toBe(
    'partition [2] of people would be read with values in the wrong columns; it was removed',
  )
  expect(await bed.rows('SELECT id, name, y FROM people')).toEqual([['1', 'ada', '1']])
})

it('says of a file within the table that its rows are read all the same', async () => {
  for (const name of ['a', 'b']) bed.put(`flat/${name}.csv`, 'id,name\n1,ada\n')
  bed.put('flat/c.csv', 'name,id\ncyd,3\n')
  expect((await crawl('flat'))['flat/c.csv']).toMatch(/^its columns are name, id, .* read its rows too$/)
})

it('warns of keys that differ by their case alone, and how they are read is the way out that it names', async () => {
  bed.put('twice/a.json', '{"Id":1,"id":2,"in":{"n":1}}\n')
  bed.put('deep/a.json', '{"a":[{"K":1,"k":2}]}\n')
  expect((await crawl('twice'))['twice/a.json']).toMatch(
    /^its keys Id and id differ by their case alone, .* case.insensitive/,
  )
  expect((await crawl('deep'))['deep/a.json']).toMatch(/^its keys K and k differ/)
  expect(await bed.failure('SELECT id FROM twice')).toMatch(/^HIVE_CURSOR_ERROR: .*Duplicate key "id"/)
  await bed.rows(`CREATE EXTERNAL TABLE once (first int, id int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
    WITH SERDEPROPERTIES ('case.insensitive'='false', 'mapping.first'='Id') LOCATION 's3://data/twice/'`)
  expect(await bed.rows('SELECT * FROM once')).toEqual([[1, 2]])
})
