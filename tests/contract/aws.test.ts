import { request as httpRequest } from 'node:http'
import { createServer } from 'node:net'
import * as kinesis from '@aws-sdk/client-kinesis'
import * as signin from '@aws-sdk/nested-clients/signin'
import * as sso from '@aws-sdk/nested-clients/sso'
import * as sts from '@aws-sdk/nested-clients/sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { Decoder, Encoder, Tag } from 'cbor-x'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AwsService, defineService, operationsOf } from '../../src/engines/kit/node/aws/service.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { startGate, type TestGate } from '../support/gate.ts'

const operation = operationsOf<object>()
const written: { key: string; data: Uint8Array }[] = []

/** A stream that only remembers: what is under test is the wire. */
const streams = defineService({
  name: 'Kinesis',
  protocol: 'awsJson1_1',
  operations: {
    PutRecord: operation<kinesis.PutRecordInput, kinesis.PutRecordOutput>({
      schema: kinesis.PutRecord$,
      constraints: {
        StreamName: { length: [1, 128], pattern: /[a-zA-Z0-9_.-]+/ },
        PartitionKey: { length: [1, 256] },
        Data: { length: [0, 1024] },
      },
      run({ StreamName, Data, PartitionKey }) {
        if (StreamName === 'missing')
          throw new EngineError(
            'ResourceNotFoundException',
            `Stream ${StreamName} under account 000000000000 not found.`,
          )
        if (StreamName === 'broken') throw new TypeError('secret of ours')
        written.push({ key: PartitionKey!, data: Data! })
        return { ShardId: 'shardId-000000000000', SequenceNumber: String(written.length) }
      },
    }),
    GetRecords: operation<kinesis.GetRecordsInput, kinesis.GetRecordsOutput>({
      schema: kinesis.GetRecords$,
      run: () => ({
        MillisBehindLatest: 0,
        Records: written.map(({ key, data }, i) => ({
          PartitionKey: key,
          Data: data,
          SequenceNumber: String(i),
          ApproximateArrivalTimestamp: new Date(1_001_000_000_123),
        })),
      }),
    }),
    DescribeStream: operation<kinesis.DescribeStreamInput, object>({
      schema: kinesis.DescribeStream$,
      raw: async ({ body, encoding }) =>
        encoding === 'json' ? `{"StreamDescription":{"StreamName":"raw${body.length}"}}` : undefined,
      run: () => ({ StreamDescription: { StreamName: 'by schema' } }),
    }),
    ListShards: operation<kinesis.ListShardsInput, object>({
      schema: kinesis.ListShards$,
      constraints: {
        'ShardFilter.Type': { values: ['AT_LATEST', 'AT_TIMESTAMP'] },
        MaxResults: { range: [1, 10_000] },
      },
      run: () => ({ Shards: [] }),
    }),
    DeleteStream: operation<kinesis.DeleteStreamInput, object>({ schema: kinesis.DeleteStream$, run: () => ({}) }),
    SubscribeToShard: operation<kinesis.SubscribeToShardInput, object>({
      schema: kinesis.SubscribeToShard$,
      run: ({ ShardId }) => ({
        EventStream: (async function* () {
          yield {
            SubscribeToShardEvent: {
              Records: [{ Data: new Uint8Array([1, 2]), PartitionKey: 'k', SequenceNumber: '1' }],
              ContinuationSequenceNumber: '1',
              MillisBehindLatest: 5,
            },
          }
          if (ShardId === 'taken') throw new EngineError('ResourceInUseException', 'Another consumer took over.')
        })(),
      }),
    }),
  },
})

const tokens = defineService({
  name: 'STS',
  protocol: 'awsQuery',
  xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: {
    AssumeRole: operation<sts.AssumeRoleCommandInput, sts.AssumeRoleCommandOutput>({
      schema: sts.AssumeRole$,
      run({ RoleArn, RoleSessionName, Tags, DurationSeconds }) {
        if (RoleArn === 'expired') throw new EngineError('ExpiredTokenException', 'Too <late> & gone')
        const said = JSON.stringify({ RoleSessionName, Tags, DurationSeconds })
        return {
          $metadata: {},
          Credentials: {
            AccessKeyId: said,
            SecretAccessKey: 'a<&>b',
            SessionToken: 't',
            Expiration: new Date(1_001_000_000_000),
          },
          PackedPolicySize: 6,
        }
      },
    }),
  },
})

const roles = defineService({
  name: 'SSO',
  protocol: 'restJson1',
  statuses: { ResourceNotFoundException: 404 },
  operations: {
    GetRoleCredentials: operation<sso.GetRoleCredentialsCommandInput, object>({
      schema: sso.GetRoleCredentials$,
      run({ roleName, accountId, accessToken }) {
        if (roleName === 'none') throw new EngineError('ResourceNotFoundException', 'No role')
        return { roleCredentials: { accessKeyId: `${roleName}/${accountId}/${accessToken}`, expiration: 1 } }
      },
    }),
  },
})

const tokenEndpoint = defineService({
  name: 'Signin',
  protocol: 'restJson1',
  operations: {
    CreateOAuth2TokenWithIAM: operation<{ grantType: string; resource: string }, object>({
      schema: signin.CreateOAuth2TokenWithIAM$,
      run: ({ grantType, resource }) => ({ accessToken: grantType, tokenType: resource, expiresIn: 60 }),
    }),
    CreateOAuth2Token: operation<{ tokenInput: { clientId: string } }, object>({
      schema: signin.CreateOAuth2Token$,
      run: ({ tokenInput }) => ({
        tokenOutput: { accessToken: {}, tokenType: tokenInput.clientId, expiresIn: 5, refreshToken: 'r' },
      }),
    }),
  },
})

const at = (signingName: string, service: AwsService, target?: string) => ({
  signingName,
  ...(target && { target }),
  load: async () => ({ service }),
})

let gate: TestGate
let client: kinesis.KinesisClient

beforeAll(async () => {
  const services = [
    at('kinesis', streams, 'Kinesis_20131202'),
    at('sts', tokens),
    at('s3', roles), // what carries no signature goes to the door of S3
    at('signin', tokenEndpoint),
  ]
  gate = await startGate([], { settings: { services } })
  client = new kinesis.KinesisClient(gate.config)
})

afterAll(async () => {
  client?.destroy()
  await gate?.engines[Symbol.asyncDispose]()
})

const record = (more: Partial<kinesis.PutRecordInput> = {}): kinesis.PutRecordInput => ({
  StreamName: 's',
  PartitionKey: 'k',
  Data: new Uint8Array([0, 255, 128]),
  ...more,
})

/** A request by hand, for headers that no client sends. */
function send(headers: Record<string, string>, body: string | Uint8Array = '', path = '/', method = 'POST') {
  return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }>((resolve, reject) => {
    const request = httpRequest({ port: gate.port, host: '127.0.0.1', method, path, headers }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(pieces) }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })
}

const sendJson = async (target: string, body: unknown) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await send(
    { 'x-amz-target': `Kinesis_20131202.${target}`, 'content-type': 'application/x-amz-json-1.1' },
    text,
  )
  return { ...answer, json: JSON.parse(answer.body.toString() || '{}') as Record<string, unknown> }
}

describe('JSON services', () => {
  it('answer the stock client over HTTP/2 and HTTP/1.1 on one port', async () => {
    const one = await client.send(new kinesis.PutRecordCommand(record()))
    const http1 = new kinesis.KinesisClient({ ...gate.config, requestHandler: new NodeHttpHandler() })
    const two = await http1.send(new kinesis.PutRecordCommand(record({ PartitionKey: 'é' })))
    http1.destroy()
    expect([one.SequenceNumber, two.SequenceNumber]).toEqual(['1', '2'])
    const { Records } = await client.send(new kinesis.GetRecordsCommand({ ShardIterator: 'x' }))
    expect(Records?.map((r) => [r.PartitionKey, [...r.Data!], r.ApproximateArrivalTimestamp?.getTime()])).toEqual([
      ['k', [0, 255, 128], 1_001_000_000_123],
      ['é', [0, 255, 128], 1_001_000_000_123],
    ])
    expect((await client.send(new kinesis.DeleteStreamCommand({ StreamName: 's' }))).$metadata.httpStatusCode).toBe(200)
  })

  it('give errors that the client knows by class, and keep bugs to themselves', async () => {
    const missing = client.send(new kinesis.PutRecordCommand(record({ StreamName: 'missing' })))
    await expect(missing).rejects.toBeInstanceOf(kinesis.ResourceNotFoundException)
    await expect(missing).rejects.toThrow('Stream missing under account 000000000000 not found.')
    const error = console.error
    console.error = () => {}
    const bug = await client.send(new kinesis.PutRecordCommand(record({ StreamName: 'broken' }))).catch((e) => e)
    console.error = error
    expect(bug).toMatchObject({ name: 'InternalFailure', $metadata: { httpStatusCode: 500 } })
    expect(bug.message).not.toContain('secret')
    await expect(client.send(new kinesis.DescribeLimitsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    })
    expect((await send({ 'x-amz-target': 'AmazonSQS.SendMessage' }, '{}')).body.toString()).toContain('does not offer')
  })

  it('check inputs in the words of AWS', async () => {
    const said = async (target: string, body: unknown) => {
      const { status, json } = await sendJson(target, body)
      expect(status).toBe(400)
      return `${json.__type}: ${json.message}`
    }
    const valid = { StreamName: 's', PartitionKey: 'k', Data: 'AA==' }
    expect(await said('PutRecord', { ...valid, Data: null })).toBe(
      "ValidationException: 1 validation error detected: Value null at 'data' failed to satisfy constraint: Member must not be null",
    )
    expect(await said('PutRecord', { ...valid, StreamName: 'a b', PartitionKey: '' })).toBe(
      "ValidationException: 2 validation errors detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1",
    )
    expect(await said('ListShards', { ShardFilter: { Type: 'NEW' }, MaxResults: 0 })).toBe(
      "ValidationException: 2 validation errors detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1; Value 'NEW' at 'shardFilter.type' failed to satisfy constraint: Member must satisfy enum value set: [AT_LATEST, AT_TIMESTAMP]",
    )
    expect(await said('PutRecord', { ...valid, Data: 'A' })).toContain('SerializationException')
    expect(await said('PutRecord', { ...valid, StreamName: 5 })).toBe(
      'SerializationException: NUMBER_VALUE can not be converted to a String',
    )
    expect(await said('PutRecord', { ...valid, StreamName: {} })).toContain('Start of structure')
    expect(await said('PutRecord', '[1]')).toContain('SerializationException')
    expect(await said('PutRecord', '{"a"')).toContain('SerializationException')
  })

  it('let a hot path read the body itself', async () => {
    expect((await sendJson('DescribeStream', '{ }')).json).toEqual({ StreamDescription: { StreamName: 'raw3' } })
  })

  it('speak CBOR to those who speak it, with times in milliseconds', async () => {
    const encoder = new Encoder({ useRecords: false, tagUint8Array: false })
    const decoder = new Decoder({ useRecords: false, mapsAsObjects: true })
    const ask = async (target: string, input: object) => {
      const headers = { 'x-amz-target': `Kinesis_20131202.${target}`, 'content-type': 'application/x-amz-cbor-1.1' }
      const answer = await send(headers, encoder.encode(input))
      expect(answer.headers['content-type']).toBe('application/x-amz-cbor-1.1')
      return decoder.decode(answer.body)
    }
    const put = { StreamName: 's', PartitionKey: 'c', Data: new Uint8Array([7]) }
    expect(await ask('PutRecord', put)).toMatchObject({ ShardId: 'shardId-000000000000' })
    const { Records } = await ask('GetRecords', { ShardIterator: 'x' })
    expect([...Records.at(-1).Data]).toEqual([7])
    // cbor-x takes the tag's number for seconds, as the standard has it; AWS writes milliseconds.
    expect(Records.at(-1).ApproximateArrivalTimestamp.getTime()).toBe(1_001_000_000_123_000)
    const filter = { Type: 'AT_TIMESTAMP', Timestamp: new Tag(1_001_000_000_123, 1) }
    expect(await ask('ListShards', { ShardFilter: filter })).toEqual({ Shards: [] })
    expect(await ask('PutRecord', { ...put, Data: undefined })).toMatchObject({ __type: 'ValidationException' })
  })

  it('stream events, and end them with an error of the model', async () => {
    const events = async (ShardId: string) => {
      const input = { ConsumerARN: 'c', ShardId, StartingPosition: { Type: 'LATEST' as const } }
      const { EventStream } = await client.send(new kinesis.SubscribeToShardCommand(input))
      const found: number[][] = []
      for await (const event of EventStream!)
        for (const r of event.SubscribeToShardEvent?.Records ?? []) found.push([...r.Data!])
      return found
    }
    expect(await events('free')).toEqual([[1, 2]])
    await expect(events('taken')).rejects.toMatchObject({ name: 'ResourceInUseException' })
  })
})

it('Query services take forms and answer XML', async () => {
  const client = new sts.STSClient(gate.config)
  const input = {
    RoleArn: 'arn:aws:iam::000000000000:role/r',
    RoleSessionName: 'me & <you>',
    Tags: [{ Key: 'a', Value: '1=2' }],
    DurationSeconds: 900,
  }
  const { Credentials, PackedPolicySize } = await client.send(new sts.AssumeRoleCommand(input))
  expect(JSON.parse(Credentials!.AccessKeyId!)).toEqual({
    RoleSessionName: 'me & <you>',
    Tags: input.Tags,
    DurationSeconds: 900,
  })
  expect(Credentials).toMatchObject({ SecretAccessKey: 'a<&>b', Expiration: new Date(1_001_000_000_000) })
  expect(PackedPolicySize).toBe(6)
  await expect(client.send(new sts.AssumeRoleCommand({ ...input, RoleArn: 'expired' }))).rejects.toMatchObject({
    name: 'ExpiredTokenException',
    message: 'Too <late> & gone',
  })
  client.destroy()
})

it('REST-JSON services bind members to query, headers, payload and document', async () => {
  const roleClient = new sso.SSOClient(gate.config)
  const ask = (roleName: string) =>
    roleClient.send(new sso.GetRoleCredentialsCommand({ roleName, accountId: '1', accessToken: 'token' }))
  expect((await ask('a b/c')).roleCredentials).toEqual({ accessKeyId: 'a b/c/1/token', expiration: 1 })
  await expect(ask('none')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  })
  roleClient.destroy()
  const scope = 'AWS4-HMAC-SHA256 Credential=A/20010101/us-east-1/signin/aws4_request, SignedHeaders=host, Signature=0'
  const headers = { authorization: scope, 'content-type': 'application/json' }
  const document = await send(headers, '{"grant_type":"x","resource":"y"}', '/v1/token?x-amz-client-auth-method=iam')
  expect(JSON.parse(document.body.toString())).toEqual({ access_token: 'x', token_type: 'y', expires_in: 60 })
  const payload = await send(headers, '{"clientId":"c","grantType":"g"}', '/v1/token')
  expect(JSON.parse(payload.body.toString())).toEqual({
    accessToken: {},
    tokenType: 'c',
    expiresIn: 5,
    refreshToken: 'r',
  })
})

describe('the port', () => {
  it('answers this machine only, and no web page', async () => {
    const target = { 'x-amz-target': 'Kinesis_20131202.ListShards' }
    const status = async (headers: Record<string, string>) => (await send({ ...target, ...headers }, '{}')).status
    for (const host of ['localhost', '127.0.0.1:80', 'kinesis.localhost', '[::1]:4566'])
      expect(await status({ host }), host).toBe(200)
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'])
      expect(await status({ host }), host).toBe(403)
    expect(await status({ origin: 'https://evil.example' })).toBe(403)
    expect(await status({ origin: 'null' })).toBe(403)
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    const answer = await send({ ...target, origin: 'https://evil.example' }, '{}')
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(
      (await send({ origin: 'https://evil.example', 'access-control-request-method': 'POST' }, '', '/', 'OPTIONS'))
        .status,
    ).toBe(403)
  })

  it('refuses a body that is too large before it has read it', async () => {
    const headers = { 'x-amz-target': 'Kinesis_20131202.PutRecord', 'content-length': String(2 ** 40) }
    const answer = await new Promise<number>((resolve, reject) => {
      const request = httpRequest({ port: gate.port, method: 'POST', headers }, (r) => resolve(r.statusCode!))
      request.on('error', reject)
      request.write('{')
    })
    expect(answer).toBe(413)
  })

  it('is the next free one where the wanted one is taken', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
    const taken = (squatter.address() as { port: number }).port
    const other = await startGate([], { settings: { port: taken } })
    const status = await other.engines.clients.gate.status({})
    expect(status.wanted).toBe(taken)
    expect(status.port).toBeGreaterThan(taken)
    expect((await fetch(status.url, { headers: { 'x-amz-target': 'None.Such' } })).status).toBe(400)
    await other.engines[Symbol.asyncDispose]()
    await new Promise((resolve) => squatter.close(resolve))
  })

  it('tells watchers what it answered', async () => {
    const stop = new AbortController()
    const feed = gate.engines.clients.gate.watchRequests({}, { signal: stop.signal })[Symbol.asyncIterator]()
    const first = feed.next()
    await sendJson('PutRecord', {})
    expect((await first).value).toMatchObject([
      { service: 'Kinesis', operation: 'PutRecord', status: 400, errorCode: 'ValidationException', requestBytes: 2 },
    ])
    stop.abort()
    await feed.return?.()
  })
})
