import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CreateApiDestinationCommand,
  type CreateApiDestinationCommandInput,
  CreateConnectionCommand,
  DescribeConnectionCommand,
  ListApiDestinationsCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { describe, expect, it } from 'vitest'
import { startEvents, type TestEvents } from '../support/events.ts'

interface Asked {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An API that answers with these statuses, one after the other, then with 200. */
async function api(statuses: number[] = [], said = 'said') {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => {
      body += piece
    })
    request.on('end', () => {
      asked.push({ method: request.method, url: request.url, headers: request.headers, body })
      response.writeHead(statuses.shift() ?? 200).end(said)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { asked, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() }
}

const KEY = {
  AuthorizationType: 'API_KEY' as const,
  AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'secret' } },
}

async function destination(bed: TestEvents, more: Partial<CreateApiDestinationCommandInput>, auth: object = KEY) {
  const made = await bed.bridge.send(new CreateConnectionCommand({ Name: 'c', ...KEY, ...auth }))
  const input = {
    Name: 'd',
    ConnectionArn: made.ConnectionArn,
    HttpMethod: 'POST' as const,
    InvocationEndpoint: '',
    ...more,
  }
  return (await bed.bridge.send(new CreateApiDestinationCommand(input))).ApiDestinationArn!
}

async function rule(bed: TestEvents, target: object) {
  await bed.bridge.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["shop"]}' }))
  return bed.bridge.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't', Arn: '', ...target }] }))
}
const put = (bed: TestEvents) =>
  bed.bridge.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Order', Detail: '{"n":1}' }] }))

describe('an API destination', () => {
  it('is asked with the key of its connection, its path and query filled by the target', async () => {
    await using bed = await startEvents()
    using server = await api()
    const http = {
      BodyParameters: [{ Key: 'by', Value: 'millrace' }],
      QueryStringParameters: [{ Key: 'v', Value: '2' }],
    }
    const AuthParameters = { ...KEY.AuthParameters, InvocationHttpParameters: http }
    const Arn = await destination(bed, { InvocationEndpoint: `${server.url}/orders/*/lines` }, { AuthParameters })
    await expect(rule(bed, { Arn })).rejects.toMatchObject({
      name: 'ValidationException',
      message: /1 path parameters/,
    })
    const HttpParameters = {
      PathParameterValues: ['a b'],
      HeaderParameters: { 'x-extra': 'e' },
      QueryStringParameters: { q: '1' },
    }
    await rule(bed, { Arn, InputPath: '$.detail', HttpParameters })
    await put(bed)
    await expect
      .poll(() => server.asked)
      .toMatchObject([
        {
          method: 'POST',
          url: '/orders/a%20b/lines?q=1&v=2',
          headers: { 'x-key': 'secret', 'x-extra': 'e', 'content-type': 'application/json; charset=utf-8' },
          body: '{"n":1,"by":"millrace"}',
        },
      ])
    const { AuthParameters: told } = await bed.bridge.send(new DescribeConnectionCommand({ Name: 'c' }))
    expect(JSON.stringify(told)).not.toContain('secret"')
    const { ApiDestinations } = await bed.bridge.send(new ListApiDestinationsCommand({}))
    expect(ApiDestinations).toMatchObject([{ Name: 'd', InvocationRateLimitPerSecond: 300 }])
  })

  it('is asked again after what may pass, and not after what will not', async () => {
    await using bed = await startEvents()
    using server = await api([503, 429, 200, 400])
    const basic = {
      AuthorizationType: 'BASIC',
      AuthParameters: { BasicAuthParameters: { Username: 'me', Password: 'pw' } },
    }
    const Arn = await destination(bed, { InvocationEndpoint: server.url, HttpMethod: 'PUT' }, basic)
    await rule(bed, { Arn })
    await put(bed)
    await expect.poll(() => bed.settle(5000).then(() => server.asked.length)).toBe(3)
    expect(server.asked[0]).toMatchObject({ method: 'PUT', headers: { authorization: `Basic ${btoa('me:pw')}` } })
    await put(bed)
    await expect.poll(() => bed.settle(5000).then(() => server.asked.length)).toBe(4)
    const watching = new AbortController()
    const failed = async () => {
      for await (const { deliveries } of bed.events.watch({}, { signal: watching.signal }))
        return deliveries.map(({ state, outcome }) => [state, outcome])
    }
    await expect.poll(failed).toContainEqual(['FAILED', 'HTTP 400: said'])
    watching.abort()
  })

  it('is asked with a token for the secret of its client, and with another when that is not accepted', async () => {
    await using bed = await startEvents()
    using server = await api([200, 401])
    using login = await api([], JSON.stringify({ access_token: 'token', token_type: 'bearer', expires_in: 3600 }))
    const OAuthParameters = {
      ClientParameters: { ClientID: 'me', ClientSecret: 'hush' },
      AuthorizationEndpoint: `${login.url}/token`,
      HttpMethod: 'POST' as const,
      OAuthHttpParameters: { BodyParameters: [{ Key: 'scope', Value: 'orders' }] },
    }
    const oauth = { AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS' as const, AuthParameters: { OAuthParameters } }
    const Arn = await destination(bed, { InvocationEndpoint: server.url }, oauth)
    await rule(bed, { Arn })
    await put(bed)
    await expect.poll(() => bed.settle(5000).then(() => server.asked.length)).toBe(1)
    expect(server.asked[0].headers.authorization).toBe('Bearer token')
    await put(bed)
    await expect.poll(() => bed.settle(5000).then(() => server.asked.length)).toBe(3)
    const body = 'grant_type=client_credentials&client_id=me&client_secret=hush&scope=orders'
    expect(login.asked.map((each) => [each.url, each.body])).toEqual([
      ['/token', body],
      ['/token', body],
    ])
    const { AuthParameters } = await bed.bridge.send(new DescribeConnectionCommand({ Name: 'c' }))
    expect(AuthParameters).toMatchObject({ OAuthParameters: { ClientParameters: { ClientID: 'me' } } })
    expect(JSON.stringify(AuthParameters)).not.toContain('hush')
  })

  it('is not a queue of SQS, which is refused by name', async () => {
    await using bed = await startEvents()
    const queue = rule(bed, { Arn: 'arn:aws:sqs:us-east-1:000000000000:q' })
    await expect(queue).rejects.toMatchObject({ name: 'ValidationException', message: /queues of SQS/ })
  })
})
