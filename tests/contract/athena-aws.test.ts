import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  ListTableMetadataCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import {
  BatchCreatePartitionCommand,
  CreateDatabaseCommand,
  CreateTableCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GlueClient,
} from '@aws-sdk/client-glue'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engine as athenaEngine } from '../../src/engines/athena/engine.ts'
import { engine as catalogEngine } from '../../src/engines/catalog/engine.ts'
import { engine as lakeEngine } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

let gate: TestGate
let glue: GlueClient
let athena: AthenaClient

beforeAll(async () => {
  gate = await startGate([lakeEngine, catalogEngine, athenaEngine])
  glue = new GlueClient(gate.config)
  athena = new AthenaClient(gate.config)
})
afterAll(async () => {
  glue.destroy()
  athena.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

async function query(QueryString: string) {
  const { QueryExecutionId } = await athena.send(new StartQueryExecutionCommand({ QueryString }))
  for await (const _ of gate.engines.clients.athena.watchQuery({ queryId: QueryExecutionId! }));
  return (await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution!
}

it('makes a table with a stock Glue client and queries it with a stock Athena client', async () => {
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'Sales' } }))
  const TableInput = {
    Name: 'orders',
    PartitionKeys: [{ Name: 'day', Type: 'string' }],
    StorageDescriptor: {
      Columns: [
        { Name: 'id', Type: 'int' },
        { Name: 'price', Type: 'decimal(10,2)' },
      ],
      Location: 's3://shop/orders/',
      SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe' },
    },
  }
  await glue.send(new CreateTableCommand({ DatabaseName: 'sales', TableInput }))
  await expect(glue.send(new CreateTableCommand({ DatabaseName: 'sales', TableInput }))).rejects.toMatchObject({
    name: 'AlreadyExistsException',
  })
  await expect(glue.send(new GetTableCommand({ DatabaseName: 'sales', Name: 'x' }))).rejects.toMatchObject({
    name: 'EntityNotFoundException',
  })
  const { lake } = gate.engines.clients
  await lake.createBucket({ bucket: 'shop' })
  const body = new TextEncoder().encode('{"id":1,"price":"1.50"}\n{"id":2,"price":2.25}\n')
  await lake.putObject({ bucket: 'shop', key: 'orders/day=1/a.json', body })
  const added = await glue.send(
    new BatchCreatePartitionCommand({
      DatabaseName: 'sales',
      TableName: 'orders',
      PartitionInputList: [{ Values: ['1'] }],
    }),
  )
  expect(added.Errors).toEqual([])
  const { Partitions } = await glue.send(new GetPartitionsCommand({ DatabaseName: 'sales', TableName: 'orders' }))
  expect(Partitions?.[0]).toMatchObject({ Values: ['1'], StorageDescriptor: { Location: 's3://shop/orders/day=1/' } })

  const run = await query('SELECT id, price, day FROM sales.orders ORDER BY id')
  expect(run).toMatchObject({
    Status: { State: 'SUCCEEDED' },
    StatementType: 'DML',
    Statistics: { DataScannedInBytes: 46 },
  })
  expect(run.ResultConfiguration?.OutputLocation).toBe(`s3://athena-results/${run.QueryExecutionId}.csv`)
  const file = await lake.getObject({ bucket: 'athena-results', key: `${run.QueryExecutionId}.csv` })
  expect(new TextDecoder().decode(file.body)).toBe('"id","price","day"\n"1","1.50","1"\n"2","2.25","1"\n')

  const QueryExecutionId = run.QueryExecutionId
  const first = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, MaxResults: 2 }))
  const text = (page: typeof first) => page.ResultSet!.Rows!.map((row) => row.Data!.map((datum) => datum.VarCharValue))
  expect(text(first)).toEqual([
    ['id', 'price', 'day'],
    ['1', '1.50', '1'],
  ])
  expect(first.ResultSet!.ResultSetMetadata!.ColumnInfo![1]).toMatchObject({ Type: 'decimal', Precision: 10, Scale: 2 })
  const second = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken: first.NextToken! }))
  expect(text(second)).toEqual([['2', '2.25', '1']])
  expect(second.NextToken).toBeUndefined()
  const tables = await athena.send(
    new ListTableMetadataCommand({ CatalogName: 'AwsDataCatalog', DatabaseName: 'sales' }),
  )
  expect(tables.TableMetadataList?.map((table) => table.Name)).toEqual(['orders'])
})

it('says what failed, and refuses what it does not honour', async () => {
  const failed = await query('SELECT nope FROM sales.orders')
  expect(failed.Status).toMatchObject({
    State: 'FAILED',
    StateChangeReason: "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved",
  })
  await expect(
    athena.send(new StartQueryExecutionCommand({ QueryString: 'SELECT 1', WorkGroup: 'x' })),
  ).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await expect(athena.send(new GetQueryExecutionCommand({ QueryExecutionId: 'nix' }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
    AthenaErrorCode: 'QUERY_EXECUTION_NOT_FOUND',
  })
})

it('writes values as Athena does, in the file as in the page', async () => {
  const sql = `SELECT 8e0 a, 1e20 b, 1e-7 c, cast('0.1' AS real) d, 12345678.9e0 e, -0.00012e0 f, 1e0 / 0 g, 10000000e0 h, ARRAY[1, 2, null] i,
    MAP(ARRAY['a'], ARRAY[1]) j, cast(row(1, 'x') AS row(a integer, b varchar)) k, x'41fF' l, ARRAY[1e7] m,
    interval '1' day o, interval '1' month p, timestamp '2001-01-02 00:00:00' - timestamp '2001-01-03 01:02:03.004' q,
    date '2001-01-03' - date '2001-01-01' r, timestamp '2001-01-01 00:00:00 UTC' s, cast(null AS double) t`
  const values = `8.0|1.0E20|1.0E-7|0.1|1.23456789E7|-1.2E-4|Infinity|1.0E7|[1, 2, null]|{a=1}|{a=1, b=x}|41 ff|[1.0E7]
1 00:00:00.000|0-1|-1 01:02:03.004|2 00:00:00.000|2001-01-01 00:00:00.000 UTC`.split(/[|\n]/)
  const { QueryExecutionId, Status } = await query(sql)
  expect(Status?.StateChangeReason).toBeUndefined()
  const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }))
  expect(page.ResultSet!.Rows![1].Data!.map((datum) => datum.VarCharValue)).toEqual([...values, undefined])
  const { lake } = gate.engines.clients
  const file = await lake.getObject({ bucket: 'athena-results', key: `${QueryExecutionId}.csv` })
  const line = new TextDecoder().decode(file.body).split('\n')[1]
  expect(line).toBe(`${values.map((value) => `"${value}"`).join(',')},`)
  const { columns, values: cells } = await gate.engines.clients.athena.preview({
    sql: `SELECT interval '30' hour AS a`,
  })
  expect([columns[0].declared, cells]).toEqual(['interval day to second', [['1 06:00:00.000']]])
})

it('refuses at once what cannot be read, and says how a query ended that has no rows', async () => {
  const start = (QueryString: string) => athena.send(new StartQueryExecutionCommand({ QueryString }))
  await expect(start('selec 1')).rejects.toMatchObject({
    name: 'InvalidRequestException',
    AthenaErrorCode: 'MALFORMED_QUERY',
    message: expect.stringMatching(/^line 1:1: mismatched input 'selec'\. Expecting: /),
  })
  await expect(start(`EXPLAIN\nSELECT REAL '1.1', a::varchar FROM t`)).rejects.toMatchObject({
    AthenaErrorCode: 'MALFORMED_QUERY',
    message: expect.stringMatching(/^line 2:21: mismatched input '::'/),
  })
  await expect(start('EXPLAIN\nSELECT FROM t WHERE')).rejects.toMatchObject({
    AthenaErrorCode: 'MALFORMED_QUERY',
    message: expect.stringMatching(/^line 2:15: mismatched input /),
  })
  const typed = await query(`SELECT REAL '1.5', DOUBLE '1.5', BIGINT '5', VARCHAR 'x', 0x1F`)
  expect(typed.Status?.State).toBe('SUCCEEDED')
  const { QueryExecutionId } = await query('SELECT 1 / 0')
  await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: 'Query did not finish successfully. Final query state: FAILED',
  })
  const many = 'UNNEST(sequence(1, 20000))'
  const endless = `SELECT count(*) FROM ${many} a(x) CROSS JOIN ${many} b(y) CROSS JOIN ${many} c(z) WHERE (x * y + z) % 7 = 3`
  const { QueryExecutionId: queryId } = await start(endless)
  await expect(athena.send(new GetQueryResultsCommand({ QueryExecutionId: queryId }))).rejects.toMatchObject({
    message: expect.stringMatching(/^Query has not yet finished\. Current state: (QUEUED|RUNNING)$/),
  })
  await gate.engines.clients.athena.stopQuery({ queryId: queryId! })
})
