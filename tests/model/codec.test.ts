import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame } from '../../src/engines/kit/pure/codec.ts'
import type { Frame } from '../../src/engines/kit/pure/rpc.ts'

// CBOR's shortest form of -0 is the whole number 0, as in JSON: it arrives as 0.
const double = fc.double().map((number) => (number === 0 ? 0 : number))
const leaf = fc.oneof(
  fc.string(),
  double,
  fc.integer(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n }),
  fc.uint8Array(),
  fc.uint16Array(),
  fc.uint32Array(),
  fc.float64Array(),
)
// A key named __proto__ is renamed on purpose: an object that arrives never gets a foreign prototype.
const key = fc.string().filter((text) => text !== '__proto__')
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('any')),
    fc.dictionary(key, tie('any'), { noNullPrototype: true }),
  ),
})).any

describe('frames as bytes', () => {
  it('keeps every value that crosses the wire as it was', () => {
    fc.assert(
      fc.property(value, fc.nat(), (payload, id) => {
        const frame: Frame = [4, id, payload]
        expect(decodeFrame(new Uint8Array(encodeFrame(frame)))).toStrictEqual(frame)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps large arrays and views into a larger buffer', () => {
    const numbers = Float64Array.from({ length: 100_000 }, (_, i) => i / 7)
    const part = new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4)
    const [, , decoded] = decodeFrame(encodeFrame([5, 1, { numbers, part }])) as [5, number, unknown]
    expect(decoded).toStrictEqual({ numbers, part: new Uint8Array([1, 2, 3]) })
  })

  it('refuses anything that is no frame, with one error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (garbage) => {
        try {
          decodeFrame(garbage)
        } catch (error) {
          expect((error as { code: string }).code).toBe('MalformedFrame')
        }
      }),
      { numRuns: 500 },
    )
    for (const wrong of [[4, 1], [0, 1, 'x', {}], [9, 1], { a: 1 }, 'text', [1, 2, 3, {}, 'x']])
      expect(() => decodeFrame(encodeFrame(wrong as unknown as Frame))).toThrow(/not a frame/)
  })
})
