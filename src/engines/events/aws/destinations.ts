import * as model from '@aws-sdk/client-eventbridge'
import type { ApiDestination, Connection, ConnectionInput } from '../contract.ts'
import { invalid, notFound } from '../errors.ts'
import { dateOf, operation, pageOf, RULE_NAME, requireHonoured } from './common.ts'

const NAMED = { Name: RULE_NAME }
const PAGED = { Limit: { range: [1, 100] as [number, number] } }
const RATE = { ...NAMED, InvocationRateLimitPerSecond: { range: [1, Number.MAX_SAFE_INTEGER] as [number, number] } }
const CONNECTION = ['Name', 'Description', 'AuthorizationType', 'AuthParameters']
const AUTH = ['BasicAuthParameters', 'ApiKeyAuthParameters', 'OAuthParameters', 'InvocationHttpParameters']
const DESTINATION = [
  'Name',
  'Description',
  'ConnectionArn',
  'InvocationEndpoint',
  'HttpMethod',
  'InvocationRateLimitPerSecond',
]

type WireAuth = model.CreateConnectionAuthRequestParameters
type WireParameters = readonly {
  Key?: string | undefined
  Value?: string | undefined
  IsValueSecret?: boolean | undefined
}[]

const parameters = (list: WireParameters = []) =>
  list.map(({ Key, Value, IsValueSecret }) => ({ key: Key ?? '', value: Value ?? '', secret: IsValueSecret ?? false }))

const httpOf = (http: model.ConnectionHttpParameters | undefined): ConnectionInput['http'] => ({
  headers: parameters(http?.HeaderParameters),
  query: parameters(http?.QueryStringParameters),
  body: parameters(http?.BodyParameters),
})

function authOf(type: string | undefined, given: WireAuth): Pick<ConnectionInput, 'auth' | 'http'> {
  requireHonoured(given, AUTH, 'AuthParameters.')
  const { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth } = given
  const rest = { http: httpOf(given.InvocationHttpParameters) }
  if (type === 'BASIC' && basic)
    return { auth: { kind: 'BASIC', user: basic.Username!, password: basic.Password! }, ...rest }
  if (type === 'API_KEY' && key)
    return { auth: { kind: 'API_KEY', header: key.ApiKeyName!, value: key.ApiKeyValue! }, ...rest }
  if (type === 'OAUTH_CLIENT_CREDENTIALS' && oauth) {
    const endpoint = oauth.AuthorizationEndpoint!
    if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
      throw invalid(
        'AuthorizationEndpoint is an address that begins with https:// or http://.',
        'AuthorizationEndpoint',
      )
    const { ClientID: client, ClientSecret: secret } = oauth.ClientParameters!
    const http = httpOf(oauth.OAuthHttpParameters)
    return {
      auth: { kind: type, client: client!, secret: secret!, endpoint, method: oauth.HttpMethod!, http },
      ...rest,
    }
  }
  throw invalid('AuthParameters do not fit AuthorizationType.', 'AuthParameters')
}

const stateOf = ({ arn, createdMs, modifiedMs }: Connection) => ({
  ConnectionArn: arn,
  ConnectionState: 'AUTHORIZED' as const,
  CreationTime: dateOf(createdMs),
  LastModifiedTime: dateOf(modifiedMs),
  LastAuthorizedTime: dateOf(modifiedMs),
})

const CreateConnection = operation<model.CreateConnectionRequest, model.CreateConnectionResponse>({
  schema: model.CreateConnection$,
  constraints: NAMED,
  async run(input, { clients }) {
    requireHonoured(input, CONNECTION)
    const { Name, Description, AuthorizationType, AuthParameters } = input
    const auth = authOf(AuthorizationType, AuthParameters!)
    return stateOf(await clients.events.createConnection({ name: Name!, description: Description, ...auth }))
  },
})

const UpdateConnection = operation<model.UpdateConnectionRequest, model.UpdateConnectionResponse>({
  schema: model.UpdateConnection$,
  constraints: NAMED,
  async run(input, { clients }) {
    requireHonoured(input, CONNECTION)
    const { Name, Description, AuthorizationType, AuthParameters } = input
    const connection = await clients.events.updateConnection({
      name: Name!,
      ...(Description !== undefined && { description: Description }),
      ...(AuthParameters && authOf(AuthorizationType, AuthParameters as WireAuth)),
    })
    return stateOf(connection)
  },
})

const DeleteConnection = operation<model.DeleteConnectionRequest, model.DeleteConnectionResponse>({
  schema: model.DeleteConnection$,
  constraints: NAMED,
  async run({ Name }, { clients }) {
    return { ...stateOf(await clients.events.deleteConnection({ name: Name! })), ConnectionState: 'DELETING' }
  },
})

const named = <T extends { name: string }>(all: readonly T[], name: string, what: string): T => {
  const found = all.find((each) => each.name === name)
  if (!found) throw notFound(`${what} '${name}' does not exist.`)
  return found
}

const toldParameters = (list: Connection['http']['headers']) =>
  list.map(({ key, value, secret }) => ({
    Key: key,
    IsValueSecret: secret,
    ...(value !== undefined && { Value: value }),
  }))

const httpShown = ({ headers, query, body }: Connection['http']) => ({
  HeaderParameters: toldParameters(headers),
  QueryStringParameters: toldParameters(query),
  BodyParameters: toldParameters(body),
})

function authShown(auth: Connection['auth']): model.ConnectionAuthResponseParameters {
  if (auth.kind === 'BASIC') return { BasicAuthParameters: { Username: auth.user } }
  if (auth.kind === 'API_KEY') return { ApiKeyAuthParameters: { ApiKeyName: auth.header } }
  const { client, endpoint, method, http } = auth
  return {
    OAuthParameters: {
      ClientParameters: { ClientID: client },
      AuthorizationEndpoint: endpoint,
      HttpMethod: method,
      OAuthHttpParameters: httpShown(http),
    },
  }
}

const DescribeConnection = operation<model.DescribeConnectionRequest, model.DescribeConnectionResponse>({
  schema: model.DescribeConnection$,
  constraints: NAMED,
  async run({ Name }, { clients }) {
    const connection = named(await clients.events.listConnections({}), Name!, 'Connection')
    const { auth, http, name, description } = connection
    return {
      ...stateOf(connection),
      Name: name,
      Description: description,
      AuthorizationType: auth.kind,
      AuthParameters: {
        ...authShown(auth),
        InvocationHttpParameters: httpShown(http),
      },
    }
  },
})

const ListConnections = operation<model.ListConnectionsRequest, model.ListConnectionsResponse>({
  schema: model.ListConnections$,
  constraints: PAGED,
  async run({ NamePrefix = '', ConnectionState = 'AUTHORIZED', NextToken, Limit }, { clients }) {
    const all = ConnectionState === 'AUTHORIZED' ? await clients.events.listConnections({}) : []
    const { page, ...more } = pageOf(
      all.filter(({ name }) => name.startsWith(NamePrefix)),
      NextToken,
      Limit,
    )
    const Connections = page.map((each) => ({ ...stateOf(each), Name: each.name, AuthorizationType: each.auth.kind }))
    return { Connections, ...more }
  },
})

const brief = ({ arn, createdMs, modifiedMs }: ApiDestination) => ({
  ApiDestinationArn: arn,
  ApiDestinationState: 'ACTIVE' as const,
  CreationTime: dateOf(createdMs),
  LastModifiedTime: dateOf(modifiedMs),
})

const whole = (destination: ApiDestination) => ({
  ...brief(destination),
  Name: destination.name,
  ConnectionArn: destination.connectionArn,
  InvocationEndpoint: destination.endpoint,
  HttpMethod: destination.method,
  InvocationRateLimitPerSecond: destination.ratePerSecond,
})

const CreateApiDestination = operation<model.CreateApiDestinationRequest, model.CreateApiDestinationResponse>({
  schema: model.CreateApiDestination$,
  constraints: RATE,
  async run(input, { clients }) {
    requireHonoured(input, DESTINATION)
    const destination = await clients.events.createApiDestination({
      name: input.Name!,
      description: input.Description,
      connectionArn: input.ConnectionArn!,
      endpoint: input.InvocationEndpoint!,
      method: input.HttpMethod!,
      ratePerSecond: input.InvocationRateLimitPerSecond,
    })
    return brief(destination)
  },
})

const UpdateApiDestination = operation<model.UpdateApiDestinationRequest, model.UpdateApiDestinationResponse>({
  schema: model.UpdateApiDestination$,
  constraints: RATE,
  async run(input, { clients }) {
    requireHonoured(input, DESTINATION)
    const { Description, ConnectionArn, InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond } = input
    const destination = await clients.events.updateApiDestination({
      name: input.Name!,
      ...(Description !== undefined && { description: Description }),
      ...(ConnectionArn !== undefined && { connectionArn: ConnectionArn }),
      ...(InvocationEndpoint !== undefined && { endpoint: InvocationEndpoint }),
      ...(HttpMethod !== undefined && { method: HttpMethod }),
      ...(InvocationRateLimitPerSecond !== undefined && { ratePerSecond: InvocationRateLimitPerSecond }),
    })
    return brief(destination)
  },
})

const DeleteApiDestination = operation<model.DeleteApiDestinationRequest, object>({
  schema: model.DeleteApiDestination$,
  constraints: NAMED,
  run: ({ Name }, { clients }) => clients.events.deleteApiDestination({ name: Name! }),
})

const DescribeApiDestination = operation<model.DescribeApiDestinationRequest, model.DescribeApiDestinationResponse>({
  schema: model.DescribeApiDestination$,
  constraints: NAMED,
  async run({ Name }, { clients }) {
    const destination = named(await clients.events.listApiDestinations({}), Name!, 'An api-destination')
    return { ...whole(destination), Description: destination.description }
  },
})

const ListApiDestinations = operation<model.ListApiDestinationsRequest, model.ListApiDestinationsResponse>({
  schema: model.ListApiDestinations$,
  constraints: PAGED,
  async run({ NamePrefix = '', ConnectionArn, NextToken, Limit }, { clients }) {
    const all = await clients.events.listApiDestinations({})
    const wanted = all.filter(
      ({ name, connectionArn }) => name.startsWith(NamePrefix) && (ConnectionArn ?? connectionArn) === connectionArn,
    )
    const { page, ...more } = pageOf(wanted, NextToken, Limit)
    return { ApiDestinations: page.map(whole), ...more }
  },
})

export const destinationOperations = {
  CreateApiDestination,
  CreateConnection,
  DeleteApiDestination,
  DeleteConnection,
  DescribeApiDestination,
  DescribeConnection,
  ListApiDestinations,
  ListConnections,
  UpdateApiDestination,
  UpdateConnection,
}
