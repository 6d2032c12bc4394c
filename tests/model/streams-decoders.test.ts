import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { aggregate } from '../../src/engines/kit/pure/kpl.ts'
import { AUTO, type Choice } from '../../src/renderer/features/streams/records/decoders/decoder.ts'
import { decode, prepare } from '../../src/renderer/features/streams/records/decoders/index.ts'
import { scan } from '../../src/renderer/features/streams/records/scan.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const bytes = (...parts: (number | string | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))))

async function read(data: Uint8Array, choice: Partial<Choice> = {}) {
  return decode(data, await prepare({ ...AUTO, ...choice }), { whole: true })
}

/** Avro's zigzag numbers, as the specification writes them. */
function long(value: bigint | number): Buffer {
  let zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const digits: number[] = []
  for (; zigzag >= 128n; zigzag >>= 7n) digits.push(Number(zigzag & 127n) | 128)
  return Buffer.from([...digits, Number(zigzag)])
}
const text = (value: string) => bytes(long(Buffer.byteLength(value)), value)

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'Flight',
  namespace: 'air',
  fields: [
    { name: 'origin', type: 'string' },
    { name: 'delay', type: ['null', 'long'] },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'fare', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
    { name: 'tags', type: { type: 'map', values: { type: 'array', items: 'int' } } },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['DAY', 'NIGHT'] } },
    { name: 'next', type: ['null', 'Flight'] },
  ],
})
const flight = (origin: string, next: Uint8Array = bytes(long(0))) =>
  bytes(
    ...[text(origin), long(1), long(9_007_199_254_740_993n), long(Date.UTC(2026, 0, 1)), long(2), 0xfb, 0x2e],
    ...[long(1), text('a'), long(-2), long(2), long(5), long(-6), long(0), long(0), long(1), next],
  )
const VALUE = {
  origin: 'ATL',
  delay: '9007199254740993',
  at: '2026-01-01T00:00:00.000Z',
  fare: '-12.34',
  tags: { a: [5, -6] },
  kind: 'NIGHT',
  next: null,
}

describe('records for a reader', () => {
  it('are read as JSON, with the digits of numbers that are too large to be exact', async () => {
    const found = await read(utf8('{"id":12345678901234567890,"a":[1.50]}'))
    expect(found).toMatchObject({ layers: ['JSON'], line: '{"id":12345678901234567890,"a":[1.50]}' })
    expect(found.text).toContain('"id": 12345678901234567890')
  })

  it('are text or digits where they are nothing else, and as asked for', async () => {
    expect(await read(utf8('42 apples\n'))).toMatchObject({ layers: ['text'], line: '42 apples ', text: '42 apples\n' })
    expect(await read(bytes(0xff, 0x00, 0x41))).toMatchObject({ layers: ['hex'], line: 'ff 00 41' })
    expect(await read(utf8('{"a":1}'), { format: 'hex' })).toMatchObject({ layers: ['hex'] })
    expect(await read(utf8('{"a":1}'), { format: 'text' })).toMatchObject({ layers: ['text'] })
    expect(await read(utf8('no'), { format: 'json' })).toMatchObject({ layers: ['text'], problem: expect.any(String) })
  })

  it('are opened where they are compressed, also twice, and read as they are where they only look so', async () => {
    const json = utf8('{"a":1}')
    expect(await read(gzipSync(json))).toMatchObject({ layers: ['gzip', 'JSON'], value: { a: 1 } })
    expect(await read(deflateSync(gzipSync(json)))).toMatchObject({ layers: ['zlib', 'gzip', 'JSON'] })
    expect(await read(bytes(0x1f, 0x8b, 'no gzip'))).toMatchObject({ layers: ['hex'] })
  })

  it('show what KPL aggregated in them, each by its key', async () => {
    const packed = aggregate([
      { key: 'a', data: '{"n":1}' },
      { key: 'b', hashKey: '7', data: gzipSync('{"n":2}') },
    ])
    const found = await read(gzipSync(packed))
    expect(found.layers).toEqual(['gzip', 'KPL', 'JSON'])
    expect(found.parts).toMatchObject([
      { key: 'a', hashKey: null, decoded: { value: { n: 1 } } },
      { key: 'b', hashKey: '7', decoded: { layers: ['gzip', 'JSON'], value: { n: 2 } } },
    ])
  })
})

describe('Avro', () => {
  it('is read bare where it is chosen, and behind a frame by itself', async () => {
    expect(await read(flight('ATL'), { format: 'avro', avro: SCHEMA })).toMatchObject({
      layers: ['Avro'],
      value: VALUE,
    })
    const nested = flight('ATL', bytes(long(1), flight('ORD')))
    expect((await read(nested, { format: 'avro', avro: SCHEMA })).value).toMatchObject({ next: { origin: 'ORD' } })
    for (const [frame, name] of [
      [bytes(0xc3, 0x01, 'rabinCRC'), 'single object'],
      [bytes(0, 0, 0, 0, 9), 'Confluent'],
      [bytes(3, 0, 'sixteen bytes id'), 'Glue'],
    ] as const)
      expect(await read(bytes(frame, flight('ATL')), { avro: SCHEMA })).toMatchObject({
        layers: [`Avro, ${name}`],
        value: VALUE,
      })
  })

  it('says what does not fit, and shows the bytes all the same', async () => {
    const chosen = { format: 'avro', avro: SCHEMA } as const
    expect(await read(bytes(flight('ATL'), 1, 2), chosen)).toMatchObject({ problem: /2 bytes are left over/ })
    expect(await read(flight('ATL').subarray(0, 9), chosen)).toMatchObject({ problem: /over the end/ })
    expect(await read(bytes(0), { ...chosen, avro: '' })).toMatchObject({
      problem: 'There is no schema to read it by.',
    })
    expect(await read(bytes(0), { ...chosen, avro: '{"type":"record"' })).toMatchObject({ problem: /JSON/ })
    expect((await prepare({ ...AUTO, avro: '"Nobody"' })).problems.avro).toBe('The schema knows no type Nobody.')
    // A few bytes that claim a billion items of none.
    const array = JSON.stringify({ type: 'array', items: 'null' })
    expect(await read(bytes(long(1e9), long(0)), { format: 'avro', avro: array })).toMatchObject({ problem: /claims/ })
  })

  it('is read from a file by its own schema, deflated or not', async () => {
    const block = bytes(flight('ATL'), flight('ORD'))
    for (const codec of ['null', 'deflate']) {
      const body = codec === 'deflate' ? deflateRawSync(block) : block
      const sync = Buffer.alloc(16, 7)
      const head = bytes(
        'Obj\u0001',
        long(2),
        text('avro.schema'),
        text(SCHEMA),
        text('avro.codec'),
        text(codec),
        0,
        sync,
      )
      const file = bytes(head, long(2), long(body.length), body, sync)
      const found = await read(file)
      expect(found).toMatchObject({ layers: ['Avro file'], value: [VALUE, { ...VALUE, origin: 'ORD' }] })
      expect(await read(file.subarray(0, -1))).toMatchObject({ problem: /over the end/ })
    }
    const snappy = bytes(
      'Obj\u0001',
      long(2),
      text('avro.schema'),
      text('"int"'),
      text('avro.codec'),
      text('snappy'),
      0,
    )
    expect(await read(bytes(snappy, Buffer.alloc(16)))).toMatchObject({ problem: /codec snappy/ })
  })
})

describe('Protobuf', () => {
  const PROTO = `syntax = "proto3";
    package air;
    import "google/protobuf/timestamp.proto";
    message Flight {
      enum Kind { DAY = 0; NIGHT = 1; }
      string origin = 1;
      repeated int32 legs = 2;
      map<string, Fare> fares = 3;
      oneof more { bytes raw = 4; int64 big_number = 5; }
      Kind kind = 6;
      google.protobuf.Timestamp at = 7;
      repeated string tags = 8;
      sint64 below = 9;
    }
    message Fare { double amount = 1; }`
  // Reference: protobufjs' own encoder, which may generate code here.
  const message = () => {
    const { root } = protobuf.parse(PROTO, { keepCase: true })
    root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')!.nested!)
    const type = root.lookupType('air.Flight')
    return type
      .encode(
        type.fromObject({
          origin: 'ATL',
          legs: [1, -2, 300],
          fares: { eco: { amount: 12.5 } },
          big_number: '9007199254740993',
          kind: 'NIGHT',
          at: { seconds: 1_767_225_600, nanos: 5e6 },
          tags: ['a', 'b'],
          below: -3,
        }),
      )
      .finish()
  }

  it('is read by a .proto file, with well-known types', async () => {
    const found = await read(message(), { format: 'protobuf', proto: PROTO })
    expect(found).toMatchObject({ layers: ['Protobuf air.Flight'] })
    expect(found.value).toEqual({
      origin: 'ATL',
      legs: [1, -2, 300],
      fares: { eco: { amount: 12.5 } },
      big_number: '9007199254740993',
      kind: 'NIGHT',
      at: '2026-01-01T00:00:00.005Z',
      tags: ['a', 'b'],
      below: -3,
    })
    const framed = bytes(0, 0, 0, 0, 1, 0, message())
    expect(await read(framed, { proto: PROTO })).toMatchObject({
      layers: ['Protobuf air.Flight, Confluent'],
      value: { origin: 'ATL' },
    })
  })

  it('shows fields that the file does not know, and says what is wrong with bytes and files', async () => {
    const chosen = { format: 'protobuf', proto: 'message Few { optional string origin = 1; }' } as const
    expect((await read(message(), chosen)).value).toMatchObject({ origin: 'ATL', '#5': '9007199254740993' })
    expect(await read(message().subarray(0, -1), { ...chosen, proto: PROTO })).toMatchObject({
      problem: expect.any(String),
    })
    const { messages, problems } = await prepare({ ...AUTO, proto: PROTO })
    expect([messages, problems]).toEqual([['air.Flight', 'air.Fare'], {}])
    expect((await prepare({ ...AUTO, proto: 'message {' })).problems.proto).toMatch(/line 1/)
    expect(
      (await prepare({ ...AUTO, proto: 'import "other.proto"; message A { optional B b = 1; }' })).problems.proto,
    ).toMatch(/other\.proto is not known/)
  })
})

it('searches text, keys and fields, in what KPL aggregated too, and stops at its limit', async () => {
  const builder = new BatchBuilder()
  for (let i = 0; i < 10; i++) builder.add(`key-${i}`, `{"n":${i},"who":"Ann"}`)
  builder.add('outer', aggregate([{ key: 'inner', data: '{"n":77,"who":"Bob"}' }]))
  const batch = builder.finish()
  const decoders = await prepare(AUTO)
  const find = async (condition: string, limit = 100) => {
    const arrivals = new Float64Array(batch.count)
    const { rows, looked } = await scan({ batch, startOffset: 5, arrivals, condition, limit }, decoders)
    return [rows.map(({ offset }) => offset), looked]
  }
  expect(await find('n >= 8')).toEqual([[13, 14, 15], 11])
  expect(await find('bob')).toEqual([[15], 11])
  expect(await find('INNER')).toEqual([[15], 11])
  expect(await find('key-3')).toEqual([[8], 11])
  expect(await find('', 4)).toEqual([[5, 6, 7, 8], 4])
})
