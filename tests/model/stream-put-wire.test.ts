import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyText } from '../../src/engines/kit/pure/batch.ts'
import { entriesOf, writePutAnswer } from '../../src/engines/stream/aws/put-answer.ts'
import { readPutRecords } from '../../src/engines/stream/aws/put-body.ts'
import { advanceSequenceDigits, SEQUENCE_DIGITS, sequenceNumber } from '../../src/engines/stream/sequence.ts'

const read = (text: string) => readPutRecords(Buffer.from(text))
const one = (record: string) => `{"StreamName":"s","Records":[${record}]}`
const data = (batch: { data: Uint8Array; dataEnds: Uint32Array }, i: number) =>
  Buffer.from(batch.data.subarray(i === 0 ? 0 : batch.dataEnds[i - 1], batch.dataEnds[i]))

const plainKey = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((key) => !/["\\\p{Cc}]/u.test(key))
const record = fc.record({
  key: plainKey,
  data: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 3000, maxLength: 3200 })),
  hashKey: fc.option(fc.bigInt(0n, 2n ** 128n - 1n), { nil: undefined }),
  keyFirst: fc.boolean(),
})

describe('PutRecords read from its bytes', () => {
  it('gives the records that were written, in any layout', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), fc.constantFrom(0, 1, '\t'), (records, indent) => {
        const Records = records.map(({ key, data, hashKey, keyFirst }) => ({
          ...(keyFirst && { PartitionKey: key }),
          Data: Buffer.from(data).toString('base64'),
          ...(hashKey !== undefined && { ExplicitHashKey: String(hashKey) }),
          PartitionKey: key,
        }))
        const found = read(JSON.stringify({ Records, StreamName: 'a-b.c_1' }, null, indent))!
        expect(found.stream).toBe('a-b.c_1')
        expect(found.batch.count).toBe(records.length)
        records.forEach(({ key, data: expected, hashKey }, i) => {
          expect(keyText(found.batch, i)).toBe(key)
          expect(data(found.batch, i).equals(expected)).toBe(true)
          expect(found.batch.hashKeys?.[i] ?? undefined).toBe(hashKey?.toString())
        })
        // Each buffer is handed to another thread whole.
        for (const part of [found.batch.keys, found.batch.data, found.batch.keyEnds, found.batch.dataEnds])
          expect(part.byteLength).toBe(part.buffer.byteLength)
      }),
      { numRuns: 60 },
    )
  })

  it('reads data up to 1 MiB, alone in a request larger than what is kept ready', () => {
    const large = Buffer.alloc(1024 * 1024, 'millrace ')
    for (const bytes of [large, large.subarray(1), large.subarray(2)]) {
      const text = one(`{"Data":"${bytes.toString('base64')}","PartitionKey":"k"}`)
      expect(data(read(text)!.batch, 0).equals(bytes)).toBe(true)
    }
    expect(
      read(one(`{"Data":"${Buffer.alloc(1024 * 1024 + 1).toString('base64')}","PartitionKey":"k"}`)),
    ).toBeUndefined()
  })

  it.each([
    one('{"Data":"eHh","PartitionKey":"k"}'),
    one('{"Data":"e*h4","PartitionKey":"k"}'),
    one('{"Data":"=HH4","PartitionKey":"k"}'),
    one('{"Data":"eA==eA==","PartitionKey":"k"}'),
    one('{"Data":"eHh4"}'),
    one('{"PartitionKey":"k"}'),
    one('{"Data":"eHh4","PartitionKey":""}'),
    one(`{"Data":"eHh4","PartitionKey":"${'k'.repeat(257)}"}`),
    one('{"Data":"eHh4","PartitionKey":"\\u0061"}'),
    one('{"Data":"eHh4","PartitionKey":"a\nb"}'),
    one('{"Data":null,"PartitionKey":"k"}'),
    one('{"Data":"eHh4","PartitionKey":"k","Other":"x"}'),
    one('{"Data":"eHh4","Data":"eHh4","PartitionKey":"k"}'),
    one('{"Data":"eHh4","PartitionKey":"k","ExplicitHashKey":"x"}'),
    one(''),
    one('{"Data":"eHh4","PartitionKey":"k"},'),
    `${one('{"Data":"eHh4","PartitionKey":"k"}')}x`,
    '{"Records":[{"Data":"eHh4","PartitionKey":"k"}]}',
    '{"StreamName":"a b","Records":[{"Data":"eHh4","PartitionKey":"k"}]}',
    '{"StreamName":"s","StreamARN":"x","Records":[{"Data":"eHh4","PartitionKey":"k"}]}',
    `{"StreamName":"s","Records":[${'{"Data":"eHh4","PartitionKey":"k"},'.repeat(500)}{"Data":"eHh4","PartitionKey":"k"}]}`,
    '',
    '{',
    '[]',
  ])('leaves to the schema what is not plain: %.90s', (text) => {
    expect(read(text)).toBeUndefined()
  })

  it('leaves to the schema whatever is cut off, and keys that are no UTF-8', () => {
    const whole = one('{"Data":"eHh4","PartitionKey":"k","ExplicitHashKey":"5"}')
    for (let end = 0; end < whole.length; end++) expect(read(whole.slice(0, end))).toBeUndefined()
    const bytes = Buffer.from(whole)
    bytes[whole.indexOf('"k"') + 1] = 0xff
    expect(readPutRecords(bytes)).toBeUndefined()
  })
})

describe('the answer of PutRecords', () => {
  it('advances a sequence number by its digits', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.nat(2 ** 52), fc.nat(2 ** 31), (shard, offset, createdS) => {
        const digits = Buffer.from(sequenceNumber(shard, offset, createdS, createdS * 1000))
        expect(digits.length).toBe(SEQUENCE_DIGITS)
        for (let i = 1; i <= 3; i++) {
          advanceSequenceDigits(digits, digits.length)
          expect(digits.toString()).toBe(sequenceNumber(shard, offset + i, createdS, createdS * 1000))
        }
      }),
    )
  })

  it('says of each record what the entries say', () => {
    const shards = fc.array(fc.nat(6), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(shards, fc.nat(2 ** 40), fc.boolean(), (slots, first, some) => {
        const next = Array.from({ length: 7 }, (_, i) => first + i * 1000)
        const result = {
          failed: some ? 1 : 0,
          shards: Uint16Array.from(slots),
          offsets: Float64Array.from(slots, (shard, i) => (some && i === 0 ? -1 : next[shard]++)),
          arrivalMs: 1_767_225_600_000,
          shardCreatedS: Object.fromEntries(next.map((_, shard) => [shard, 1_767_225_000 + shard])),
        }
        const answer = JSON.parse(String(Buffer.from(writePutAnswer(result, 'orders'))))
        expect(answer).toEqual({ FailedRecordCount: result.failed, Records: entriesOf(result, 'orders') })
      }),
    )
  })
})
