import * as sdk from '@aws-sdk/client-athena'
import { EngineError } from '../../kit/pure/errors.ts'
import { FEDERATED, type FederatedCatalog } from '../federated-catalogs.ts'
import { type AthenaClients, CATALOG, checkCatalog, invalid, operation, page, TOKEN } from './common.ts'
import { tableMetadata } from './shapes.ts'

const PAGED = { MaxResults: { range: [1, 50] }, NextToken: TOKEN } as const

export const ListDataCatalogs = operation<sdk.ListDataCatalogsInput, sdk.ListDataCatalogsOutput>({
  schema: sdk.ListDataCatalogs$,
  constraints: { ...PAGED, MaxResults: { range: [2, 50] } },
  run({ MaxResults, NextToken }) {
    const federated = Object.keys(FEDERATED).map((CatalogName) => ({ CatalogName, Type: 'FEDERATED' as const }))
    const all = [{ CatalogName: CATALOG, Type: 'GLUE' as const }, ...federated]
    const { items, ...next } = page(all, NextToken, MaxResults)
    return { DataCatalogsSummary: items, ...next }
  },
})

export const GetDataCatalog = operation<sdk.GetDataCatalogInput, sdk.GetDataCatalogOutput>({
  schema: sdk.GetDataCatalog$,
  run({ Name }) {
    const name = Name!.toLowerCase()
    if (FEDERATED[name]) return { DataCatalog: { Name: name, Type: 'FEDERATED', Parameters: {} } }
    if (name !== CATALOG.toLowerCase()) throw invalid(`DataCatalog ${Name} was not found`)
    return { DataCatalog: { Name: CATALOG, Type: 'GLUE', Parameters: {} } }
  },
})

export const ListDatabases = operation<sdk.ListDatabasesInput, sdk.ListDatabasesOutput>({
  schema: sdk.ListDatabases$,
  constraints: PAGED,
  async run({ CatalogName, MaxResults, NextToken }, { clients }) {
    const { items, ...next } = page(await databases(CatalogName, clients), NextToken, MaxResults)
    return { DatabaseList: items.map(database), ...next }
  },
})

export const GetDatabase = operation<sdk.GetDatabaseInput, sdk.GetDatabaseOutput>({
  schema: sdk.GetDatabase$,
  async run({ CatalogName, DatabaseName }, { clients }) {
    const all = await databases(CatalogName, clients)
    const found = all.find(({ name }) => name === DatabaseName!.toLowerCase())
    if (!found) throw new EngineError('MetadataException', `Database ${DatabaseName} not found.`)
    return { Database: database(found) }
  },
})

export const ListTableMetadata = operation<sdk.ListTableMetadataInput, sdk.ListTableMetadataOutput>({
  schema: sdk.ListTableMetadata$,
  constraints: { ...PAGED, Expression: { length: [0, 256] } },
  async run({ CatalogName, DatabaseName, Expression, MaxResults, NextToken }, { clients }) {
    const tables = await tablesOf(CatalogName, DatabaseName!, clients)
    const all = tables.filter(({ name }) => !Expression || patternOf(Expression).test(name))
    const { items, ...next } = page(all, NextToken, MaxResults)
    return { TableMetadataList: items.map(tableMetadata), ...next }
  },
})

export const GetTableMetadata = operation<sdk.GetTableMetadataInput, sdk.GetTableMetadataOutput>({
  schema: sdk.GetTableMetadata$,
  async run({ CatalogName, DatabaseName, TableName }, { clients }) {
    const federated = federatedCatalog(CatalogName)
    const table = federated
      ? (await tablesOf(CatalogName, DatabaseName!, clients)).find(({ name }) => name === TableName!.toLowerCase())
      : await clients.catalog.getTable({ database: DatabaseName!, table: TableName! })
    if (!table) throw new EngineError('MetadataException', `Table ${TableName} not found.`)
    return { TableMetadata: tableMetadata(table) }
  },
})

function federatedCatalog(name: string | undefined): FederatedCatalog | undefined {
  const federated = FEDERATED[name?.toLowerCase() ?? '']
  if (!federated) checkCatalog(name)
  return federated
}

async function databases(
  catalog: string | undefined,
  clients: AthenaClients,
): Promise<{ name: string; description?: string | undefined }[]> {
  const federated = federatedCatalog(catalog)
  if (!federated) return clients.catalog.listDatabases({})
  return (await federated.databases(clients)).map((name) => ({ name }))
}

async function tablesOf(catalog: string | undefined, database: string, clients: AthenaClients) {
  const federated = federatedCatalog(catalog)
  return federated ? federated.tables(database.toLowerCase(), clients) : clients.catalog.listTables({ database })
}

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
