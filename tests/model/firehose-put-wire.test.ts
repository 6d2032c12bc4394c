import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPutRecordBatch } from '../../src/engines/firehose/put-body.ts'
import { dataBytes } from '../../src/engines/kit/pure/batch.ts'

const encoder = new TextEncoder()
const read = (text: string) => readPutRecordBatch(encoder.encode(text))
const base64 = (data: Uint8Array) => Buffer.from(data).toString('base64')

describe('PutRecordBatch from its bytes', () => {
  it('has every record as it was sent', () => {
    const data = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 4000, maxLength: 4200 }))
    const request = fc.record({
      records: fc.array(data, { minLength: 1, maxLength: 20 }),
      space: fc.constantFrom('', ' ', '\n\t'),
      first: fc.boolean(),
    })
    fc.assert(
      fc.property(request, ({ records, space, first }) => {
        const list = `"Records"${space}:[${records.map((each) => `{"Data":${space}"${base64(each)}"}`).join(`,${space}`)}]`
        const name = '"DeliveryStreamName":"d.1"'
        const found = read(`{${space}${(first ? [name, list] : [list, name]).join(`${space},`)}${space}}`)
        expect(found?.name).toBe('d.1')
        expect(found?.batch.count).toBe(records.length)
        expect(found?.batch.keyEnds).toHaveLength(records.length)
        expect(records.map((_, i) => new Uint8Array(dataBytes(found!.batch, i)))).toEqual(records)
      }),
    )
  })

  it('leaves the body to the schema wherever it was damaged', () => {
    const whole = `{"DeliveryStreamName":"d","Records":[{"Data":"aGVsbG8="},{"Data":"d29ybGQh"}]}`
    const bytes = encoder.encode(whole)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const damaged = bytes.slice()
        damaged[at] = byte
        const found = readPutRecordBatch(damaged)
        if (!found) return
        // What is taken is what any reader takes it for.
        const text = new TextDecoder('utf-8', { fatal: true }).decode(damaged)
        const parsed = JSON.parse(text) as { DeliveryStreamName: string; Records: { Data: string }[] }
        expect(found.name).toBe(parsed.DeliveryStreamName)
        parsed.Records.forEach(({ Data }, i) => {
          expect(Data).toMatch(/^[A-Za-z0-9+/]*={0,2}$/)
          expect(Buffer.from(dataBytes(found.batch, i)).equals(Buffer.from(Data, 'base64'))).toBe(true)
        })
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['no records', '{"DeliveryStreamName":"d","Records":[]}'],
    ['no name', '{"Records":[{"Data":""}]}'],
    ['a bad name', '{"DeliveryStreamName":"d d","Records":[{"Data":""}]}'],
    ['an escape', '{"DeliveryStreamName":"d\\u0041","Records":[{"Data":""}]}'],
    ['data twice', '{"DeliveryStreamName":"d","Records":[{"Data":"","Data":""}]}'],
    ['no data', '{"DeliveryStreamName":"d","Records":[{}]}'],
    ['a record too many', `{"DeliveryStreamName":"d","Records":[${'{"Data":""},'.repeat(500)}{"Data":""}]}`],
    ['the other alphabet', '{"DeliveryStreamName":"d","Records":[{"Data":"-_-_"}]}'],
    ['a record that is too large', `{"DeliveryStreamName":"d","Records":[{"Data":"${'A'.repeat(1_400_000)}"}]}`],
    ['more behind it', '{"DeliveryStreamName":"d","Records":[{"Data":""}]} 1'],
    ['nothing', ''],
  ])('leaves it to the schema: %s', (_, text) => {
    expect(read(text)).toBeUndefined()
  })
})
