import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startWarehouse, type TestWarehouse } from '../support/warehouse.ts'

let directory: string
let db: TestWarehouse
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-copy-'))
  db = await startWarehouse(directory)
  await db.rows('CREATE TABLE t (id INT NOT NULL, name VARCHAR(5), price DECIMAL(6,2), day DATE, ok BOOLEAN)')
})
afterEach(async () => {
  await db.stop()
  rmSync(directory, { recursive: true, force: true })
})

const table = () => db.rows('SELECT * FROM t ORDER BY id')
const failure = async (sql: string) => {
  const { state, error } = await db.run(sql)
  expect(state).toBe('FAILED')
  return error!
}
const errors = () =>
  db.rows(
    'SELECT filename, line_number, colname, raw_field_value, err_code, err_reason FROM stl_load_errors ORDER BY filename, line_number',
  )

test('delimited text with the default options, and CSV with a header, quotes and gzip', async () => {
  await db.put('in/a.txt', '1|ann|1.239|2008-01-01|t\n2||\\N||0\n')
  expect(
    await db.run("COPY t FROM 's3://lake/in/a' IAM_ROLE 'arn:aws:iam::0:role/x' REGION 'us-east-1' COMPUPDATE OFF"),
  ).toMatchObject({
    state: 'FINISHED',
    rowCount: 2,
  })
  await db.put('in/b.csv.gz', gzipSync('id,name,price,day,ok\n3,"a,""b",2,2008-02-29,true\n'))
  await db.rows("COPY public.t FROM 's3://lake/in/b' FORMAT AS CSV IGNOREHEADER AS 1 GZIP")
  expect(await table()).toEqual([
    [1, 'ann', '1.23', '2008-01-01', true],
    [2, '', null, null, false],
    [3, 'a,"b', '2.00', '2008-02-29', true],
  ])
})

test('a column list, other delimiters, formats of dates, EMPTYASNULL and TRUNCATECOLUMNS', async () => {
  await db.put('x.tsv', '31.12.2008\t7\tabcdefgh\n01.02.2009\t8\t\n')
  await db.rows(
    "COPY t (day, id, name) FROM 's3://lake/x.tsv' DELIMITER '\\t' DATEFORMAT 'DD.MM.YYYY' TRUNCATECOLUMNS EMPTYASNULL",
  )
  expect(await table()).toEqual([
    [7, 'abcde', null, '2008-12-31', null],
    [8, null, null, '2009-02-01', null],
  ])
  await db.put('y.csv', '9,12/31/2010\n10,2010-01-01\n')
  await db.rows("COPY t (id, day) FROM 's3://lake/y.csv' CSV DATEFORMAT 'auto'")
  expect((await table()).slice(2).map((row) => row[3])).toEqual(['2010-12-31', '2010-01-01'])
})

test('JSON by the names of the columns, in lines or without line ends', async () => {
  await db.put('j/1.json', '{"id":1,"name":"a","ok":true,"more":{"x":1}}\n{"name":null,"id":2}\n')
  await db.put('j/2.json', '{"id":3}{"id":4,\n "price":1.5}')
  expect((await db.run("COPY t FROM 's3://lake/j/1' JSON 'auto'")).rowCount).toBe(2)
  expect((await db.run("COPY t FROM 's3://lake/j/2' FORMAT AS JSON AS 'auto'")).rowCount).toBe(2)
  expect((await table()).map((row) => row.slice(0, 3))).toEqual([
    [1, 'a', null],
    [2, null, null],
    [3, null, null],
    [4, null, '1.50'],
  ])
  expect((await failure("COPY t FROM 's3://lake/j/1' JSON 's3://lake/paths.json'")).message).toMatch(/not supported/)
})

test('Parquet written by UNLOAD comes back by COPY; a manifest names the files', async () => {
  await db.rows("INSERT INTO t VALUES (1, 'a', 1.5, '2008-01-01', true), (2, NULL, NULL, NULL, NULL)")
  expect(
    await db.run(
      "UNLOAD ($$SELECT * FROM t WHERE id < 10 AND name <> 'z' OR name IS NULL$$) TO 's3://lake/out/' PARQUET MANIFEST",
    ),
  ).toMatchObject({
    state: 'FINISHED',
    rowCount: 2,
  })
  expect(JSON.parse(await db.get('out/manifest'))).toEqual({ entries: [{ url: 's3://lake/out/0000_part_00.parquet' }] })
  await db.rows('CREATE TABLE u (a INT, b VARCHAR(10), c DECIMAL(6,2), d DATE, e BOOLEAN)')
  await db.rows("COPY u FROM 's3://lake/out/0000' FORMAT AS PARQUET IAM_ROLE default")
  await db.rows("COPY u FROM 's3://lake/out/manifest' FORMAT PARQUET MANIFEST")
  expect(await db.rows('SELECT DISTINCT * FROM u ORDER BY a')).toEqual(await table())
  expect((await failure("COPY t FROM 's3://lake/out/0000' PARQUET MAXERROR 3")).message).toMatch(
    /MAXERROR argument is not supported/,
  )
  await db.rows('CREATE TABLE v (a INT)')
  expect((await failure("COPY v FROM 's3://lake/out/0000' PARQUET")).message).toMatch(/5 columns .* expects 1/)
  expect((await failure("UNLOAD ('SELECT 1') TO 's3://lake/out/'")).message).toMatch(/not empty/)
  await db.rows("UNLOAD ('SELECT id, name FROM t ORDER BY id') TO 's3://lake/out/' CSV HEADER CLEANPATH")
  expect(await db.get('out/0000_part_00')).toBe('id,name\n1,a\n2,\n')
  expect((await db.clients.lake.listObjects({ bucket: 'lake', prefix: 'out/' })).objects).toHaveLength(1)
})

test('bad rows within MAXERROR are left out and told with file, line, column and reason', async () => {
  await db.put(
    'bad/1.csv',
    'id,name,price,day,ok\n1,a,1,2008-01-01,t\nx,b,1,2008-01-01,t\n\n3,toolong,1,2008-01-01,t\n4,d,1,yesterday,t\n5,e\n6,f,1,2008-01-01,t,g\n,h,1,2008-01-01,t\n8,"line\nend",1,,\n9,i,1,2008-01-01,maybe\n',
  )
  await db.put('bad/2.csv', 'id,name,price,day,ok\n10,j,1.2.3,2008-01-01,t\n11,k,1,2008-01-01,t\n')
  const done = await db.run("COPY t FROM 's3://lake/bad/' CSV IGNOREHEADER 1 MAXERROR 9")
  expect(done).toMatchObject({ state: 'FINISHED', rowCount: 2 })
  expect((await table()).map((row) => row[0])).toEqual([1, 11])
  expect(await errors()).toEqual([
    ['s3://lake/bad/1.csv', '3', 'id', 'x', 1207, 'Invalid digit or a value out of the range of integer'],
    ['s3://lake/bad/1.csv', '5', 'name', 'toolong', 1204, 'String length exceeds DDL length'],
    ['s3://lake/bad/1.csv', '6', 'day', 'yesterday', 1205, 'Invalid Date Format'],
    ['s3://lake/bad/1.csv', '7', '', '', 1201, 'Delimiter not found'],
    ['s3://lake/bad/1.csv', '8', '', '', 1202, 'Extra column(s) found'],
    ['s3://lake/bad/1.csv', '9', 'id', '', 1213, 'Missing data for not-null field'],
    ['s3://lake/bad/1.csv', '10', 'name', 'line\nend', 1204, 'String length exceeds DDL length'],
    ['s3://lake/bad/1.csv', '12', 'ok', 'maybe', 1210, 'Unknown boolean format'],
    ['s3://lake/bad/2.csv', '2', 'price', '1.2.3', 1209, 'Invalid numeric value for numeric(6,2)'],
  ])
})

test('beyond MAXERROR nothing is loaded, and the errors stay to be read', async () => {
  await db.put('bad.csv', '1,a\nx,b\n3,c\ny,d\n')
  const error = await failure(
    "INSERT INTO t (id) VALUES (100); COPY t (id, name) FROM 's3://lake/bad.csv' CSV MAXERROR 1",
  )
  expect(error).toMatchObject({ code: 'XX000' })
  expect(error.message).toMatch(/Check 'stl_load_errors'.*bad\.csv line 2, column id/)
  expect(await table()).toEqual([])
  expect((await errors()).map((row) => row[1])).toEqual(['2', '4'])
  await db.stop()
  db = await startWarehouse(directory)
  expect(await errors()).toHaveLength(2)
})

test('broken JSON lines are told with their lines', async () => {
  await db.put('bad.json', '{"id":1}\n{"id":2\n{"id":"x"}\n')
  expect((await failure("COPY t FROM 's3://lake/bad.json' JSON 'auto'")).message).toMatch(/line 2/)
  expect((await db.run("COPY t FROM 's3://lake/bad.json' JSON 'auto' MAXERROR 2")).rowCount).toBe(1)
  expect((await errors()).slice(-2).map((row) => [row[1], row[2], row[5]])).toEqual([
    ['2', '', 'Invalid JSON'],
    ['3', 'id', 'Invalid digit or a value out of the range of integer'],
  ])
})

test.each([
  ["COPY t FROM 's3://lake/nothing'", /prefix 's3:\/\/lake\/nothing' does not exist/],
  ["COPY t FROM 's3://lake/nothing' MANIFEST", /manifest .* does not exist/],
  ["COPY missing FROM 's3://lake/x'", /relation "missing"/],
  ["COPY t (nope) FROM 's3://lake/x'", /column "nope"/],
  ["COPY t FROM 's3://lake/x' FORMAT AS AVRO 'auto'", /COPY of format AVRO is not supported/],
  ["COPY t FROM 's3://lake/x' ACCEPTINVCHARS", /ACCEPTINVCHARS is not supported/],
  ["COPY t FROM 's3://lake/x' NOLOAD", /NOLOAD is not supported/],
  ["COPY t FROM 's3://lake/x' MAXERROR 200000", /0 to 100000/],
  ["COPY t FROM 's3://lake/x' DELIMITER '||'", /single character/],
  ["COPY t FROM 's3://lake/x' DATEFORMAT 'ZZ'", /"ZZ"/],
  ["COPY t FROM 's3://lake/x' FASTER", /syntax error at or near "FASTER"/],
  ["UNLOAD ('DELETE FROM t') TO 's3://lake/y/'", /one SELECT/],
  ["UNLOAD ('SELECT nope FROM t') TO 's3://lake/y/'", /nope/],
  ["UNLOAD ('SELECT 1') TO 's3://lake/y/' PARTITION BY (a)", /PARTITION is not supported/],
])('%s', async (sql, message) => {
  expect((await failure(sql)).message).toMatch(message)
})

test('identity columns are not in the files unless EXPLICIT_IDS says so', async () => {
  await db.rows('CREATE TABLE i (id INT IDENTITY(1,1), v INT)')
  await db.put('i.csv', '7\n8\n')
  await db.put('e.csv', '50,9\n')
  await db.rows("COPY i FROM 's3://lake/i.csv' CSV; COPY i FROM 's3://lake/e.csv' CSV EXPLICIT_IDS")
  expect(await db.rows('SELECT v FROM i ORDER BY v')).toEqual([[7], [8], [9]])
  expect(await db.rows('SELECT id FROM i WHERE v = 9')).toEqual([[50]])
  expect((await failure('INSERT INTO i (id, v) VALUES (1, 1)')).message).toMatch(/identity column/)
})

test.each([
  ["ACCESS_KEY_ID 'AKIA' SECRET_ACCESS_KEY 'very/secret' SESSION_TOKEN 'token-of-it'"],
  ["CREDENTIALS 'aws_access_key_id=AKIA;aws_secret_access_key=very/secret;token=token-of-it'"],
])('keys in a statement are not kept: %s', async (authorization) => {
  await db.put('in/a.txt', '1|ann|1.239|2008-01-01|t\n')
  const { sql, state } = await db.run(`COPY t FROM 's3://lake/in/a' ${authorization}`)
  expect(state).toBe('FINISHED')
  expect(sql).toContain('AKIA')
  expect(sql).toContain('***********')
  expect(sql).not.toMatch(/very\/secret|token-of-it/)
})

test('text that only looks like a key is data', async () => {
  await db.rows('CREATE TABLE notes (text VARCHAR(60))')
  await db.rows("INSERT INTO notes VALUES ('aws_secret_access_key=abc')")
  expect(await db.rows('SELECT text FROM notes')).toEqual([['aws_secret_access_key=abc']])
})
