import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonErrorOffset } from '../../src/engines/kit/pure/json-place.ts'

test('every JSON text is accepted, and what JSON.parse refuses is refused', () => {
  fc.assert(fc.property(fc.json(), (text) => jsonErrorOffset(text) === null))
  const nearly = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '"', ':', 'x', '01', '\\'))
    .map(([text, at, junk]) => {
      const cut = at % (text.length + 1)
      return text.slice(0, cut) + junk + text.slice(cut + (junk === '' ? 1 : 0))
    })
  fc.assert(
    fc.property(nearly, (text) => {
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      expect(jsonErrorOffset(text) === null).toBe(valid)
    }),
    { numRuns: 500 },
  )
})

test('the place is where a person must mend', () => {
  expect(jsonErrorOffset('{"a": [1,, 2]}')).toBe(9)
  expect(jsonErrorOffset('{"a": 1')).toBe(7)
  expect(jsonErrorOffset('{"a": 1,}')).toBe(8)
  expect(jsonErrorOffset('{"a": tru}')).toBe(6)
  expect(jsonErrorOffset('{} x')).toBe(3)
  expect(jsonErrorOffset('')).toBe(0)
})
