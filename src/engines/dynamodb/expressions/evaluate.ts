import { base64, compareValues, equalValues, type Item, kindOf, type Value } from '../values.ts'
import type { Comparator, Condition, Operand } from './ast.ts'
import { valueAt } from './paths.ts'

/** Whether an item meets a condition; an item that is not there is an empty one. What has no value compares to nothing. */
export function holds(condition: Condition, item: Item): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, item) && holds(condition.right, item)
    case 'or':
      return holds(condition.left, item) || holds(condition.right, item)
    case 'not':
      return !holds(condition.of, item)
    case 'compare':
      return compares(condition.operator, operand(condition.left, item), operand(condition.right, item))
    case 'between': {
      const of = operand(condition.of, item)
      return compares('>=', of, operand(condition.low, item)) && compares('<=', of, operand(condition.high, item))
    }
    case 'in': {
      const of = operand(condition.of, item)
      return condition.among.some((one) => compares('=', of, operand(one, item)))
    }
    case 'exists':
      return valueAt(item, condition.path) !== undefined
    case 'type': {
      const of = operand(condition.of, item)
      return of !== undefined && kindOf(of) === condition.type
    }
    case 'beginsWith':
      return beginsWith(operand(condition.of, item), operand(condition.prefix, item))
    case 'contains':
      return contains(operand(condition.of, item), operand(condition.what, item))
  }
}

function operand(of: Operand, item: Item): Value | undefined {
  if (of.kind === 'value') return of.value
  if (of.kind === 'path') return valueAt(item, of.path)
  const value = operand(of.of, item)
  const size = value && sizeOf(value)
  return size === undefined ? undefined : { N: String(size) }
}

/** What `size` gives: bytes of text and binary, elements of all else that has elements. */
function sizeOf(value: Value): number | undefined {
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.M) return Object.keys(value.M).length
  return (value.B ?? value.SS ?? value.NS ?? value.BS ?? value.L)?.length
}

function compares(operator: Comparator, left: Value | undefined, right: Value | undefined): boolean {
  // An attribute that is not there differs from every value.
  if (!left || !right) return operator === '<>' && (left ?? right) !== undefined
  if (operator === '=') return equalValues(left, right)
  if (operator === '<>') return !equalValues(left, right)
  const order = compareValues(left, right)
  if (order === undefined) return false
  if (operator === '<') return order < 0
  if (operator === '<=') return order <= 0
  return operator === '>' ? order > 0 : order >= 0
}

function beginsWith(of: Value | undefined, prefix: Value | undefined): boolean {
  if (of?.S !== undefined && prefix?.S !== undefined) return of.S.startsWith(prefix.S)
  if (!of?.B || !prefix?.B) return false
  return Buffer.compare(of.B.subarray(0, prefix.B.length), prefix.B) === 0
}

/** A part of text or bytes, or an element of a set or list. */
function contains(of: Value | undefined, what: Value | undefined): boolean {
  if (!of || !what) return false
  if (of.S !== undefined) return what.S !== undefined && of.S.includes(what.S)
  if (of.B) return what.B !== undefined && Buffer.from(of.B).includes(Buffer.from(what.B))
  if (of.SS) return what.S !== undefined && of.SS.includes(what.S)
  if (of.NS) return what.N !== undefined && of.NS.includes(what.N)
  if (of.BS) return what.B !== undefined && of.BS.map(base64).includes(base64(what.B))
  return of.L?.some((element) => equalValues(element, what)) ?? false
}
