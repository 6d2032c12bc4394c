import * as sdk from '@aws-sdk/client-athena'
import { EngineError } from '../../kit/pure/errors.ts'
import type { NamedQuery, PreparedStatement } from '../contract.ts'
import { malformed } from '../statements/malformed.ts'
import {
  DESCRIPTION,
  InvalidRequest,
  NAME,
  operation,
  page,
  QUERY_STRING,
  REQUEST_TOKEN,
  TOKEN,
  WORK_GROUP,
} from './common.ts'

export const CreateNamedQuery = operation<sdk.CreateNamedQueryInput, sdk.CreateNamedQueryOutput>({
  schema: sdk.CreateNamedQuery$,
  constraints: {
    Name: NAME,
    Description: DESCRIPTION,
    Database: { length: [1, 255] },
    QueryString: QUERY_STRING,
    ClientRequestToken: REQUEST_TOKEN,
    WorkGroup: WORK_GROUP,
  },
  async run(input, { clients }) {
    const { id } = await clients.athena.createNamedQuery({
      name: input.Name!,
      description: input.Description,
      database: input.Database!,
      sql: input.QueryString!,
      workGroup: input.WorkGroup ?? 'primary',
      token: input.ClientRequestToken,
    })
    return { NamedQueryId: id }
  },
})

export const GetNamedQuery = operation<sdk.GetNamedQueryInput, sdk.GetNamedQueryOutput>({
  schema: sdk.GetNamedQuery$,
  async run({ NamedQueryId }, { clients }) {
    return { NamedQuery: namedQuery(await clients.athena.getNamedQuery({ id: NamedQueryId! })) }
  },
})

export const BatchGetNamedQuery = operation<sdk.BatchGetNamedQueryInput, sdk.BatchGetNamedQueryOutput>({
  schema: sdk.BatchGetNamedQuery$,
  constraints: { NamedQueryIds: { length: [1, 50] } },
  async run({ NamedQueryIds }, { clients }) {
    const NamedQueries: sdk.NamedQuery[] = []
    const UnprocessedNamedQueryIds: sdk.UnprocessedNamedQueryId[] = []
    for (const id of NamedQueryIds!) {
      const query = await orRefusal(clients.athena.getNamedQuery({ id }))
      if (!(query instanceof EngineError)) NamedQueries.push(namedQuery(query))
      else UnprocessedNamedQueryIds.push({ NamedQueryId: id, ErrorCode: query.code, ErrorMessage: query.message })
    }
    return { NamedQueries, UnprocessedNamedQueryIds }
  },
})

export const ListNamedQueries = operation<sdk.ListNamedQueriesInput, sdk.ListNamedQueriesOutput>({
  schema: sdk.ListNamedQueries$,
  constraints: { MaxResults: { range: [0, 50] }, NextToken: TOKEN, WorkGroup: WORK_GROUP },
  async run({ MaxResults, NextToken, WorkGroup = 'primary' }, { clients }) {
    const all = await clients.athena.listNamedQueries({ workGroup: WorkGroup })
    const { items, ...next } = page(all, NextToken, MaxResults)
    return { NamedQueryIds: items.map(({ id }) => id), ...next }
  },
})

export const UpdateNamedQuery = operation<sdk.UpdateNamedQueryInput, sdk.UpdateNamedQueryOutput>({
  schema: sdk.UpdateNamedQuery$,
  constraints: { Name: NAME, Description: { length: [0, 1024] }, QueryString: QUERY_STRING },
  async run({ NamedQueryId, Name, Description, QueryString }, { clients }) {
    await clients.athena.updateNamedQuery({
      id: NamedQueryId!,
      name: Name!,
      sql: QueryString!,
      description: Description,
    })
    return {}
  },
})

export const DeleteNamedQuery = operation<sdk.DeleteNamedQueryInput, sdk.DeleteNamedQueryOutput>({
  schema: sdk.DeleteNamedQuery$,
  async run({ NamedQueryId }, { clients }) {
    await clients.athena.deleteNamedQuery({ id: NamedQueryId! })
    return {}
  },
})

const PREPARED = {
  StatementName: { length: [1, 256], pattern: /[a-zA-Z_][a-zA-Z0-9_@:]{0,255}/ },
  WorkGroup: WORK_GROUP,
} as const
const PREPARED_TEXT = { ...PREPARED, QueryStatement: QUERY_STRING, Description: DESCRIPTION } as const

export const CreatePreparedStatement = operation<sdk.CreatePreparedStatementInput, sdk.CreatePreparedStatementOutput>({
  schema: sdk.CreatePreparedStatement$,
  constraints: PREPARED_TEXT,
  async run(input, { clients }) {
    await clients.athena.createPreparedStatement(preparedInput(input))
    return {}
  },
})

export const UpdatePreparedStatement = operation<sdk.UpdatePreparedStatementInput, sdk.UpdatePreparedStatementOutput>({
  schema: sdk.UpdatePreparedStatement$,
  constraints: PREPARED_TEXT,
  async run(input, { clients }) {
    await clients.athena.updatePreparedStatement(preparedInput(input))
    return {}
  },
})

export const GetPreparedStatement = operation<sdk.GetPreparedStatementInput, sdk.GetPreparedStatementOutput>({
  schema: sdk.GetPreparedStatement$,
  constraints: PREPARED,
  async run({ StatementName, WorkGroup }, { clients }) {
    const statement = await clients.athena.getPreparedStatement({ workGroup: WorkGroup!, name: StatementName! })
    return { PreparedStatement: preparedStatement(statement) }
  },
})

export const BatchGetPreparedStatement = operation<
  sdk.BatchGetPreparedStatementInput,
  sdk.BatchGetPreparedStatementOutput
>({
  schema: sdk.BatchGetPreparedStatement$,
  constraints: { PreparedStatementNames: { length: [1, 50] }, WorkGroup: WORK_GROUP },
  async run({ PreparedStatementNames, WorkGroup }, { clients }) {
    const PreparedStatements: sdk.PreparedStatement[] = []
    const missing: sdk.UnprocessedPreparedStatementName[] = []
    for (const name of PreparedStatementNames!) {
      const found = await orRefusal(clients.athena.getPreparedStatement({ workGroup: WorkGroup!, name }))
      if (!(found instanceof EngineError)) PreparedStatements.push(preparedStatement(found))
      else missing.push({ StatementName: name, ErrorCode: found.code, ErrorMessage: found.message })
    }
    return { PreparedStatements, UnprocessedPreparedStatementNames: missing }
  },
})

export const ListPreparedStatements = operation<sdk.ListPreparedStatementsInput, sdk.ListPreparedStatementsOutput>({
  schema: sdk.ListPreparedStatements$,
  constraints: { WorkGroup: WORK_GROUP, MaxResults: { range: [1, 50] }, NextToken: TOKEN },
  async run({ WorkGroup, MaxResults, NextToken }, { clients }) {
    const all = await clients.athena.listPreparedStatements({ workGroup: WorkGroup! })
    const { items, ...next } = page(all, NextToken, MaxResults)
    return {
      PreparedStatements: items.map(({ name, modifiedMs }) => ({
        StatementName: name,
        LastModifiedTime: new Date(modifiedMs),
      })),
      ...next,
    }
  },
})

export const DeletePreparedStatement = operation<sdk.DeletePreparedStatementInput, sdk.DeletePreparedStatementOutput>({
  schema: sdk.DeletePreparedStatement$,
  constraints: PREPARED,
  async run({ StatementName, WorkGroup }, { clients }) {
    await clients.athena.deletePreparedStatement({ workGroup: WorkGroup!, name: StatementName! })
    return {}
  },
})

function preparedInput(input: sdk.CreatePreparedStatementInput) {
  const unreadable = malformed(input.QueryStatement!)
  if (unreadable !== undefined) throw new InvalidRequest('MALFORMED_QUERY', unreadable)
  return {
    workGroup: input.WorkGroup!,
    name: input.StatementName!,
    sql: input.QueryStatement!,
    description: input.Description,
  }
}

function namedQuery({ id, name, description, database, sql, workGroup }: NamedQuery): sdk.NamedQuery {
  return {
    NamedQueryId: id,
    Name: name,
    Description: description,
    Database: database,
    QueryString: sql,
    WorkGroup: workGroup,
  }
}

function preparedStatement({
  workGroup,
  name,
  sql,
  description,
  modifiedMs,
}: PreparedStatement): sdk.PreparedStatement {
  return {
    StatementName: name,
    QueryStatement: sql,
    WorkGroupName: workGroup,
    Description: description,
    LastModifiedTime: new Date(modifiedMs),
  }
}

/** What a batch tells of one of its parts; what is no failure of the request is thrown on. */
async function orRefusal<T>(work: Promise<T>): Promise<T | EngineError> {
  try {
    return await work
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.domain === 'user') return thrown
    throw thrown
  }
}
