import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import {
  addRecords,
  emptyDigest,
  rowDigester,
  sameDigest,
  subtractDigest,
} from '../../src/engines/pipeline/nodes/kit/digest.ts'
import { joinBatches, payloadTexts, sliceBatch } from '../../src/engines/pipeline/nodes/kit/rows.ts'

const records = fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' })), {
  minLength: 1,
  maxLength: 40,
})

function batchOf(list: readonly (readonly [string, string])[]) {
  const builder = new BatchBuilder()
  for (const [key, data] of list) builder.add(key, data)
  return builder.finish()
}

function digestOf(list: readonly (readonly [string, string])[]) {
  const digest = emptyDigest()
  addRecords(digest, batchOf(list))
  return digest
}

test('the sum does not depend on order or on how records are cut into batches', () => {
  fc.assert(
    fc.property(records, fc.nat(), (list, at) => {
      const cut = at % (list.length + 1)
      const batch = batchOf(list)
      const parts = emptyDigest()
      addRecords(parts, sliceBatch(batch, cut, list.length))
      addRecords(parts, sliceBatch(batch, 0, cut))
      expect(sameDigest(parts, digestOf([...list].reverse()))).toBe(true)
      expect(payloadTexts(joinBatches([sliceBatch(batch, 0, cut), sliceBatch(batch, cut, list.length)]))).toEqual(
        list.map(([, data]) => data),
      )
    }),
  )
})

test('a record lost, doubled or changed changes it, and taking one out undoes adding it', () => {
  fc.assert(
    fc.property(records, (list) => {
      const whole = digestOf(list)
      expect(sameDigest(whole, digestOf(list.slice(1)))).toBe(false)
      expect(sameDigest(whole, digestOf([...list, list[0]]))).toBe(false)
      expect(sameDigest(whole, digestOf([[list[0][0], `${list[0][1]}x`], ...list.slice(1)]))).toBe(false)
      subtractDigest(whole, digestOf([list[0]]))
      expect(sameDigest(whole, digestOf(list.slice(1)))).toBe(true)
    }),
  )
})

test('a row is the same before and after a conversion by its columns', () => {
  const add = rowDigester([
    { name: 'at', type: 'timestamp' },
    { name: 'n', type: 'bigint' },
    { name: 'price', type: 'double' },
    { name: 'ok', type: 'boolean' },
    { name: 'name', type: 'string' },
  ])
  const of = (row: Record<string, unknown>) => {
    const digest = emptyDigest()
    add(digest, row)
    return digest
  }
  const sent = { at: '2001-01-01 00:01:00', n: '7', price: 1.5, ok: 'true', Name: 'x', extra: 1 }
  const back = { at: '2001-01-01T00:01:00.000Z', n: 7, price: 1.5, ok: true, name: 'x' }
  expect(sameDigest(of(sent), of(back))).toBe(true)
  expect(sameDigest(of({ ...back, at: '2001-01-01T00:01:00.5Z' }), of(back))).toBe(false)
  expect(sameDigest(of({ ...back, name: '' }), of({ ...back, name: null }))).toBe(false)
})
