import type {
  QueryExecution as AwsQueryExecution,
  ColumnInfo,
  QueryRuntimeStatistics,
  QueryRuntimeStatisticsTimeline,
  Row,
  TableMetadata,
} from '@aws-sdk/client-athena'
import type { CatalogTable } from '../../catalog/contract.ts'
import type { Column, TablePage } from '../../kit/pure/table.ts'
import type { QueryExecution } from '../contract.ts'
import { columnForm, utilityLine } from '../result-columns.ts'
import { athenaErrorOf } from './error-types.ts'

export const ENGINE_VERSION = 'Athena engine version 3'

export function execution(query: QueryExecution): AwsQueryExecution {
  const { endedMs, error, outputLocation, expectedBucketOwner, acl, encryption, reuseMinutes } = query
  return {
    QueryExecutionId: query.queryId,
    Query: query.sql,
    StatementType: query.statementType,
    SubstatementType: query.substatementType,
    ResultConfiguration: {
      OutputLocation: outputLocation,
      ExpectedBucketOwner: expectedBucketOwner,
      AclConfiguration: acl && { S3AclOption: acl },
      EncryptionConfiguration: encryption && { EncryptionOption: encryption },
    },
    ResultReuseConfiguration: {
      ResultReuseByAgeConfiguration:
        reuseMinutes === undefined ? { Enabled: false } : { Enabled: true, MaxAgeInMinutes: reuseMinutes },
    },
    QueryExecutionContext: { Database: query.database, Catalog: 'awsdatacatalog' },
    Status: {
      State: query.state,
      SubmissionDateTime: new Date(query.submittedMs),
      CompletionDateTime: endedMs === undefined ? undefined : new Date(endedMs),
      StateChangeReason: reasonOf(query),
      AthenaError: query.state === 'FAILED' && error ? athenaErrorOf(error) : undefined,
    },
    Statistics: {
      ...timeline(query),
      DataScannedInBytes: query.bytesScanned ?? undefined,
      DataManifestLocation: query.manifestLocation,
      ResultReuseInformation: { ReusedPreviousResult: query.reusedFrom !== undefined },
    },
    WorkGroup: query.workGroup,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: ENGINE_VERSION },
  }
}

function reasonOf({ state, error }: QueryExecution): string | undefined {
  if (state === 'CANCELLED') return error?.message ?? 'Query cancelled by user'
  return error && `${error.code}: ${error.message}`
}

function timeline({
  submittedMs,
  startedMs,
  endedMs,
  planningMs,
  processingMs = 0,
}: QueryExecution): QueryRuntimeStatisticsTimeline {
  const begun = startedMs ?? endedMs
  const ended = startedMs !== undefined && endedMs !== undefined
  return {
    QueryQueueTimeInMillis: begun === undefined ? undefined : begun - submittedMs,
    QueryPlanningTimeInMillis: planningMs,
    EngineExecutionTimeInMillis: ended ? endedMs - startedMs - processingMs : undefined,
    ServiceProcessingTimeInMillis: ended ? processingMs : undefined,
    TotalExecutionTimeInMillis: endedMs === undefined ? undefined : endedMs - submittedMs,
  }
}

/** Rows read, and stages below the one that gives the result, are not known: DuckDB has no stages. */
export function runtimeStatistics(query: QueryExecution): QueryRuntimeStatistics {
  const times = timeline(query)
  if (query.state !== 'SUCCEEDED') return { Timeline: times }
  const bytes = { InputBytes: query.bytesScanned ?? undefined, OutputBytes: query.outputBytes }
  const rows = { ...bytes, OutputRows: query.rowCount ?? undefined }
  return {
    Timeline: times,
    Rows: rows,
    OutputStage: { StageId: 0, State: 'FINISHED', ...rows, ExecutionTime: times.EngineExecutionTimeInMillis },
  }
}

export function columnInfo(column: Column): ColumnInfo {
  const { name, type, precision = 0, scale = 0, caseSensitive = false } = columnForm(column)
  return {
    CatalogName: 'hive',
    SchemaName: '',
    TableName: '',
    Name: name,
    Label: name,
    Type: type,
    Precision: precision,
    Scale: scale,
    Nullable: 'UNKNOWN',
    CaseSensitive: caseSensitive,
  }
}

/** The rows of a page of text; a NULL has no value. Rows of utilities are one text each, as in Athena. */
export function rowsOf(page: TablePage, query: QueryExecution): Row[] {
  return Array.from({ length: page.rowCount }, (_, r) => {
    const cells = page.values.map((values) => values[r])
    if (query.statementType !== 'DML') return { Data: [{ VarCharValue: utilityLine(query.substatementType, cells) }] }
    return { Data: cells.map((cell) => (cell === null ? {} : { VarCharValue: String(cell) })) }
  })
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
