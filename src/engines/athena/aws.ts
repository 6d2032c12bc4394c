import {
  BatchGetQueryExecution$,
  type BatchGetQueryExecutionInput,
  type BatchGetQueryExecutionOutput,
  GetQueryExecution$,
  type GetQueryExecutionInput,
  type GetQueryExecutionOutput,
  GetQueryResults$,
  type GetQueryResultsInput,
  type GetQueryResultsOutput,
  GetTableMetadata$,
  type GetTableMetadataInput,
  type GetTableMetadataOutput,
  GetWorkGroup$,
  type GetWorkGroupInput,
  type GetWorkGroupOutput,
  ListDatabases$,
  type ListDatabasesInput,
  type ListDatabasesOutput,
  ListDataCatalogs$,
  type ListDataCatalogsInput,
  type ListDataCatalogsOutput,
  ListQueryExecutions$,
  type ListQueryExecutionsInput,
  type ListQueryExecutionsOutput,
  ListTableMetadata$,
  type ListTableMetadataInput,
  type ListTableMetadataOutput,
  ListWorkGroups$,
  type ListWorkGroupsInput,
  type ListWorkGroupsOutput,
  StartQueryExecution$,
  type StartQueryExecutionInput,
  type StartQueryExecutionOutput,
  StopQueryExecution$,
  type StopQueryExecutionInput,
  type StopQueryExecutionOutput,
} from '@aws-sdk/client-athena'
import type { Clients } from '../contract.ts'
import { defineService, operationsOf } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { columnInfo, execution, rowsOf, tableMetadata } from './aws-shapes.ts'
import { malformed } from './statements/malformed.ts'

const operation = operationsOf<Pick<Clients, 'athena' | 'catalog'>>()

const CATALOG = 'AwsDataCatalog'
/** A query through the API has a result file, as in AWS; this is where it lies unless the request says otherwise. */
const OUTPUT_LOCATION = 's3://athena-results/'
const PAGE_ROWS_MAX = 1000

function invalid(message: string): EngineError {
  return new EngineError('InvalidRequestException', message)
}

class MalformedQuery extends EngineError {}

/** Refuses members that would change what a request means. */
function refuse(input: object, ...members: string[]): void {
  for (const member of members) {
    if ((input as Record<string, unknown>)[member] !== undefined)
      throw invalid(`${member} is not supported by Millrace`)
  }
}

function checkWorkGroup(name: string | undefined): string {
  if (name !== undefined && name !== 'primary') throw invalid(`WorkGroup ${name} is not found.`)
  return 'primary'
}

function checkCatalog(name: string | undefined): void {
  if (name !== undefined && name.toLowerCase() !== CATALOG.toLowerCase()) throw invalid(`Catalog ${name} is not found.`)
}

/** Page tokens are the number of the next item. */
function startOf(token: string | undefined): number {
  if (token === undefined) return 0
  const start = Number(token)
  if (!Number.isSafeInteger(start) || start < 0) throw invalid('Token is not valid')
  return start
}

const StartQueryExecution = operation<StartQueryExecutionInput, StartQueryExecutionOutput>({
  schema: StartQueryExecution$,
  constraints: { QueryString: { length: [1, 262_144] } },
  async run(input, { clients }) {
    refuse(input, 'ExecutionParameters', 'ResultReuseConfiguration', 'EngineConfiguration')
    refuse(input.ResultConfiguration ?? {}, 'EncryptionConfiguration', 'AclConfiguration')
    checkCatalog(input.QueryExecutionContext?.Catalog)
    const unreadable = malformed(input.QueryString!)
    if (unreadable !== undefined) throw new MalformedQuery('InvalidRequestException', unreadable)
    const query = await clients.athena.startQuery({
      sql: input.QueryString!,
      database: input.QueryExecutionContext?.Database ?? 'default',
      workGroup: checkWorkGroup(input.WorkGroup),
      outputLocation: input.ResultConfiguration?.OutputLocation ?? OUTPUT_LOCATION,
    })
    return { QueryExecutionId: query.queryId }
  },
})

const GetQueryExecution = operation<GetQueryExecutionInput, GetQueryExecutionOutput>({
  schema: GetQueryExecution$,
  async run({ QueryExecutionId }, { clients }) {
    return { QueryExecution: execution(await clients.athena.getQuery({ queryId: QueryExecutionId! })) }
  },
})

const BatchGetQueryExecution = operation<BatchGetQueryExecutionInput, BatchGetQueryExecutionOutput>({
  schema: BatchGetQueryExecution$,
  constraints: { QueryExecutionIds: { length: [1, 50] } },
  async run({ QueryExecutionIds }, { clients }) {
    const found = []
    const missing = []
    for (const queryId of QueryExecutionIds!) {
      const query = await clients.athena.getQuery({ queryId }).catch((error: EngineError) => error)
      if (query instanceof Error) {
        missing.push({
          QueryExecutionId: queryId,
          ErrorCode: 'INVALID_QUERY_EXECUTION_ID',
          ErrorMessage: query.message,
        })
      } else found.push(execution(query))
    }
    return { QueryExecutions: found, UnprocessedQueryExecutionIds: missing }
  },
})

const ListQueryExecutions = operation<ListQueryExecutionsInput, ListQueryExecutionsOutput>({
  schema: ListQueryExecutions$,
  constraints: { MaxResults: { range: [0, 50] } },
  async run({ MaxResults, NextToken, WorkGroup }, { clients }) {
    checkWorkGroup(WorkGroup)
    const start = startOf(NextToken)
    const end = start + (MaxResults || 50)
    const all = await clients.athena.listQueries({ limit: 1000 })
    const ids = all.slice(start, end).map((query) => query.queryId)
    return { QueryExecutionIds: ids, ...(end < all.length && { NextToken: String(end) }) }
  },
})

const StopQueryExecution = operation<StopQueryExecutionInput, StopQueryExecutionOutput>({
  schema: StopQueryExecution$,
  async run({ QueryExecutionId }, { clients }) {
    await clients.athena.stopQuery({ queryId: QueryExecutionId! })
    return {}
  },
})

/** The first page of a query's result begins with the names of its columns, as in AWS; those of DDL and utilities do not. */
const GetQueryResults = operation<GetQueryResultsInput, GetQueryResultsOutput>({
  schema: GetQueryResults$,
  constraints: { MaxResults: { range: [1, PAGE_ROWS_MAX] } },
  async run({ QueryExecutionId, MaxResults = PAGE_ROWS_MAX, NextToken }, { clients }) {
    const query = await clients.athena.getQuery({ queryId: QueryExecutionId! })
    const start = startOf(NextToken)
    const header = start === 0 && query.statementType === 'DML' && (query.columns?.length ?? 0) > 0
    const wanted = MaxResults - (header ? 1 : 0)
    const page = await clients.athena.results({ queryId: query.queryId, start, rows: Math.max(1, wanted), text: true })
    const rows = rowsOf(page).slice(0, wanted)
    const next = start + rows.length
    const more = page.columns.length > 0 && next < (query.rowCount ?? 0)
    return {
      UpdateCount: page.columns.length === 0 ? (query.rowCount ?? 0) : 0,
      ResultSet: {
        Rows: header ? [{ Data: page.columns.map((column) => ({ VarCharValue: column.name })) }, ...rows] : rows,
        ResultSetMetadata: { ColumnInfo: page.columns.map(columnInfo) },
      },
      ...(more && { NextToken: String(next) }),
    }
  },
})

const GetWorkGroup = operation<GetWorkGroupInput, GetWorkGroupOutput>({
  schema: GetWorkGroup$,
  run({ WorkGroup }) {
    return {
      WorkGroup: {
        Name: checkWorkGroup(WorkGroup),
        State: 'ENABLED',
        Configuration: {
          ResultConfiguration: { OutputLocation: OUTPUT_LOCATION },
          EnforceWorkGroupConfiguration: false,
          EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
        },
      },
    }
  },
})

const ListWorkGroups = operation<ListWorkGroupsInput, ListWorkGroupsOutput>({
  schema: ListWorkGroups$,
  run: () => ({ WorkGroups: [{ Name: 'primary', State: 'ENABLED' }] }),
})

const ListDataCatalogs = operation<ListDataCatalogsInput, ListDataCatalogsOutput>({
  schema: ListDataCatalogs$,
  run: () => ({ DataCatalogsSummary: [{ CatalogName: CATALOG, Type: 'GLUE' }] }),
})

const ListDatabases = operation<ListDatabasesInput, ListDatabasesOutput>({
  schema: ListDatabases$,
  async run({ CatalogName, MaxResults = 50, NextToken }, { clients }) {
    checkCatalog(CatalogName)
    const start = startOf(NextToken)
    const all = await clients.catalog.listDatabases({})
    const page = all.slice(start, start + MaxResults)
    return {
      DatabaseList: page.map(({ name, description }) => ({ Name: name, Description: description })),
      ...(start + MaxResults < all.length && { NextToken: String(start + MaxResults) }),
    }
  },
})

const ListTableMetadata = operation<ListTableMetadataInput, ListTableMetadataOutput>({
  schema: ListTableMetadata$,
  async run({ CatalogName, DatabaseName, Expression, MaxResults = 50, NextToken }, { clients }) {
    checkCatalog(CatalogName)
    const start = startOf(NextToken)
    const pattern = Expression === undefined ? undefined : new RegExp(`^(?:${Expression})$`, 'i')
    const tables = await clients.catalog.listTables({ database: DatabaseName! })
    const all = tables.filter((table) => !pattern || pattern.test(table.name))
    return {
      TableMetadataList: all.slice(start, start + MaxResults).map(tableMetadata),
      ...(start + MaxResults < all.length && { NextToken: String(start + MaxResults) }),
    }
  },
})

const GetTableMetadata = operation<GetTableMetadataInput, GetTableMetadataOutput>({
  schema: GetTableMetadata$,
  async run({ CatalogName, DatabaseName, TableName }, { clients }) {
    checkCatalog(CatalogName)
    return {
      TableMetadata: tableMetadata(await clients.catalog.getTable({ database: DatabaseName!, table: TableName! })),
    }
  },
})

export const service = defineService({
  name: 'Athena',
  protocol: 'awsJson1_1',
  validationCode: 'InvalidRequestException',
  messageMember: 'Message',
  operations: {
    StartQueryExecution,
    GetQueryExecution,
    BatchGetQueryExecution,
    ListQueryExecutions,
    StopQueryExecution,
    GetQueryResults,
    GetWorkGroup,
    ListWorkGroups,
    ListDataCatalogs,
    ListDatabases,
    ListTableMetadata,
    GetTableMetadata,
  },
  errorMembers: (error): Record<string, unknown> =>
    error instanceof MalformedQuery ? { AthenaErrorCode: 'MALFORMED_QUERY' } : {},
  /** What is missing in the catalog is a MetadataException here. */
  error: (error) =>
    error.code === 'EntityNotFoundException' ? new EngineError('MetadataException', error.message) : error,
})
