import { invalid } from '../errors.ts'
import type { StreamRecord } from './records.ts'

/** Of a value in a record's JSON; undefined where there is none. */
type Test = (value: unknown) => boolean

const refuse = (why: string) => invalid(`Invalid filter pattern definition. ${why}`, 'FilterCriteria')

/**
 * Whether records pass one of the patterns at least; undefined where there are none, so that all pass. Patterns are of `data` alone, and
 * match what is JSON alone (Lambda guide, "Using event filtering with a Kinesis event source" and "Filter rule syntax"). Throws
 * `InvalidParameterValueException` for what is no pattern.
 */
export function readFilters(patterns: readonly string[]): ((record: StreamRecord) => boolean) | undefined {
  const tests = patterns.map(readPattern)
  if (tests.length === 0) return undefined
  const matchesAll = tests.includes(undefined)
  return ({ data }) => {
    if (matchesAll) return true
    const value = jsonOf(data)
    return value !== undefined && tests.some((test) => test!(value))
  }
}

/** The test of `data`; undefined where the pattern asks nothing of it. */
function readPattern(text: string): Test | undefined {
  let pattern: unknown
  try {
    pattern = JSON.parse(text)
  } catch {
    throw refuse('A pattern is JSON.')
  }
  if (!isObject(pattern)) throw refuse('A pattern is a JSON object.')
  const strange = Object.keys(pattern).find((key) => key !== 'data')
  if (strange !== undefined) throw refuse(`For Kinesis it may ask for data alone, not for ${strange}.`)
  if (pattern.data === undefined) return undefined
  if (!isObject(pattern.data)) throw refuse('The pattern of data must be a JSON object.')
  return objectTest(pattern.data)
}

function jsonOf(base64: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64')))
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** All of its fields must match, one of the patterns of `$or`, and one of the values of a field. */
function objectTest(pattern: Record<string, unknown>): Test {
  const tests = Object.entries(pattern).map(([name, wanted]): Test => {
    if (name === '$or') return orTest(wanted)
    const test = fieldTest(name, wanted)
    return (value) => test(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined)
  })
  return (value) => tests.every((test) => test(value))
}

function orTest(wanted: unknown): Test {
  if (!Array.isArray(wanted) || wanted.length < 2 || !wanted.every(isObject))
    throw refuse('$or is a list of at least two patterns.')
  const tests = wanted.map(objectTest)
  return (value) => tests.some((test) => test(value))
}

function fieldTest(name: string, wanted: unknown): Test {
  if (isObject(wanted)) return objectTest(wanted)
  if (!Array.isArray(wanted) || wanted.length === 0) throw refuse(`What ${name} may be is a list that is not empty.`)
  const tests = wanted.map((each) => (isObject(each) ? ruleTest(each) : scalarTest(each)))
  // Of a list in a record each value is looked at, and one that matches is enough; an object is no value.
  return (value) => {
    const values = Array.isArray(value) ? value : [isObject(value) ? undefined : value]
    return tests.some((test) => values.some(test))
  }
}

const isScalar = (value: unknown) => value === null || ['string', 'number', 'boolean'].includes(typeof value)

function scalarTest(wanted: unknown): Test {
  if (!isScalar(wanted)) throw refuse('A list in a list is no value.')
  return (value) => value === wanted
}

const RULES: Readonly<Record<string, (wanted: unknown) => Test | undefined>> = {
  prefix: (wanted) => textRule(wanted, (text, start) => text.startsWith(start)),
  suffix: (wanted) => textRule(wanted, (text, end) => text.endsWith(end)),
  'equals-ignore-case': (wanted) => textRule(wanted, (text, other) => text.toLowerCase() === other.toLowerCase()),
  exists: (wanted) => (typeof wanted === 'boolean' ? (value) => (value !== undefined) === wanted : undefined),
  'anything-but': (wanted) => {
    const others: unknown[] = Array.isArray(wanted) ? wanted : [wanted]
    if (others.length === 0 || others.some((each) => typeof each !== 'string' && typeof each !== 'number'))
      return undefined
    return (value) => value !== undefined && !others.includes(value)
  },
  numeric: numericRule,
}

function ruleTest(rule: Record<string, unknown>): Test {
  const [[name, wanted] = [''], ...more] = Object.entries(rule)
  const test = more.length === 0 && Object.hasOwn(RULES, name) && RULES[name](wanted)
  if (!test) throw refuse(`Unrecognized match type ${JSON.stringify(rule)}.`)
  return test
}

function textRule(wanted: unknown, matches: (text: string, wanted: string) => boolean): Test | undefined {
  if (typeof wanted !== 'string') return undefined
  return (value) => typeof value === 'string' && matches(value, wanted)
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** `[">", 0, "<=", 10]`. */
function numericRule(wanted: unknown): Test | undefined {
  if (!Array.isArray(wanted) || (wanted.length !== 2 && wanted.length !== 4)) return undefined
  const tests: ((value: number) => boolean)[] = []
  for (let i = 0; i < wanted.length; i += 2) {
    const [sign, bound] = [COMPARISONS[wanted[i]], wanted[i + 1]]
    if (!sign || typeof bound !== 'number') return undefined
    tests.push((value) => sign(value, bound))
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value))
}
