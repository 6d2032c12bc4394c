import { EngineError } from '../../kit/pure/errors.ts'
import { isObject, readLeafTests } from './leaf-tests.ts'

/** Of a value in an event, or undefined where it has none; `event` is the whole, for what must not be anywhere in it. */
type Test = (value: unknown, event: unknown) => boolean

export type Pattern = (event: unknown) => boolean

const refuse = (why: string) =>
  new EngineError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${why}`, {
    at: { field: 'EventPattern' },
  })

/**
 * An event pattern (EventBridge user guide, "Event patterns" and "Comparison operators"). All fields must match, and of a field one of its
 * values; of a list in the event any element may. Fields below a list of objects must match in the same object, as in AWS's own Event Ruler.
 * Throws `InvalidEventPatternException`.
 */
export function readPattern(text: string): Pattern {
  let pattern: unknown
  try {
    pattern = JSON.parse(text)
  } catch (thrown) {
    throw refuse((thrown as Error).message)
  }
  if (!isObject(pattern)) throw refuse('Filter is not an object')
  if (Object.keys(pattern).length === 0) throw refuse('Empty Object')
  const test = objectTest(pattern, [])
  return (event) => test(event, event)
}

function objectTest(pattern: Record<string, unknown>, path: readonly string[]): Test {
  const tests = Object.entries(pattern).map(([name, wanted]): Test => {
    if (name === '$or' && isAlternatives(wanted)) return orTest(wanted, path)
    const test = fieldTest(wanted, [...path, name])
    return (value, event) => test(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined, event)
  })
  return anyElement((value, event) => tests.every((test) => test(value, event)))
}

/** `$or` is a field like others unless it is a list of patterns. */
const isAlternatives = (wanted: unknown): wanted is Record<string, unknown>[] =>
  Array.isArray(wanted) && wanted.length > 1 && wanted.every((each) => isObject(each) && !isOperator(each))

const OPERATORS = ['anything-but', 'cidr', 'equals-ignore-case', 'exists', 'numeric', 'prefix', 'suffix', 'wildcard']
const isOperator = (object: Record<string, unknown>) => OPERATORS.includes(Object.keys(object)[0])

function orTest(alternatives: readonly Record<string, unknown>[], path: readonly string[]): Test {
  const tests = alternatives.map((each) => objectTest(each, path))
  return (value, event) => tests.some((test) => test(value, event))
}

function fieldTest(wanted: unknown, path: readonly string[]): Test {
  const name = path.at(-1)
  if (isObject(wanted)) {
    if (Object.keys(wanted).length === 0) throw refuse(`Empty objects are not allowed at ${name}`)
    return objectTest(wanted, path)
  }
  if (!Array.isArray(wanted)) throw refuse(`"${name}" must be an object or an array`)
  if (wanted.length === 0) throw refuse('Empty arrays are not allowed')
  const { present, absent } = readLeafTests(wanted, refuse)
  return (value, event) => {
    if (absent && leavesAt(event, path).length === 0) return true
    return leavesOf(value).some((leaf) => present.some((test) => test(leaf)))
  }
}

/** Of a list any element, and of lists in it any of theirs. */
function anyElement(test: Test): Test {
  const any: Test = (value, event) =>
    Array.isArray(value) && value.length > 0 ? value.some((each) => any(each, event)) : test(value, event)
  return any
}

/** Values that are neither objects nor lists. An object is no leaf, so nothing exists there. */
function leavesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf)
  return value === undefined || isObject(value) ? [] : [value]
}

function leavesAt(value: unknown, [name, ...rest]: readonly string[]): unknown[] {
  if (name === undefined) return leavesOf(value)
  if (Array.isArray(value)) return value.flatMap((each) => leavesAt(each, [name, ...rest]))
  return isObject(value) && Object.hasOwn(value, name) ? leavesAt(value[name], rest) : []
}
