import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AthenaBed } from '../support/athena-bed.ts'
import { avroContainer } from '../support/avro.ts'

let bed: AthenaBed

beforeAll(async () => {
  bed = await AthenaBed.start()
})
afterAll(async () => bed[Symbol.asyncDispose]())

const MANIFEST_FILE = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    { name: 'manifest_path', type: 'string', 'field-id': 500 },
    { name: 'content', type: 'int', 'field-id': 517 },
  ],
}
const MANIFEST_ENTRY = {
  type: 'record',
  name: 'manifest_entry',
  fields: [
    { name: 'status', type: 'int' },
    { name: 'snapshot_id', type: ['null', 'long'] },
    {
      name: 'data_file',
      type: {
        type: 'record',
        name: 'r2',
        fields: [
          { name: 'content', type: 'int' },
          { name: 'file_path', type: 'string' },
          { name: 'file_format', type: 'string' },
        ],
      },
    },
  ],
}

/** Parquet files with field ids, as Iceberg's writers make them. */
async function parquet(key: string, select: string, ids: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${select}) TO '${bed.path(key)}' (FORMAT parquet, FIELD_IDS {${ids}})`)
  connection.closeSync()
  instance.closeSync()
}

type File = { status?: number; content?: number; path: string; format?: string }

/** An Iceberg table of one snapshot, written by hand, registered as Glue registers it. */
async function iceberg(name: string, fields: object[], files: File[], change: object = {}) {
  const root = `s3://data/${name}`
  const entries = files.map(({ status = 1, content = 0, path, format = 'PARQUET' }) => ({
    status,
    snapshot_id: 1,
    data_file: { content, file_path: `${root}/data/${path}`, file_format: format },
  }))
  bed.put(`${name}/metadata/m.avro`, avroContainer(MANIFEST_ENTRY, entries, 'deflate'))
  const list = [{ manifest_path: `${root}/metadata/m.avro`, content: 0 }]
  bed.put(`${name}/metadata/snap.avro`, avroContainer(MANIFEST_FILE, list, 'null'))
  const metadata = {
    'format-version': 2,
    location: root,
    schemas: [
      { 'schema-id': 0, fields: [] },
      { 'schema-id': 1, type: 'struct', fields },
    ],
    'current-schema-id': 1,
    'current-snapshot-id': 1,
    snapshots: [{ 'snapshot-id': 1, 'manifest-list': `${root}/metadata/snap.avro` }],
    ...change,
  }
  bed.put(`${name}/metadata/v1.metadata.json`, JSON.stringify(metadata))
  await bed.engines.clients.catalog.createTable({
    database: 'default',
    name,
    columns: [],
    partitionKeys: [],
    location: root,
    format: 'parquet',
    parameters: { table_type: 'ICEBERG', metadata_location: `${root}/metadata/v1.metadata.json` },
  })
}

const FIELDS = [
  { id: 1, name: 'id', type: 'long', required: true },
  { id: 2, name: 'Title', type: 'string', required: false },
  { id: 5, name: 'price', type: 'decimal(9, 2)', required: false },
]

it('reads columns by the ids of their fields, whatever files call them, without those that were dropped', async () => {
  // The first file is of a time before `name` was renamed, `old` dropped, `id` widened and `price` added.
  await parquet('books/data/1.parquet', `SELECT 1::INT AS id, 'a' AS name, 9 AS old`, 'id: 1, name: 2, old: 3')
  await parquet(
    'books/data/2.parquet',
    `SELECT 'b' AS "Title", 2::BIGINT AS id, 1.5::DECIMAL(9,2) AS price`,
    'Title: 2, id: 1, price: 5',
  )
  await parquet('books/data/gone.parquet', `SELECT 3::BIGINT AS id`, 'id: 1')
  await iceberg('books', FIELDS, [{ path: '1.parquet' }, { path: '2.parquet' }, { path: 'gone.parquet', status: 2 }])
  expect(await bed.rows('SELECT * FROM books ORDER BY id')).toEqual([
    ['1', 'a', null],
    ['2', 'b', '1.50'],
  ])
  expect(await bed.rows('SELECT title FROM books WHERE id > 1')).toEqual([['b']])
  const [one, all] = [await bed.run('SELECT id FROM books'), await bed.run('SELECT id, title FROM books')]
  expect(one.bytesScanned).toBeGreaterThan(0)
  expect(all.bytesScanned).toBeGreaterThan(one.bytesScanned!)
})

it('leaves out the rows that position deletes name', async () => {
  await parquet('left/data/1.parquet', `SELECT range AS id FROM range(10)`, 'id: 1')
  await parquet('left/data/2.parquet', `SELECT 100 + range AS id FROM range(10)`, 'id: 1')
  const gone = (file: number, pos: number) => `('s3://data/left/data/${file}.parquet', ${pos}::BIGINT)`
  await parquet(
    'left/data/d.parquet',
    `SELECT * FROM (VALUES ${gone(1, 0)}, ${gone(1, 9)}, ${gone(2, 5)}) t(file_path, pos)`,
    'file_path: 1, pos: 2',
  )
  await iceberg('left_rows', FIELDS.slice(0, 1), [])
  await iceberg('left', FIELDS.slice(0, 1), [
    { path: '1.parquet' },
    { path: '2.parquet' },
    { path: 'd.parquet', content: 1 },
  ])
  expect(await bed.rows('SELECT count(*), sum(id) FROM "left"')).toEqual([['17', '976']])
  expect(await bed.rows('SELECT id FROM "left" WHERE id IN (0, 1, 105, 106) ORDER BY 1')).toEqual([['1'], ['106']])
  expect(await bed.rows('SELECT count(*) FROM left_rows')).toEqual([['0']])
})

it('refuses by name what it does not honour, and says what is missing', async () => {
  await iceberg('equality', FIELDS, [{ path: 'x.parquet', content: 2 }])
  expect(await bed.failure('SELECT * FROM equality')).toMatch(
    /^NOT_SUPPORTED: Iceberg equality deletes are not supported/,
  )
  await iceberg('orc', FIELDS, [{ path: 'x.orc', format: 'ORC' }])
  expect(await bed.failure('SELECT * FROM orc')).toMatch(/^NOT_SUPPORTED: Iceberg files of the format ORC are not/)
  await iceberg('third', FIELDS, [], { 'format-version': 3 })
  expect(await bed.failure('SELECT * FROM third')).toMatch(/^NOT_SUPPORTED: Iceberg tables of format version 3 are not/)
  await iceberg('missing', FIELDS, [{ path: 'nope.parquet' }])
  expect(await bed.failure('SELECT * FROM missing')).toBe(
    'ICEBERG_MISSING_METADATA: s3://data/missing/data/nope.parquet of the Iceberg table is not in the lake',
  )
  await bed.put(join('missing', 'metadata', 'v1.metadata.json'), '{')
  expect(await bed.failure('SELECT * FROM missing')).toMatch(
    /^ICEBERG_INVALID_METADATA: s3:\/\/data\/missing\/metadata\/v1/,
  )
})

it('reads a table as it was, and tells its snapshots', async () => {
  // Ids of 64 bits, of which a double would lose the last digits.
  const [first, second] = ['7051722354870213457', '7051722354870213458']
  await parquet('past/data/1.parquet', `SELECT 1::BIGINT AS id`, 'id: 1')
  await parquet('past/data/2.parquet', `SELECT 2::BIGINT AS id, 'b' AS "Title"`, 'id: 1, "Title": 2')
  const root = 's3://data/past'
  const snapshot = (id: string, day: string, schema: number, list: string, more: object = {}) => ({
    'snapshot-id': `#${id}#`,
    'timestamp-ms': Date.parse(day),
    'schema-id': schema,
    'manifest-list': `${root}/metadata/${list}.avro`,
    summary: { operation: 'append', 'added-records': '1' },
    ...more,
  })
  const entry = (path: string) => ({
    status: 1,
    snapshot_id: 1,
    data_file: { content: 0, file_path: `${root}/data/${path}`, file_format: 'PARQUET' },
  })
  await bed.put('past/metadata/m1.avro', avroContainer(MANIFEST_ENTRY, [entry('1.parquet')], 'null'))
  const list = [{ manifest_path: `${root}/metadata/m1.avro`, content: 0 }]
  await bed.put('past/metadata/old.avro', avroContainer(MANIFEST_FILE, list, 'null'))
  const change = {
    schemas: [
      { 'schema-id': 0, fields: FIELDS.slice(0, 1) },
      { 'schema-id': 1, fields: FIELDS.slice(0, 2) },
    ],
    'current-snapshot-id': `#${second}#`,
    snapshots: [
      snapshot(first, '2020-01-01', 0, 'old'),
      snapshot(second, '2020-01-03', 1, 'snap', { 'parent-snapshot-id': `#${first}#` }),
    ],
    'snapshot-log': [
      { 'snapshot-id': `#${first}#`, 'timestamp-ms': Date.parse('2020-01-01') },
      { 'snapshot-id': `#${second}#`, 'timestamp-ms': Date.parse('2020-01-03') },
    ],
  }
  await iceberg('past', FIELDS, [{ path: '1.parquet' }, { path: '2.parquet' }], change)
  const written = readFileSync(bed.path('past/metadata/v1.metadata.json'), 'utf8').replace(/"#(\d+)#"/g, '$1')
  await bed.put('past/metadata/v1.metadata.json', written)

  expect(await bed.rows('SELECT * FROM past ORDER BY id')).toEqual([
    ['1', null],
    ['2', 'b'],
  ])
  for (const then of [
    `TIMESTAMP AS OF TIMESTAMP '2020-01-02 00:00:00 UTC'`,
    `TIMESTAMP AS OF TIMESTAMP '2020-01-03 01:00:00 +02:00'`,
    `VERSION AS OF ${first}`,
  ])
    expect(await bed.rows(`SELECT * FROM past FOR ${then}`)).toEqual([['1']])
  const both = `SELECT count(*) FROM past FOR VERSION AS OF ${first} a RIGHT JOIN past b ON a.id = b.id WHERE a.id IS NULL`
  expect(await bed.rows(both)).toEqual([['1']])
  expect(await bed.failure(`SELECT * FROM past FOR TIMESTAMP AS OF TIMESTAMP '2019-01-01 00:00:00 UTC'`)).toMatch(
    /^INVALID_ARGUMENTS: No version history table "default"."past" at or before 2019/,
  )
  expect(await bed.failure('SELECT * FROM past FOR VERSION AS OF 1')).toBe(
    'INVALID_ARGUMENTS: Iceberg snapshot ID does not exists: 1',
  )
  expect(await bed.failure('SELECT * FROM past FOR TIMESTAMP AS OF current_timestamp')).toMatch(/^NOT_SUPPORTED/)

  expect(
    await bed.rows(
      `SELECT committed_at, snapshot_id, parent_id, operation, summary['added-records'] FROM "past$snapshots"`,
    ),
  ).toEqual([
    ['2020-01-01T00:00:00.000Z', first, null, 'append', '1'],
    ['2020-01-03T00:00:00.000Z', second, first, 'append', '1'],
  ])
  expect(await bed.rows(`SELECT snapshot_id, parent_id, is_current_ancestor FROM default."past$history"`)).toEqual([
    [first, null, true],
    [second, first, true],
  ])
  expect(await bed.failure('SELECT * FROM "past$files"')).toMatch(/^NOT_SUPPORTED: The metadata table \$files/)
})
