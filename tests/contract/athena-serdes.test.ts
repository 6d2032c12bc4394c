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
      { name: 'o', type: { type: 'record', name: 'O', fields: [{ name: 'Inner', type: 'int' }] } },
      { name: 'm', type: { type: 'map', values: 'int' } },
    ],
  }
  const value = {
    Id: 7,
    name: 'x',
    Seen: 1000,
    raw: new Uint8Array([1, 255]),
    Tags: ['a'],
    o: { Inner: 3 },
    m: { K: 1 },
  }
  const columns =
    'id bigint, name string, seen timestamp, raw binary, tags array<string>, o struct<inner:int>, m map<string,int>'
  const select = `id, name, seen, to_hex(raw), tags, o.inner, m['K'], nope`

  it.each(['null', 'deflate', 'snappy', 'zstandard'] as const)('reads containers of the codec %s', async (codec) => {
    const file = avroContainer(schema, [value, { ...value, Id: 8, name: null }], codec)
    expect(await read(file, `${columns}, nope int`, 'STORED AS AVRO LOCATION', 'a.avro', select)).toEqual([
      ['7', 'x', '1970-01-01T00:00:01.000Z', '01FF', '["a"]', 3, 1, null],
      ['8', null, '1970-01-01T00:00:01.000Z', '01FF', '["a"]', 3, 1, null],
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
