import { gzipSync } from 'node:zlib'
import * as s3 from '@aws-sdk/client-s3'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

const Bucket = 'data'
const PEOPLE = `name,age,city,joined
"Ada, Countess",36,London,1833-06-05
Grace,85,"New ""York""",1943-12-01
Linus,,Helsinki,1991-08-25T10:00:00Z
# a comment
Margaret,87,Paoli,1960-01-01
`

let gate: TestGate
let client: s3.S3Client

beforeAll(async () => {
  gate = await startGate([lake], { settings: { signatures: 'verify' } })
  client = new s3.S3Client({ ...gate.config, forcePathStyle: true })
  await client.send(new s3.CreateBucketCommand({ Bucket }))
  const put = (Key: string, Body: string | Uint8Array) => client.send(new s3.PutObjectCommand({ Bucket, Key, Body }))
  await put('people.csv', PEOPLE)
  await put('people.csv.gz', gzipSync(PEOPLE))
  await put('lines.json', '{"id":1,"tags":["a","b"],"at":{"x":1.5}}\n{"id":2,"tags":[],"Name":"two"}\n\n{"id":3}\n')
  await put('document.json', JSON.stringify({ rows: [{ n: 1 }, { n: 2 }, { n: 3 }] }))
  await put('long.csv', `name\n${'a'.repeat(20_000)}\n`)
  await put('large.csv', Array.from({ length: 60_000 }, (_, i) => `${i},value ${i}\n`).join(''))
  const columnData = [
    { name: 'id', data: Int32Array.from({ length: 25_000 }, (_, i) => i), type: 'INT32' as const },
    { name: 'name', data: Array.from({ length: 25_000 }, (_, i) => `row ${i}`), type: 'STRING' as const },
  ]
  await put('rows.parquet', new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 10_000 })))
})

afterAll(async () => {
  client?.destroy()
  await gate?.engines[Symbol.asyncDispose]()
})

const USE: s3.InputSerialization = { CSV: { FileHeaderInfo: 'USE' } }
const LINES: s3.InputSerialization = { JSON: { Type: 'LINES' } }
const JSON_OUT: s3.OutputSerialization = { JSON: {} }

async function events(
  Key: string,
  Expression: string,
  InputSerialization: s3.InputSerialization,
  OutputSerialization = JSON_OUT,
  more: Partial<s3.SelectObjectContentCommandInput> = {},
) {
  const answer = await client.send(
    new s3.SelectObjectContentCommand({
      Bucket,
      Key,
      Expression,
      ExpressionType: 'SQL',
      InputSerialization,
      OutputSerialization,
      ...more,
    }),
  )
  const found: s3.SelectObjectContentEventStream[] = []
  for await (const event of answer.Payload!) found.push(event)
  const text = Buffer.concat(found.flatMap((event) => (event.Records ? [event.Records.Payload!] : []))).toString()
  return { found, text }
}

const rows = async (...asked: Parameters<typeof events>) =>
  (await events(...asked)).text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
const people = (sql: string) => rows('people.csv', sql, USE)
const value = async (expression: string) =>
  (await rows('lines.json', `SELECT ${expression} AS v FROM S3Object s LIMIT 1`, LINES))[0].v

describe('SelectObjectContent', () => {
  it('selects columns and rows of CSV, with and without a header', async () => {
    expect(await people("SELECT s.name, s.age FROM S3Object s WHERE s.age <> '' AND CAST(s.age AS INT) > 80")).toEqual([
      { name: 'Grace', age: '85' },
      { name: 'Margaret', age: '87' },
    ])
    expect(await people(`SELECT "city" AS c FROM S3Object WHERE name = 'Grace'`)).toEqual([{ c: 'New "York"' }])
    expect(await people('SELECT * FROM s3object LIMIT 1')).toEqual([
      { name: 'Ada, Countess', age: '36', city: 'London', joined: '1833-06-05' },
    ])
    const bare = await rows('people.csv', 'SELECT _1 FROM S3Object', { CSV: { FileHeaderInfo: 'IGNORE' } })
    expect(bare.map((row) => row._1)).toEqual(['Ada, Countess', 'Grace', 'Linus', 'Margaret'])
    const gzip = await rows('people.csv.gz', 'SELECT COUNT(*) FROM S3Object', { ...USE, CompressionType: 'GZIP' })
    expect(gzip).toEqual([{ _1: 4 }])
  })

  it('writes CSV as it is told', async () => {
    const sql = "SELECT s.name, s.city FROM S3Object s WHERE s.name LIKE 'A%' OR s.name LIKE '_race'"
    expect((await events('people.csv', sql, USE, { CSV: {} })).text).toBe(
      '"Ada, Countess",London\nGrace,"New ""York"""\n',
    )
    const form = { QuoteFields: 'ALWAYS', FieldDelimiter: ';', RecordDelimiter: '|' } as const
    expect((await events('people.csv', `${sql} LIMIT 1`, USE, { CSV: form })).text).toBe('"Ada, Countess";"London"|')
  })

  it('is not held up by a pattern', async () => {
    const like = (pattern: string) => rows('long.csv', `SELECT COUNT(*) FROM S3Object WHERE name LIKE ${pattern}`, USE)
    expect(await like(`'${'%a'.repeat(40)}%b'`)).toEqual([{ _1: 0 }])
    expect(await like(`'${'%a'.repeat(40)}%'`)).toEqual([{ _1: 1 }])
    await expect(like(`'a!b%' ESCAPE '!'`)).rejects.toMatchObject({
      name: 'EvaluatorLikePatternInvalidEscapeSequence',
    })
  })

  it('walks into JSON', async () => {
    expect(await rows('lines.json', 'SELECT s.id, s.tags[1] AS tag, s.at.x FROM S3Object s', LINES)).toEqual([
      { id: 1, tag: 'b', x: 1.5 },
      { id: 2 },
      { id: 3 },
    ])
    expect(await rows('lines.json', 'SELECT id FROM S3Object s WHERE s.name IS MISSING', LINES)).toEqual([
      { id: 1 },
      { id: 3 },
    ])
    expect(
      await rows('document.json', 'SELECT s.n FROM S3Object[*].rows[*] s WHERE s.n <> 2', {
        JSON: { Type: 'DOCUMENT' },
      }),
    ).toEqual([{ n: 1 }, { n: 3 }])
  })

  it('reads Parquet, and tells what it read', async () => {
    const sql = 'SELECT s.name FROM S3Object s WHERE s.id BETWEEN 19999 AND 20000'
    const { found, text } = await events('rows.parquet', sql, { Parquet: {} }, { CSV: {} })
    expect(text).toBe('row 19999\nrow 20000\n')
    const stats = found.find((event) => event.Stats)?.Stats?.Details
    expect(stats?.BytesReturned).toBe(text.length)
    expect(stats?.BytesScanned).toBeGreaterThan(1000)
    expect(found.at(-1)).toHaveProperty('End')
  })

  it('aggregates, over absent values too', async () => {
    expect(
      await people(
        "SELECT COUNT(*) AS n, COUNT(city), MIN(CAST(age AS INT)), AVG(CAST(age AS INT)) FROM S3Object s WHERE age <> ''",
      ),
    ).toEqual([{ n: 3, _2: 3, _3: 36, _4: (36 + 85 + 87) / 3 }])
    expect(await rows('lines.json', 'SELECT SUM(s.id), MAX(s.at.x) FROM S3Object s', LINES)).toEqual([
      { _1: 6, _2: 1.5 },
    ])
  })

  it.each([
    ["'a' || UPPER('b') || LOWER('C')", 'aBc'],
    ['1 + 2 * 3 - -4', 11],
    ["CASE s.id WHEN 1 THEN 'one' ELSE 'more' END", 'one'],
    ['COALESCE(NULL, s.none, 7)', 7],
    ["SUBSTRING('millrace' FROM 2 FOR 3)", 'ill'],
    ["TRIM(BOTH '-' FROM '--x-')", 'x'],
    ["CHAR_LENGTH('äöü')", 3],
    ["EXTRACT(YEAR FROM CAST('2001-02-03T04:05:06Z' AS TIMESTAMP))", 2001],
    ["DATE_ADD(month, 1, CAST('2001-01-31' AS TIMESTAMP))", '2001-02-28T00:00:00.000Z'],
    ["DATE_DIFF(day, CAST('2001-01-01' AS TIMESTAMP), CAST('2001-03-01' AS TIMESTAMP))", 59],
    ['NULL IN (1, 2)', null],
    ['2 IN (1, 2)', true],
    ['NOT (1 = 2)', true],
    ['NULL OR TRUE', true],
  ])('works %s out', async (expression, expected) => {
    expect(await value(expression)).toEqual(expected)
  })

  it('sends a large answer in several events, and progress on the way', async () => {
    const more = { RequestProgress: { Enabled: true } }
    const { found, text } = await events('large.csv', 'SELECT * FROM S3Object', { CSV: {} }, { CSV: {} }, more)
    expect(found.filter((event) => event.Records).length).toBeGreaterThan(3)
    expect(found.some((event) => event.Progress)).toBe(true)
    expect(text.split('\n').length).toBe(60_001)
    expect(text.endsWith('59999,value 59999\n')).toBe(true)
  })

  it('refuses what it does not understand, in S3’s words', async () => {
    await expect(people('SELECT * FROM S3Object s WHERE')).rejects.toMatchObject({ name: 'ParseUnexpectedToken' })
    await expect(people('SELECT NOW2(s.x) FROM S3Object s')).rejects.toMatchObject({ name: 'UnsupportedFunction' })
    await expect(people('SELECT s.a, COUNT(*) FROM S3Object s')).rejects.toMatchObject({
      name: 'UnsupportedSqlStructure',
    })
    await expect(people('SELECT * FROM S3Object[*].rows s')).rejects.toMatchObject({ name: 'UnsupportedSqlStructure' })
    await expect(people('SELECT CAST(s.name AS INT) FROM S3Object s')).rejects.toThrow(/CAST failed/)
    await expect(rows('people.csv', 'SELECT * FROM S3Object', LINES)).rejects.toThrow(/JSON/)
    await expect(
      rows('people.csv', 'SELECT * FROM S3Object', USE, JSON_OUT, { ScanRange: { Start: 0 } }),
    ).rejects.toMatchObject({ name: 'NotImplemented', message: expect.stringContaining('ScanRange') })
    await expect(
      rows('people.csv', 'SELECT * FROM S3Object', { ...USE, CompressionType: 'BZIP2' }),
    ).rejects.toMatchObject({ name: 'NotImplemented' })
  })
})
