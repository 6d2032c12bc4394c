import {
  BatchCreatePartitionCommand,
  BatchDeletePartitionCommand,
  BatchDeleteTableCommand,
  BatchGetPartitionCommand,
  BatchUpdatePartitionCommand,
  CreateConnectionCommand,
  CreateDatabaseCommand,
  CreatePartitionCommand,
  CreatePartitionIndexCommand,
  CreateTableCommand,
  CreateUserDefinedFunctionCommand,
  DeleteColumnStatisticsForTableCommand,
  DeletePartitionIndexCommand,
  DeleteTableVersionCommand,
  GetCatalogImportStatusCommand,
  GetColumnStatisticsForTableCommand,
  GetConnectionCommand,
  GetDatabaseCommand,
  GetPartitionCommand,
  GetPartitionIndexesCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GetTablesCommand,
  GetTableVersionCommand,
  GetTableVersionsCommand,
  GetTagsCommand,
  GetUserDefinedFunctionsCommand,
  GlueClient,
  SearchTablesCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateColumnStatisticsForTableCommand,
  UpdateDatabaseCommand,
  UpdatePartitionCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-glue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { partitionPredicate } from '../../src/engines/catalog/expression.ts'
import { PartitionStore } from '../../src/engines/catalog/partition-store.ts'
import { CatalogStore } from '../../src/engines/catalog/store.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { fakeLake } from '../support/lake.ts'

let gate: TestGate
let glue: GlueClient
const DatabaseName = 'shop'

beforeAll(async () => {
  gate = await startGate([catalog], { fakes: { lake: fakeLake(() => gate.engines.workspaceDirectory) } })
  glue = new GlueClient(gate.config)
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DatabaseName } }))
})
afterAll(async () => {
  glue.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

const orders = {
  Name: 'orders',
  Owner: 'hadoop',
  Retention: 7,
  TableType: 'EXTERNAL_TABLE',
  Parameters: { classification: 'csv' },
  PartitionKeys: [
    { Name: 'year', Type: 'int' },
    { Name: 'country', Type: 'string', Comment: 'ISO 3166' },
  ],
  StorageDescriptor: {
    Columns: [
      { Name: 'id', Type: 'bigint', Parameters: { origin: 'erp' } },
      { Name: 'paid', Type: 'decimal(10,2)' },
    ],
    Location: 's3://shop/orders/',
    InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    NumberOfBuckets: 4,
    BucketColumns: ['id'],
    SortColumns: [{ Column: 'id', SortOrder: 1 }],
    SerdeInfo: {
      Name: 'lines',
      SerializationLibrary: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
      Parameters: { 'field.delim': ';', 'my.own': 'x' },
    },
  },
}
const ofOrders = { DatabaseName, TableName: 'orders' }
const values = (partitions: { Values?: string[] | undefined }[] = []) =>
  partitions.map(({ Values }) => Values!.join('/'))

describe('databases and tables', () => {
  it('keeps what a client says of a database, and changes it', async () => {
    const given = { Name: DatabaseName, Description: 'sales', LocationUri: 's3://shop/', Parameters: { team: 'a' } }
    await glue.send(new UpdateDatabaseCommand({ Name: DatabaseName, DatabaseInput: given }))
    const { Database } = await glue.send(new GetDatabaseCommand({ Name: 'SHOP' }))
    expect(Database).toMatchObject(given)
    const renamed = new UpdateDatabaseCommand({ Name: DatabaseName, DatabaseInput: { Name: 'other' } })
    await expect(glue.send(renamed)).rejects.toMatchObject({ name: 'InvalidInputException' })
  })

  it('gives a table back as it came, by name and by version', async () => {
    await glue.send(new CreateTableCommand({ DatabaseName, TableInput: orders }))
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName, Name: 'orders' }))
    expect(Table).toMatchObject(orders)
    expect(Table).toMatchObject({ VersionId: '0', CatalogId: '000000000000' })
    const TableInput = { ...orders, Description: 'all of them' }
    await glue.send(new UpdateTableCommand({ DatabaseName, TableInput, VersionId: '0' }))
    const stale = new UpdateTableCommand({ DatabaseName, TableInput, VersionId: '0' })
    await expect(glue.send(stale)).rejects.toMatchObject({ name: 'ConcurrentModificationException' })
    await glue.send(new UpdateTableCommand({ DatabaseName, TableInput, SkipArchive: true }))
    const { TableVersions } = await glue.send(new GetTableVersionsCommand(ofOrders))
    // Version 1 was not kept, since the update that followed skipped the archive.
    expect(TableVersions!.map(({ VersionId }) => VersionId)).toEqual(['2', '0'])
    const first = await glue.send(new GetTableVersionCommand({ ...ofOrders, VersionId: '0' }))
    expect(first.TableVersion!.Table!.Description).toBeUndefined()
    const current = new DeleteTableVersionCommand({ ...ofOrders, VersionId: '2' })
    await expect(glue.send(current)).rejects.toMatchObject({ name: 'InvalidInputException' })
    await glue.send(new DeleteTableVersionCommand({ ...ofOrders, VersionId: '0' }))
    const left = await glue.send(new GetTableVersionsCommand({ ...ofOrders, MaxResults: 1 }))
    expect(left.TableVersions).toHaveLength(1)
    expect(left.NextToken).toBeUndefined()
  })

  it('lists by pattern in pages, and finds by words, filters and order', async () => {
    for (const Name of ['returns', 'order_lines'])
      await glue.send(new CreateTableCommand({ DatabaseName, TableInput: { ...orders, Name, PartitionKeys: [] } }))
    const page = await glue.send(new GetTablesCommand({ DatabaseName, Expression: 'order*', MaxResults: 1 }))
    expect(page.TableList!.map(({ Name }) => Name)).toEqual(['order_lines'])
    const rest = await glue.send(
      new GetTablesCommand({ DatabaseName, Expression: 'order*', NextToken: page.NextToken }),
    )
    expect(rest.TableList!.map(({ Name }) => Name)).toEqual(['orders'])
    const found = await glue.send(
      new SearchTablesCommand({
        SearchText: 'paid',
        Filters: [{ Key: 'DatabaseName', Value: 'shop', Comparator: 'EQUALS' }],
        SortCriteria: [{ FieldName: 'Name', Sort: 'DESC' }],
      }),
    )
    expect(found.TableList!.map(({ Name }) => Name)).toEqual(['returns', 'orders', 'order_lines'])
    const gone = await glue.send(
      new BatchDeleteTableCommand({ DatabaseName, TablesToDelete: ['returns', 'order_lines', 'never'] }),
    )
    expect(gone.Errors).toMatchObject([{ TableName: 'never', ErrorDetail: { ErrorCode: 'EntityNotFoundException' } }])
  })

  it('refuses by name what it does not honour, and words of the model', async () => {
    const refused = [
      new CreateTableCommand({ DatabaseName, TableInput: orders, TransactionId: 't1' }),
      new CreateTableCommand({ DatabaseName, TableInput: { ...orders, TargetTable: { Name: 'x' } } }),
      new GetTableCommand({ DatabaseName, Name: 'orders', QueryAsOfTime: new Date(0) }),
    ]
    for (const command of refused)
      await expect(glue.send(command as GetTableCommand)).rejects.toMatchObject({
        name: 'InvalidInputException',
        message: expect.stringMatching(/not supported by Millrace/),
      })
    await expect(glue.send(new GetTablesCommand({ DatabaseName, MaxResults: 101 }))).rejects.toThrow(
      /Value '101' at 'maxResults' failed to satisfy constraint/,
    )
    await expect(glue.send(new GetTablesCommand({ DatabaseName, NextToken: 'nonsense' }))).rejects.toMatchObject({
      name: 'InvalidInputException',
    })
  })
})

describe('partitions', () => {
  const partition = (year: number, country: string) => ({
    Values: [String(year), country],
    Parameters: { rows: '3' },
    StorageDescriptor: { ...orders.StorageDescriptor, Location: `s3://shop/orders/${year}/${country}/` },
  })
  const find = async (Expression: string) =>
    values((await glue.send(new GetPartitionsCommand({ ...ofOrders, Expression }))).Partitions)

  it('creates many, tells which were there, and gives them back as they came', async () => {
    const all = [9, 10, 2024].flatMap((year) => ['at', 'de', 'it'].map((country) => partition(year, country)))
    const made = await glue.send(new BatchCreatePartitionCommand({ ...ofOrders, PartitionInputList: all }))
    expect(made.Errors).toEqual([])
    await expect(glue.send(new CreatePartitionCommand({ ...ofOrders, PartitionInput: all[0] }))).rejects.toMatchObject({
      name: 'AlreadyExistsException',
    })
    const again = await glue.send(new BatchCreatePartitionCommand({ ...ofOrders, PartitionInputList: [all[0]] }))
    expect(again.Errors).toMatchObject([{ ErrorDetail: { ErrorCode: 'AlreadyExistsException' } }])
    const got = await glue.send(new GetPartitionCommand({ ...ofOrders, PartitionValues: ['9', 'at'] }))
    expect(got.Partition).toMatchObject(partition(9, 'at'))
    const some = await glue.send(
      new BatchGetPartitionCommand({ ...ofOrders, PartitionsToGet: [{ Values: ['9', 'it'] }, { Values: ['1', 'x'] }] }),
    )
    expect(values(some.Partitions)).toEqual(['9/it'])
  })

  it('finds by expression, numbers as numbers', async () => {
    expect(await find("year < 11 AND country = 'at'")).toEqual(['10/at', '9/at'])
    expect(await find("(year = 9 OR year = 2024) AND country IN ('de', 'it')")).toEqual([
      '2024/de',
      '2024/it',
      '9/de',
      '9/it',
    ])
    expect(await find("year BETWEEN 9 AND 10 AND country LIKE 'd%'")).toEqual(['10/de', '9/de'])
    expect(await find("country LIKE '_e' AND country NOT LIKE 'D%' AND year LIKE '1_'")).toEqual(['10/de'])
    expect(await find("NOT (country = 'at') AND year > 2000")).toEqual(['2024/de', '2024/it'])
    expect(await find("country not in ('at','de') and year >= '2024'")).toEqual(['2024/it'])
    await expect(find('month = 3')).rejects.toMatchObject({ name: 'InvalidInputException' })
    await expect(find('year = ')).rejects.toMatchObject({ name: 'InvalidInputException' })
    await expect(find("year = 'nine'")).rejects.toMatchObject({ name: 'InvalidInputException' })
  })

  it('cuts into segments that hold each partition once, and into pages', async () => {
    const parts = await Promise.all(
      [0, 1, 2].map((SegmentNumber) =>
        glue.send(new GetPartitionsCommand({ ...ofOrders, Segment: { SegmentNumber, TotalSegments: 3 } })),
      ),
    )
    const all = parts.flatMap(({ Partitions }) => values(Partitions))
    expect(all).toHaveLength(9)
    expect(new Set(all).size).toBe(9)
    const paged: string[] = []
    let NextToken: string | undefined
    do {
      const page = await glue.send(
        new GetPartitionsCommand({ ...ofOrders, Expression: 'year > 9', MaxResults: 4, NextToken }),
      )
      paged.push(...values(page.Partitions))
      NextToken = page.NextToken
    } while (NextToken)
    expect(paged).toEqual(['10/at', '10/de', '10/it', '2024/at', '2024/de', '2024/it'])
  })

  it('has indexes that the store finds partitions by', async () => {
    const PartitionIndex = { IndexName: 'by_country', Keys: ['country', 'year'] }
    await glue.send(new CreatePartitionIndexCommand({ ...ofOrders, PartitionIndex }))
    const { PartitionIndexDescriptorList } = await glue.send(new GetPartitionIndexesCommand(ofOrders))
    expect(PartitionIndexDescriptorList).toEqual([
      {
        IndexName: 'by_country',
        IndexStatus: 'ACTIVE',
        Keys: [
          { Name: 'country', Type: 'string' },
          { Name: 'year', Type: 'int' },
        ],
      },
    ])
    expect(await find("country = 'it' AND year > 9")).toEqual(['10/it', '2024/it'])
    const unknown = { ...ofOrders, PartitionIndex: { IndexName: 'x', Keys: ['id'] } }
    await expect(glue.send(new CreatePartitionIndexCommand(unknown))).rejects.toMatchObject({
      name: 'InvalidInputException',
    })
    await glue.send(new DeletePartitionIndexCommand({ ...ofOrders, IndexName: 'by_country' }))
    expect(await find("country = 'it' AND year > 9")).toEqual(['10/it', '2024/it'])
  })

  it('changes and deletes them, one and many', async () => {
    const PartitionInput = { ...partition(9, 'fr'), Parameters: { rows: '4' } }
    await glue.send(new UpdatePartitionCommand({ ...ofOrders, PartitionValueList: ['9', 'it'], PartitionInput }))
    const moved = await glue.send(new GetPartitionCommand({ ...ofOrders, PartitionValues: ['9', 'fr'] }))
    expect(moved.Partition!.Parameters).toEqual({ rows: '4' })
    const many = await glue.send(
      new BatchUpdatePartitionCommand({
        ...ofOrders,
        Entries: [
          { PartitionValueList: ['10', 'at'], PartitionInput: { ...partition(10, 'at'), Parameters: { seen: 'yes' } } },
          { PartitionValueList: ['1', 'at'], PartitionInput: partition(1, 'at') },
        ],
      }),
    )
    expect(many.Errors).toMatchObject([
      { PartitionValueList: ['1', 'at'], ErrorDetail: { ErrorCode: 'EntityNotFoundException' } },
    ])
    const gone = await glue.send(
      new BatchDeletePartitionCommand({
        ...ofOrders,
        PartitionsToDelete: [{ Values: ['9', 'fr'] }, { Values: ['9', 'fr'] }],
      }),
    )
    expect(gone.Errors).toHaveLength(1)
    expect(await find('year = 9')).toEqual(['9/at', '9/de'])
  })
})

describe('what is kept beside tables', () => {
  it('functions of a database, by pattern', async () => {
    const FunctionInput = {
      FunctionName: 'Mask',
      ClassName: 'org.example.Mask',
      OwnerName: 'me',
      OwnerType: 'USER' as const,
    }
    await glue.send(new CreateUserDefinedFunctionCommand({ DatabaseName, FunctionInput }))
    await expect(
      glue.send(new CreateUserDefinedFunctionCommand({ DatabaseName, FunctionInput })),
    ).rejects.toMatchObject({ name: 'AlreadyExistsException' })
    const { UserDefinedFunctions } = await glue.send(
      new GetUserDefinedFunctionsCommand({ DatabaseName, Pattern: 'm*' }),
    )
    expect(UserDefinedFunctions).toMatchObject([{ FunctionName: 'mask', ClassName: 'org.example.Mask', DatabaseName }])
  })

  it('connections, whose passwords can be hidden, and tags', async () => {
    const ConnectionInput = {
      Name: 'erp',
      ConnectionType: 'JDBC' as const,
      ConnectionProperties: { JDBC_CONNECTION_URL: 'jdbc:postgresql://erp/x', USERNAME: 'u', PASSWORD: 'p' },
    }
    await glue.send(new CreateConnectionCommand({ ConnectionInput, Tags: { team: 'a' } }))
    const { Connection } = await glue.send(new GetConnectionCommand({ Name: 'erp', HidePassword: true }))
    expect(Connection!.ConnectionProperties).toEqual({ JDBC_CONNECTION_URL: 'jdbc:postgresql://erp/x', USERNAME: 'u' })
    const ResourceArn = 'arn:aws:glue:us-east-1:000000000000:connection/erp'
    await glue.send(new TagResourceCommand({ ResourceArn, TagsToAdd: { cost: '7' } }))
    await glue.send(new UntagResourceCommand({ ResourceArn, TagsToRemove: ['team'] }))
    expect((await glue.send(new GetTagsCommand({ ResourceArn }))).Tags).toEqual({ cost: '7' })
    await expect(glue.send(new GetTagsCommand({ ResourceArn: `${ResourceArn}x` }))).rejects.toMatchObject({
      name: 'EntityNotFoundException',
    })
  })

  it('column statistics, with numbers, times and bytes as they came', async () => {
    const statistics = {
      ColumnName: 'paid',
      ColumnType: 'decimal(10,2)',
      AnalyzedTime: new Date(1_700_000_000_000),
      StatisticsData: {
        Type: 'DECIMAL' as const,
        DecimalColumnStatisticsData: {
          MinimumValue: { UnscaledValue: new Uint8Array([1, 255]), Scale: 2 },
          NumberOfNulls: 3,
          NumberOfDistinctValues: 12,
        },
      },
    }
    const { Errors } = await glue.send(
      new UpdateColumnStatisticsForTableCommand({
        ...ofOrders,
        ColumnStatisticsList: [statistics, { ...statistics, ColumnName: 'nix' }],
      }),
    )
    expect(Errors).toMatchObject([{ Error: { ErrorCode: 'EntityNotFoundException' } }])
    const got = await glue.send(new GetColumnStatisticsForTableCommand({ ...ofOrders, ColumnNames: ['paid', 'id'] }))
    expect(got.ColumnStatisticsList).toMatchObject([{ ...statistics, StatisticsData: { Type: 'DECIMAL' } }])
    const { UnscaledValue } = got.ColumnStatisticsList![0].StatisticsData!.DecimalColumnStatisticsData!.MinimumValue!
    expect([...UnscaledValue!]).toEqual([1, 255])
    expect(got.Errors).toMatchObject([{ ColumnName: 'id' }])
    await glue.send(new DeleteColumnStatisticsForTableCommand({ ...ofOrders, ColumnName: 'paid' }))
    const gone = await glue.send(new GetColumnStatisticsForTableCommand({ ...ofOrders, ColumnNames: ['paid'] }))
    expect(gone.ColumnStatisticsList).toEqual([])
  })

  it('says that there is nothing left to import', async () => {
    expect((await glue.send(new GetCatalogImportStatusCommand({}))).ImportStatus).toEqual({ ImportCompleted: true })
  })
})

it('finds partitions by an index of SQLite where the keys have one', () => {
  const store = new CatalogStore(gate.engines.workspaceDirectory)
  const table = {
    database: 'd',
    name: "it's",
    columns: [],
    partitionKeys: [
      { name: 'year', type: 'int' },
      { name: 'day', type: 'date' },
    ],
    location: 's3://b/t/',
    format: 'csv' as const,
    parameters: {},
    createdMs: 0,
    updatedMs: 0,
    versionId: 0,
  }
  store.putDatabase({ name: 'd', createdMs: 0 })
  store.putTable(table)
  const partitions = new PartitionStore(store.db)
  partitions.createIndex(table, { name: 'i', keys: ['day', 'year'] })
  const plan = (expression: string) => partitions.plan(table, partitionPredicate(expression, table.partitionKeys))
  expect(plan("day = '2024-01-01' AND year > 3")).toMatch(
    /SEARCH partitions USING INDEX partition_index_1 \(<expr>=\? AND <expr>>\?\)/,
  )
  expect(plan('year = 3')).not.toMatch(/partition_index_1 \(/)
  store.close()
})
