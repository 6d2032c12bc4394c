import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { recordsOf, tailOf, writeRead } from '../../src/engines/stream/aws/read-answer.ts'
import type { ReadResult } from '../../src/engines/stream/contract.ts'

const record = fc.record({
  key: fc.oneof(
    fc.string({ maxLength: 40, unit: 'grapheme' }),
    fc.string({ maxLength: 10, unit: 'binary-ascii' }),
    fc.constantFrom('', '"', '\\', '\u0000'.repeat(256), 'é'.repeat(256), '\u2028'),
  ),
  data: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 1000, maxLength: 1100 })),
  later: fc.boolean(),
  encrypted: fc.boolean(),
})

it('what was read is written in bytes as it would be by JSON', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 40 }), fc.nat(10 ** 9), fc.boolean(), (records, startOffset, ended) => {
      const builder = new BatchBuilder()
      let arrivalMs = Date.UTC(2026, 0, 1) + 0.5
      const arrivals = Float64Array.from(records, ({ later }) => {
        if (later) arrivalMs += 1001
        return arrivalMs
      })
      for (const { key, data } of records) builder.add(key, data)
      const result: ReadResult = {
        batch: builder.finish(),
        shardId: 'shardId-000000000017',
        startOffset,
        nextOffset: startOffset + records.length,
        arrivals,
        encrypted: Uint8Array.from(records, ({ encrypted }) => (encrypted ? 1 : 0)),
        millisBehindLatest: 7,
        ended,
      }
      const expected = recordsOf(result, 1_700_000_000).Records!.map((each, i) => ({
        ...each,
        ApproximateArrivalTimestamp: arrivals[i] / 1000,
        Data: Buffer.from(each.Data!).toString('base64'),
        PartitionKey: records[i].key === '' ? undefined : records[i].key,
      }))
      const written = writeRead(result, 1_700_000_000, { NextShardIterator: 'é', ...tailOf(result) })
      expect(Buffer.from(written).toString()).toBe(
        JSON.stringify({
          Records: expected.map(({ SequenceNumber, ApproximateArrivalTimestamp, Data, ...rest }) => ({
            SequenceNumber,
            ApproximateArrivalTimestamp,
            Data,
            ...rest,
          })),
          NextShardIterator: 'é',
          ...tailOf(result),
        }),
      )
    }),
    { numRuns: 300 },
  )
})
