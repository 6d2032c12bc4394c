import type { TableColumn } from '../../catalog/contract.ts'

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
}

export interface HiveTable {
  readonly columns: TableColumn[]
  readonly partitionKeys: TableColumn[]
  readonly format: 'parquet' | 'csv' | 'json' | 'avro'
  readonly location: string
  readonly parameters: Record<string, string>
  readonly description?: string
}

export type Statement =
  | { kind: 'query'; query: Query }
  | { kind: 'explain'; analyze: boolean; query: Query }
  | { kind: 'showDatabases'; pattern?: string }
  | { kind: 'showTables'; views: boolean; database?: string; pattern?: string }
  | { kind: 'showColumns'; table: TableName }
  | { kind: 'showCreateTable'; table: TableName }
  | { kind: 'showPartitions'; table: TableName }
  | { kind: 'describe'; table: TableName }
  | { kind: 'repair'; table: TableName }
  | { kind: 'createDatabase'; database: string; ifNotExists: boolean; description?: string; location?: string }
  | { kind: 'dropDatabase'; database: string; ifExists: boolean; cascade: boolean }
  | { kind: 'createTable'; table: TableName; ifNotExists: boolean; definition: HiveTable }
  | {
      kind: 'createTableAs'
      table: TableName
      ifNotExists: boolean
      properties: Record<string, string | string[]>
      query: Query
      withData: boolean
    }
  | { kind: 'createView'; table: TableName; replace: boolean; query: Query }
  | { kind: 'dropTable'; table: TableName; ifExists: boolean }
  | { kind: 'dropView'; table: TableName; ifExists: boolean }
  | { kind: 'insert'; table: TableName; columns?: string[]; query: Query }
  | { kind: 'prepare'; name: string; sql: string }
  | { kind: 'execute'; name: string; values: string[] }
  | { kind: 'deallocate'; name: string }
  | { kind: 'unload'; query: Query; to: string; properties: Record<string, string | string[]> }
  | {
      kind: 'addPartitions'
      table: TableName
      ifNotExists: boolean
      partitions: { values: Record<string, string>; location?: string }[]
    }

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
    case 'describe':
      return 'UTILITY'
  }
  return 'DDL'
}
