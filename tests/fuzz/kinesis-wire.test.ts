import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { decode, encode } from 'cbor-x'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startKinesis, streamArn, type TestKinesis } from '../support/kinesis.ts'

const RUNS = process.env.MILLRACE_NIGHTLY ? 20_000 : 600
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0'

let server: TestKinesis
let port: number
let bugs: unknown[] = []
const consoleError = console.error
const agent = new Agent({ keepAlive: true })

beforeAll(async () => {
  console.error = (...said) => bugs.push(said)
  server = await startKinesis()
  port = Number(new URL(server.endpoint).port)
  await server.engines.clients.stream.createStream({ stream: 's', shardCount: 2, quotas: false })
  await server.clock.advance(1000)
})

beforeEach(() => {
  bugs = []
})

afterAll(async () => {
  console.error = consoleError
  agent.destroy()
  await server[Symbol.asyncDispose]()
})

type Encoding = 'json' | 'cbor'

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: Buffer
}

function send(headers: Record<string, string>, body: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const framed = { authorization: AUTHORIZATION, ...headers, 'content-length': String(body.length) }
    const asked = httpRequest(
      { port, host: '127.0.0.1', method: 'POST', path: '/', agent, headers: framed },
      (answer) => {
        const pieces: Buffer[] = []
        answer.on('data', (piece) => pieces.push(piece))
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(pieces) }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

const headersOf = (operation: string, encoding: Encoding) => ({
  'content-type': `application/x-amz-${encoding}-1.1`,
  'x-amz-target': `Kinesis_20131202.${operation}`,
})

/** A success, or an error as the service gives it: of the client's doing, with a type, a message and a request id. */
function expectServiceShape({ status, headers, body }: Answer, encoding: Encoding = 'json'): void {
  expect(bugs).toEqual([])
  expect([200, 400, 413]).toContain(status)
  expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/)
  if (status === 200) return
  const error = encoding === 'json' ? JSON.parse(body.toString()) : decode(body)
  expect(error.__type).toMatch(/^[A-Z][A-Za-z]+$/)
  expect(error.message ?? error.Message).toEqual(expect.any(String))
}

async function stillAnswers(): Promise<void> {
  const input = { StreamName: 's', Records: [{ PartitionKey: 'k', Data: 'eA==' }] }
  expect((await send(headersOf('PutRecords', 'json'), Buffer.from(JSON.stringify(input)))).status).toBe(200)
}

const inputs: [string, object][] = [
  ['PutRecord', { StreamName: 's', PartitionKey: 'k', Data: Buffer.from('data') }],
  [
    'PutRecords',
    {
      StreamARN: streamArn('s'),
      Records: [
        { PartitionKey: 'a', Data: Buffer.from('one') },
        { PartitionKey: 'b', Data: Buffer.from('two'), ExplicitHashKey: '17' },
      ],
    },
  ],
  ['GetShardIterator', { StreamName: 's', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' }],
  ['GetRecords', { ShardIterator: 'AAAAAAAAAAE=', Limit: 10 }],
  ['ListShards', { StreamName: 's', MaxResults: 10, ShardFilter: { Type: 'AT_LATEST' } }],
  ['AddTagsToStream', { StreamName: 's', Tags: { a: 'b' } }],
]

const encoded = (input: object, encoding: Encoding): Buffer =>
  encoding === 'cbor'
    ? Buffer.from(encode(input))
    : Buffer.from(
        JSON.stringify(input, (_, value) =>
          value?.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value,
        ),
      )

type Damage = (body: Buffer) => Buffer

const place = fc.nat(10_000)
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(
    ([at, bit]): Damage =>
      (body) => {
        const bad = Buffer.from(body)
        bad[at % body.length] ^= 1 << bit
        return bad
      },
  ),
  place.map(
    (at): Damage =>
      (body) =>
        body.subarray(0, at % body.length),
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 8 })).map(
    ([at, noise]): Damage =>
      (body) =>
        Buffer.concat([body.subarray(0, at % body.length), noise, body.subarray(at % body.length)]),
  ),
  fc.tuple(place, place).map(
    ([from, to]): Damage =>
      (body) =>
        Buffer.concat([body, body.subarray(from % body.length, (to % body.length) + 1)]),
  ),
  fc
    .tuple(
      place,
      fc.constantFrom('-1', '1e400', '-0.0', '9'.repeat(30), 'null', '{}', '[]', '"\\ud800"', '"\\u0000"', 'NaN'),
    )
    .map(
      ([at, text]): Damage =>
        (body) => {
          // In JSON: in place of a value.
          const colons = [...body.keys()].filter((i) => body[i] === 0x3a)
          if (colons.length === 0) return body
          const start = colons[at % colons.length] + 1
          const end = body.subarray(start).findIndex((byte) => byte === 0x2c || byte === 0x7d)
          return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(start + Math.max(0, end))])
        },
    ),
)

describe('a request to Kinesis', () => {
  it('whose body is damaged is answered as the service would', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...inputs),
        fc.constantFrom<Encoding>('json', 'cbor'),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        async ([operation, input], encoding, damages) => {
          const body = damages.reduce((bad, harm) => (bad.length > 0 ? harm(bad) : bad), encoded(input, encoding))
          expectServiceShape(await send(headersOf(operation, encoding), body), encoding)
        },
      ),
      { numRuns: RUNS },
    )
    await stillAnswers()
  }, 600_000)

  it.each([
    ['nothing', ''],
    ['white space', ' \r\n\t'],
    ['a byte order mark', '\ufeff{"StreamName":"s"}'],
    ['a list', '[]'],
    ['a text', '"s"'],
    ['a number', '-1e999'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['half a surrogate', '{"StreamName":"\ud800"}'],
    ['a member twice', '{"StreamName":"s","StreamName":1,"Records":[]}'],
    ['a prototype', '{"__proto__":{"StreamName":"s"},"constructor":1,"Records":[{"__proto__":1}]}'],
    ['fifty thousand lists', '['.repeat(50_000)],
    ['fifty thousand objects', '{"Records":'.repeat(50_000)],
    ['too many records', `{"StreamName":"s","Records":[${'{"PartitionKey":"k","Data":""},'.repeat(60_000)}{}]}`],
    ['data of no base64', '{"StreamName":"s","Records":[{"PartitionKey":"k","Data":"*"}]}'],
    ['a very long name', `{"StreamName":"${'s'.repeat(2_000_000)}","Records":[]}`],
    ['more than fits', Buffer.alloc(17 * 1024 * 1024, 0x20)],
  ])('of %s in JSON is refused', async (_what, body) => {
    const answer = await send(headersOf('PutRecords', 'json'), Buffer.from(body))
    expectServiceShape(answer)
    expect(answer.status).not.toBe(200)
    await stillAnswers()
  })

  it.each([
    ['nothing that follows', 'a1'],
    ['a list of 2^32 elements', '9affffffff'],
    ['a list of 2^63 elements', '9b7fffffffffffffff'],
    ['a map of 2^32 entries', 'baffffffff'],
    ['bytes of 2^32', '5affffffff00'],
    ['a text of 2^63', '7b7fffffffffffffff61'],
    ['a text of no UTF-8', 'a16a53747265616d4e616d6562fffe'],
    ['an endless list', '9f'.repeat(20_000)],
    ['deep tags', 'c1'.repeat(20_000)],
    ['deep maps', 'a16161'.repeat(20_000)],
    ['a break alone', 'ff'],
    ['a reserved head', '1c'],
    ['infinity', 'a1654c696d6974f97c00'],
    ['no number', 'a1654c696d6974fb7ff8000000000000'],
    ['a big integer', `a1654c696d6974c258${'ff'.repeat(2)}${'ff'.repeat(255)}`],
    ['a date of no time', 'a16954696d657374616d70c1fb7ff0000000000000'],
    ['a number as a key', 'a10102'],
    ['a list as a key', 'a1810102'],
  ])('of %s in CBOR is refused', async (_what, hex) => {
    const answer = await send(headersOf('PutRecords', 'cbor'), Buffer.from(hex, 'hex'))
    expectServiceShape(answer, 'cbor')
    expect(answer.status).not.toBe(200)
    await stillAnswers()
  })

  it('with odd headers is answered as the service would', async () => {
    const put = Buffer.from(JSON.stringify({ StreamName: 's', Records: [{ PartitionKey: 'k', Data: 'eA==' }] }))
    const header = (name: string, ...values: string[]) =>
      fc.constantFrom<Record<string, string>>({}, ...values.map((value) => ({ [name]: value })))
    await fc.assert(
      fc.asyncProperty(
        header(
          'content-type',
          '',
          'application/x-amz-json-1.0',
          'text/plain',
          'APPLICATION/X-AMZ-JSON-1.1',
          'application/x-amz-json-1.1; charset=latin1',
        ),
        header(
          'x-amz-target',
          'Kinesis_20131202.',
          'Kinesis_20131202.toString',
          'Kinesis_20131202.putRecords',
          'Kinesis_20131202.PutRecords.x',
          `Kinesis_20131202.${'x'.repeat(5000)}`,
          'Kinesis_20131202.PutRecords',
        ),
        header('content-encoding', 'gzip', 'br', 'aws-chunked', 'gzip, gzip'),
        header('x-amz-date', 'yesterday', '99999999T999999Z'),
        header(
          'authorization',
          'AWS4-HMAC-SHA256',
          'AWS4-HMAC-SHA256 Credential=a/b/c/kinesis/aws4_request',
          'Bearer x',
        ),
        header('x-amz-content-sha256', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', '0'),
        header('expect', '200-maybe'),
        fc.constantFrom(put, gzipSync(put), Buffer.from('5;x\r\nhello\r\n0\r\n\r\n')),
        async (...parts) => {
          const body = parts.at(-1) as Buffer
          const headers = Object.assign({ ...headersOf('PutRecords', 'json') }, ...parts.slice(0, -1)) as Record<
            string,
            string
          >
          const answer = await send(headers, body)
          expect(bugs).toEqual([])
          expect(answer.status).toBeLessThan(500)
          if (answer.status === 417) return
          if (answer.headers['content-type']?.toString().includes('json')) expectServiceShape(answer)
        },
      ),
      { numRuns: RUNS },
    )
    await stillAnswers()
  }, 600_000)
})

/** The head of a put whose body is to be `length` bytes long, on a connection of its own. */
async function begin(length: number) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const headers = { host: 'localhost', authorization: AUTHORIZATION, ...headersOf('PutRecords', 'json') }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`POST / HTTP/1.1\r\n${lines.join('')}content-length: ${length}\r\n\r\n`)
  return socket
}

describe('a body that comes slowly', () => {
  const body = Buffer.from(JSON.stringify({ StreamName: 's', Records: [{ PartitionKey: 'slow', Data: 'eA==' }] }))

  it('byte by byte is read whole, and holds up nobody', async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => begin(body.length)))
    const answers = sockets.map((socket) => once(socket, 'data'))
    for (const byte of body) {
      for (const socket of sockets) socket.write(Buffer.of(byte))
      await sleep(1)
      if (byte === 0x3a) await stillAnswers()
    }
    for (const [text] of await Promise.all(answers)) expect(String(text)).toMatch(/^HTTP\/1\.1 200 /)
    for (const socket of sockets) socket.destroy()
    expect(bugs).toEqual([])
  })

  it('and never whole is forgotten when the client goes', async () => {
    for (let round = 0; round < 5; round++) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => begin(15 * 1024 * 1024)))
      // So many bodies of this size may not be under way: some are told to slow down.
      const told = Promise.race(sockets.map((socket) => once(socket, 'data')))
      for (const socket of sockets) socket.write(body)
      expect(String((await told)[0])).toMatch(/^HTTP\/1\.1 (400|503) /)
      for (const socket of sockets) socket.destroy()
      await Promise.all(sockets.map((socket) => socket.closed || once(socket, 'close')))
    }
    await sleep(50)
    // What they had asked room for is free again.
    const large = Buffer.alloc(15 * 1024 * 1024, 0x20)
    expect((await send(headersOf('PutRecords', 'json'), large)).status).toBe(400)
    await stillAnswers()
    expect(bugs).toEqual([])
  })
})
