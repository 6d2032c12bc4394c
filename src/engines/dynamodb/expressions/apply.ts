import { invalid } from '../errors.ts'
import { addNumbers } from '../number.ts'
import { base64, type Item, kindOf, member, type Value, without } from '../values.ts'
import type { Path, UpdateAction, UpdateOperand } from './ast.ts'
import { valueAt } from './paths.ts'

const wrongKind = () => invalid('An operand in the update expression has an incorrect data type')
const wrongPath = () => invalid('The document path provided in the update expression is invalid for update')

/**
 * An item after an update. Operands and places are those of the item as it was; actions do not see each other. Elements that are set past
 * the end of a list are added in the order of their places.
 */
export function applyUpdate(before: Item, actions: readonly UpdateAction[]): Item {
  const changes = actions
    .map((action) => ({ path: action.path, value: outcome(action, before) }))
    .sort((a, b) => inOrder(a.path, b.path))
  let item = before
  for (const { path, value } of changes) if (value) item = written(item, path, value)
  // Taken away from behind, so that the places of elements before them stay what they were.
  for (const { path, value } of changes.reverse()) {
    if (value) continue
    const without = removedFrom(item, path)
    // What was not there before is not what was meant.
    if (valueAt(before, path)) item = without
  }
  return item
}

/** The value that an action gives its place, or undefined where it takes the place away. */
function outcome(action: UpdateAction, item: Item): Value | undefined {
  switch (action.kind) {
    case 'set':
      return operand(action.to, item)
    case 'remove':
      return undefined
    case 'add':
      return added(valueAt(item, action.path), action.value)
    case 'delete':
      return reduced(valueAt(item, action.path), action.value)
  }
}

function operand(of: UpdateOperand, item: Item): Value {
  switch (of.kind) {
    case 'value':
      return of.value
    case 'path': {
      const value = valueAt(item, of.path)
      if (!value) throw invalid('The provided expression refers to an attribute that does not exist in the item')
      return value
    }
    case 'ifNotExists':
      return valueAt(item, of.path) ?? operand(of.otherwise, item)
    case 'append': {
      const left = operand(of.left, item).L
      const right = operand(of.right, item).L
      if (!left || !right) throw wrongKind()
      return { L: [...left, ...right] }
    }
    default: {
      const left = operand(of.left, item).N
      const right = operand(of.right, item).N
      if (left === undefined || right === undefined) throw wrongKind()
      return { N: addNumbers(left, right, of.kind === 'plus' ? 1 : -1) }
    }
  }
}

/** ADD: a number grows, a set takes in elements, and (as the older AttributeUpdates have it) a list grows at its end. */
function added(to: Value | undefined, value: Value): Value {
  if (!to) return value
  if (kindOf(to) !== kindOf(value)) throw wrongKind()
  if (value.N !== undefined) return { N: addNumbers(to.N!, value.N) }
  if (value.L) return { L: [...to.L!, ...value.L] }
  if (value.SS) return { SS: [...new Set([...to.SS!, ...value.SS])] }
  if (value.NS) return { NS: [...new Set([...to.NS!, ...value.NS])] }
  const present = new Set(to.BS!.map(base64))
  return { BS: [...to.BS!, ...value.BS!.filter((bytes) => !present.has(base64(bytes)))] }
}

/** DELETE: a set without the elements; one that loses all of them is no attribute any more. */
function reduced(from: Value | undefined, value: Value): Value | undefined {
  if (!from) return undefined
  const kind = kindOf(value)
  if (kindOf(from) !== kind) throw wrongKind()
  if (value.BS) {
    const gone = new Set(value.BS.map(base64))
    const kept = from.BS!.filter((bytes) => !gone.has(base64(bytes)))
    return kept.length > 0 ? { BS: kept } : undefined
  }
  const gone = new Set(value.SS ?? value.NS)
  const kept = (from.SS ?? from.NS)!.filter((element) => !gone.has(element))
  return kept.length > 0 ? { [kind]: kept } : undefined
}

function written(item: Item, [name, ...rest]: Path, value: Value): Item {
  const inner = rest.length === 0 ? value : writtenInto(member(item, name as string), rest, value)
  return { ...item, [name]: inner }
}

function writtenInto(into: Value | undefined, [step, ...rest]: Path, value: Value): Value {
  if (typeof step === 'string') {
    if (!into?.M) throw wrongPath()
    return { M: written(into.M, [step, ...rest], value) }
  }
  if (!into?.L) throw wrongPath()
  const inner = rest.length === 0 ? value : writtenInto(into.L[step], rest, value)
  // An index past the end adds at the end.
  return { L: step < into.L.length ? into.L.with(step, inner) : [...into.L, inner] }
}

function removedFrom(item: Item, [name, ...rest]: Path): Item {
  if (rest.length === 0) return without(item, name as string)
  return { ...item, [name]: removedWithin(member(item, name as string), rest) }
}

function removedWithin(value: Value | undefined, [step, ...rest]: Path): Value {
  if (typeof step === 'string') {
    if (!value?.M) throw wrongPath()
    return { M: removedFrom(value.M, [step, ...rest]) }
  }
  if (!value?.L) throw wrongPath()
  if (step >= value.L.length) return value
  return { L: rest.length === 0 ? value.L.toSpliced(step, 1) : value.L.with(step, removedWithin(value.L[step], rest)) }
}

function inOrder(a: Path, b: Path): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] === b[i]) continue
    if (typeof a[i] === 'number' && typeof b[i] === 'number') return (a[i] as number) - (b[i] as number)
    return String(a[i]) < String(b[i]) ? -1 : 1
  }
  return a.length - b.length
}
