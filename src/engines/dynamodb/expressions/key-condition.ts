import { invalid, invalidValues } from '../errors.ts'
import { after, encodeKeyValue, encodePartition, encodePrefix, type KeySchema, type KeySpan, spanOf } from '../keys.ts'
import { compareValues, kindOf, type Value } from '../values.ts'
import type { Comparator, Condition, Operand } from './ast.ts'

type Test = Extract<Condition, { kind: 'compare' | 'between' | 'beginsWith' }>

const FLIPPED: Readonly<Record<string, Comparator>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=' }
const unsupported = () => invalid('Query key condition not supported')

/** The keys that a key condition means: a partition, and of it what the sort key is asked to be. */
export function keySpan(condition: Condition, schema: KeySchema): KeySpan {
  const tests = Map.groupBy(testsOf(condition), nameOf)
  for (const [name, given] of tests) {
    const part = [schema.hash, schema.range].find((key) => key?.name === name)
    if (!part) throw missed(schema, tests)
    if (given.length > 1) throw invalid('KeyConditionExpressions must only contain one condition per key')
    for (const value of valuesOf(given[0]))
      if (kindOf(value) !== part.kind) throw invalidValues('Condition parameter type does not match schema type')
  }
  const [hash] = tests.get(schema.hash.name) ?? []
  if (!hash) throw missed(schema, tests)
  if (hash.kind !== 'compare' || hash.operator !== '=') throw unsupported()
  const partition = encodePartition(valuesOf(hash)[0])
  const [range] = (schema.range && tests.get(schema.range.name)) ?? []
  return range ? rangeSpan(partition, range) : spanOf(partition)
}

function missed({ hash, range }: KeySchema, tests: ReadonlyMap<string, unknown>): Error {
  const absent = !tests.has(hash.name) ? hash.name : range && !tests.has(range.name) ? range.name : undefined
  return absent === undefined ? unsupported() : invalid(`Query condition missed key schema element: ${absent}`)
}

function testsOf(condition: Condition): Test[] {
  switch (condition.kind) {
    case 'and':
      return [...testsOf(condition.left), ...testsOf(condition.right)]
    case 'compare':
      if (condition.operator === '<>') throw operator('<>')
      return [condition.left.kind === 'value' ? flipped(condition) : condition]
    case 'between':
    case 'beginsWith':
      return [condition]
    case 'exists':
      throw operator('attribute_exists')
    case 'not':
      throw operator(condition.of.kind === 'exists' ? 'attribute_not_exists' : 'NOT')
    case 'type':
      throw operator('attribute_type')
    default:
      throw operator(condition.kind === 'contains' ? 'contains' : condition.kind.toUpperCase())
  }
}

const operator = (name: string) => invalid(`Invalid operator used in KeyConditionExpression: ${name}`)

const flipped = (test: Extract<Condition, { kind: 'compare' }>): Test => ({
  ...test,
  operator: FLIPPED[test.operator],
  left: test.right,
  right: test.left,
})

function nameOf(test: Test): string {
  const of = test.kind === 'compare' ? test.left : test.of
  if (of.kind !== 'path') throw unsupported()
  if (of.path.length > 1) throw invalid('KeyConditionExpressions cannot have conditions on nested attributes')
  return of.path[0] as string
}

function valuesOf(test: Test): Value[] {
  const operands =
    test.kind === 'compare' ? [test.right] : test.kind === 'between' ? [test.low, test.high] : [test.prefix]
  return operands.map((operand: Operand) => {
    if (operand.kind !== 'value') throw unsupported()
    if (operand.value.S === '' || operand.value.B?.length === 0) {
      if (test.kind !== 'beginsWith')
        throw invalidValues('The AttributeValue for a key attribute cannot contain an empty string value.')
    }
    return operand.value
  })
}

function rangeSpan(partition: Buffer, test: Test): KeySpan {
  const [value, high] = valuesOf(test)
  const whole = spanOf(partition)
  const at = (bytes: Buffer) => Buffer.concat([partition, bytes])
  if (test.kind === 'beginsWith') {
    if (kindOf(value) === 'N') throw unsupported()
    const prefix = at(encodePrefix(value))
    return spanOf(prefix)
  }
  const key = at(encodeKeyValue(value))
  if (test.kind === 'between') {
    if ((compareValues(value, high) ?? 0) > 0)
      throw invalid('The BETWEEN operator requires upper bound to be greater than or equal to lower bound')
    return { low: key, high: after(at(encodeKeyValue(high))) }
  }
  switch (test.operator) {
    case '=':
      return spanOf(key)
    case '<':
      return { low: whole.low, high: key }
    case '<=':
      return { low: whole.low, high: after(key) }
    case '>':
      return { low: after(key), high: whole.high }
    default:
      return { low: key, high: whole.high }
  }
}
