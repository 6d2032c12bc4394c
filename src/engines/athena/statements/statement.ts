import type { CatalogTable, TableColumn } from '../../catalog/contract.ts'
import type { SqlDialect } from '../contract.ts'

export interface TableName {
  readonly database?: string
  readonly table: string
  /** Offset in the text. */
  readonly start: number
}

/** A query inside a statement: its text, and where in the whole text it begins. */
export interface Query {
  readonly text: string
  readonly offset: number
  readonly dialect?: SqlDialect
}

export type ExplainType = 'LOGICAL' | 'DISTRIBUTED' | 'VALIDATE' | 'IO'
export type ExplainFormat = 'TEXT' | 'JSON' | 'GRAPHVIZ'

/** Values of partition keys by name. */
export type PartitionSpec = Readonly<Record<string, string>>

/** The property by which Spark knows the tables that it made itself, with USING. */
export const PROVIDER = 'spark.sql.sources.provider'

export interface HiveTable {
  readonly columns: TableColumn[]
  readonly partitionKeys: TableColumn[]
  readonly format: CatalogTable['format']
  readonly location: string
  readonly parameters: Record<string, string>
  readonly description?: string
}

export type Statement =
  | { kind: 'query'; query: Query }
  | { kind: 'explain'; analyze: boolean; type: ExplainType; format: ExplainFormat; query: Query }
  | { kind: 'showDatabases'; pattern?: string }
  | { kind: 'showTables'; views: boolean; database?: string; pattern?: string }
  | { kind: 'showColumns'; table: TableName }
  | { kind: 'showCreateTable'; view: boolean; table: TableName }
  | { kind: 'showProperties'; table: TableName; property?: string }
  | { kind: 'showPartitions'; table: TableName }
  /** `path` is a column and fields within it. */
  | { kind: 'describe'; table: TableName; path: string[]; detail?: 'extended' | 'formatted'; partition?: PartitionSpec }
  | { kind: 'repair'; table: TableName }
  | {
      kind: 'createDatabase'
      database: string
      ifNotExists: boolean
      description?: string
      location?: string
      properties?: Record<string, string>
    }
  | { kind: 'setDatabaseProperties'; database: string; properties: Record<string, string> }
  | { kind: 'dropDatabase'; database: string; ifExists: boolean; cascade: boolean }
  | { kind: 'createTable'; table: TableName; ifNotExists: boolean; definition: HiveTable }
  | {
      kind: 'createTableAs'
      table: TableName
      ifNotExists: boolean
      properties: Record<string, string | string[]>
      /** Of the table that is made. */
      parameters?: Record<string, string>
      query: Query
      withData: boolean
    }
  | {
      kind: 'createView'
      table: TableName
      replace: boolean
      ifNotExists?: boolean
      /** Names of its own for the query's columns, in their order. */
      columns?: { name: string; comment?: string }[]
      description?: string
      properties?: Record<string, string>
      query: Query
    }
  | { kind: 'dropTable'; table: TableName; ifExists: boolean }
  | { kind: 'dropView'; table: TableName; ifExists: boolean }
  | {
      kind: 'insert'
      table: TableName
      columns?: string[]
      /** Values of partition keys; null for one that the query gives. */
      partition?: Readonly<Record<string, string | null>>
      /** The rows take the place of those that are there. */
      overwrite?: boolean
      /** A partition that is there stays as it is. */
      ifNotExists?: boolean
      query: Query
    }
  | { kind: 'prepare'; name: string; sql: string }
  | { kind: 'execute'; name: string; values: string[] }
  | { kind: 'deallocate'; name: string }
  | { kind: 'unload'; query: Query; to: string; properties: Record<string, string | string[]> }
  | {
      kind: 'addPartitions'
      table: TableName
      ifNotExists: boolean
      partitions: { values: PartitionSpec; location?: string }[]
    }
  | { kind: 'dropPartitions'; table: TableName; ifExists: boolean; partitions: PartitionSpec[] }
  | { kind: 'renamePartition'; table: TableName; from: PartitionSpec; to: PartitionSpec }
  | { kind: 'setLocation'; table: TableName; partition?: PartitionSpec; location: string }
  | { kind: 'setProperties'; table: TableName; properties: Record<string, string> }
  | { kind: 'addColumns'; table: TableName; columns: TableColumn[] }
  | { kind: 'replaceColumns'; table: TableName; columns: TableColumn[] }
  | { kind: 'changeColumn'; table: TableName; column: string; to: TableColumn; first: boolean; after?: string }

/** EXECUTE stands for another statement. */
export type Runnable = Exclude<Statement, { kind: 'execute' }>

/** Athena's three kinds ("QueryExecution", StatementType). */
export function statementType(statement: Statement): 'DDL' | 'DML' | 'UTILITY' {
  switch (statement.kind) {
    case 'query':
    case 'insert':
    case 'unload':
    case 'explain':
      return 'DML'
    case 'showDatabases':
    case 'showTables':
    case 'showColumns':
    case 'showCreateTable':
    case 'showPartitions':
    case 'showProperties':
    case 'describe':
      return 'UTILITY'
  }
  return 'DDL'
}
