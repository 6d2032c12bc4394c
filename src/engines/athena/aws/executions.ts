import * as sdk from '@aws-sdk/client-athena'
import type { EngineError } from '../../kit/pure/errors.ts'
import type { QueryExecution } from '../contract.ts'
import { WRITTEN_ROWS } from '../result-columns.ts'
import { malformed } from '../statements/malformed.ts'
import {
  checkCatalog,
  ENCRYPTION_OPTION,
  encryptionOf,
  InvalidRequest,
  invalid,
  malformedToken,
  operation,
  PAGE,
  QUERY_STRING,
  REQUEST_TOKEN,
  refuse,
  TOKEN,
  textOf,
  tokenOf,
  WORK_GROUP,
} from './common.ts'
import { columnInfo, execution, rowsOf, runtimeStatistics } from './shapes.ts'

const PAGE_ROWS_MAX = 1000
/** "MaxAgeInMinutes: The default is 60." */
const REUSE_MINUTES = 60

export const StartQueryExecution = operation<sdk.StartQueryExecutionInput, sdk.StartQueryExecutionOutput>({
  schema: sdk.StartQueryExecution$,
  constraints: {
    QueryString: QUERY_STRING,
    ClientRequestToken: REQUEST_TOKEN,
    WorkGroup: WORK_GROUP,
    ExecutionParameters: { length: [1, null] },
    'ExecutionParameters[]': { length: [1, 1024] },
    'QueryExecutionContext.Database': { length: [1, 255] },
    'ResultConfiguration.ExpectedBucketOwner': { length: [12, 12], pattern: /[0-9]+/ },
    'ResultConfiguration.AclConfiguration.S3AclOption': { values: ['BUCKET_OWNER_FULL_CONTROL'] },
    'ResultConfiguration.EncryptionConfiguration.EncryptionOption': ENCRYPTION_OPTION,
    'ResultReuseConfiguration.ResultReuseByAgeConfiguration.MaxAgeInMinutes': { range: [0, 10_080] },
  },
  async run(input, { clients }) {
    refuse(input, '', 'EngineConfiguration')
    checkCatalog(input.QueryExecutionContext?.Catalog)
    const { ClientRequestToken: token, QueryString: sql = '', QueryExecutionContext: context } = input
    if (token === undefined) throw invalid('clientRequestToken is null or empty')
    const unreadable = malformed(sql)
    if (unreadable !== undefined) throw new InvalidRequest('MALFORMED_QUERY', unreadable)
    const { OutputLocation, ExpectedBucketOwner, AclConfiguration, EncryptionConfiguration } =
      input.ResultConfiguration ?? {}
    const reuse = input.ResultReuseConfiguration?.ResultReuseByAgeConfiguration
    const query = await clients.athena.startQuery({
      sql,
      database: context?.Database ?? 'default',
      workGroup: input.WorkGroup ?? 'primary',
      outputLocation: OutputLocation,
      expectedBucketOwner: ExpectedBucketOwner,
      acl: AclConfiguration && 'BUCKET_OWNER_FULL_CONTROL',
      encryption: encryptionOf(EncryptionConfiguration, 'ResultConfiguration.'),
      parameters: input.ExecutionParameters,
      reuseMinutes: reuse?.Enabled ? (reuse.MaxAgeInMinutes ?? REUSE_MINUTES) : undefined,
      // What Athena holds against the token's first request.
      token: { token, request: JSON.stringify([sql, context?.Database, context?.Catalog, OutputLocation]) },
      resultFile: true,
    })
    return { QueryExecutionId: query.queryId }
  },
})

export const GetQueryExecution = operation<sdk.GetQueryExecutionInput, sdk.GetQueryExecutionOutput>({
  schema: sdk.GetQueryExecution$,
  async run({ QueryExecutionId }, { clients }) {
    return { QueryExecution: execution(await clients.athena.getQuery({ queryId: QueryExecutionId! })) }
  },
})

export const BatchGetQueryExecution = operation<sdk.BatchGetQueryExecutionInput, sdk.BatchGetQueryExecutionOutput>({
  schema: sdk.BatchGetQueryExecution$,
  constraints: { QueryExecutionIds: { length: [1, 50] } },
  async run({ QueryExecutionIds }, { clients }) {
    const found: sdk.QueryExecution[] = []
    const missing: sdk.UnprocessedQueryExecutionId[] = []
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

/** Newest first; a token is the last id of the page before, so that queries that begin meanwhile shift nothing. */
export const ListQueryExecutions = operation<sdk.ListQueryExecutionsInput, sdk.ListQueryExecutionsOutput>({
  schema: sdk.ListQueryExecutions$,
  constraints: { MaxResults: { range: [0, 50] }, NextToken: TOKEN, WorkGroup: WORK_GROUP },
  async run({ MaxResults, NextToken, WorkGroup = 'primary' }, { clients }) {
    const size = MaxResults || PAGE
    const after = NextToken === undefined ? undefined : textOf(NextToken)
    if (after !== undefined) {
      await clients.athena.getQuery({ queryId: after }).catch(() => {
        throw malformedToken(NextToken!)
      })
    }
    const queries = await clients.athena.listQueries({ workGroup: WorkGroup, after, limit: size + 1 })
    const ids = queries.slice(0, size).map((query) => query.queryId)
    return { QueryExecutionIds: ids, ...(queries.length > size && { NextToken: tokenOf(ids[size - 1]) }) }
  },
})

export const StopQueryExecution = operation<sdk.StopQueryExecutionInput, sdk.StopQueryExecutionOutput>({
  schema: sdk.StopQueryExecution$,
  async run({ QueryExecutionId }, { clients }) {
    await clients.athena.stopQuery({ queryId: QueryExecutionId! })
    return {}
  },
})

/** The first page of a query's rows begins with the names of its columns; those of SHOW and DESCRIBE do not. */
export const GetQueryResults = operation<sdk.GetQueryResultsInput, sdk.GetQueryResultsOutput>({
  schema: sdk.GetQueryResults$,
  constraints: { MaxResults: { range: [1, PAGE_ROWS_MAX] }, NextToken: TOKEN },
  async run({ QueryExecutionId, MaxResults = PAGE_ROWS_MAX, NextToken, QueryResultType }, { clients }) {
    if (QueryResultType === 'DATA_MANIFEST') throw invalid('QueryResultType DATA_MANIFEST is not supported by Millrace')
    const query = await clients.athena.getQuery({ queryId: QueryExecutionId! })
    const start = NextToken === undefined ? 0 : Number(textOf(NextToken) || Number.NaN)
    const header = start === 0 && query.statementType === 'DML' && (query.columns?.length ?? 0) > 0
    const wanted = MaxResults - (header ? 1 : 0)
    const page = await clients.athena.results({
      queryId: query.queryId,
      start: Number.isSafeInteger(start) && start >= 0 ? start : 0,
      rows: Math.max(1, wanted),
      text: true,
    })
    // A query without results is told before a token that is none.
    if (!Number.isSafeInteger(start) || start < 0) throw invalid(`Malformed nextPageToken ${NextToken}`)
    const rows = rowsOf(page, query).slice(0, wanted)
    const next = start + rows.length
    const more = page.columns.length > 0 && next < (query.rowCount ?? 0)
    const columns = isWrite(query) ? [WRITTEN_ROWS] : page.columns
    return {
      ...(columns.length > 0 && { UpdateCount: isWrite(query) ? (query.rowCount ?? 0) : 0 }),
      ResultSet: {
        Rows: header ? [{ Data: page.columns.map((column) => ({ VarCharValue: column.name })) }, ...rows] : rows,
        ResultSetMetadata: { ColumnInfo: columns.map(columnInfo) },
      },
      ...(more && { NextToken: tokenOf(String(next)) }),
    }
  },
})

const WRITES = ['INSERT', 'UNLOAD', 'CREATE_TABLE_AS_SELECT']

function isWrite({ substatementType = '' }: QueryExecution): boolean {
  return WRITES.includes(substatementType)
}

export const GetQueryRuntimeStatistics = operation<
  sdk.GetQueryRuntimeStatisticsInput,
  sdk.GetQueryRuntimeStatisticsOutput
>({
  schema: sdk.GetQueryRuntimeStatistics$,
  async run({ QueryExecutionId }, { clients }) {
    const query = await clients.athena.getQuery({ queryId: QueryExecutionId! })
    return { QueryRuntimeStatistics: runtimeStatistics(query) }
  },
})
