import {
  BatchDeleteTableVersion$,
  type BatchDeleteTableVersionRequest,
  type BatchDeleteTableVersionResponse,
  DeleteTableVersion$,
  type DeleteTableVersionRequest,
  type DeleteTableVersionResponse,
  GetTableVersion$,
  type GetTableVersionRequest,
  type GetTableVersionResponse,
  GetTableVersions$,
  type GetTableVersionsRequest,
  type GetTableVersionsResponse,
} from '@aws-sdk/client-glue'
import { page } from '../../kit/node/aws/glue.ts'
import { invalid, notFound } from '../model.ts'
import { failure, NAME, ofTable, operation, paged, refuseOtherCatalog } from './common.ts'
import { tableToGlue } from './table-shapes.ts'

function numberOf(version: string): number {
  if (!/^\d{1,9}$/.test(version)) throw invalid(`The version id '${version}' is not valid: it must be an integer.`)
  return Number(version)
}

export const GetTableVersions = operation<GetTableVersionsRequest, GetTableVersionsResponse>({
  schema: GetTableVersions$,
  constraints: { ...ofTable, ...paged },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const all = await clients.catalog.listTableVersions({ database: input.DatabaseName!, table: input.TableName! })
    const { items, ...next } = page(all, input.NextToken, input.MaxResults)
    return {
      TableVersions: items.map((table) => ({ VersionId: String(table.versionId), Table: tableToGlue(table) })),
      ...next,
    }
  },
})

export const GetTableVersion = operation<GetTableVersionRequest, GetTableVersionResponse>({
  schema: GetTableVersion$,
  constraints: { ...ofTable, VersionId: NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const all = await clients.catalog.listTableVersions({ database: input.DatabaseName!, table: input.TableName! })
    const wanted = input.VersionId === undefined ? all[0].versionId : numberOf(input.VersionId)
    const found = all.find(({ versionId }) => versionId === wanted)
    if (!found) throw notFound(`Version ${wanted} of table ${input.TableName} not found.`)
    return { TableVersion: { VersionId: String(found.versionId), Table: tableToGlue(found) } }
  },
})

export const DeleteTableVersion = operation<DeleteTableVersionRequest, DeleteTableVersionResponse>({
  schema: DeleteTableVersion$,
  constraints: { ...ofTable, VersionId: NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const versionId = numberOf(input.VersionId!)
    await clients.catalog.deleteTableVersion({ database: input.DatabaseName!, table: input.TableName!, versionId })
    return {}
  },
})

export const BatchDeleteTableVersion = operation<BatchDeleteTableVersionRequest, BatchDeleteTableVersionResponse>({
  schema: BatchDeleteTableVersion$,
  constraints: { ...ofTable, VersionIds: { length: [0, 100] } },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const { DatabaseName, TableName } = input
    await clients.catalog.getTable({ database: DatabaseName!, table: TableName! })
    const Errors = []
    for (const VersionId of input.VersionIds!) {
      const work = async () =>
        clients.catalog.deleteTableVersion({
          database: DatabaseName!,
          table: TableName!,
          versionId: numberOf(VersionId),
        })
      const failed = await failure(work())
      if (failed) Errors.push({ TableName, VersionId, ErrorDetail: failed })
    }
    return { Errors }
  },
})
