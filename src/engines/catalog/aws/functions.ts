import {
  CreateUserDefinedFunction$,
  type CreateUserDefinedFunctionRequest,
  type CreateUserDefinedFunctionResponse,
  DeleteUserDefinedFunction$,
  type DeleteUserDefinedFunctionRequest,
  type DeleteUserDefinedFunctionResponse,
  GetUserDefinedFunction$,
  type GetUserDefinedFunctionRequest,
  type GetUserDefinedFunctionResponse,
  GetUserDefinedFunctions$,
  type GetUserDefinedFunctionsRequest,
  type GetUserDefinedFunctionsResponse,
  UpdateUserDefinedFunction$,
  type UpdateUserDefinedFunctionRequest,
  type UpdateUserDefinedFunctionResponse,
  type UserDefinedFunction,
  type UserDefinedFunctionInput,
} from '@aws-sdk/client-glue'
import { page } from '../../kit/node/aws/glue.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { Kept } from '../contract.ts'
import { invalid, notFound } from '../model.ts'
import {
  inDatabase,
  NAME,
  namedLike,
  operation,
  packed,
  paged,
  type Reach,
  refuseOtherCatalog,
  unpacked,
} from './common.ts'

const ofFunction = { ...inDatabase, FunctionName: NAME }
const inputConstraints = {
  ...ofFunction,
  'FunctionInput.FunctionName': NAME,
  'FunctionInput.ClassName': NAME,
  'FunctionInput.OwnerName': NAME,
  'FunctionInput.OwnerType': { values: ['USER', 'ROLE', 'GROUP'] },
  'FunctionInput.FunctionType': { values: ['REGULAR_FUNCTION', 'AGGREGATE_FUNCTION', 'STORED_PROCEDURE'] },
  'FunctionInput.ResourceUris': { length: [0, 1000] },
} as const

async function scopeOf(database: string, { clients }: Reach): Promise<string> {
  const scope = database.toLowerCase()
  if ((await clients.catalog.listDatabases({})).some(({ name }) => name === scope)) return scope
  throw notFound(`Database ${scope} not found.`)
}

async function put(
  how: 'create' | 'update',
  database: string,
  name: string | undefined,
  input: UserDefinedFunctionInput,
  reach: Reach,
): Promise<void> {
  if (!name) throw invalid('FunctionName is needed.')
  const scope = await scopeOf(database, reach)
  const named = name.toLowerCase()
  const document = packed({ ...input, FunctionName: named })
  await reach.clients.catalog.keep({ kind: 'function', scope, name: named, document, how })
}

const toGlue = (database: string, { document, createdMs }: Kept): UserDefinedFunction => ({
  ...unpacked<UserDefinedFunctionInput>(document),
  DatabaseName: database,
  CreateTime: new Date(createdMs),
  CatalogId: ACCOUNT_ID,
})

export const CreateUserDefinedFunction = operation<CreateUserDefinedFunctionRequest, CreateUserDefinedFunctionResponse>(
  {
    schema: CreateUserDefinedFunction$,
    constraints: inputConstraints,
    async run(input, context) {
      refuseOtherCatalog(input)
      const given = input.FunctionInput!
      await put('create', input.DatabaseName!, given.FunctionName, given, context)
      return {}
    },
  },
)

export const UpdateUserDefinedFunction = operation<UpdateUserDefinedFunctionRequest, UpdateUserDefinedFunctionResponse>(
  {
    schema: UpdateUserDefinedFunction$,
    constraints: inputConstraints,
    async run(input, context) {
      refuseOtherCatalog(input)
      const given = input.FunctionInput!
      if (given.FunctionName !== undefined && given.FunctionName.toLowerCase() !== input.FunctionName!.toLowerCase())
        throw invalid('A function cannot be renamed.')
      await put('update', input.DatabaseName!, input.FunctionName, given, context)
      return {}
    },
  },
)

export const GetUserDefinedFunction = operation<GetUserDefinedFunctionRequest, GetUserDefinedFunctionResponse>({
  schema: GetUserDefinedFunction$,
  constraints: ofFunction,
  async run(input, context) {
    refuseOtherCatalog(input)
    const scope = await scopeOf(input.DatabaseName!, context)
    const name = input.FunctionName!.toLowerCase()
    const found = await context.clients.catalog.getKept({ kind: 'function', scope, name })
    return { UserDefinedFunction: toGlue(scope, found) }
  },
})

export const GetUserDefinedFunctions = operation<GetUserDefinedFunctionsRequest, GetUserDefinedFunctionsResponse>({
  schema: GetUserDefinedFunctions$,
  constraints: { ...inDatabase, ...paged, Pattern: NAME },
  async run(input, context) {
    refuseOtherCatalog(input)
    const { catalog } = context.clients
    const scopes =
      input.DatabaseName === undefined
        ? (await catalog.listDatabases({})).map(({ name }) => name)
        : [await scopeOf(input.DatabaseName, context)]
    const found = []
    for (const scope of scopes)
      for (const kept of namedLike(await catalog.listKept({ kind: 'function', scope }), input.Pattern!))
        found.push(toGlue(scope, kept))
    const wanted = found.filter(({ FunctionType }) => !input.FunctionType || FunctionType === input.FunctionType)
    const { items, ...next } = page(wanted, input.NextToken, input.MaxResults)
    return { UserDefinedFunctions: items, ...next }
  },
})

export const DeleteUserDefinedFunction = operation<DeleteUserDefinedFunctionRequest, DeleteUserDefinedFunctionResponse>(
  {
    schema: DeleteUserDefinedFunction$,
    constraints: ofFunction,
    async run(input, context) {
      refuseOtherCatalog(input)
      const scope = await scopeOf(input.DatabaseName!, context)
      const name = input.FunctionName!.toLowerCase()
      await context.clients.catalog.forget({ kind: 'function', scope, name })
      return {}
    },
  },
)
