import fc from 'fast-check'
import { generate } from 'mqtt-packet'
import { expect, test } from 'vitest'
import { recordsOf } from '../../src/engines/ingest/body.ts'
import { Frames } from '../../src/engines/ingest/mqtt-frames.ts'

const encoder = new TextEncoder()
const texts = (type: string, body: string) => recordsOf(type, encoder.encode(body)) as string[]

test('the elements of any JSON array are its records, as they are written', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.constantFrom(undefined, 2, '\t'), (values, indent) => {
      const records = texts('application/json', JSON.stringify(values, null, indent))
      expect(records.map((text) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(values)))
    }),
  )
  expect(texts('application/json', ' [1.0 , 1e400,"\\\\\\"],[", 12345678901234567890]')).toEqual([
    '1.0',
    '1e400',
    '"\\\\\\"],["',
    '12345678901234567890',
  ])
})

test('lines of NDJSON are records, whatever ends them, and none is taken where one is broken', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.constantFrom('\n', '\r\n', '\n\n'), (values, end) => {
      const lines = values.map((value) => JSON.stringify(value))
      expect(texts('application/x-ndjson', lines.join(end))).toEqual(lines)
      expect(() => texts('application/x-ndjson', [...lines, '{'].join('\n'))).toThrow(`Line ${lines.length + 1} `)
    }),
  )
})

test('packets come out whole however their bytes are cut', () => {
  const packet = fc.record({
    topic: fc.string({ minLength: 1, maxLength: 30 }),
    payload: fc.uint8Array({ maxLength: 400 }),
  })
  fc.assert(
    fc.property(fc.array(packet), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (packets, cuts) => {
      const whole = packets.map(({ topic, payload }) =>
        generate({
          cmd: 'publish',
          topic: topic.replaceAll(/[+#]/g, '-'),
          payload: Buffer.from(payload),
          qos: 1,
          messageId: 7,
          dup: false,
          retain: false,
        }),
      )
      const bytes = Buffer.concat(whole)
      const frames = new Frames(1000)
      const found: Buffer[] = []
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const to = at + cuts[i % cuts.length]
        found.push(...frames.of(bytes.subarray(at, to)))
        at = to
      }
      expect(found.map((frame) => frame.toString('hex'))).toEqual(whole.map((frame) => frame.toString('hex')))
    }),
  )
})

test('a packet that claims more than is taken is refused by its header alone', () => {
  const frames = new Frames(1000)
  expect(() => [...frames.of(Buffer.from([0x30, 0xe9, 0x07]))]).toThrow('longer than any that is taken')
})
