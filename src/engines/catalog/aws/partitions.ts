import {
  BatchCreatePartition$,
  type BatchCreatePartitionRequest,
  type BatchCreatePartitionResponse,
  BatchDeletePartition$,
  type BatchDeletePartitionRequest,
  type BatchDeletePartitionResponse,
  BatchGetPartition$,
  type BatchGetPartitionRequest,
  type BatchGetPartitionResponse,
  BatchUpdatePartition$,
  type BatchUpdatePartitionRequest,
  type BatchUpdatePartitionResponse,
  CreatePartition$,
  type CreatePartitionRequest,
  type CreatePartitionResponse,
  DeletePartition$,
  type DeletePartitionRequest,
  type DeletePartitionResponse,
  GetPartition$,
  type GetPartitionRequest,
  type GetPartitionResponse,
  GetPartitions$,
  type GetPartitionsRequest,
  type GetPartitionsResponse,
  type PartitionInput,
  UpdatePartition$,
  type UpdatePartitionRequest,
  type UpdatePartitionResponse,
} from '@aws-sdk/client-glue'
import { refuse, textOfToken, tokenOf } from '../../kit/node/aws/glue.ts'
import type { CatalogTable } from '../contract.ts'
import { alreadyExists, invalid, notFound } from '../model.ts'
import { failure, ofTable, operation, type Reach, refuseOtherCatalog } from './common.ts'
import { partitionOfGlue, partitionToGlue } from './table-shapes.ts'

type OfTable = {
  CatalogId?: string | undefined
  DatabaseName?: string | undefined
  TableName?: string | undefined
}

async function tableOf(input: OfTable, { clients }: Reach): Promise<CatalogTable> {
  refuseOtherCatalog(input)
  return clients.catalog.getTable({ database: input.DatabaseName!, table: input.TableName! })
}

const whereOf = ({ database, name }: CatalogTable) => ({ database, table: name })

async function addPartition(table: CatalogTable, input: PartitionInput, { clients }: Reach): Promise<void> {
  const partitions = [partitionOfGlue(table, input)]
  const { added } = await clients.catalog.addPartitions({ ...whereOf(table), partitions })
  if (added === 0) throw alreadyExists('Partition')
}

async function changePartition(
  table: CatalogTable,
  values: string[],
  input: PartitionInput,
  { clients }: Reach,
): Promise<void> {
  // Without values of its own the input keeps those that the partition has.
  const partition = partitionOfGlue(table, { ...input, Values: input.Values?.length ? input.Values : values })
  await clients.catalog.updatePartition({ ...whereOf(table), values, partition })
}

export const CreatePartition = operation<CreatePartitionRequest, CreatePartitionResponse>({
  schema: CreatePartition$,
  constraints: ofTable,
  async run(input, context) {
    await addPartition(await tableOf(input, context), input.PartitionInput!, context)
    return {}
  },
})

export const BatchCreatePartition = operation<BatchCreatePartitionRequest, BatchCreatePartitionResponse>({
  schema: BatchCreatePartition$,
  constraints: { ...ofTable, PartitionInputList: { length: [0, 100] } },
  async run(input, context) {
    const table = await tableOf(input, context)
    const Errors = []
    for (const one of input.PartitionInputList!) {
      const ErrorDetail = await failure(addPartition(table, one, context))
      if (ErrorDetail) Errors.push({ PartitionValues: one.Values, ErrorDetail })
    }
    return { Errors }
  },
})

export const UpdatePartition = operation<UpdatePartitionRequest, UpdatePartitionResponse>({
  schema: UpdatePartition$,
  constraints: { ...ofTable, PartitionValueList: { length: [0, 100] } },
  async run(input, context) {
    const table = await tableOf(input, context)
    await changePartition(table, input.PartitionValueList!, input.PartitionInput!, context)
    return {}
  },
})

export const BatchUpdatePartition = operation<BatchUpdatePartitionRequest, BatchUpdatePartitionResponse>({
  schema: BatchUpdatePartition$,
  constraints: { ...ofTable, Entries: { length: [1, 100] } },
  async run(input, context) {
    const table = await tableOf(input, context)
    const Errors = []
    for (const { PartitionValueList, PartitionInput } of input.Entries!) {
      const ErrorDetail = await failure(changePartition(table, PartitionValueList!, PartitionInput!, context))
      if (ErrorDetail) Errors.push({ PartitionValueList, ErrorDetail })
    }
    return { Errors }
  },
})

export const GetPartition = operation<GetPartitionRequest, GetPartitionResponse>({
  schema: GetPartition$,
  constraints: ofTable,
  async run(input, context) {
    const table = await tableOf(input, context)
    const values = input.PartitionValues!
    const [found] = await context.clients.catalog.getPartitions({ ...whereOf(table), values: [values] })
    if (!found) throw notFound(`Partition [${values.join(', ')}] not found.`)
    return { Partition: partitionToGlue(table, found) }
  },
})

export const BatchGetPartition = operation<BatchGetPartitionRequest, BatchGetPartitionResponse>({
  schema: BatchGetPartition$,
  constraints: { ...ofTable, PartitionsToGet: { length: [0, 1000] } },
  async run(input, context) {
    const table = await tableOf(input, context)
    const values = input.PartitionsToGet!.map(({ Values }) => Values!)
    const found = await context.clients.catalog.getPartitions({ ...whereOf(table), values })
    return { Partitions: found.map((partition) => partitionToGlue(table, partition)), UnprocessedKeys: [] }
  },
})

export const GetPartitions = operation<GetPartitionsRequest, GetPartitionsResponse>({
  schema: GetPartitions$,
  constraints: {
    ...ofTable,
    MaxResults: { range: [1, 1000] },
    Expression: { length: [0, 2048] },
    'Segment.SegmentNumber': { range: [0, null] },
    'Segment.TotalSegments': { range: [1, 10] },
  },
  async run(input, context) {
    refuse(input, 'TransactionId', 'QueryAsOfTime')
    const table = await tableOf(input, context)
    const { Expression, Segment, NextToken, MaxResults = 1000 } = input
    const { partitions, next } = await context.clients.catalog.findPartitions({
      ...whereOf(table),
      max: MaxResults,
      ...(Expression !== undefined && { expression: Expression }),
      ...(Segment && { segment: { number: Segment.SegmentNumber!, of: Segment.TotalSegments! } }),
      ...(NextToken !== undefined && { after: textOfToken(NextToken) }),
    })
    const all = partitions.map((partition) => partitionToGlue(table, partition))
    if (input.ExcludeColumnSchema) for (const { StorageDescriptor } of all) delete StorageDescriptor!.Columns
    return { Partitions: all, ...(next !== undefined && { NextToken: tokenOf(next) }) }
  },
})

export const DeletePartition = operation<DeletePartitionRequest, DeletePartitionResponse>({
  schema: DeletePartition$,
  constraints: ofTable,
  async run(input, context) {
    const table = await tableOf(input, context)
    await context.clients.catalog.deletePartitions({ ...whereOf(table), values: [input.PartitionValues!] })
    return {}
  },
})

export const BatchDeletePartition = operation<BatchDeletePartitionRequest, BatchDeletePartitionResponse>({
  schema: BatchDeletePartition$,
  constraints: { ...ofTable, PartitionsToDelete: { length: [0, 25] } },
  async run(input, context) {
    const table = await tableOf(input, context)
    const Errors = []
    for (const { Values } of input.PartitionsToDelete!) {
      if (!Values) throw invalid('PartitionsToDelete needs Values.')
      const work = context.clients.catalog.deletePartitions({ ...whereOf(table), values: [Values] })
      const ErrorDetail = await failure(work)
      if (ErrorDetail) Errors.push({ PartitionValues: Values, ErrorDetail })
    }
    return { Errors }
  },
})
