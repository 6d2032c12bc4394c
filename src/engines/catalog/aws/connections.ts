import {
  BatchDeleteConnection$,
  type BatchDeleteConnectionRequest,
  type BatchDeleteConnectionResponse,
  type Connection,
  type ConnectionInput,
  CreateConnection$,
  type CreateConnectionRequest,
  type CreateConnectionResponse,
  DeleteConnection$,
  type DeleteConnectionRequest,
  type DeleteConnectionResponse,
  type ErrorDetail,
  GetConnection$,
  type GetConnectionRequest,
  type GetConnectionResponse,
  GetConnections$,
  type GetConnectionsRequest,
  type GetConnectionsResponse,
  UpdateConnection$,
  type UpdateConnectionRequest,
  type UpdateConnectionResponse,
} from '@aws-sdk/client-glue'
import type { Clients } from '../../contract.ts'
import { page, refuse } from '../../kit/node/aws/glue.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { arn } from '../../kit/pure/ids.ts'
import { isPassword } from '../connection-secrets.ts'
import type { Kept } from '../contract.ts'
import { invalid } from '../model.ts'
import { failure, NAME, operation, packed, paged, refuseOtherCatalog, unpacked } from './common.ts'
import { forgetTags, keepTags } from './tags.ts'

const inputConstraints = {
  Name: NAME,
  'ConnectionInput.Name': NAME,
  'ConnectionInput.Description': { length: [0, 2048] },
  'ConnectionInput.MatchCriteria': { length: [0, 10] },
  'ConnectionInput.ConnectionProperties': { length: [0, 100] },
} as const

/** Connections are kept for those who read them: Millrace itself connects to nothing by them. */
function documentOf(input: ConnectionInput): string {
  refuse(input, 'ValidateCredentials', 'ValidateForComputeEnvironments', 'AuthenticationConfiguration')
  return packed(input)
}

/** Passwords are told to who does not ask to have them hidden, as at AWS. */
async function toGlue(
  { name, document, createdMs, updatedMs }: Kept,
  hidePassword: boolean | undefined,
  { catalog }: Pick<Clients, 'catalog'>,
): Promise<Connection> {
  const { ConnectionProperties = {}, ...input } = unpacked<ConnectionInput>(document)
  const properties = Object.entries(ConnectionProperties).filter(([property]) => !isPassword(property))
  const passwords = hidePassword
    ? {}
    : await catalog.openConnection({ name }).catch((thrown) => {
        const { message, retry } = EngineError.from(thrown)
        throw new EngineError('GlueEncryptionException', message, { retry })
      })
  return {
    ...(input as Omit<ConnectionInput, 'ConnectionProperties' | 'AuthenticationConfiguration'>),
    ConnectionProperties: { ...Object.fromEntries(properties), ...passwords },
    CreationTime: new Date(createdMs),
    LastUpdatedTime: new Date(updatedMs),
    Status: 'READY',
    ConnectionSchemaVersion: 1,
  }
}

export const CreateConnection = operation<CreateConnectionRequest, CreateConnectionResponse>({
  schema: CreateConnection$,
  constraints: inputConstraints,
  async run(input, context) {
    refuseOtherCatalog(input)
    const given = input.ConnectionInput!
    const document = documentOf(given)
    await context.clients.catalog.keep({ kind: 'connection', name: given.Name!, document, how: 'create' })
    await keepTags(arn('glue', `connection/${given.Name}`, context.region), input.Tags, context)
    return { CreateConnectionStatus: 'READY' }
  },
})

export const UpdateConnection = operation<UpdateConnectionRequest, UpdateConnectionResponse>({
  schema: UpdateConnection$,
  constraints: inputConstraints,
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const given = input.ConnectionInput!
    if (given.Name !== input.Name) throw invalid('A connection cannot be renamed.')
    await clients.catalog.keep({ kind: 'connection', name: input.Name!, document: documentOf(given), how: 'update' })
    return {}
  },
})

export const GetConnection = operation<GetConnectionRequest, GetConnectionResponse>({
  schema: GetConnection$,
  constraints: { Name: NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    refuse(input, 'ApplyOverrideForComputeEnvironment')
    const found = await clients.catalog.getKept({ kind: 'connection', name: input.Name! })
    return { Connection: await toGlue(found, input.HidePassword, clients) }
  },
})

export const GetConnections = operation<GetConnectionsRequest, GetConnectionsResponse>({
  schema: GetConnections$,
  constraints: { MaxResults: { range: [1, 1000] }, 'Filter.MatchCriteria': { length: [0, 10] } },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const { MatchCriteria, ConnectionType, ConnectionSchemaVersion } = input.Filter ?? {}
    const kept = await clients.catalog.listKept({ kind: 'connection' })
    const all = (await Promise.all(kept.map((each) => toGlue(each, input.HidePassword, clients))))
      .filter((connection) => !ConnectionType || connection.ConnectionType === ConnectionType)
      .filter((connection) => (MatchCriteria ?? []).every((word) => connection.MatchCriteria?.includes(word)))
      .filter(() => (ConnectionSchemaVersion ?? 1) === 1)
    const { items, ...next } = page(all, input.NextToken, input.MaxResults)
    return { ConnectionList: items, ...next }
  },
})

export const DeleteConnection = operation<DeleteConnectionRequest, DeleteConnectionResponse>({
  schema: DeleteConnection$,
  constraints: { ConnectionName: NAME },
  async run(input, context) {
    refuseOtherCatalog(input)
    await context.clients.catalog.forget({ kind: 'connection', name: input.ConnectionName! })
    await forgetTags(arn('glue', `connection/${input.ConnectionName}`, context.region), context)
    return {}
  },
})

export const BatchDeleteConnection = operation<BatchDeleteConnectionRequest, BatchDeleteConnectionResponse>({
  schema: BatchDeleteConnection$,
  constraints: { ...paged, ConnectionNameList: { length: [0, 25] }, 'ConnectionNameList[]': NAME },
  async run(input, context) {
    refuseOtherCatalog(input)
    const Succeeded: string[] = []
    const Errors: Record<string, ErrorDetail> = {}
    for (const name of input.ConnectionNameList!) {
      const failed = await failure(context.clients.catalog.forget({ kind: 'connection', name }))
      if (failed) Errors[name] = failed
      else {
        Succeeded.push(name)
        await forgetTags(arn('glue', `connection/${name}`, context.region), context)
      }
    }
    return { Succeeded, Errors }
  },
})
