import { expect, test } from 'vitest'
import { readFilters } from '../../src/engines/functions/mapping/filter.ts'

const recordOf = (text: string) => ({
  offset: 0,
  key: 'k',
  sequenceNumber: '1',
  data: Buffer.from(text).toString('base64'),
  arrivalMs: 0,
})
const passes = (pattern: unknown, value: unknown) =>
  readFilters([JSON.stringify({ data: pattern })])!(recordOf(JSON.stringify(value)))

test.each([
  [{ a: ['x'] }, [{ a: 'x' }, { a: ['y', 'x'] }], [{ a: 'y' }, {}, { a: { x: 1 } }, { a: null }]],
  [{ a: [null] }, [{ a: null }], [{}, { a: '' }, { a: 0 }]],
  [{ a: [''] }, [{ a: '' }], [{ a: null }, {}]],
  [{ a: [1, true] }, [{ a: 1 }, { a: 1.0 }, { a: true }], [{ a: '1' }, { a: 2 }]],
  [{ a: [{ prefix: 'ab' }, { suffix: 'yz' }] }, [{ a: 'abc' }, { a: 'xyz' }], [{ a: 'b' }, { a: 1 }]],
  [{ a: [{ 'equals-ignore-case': 'Über' }] }, [{ a: 'üBER' }], [{ a: 'uber' }]],
  [{ a: [{ 'anything-but': ['x', 1] }] }, [{ a: 'y' }, { a: 2 }], [{ a: 'x' }, { a: 1 }, {}]],
  [{ a: [{ numeric: ['>', 0, '<=', 10] }] }, [{ a: 10 }, { a: 0.1 }], [{ a: 0 }, { a: 11 }, { a: '5' }]],
  [{ a: [{ numeric: ['=', 3] }] }, [{ a: 3 }], [{ a: 4 }]],
  [{ a: [{ exists: true }] }, [{ a: 1 }, { a: null }], [{}, { a: { b: 1 } }]],
  [{ a: [{ exists: false }] }, [{}, { b: 1 }], [{ a: 1 }]],
  [{ a: { b: ['x'] }, c: [1] }, [{ a: { b: 'x' }, c: 1 }], [{ a: { b: 'x' } }, { a: 'x', c: 1 }]],
  [
    { $or: [{ a: [1] }, { b: [2] }], c: [3] },
    [
      { a: 1, c: 3 },
      { b: 2, c: 3 },
    ],
    [{ a: 1 }, { c: 3 }],
  ],
  [{ constructor: [{ exists: false }] }, [{}], [{ constructor: 1 }]],
])('the pattern %j', (pattern, matching, others) => {
  for (const value of matching) expect([value, passes(pattern, value)]).toEqual([value, true])
  for (const value of others) expect([value, passes(pattern, value)]).toEqual([value, false])
})

test('what is no JSON passes no pattern of data, and one of several patterns is enough', () => {
  const filter = readFilters(['{"data":{"a":[1]}}', '{"data":{"a":[2]}}'])!
  expect(['{"a":2}', '{"a":3}', 'plain', '\xff'].map((text) => filter(recordOf(text)))).toEqual([
    true,
    false,
    false,
    false,
  ])
  expect(readFilters([])).toBeUndefined()
  expect(readFilters(['{}'])!(recordOf('plain'))).toBe(true)
})

test.each([
  '[]',
  'x',
  '{"partitionKey":["a"]}',
  '{"data":["a"]}',
  '{"data":{"a":[]}}',
  '{"data":{"a":"x"}}',
  '{"data":{"a":[[1]]}}',
  '{"data":{"a":[{"wildcard":"x*"}]}}',
  '{"data":{"a":[{"prefix":"x","suffix":"y"}]}}',
  '{"data":{"a":[{}]}}',
  '{"data":{"a":[{"numeric":[">"]}]}}',
  '{"data":{"a":[{"numeric":["~",1]}]}}',
  '{"data":{"a":[{"exists":1}]}}',
  '{"data":{"$or":[{"a":[1]}]}}',
])('%s is no pattern', (text) => {
  expect(() => readFilters([text])).toThrow('Invalid filter pattern definition')
})
