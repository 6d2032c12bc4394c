import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uriSql } from '../../src/engines/athena/reads/path.ts'
import { AthenaBed } from '../support/athena-bed.ts'

let bed: AthenaBed

beforeAll(async () => {
  bed = await AthenaBed.start()
  bed.put('csv/day=1/a b.csv', '1,x\n')
  bed.put('csv/day=2/c.csv', '2,y\n3,z\n')
  await bed.rows(
    `CREATE EXTERNAL TABLE lines (id int, name string) PARTITIONED BY (day int)
     ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/csv/'`,
  )
  await bed.rows('MSCK REPAIR TABLE lines')
  await bed.rows(
    `CREATE TABLE parts WITH (format = 'PARQUET', external_location = 's3://data/parts/', partitioned_by = ARRAY['day'])
     AS SELECT id, name AS filename, day FROM lines`,
  )
  await bed.rows('CREATE VIEW seen AS SELECT * FROM lines')
})
afterAll(() => bed.engines[Symbol.asyncDispose]())

describe('"$path"', () => {
  it('is the URI of the file that a row is from', async () => {
    expect(await bed.rows('SELECT id, "$path" FROM lines ORDER BY id')).toEqual([
      [1, 's3://data/csv/day=1/a b.csv'],
      [2, 's3://data/csv/day=2/c.csv'],
      [3, 's3://data/csv/day=2/c.csv'],
    ])
    const parts = await bed.rows('SELECT p."$path", filename FROM parts AS p ORDER BY id')
    expect(parts.map(([path]) => path)).toEqual(
      Array(3).fill(expect.stringMatching(/^s3:\/\/data\/parts\/day=[12]\/\S+$/)),
    )
    expect(parts.map(([, name]) => name)).toEqual(['x', 'y', 'z'])
  })

  it('filters, groups and joins, and tells the files by their rows', async () => {
    expect(await bed.rows(`SELECT count(*) FROM lines WHERE "$path" LIKE '%day=2%'`)).toEqual([['2']])
    expect(await bed.rows('SELECT "$path", count(*) AS n FROM lines GROUP BY "$path" ORDER BY 2')).toEqual([
      ['s3://data/csv/day=1/a b.csv', '1'],
      ['s3://data/csv/day=2/c.csv', '2'],
    ])
    const joined = 'SELECT a."$path" = b."$path" FROM lines a JOIN lines b ON a.id + 1 = b.id ORDER BY a.id'
    expect(await bed.rows(joined)).toEqual([[false], [true]])
  })

  it('is in no star', async () => {
    const columns = async (sql: string) => {
      const { queryId } = await bed.run(sql)
      return (await bed.engines.clients.athena.results({ queryId, rows: 1 })).columns.map(({ name }) => name)
    }
    expect(await columns('SELECT *, "$path" FROM lines')).toEqual(['id', 'name', 'day', '$path'])
    expect(await columns('SELECT l.*, l."$path" AS p FROM lines l, (SELECT 1 AS one) o')).toEqual([
      'id',
      'name',
      'day',
      'p',
    ])
    expect(await columns('SELECT * FROM (SELECT id, "$path" FROM lines) CROSS JOIN parts')).toEqual([
      'id',
      '$path',
      'id',
      'filename',
      'day',
    ])
    expect(
      await columns('SELECT * FROM lines WHERE EXISTS (SELECT 1 FROM parts WHERE lines."$path" > parts."$path")'),
    ).toEqual(['id', 'name', 'day'])
    expect(await columns('WITH w AS (SELECT * FROM lines WHERE "$path" > \'\') SELECT * FROM w')).toEqual([
      'id',
      'name',
      'day',
    ])
  })

  it('is there for a table without files, and not for a view', async () => {
    await bed.rows(`CREATE EXTERNAL TABLE none (a int) LOCATION 's3://data/none/'`)
    expect(await bed.rows('SELECT "$path", * FROM none')).toEqual([])
    expect(await bed.failure('SELECT *, "$path" FROM seen')).toContain("Column '$path' cannot be resolved")
  })

  it('has the key of each file, where paths are not their keys', async () => {
    const session = await (await DuckDBInstance.create(':memory:')).connect()
    const uri = async (places: Record<string, string>, file: string) => {
      const sql = `SELECT ${uriSql(new Map(Object.entries(places)), `'${file}'`)}`
      return (await session.runAndReadAll(sql)).getRows()[0][0]
    }
    const plain = { '/ü/lake/b/x/1.csv': 's3://b/x/1.csv', '/ü/lake/b/y/2.csv': 's3://b/y/2.csv' }
    expect(await uri(plain, '/ü/lake/b/y/2.csv')).toBe('s3://b/y/2.csv')
    const escaped = { ...plain, '/ü/lake/b/%3F.csv': "s3://b/?'.csv" }
    expect(await uri(escaped, '/ü/lake/b/%3F.csv')).toBe("s3://b/?'.csv")
  })

  it('stands beside the partitions of a table, which are a table too', async () => {
    expect(await bed.rows('SELECT * FROM "lines$partitions" WHERE day > 0 ORDER BY day')).toEqual([[1], [2]])
    expect(await bed.rows('SELECT max(day) FROM "default"."parts$partitions"')).toEqual([[2]])
    await bed.rows('CREATE TABLE whole AS SELECT 1 AS a')
    expect(await bed.failure('SELECT * FROM "whole$partitions"')).toContain("'default.whole$partitions' does not exist")
  })

  it('costs the bytes of what else is read', async () => {
    const [plain, path] = [await bed.run('SELECT id FROM parts'), await bed.run('SELECT id, "$path" FROM parts')]
    expect(path.bytesScanned).toBe(plain.bytesScanned)
  })
})
