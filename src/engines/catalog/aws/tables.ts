import {
  BatchDeleteTable$,
  type BatchDeleteTableRequest,
  type BatchDeleteTableResponse,
  CreateTable$,
  type CreateTableRequest,
  type CreateTableResponse,
  DeleteTable$,
  type DeleteTableRequest,
  type DeleteTableResponse,
  GetTable$,
  type GetTableRequest,
  type GetTableResponse,
  GetTables$,
  type GetTablesRequest,
  type GetTablesResponse,
  UpdateTable$,
  type UpdateTableRequest,
  type UpdateTableResponse,
} from '@aws-sdk/client-glue'
import { page, refuse } from '../../kit/node/aws/glue.ts'
import { invalid } from '../model.ts'
import { failure, inDatabase, NAME, namedLike, operation, paged, refuseOtherCatalog } from './common.ts'
import { createIndexes } from './partition-indexes.ts'
import { tableOfGlue, tableToGlue } from './table-shapes.ts'

const COLUMN_TYPE = { length: [0, 131_072] } as const
const constraints = {
  ...inDatabase,
  'TableInput.Name': NAME,
  'TableInput.Description': { length: [0, 2048] },
  'TableInput.Owner': NAME,
  'TableInput.Retention': { range: [0, null] },
  'TableInput.TableType': { length: [0, 255] },
  'TableInput.ViewOriginalText': { length: [0, 409_600] },
  'TableInput.ViewExpandedText': { length: [0, 409_600] },
  'TableInput.PartitionKeys[].Name': NAME,
  'TableInput.PartitionKeys[].Type': COLUMN_TYPE,
  'TableInput.StorageDescriptor.Columns[].Name': NAME,
  'TableInput.StorageDescriptor.Columns[].Type': COLUMN_TYPE,
  'TableInput.StorageDescriptor.Columns[].Comment': { length: [0, 255] },
  'TableInput.StorageDescriptor.Location': { length: [0, 2056] },
  'TableInput.StorageDescriptor.SortColumns[].SortOrder': { range: [0, 1] },
  PartitionIndexes: { length: [0, 3] },
} as const

export const CreateTable = operation<CreateTableRequest, CreateTableResponse>({
  schema: CreateTable$,
  constraints,
  async run(input, context) {
    refuseOtherCatalog(input)
    refuse(input, 'OpenTableFormatInput', 'TransactionId', 'Name')
    if (!input.TableInput) throw invalid('TableInput is needed.')
    const table = await context.clients.catalog.createTable(tableOfGlue(input.DatabaseName!, input.TableInput))
    try {
      await createIndexes(table, input.PartitionIndexes ?? [], context)
    } catch (thrown) {
      await context.clients.catalog.deleteTable({ database: table.database, table: table.name })
      throw thrown
    }
    return {}
  },
})

export const UpdateTable = operation<UpdateTableRequest, UpdateTableResponse>({
  schema: UpdateTable$,
  constraints: { ...constraints, Name: NAME, VersionId: NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    refuse(input, 'UpdateOpenTableFormatInput', 'TransactionId', 'ViewUpdateAction', 'Force')
    if (!input.TableInput) throw invalid('TableInput is needed.')
    if (input.Name !== undefined && input.Name.toLowerCase() !== input.TableInput.Name!.toLowerCase())
      throw invalid('A table cannot be renamed.')
    await clients.catalog.updateTable({
      ...tableOfGlue(input.DatabaseName!, input.TableInput),
      ...(input.SkipArchive !== undefined && { skipArchive: input.SkipArchive }),
      ...(input.VersionId !== undefined && { ifVersion: input.VersionId }),
    })
    return {}
  },
})

export const GetTable = operation<GetTableRequest, GetTableResponse>({
  schema: GetTable$,
  constraints: { ...inDatabase, Name: NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    refuse(input, 'TransactionId', 'QueryAsOfTime')
    return { Table: tableToGlue(await clients.catalog.getTable({ database: input.DatabaseName!, table: input.Name! })) }
  },
})

export const GetTables = operation<GetTablesRequest, GetTablesResponse>({
  schema: GetTables$,
  constraints: { ...inDatabase, ...paged, Expression: { length: [0, 2048] } },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    refuse(input, 'TransactionId', 'QueryAsOfTime', 'ResourceShareType')
    const tables = await clients.catalog.listTables({ database: input.DatabaseName! })
    const matching = input.Expression ? namedLike(tables, input.Expression) : tables
    const { items, ...next } = page(matching, input.NextToken, input.MaxResults)
    const all = items.map(tableToGlue)
    const wanted = input.AttributesToGet
    if (!wanted?.length) return { TableList: all, ...next }
    return {
      TableList: all.map(({ Name, DatabaseName, TableType }) => ({
        Name,
        DatabaseName,
        ...(wanted.includes('TABLE_TYPE') && { TableType }),
      })),
      ...next,
    }
  },
})

export const DeleteTable = operation<DeleteTableRequest, DeleteTableResponse>({
  schema: DeleteTable$,
  constraints: { ...inDatabase, Name: NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    refuse(input, 'TransactionId')
    await clients.catalog.deleteTable({ database: input.DatabaseName!, table: input.Name! })
    return {}
  },
})

export const BatchDeleteTable = operation<BatchDeleteTableRequest, BatchDeleteTableResponse>({
  schema: BatchDeleteTable$,
  constraints: { ...inDatabase, TablesToDelete: { length: [0, 100] }, 'TablesToDelete[]': NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    refuse(input, 'TransactionId')
    const Errors = []
    for (const name of input.TablesToDelete!) {
      const failed = await failure(clients.catalog.deleteTable({ database: input.DatabaseName!, table: name }))
      if (failed) Errors.push({ TableName: name, ErrorDetail: failed })
    }
    return { Errors }
  },
})
