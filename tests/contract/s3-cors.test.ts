import { request as httpRequest } from 'node:http'
import * as s3 from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { KEYS, startGate, type TestGate } from '../support/gate.ts'

const FRIEND = 'https://app.example'
const STRANGER = 'https://evil.example'

let gate: TestGate
let client: s3.S3Client

beforeAll(async () => {
  gate = await startGate([lake], { fakes: { functions: {} } })
  client = new s3.S3Client({ ...gate.config, forcePathStyle: true })
  for (const Bucket of ['open', 'closed', 'wide']) {
    await client.send(new s3.CreateBucketCommand({ Bucket }))
    await client.send(new s3.PutObjectCommand({ Bucket, Key: 'a.txt', Body: `of ${Bucket}` }))
  }
  await rules('open', [
    {
      ID: 'uploads',
      AllowedOrigins: [FRIEND, 'https://*.app.example'],
      AllowedMethods: ['PUT', 'POST'],
      AllowedHeaders: ['x-amz-*', 'Content-Type'],
    },
    { AllowedOrigins: [FRIEND], AllowedMethods: ['GET', 'HEAD'], ExposeHeaders: ['ETag'], MaxAgeSeconds: 600 },
  ])
  await rules('wide', [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'] }])
})

afterAll(async () => {
  client?.destroy()
  await gate?.engines[Symbol.asyncDispose]()
})

const rules = (Bucket: string, CORSRules: s3.CORSRule[]) =>
  client.send(new s3.PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }))

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** What a browser sends for a page of an origin: these headers a page cannot choose. */
function ask(origin: string | undefined, method: string, url: string, headers = {}, body = ''): Promise<Answer> {
  const { pathname, search, host } = new URL(url, gate.endpoint)
  const sent = {
    host,
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'cors',
    ...(origin !== undefined && { origin }),
    ...headers,
  }
  return new Promise((resolve, reject) => {
    const options = { port: gate.port, host: '127.0.0.1', method, path: pathname + search, headers: sent }
    const request = httpRequest(options, (response) => {
      let text = ''
      response.on('data', (piece) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

const preflight = (origin: string | undefined, path: string, method: string, headers?: string) =>
  ask(origin, 'OPTIONS', path, {
    'access-control-request-method': method,
    ...(headers !== undefined && { 'access-control-request-headers': headers }),
  })

const crossHeaders = ({ headers }: Answer) => Object.keys(headers).filter((name) => name.startsWith('access-control'))

const refused = (answer: Answer, what?: string) => {
  expect(answer.status, what).toBe(403)
  expect(crossHeaders(answer), what).toEqual([])
}

const signed = (command: unknown) => getSignedUrl(client, command as s3.GetObjectCommand, { expiresIn: 60 })

describe('the rules of a bucket', () => {
  it('come back as they were put, and go', async () => {
    const { CORSRules } = await client.send(new s3.GetBucketCorsCommand({ Bucket: 'open' }))
    expect(CORSRules).toMatchObject([
      { ID: 'uploads', AllowedHeaders: ['x-amz-*', 'Content-Type'], AllowedMethods: ['PUT', 'POST'] },
      { AllowedOrigins: [FRIEND], ExposeHeaders: ['ETag'], MaxAgeSeconds: 600 },
    ])
    await client.send(new s3.CreateBucketCommand({ Bucket: 'brief' }))
    const get = () => client.send(new s3.GetBucketCorsCommand({ Bucket: 'brief' }))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchCORSConfiguration', $metadata: { httpStatusCode: 404 } })
    await rules('brief', [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'] }])
    await client.send(new s3.DeleteBucketCorsCommand({ Bucket: 'brief' }))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchCORSConfiguration' })
  })

  it('are refused where they say what S3 does not take', async () => {
    const one = { AllowedOrigins: ['*'], AllowedMethods: ['GET'] }
    const cases: [s3.CORSRule[], string, RegExp][] = [
      [[{ ...one, AllowedMethods: [] }], 'InvalidArgument', /allowedMethods|null/i],
      [[{ ...one, AllowedMethods: ['PATCH'] }], 'InvalidRequest', /Unsupported method is PATCH/],
      [[{ ...one, AllowedOrigins: ['http://*.a.*'] }], 'InvalidRequest', /more than one wildcard/],
      [[{ ...one, AllowedHeaders: ['*-*'] }], 'InvalidRequest', /more than one wildcard/],
      [[{ ...one, ExposeHeaders: ['x-*'] }], 'InvalidRequest', /not support wildcard/],
      [Array.from({ length: 101 }, () => one), 'InvalidRequest', /100 rules/],
    ]
    for (const [given, name, message] of cases)
      await expect(rules('closed', given)).rejects.toMatchObject({ name, message: expect.stringMatching(message) })
  })
})

describe('a preflight', () => {
  it('is answered by the first rule that fits', async () => {
    const put = await preflight(FRIEND, '/open/x', 'PUT', 'Content-Type, X-Amz-Meta-A')
    expect(put.status).toBe(200)
    expect(put.headers).toMatchObject({
      'access-control-allow-origin': FRIEND,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT, POST',
      'access-control-allow-headers': 'content-type, x-amz-meta-a',
      vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
    })
    const get = await preflight(FRIEND, '/open/x', 'GET')
    expect(get.headers).toMatchObject({ 'access-control-expose-headers': 'ETag', 'access-control-max-age': '600' })
    const anybody = await preflight(STRANGER, '/wide/a.txt', 'GET')
    expect(anybody.headers['access-control-allow-origin']).toBe('*')
    expect(anybody.headers).not.toHaveProperty('access-control-allow-credentials')
    expect((await preflight('https://one.app.example', `http://open.localhost:${gate.port}/x`, 'PUT')).status).toBe(200)
  })

  it('is refused for other origins, methods, headers, buckets and services', async () => {
    refused(await preflight(STRANGER, '/open/x', 'PUT'))
    refused(await preflight('https://.app.example.evil.example', '/open/x', 'PUT'))
    refused(await preflight('https://app.example.evil.example', '/open/x', 'GET'))
    refused(await preflight('null', '/open/x', 'GET'))
    refused(await preflight(FRIEND, '/open/x', 'DELETE'))
    refused(await preflight(FRIEND, '/open/x', 'PUT', 'authorization'))
    refused(await preflight(FRIEND, '/open/x', 'GET', 'content-type'))
    refused(await preflight(FRIEND, '/closed/x', 'GET'))
    refused(await preflight(FRIEND, '/nowhere/x', 'GET'))
    refused(await preflight(FRIEND, '/', 'POST', 'x-amz-target'))
    expect((await preflight(undefined, '/open/x', 'GET')).status).toBe(400)
    expect((await ask(FRIEND, 'OPTIONS', '/open/x')).status).toBe(400)
  })
})

describe('a page of an origin that is allowed', () => {
  const object = { Bucket: 'open', Key: 'a.txt' }

  it('reads and writes by signed addresses, and reads of the answer what it may', async () => {
    const got = await ask(FRIEND, 'GET', await signed(new s3.GetObjectCommand(object)))
    expect(got).toMatchObject({ status: 200, body: 'of open' })
    expect(got.headers).toMatchObject({
      'access-control-allow-origin': FRIEND,
      'access-control-expose-headers': 'ETag',
      vary: expect.stringContaining('Origin'),
    })
    const put = await signed(new s3.PutObjectCommand({ Bucket: 'open', Key: 'new', Body: 'n' }))
    expect((await ask('https://one.app.example', 'PUT', put, {}, 'n')).status).toBe(200)
    const listed = await ask(FRIEND, 'GET', await signed(new s3.ListObjectsV2Command({ Bucket: 'open' })))
    expect(listed.body).toContain('<Key>new</Key>')
    // The page must be able to read what went wrong, too.
    const missing = await ask(FRIEND, 'GET', await signed(new s3.GetObjectCommand({ ...object, Key: 'none' })))
    expect(missing).toMatchObject({ status: 404, headers: { 'access-control-allow-origin': FRIEND } })
  })

  it('needs a signature of the workspace, whoever else needs none', async () => {
    expect((await fetch(`${gate.endpoint}/open/a.txt`)).status).toBe(200)
    expect((await ask(FRIEND, 'GET', '/open/a.txt')).status).toBe(403)
    expect((await ask(STRANGER, 'GET', '/wide/a.txt')).status).toBe(403)
    const other = new s3.S3Client({
      ...gate.config,
      credentials: { ...KEYS, secretAccessKey: 'x' },
      forcePathStyle: true,
    })
    const forged = await getSignedUrl(other, new s3.GetObjectCommand(object))
    expect(await ask(FRIEND, 'GET', forged)).toMatchObject({
      status: 403,
      body: expect.stringContaining('SignatureDoesNotMatch'),
    })
    const got = await signed(new s3.GetObjectCommand(object))
    expect((await ask(FRIEND, 'PUT', got, {}, 'changed')).status).toBe(403)
    expect((await ask(FRIEND, 'GET', got.replace('a.txt', 'new'))).status).toBe(403)
  })

  it('reaches no settings, no other bucket and no other engine', async () => {
    refused(await ask(FRIEND, 'PUT', await signed(new s3.CreateBucketCommand({ Bucket: 'open' }))), 'create')
    refused(await ask(FRIEND, 'GET', await signed(new s3.ListBucketsCommand({}))), 'buckets')
    refused(await ask(FRIEND, 'GET', await signed(new s3.GetBucketCorsCommand({ Bucket: 'open' }))), 'cors')
    const cors = { Bucket: 'open', CORSConfiguration: { CORSRules: [] } }
    refused(await ask(FRIEND, 'PUT', await signed(new s3.PutBucketCorsCommand(cors))), 'cors')
    refused(await ask(FRIEND, 'GET', await signed(new s3.GetObjectCommand({ ...object, Bucket: 'closed' }))), 'closed')
    refused(await ask(FRIEND, 'DELETE', await signed(new s3.DeleteObjectCommand(object))), 'delete')
    const copy = new s3.CopyObjectCommand({ Bucket: 'open', Key: 'copy', CopySource: 'closed/a.txt' })
    const source = { 'x-amz-copy-source': 'closed/a.txt' }
    refused(await ask(FRIEND, 'PUT', await getSignedUrl(client, copy), source), 'copy')
    const put = await signed(new s3.PutObjectCommand({ Bucket: 'open', Key: 'copy' }))
    const unsigned = await ask(FRIEND, 'PUT', put, { 'x-amz-copy-source': 'open/a.txt' })
    expect(unsigned).toMatchObject({ status: 403, body: expect.stringContaining('not signed') })
    const address = await signed(new s3.GetObjectCommand(object))
    for (const target of ['Kinesis_20131202.ListStreams', 'AWSGlue.GetDatabases', 'AmazonAthena.ListWorkGroups'])
      refused(await ask(FRIEND, 'GET', address, { 'x-amz-target': target }), target)
    const scope = 'AWS4-HMAC-SHA256 Credential=AKIAMILLRACE/20261126/us-east-1/lambda/aws4_request,SignedHeaders=host'
    refused(await ask(FRIEND, 'GET', address, { authorization: scope }), 'lambda')
  })
})

describe('any other page', () => {
  it('is refused with the best of addresses, and leaves nothing behind', async () => {
    const got = await signed(new s3.GetObjectCommand({ Bucket: 'open', Key: 'a.txt' }))
    const put = await signed(new s3.PutObjectCommand({ Bucket: 'open', Key: 'left', Body: 'x' }))
    for (const origin of [STRANGER, 'null', undefined, 'https://app.example.evil.example', 'http://app.example']) {
      refused(await ask(origin, 'GET', got), origin)
      refused(await ask(origin, 'PUT', put, {}, 'x'), origin)
    }
    refused(await ask(FRIEND, 'GET', got, { host: 'app.example' }), 'a name rebound to this machine')
    await expect(client.send(new s3.HeadObjectCommand({ Bucket: 'open', Key: 'left' }))).rejects.toThrow()
  })

  it('is of no origin where it lies in the lake itself', async () => {
    const shown = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }
    expect((await ask(undefined, 'GET', '/open/a.txt', shown)).headers['content-security-policy']).toBe('sandbox')
    expect((await fetch(`${gate.endpoint}/open/a.txt`)).headers.get('content-security-policy')).toBe(null)
  })
})
