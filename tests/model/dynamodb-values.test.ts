import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { after, encodeKeyValue, encodePartition, encodePrefix, segmentSpan } from '../../src/engines/dynamodb/keys.ts'
import { addNumbers, compareNumbers, normalNumber } from '../../src/engines/dynamodb/number.ts'
import { compareValues, itemBytes, itemText, parseItem, type Value } from '../../src/engines/dynamodb/values.ts'

/** A decimal of up to 38 digits as [digits, power of ten]: the small reference that the engine's numbers are held to. */
const decimal = fc
  .tuple(fc.boolean(), fc.stringMatching(/^\d{1,38}$/), fc.integer({ min: -120, max: 80 }))
  .map(([negative, digits, power]) => ({ negative, digits: BigInt(digits), power }))
type Reference = { negative: boolean; digits: bigint; power: number }

const SCALE = 140
const scaled = ({ negative, digits, power }: Reference): bigint => {
  const size = digits * 10n ** BigInt(power + SCALE)
  return negative ? -size : size
}
const textOf = ({ negative, digits, power }: Reference) => `${negative ? '-' : ''}${digits}E${power}`
const reference = (value: bigint): string => {
  const sign = value < 0n ? '-' : ''
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -SCALE)}${fraction === '' ? '' : `.${fraction}`}`
}

describe('numbers', () => {
  it('are kept exactly, in plain decimal text', () => {
    fc.assert(
      fc.property(decimal, (one) => {
        expect(normalNumber(textOf(one))).toBe(reference(scaled(one)))
      }),
    )
    expect(['-0', '+1.50', '.5', '5.', '1e3', '1E-3', '00012'].map(normalNumber)).toEqual([
      '0',
      '1.5',
      '0.5',
      '5',
      '1000',
      '0.001',
      '12',
    ])
  })

  it('add up exactly, or are refused past 38 digits', () => {
    fc.assert(
      fc.property(decimal, decimal, fc.constantFrom(1 as const, -1 as const), (a, b, sign) => {
        const sum = reference(scaled(a) + scaled(b) * BigInt(sign))
        const digits = sum.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length
        if (digits > 38) expect(() => addNumbers(textOf(a), textOf(b), sign)).toThrow('38 significant digits')
        else expect(addNumbers(textOf(a), textOf(b), sign)).toBe(sum)
      }),
    )
    expect(addNumbers('0.1', '0.2')).toBe('0.3')
    expect(addNumbers('9007199254740993', '1')).toBe('9007199254740994')
  })

  it('refuse what does not fit, in the words of the service', () => {
    for (const bad of ['', ' ', 'abc', '1e', '1.2.3', '0x10', 'NaN', 'Infinity', '--1'])
      expect(() => normalNumber(bad)).toThrow('The parameter cannot be converted to a numeric value')
    expect(() => normalNumber('1E126')).toThrow('Number overflow')
    expect(() => normalNumber('1E-131')).toThrow('Number underflow')
    expect(() => normalNumber('1'.repeat(39))).toThrow('more than 38 significant digits')
    expect(normalNumber('9.9999999999999999999999999999999999999E+125')).toHaveLength(126)
    expect(normalNumber('-1E-130')).toBe(`-0.${'0'.repeat(129)}1`)
  })
})

const sign = (order: number | undefined) => Math.sign(order ?? Number.NaN)
const order = (a: Value, b: Value) => Buffer.compare(encodeKeyValue(a), encodeKeyValue(b))

describe('encoded keys', () => {
  it('have the order of numbers', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [one, two] = [normalNumber(textOf(a)), normalNumber(textOf(b))]
        expect(sign(order({ N: one }, { N: two }))).toBe(Number(scaled(a) > scaled(b)) - Number(scaled(a) < scaled(b)))
        expect(sign(compareNumbers(one, two))).toBe(sign(order({ N: one }, { N: two })))
      }),
    )
  })

  it('have the order of text by its UTF-8 and of bytes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\u0001', 'é', '\uffff', '😀') })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(sign(order({ S: a }, { S: b }))).toBe(sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
        expect(sign(order({ S: a }, { S: b }))).toBe(sign(compareValues({ S: a }, { S: b })))
      }),
    )
    const bytes = fc
      .uint8Array({ maxLength: 6 })
      .map((a) => a.map((byte) => (byte < 128 ? byte % 3 : 255 - (byte % 2))))
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(sign(order({ B: a }, { B: b }))).toBe(sign(Buffer.compare(a, b)))
      }),
    )
  })

  it('never begin with one another, so that what stands behind a key cannot change its place', () => {
    const value = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '\0', 'ÿ') }).map((S): Value => ({ S })),
      decimal.map((one): Value => ({ N: normalNumber(textOf(one)) })),
    )
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [one, two] = [encodeKeyValue(a), encodeKeyValue(b)]
        fc.pre(!one.equals(two) && Object.keys(a)[0] === Object.keys(b)[0])
        expect(one.subarray(0, two.length).equals(two)).toBe(false)
      }),
    )
  })

  it('of all that begin with a prefix lie between the prefix and what comes after it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 5 })
    fc.assert(
      fc.property(text, text, (key, prefix) => {
        const encoded = encodeKeyValue({ S: key })
        const low = encodePrefix({ S: prefix })
        const inside = encoded.compare(low) >= 0 && (low.length === 0 || encoded.compare(after(low)) < 0)
        expect(inside).toBe(key.startsWith(prefix))
      }),
    )
  })

  it('fall into exactly one segment of a scan', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 50 }), (S, total) => {
        const key = encodePartition({ S })
        const segments = Array.from({ length: total }, (_, i) => segmentSpan(i, total))
        expect(segments.filter(({ low, high }) => key.compare(low) >= 0 && key.compare(high) < 0)).toHaveLength(1)
      }),
    )
  })
})

describe('items', () => {
  it('come back from their text as they were, whatever their attributes are called', () => {
    const item = {
      s: { S: 'ü' },
      b: { B: new Uint8Array([0, 255]) },
      bs: { BS: [new Uint8Array([1])] },
      m: { M: { l: { L: [{ N: '1' }, { B: new Uint8Array(0) }] } } },
      ...Object.fromEntries([
        ['__proto__', { BOOL: true }],
        ['constructor', { NULL: true }],
      ]),
    }
    const back = parseItem(itemText(item))
    expect(back).toEqual(item)
    expect(Object.keys(back)).toEqual(Object.keys(item))
  })

  it('are as large as the guide counts them', () => {
    expect(itemBytes({ ab: { S: 'é' } })).toBe(4)
    expect(itemBytes({ n: { N: '-12345' } })).toBe(1 + 1 + 3 + 1)
    expect(itemBytes({ l: { L: [{ BOOL: true }] } })).toBe(1 + 3 + 1 + 1)
    expect(itemBytes({ m: { M: { a: { NULL: true } } } })).toBe(1 + 3 + 1 + 1 + 1)
  })
})
