import type { QueryExecution as AwsQueryExecution, ColumnInfo, Row, TableMetadata } from '@aws-sdk/client-athena'
import type { CatalogTable } from '../catalog/contract.ts'
import type { Column, TablePage } from '../kit/pure/table.ts'
import type { QueryExecution } from './contract.ts'

export function execution(query: QueryExecution): AwsQueryExecution {
  const { startedMs, endedMs, error } = query
  const begun = startedMs ?? endedMs
  const queued = begun === undefined ? undefined : begun - query.submittedMs
  const ran = startedMs === undefined || endedMs === undefined ? undefined : endedMs - startedMs
  return {
    QueryExecutionId: query.queryId,
    Query: query.sql,
    StatementType: query.statementType,
    ResultConfiguration: query.outputLocation === undefined ? undefined : { OutputLocation: query.outputLocation },
    QueryExecutionContext: { Database: query.database, Catalog: 'awsdatacatalog' },
    Status: {
      State: query.state,
      SubmissionDateTime: new Date(query.submittedMs),
      CompletionDateTime: endedMs === undefined ? undefined : new Date(endedMs),
      StateChangeReason: error && `${error.code}: ${error.message}`,
      AthenaError: error && {
        // 1 is a failure of the system's, 2 of the user's, 3 of another kind.
        ErrorCategory: error.domain === 'user' ? 2 : error.domain === 'internal' ? 1 : 3,
        ErrorMessage: error.message,
        Retryable: error.retry,
      },
    },
    Statistics: {
      DataScannedInBytes: query.bytesScanned ?? undefined,
      QueryQueueTimeInMillis: queued,
      EngineExecutionTimeInMillis: ran,
      TotalExecutionTimeInMillis: endedMs === undefined ? undefined : endedMs - query.submittedMs,
    },
    WorkGroup: query.workGroup,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
  }
}

export function columnInfo(column: Column): ColumnInfo {
  const [, precision, scale] = /^decimal\((\d+),\s*(\d+)\)$/.exec(column.declared) ?? []
  return {
    CatalogName: 'hive',
    SchemaName: '',
    TableName: '',
    Name: column.name,
    Label: column.name,
    // The API names types without their parameters.
    Type: column.declared.replace(/\(.*\)/, ''),
    Precision: precision === undefined ? 0 : Number(precision),
    Scale: scale === undefined ? 0 : Number(scale),
    Nullable: 'UNKNOWN',
    CaseSensitive: column.type === 'string',
  }
}

/** The rows of a page of text; a NULL has no value. */
export function rowsOf(page: TablePage): Row[] {
  return Array.from({ length: page.rowCount }, (_, r) => ({
    Data: page.values.map((values) => (values[r] === null ? {} : { VarCharValue: String(values[r]) })),
  }))
}

export function tableMetadata(table: CatalogTable): TableMetadata {
  const columns = (list: CatalogTable['columns']) =>
    list.map((column) => ({ Name: column.name, Type: column.type, Comment: column.comment }))
  return {
    Name: table.name,
    CreateTime: new Date(table.createdMs),
    TableType: table.viewText === undefined ? 'EXTERNAL_TABLE' : 'VIRTUAL_VIEW',
    Columns: columns(table.columns),
    PartitionKeys: columns(table.partitionKeys),
    Parameters: { ...table.parameters, location: table.location },
  }
}
