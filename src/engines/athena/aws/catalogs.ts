import * as sdk from '@aws-sdk/client-athena'
import { EngineError } from '../../kit/pure/errors.ts'
import { CATALOG, checkCatalog, invalid, operation, page, TOKEN } from './common.ts'
import { tableMetadata } from './shapes.ts'

const PAGED = { MaxResults: { range: [1, 50] }, NextToken: TOKEN } as const

export const ListDataCatalogs = operation<sdk.ListDataCatalogsInput, sdk.ListDataCatalogsOutput>({
  schema: sdk.ListDataCatalogs$,
  constraints: { ...PAGED, MaxResults: { range: [2, 50] } },
  run: () => ({ DataCatalogsSummary: [{ CatalogName: CATALOG, Type: 'GLUE' }] }),
})

export const GetDataCatalog = operation<sdk.GetDataCatalogInput, sdk.GetDataCatalogOutput>({
  schema: sdk.GetDataCatalog$,
  run({ Name }) {
    if (Name!.toLowerCase() !== CATALOG.toLowerCase()) throw invalid(`DataCatalog ${Name} was not found`)
    return { DataCatalog: { Name: CATALOG, Type: 'GLUE', Parameters: {} } }
  },
})

export const ListDatabases = operation<sdk.ListDatabasesInput, sdk.ListDatabasesOutput>({
  schema: sdk.ListDatabases$,
  constraints: PAGED,
  async run({ CatalogName, MaxResults, NextToken }, { clients }) {
    checkCatalog(CatalogName)
    const { items, ...next } = page(await clients.catalog.listDatabases({}), NextToken, MaxResults)
    return { DatabaseList: items.map(database), ...next }
  },
})

export const GetDatabase = operation<sdk.GetDatabaseInput, sdk.GetDatabaseOutput>({
  schema: sdk.GetDatabase$,
  async run({ CatalogName, DatabaseName }, { clients }) {
    checkCatalog(CatalogName)
    const all = await clients.catalog.listDatabases({})
    const found = all.find(({ name }) => name === DatabaseName!.toLowerCase())
    if (!found) throw new EngineError('MetadataException', `Database ${DatabaseName} not found.`)
    return { Database: database(found) }
  },
})

export const ListTableMetadata = operation<sdk.ListTableMetadataInput, sdk.ListTableMetadataOutput>({
  schema: sdk.ListTableMetadata$,
  constraints: { ...PAGED, Expression: { length: [0, 256] } },
  async run({ CatalogName, DatabaseName, Expression, MaxResults, NextToken }, { clients }) {
    checkCatalog(CatalogName)
    const tables = await clients.catalog.listTables({ database: DatabaseName! })
    const all = tables.filter(({ name }) => !Expression || patternOf(Expression).test(name))
    const { items, ...next } = page(all, NextToken, MaxResults)
    return { TableMetadataList: items.map(tableMetadata), ...next }
  },
})

export const GetTableMetadata = operation<sdk.GetTableMetadataInput, sdk.GetTableMetadataOutput>({
  schema: sdk.GetTableMetadata$,
  async run({ CatalogName, DatabaseName, TableName }, { clients }) {
    checkCatalog(CatalogName)
    const table = await clients.catalog.getTable({ database: DatabaseName!, table: TableName! })
    return { TableMetadata: tableMetadata(table) }
  },
})

function database({ name, description }: { name: string; description?: string | undefined }): sdk.Database {
  return { Name: name, Description: description, Parameters: {} }
}

/** "A regex filter that pattern-matches table names." */
function patternOf(expression: string): RegExp {
  try {
    return new RegExp(`^(?:${expression})$`, 'i')
  } catch {
    throw invalid(`Invalid regular expression: ${expression}`)
  }
}
