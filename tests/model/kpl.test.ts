import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchBuilder, dataText, keyText } from '../../src/engines/kit/pure/batch.ts'
import { aggregate, deaggregate, deaggregateBatch, isAggregated } from '../../src/engines/kit/pure/kpl.ts'

const decoder = new TextDecoder()
const text = (bytes: Uint8Array) => decoder.decode(bytes)

const record = fc.record({
  key: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }),
  hashKey: fc.option(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String)),
  data: fc.uint8Array({ maxLength: 300 }),
})
const records = fc.array(record, { minLength: 1, maxLength: 40 })

const plain = (all: ReturnType<typeof deaggregate>) =>
  all?.map(({ key, hashKey, data }) => ({ key: text(key), hashKey, data: [...data] }))

describe('the aggregation of the Kinesis Producer Library', () => {
  it('gives back what was put in, in its order, with keys and explicit hash keys', () => {
    fc.assert(
      fc.property(records, (all) => {
        const packed = aggregate(all)
        expect(isAggregated(packed)).toBe(true)
        expect(plain(deaggregate(packed))).toEqual(all.map((one) => ({ ...one, data: [...one.data] })))
      }),
    )
  })

  it('reads the bytes that the format lays down', () => {
    const message = Buffer.from('0a016b120234321a08080010001a026869', 'hex')
    const digest = createHash('md5').update(message).digest()
    const packed = Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, digest])
    expect(plain(deaggregate(packed))).toEqual([{ key: 'k', hashKey: '42', data: [0x68, 0x69] }])
    expect(Buffer.from(aggregate([{ key: 'k', hashKey: '42', data: 'hi' }])).toString('hex')).toBe(
      packed.toString('hex'),
    )
  })

  it('leaves a record alone that is damaged anywhere, cut short, or only begins like one', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (all, at, flip) => {
        const packed = aggregate(all)
        const damaged = packed.slice()
        damaged[at % packed.length] ^= flip
        expect(deaggregate(damaged)).toBeNull()
        expect(deaggregate(packed.subarray(0, at % packed.length))).toBeNull()
      }),
    )
  })

  it('survives any message under a digest that fits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
        const digest = createHash('md5').update(message).digest()
        const found = deaggregate(Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, digest]))
        for (const { data, key } of found ?? []) expect(data.length + key.length).toBeLessThanOrEqual(message.length)
      }),
      { numRuns: 2000 },
    )
  })

  it('takes a batch apart in place, and leaves one alone that holds none', () => {
    const builder = new BatchBuilder()
    builder.add('before', 'one')
    builder.add(
      'outer',
      aggregate([
        { key: 'a', data: 'two' },
        { key: 'b', hashKey: '7', data: 'three' },
      ]),
    )
    builder.add('after', 'four')
    const batch = deaggregateBatch(builder.finish())
    const seen = Array.from({ length: batch.count }, (_, i) => [keyText(batch, i), dataText(batch, i)])
    expect(seen).toEqual([
      ['before', 'one'],
      ['a', 'two'],
      ['b', 'three'],
      ['after', 'four'],
    ])
    expect(batch.hashKeys).toEqual([null, null, '7', null])
    builder.add('plain', 'five')
    const none = builder.finish()
    expect(deaggregateBatch(none)).toBe(none)
  })
})
