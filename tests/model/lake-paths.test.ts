import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareUtf8, type Listing, listPage, prefixEnd } from '../../src/engines/lake/listing.ts'
import { isBucketName } from '../../src/engines/lake/names.ts'
import { decodePath, encodeKey, foldPath } from '../../src/engines/lake/paths.ts'

const ordinary = fc.stringMatching(/^[a-z0-9_=.-]{1,12}(\/[A-Za-z0-9_=-]{1,12}){0,3}$/)
const hostileSegment = fc.constantFrom(
  '',
  '.',
  '..',
  '...',
  ' ',
  'a.',
  'a ',
  'CON',
  'nul.txt',
  'com1',
  '.DS_Store',
  '.gitkeep',
  '%',
  '%41',
  '%-',
  'a%+',
  'a%!',
  'é',
  'e\u0301',
  'A',
  'a',
  '\\',
  'C:',
  '\u0000',
  '\n',
  'x'.repeat(300),
  '%'.repeat(150),
  'é'.repeat(140),
  '😀'.repeat(90),
  '.millrace',
)
const key = fc
  .oneof(
    fc
      .array(fc.oneof(hostileSegment, fc.string({ unit: 'binary', maxLength: 12 })), { minLength: 1, maxLength: 6 })
      .map((s) => s.join('/')),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  )
  .filter((text) => text !== '' && text.isWellFormed())

describe('the path of a key', () => {
  it.each([
    'year=2001/month=01/part-0.snappy.parquet',
    'raw/2001/01/flights stream-1-2001.gz',
    'Ünïcode/données.csv',
  ])('is the key itself where nothing speaks against it: %s', (plain) => expect(encodeKey(plain)).toBe(plain))

  it('gives the key back, plain and escaped whole', () => {
    fc.assert(
      fc.property(fc.oneof(key, ordinary), fc.constantFrom('plain' as const, 'whole' as const), (text, escaping) => {
        expect(decodePath(encodeKey(text, escaping))).toBe(text)
        expect(decodePath(`${encodeKey(text, escaping)}%!`)).toBe(text)
      }),
      { numRuns: 600 },
    )
  })

  it('never leaves its bucket, on any file system', () => {
    fc.assert(
      fc.property(key, fc.constantFrom('plain' as const, 'whole' as const), (text, escaping) => {
        for (const name of encodeKey(text, escaping).split('/')) {
          expect(name).not.toMatch(/^\.{0,2}$/)
          expect(name).not.toMatch(/[<>:"\\|?*\u0000-\u001f\u007f]/)
          expect(name).not.toMatch(/[. ]$/)
          expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i)
          expect(Buffer.byteLength(name)).toBeLessThan(256)
        }
      }),
      { numRuns: 600 },
    )
  })

  it('escaped whole differs from every other path even where case and normal form do not count', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        fc.pre(a !== b)
        expect(foldPath(encodeKey(a, 'whole'))).not.toBe(foldPath(encodeKey(b, 'whole')))
        expect(foldPath(encodeKey(a, 'whole'))).not.toBe(foldPath(encodeKey(b)))
      }),
      { numRuns: 600 },
    )
  })

  it('stands for itself where somebody else named the file', () => {
    expect(decodePath('100%.csv')).toBe('100%.csv')
    expect(decodePath('10:30.csv')).toBe('10:30.csv')
    expect(decodePath('a%zz/b%41.csv')).toBe('a%zz/b%41.csv')
  })
})

describe('listing', () => {
  const bytes = (text: string) => Buffer.from(text)

  it('orders keys by their UTF-8 bytes and ends a prefix after its last key', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(bytes(a), bytes(b)))
        expect(Buffer.compare(bytes(prefixEnd(a)), bytes(a + b))).toBe(1)
      }),
    )
  })

  it('by pages gives what one pass over all keys gives', () => {
    const small = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '😀'), minLength: 1, maxLength: 6 })
    const model = fc.record({
      keys: fc.uniqueArray(small, { maxLength: 40 }),
      prefix: fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 2 }),
      delimiter: fc.constantFrom('', '/', 'b'),
      max: fc.integer({ min: 1, max: 7 }),
    })
    fc.assert(
      fc.property(model, ({ keys, prefix, delimiter, max }) => {
        const sorted = keys.toSorted(compareUtf8).map((text) => ({ key: text }))
        const rows = (from: string, inclusive: boolean, below: string, limit: number) =>
          sorted
            .filter((row) => compareUtf8(row.key, from) >= (inclusive ? 0 : 1) && compareUtf8(row.key, below) < 0)
            .slice(0, limit)
        const expected: string[] = []
        for (const row of sorted.filter((r) => r.key.startsWith(prefix))) {
          const end = delimiter === '' ? -1 : row.key.indexOf(delimiter, prefix.length)
          const item = end === -1 ? row.key : row.key.slice(0, end + delimiter.length)
          if (!expected.includes(item)) expected.push(item)
        }
        const found: string[] = []
        for (let startAfter: string | undefined = ''; startAfter !== undefined; ) {
          const page: Listing<{ key: string }> = listPage({ prefix, delimiter, startAfter, max }, rows)
          const items = [...page.objects.map((o) => o.key), ...page.commonPrefixes]
          expect(items.length).toBeLessThanOrEqual(max)
          found.push(...items.sort(compareUtf8))
          startAfter = page.next
        }
        expect(found.toSorted(compareUtf8)).toEqual(expected.toSorted(compareUtf8))
      }),
    )
  })
})

it('takes the bucket names that S3 takes', () => {
  for (const name of ['abc', 'my.bucket-1', '0a0', 'a'.repeat(63)]) expect(isBucketName(name), name).toBe(true)
  for (const name of [
    'ab',
    'a'.repeat(64),
    'Abc',
    'a_b',
    '-ab',
    'ab-',
    'a..b',
    '10.0.0.1',
    'xn--a',
    'a-s3alias',
    '../x',
    'a/b',
    '',
  ])
    expect(isBucketName(name), name).toBe(false)
})
