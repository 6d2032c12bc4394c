import { request as httpRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import * as kinesis from '@aws-sdk/client-kinesis'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defineService, operationsOf } from '../../src/engines/kit/node/aws/service.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

const operation = operationsOf<object>()
const echo = defineService({
  name: 'Kinesis',
  protocol: 'awsJson1_1',
  operations: {
    PutRecords: operation<kinesis.PutRecordsInput, object>({
      schema: kinesis.PutRecords$,
      run: () => ({ Records: [] }),
    }),
  },
})

let gate: TestGate
let bugs: unknown[]
const consoleError = console.error

beforeAll(async () => {
  console.error = (...said) => bugs.push(said)
  const services = [{ signingName: 'kinesis', target: 'Kinesis_20131202', load: async () => ({ service: echo }) }]
  gate = await startGate([lake], { settings: { services } })
  await gate.engines.clients.lake.createBucket({ bucket: 'data' })
})

beforeEach(() => {
  bugs = []
})

afterAll(async () => {
  console.error = consoleError
  await gate?.engines[Symbol.asyncDispose]()
})

/** Writes bytes to the port and waits for what comes until the other side ends, or nothing more comes. */
function shout(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(gate.port, '127.0.0.1')
    let heard = ''
    socket.setTimeout(150, () => socket.destroy())
    socket.on('data', (piece) => {
      heard += piece.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard))
    socket.end(bytes)
  })
}

function ask(method: string, path: string, headers: Record<string, string>, body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const framed = { ...headers, 'content-length': String(body.length) }
    const request = httpRequest({ port: gate.port, host: '127.0.0.1', method, path, headers: framed }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode!))
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function stillAnswers(): Promise<void> {
  const answer = await ask(
    'POST',
    '/',
    { 'x-amz-target': 'Kinesis_20131202.PutRecords' },
    Buffer.from('{"Records":[]}'),
  )
  expect(answer).toBe(200)
  expect(await ask('GET', '/', {}, Buffer.alloc(0))).toBe(200)
  expect(bugs).toEqual([])
}

describe('garbage on the port', () => {
  it('of any bytes gets a clean answer or none, and the port goes on', async () => {
    const beginnings = [
      '',
      'GET / HTTP/1.1\r\n',
      'PRI ',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n',
      '\u0016\u0003\u0001',
      'GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
    ]
    const bytes = fc.tuple(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }))
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, { minLength: 20, maxLength: 20 }), async (shouts) => {
        const heard = await Promise.all(
          shouts.map(([begin, rest]) => shout(Buffer.concat([Buffer.from(begin, 'latin1'), rest]))),
        )
        for (const [i, text] of heard.entries()) {
          if (shouts[i][0].startsWith('PRI') || text === '') continue
          expect(text).toMatch(/^HTTP\/1\.1 (2|4)\d\d /)
        }
        await stillAnswers()
      }),
      { numRuns: 8 },
    )
  }, 60_000)

  it('in a request’s parts is an error of the client, never a fault of ours', async () => {
    const hostile = fc.constantFrom(
      '/',
      '//',
      '/data/../..',
      '/data/%2e%2e/%2e%2e/x',
      '/data/%',
      '/data/%00',
      '/data/%ff%fe',
      '/..%2f.millrace/x',
      '/data?uploads&uploadId',
      '/data/k?uploadId=..%2f..%2fx&partNumber=1',
      '/data/k?partNumber=NaN&uploadId=x',
      '/data?delete',
      '/data?max-keys=-1',
      '/data?max-keys=abc',
      '/data?list-type=2&continuation-token=%ff',
      '/data?encoding-type=nope',
      '/data/k?versionId=1',
      '/%',
    )
    const header = fc.constantFrom<Record<string, string>>(
      {},
      { range: 'bytes=9-1' },
      { range: 'bytes=,' },
      { 'if-modified-since': 'yesterday' },
      { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
      { 'content-encoding': 'aws-chunked' },
      { 'content-md5': '!' },
      { 'x-amz-checksum-crc32': 'x' },
      { 'x-amz-checksum-md6': 'x' },
      { 'x-amz-copy-source': '%' },
      { 'x-amz-copy-source': '/../x/y' },
      { authorization: 'AWS4-HMAC-SHA256 Credential=/////' },
      { authorization: 'AWS4-HMAC-SHA256 Credential=A/20010101/us-east-1/toString/aws4_request' },
      { 'x-amz-target': '.' },
      { 'x-amz-target': 'Kinesis_20131202.constructor' },
      { 'x-amz-target': 'Kinesis_20131202.PutRecords' },
      { 'x-amz-target': 'Kinesis_20131202.PutRecords', 'content-type': 'application/x-amz-cbor-1.1' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'x-amz-meta-a': 'é'.repeat(3000) },
    )
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .constantFrom(
          '<Delete><Object><Key>',
          '<a>'.repeat(20_000),
          '<!DOCTYPE x [<!ENTITY a "b">]><Delete>&a;</Delete>',
          '{"Records":null}',
          '['.repeat(50_000),
          '{"Records":[{"Data":{"__proto__":1}}]}',
        )
        .map((text) => Buffer.from(text)),
    )
    const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH')
    await fc.assert(
      fc.asyncProperty(method, hostile, header, body, async (verb, path, headers, bytes) => {
        const status = await ask(verb, path, headers, bytes)
        if (status >= 500) expect([status, verb, path, headers]).toEqual([501, verb, path, headers])
        expect(bugs).toEqual([])
      }),
      { numRuns: 600 },
    )
    await stillAnswers()
  }, 60_000)

  it('inside an HTTP/2 session ends that session and no other', async () => {
    const good = connectHttp2(gate.endpoint)
    const request = () =>
      new Promise<number>((resolve, reject) => {
        const stream = good.request({ ':method': 'POST', ':path': '/', 'x-amz-target': 'Kinesis_20131202.PutRecords' })
        stream.on('response', (headers) => resolve(Number(headers[':status'])))
        stream.on('error', reject)
        stream.resume()
        stream.end('{"Records":[]}')
      })
    expect(await request()).toBe(200)
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 9, maxLength: 200 }), async (frames) => {
        await shout(Buffer.concat([preface, settings, frames]))
      }),
      { numRuns: 20 },
    )
    expect(await request()).toBe(200)
    // A stream given up half-way leaves the session whole.
    const half = good.request({ ':method': 'PUT', ':path': '/data/half', 'content-length': '100' })
    half.on('error', () => {})
    half.write('x')
    half.close()
    expect(await request()).toBe(200)
    good.close()
    await stillAnswers()
  }, 60_000)
})
