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
  await expect(
    athena.send(new StartQueryExecutionCommand({ QueryString: 'SELECT ?', ExecutionParameters: ['1'] })),
  ).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await expect(athena.send(new GetQueryExecutionCommand({ QueryExecutionId: 'nix' }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
})
