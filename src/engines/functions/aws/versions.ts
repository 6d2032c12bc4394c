import {
  type AliasConfiguration,
  type AliasRoutingConfiguration,
  CreateAlias$,
  type CreateAliasRequest,
  DeleteAlias$,
  type DeleteAliasRequest,
  type FunctionConfiguration,
  GetAlias$,
  type GetAliasRequest,
  ListAliases$,
  type ListAliasesRequest,
  type ListAliasesResponse,
  ListVersionsByFunction$,
  type ListVersionsByFunctionRequest,
  type ListVersionsByFunctionResponse,
  PublishVersion$,
  type PublishVersionRequest,
  UpdateAlias$,
  type UpdateAliasRequest,
} from '@aws-sdk/client-lambda'
import type { Alias } from '../contract.ts'
import { functionArn, invalid } from '../errors.ts'
import { nameOf, operation, pageOf, requireHonoured } from './common.ts'
import { configurationOf } from './functions.ts'

const LIMITS = {
  Name: { length: [1, 128], pattern: /(?!^[0-9]+$)([a-zA-Z0-9-_]+)/ },
  FunctionVersion: { length: [1, 1024], pattern: /(\$LATEST|[0-9]+)/ },
  Description: { length: [0, 256] },
  MaxItems: { range: [1, 10_000] },
} as const

const PublishVersion = operation<PublishVersionRequest, FunctionConfiguration>({
  schema: PublishVersion$,
  constraints: LIMITS,
  async run(input, { clients, answer }) {
    requireHonoured(input, ['FunctionName', 'CodeSha256', 'Description', 'RevisionId'])
    const { CodeSha256: codeSha256, Description: description, RevisionId: revisionId } = input
    const info = await clients.functions.publishVersion({
      name: nameOf(input.FunctionName),
      ...(codeSha256 && { codeSha256 }),
      ...(description && { description }),
      ...(revisionId && { revisionId }),
    })
    answer.status = 201
    return configurationOf(info)
  },
})

const ListVersionsByFunction = operation<ListVersionsByFunctionRequest, ListVersionsByFunctionResponse>({
  schema: ListVersionsByFunction$,
  constraints: LIMITS,
  async run({ FunctionName, Marker, MaxItems = 50 }, { clients }) {
    const all = await clients.functions.listVersions({ name: nameOf(FunctionName) })
    const { items, NextMarker } = pageOf(all, Marker, Math.min(MaxItems, 50))
    return { Versions: items.map(configurationOf), NextMarker }
  },
})

const CreateAlias = operation<CreateAliasRequest, AliasConfiguration>({
  schema: CreateAlias$,
  constraints: LIMITS,
  async run(input, { clients, answer }) {
    const name = nameOf(input.FunctionName)
    const alias = await clients.functions.createAlias({
      name,
      alias: {
        name: input.Name!,
        version: input.FunctionVersion!,
        description: input.Description ?? '',
        additional: additionalOf(input.RoutingConfig),
      },
    })
    answer.status = 201
    return describe(name, alias)
  },
})

const UpdateAlias = operation<UpdateAliasRequest, AliasConfiguration>({
  schema: UpdateAlias$,
  constraints: LIMITS,
  async run(input, { clients }) {
    const name = nameOf(input.FunctionName)
    const { FunctionVersion: version, Description: description, RoutingConfig, RevisionId: revisionId } = input
    const settings = {
      ...(version !== undefined && { version }),
      ...(description !== undefined && { description }),
      ...(RoutingConfig && { additional: additionalOf(RoutingConfig) }),
    }
    const change = { name, alias: input.Name!, settings, ...(revisionId && { revisionId }) }
    return describe(name, await clients.functions.updateAlias(change))
  },
})

const DeleteAlias = operation<DeleteAliasRequest, object>({
  schema: DeleteAlias$,
  async run(input, { clients, answer }) {
    await clients.functions.deleteAlias({ name: nameOf(input.FunctionName), alias: input.Name! })
    answer.status = 204
    return {}
  },
})

const GetAlias = operation<GetAliasRequest, AliasConfiguration>({
  schema: GetAlias$,
  async run(input, { clients }) {
    const name = nameOf(input.FunctionName)
    return describe(name, await clients.functions.describeAlias({ name, alias: input.Name! }))
  },
})

const ListAliases = operation<ListAliasesRequest, ListAliasesResponse>({
  schema: ListAliases$,
  constraints: LIMITS,
  async run({ FunctionName, FunctionVersion, Marker, MaxItems = 50 }, { clients }) {
    const name = nameOf(FunctionName)
    const all = (await clients.functions.listAliases({ name })).filter(
      ({ version, additional }) =>
        FunctionVersion === undefined || [version, additional?.version].includes(FunctionVersion),
    )
    const { items, NextMarker } = pageOf(all, Marker, Math.min(MaxItems, 50))
    return { Aliases: items.map((alias) => describe(name, alias)), NextMarker }
  },
})

export const versionOperations = {
  CreateAlias,
  DeleteAlias,
  GetAlias,
  ListAliases,
  ListVersionsByFunction,
  PublishVersion,
  UpdateAlias,
}

/** An alias has at most two versions; weights that are empty leave it the one. */
function additionalOf(routing: AliasRoutingConfiguration | undefined): Alias['additional'] {
  const [first, ...more] = Object.entries(routing?.AdditionalVersionWeights ?? {})
  if (!first) return null
  const [version, weight] = first
  if (more.length > 0)
    throw invalid('Number of items in AdditionalVersionWeights cannot be greater than 1', 'RoutingConfig')
  if (!(weight >= 0 && weight <= 1))
    throw invalid(
      `Value '{${version}=${weight}}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0]`,
      'RoutingConfig',
    )
  return { version, weight }
}

function describe(name: string, { additional, ...alias }: Alias): AliasConfiguration {
  return {
    AliasArn: functionArn(`${name}:${alias.name}`),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    RevisionId: alias.revisionId,
    ...(additional && { RoutingConfig: { AdditionalVersionWeights: { [additional.version]: additional.weight } } }),
  }
}
