import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AthenaBed } from '../support/athena-bed.ts'
import { avroContainer } from '../support/avro.ts'

let bed: AthenaBed
let tables = 0

beforeAll(async () => {
  bed = await AthenaBed.start()
})
afterAll(async () => bed[Symbol.asyncDispose]())

/** A table over one file, and its rows. */
async function read(content: string | Uint8Array, columns: string, words: string, name = 'a.txt', select = '*') {
  const table = `t${++tables}`
  bed.put(`${table}/${name}`, content)
  await bed.rows(
    `CREATE EXTERNAL TABLE ${table} (${columns}) ${words.replace('LOCATION', `LOCATION 's3://data/${table}/'`)}`,
  )
  return bed.rows(`SELECT ${select} FROM ${table}`)
}

const OPENX = `ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'`
const HIVE_JSON = `ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'`
const OPEN_CSV = `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'`
const REGEX = `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'`
const GROK = `ROW FORMAT SERDE 'com.amazonaws.glue.serde.GrokSerDe'`

describe('JSON', () => {
  it('finds keys whatever their case, at every depth, and leaves values as they are', async () => {
    const text =
      '{"Id":1,"UserName":"Ann: \\"B\\"","Address":{"ZipCode":"X1","Tags":["A","B"]}}\n\n{"ID":2, "username" : null}\n'
    expect(
      await read(
        text,
        'id int, username string, address struct<zipcode:string,tags:array<string>>',
        `${OPENX} LOCATION`,
        'a.json',
        'id, username, address.zipcode, address.tags',
      ),
    ).toEqual([
      [1, 'Ann: "B"', 'X1', '["A","B"]'],
      [2, null, null, null],
    ])
    expect(
      await read(
        '{"A":{"k":1},"B":[1],"C":"2001-02-03 04:05:06","D":1.50}',
        'a string, b string, c timestamp, d decimal(4,2)',
        `${HIVE_JSON} LOCATION`,
      ),
    ).toEqual([['{"k":1}', '[1]', '2001-02-03T04:05:06.000Z', '1.50']])
  })

  it('honours case.insensitive, mapping, dots.in.keys and ignore.malformed.json', async () => {
    const own = (properties: string) => `${OPENX} WITH SERDEPROPERTIES (${properties}) LOCATION`
    expect(
      await read('{"Time":1,"time":2}', 'a int, time int', own(`"case.insensitive" = "false", "mapping.a" = "Time"`)),
    ).toEqual([[1, 2]])
    expect(
      await read('{"ts":5,"a.b":6}', 'stamp int, a_b int', own(`'mapping.stamp'='ts', 'dots.in.keys'='TRUE'`)),
    ).toEqual([[5, 6]])
    const broken = '{"a":1}\nnonsense "x\n{"a":3}'
    expect(await read(broken, 'a int', own(`'ignore.malformed.json'='true'`))).toEqual([[1], [null], [3]])
    await expect(read(broken, 'a int', `${OPENX} LOCATION`)).rejects.toThrow(
      /^HIVE_CURSOR_ERROR: Row is not a valid JSON Object: nonsense "x in s3:\/\/data\/t\d+\/a.txt/,
    )
    await expect(read('{"a":"x"}', 'a int', `${OPENX} LOCATION`)).rejects.toThrow(
      /^HIVE_BAD_DATA: Error parsing field value 'x' for field 0 in s3:\/\/data\/t\d+\/a.txt/,
    )
    await expect(read('{}', 'a int', own(`'timestamp.formats'='yyyy'`))).rejects.toThrow(
      /^NOT_SUPPORTED: .*timestamp.formats/,
    )
  })
})

describe('numbers in columns of whole numbers', () => {
  it.each([
    ['OpenX', OPENX],
    ['Hive', HIVE_JSON],
  ])('JSON, %s: a fraction fails the query, at every depth, and is not rounded', async (_name, serde) => {
    const words = `${serde} LOCATION`
    expect(
      await read(
        '{"n":19,"a":{"n":-7},"l":[1,2],"m":{"k":3},"s":"1.50"}',
        'n bigint, a struct<n:tinyint>, l array<smallint>, m map<string,int>, s string',
        words,
        'a.json',
        `n, a.n, l[2], m['k'], s`,
      ),
    ).toEqual([['19', -7, 2, 3, '1.50']])
    await expect(read('{"n":19.99}', 'n int', words)).rejects.toThrow(
      /^HIVE_BAD_DATA: Error parsing field value '19.99' for field 0 in s3:\/\/data\/t\d+\/a.txt/,
    )
    // As it is written, 10.0 is no whole number either.
    for (const [text, columns] of [
      ['{"n":10.0}', 'n bigint'],
      ['{"n":"1_000"}', 'n int'],
      ['{"n":{"a":1.5}}', 'n struct<a:int>'],
      ['{"n":[1,2.5]}', 'n array<smallint>'],
      ['{"n":{"k":{"a":[2.5]}}}', 'n map<string,struct<a:array<tinyint>>>'],
      ['{"n":{"a":"x"}}', 'n struct<a:int>'],
    ])
      await expect(read(text, columns, words)).rejects.toThrow(
        /^HIVE_BAD_DATA: Error parsing field value '[^']+' for field 0/,
      )
  })

  it('of what is malformed OpenX may pass over rows, not values', async () => {
    const words = `${OPENX} WITH SERDEPROPERTIES ('ignore.malformed.json'='true') LOCATION`
    await expect(read('{"n":19.99}', 'n int', words)).rejects.toThrow(/^HIVE_BAD_DATA/)
  })

  it('text: LazySimpleSerDe leaves the fraction out, and what else is no whole number is NULL; OpenCSVSerDe fails', async () => {
    const rows = '19.99\n-1.5\n.5\n7\n1e2\n0x10\n1_000\n1.x\n'
    const delimited = `ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION`
    expect(await read(rows, 'n int', delimited)).toEqual([[19], [-1], [0], [7], [null], [null], [null], [null]])
    await expect(read('19.99', 'n int', `${OPEN_CSV} LOCATION`)).rejects.toThrow(/^HIVE_BAD_DATA: .*'19.99'/)
    const regex = `${REGEX} WITH SERDEPROPERTIES ('input.regex'='(.*)') LOCATION`
    expect(await read('19.99\n7\n', 'n int', regex)).toEqual([[null], [7]])
  })
})

describe('keys that differ by their case alone', () => {
  const twice = '{"Id":1,"id":2}'

  it('are no object to who reads them without their case, at every depth', async () => {
    for (const serde of [OPENX, HIVE_JSON])
      await expect(read(`{"id":0}\n${twice}`, 'id int', `${serde} LOCATION`)).rejects.toThrow(
        /^HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: Duplicate key "id" in s3:\/\/data\/t\d+\/a.txt/,
      )
    for (const [text, columns] of [
      [`{"a":${twice}}`, 'a struct<id:int>'],
      [`{"a":[{"id":0},${twice}]}`, 'a array<struct<id:int>>'],
      [`{"a":{"k":${twice}}}`, 'a map<string,struct<id:int>>'],
    ])
      await expect(read(text, columns, `${OPENX} LOCATION`)).rejects.toThrow(/Duplicate key "id"/)
    // Those of a map are values, and are told apart.
    const map = await read(`{"a":${twice}}`, 'a map<string,int>', `${OPENX} LOCATION`, 'a.json', "a['Id'], a['id']")
    expect(map).toEqual([[1, 2]])
    // Keys of several objects may be alike.
    expect(
      await read(
        '{"Id":1,"a":{"ID":2},"l":[{"iD":3},{"iD":4}]}',
        'id int, a struct<id:int>, l array<struct<id:int>>',
        `${OPENX} LOCATION`,
        'a.json',
        'id, a.id, l[2].id',
      ),
    ).toEqual([[1, 2, 4]])
  })

  it('are a row of NULLs where malformed rows are passed over, and two columns where their case counts', async () => {
    const own = (properties: string) => `${OPENX} WITH SERDEPROPERTIES (${properties}) LOCATION`
    expect(await read(`${twice}\n{"ID":3}`, 'id int', own(`'ignore.malformed.json'='true'`))).toEqual([[null], [3]])
    expect(await read(twice, 'a int, id int', own(`'case.insensitive'='false', 'mapping.a'='Id'`))).toEqual([[1, 2]])
  })
})

describe('text with delimiters', () => {
  it('reads LazySimpleSerDe: quotes are characters, what a line lacks or cannot be read is NULL', async () => {
    const delimited = `ROW FORMAT DELIMITED FIELDS TERMINATED BY ','`
    expect(await read('1,"a\r\nx,\\N,7\n\n2', 'a int, b string', `${delimited} LOCATION`)).toEqual([
      [1, '"a'],
      [null, null],
      [null, null],
      [2, null],
    ])
    expect(await read('a\u0001b\n', 'a string, b string', 'LOCATION')).toEqual([['a', 'b']])
    expect(
      await read(
        `h\nh\nx\\|y|-|true`,
        'a string, b string, c boolean',
        `ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' ESCAPED BY '\\\\' NULL DEFINED AS '-' LOCATION TBLPROPERTIES ('skip.header.line.count'='2')`,
      ),
    ).toEqual([['x|y', null, true]])
  })

  it('reads arrays, maps and structs by their delimiters', async () => {
    const words = `ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' COLLECTION ITEMS TERMINATED BY ';' MAP KEYS TERMINATED BY ':' LOCATION`
    expect(
      await read(
        '1;2,k:1;l:2,x;3\n,,\n',
        'a array<int>, m map<string,int>, s struct<n:string,i:int>',
        words,
        'a.txt',
        `a, element_at(m, 'l'), s.n, s.i`,
      ),
    ).toEqual([
      ['[1,2]', 2, 'x', 3],
      ['[]', null, '', null],
    ])
    expect(
      await read(
        'a\u0002b\u0001k\u0003x\u0004y',
        'a array<string>, m map<string,array<string>>',
        'LOCATION',
        'a.txt',
        `a, m['k'][2]`,
      ),
    ).toEqual([['["a","b"]', 'y']])
  })

  it('reads OpenCSVSerDe: quotes, doubled and escaped, days and milliseconds; fails at what it cannot read', async () => {
    expect(
      await read(
        'x,"a, ""b"" \\"c\\"",18276,1579059880000\n',
        'a string, b string, d date, t timestamp',
        `${OPEN_CSV} LOCATION`,
      ),
    ).toEqual([['x', 'a, "b" "c"', '2020-01-15', '2020-01-15T03:44:40.000Z']])
    expect(
      await read(
        `'a;b';\tx`,
        'a string, b string',
        `${OPEN_CSV} WITH SERDEPROPERTIES ("separatorChar" = ";", "quoteChar" = "'", "escapeChar" = "\\\\") LOCATION`,
      ),
    ).toEqual([['a;b', '\tx']])
    await expect(read('1,x', 'a int, b int', `${OPEN_CSV} LOCATION`)).rejects.toThrow(
      /^HIVE_BAD_DATA: Error parsing field value 'x' for field 1 in s3:\/\/data\/t\d+\/a.txt/,
    )
    expect(
      await read('1,x', 'a int, b int', `${OPEN_CSV} LOCATION TBLPROPERTIES ('use.null.for.invalid.data'='true')`),
    ).toEqual([[1, null]])
  })

  it('reads gzip and Zstandard, and refuses other compressions by their names', async () => {
    const text = '1\n2\n'
    expect(await read(gzipSync(text), 'a int', 'LOCATION', 'a.csv.gz')).toEqual([[1], [2]])
    expect(await read(zstdCompressSync(text), 'a int', 'LOCATION', 'a.zst')).toEqual([[1], [2]])
    await expect(read(text, 'a int', 'LOCATION', 'a.csv.bz2')).rejects.toThrow(
      /^NOT_SUPPORTED: The compression bz2 of s3:.*a.csv.bz2/,
    )
    await expect(read(text, 'a int', 'LOCATION', 'a.snappy')).rejects.toThrow(/^NOT_SUPPORTED: The compression snappy/)
    await expect(read(text, 'a int', 'STORED AS ORC LOCATION')).rejects.toThrow(/^NOT_SUPPORTED: STORED AS ORC/)
    await expect(
      read(text, 'a int', `ROW FORMAT SERDE 'com.amazon.ionhiveserde.IonHiveSerDe' LOCATION`),
    ).rejects.toThrow(/^NOT_SUPPORTED: The SerDe com.amazon.ion/)
  })
})

describe('patterns', () => {
  it('reads RegexSerDe by groups; a line that does not fit is a row of NULLs', async () => {
    expect(
      await read(
        'GET /a 200\nnonsense\n',
        'verb string, path string, status int',
        `${REGEX} WITH SERDEPROPERTIES ("input.regex" = "^(\\\\S+) (\\\\S+) (\\\\d+)$") LOCATION`,
      ),
    ).toEqual([
      ['GET', '/a', 200],
      [null, null, null],
    ])
    await expect(
      read('x', 'a string, b string', `${REGEX} WITH SERDEPROPERTIES ('input.regex'='(x)') LOCATION`),
    ).rejects.toThrow(/^HIVE_INVALID_METADATA: Number of matching groups/)
  })

  it('takes linear time whatever the pattern', async () => {
    const evil = `${'a'.repeat(50_000)}!`
    expect(await read(evil, 'a string', `${REGEX} WITH SERDEPROPERTIES ('input.regex'='((?:a+)+)') LOCATION`)).toEqual([
      [null],
    ])
    await expect(
      read('x', 'a string', `${REGEX} WITH SERDEPROPERTIES ('input.regex'='(?<=x)(a)') LOCATION`),
    ).rejects.toThrow(/^[A-Z_]+: /)
  })

  it('reads GrokSerDe by the names of its patterns, own ones too', async () => {
    const apache = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326\nnonsense\n'
    expect(
      await read(
        apache,
        'clientip string, verb string, request string, response int, bytes bigint',
        `${GROK} WITH SERDEPROPERTIES ('input.format'='%{COMMONAPACHELOG}') LOCATION`,
      ),
    ).toEqual([
      ['127.0.0.1', 'GET', '/apache_pb.gif', 200, '2326'],
      [null, null, null, null, null],
    ])
    expect(
      await read(
        '[7] x-1: on',
        'code string, n int, rest string',
        `${GROK} WITH SERDEPROPERTIES ('input.format'='\\\\[%{INT:n}\\\\] %{CODE:code}: %{GREEDYDATA:rest}', 'input.grokCustomPatterns'='CODE (x|y)-\\\\d') LOCATION`,
      ),
    ).toEqual([['x-1', 7, 'on']])
  })
})

describe('Avro', () => {
  const schema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'Id', type: 'long' },
      { name: 'name', type: ['null', 'string'] },
      { name: 'Seen', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'raw', type: 'bytes' },
      { name: 'Tags', type: { type: 'array', items: 'string' } },
      {
        name: 'o',
        type: {
          type: 'record',
          name: 'O',
          fields: [
            { name: 'Inner', type: 'int' },
            { name: 'raw', type: 'bytes' },
          ],
        },
      },
      { name: 'm', type: { type: 'map', values: 'int' } },
    ],
  }
  const value = {
    Id: 7,
    name: 'x',
    Seen: 1000,
    raw: new Uint8Array([1, 255]),
    Tags: ['a'],
    o: { Inner: 3, raw: new Uint8Array([254]) },
    m: { K: 1 },
  }
  const columns =
    'id bigint, name string, seen timestamp, raw binary, tags array<string>, o struct<inner:int,raw:binary>, m map<string,int>'
  const select = `id, name, seen, to_hex(raw), tags, o.inner, to_hex(o.raw), m['K'], nope`

  it.each(['null', 'deflate', 'snappy', 'zstandard'] as const)('reads containers of the codec %s', async (codec) => {
    const file = avroContainer(schema, [value, { ...value, Id: 8, name: null }], codec)
    expect(await read(file, `${columns}, nope int`, 'STORED AS AVRO LOCATION', 'a.avro', select)).toEqual([
      ['7', 'x', '1970-01-01T00:00:01.000Z', '01FF', '["a"]', 3, 'FE', 1, null],
      ['8', null, '1970-01-01T00:00:01.000Z', '01FF', '["a"]', 3, 'FE', 1, null],
    ])
  })

  it("takes defaults and aliases out of the table's own schema, and numbers for numbers", async () => {
    const own = JSON.stringify({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'title', type: 'string', aliases: ['name'] },
        { name: 'more', type: 'int', default: 5 },
      ],
    })
    const words = `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.avro.AvroSerDe' WITH SERDEPROPERTIES ('avro.schema.literal'='${own}') STORED AS AVRO LOCATION`
    expect(await read(avroContainer(schema, [value], 'null'), 'title string, more int, seen bigint', words)).toEqual([
      ['x', 5, '1000'],
    ])
  })

  it('names the file that is cut off or of an unknown codec', async () => {
    const file = avroContainer(schema, [value], 'deflate')
    await expect(read(file.subarray(0, file.length - 20), columns, 'STORED AS AVRO LOCATION')).rejects.toThrow(
      /^HIVE_CANNOT_OPEN_SPLIT: Error opening s3:\/\/data\/t\d+\/a.txt: A block runs over the end/,
    )
  })
})

it('reads Parquet by name, or by place where the table says so', async () => {
  await bed.rows(`CREATE TABLE stored WITH (external_location='s3://data/stored/') AS SELECT 1 AS a, 'x' AS b`)
  await bed.rows(`CREATE EXTERNAL TABLE by_name (b string, c int) STORED AS PARQUET LOCATION 's3://data/stored/'`)
  expect(await bed.rows('SELECT * FROM by_name')).toEqual([['x', null]])
  await bed.rows(`CREATE EXTERNAL TABLE by_place (n int, label string, more int)
    ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'
    WITH SERDEPROPERTIES ('parquet.column.index.access'='true') STORED AS PARQUET LOCATION 's3://data/stored/'`)
  expect(await bed.rows('SELECT * FROM by_place')).toEqual([[1, 'x', null]])
  await bed.rows(`CREATE EXTERNAL TABLE wrong (a int, b int) STORED AS PARQUET LOCATION 's3://data/stored/'`)
  expect(await bed.failure('SELECT b FROM wrong')).toMatch(
    /^HIVE_BAD_DATA: Field b's type VARCHAR in parquet file s3:\/\/data\/stored\/\S+ is incompatible with type int/,
  )
})

it('takes no fraction of Parquet for a whole number', async () => {
  await bed.rows(
    `CREATE TABLE exact WITH (external_location='s3://data/exact/') AS SELECT DOUBLE '19.99' AS f, DECIMAL '1.5' AS d, 7 AS n`,
  )
  await bed.rows(
    `CREATE EXTERNAL TABLE whole (f int, d bigint, n bigint) STORED AS PARQUET LOCATION 's3://data/exact/'`,
  )
  expect(await bed.failure('SELECT f FROM whole')).toMatch(
    /^HIVE_BAD_DATA: Field f's type DOUBLE .* incompatible with type int/,
  )
  expect(await bed.failure('SELECT d FROM whole')).toMatch(/^HIVE_BAD_DATA: Field d's type DECIMAL\(2, ?1\)/)
  expect(await bed.rows('SELECT n FROM whole')).toEqual([['7']])
})
