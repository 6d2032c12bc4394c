import { decode, encode } from 'cbor-x'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Member, operationShape } from '../../src/engines/kit/node/aws/shapes.ts'
import { service } from '../../src/engines/stream/aws.ts'
import { startKinesis, streamArn, type TestKinesis } from '../support/kinesis.ts'

const RUNS = process.env.MILLRACE_NIGHTLY ? 2000 : 60

let server: TestKinesis
let bugs: unknown[] = []
const consoleError = console.error

beforeAll(async () => {
  console.error = (...said) => bugs.push(said)
  server = await startKinesis()
  await server.engines.clients.stream.createStream({ stream: 's', shardCount: 2 })
  await server.clock.advance(1000)
  await server.engines.clients.stream.registerConsumer({ stream: 's', consumer: 'c' })
  await server.clock.advance(1000)
})

afterAll(async () => {
  console.error = consoleError
  await server[Symbol.asyncDispose]()
})

/** Values that are wrong everywhere, and some that are right somewhere. */
const nonsense = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    0,
    1.5,
    2 ** 31,
    -(2 ** 53),
    1e308,
    '',
    's',
    'KMS',
    'LATEST',
    'ON_DEMAND',
    'shardId-000000000000',
    'shard-99999999999',
    streamArn('s'),
    `${streamArn('s')}/consumer/c:1`,
    'arn:aws:kinesis:us-east-1:000000000000:stream/',
    [],
    [null],
    {},
    { '': '' },
  ),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.integer(),
  fc.array(fc.constantFrom('a', 1, null), { maxLength: 3 }),
)

/** An input of an operation: each of its members is left out, of the right shape down to its leaves, or nonsense. */
function inputOf(members: readonly Member[], depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const byName = members.map((member) => {
    const shape = member.shape()
    const inner =
      depth < 3 && (shape.kind === 'structure' || shape.kind === 'union')
        ? fc.oneof(inputOf(shape.members, depth + 1), nonsense)
        : shape.kind === 'list'
          ? fc.oneof(
              fc.array(
                depth < 3 && shape.element!.shape().kind === 'structure'
                  ? inputOf(shape.element!.shape().members, depth + 1)
                  : nonsense,
                { maxLength: 3 },
              ),
              nonsense,
            )
          : shape.kind === 'map'
            ? fc.oneof(
                fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 3 }),
                nonsense,
              )
            : nonsense
    return [member.name, fc.option(inner, { nil: undefined, freq: 4 })] as const
  })
  return fc.record(Object.fromEntries(byName)) as fc.Arbitrary<Record<string, unknown>>
}

async function send(name: string, input: unknown, encoding: 'json' | 'cbor'): Promise<[number, Buffer]> {
  const answer = await fetch(server.endpoint, {
    method: 'POST',
    headers: {
      'content-type': `application/x-amz-${encoding}-1.1`,
      'x-amz-target': `Kinesis_20131202.${name}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: encoding === 'json' ? JSON.stringify(input) : new Uint8Array(encode(input)),
  })
  // A subscription that was granted would go on: its head is enough.
  if (answer.headers.get('content-type')?.includes('eventstream')) {
    await answer.body?.cancel()
    return [answer.status, Buffer.from('{}')]
  }
  return [answer.status, Buffer.from(await answer.arrayBuffer())]
}

it.each(Object.keys(service.operations))('%s answers nonsense as the service would', async (name) => {
  const { input } = operationShape(service.operations[name].schema)
  bugs = []
  await fc.assert(
    fc.asyncProperty(
      inputOf(input.members),
      fc.constantFrom('json' as const, 'cbor' as const),
      async (given, encoding) => {
        const [status, body] = await send(name, given, encoding)
        expect(bugs).toEqual([])
        expect([200, 400]).toContain(status)
        if (status === 200) return
        const error = encoding === 'json' ? JSON.parse(body.toString()) : decode(body)
        expect(error.__type).toMatch(/Exception$/)
        expect(error.message).toEqual(expect.any(String))
      },
    ),
    { numRuns: RUNS },
  )
})
