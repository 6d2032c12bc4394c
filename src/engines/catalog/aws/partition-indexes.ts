import {
  CreatePartitionIndex$,
  type CreatePartitionIndexRequest,
  type CreatePartitionIndexResponse,
  DeletePartitionIndex$,
  type DeletePartitionIndexRequest,
  type DeletePartitionIndexResponse,
  GetPartitionIndexes$,
  type GetPartitionIndexesRequest,
  type GetPartitionIndexesResponse,
  type PartitionIndex,
} from '@aws-sdk/client-glue'
import { page } from '../../kit/node/aws/glue.ts'
import { NAME, ofTable, operation, type Reach, refuseOtherCatalog } from './common.ts'

export async function createIndexes(
  table: { database: string; name: string },
  indexes: readonly PartitionIndex[],
  { clients }: Reach,
): Promise<void> {
  for (const { IndexName, Keys } of indexes)
    await clients.catalog.createPartitionIndex({
      database: table.database,
      table: table.name,
      index: { name: IndexName!, keys: Keys! },
    })
}

export const CreatePartitionIndex = operation<CreatePartitionIndexRequest, CreatePartitionIndexResponse>({
  schema: CreatePartitionIndex$,
  constraints: {
    ...ofTable,
    'PartitionIndex.IndexName': NAME,
    'PartitionIndex.Keys': { length: [1, null] },
    'PartitionIndex.Keys[]': NAME,
  },
  async run(input, context) {
    refuseOtherCatalog(input)
    await createIndexes({ database: input.DatabaseName!, name: input.TableName! }, [input.PartitionIndex!], context)
    return {}
  },
})

export const GetPartitionIndexes = operation<GetPartitionIndexesRequest, GetPartitionIndexesResponse>({
  schema: GetPartitionIndexes$,
  constraints: ofTable,
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const where = { database: input.DatabaseName!, table: input.TableName! }
    const { partitionKeys } = await clients.catalog.getTable(where)
    const { items, ...next } = page(await clients.catalog.listPartitionIndexes(where), input.NextToken)
    return {
      PartitionIndexDescriptorList: items.map(({ name, keys }) => ({
        IndexName: name,
        Keys: keys.map((key) => ({ Name: key, Type: partitionKeys.find((column) => column.name === key)!.type })),
        // SQLite makes an index while the request waits.
        IndexStatus: 'ACTIVE',
      })),
      ...next,
    }
  },
})

export const DeletePartitionIndex = operation<DeletePartitionIndexRequest, DeletePartitionIndexResponse>({
  schema: DeletePartitionIndex$,
  constraints: { ...ofTable, IndexName: NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const { DatabaseName, TableName, IndexName } = input
    await clients.catalog.deletePartitionIndex({ database: DatabaseName!, table: TableName!, index: IndexName! })
    return {}
  },
})
