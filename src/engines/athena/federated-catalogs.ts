import type { CatalogTable, TableColumn } from '../catalog/contract.ts'
import type { Clients } from '../contract.ts'
import { STREAM_COLUMNS } from './contract.ts'

export type FederatedClients = Pick<Clients, 'stream' | 'warehouse'>

/** What a data catalog beside AwsDataCatalog holds, as Athena's federated queries name it: `"catalog"."database"."table"`. */
export interface FederatedCatalog {
  databases(clients: FederatedClients): Promise<string[]>
  /** Names in small letters, as Trino has them. */
  tables(database: string, clients: FederatedClients): Promise<CatalogTable[]>
}

export const FEDERATED: Readonly<Record<string, FederatedCatalog>> = {
  streams: {
    databases: async () => ['default'],
    async tables(database, { stream }) {
      const streams = database === 'default' ? await stream.listStreams({}) : []
      return streams.map(({ name, createdMs }) => federatedTable(database, name, STREAM_COLUMNS, createdMs))
    },
  },
  warehouse: {
    async databases({ warehouse }) {
      const tables = await warehouse.listTables({})
      return [...new Set(['public', ...tables.map(({ schema }) => schema.toLowerCase())])].sort()
    },
    async tables(database, { warehouse }) {
      const tables = (await warehouse.listTables({})).filter(({ schema }) => schema.toLowerCase() === database)
      return tables.map(({ name, columns }) => federatedTable(database, name, columns.map(declaredColumn)))
    },
  },
}

export function federatedTable(
  database: string,
  name: string,
  columns: readonly TableColumn[],
  createdMs = 0,
): CatalogTable {
  return {
    database,
    name: name.toLowerCase(),
    columns: [...columns],
    partitionKeys: [],
    location: '',
    format: 'json',
    parameters: {},
    createdMs,
    updatedMs: createdMs,
    versionId: 0,
  }
}

export function declaredColumn({ name, declared }: { name: string; declared: string }): TableColumn {
  return { name: name.toLowerCase(), type: declared }
}
