import {
  type ColumnError,
  type ColumnStatistics,
  type ColumnStatisticsError,
  DeleteColumnStatisticsForPartition$,
  type DeleteColumnStatisticsForPartitionRequest,
  type DeleteColumnStatisticsForPartitionResponse,
  DeleteColumnStatisticsForTable$,
  type DeleteColumnStatisticsForTableRequest,
  type DeleteColumnStatisticsForTableResponse,
  GetColumnStatisticsForPartition$,
  type GetColumnStatisticsForPartitionRequest,
  type GetColumnStatisticsForPartitionResponse,
  GetColumnStatisticsForTable$,
  type GetColumnStatisticsForTableRequest,
  type GetColumnStatisticsForTableResponse,
  UpdateColumnStatisticsForPartition$,
  type UpdateColumnStatisticsForPartitionRequest,
  type UpdateColumnStatisticsForPartitionResponse,
  UpdateColumnStatisticsForTable$,
  type UpdateColumnStatisticsForTableRequest,
  type UpdateColumnStatisticsForTableResponse,
} from '@aws-sdk/client-glue'
import type { CatalogTable } from '../contract.ts'
import { invalid, notFound } from '../model.ts'
import { failure, NAME, ofTable, operation, packed, type Reach, refuseOtherCatalog, unpacked } from './common.ts'

interface Place {
  CatalogId?: string | undefined
  DatabaseName?: string | undefined
  TableName?: string | undefined
  PartitionValues?: string[] | undefined
}

/** Where statistics of a table, or of one of its partitions, are kept; either has to be there. */
async function placeOf(input: Place, { clients }: Reach): Promise<{ scope: string; table: CatalogTable }> {
  refuseOtherCatalog(input)
  const where = { database: input.DatabaseName!, table: input.TableName! }
  const table = await clients.catalog.getTable(where)
  const scope = `${table.database}/${table.name}`
  const values = input.PartitionValues
  if (!values) return { scope, table }
  if ((await clients.catalog.getPartitions({ ...where, values: [values] })).length === 0)
    throw notFound(`Partition [${values.join(', ')}] not found.`)
  return { scope: `${scope}/${JSON.stringify(values)}`, table }
}

async function read(input: Place, names: string[], reach: Reach) {
  const { scope } = await placeOf(input, reach)
  const kept = await reach.clients.catalog.listKept({ kind: 'statistics', scope })
  const ColumnStatisticsList: ColumnStatistics[] = []
  const Errors: ColumnError[] = []
  for (const name of names) {
    const found = kept.find((one) => one.name === name.toLowerCase())
    if (found) ColumnStatisticsList.push(unpacked<ColumnStatistics>(found.document))
    else
      Errors.push({
        ColumnName: name,
        Error: { ErrorCode: 'EntityNotFoundException', ErrorMessage: `Statistics of column ${name} not found.` },
      })
  }
  return { ColumnStatisticsList, Errors }
}

/** The member of StatisticsData that each type has. */
const DATA: Readonly<Record<string, string>> = {
  BOOLEAN: 'BooleanColumnStatisticsData',
  DATE: 'DateColumnStatisticsData',
  DECIMAL: 'DecimalColumnStatisticsData',
  DOUBLE: 'DoubleColumnStatisticsData',
  LONG: 'LongColumnStatisticsData',
  STRING: 'StringColumnStatisticsData',
  BINARY: 'BinaryColumnStatisticsData',
}

async function write(input: Place, list: ColumnStatistics[], reach: Reach) {
  const { scope, table } = await placeOf(input, reach)
  const keep = async (statistics: ColumnStatistics) => {
    const name = statistics.ColumnName!.toLowerCase()
    if (![...table.columns, ...table.partitionKeys].some((column) => column.name === name))
      throw notFound(`Column ${name} not found in table ${table.name}.`)
    const data = statistics.StatisticsData!
    if (!(data as unknown as Record<string, unknown>)[DATA[data.Type!]])
      throw invalid(`Statistics of the type ${data.Type} need ${DATA[data.Type!]}.`)
    const document = packed(statistics)
    await reach.clients.catalog.keep({ kind: 'statistics', scope, name, document, how: 'put' })
  }
  const Errors: ColumnStatisticsError[] = []
  for (const statistics of list) {
    const failed = await failure(keep(statistics))
    if (failed) Errors.push({ ColumnStatistics: statistics, Error: failed })
  }
  return { Errors }
}

async function remove(input: Place, name: string, reach: Reach) {
  const { scope } = await placeOf(input, reach)
  await reach.clients.catalog.forget({ kind: 'statistics', scope, name: name.toLowerCase() })
  return {}
}

const reading = { ...ofTable, ColumnNames: { length: [0, 100] }, 'ColumnNames[]': NAME } as const
const writing = {
  ...ofTable,
  ColumnStatisticsList: { length: [0, 25] },
  'ColumnStatisticsList[].ColumnName': NAME,
  'ColumnStatisticsList[].StatisticsData.Type': { values: Object.keys(DATA) },
} as const
const removing = { ...ofTable, ColumnName: NAME }

export const GetColumnStatisticsForTable = operation<
  GetColumnStatisticsForTableRequest,
  GetColumnStatisticsForTableResponse
>({
  schema: GetColumnStatisticsForTable$,
  constraints: reading,
  run: (input, context) => read(input, input.ColumnNames!, context),
})

export const GetColumnStatisticsForPartition = operation<
  GetColumnStatisticsForPartitionRequest,
  GetColumnStatisticsForPartitionResponse
>({
  schema: GetColumnStatisticsForPartition$,
  constraints: reading,
  run: (input, context) => read(input, input.ColumnNames!, context),
})

export const UpdateColumnStatisticsForTable = operation<
  UpdateColumnStatisticsForTableRequest,
  UpdateColumnStatisticsForTableResponse
>({
  schema: UpdateColumnStatisticsForTable$,
  constraints: writing,
  run: (input, context) => write(input, input.ColumnStatisticsList!, context),
})

export const UpdateColumnStatisticsForPartition = operation<
  UpdateColumnStatisticsForPartitionRequest,
  UpdateColumnStatisticsForPartitionResponse
>({
  schema: UpdateColumnStatisticsForPartition$,
  constraints: writing,
  run: (input, context) => write(input, input.ColumnStatisticsList!, context),
})

export const DeleteColumnStatisticsForTable = operation<
  DeleteColumnStatisticsForTableRequest,
  DeleteColumnStatisticsForTableResponse
>({
  schema: DeleteColumnStatisticsForTable$,
  constraints: removing,
  run: (input, context) => remove(input, input.ColumnName!, context),
})

export const DeleteColumnStatisticsForPartition = operation<
  DeleteColumnStatisticsForPartitionRequest,
  DeleteColumnStatisticsForPartitionResponse
>({
  schema: DeleteColumnStatisticsForPartition$,
  constraints: removing,
  run: (input, context) => remove(input, input.ColumnName!, context),
})
