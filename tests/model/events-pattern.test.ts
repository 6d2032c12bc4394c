import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPattern } from '../../src/engines/events/match/pattern.ts'

const matches = (pattern: unknown, event: unknown) => readPattern(JSON.stringify(pattern))(event)

describe('an event pattern', () => {
  it.each<[string, unknown, unknown, boolean]>([
    ['a value', { a: ['x'] }, { a: 'x' }, true],
    ['one of values', { a: ['x', 'y'] }, { a: 'y' }, true],
    ['no value', { a: ['x'] }, { a: 'z' }, false],
    ['a number, however it is written', { a: [300] }, { a: 3.0e2 }, true],
    ['a number is no text', { a: [300] }, { a: '300' }, false],
    ['null', { a: [null] }, { a: null }, true],
    ['null is not absence', { a: [null] }, {}, false],
    ['an empty text', { a: [''] }, { a: '' }, true],
    ['true', { a: [true] }, { a: true }, true],
    ['fields within fields', { a: { b: ['x'] } }, { a: { b: 'x', c: 1 } }, true],
    ['all fields', { a: ['x'], b: ['y'] }, { a: 'x', b: 'z' }, false],
    ['any of a list', { a: ['x'] }, { a: ['w', 'x'] }, true],
    ['no list within the list is missed', { a: ['x'] }, { a: [['w'], ['x']] }, true],
    ['the same object of a list', { a: { b: [1], c: [2] } }, { a: [{ b: 1, c: 2 }] }, true],
    ['not of two objects', { a: { b: [1], c: [2] } }, { a: [{ b: 1 }, { c: 2 }] }, false],
    ['prefix', { a: [{ prefix: 'us-' }] }, { a: 'us-east-1' }, true],
    ['prefix of no number', { a: [{ prefix: '1' }] }, { a: 12 }, false],
    ['prefix in any case', { a: [{ prefix: { 'equals-ignore-case': 'EV' } }] }, { a: 'Events' }, true],
    ['suffix', { a: [{ suffix: '.png' }] }, { a: 'x.png' }, true],
    ['suffix in any case', { a: [{ suffix: { 'equals-ignore-case': '.PNG' } }] }, { a: 'x.png' }, true],
    ['any case', { a: [{ 'equals-ignore-case': 'ALICE' }] }, { a: 'alice' }, true],
    ['anything but', { a: [{ 'anything-but': 'x' }] }, { a: 'y' }, true],
    ['anything but that', { a: [{ 'anything-but': 'x' }] }, { a: 'x' }, false],
    ['anything but, of another kind', { a: [{ 'anything-but': 'x' }] }, { a: 1 }, true],
    ['anything but needs something', { a: [{ 'anything-but': 'x' }] }, {}, false],
    ['anything but numbers', { a: [{ 'anything-but': [1, 2] }] }, { a: 2 }, false],
    ['anything but a beginning', { a: [{ 'anything-but': { prefix: 'us-' } }] }, { a: 'us-1' }, false],
    ['anything but beginnings', { a: [{ 'anything-but': { prefix: ['us-', 'eu-'] } }] }, { a: 'ap-1' }, true],
    ['anything but an end', { a: [{ 'anything-but': { suffix: '.png' } }] }, { a: 'a.txt' }, true],
    ['anything but in any case', { a: [{ 'anything-but': { 'equals-ignore-case': ['X'] } }] }, { a: 'x' }, false],
    ['anything but a form', { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] }, { a: 'usr/lib/x' }, false],
    ['numeric', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
    ['numeric, outside', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
    ['numeric, equal', { a: [{ numeric: ['=', 3.14] }] }, { a: 3.14 }, true],
    ['numeric is not for texts', { a: [{ numeric: ['=', 1] }] }, { a: '1' }, false],
    ['exists', { a: [{ exists: true }] }, { a: null }, true],
    ['exists is of leaves', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
    ['absent', { a: [{ exists: false }] }, { b: 1 }, true],
    ['absent with its parent', { a: { b: [{ exists: false }] } }, {}, true],
    ['absent from all of a list', { a: { b: [{ exists: false }] } }, { a: [{ b: 1 }, { c: 1 }] }, false],
    ['absent or a value', { a: ['x', { exists: false }] }, {}, true],
    ['cidr', { ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '10.0.0.255' }, true],
    ['cidr, outside', { ip: [{ cidr: '10.0.0.0/24' }] }, { ip: '10.0.1.0' }, false],
    ['cidr of version 6', { ip: [{ cidr: '2001:db8::/32' }] }, { ip: '2001:db8::1' }, true],
    ['cidr is for addresses', { ip: [{ cidr: '10.0.0.0/8' }] }, { ip: 'ten' }, false],
    ['wildcard', { a: [{ wildcard: 'dir/*.png' }] }, { a: 'dir/x/y.png' }, true],
    ['wildcard, in the middle', { a: [{ wildcard: 'a*b*c' }] }, { a: 'a-c-b' }, false],
    ['wildcard, not twice the same', { a: [{ wildcard: 'aba*aba' }] }, { a: 'ababa' }, false],
    ['wildcard, escaped', { a: [{ wildcard: '\\*x*' }] }, { a: '*xy' }, true],
    ['or', { $or: [{ a: [1] }, { b: [2] }], c: [3] }, { b: 2, c: 3 }, true],
    ['or, neither', { $or: [{ a: [1] }, { b: [2] }] }, { a: 2, b: 1 }, false],
    ['or within', { d: { $or: [{ a: [1] }, { b: { c: [2] } }] } }, { d: { b: { c: 2 } } }, true],
    ['a field called $or', { $or: [{ prefix: 'x' }, { suffix: 'y' }] }, { $or: 'xz' }, true],
  ])('%s: %j', (_, pattern, event, result) => expect(matches(pattern, event)).toBe(result))

  it.each<[unknown, RegExp]>([
    ['', /not an object/],
    [{}, /Empty Object/],
    [{ a: 'x' }, /must be an object or an array/],
    [{ a: [] }, /Empty arrays/],
    [{ a: [['x']] }, /Match value must be/],
    [{ a: [{ starts: 'x' }] }, /Unrecognized match type starts/],
    [{ a: [{ prefix: 1 }] }, /must be a string/],
    [{ a: [{ prefix: 'a', suffix: 'b' }] }, /Only one key/],
    [{ a: [{ 'anything-but': ['x', 1] }] }, /mixed type/],
    [{ a: [{ numeric: ['>', 5, '<', 5] }] }, /Bottom must be less/],
    [{ a: [{ numeric: ['~', 5] }] }, /Unrecognized numeric/],
    [{ a: [{ numeric: ['>', 6e9] }] }, /between/],
    [{ a: [{ exists: 'yes' }] }, /either true or false/],
    [{ a: [{ cidr: '10.0.0.0/33' }] }, /Malformed CIDR/],
    [{ a: [{ wildcard: 'a**b' }] }, /Consecutive wildcard/],
    [{ a: [{ wildcard: 'a\\b' }] }, /Invalid escape/],
  ])('%j is refused', (pattern, why) => {
    expect(() => matches(pattern, {})).toThrow(
      expect.objectContaining({ code: 'InvalidEventPatternException', message: expect.stringMatching(why) }),
    )
  })

  it('says where its text is no JSON', () =>
    expect(() => readPattern('{"a": [}')).toThrow(/Event pattern is not valid/))
})

/** Matching as Event Ruler describes it: an event is a list of paths with values, each with the places in lists that it came through. */
interface Leaf {
  path: string
  value: unknown
  places: Record<string, number>
}

function flatten(value: unknown, path: string, places: Record<string, number>): Leaf[] {
  if (Array.isArray(value))
    return value.flatMap((each, i) => flatten(each, path, { ...places, [`${path}#${Object.keys(places).length}`]: i }))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, each]) => flatten(each, `${path}/${name}`, places))
  return [{ path, value, places }]
}

const agree = (a: Record<string, number>, b: Record<string, number>) =>
  Object.entries(a).every(([place, i]) => b[place] === undefined || b[place] === i)

function naive(pattern: Record<string, unknown>, event: unknown): boolean {
  const leaves = flatten(event, '', {})
  const wanted: { path: string; rules: unknown[] }[] = []
  const collect = (each: Record<string, unknown>, path: string) => {
    for (const [name, inner] of Object.entries(each))
      if (Array.isArray(inner)) wanted.push({ path: `${path}/${name}`, rules: inner })
      else collect(inner as Record<string, unknown>, `${path}/${name}`)
  }
  collect(pattern, '')
  const fits = (rule: unknown, value: unknown) => {
    if (typeof rule !== 'object' || rule === null) return rule === value
    const [[name, operand]] = Object.entries(rule as Record<string, never>)
    if (name === 'exists') return operand === true
    if (name === 'prefix') return typeof value === 'string' && value.slice(0, String(operand).length) === operand
    if (name === 'anything-but') return operand !== value
    return typeof value === 'number' && value > operand[1]
  }
  const search = (i: number, places: Record<string, number>): boolean => {
    if (i === wanted.length) return true
    const { path, rules } = wanted[i]
    const here = leaves.filter((leaf) => leaf.path === path)
    const absent = rules.some((rule) => JSON.stringify(rule) === '{"exists":false}') && here.length === 0
    if (absent && search(i + 1, places)) return true
    return here.some(
      (leaf) =>
        agree(leaf.places, places) &&
        rules.some((rule) => fits(rule, leaf.value)) &&
        search(i + 1, { ...places, ...leaf.places }),
    )
  }
  return search(0, {})
}

describe('matching', () => {
  const name = fc.constantFrom('a', 'b', 'c')
  const leaf = fc.constantFrom<unknown>('x', 'xy', 'z', 0, 1, 2, true, null)
  const { event } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, tie('event'), fc.array(fc.oneof(leaf, tie('event')), { maxLength: 3 })),
    event: fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  }))
  const rule = fc.oneof(
    leaf,
    fc.constantFrom<unknown>(
      { exists: true },
      { exists: false },
      { prefix: 'x' },
      { 'anything-but': 'x' },
      { numeric: ['>', 0] },
    ),
  )
  const { pattern } = fc.letrec((tie) => ({
    field: fc.oneof({ maxDepth: 2 }, fc.array(rule, { minLength: 1, maxLength: 2 }), tie('pattern')),
    pattern: fc.dictionary(name, tie('field'), { minKeys: 1, maxKeys: 3 }),
  }))

  it('agrees with a search over all paths', () => {
    fc.assert(
      fc.property(pattern, event, (wanted, happened) => {
        expect(matches(wanted, happened)).toBe(naive(wanted as Record<string, unknown>, happened))
      }),
      { numRuns: process.env.MILLRACE_NIGHTLY ? 100_000 : 3000 },
    )
  })
})
