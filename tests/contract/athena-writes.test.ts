import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AthenaBed } from '../support/athena-bed.ts'

let bed: AthenaBed
let tables = 0

beforeAll(async () => {
  bed = await AthenaBed.start()
})
afterAll(async () => bed[Symbol.asyncDispose]())

const OPENX = `ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'`
const HIVE_JSON = `ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'`
const OPEN_CSV = `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'`
const DELIMITED = `ROW FORMAT DELIMITED FIELDS TERMINATED BY '|'`

/** A table that holds nothing yet. `words` say where its LOCATION stands. */
async function table(columns: string, words: string): Promise<string> {
  const name = `w${++tables}`
  const located = words.replace('LOCATION', `LOCATION 's3://data/${name}/'`)
  await bed.rows(`CREATE EXTERNAL TABLE ${name} (${columns}) ${located}`)
  return name
}

/** What the files below a place of the bucket say. */
async function textOf(place: string): Promise<string> {
  const objects = await bed.engines.clients.lake.locate({ uri: `s3://data/${place}/` })
  return objects.map(({ file }) => readFileSync(file, 'utf8')).join('')
}

const ROW = `SELECT ARRAY['x', 'y'] AS l, MAP(ARRAY['k', 'K'], ARRAY[1, NULL]) AS m, CAST(ROW('v', ARRAY[1, 2]) AS ROW(p varchar, q array(integer))) AS s,
  X'00ff' AS b, nan() AS d, infinity() AS e, DECIMAL '12345678901234567890.123' AS n, TIMESTAMP '2001-02-03 04:05:06.789' AS t, DATE '2001-02-03' AS day,
  true AS yes, CAST(NULL AS varchar) AS none`
const READ = 'l, m, s, to_hex(b), d, e, n, t, day, yes, none'
const VALUES = [
  '["x","y"]',
  '{"k":1,"K":null}',
  '{"p":"v","q":[1,2]}',
  '00FF',
  'NaN',
  'Infinity',
  '12345678901234567890.123',
  '2001-02-03T04:05:06.789Z',
  '2001-02-03',
  true,
  null,
]

describe.each(['TEXTFILE', 'JSON'])('%s', (format) => {
  const properties = `format = '${format}', write_compression = 'NONE'`

  it('is read as it was written by CREATE TABLE AS, INSERT and UNLOAD', async () => {
    const made = `made_${format.toLowerCase()}`
    await bed.rows(`CREATE TABLE ${made} WITH (${properties}, external_location = 's3://data/${made}/') AS ${ROW}`)
    await bed.rows(`INSERT INTO ${made} ${ROW}`)
    expect(await bed.rows(`SELECT ${READ} FROM ${made}`)).toEqual([VALUES, VALUES])
    await bed.rows(`UNLOAD (${ROW}) TO 's3://data/${made}_out/' WITH (format = '${format}', compression = 'NONE')`)
    expect(`${await textOf(`${made}_out`)}`.repeat(2)).toBe(await textOf(made))
  })

  it.each(['GZIP', 'ZSTD'])('is read by partitions, compressed by %s', async (codec) => {
    const made = `parts_${format.toLowerCase()}_${codec.toLowerCase()}`
    await bed.rows(`CREATE TABLE ${made} WITH (format = '${format}', write_compression = '${codec}', partitioned_by = ARRAY['k', 'line'],
      external_location = 's3://data/${made}/') AS SELECT ARRAY[x, 7] AS l, x % 2 AS k, 'p' AS line FROM UNNEST(ARRAY[1, 2, 3]) AS u(x)`)
    expect(await bed.rows(`SELECT * FROM ${made} ORDER BY l`)).toEqual([
      ['[1,7]', 1, 'p'],
      ['[2,7]', 0, 'p'],
      ['[3,7]', 1, 'p'],
    ])
  })

  it('refuses a row whose fields have no names, and a table of nothing but partitions', async () => {
    const to = `TO 's3://data/refused/' WITH (format = '${format}'`
    expect(await bed.failure(`UNLOAD (SELECT row(1, 'x') AS r) ${to})`)).toBe(
      'NOT_SUPPORTED: Column r has a row with a field that has no name. Name each: CAST(… AS ROW(a integer, b varchar)).',
    )
    expect(await bed.failure(`UNLOAD (SELECT 1 AS k) ${to}, partitioned_by = ARRAY['k'])`)).toMatch(
      /^SYNTAX_ERROR: Table contains only partition columns/,
    )
  })
})

it('writes the delimiters of Hive, and takes one character for fields of TEXTFILE', async () => {
  const unload = (properties: string) =>
    `UNLOAD (${ROW}) TO 's3://data/hive/' WITH (format = 'TEXTFILE', compression = 'NONE'${properties})`
  expect(await bed.failure(unload(`, field_delimiter = '||'`))).toMatch(/^INVALID_TABLE_PROPERTY: .*one character/)
  expect(await bed.failure(`CREATE TABLE none WITH (field_delimiter = '|') AS SELECT 1 AS a`)).toMatch(
    /^INVALID_TABLE_PROPERTY: The field_delimiter is of TEXTFILE, not of PARQUET/,
  )
  await bed.rows(unload(`, field_delimiter = '\\t'`))
  expect(await textOf('hive')).toBe(
    `${[
      'x\u0002y',
      'k\u00031\u0002K\u0003\\N',
      'v\u00021\u00032',
      'AP8=',
      'NaN',
      'Infinity',
      '12345678901234567890.123',
      '2001-02-03 04:05:06.789',
      '2001-02-03',
      'true',
      '\\N',
    ].join('\t')}\n`,
  )
})

it('unloads what Hive has no type for as its text', async () => {
  const id = '12151fd2-7586-11e9-8f9e-2a86e4085a59'
  const unload = (format: string) =>
    bed.rows(`UNLOAD (SELECT UUID '${id}' AS id, TIME '01:02:03' AS t, JSON '{"k":1}' AS j) TO 's3://data/kinds_${format}/'
      WITH (format = '${format}', compression = 'NONE')`)
  await unload('TEXTFILE')
  expect(await textOf('kinds_TEXTFILE')).toBe(`${id}\u000101:02:03\u0001{"k":1}\n`)
  await unload('JSON')
  expect(await textOf('kinds_JSON')).toBe(`{"id":"${id}","t":"01:02:03","j":"{\\"k\\":1}"}\n`)
})

describe('LazySimpleSerDe', () => {
  it('is written by the delimiters, the escape and the NULL of the table', async () => {
    const name = await table(
      'a string, l array<string>, m map<string,int>',
      `${DELIMITED} ESCAPED BY '\\\\' COLLECTION ITEMS TERMINATED BY ',' MAP KEYS TERMINATED BY ':' NULL DEFINED AS 'NULL' LOCATION`,
    )
    await bed.rows(
      `INSERT INTO ${name} VALUES ('1|2\\3', ARRAY['a,b', NULL, 'NULL'], MAP(ARRAY['x:y'], ARRAY[1])), (NULL, NULL, MAP()), ('NULL', ARRAY[], NULL)`,
    )
    expect(await textOf(name)).toBe('1\\|2\\\\3|a\\,b,NULL,\\NULL|x\\:y:1\nNULL|NULL|\n\\NULL||NULL\n')
    expect(await bed.rows(`SELECT * FROM ${name}`)).toEqual([
      ['1|2\\3', '["a,b",null,"NULL"]', '{"x:y":1}'],
      [null, null, '{}'],
      ['NULL', '[]', null],
    ])
  })

  it.each([
    [`'x|y'`, `Column a cannot have the value 'x|y': it has a delimiter of the table, which has no escape`],
    [`concat('x', chr(10), 'y')`, `Column a cannot have the value 'x?y': a line of text cannot hold its line end`],
    [`'\\N'`, `Column a cannot have the value '\\N': its text would read as NULL`],
    [`'x', ARRAY[CAST(NULL AS varchar)]`, `Column l cannot have the value '[NULL]': its text would read as NULL`],
    [`'x', ARRAY['']`, `Column l cannot have the value '['']': its text would read as an empty array`],
  ])('refuses %s, which would be read as something else', async (values, why) => {
    const name = await table('a string, l array<string>', `${DELIMITED} LOCATION`)
    const failure = await bed.failure(
      `INSERT INTO ${name} (a${values.includes('ARRAY') ? ', l' : ''}) VALUES (${values})`,
    )
    expect(failure).toContain(`HIVE_WRITER_DATA_ERROR: ${why}`)
    expect(failure).toMatch(/Parquet or JSON$/)
    expect(await textOf(name)).toBe('')
  })

  it('refuses types that are nested deeper than it has delimiters for, or whose delimiters are the same', async () => {
    const deep = await table(`a ${'array<'.repeat(8)}int${'>'.repeat(8)}`, 'LOCATION')
    expect(await bed.failure(`INSERT INTO ${deep} (a) SELECT NULL`)).toMatch(
      /^NOT_SUPPORTED: Number of levels of nesting supported for LazySimpleSerDe is 7/,
    )
    bed.put(`${deep}/a.txt`, '1')
    expect(await bed.failure(`SELECT a FROM ${deep}`)).toMatch(/^NOT_SUPPORTED: Number of levels/)
    const same = await table('a array<int>', `${DELIMITED} COLLECTION ITEMS TERMINATED BY '|' LOCATION`)
    expect(await bed.failure(`INSERT INTO ${same} VALUES (ARRAY[1])`)).toMatch(
      /^NOT_SUPPORTED: Column a cannot be written: the separator of its items is also another/,
    )
  })
})

describe('JSON', () => {
  it('is written with the keys that are read', async () => {
    const name = await table(
      'a int, b map<string,binary>, c struct<x:binary,d:array<double>>',
      `${OPENX} WITH SERDEPROPERTIES ('mapping.a' = 'NName') LOCATION`,
    )
    await bed.rows(
      `INSERT INTO ${name} VALUES (1, MAP(ARRAY['Key'], ARRAY[X'00ff']), CAST(ROW(X'41', ARRAY[nan(), 1.5]) AS ROW(x varbinary, d array(double))))`,
    )
    expect(await textOf(name)).toBe('{"NName":1,"b":{"Key":"AP8="},"c":{"x":"QQ==","d":["NaN",1.5]}}\n')
    expect(await bed.rows(`SELECT a, to_hex(b['Key']), to_hex(c.x), c.d FROM ${name}`)).toEqual([
      [1, '00FF', '41', '["NaN",1.5]'],
    ])
    const exact = await table(
      'a int, b int',
      `${OPENX} WITH SERDEPROPERTIES ('case.insensitive' = 'false', 'mapping.a' = 'B') LOCATION`,
    )
    await bed.rows(`INSERT INTO ${exact} VALUES (1, 2)`)
    expect(await textOf(exact)).toBe('{"B":1,"b":2}\n')
    expect(await bed.rows(`SELECT * FROM ${exact}`)).toEqual([[1, 2]])
  })

  it('refuses keys that would be taken for each other', async () => {
    const twice = await table('a int, b int', `${OPENX} WITH SERDEPROPERTIES ('mapping.a' = 'B') LOCATION`)
    expect(await bed.failure(`INSERT INTO ${twice} VALUES (1, 2)`)).toMatch(
      /^NOT_SUPPORTED: Two columns would have the key b /,
    )
    const map = await table('a int, m map<string,int>', `${HIVE_JSON} LOCATION`)
    expect(await bed.failure(`INSERT INTO ${map} VALUES (1, MAP(ARRAY['A'], ARRAY[2]))`)).toMatch(
      /^HIVE_WRITER_DATA_ERROR: Column m cannot have the value 'A': that key of a map would be read as the name of a column/,
    )
    const keys = await table('m map<array<int>,int>', `${HIVE_JSON} LOCATION`)
    expect(await bed.failure(`INSERT INTO ${keys} VALUES (MAP(ARRAY[ARRAY[1]], ARRAY[2]))`)).toMatch(
      /^NOT_SUPPORTED: Column m cannot be written as JSON: the keys of a map must be plain/,
    )
  })
})

describe('OpenCSVSerDe', () => {
  it('is written with its quotes, its escape and its numbers for times', async () => {
    const name = await table(
      'a string, b int, d date, t timestamp',
      `${OPEN_CSV} WITH SERDEPROPERTIES ('separatorChar' = ';', 'quoteChar' = "'", 'escapeChar' = '\\\\') LOCATION`,
    )
    await bed.rows(`INSERT INTO ${name} VALUES ('it''s; "\\"', 1, DATE '2020-01-15', TIMESTAMP '2020-01-15 03:44:40')`)
    expect(await textOf(name)).toBe(`'it\\'s; "\\\\"';'1';'18276';'1579059880000'\n`)
    expect(await bed.rows(`SELECT * FROM ${name}`)).toEqual([
      ['it\'s; "\\"', 1, '2020-01-15', '2020-01-15T03:44:40.000Z'],
    ])
    expect(await bed.failure(`INSERT INTO ${name} (a) VALUES ('x')`)).toMatch(
      /^HIVE_WRITER_DATA_ERROR: Column b cannot have the value 'NULL': OpenCSVSerDe knows no NULL/,
    )
  })

  it('has NULL for what is no text where invalid data is NULL', async () => {
    const name = await table(
      'a string, b int',
      `${OPEN_CSV} LOCATION TBLPROPERTIES ('use.null.for.invalid.data' = 'true')`,
    )
    await bed.rows(`INSERT INTO ${name} VALUES ('', NULL)`)
    expect(await bed.rows(`SELECT * FROM ${name}`)).toEqual([['', null]])
  })
})

it('refuses to insert where rows would be passed over, read in another encoding, or not be written at all', async () => {
  const header = await table('a int', `${DELIMITED} LOCATION TBLPROPERTIES ('skip.header.line.count' = '1')`)
  expect(await bed.failure(`INSERT INTO ${header} VALUES (1)`)).toMatch(
    /^NOT_SUPPORTED: Inserting into default.w\d+ is not supported: it has skip.header.line.count=1, .* Insert into a table without it, or ALTER TABLE/,
  )
  await bed.rows(`ALTER TABLE ${header} SET TBLPROPERTIES ('skip.header.line.count' = '0')`)
  await bed.rows(`INSERT INTO ${header} VALUES (1)`)
  expect(await bed.rows(`SELECT * FROM ${header}`)).toEqual([[1]])
  const latin = await table('a string', `${DELIMITED} LOCATION TBLPROPERTIES ('serialization.encoding' = 'ISO-8859-1')`)
  expect(await bed.failure(`INSERT INTO ${latin} VALUES ('é')`)).toMatch(
    /^NOT_SUPPORTED: .*serialization.encoding=ISO-8859-1/,
  )
  const regex = await table(
    'a string',
    `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe' WITH SERDEPROPERTIES ('input.regex' = '(.*)') LOCATION`,
  )
  expect(await bed.failure(`INSERT INTO ${regex} VALUES ('x')`)).toBe(
    'NOT_SUPPORTED: Writing with RegexSerDe is not supported',
  )
})

it('refuses a row that is longer than lines are read', async () => {
  const name = await table('a string', `${DELIMITED} LOCATION`)
  expect(await bed.failure(`INSERT INTO ${name} SELECT rpad('x', 7500000, 'x')`)).toMatch(
    /^HIVE_WRITER_DATA_ERROR: A row is longer than 7500000 bytes/,
  )
})

it('writes a hundred partitions in one statement, as Athena does, and none where there would be more', async () => {
  const rows = (n: number) => `SELECT x AS a, x AS p FROM UNNEST(sequence(1, ${n})) AS t(x)`
  const make = (name: string, n: number) => `CREATE TABLE ${name} WITH (partitioned_by = ARRAY['p']) AS ${rows(n)}`
  expect(await bed.failure(make('hundreds', 101))).toMatch(/^HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open/)
  await bed.rows(make('hundreds', 100))
  expect(await bed.failure(`INSERT INTO hundreds ${rows(101)}`)).toMatch(/^HIVE_TOO_MANY_OPEN_PARTITIONS/)
  expect(await bed.rows('SELECT count(*), count(DISTINCT p) FROM hundreds')).toEqual([['100', '100']])
})

it('puts no row where a projection does not look for it', async () => {
  const projected = (name: string, folder: string) =>
    `CREATE EXTERNAL TABLE ${name} (a int) PARTITIONED BY (day string) ROW FORMAT DELIMITED LOCATION 's3://data/${name}/'
     TBLPROPERTIES ('projection.enabled'='true', 'projection.day.type'='enum', 'projection.day.values'='mon,tue',
       'storage.location.template'='s3://data/${name}/${folder}\${day}')`
  await bed.rows(projected('templated', ''))
  expect(await bed.failure("INSERT INTO templated SELECT 1, 'mon'")).toMatch(/^NOT_SUPPORTED: Inserting into templated/)
  await bed.rows(projected('hive_like', 'day='))
  await bed.rows("INSERT INTO hive_like SELECT 1, 'mon'")
  expect(await bed.rows('SELECT a, day FROM hive_like')).toEqual([[1, 'mon']])
})
