import {
  BatchCreatePartition$,
  type BatchCreatePartitionRequest,
  type BatchCreatePartitionResponse,
  CreateDatabase$,
  type CreateDatabaseRequest,
  type CreateDatabaseResponse,
  CreatePartition$,
  type CreatePartitionRequest,
  type CreatePartitionResponse,
  CreateTable$,
  type CreateTableRequest,
  type CreateTableResponse,
  DeleteDatabase$,
  type DeleteDatabaseRequest,
  type DeleteDatabaseResponse,
  DeletePartition$,
  type DeletePartitionRequest,
  type DeletePartitionResponse,
  DeleteTable$,
  type DeleteTableRequest,
  type DeleteTableResponse,
  GetDatabase$,
  type GetDatabaseRequest,
  type GetDatabaseResponse,
  GetDatabases$,
  type GetDatabasesRequest,
  type GetDatabasesResponse,
  GetPartition$,
  type GetPartitionRequest,
  type GetPartitionResponse,
  GetPartitions$,
  type GetPartitionsRequest,
  type GetPartitionsResponse,
  GetTable$,
  type GetTableRequest,
  type GetTableResponse,
  GetTables$,
  type GetTablesRequest,
  type GetTablesResponse,
  type PartitionInput,
  UpdateTable$,
  type UpdateTableRequest,
  type UpdateTableResponse,
} from '@aws-sdk/client-glue'
import type { Clients } from '../contract.ts'
import { defineService, operationsOf } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { partitionToGlue, tableOfGlue, tableToGlue } from './aws-shapes.ts'
import type { CatalogTable } from './contract.ts'
import { alreadyExists, invalid, notFound } from './model.ts'

type Reach = { clients: Pick<Clients, 'catalog'> }

const operation = operationsOf<Pick<Clients, 'catalog'>>()

/** Refuses members that would change what a request means. */
function refuse(input: object, ...members: string[]): void {
  for (const member of members) {
    if ((input as Record<string, unknown>)[member] !== undefined)
      throw invalid(`${member} is not supported by Millrace`)
  }
}

/** Page tokens are the number of the next item. */
function page<T>(all: readonly T[], token: string | undefined, size: number): { items: T[]; NextToken?: string } {
  const start = Number(token ?? 0)
  if (!Number.isSafeInteger(start) || start < 0) throw invalid('NextToken is not valid')
  const end = start + size
  return { items: all.slice(start, end), ...(end < all.length && { NextToken: String(end) }) }
}

const CreateDatabase = operation<CreateDatabaseRequest, CreateDatabaseResponse>({
  schema: CreateDatabase$,
  async run(input, { clients }) {
    const given = input.DatabaseInput!
    refuse(given, 'TargetDatabase', 'FederatedDatabase')
    await clients.catalog.createDatabase({
      database: given.Name!,
      ...(given.Description !== undefined && { description: given.Description }),
      ...(given.LocationUri !== undefined && { location: given.LocationUri }),
    })
    return {}
  },
})

async function databases({ clients }: Reach) {
  const all = await clients.catalog.listDatabases({})
  return all.map(({ name, description, location, createdMs }) => ({
    Name: name,
    Description: description,
    LocationUri: location,
    CreateTime: new Date(createdMs),
    CatalogId: '000000000000',
  }))
}

const GetDatabase = operation<GetDatabaseRequest, GetDatabaseResponse>({
  schema: GetDatabase$,
  async run({ Name }, context) {
    const found = (await databases(context)).find((database) => database.Name === Name!.toLowerCase())
    if (!found) throw notFound(`Database ${Name!.toLowerCase()} not found.`)
    return { Database: found }
  },
})

const GetDatabases = operation<GetDatabasesRequest, GetDatabasesResponse>({
  schema: GetDatabases$,
  constraints: { MaxResults: { range: [1, 100] } },
  async run({ NextToken, MaxResults = 100 }, context) {
    const { items, ...next } = page(await databases(context), NextToken, MaxResults)
    return { DatabaseList: items, ...next }
  },
})

const DeleteDatabase = operation<DeleteDatabaseRequest, DeleteDatabaseResponse>({
  schema: DeleteDatabase$,
  async run({ Name }, { clients }) {
    await clients.catalog.deleteDatabase({ database: Name! })
    return {}
  },
})

const CreateTable = operation<CreateTableRequest, CreateTableResponse>({
  schema: CreateTable$,
  async run(input, { clients }) {
    refuse(input, 'PartitionIndexes', 'OpenTableFormatInput', 'TransactionId')
    await clients.catalog.createTable(tableOfGlue(input.DatabaseName!, input.TableInput!))
    return {}
  },
})

const UpdateTable = operation<UpdateTableRequest, UpdateTableResponse>({
  schema: UpdateTable$,
  async run(input, { clients }) {
    refuse(input, 'UpdateOpenTableFormatInput', 'TransactionId', 'ViewUpdateAction')
    const table = tableOfGlue(input.DatabaseName!, input.TableInput!)
    if (input.VersionId !== undefined) {
      const old = await clients.catalog.getTable({ database: table.database, table: table.name })
      if (String(old.versionId) !== input.VersionId) {
        throw new EngineError('ConcurrentModificationException', `Table ${old.name} is at version ${old.versionId}.`)
      }
    }
    await clients.catalog.updateTable(table)
    return {}
  },
})

const GetTable = operation<GetTableRequest, GetTableResponse>({
  schema: GetTable$,
  async run(input, { clients }) {
    refuse(input, 'TransactionId', 'QueryAsOfTime')
    return { Table: tableToGlue(await clients.catalog.getTable({ database: input.DatabaseName!, table: input.Name! })) }
  },
})

const GetTables = operation<GetTablesRequest, GetTablesResponse>({
  schema: GetTables$,
  constraints: { MaxResults: { range: [1, 100] } },
  async run(input, { clients }) {
    refuse(input, 'TransactionId', 'QueryAsOfTime')
    const pattern = input.Expression === undefined ? undefined : new RegExp(`^(?:${input.Expression})$`, 'i')
    const tables = await clients.catalog.listTables({ database: input.DatabaseName! })
    const matching = tables.filter((table) => !pattern || pattern.test(table.name))
    const { items, ...next } = page(matching, input.NextToken, input.MaxResults ?? 100)
    return { TableList: items.map(tableToGlue), ...next }
  },
})

const DeleteTable = operation<DeleteTableRequest, DeleteTableResponse>({
  schema: DeleteTable$,
  async run({ DatabaseName, Name }, { clients }) {
    await clients.catalog.deleteTable({ database: DatabaseName!, table: Name! })
    return {}
  },
})

async function addPartition(table: CatalogTable, input: PartitionInput, { clients }: Reach): Promise<boolean> {
  const values = input.Values ?? []
  const folder = table.partitionKeys.map((key, i) => `${key.name}=${encodeURIComponent(values[i] ?? '')}/`).join('')
  const location = input.StorageDescriptor?.Location ?? `${table.location}${folder}`
  const where = { database: table.database, table: table.name }
  const { added } = await clients.catalog.addPartitions({ ...where, partitions: [{ values, location }] })
  return added > 0
}

const CreatePartition = operation<CreatePartitionRequest, CreatePartitionResponse>({
  schema: CreatePartition$,
  async run({ DatabaseName, TableName, PartitionInput }, context) {
    const table = await context.clients.catalog.getTable({ database: DatabaseName!, table: TableName! })
    if (!(await addPartition(table, PartitionInput!, context))) throw alreadyExists('Partition')
    return {}
  },
})

const BatchCreatePartition = operation<BatchCreatePartitionRequest, BatchCreatePartitionResponse>({
  schema: BatchCreatePartition$,
  constraints: { PartitionInputList: { length: [0, 100] } },
  async run({ DatabaseName, TableName, PartitionInputList }, context) {
    const table = await context.clients.catalog.getTable({ database: DatabaseName!, table: TableName! })
    const Errors = []
    for (const input of PartitionInputList!) {
      try {
        if (!(await addPartition(table, input, context))) throw alreadyExists('Partition')
      } catch (thrown) {
        const { code, message } = EngineError.from(thrown)
        Errors.push({ PartitionValues: input.Values, ErrorDetail: { ErrorCode: code, ErrorMessage: message } })
      }
    }
    return { Errors }
  },
})

async function partitionsOf(database: string, name: string, { clients }: Reach) {
  const table = await clients.catalog.getTable({ database, table: name })
  const partitions = await clients.catalog.listPartitions({ database: table.database, table: table.name })
  return { table, partitions }
}

const GetPartition = operation<GetPartitionRequest, GetPartitionResponse>({
  schema: GetPartition$,
  async run({ DatabaseName, TableName, PartitionValues }, context) {
    const { table, partitions } = await partitionsOf(DatabaseName!, TableName!, context)
    const found = partitions.find(({ values }) => values.join('\0') === PartitionValues!.join('\0'))
    if (!found) throw notFound(`Partition [${PartitionValues!.join(', ')}] not found.`)
    return { Partition: partitionToGlue(table, found) }
  },
})

const GetPartitions = operation<GetPartitionsRequest, GetPartitionsResponse>({
  schema: GetPartitions$,
  constraints: { MaxResults: { range: [1, 1000] } },
  async run(input, context) {
    refuse(input, 'Expression', 'Segment', 'TransactionId', 'QueryAsOfTime')
    const { table, partitions } = await partitionsOf(input.DatabaseName!, input.TableName!, context)
    const { items, ...next } = page(partitions, input.NextToken, input.MaxResults ?? 1000)
    return { Partitions: items.map((partition) => partitionToGlue(table, partition)), ...next }
  },
})

const DeletePartition = operation<DeletePartitionRequest, DeletePartitionResponse>({
  schema: DeletePartition$,
  async run({ DatabaseName, TableName, PartitionValues }, { clients }) {
    await clients.catalog.deletePartitions({ database: DatabaseName!, table: TableName!, values: [PartitionValues!] })
    return {}
  },
})

export const service = defineService({
  name: 'Glue',
  protocol: 'awsJson1_1',
  validationCode: 'InvalidInputException',
  messageMember: 'Message',
  operations: {
    CreateDatabase,
    GetDatabase,
    GetDatabases,
    DeleteDatabase,
    CreateTable,
    UpdateTable,
    GetTable,
    GetTables,
    DeleteTable,
    CreatePartition,
    BatchCreatePartition,
    GetPartition,
    GetPartitions,
    DeletePartition,
  },
})
