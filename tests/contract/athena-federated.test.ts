import {
  AthenaClient,
  GetTableMetadataCommand,
  ListDatabasesCommand,
  ListDataCatalogsCommand,
  ListTableMetadataCommand,
} from '@aws-sdk/client-athena'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engine as gate } from '../../src/engines/gate/engine.ts'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { sequenceNumber } from '../../src/engines/stream/sequence.ts'
import { engine as warehouse } from '../../src/engines/warehouse/engine.ts'
import { AthenaBed } from '../support/athena-bed.ts'
import { KEYS } from '../support/gate.ts'

let bed: AthenaBed

beforeAll(async () => {
  bed = await AthenaBed.start({
    beside: [stream, warehouse, gate],
    settings: { gate: { port: 0 } },
    fakes: { workspace: { credentials: async () => ({ ...KEYS, region: 'us-east-1' }) } },
  })
})
afterAll(async () => bed[Symbol.asyncDispose]())

async function put(records: readonly [key: string, data: string | Uint8Array][]) {
  const builder = new BatchBuilder()
  for (const [key, data] of records) builder.add(key, data)
  return bed.engines.clients.stream.put({ stream: 'Clicks', batch: builder.finish() })
}

it('reads tables of the warehouse beside those of the lake', async () => {
  const { warehouse: client } = bed.engines.clients
  const { statementId } = await client.startStatement({
    sql: `CREATE SCHEMA marts; CREATE TABLE marts.Cities (id int, name varchar(20)); INSERT INTO marts.cities VALUES (1, 'Bern'), (2, 'Rome')`,
  })
  for await (const _ of client.watchStatement({ statementId }));
  await bed.rows('CREATE TABLE visits AS SELECT 2 AS city, 10 AS n')
  expect(
    await bed.rows(
      `SELECT c.name, v.n FROM visits v JOIN "warehouse"."marts"."cities" c ON c.id = v.city WHERE c.name LIKE 'R%'`,
    ),
  ).toEqual([['Rome', 10]])
  expect(await bed.failure('SELECT * FROM warehouse.marts.nope')).toBe(
    "TABLE_NOT_FOUND: line 1:15: Table 'warehouse.marts.nope' does not exist",
  )
  expect(await bed.failure('SELECT * FROM warehouse.millrace.tables')).toMatch(/^TABLE_NOT_FOUND/)
  expect(await bed.failure('SELECT nope FROM warehouse.marts.cities')).toMatch(/^COLUMN_NOT_FOUND: line 1:8/)
})

it('reads what a stream keeps, as it is now, and counts the bytes', async () => {
  await bed.engines.clients.stream.createStream({ stream: 'Clicks', shardCount: 2, durability: 'memory' })
  expect(await bed.rows('SELECT count(*) FROM streams.default.clicks')).toEqual([['0']])
  await put([
    ['a', '{"n":1}'],
    ['b', '{"n":2}'],
    ['a', new Uint8Array([255])],
  ])
  const [first] =
    await bed.rows(`SELECT partition_key, json_extract_scalar(data, '$.n'), shard_id, sequence_number, arrival_time
    FROM "streams"."default"."clicks" WHERE partition_key = 'b'`)
  expect(first.slice(0, 2)).toEqual(['b', '2'])
  const { records } = await taken(String(first[2]))
  expect(records).toContain(first[3])
  expect(await bed.rows(`SELECT data, to_hex(data_bytes) FROM streams.default.clicks WHERE data IS NULL`)).toEqual([
    [null, 'FF'],
  ])
  await put([['c', 'x']])
  const query = await bed.run('SELECT count(*), count(DISTINCT sequence_number) FROM streams.default.clicks')
  expect((await bed.engines.clients.athena.results({ queryId: query.queryId })).values).toEqual([['4'], ['4']])
  expect(query.bytesScanned).toBeGreaterThanOrEqual(19)
  expect(await bed.failure('SELECT * FROM streams.other.clicks')).toMatch(
    /^TABLE_NOT_FOUND: line 1:15: Table 'streams.other.clicks'/,
  )
})

it('lists the catalogs, their databases and their tables to a stock client', async () => {
  const { url: endpoint } = await bed.engines.clients.gate.status({})
  const client = new AthenaClient({ endpoint, region: 'us-east-1', credentials: KEYS, maxAttempts: 1 })
  const { DataCatalogsSummary } = await client.send(new ListDataCatalogsCommand({}))
  expect(DataCatalogsSummary!.map(({ CatalogName, Type }) => [CatalogName, Type])).toEqual([
    ['AwsDataCatalog', 'GLUE'],
    ['streams', 'FEDERATED'],
    ['warehouse', 'FEDERATED'],
  ])
  const { DatabaseList } = await client.send(new ListDatabasesCommand({ CatalogName: 'warehouse' }))
  expect(DatabaseList!.map(({ Name }) => Name)).toEqual(['marts', 'public'])
  const tables = await client.send(new ListTableMetadataCommand({ CatalogName: 'streams', DatabaseName: 'default' }))
  expect(tables.TableMetadataList!.map(({ Name }) => Name)).toEqual(['clicks'])
  const cities = { CatalogName: 'warehouse', DatabaseName: 'marts', TableName: 'cities' }
  const { TableMetadata } = await client.send(new GetTableMetadataCommand(cities))
  expect(TableMetadata!.Columns!.map(({ Name }) => Name)).toEqual(['id', 'name'])
  await expect(client.send(new ListDatabasesCommand({ CatalogName: 'x' }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
  client.destroy()
})

/** Sequence numbers of a shard's records, as the stream's own AWS form has them. */
async function taken(shardId: string) {
  const { stream: client } = bed.engines.clients
  const { shards } = await client.describeStream({ stream: 'Clicks' })
  const shard = shards.find((one) => one.shardId === shardId)!
  const read = await client.read({ stream: 'Clicks', shardId, position: { type: 'TRIM_HORIZON' } })
  const startS = Math.floor(shard.createdMs / 1000)
  return {
    records: Array.from({ length: read.batch.count }, (_, i) =>
      sequenceNumber(shard.index, read.startOffset + i, startS, read.arrivals[i]),
    ),
  }
}
