import { invalid, invalidValues } from './errors.ts'
import type { Item, Kind, Value } from './expressions/ast.ts'
import { compareNumbers, normalNumber, parseDecimal } from './number.ts'

export type { Item, Kind, Value }

export const KINDS: readonly Kind[] = ['S', 'N', 'B', 'BOOL', 'NULL', 'SS', 'NS', 'BS', 'L', 'M']
export const ITEM_BYTES_MAX = 400 * 1024
const NESTING_MAX = 32

export function kindOf(value: Value): Kind {
  for (const kind in value) return kind as Kind
  throw new Error('a value without a kind')
}

/** An attribute may be called `constructor` or `__proto__`: only what the map itself holds counts. */
export function member(map: Item, name: string): Value | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

export function without(map: Item, name: string): Item {
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== name))
}

/** A map of attributes as a client sent it, checked, with its numbers in their normal form. */
export function checkItem(given: Item, depth = 0): Item {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, checkValue(value, depth)]))
}

export function checkValue(given: Value, depth = 0): Value {
  const kinds = KINDS.filter((kind) => given[kind] !== undefined && given[kind] !== null)
  if (kinds.length === 0)
    throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes')
  if (kinds.length > 1)
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    )
  if (depth > NESTING_MAX) throw invalid('Nesting Levels have exceeded supported limits')
  const [kind] = kinds
  switch (kind) {
    case 'N':
      return { N: normalNumber(given.N!) }
    case 'NULL':
      if (!given.NULL) throw invalidValues('Null attribute value types must have the value of true')
      return { NULL: true }
    case 'SS':
      return { SS: checkSet(given.SS!, 'An string set  may not be empty', (text) => text) }
    case 'NS':
      return { NS: checkSet(given.NS!.map(normalNumber), 'An number set  may not be empty', (text) => text) }
    case 'BS':
      return { BS: checkSet(given.BS!, 'Binary sets should not be empty', base64) }
    case 'L':
      return { L: given.L!.map((value) => checkValue(value, depth + 1)) }
    case 'M':
      return { M: checkItem(given.M!, depth + 1) }
    default:
      return { [kind]: given[kind] }
  }
}

function checkSet<T>(given: readonly T[], empty: string, keyOf: (element: T) => string): readonly T[] {
  if (given.length === 0) throw invalidValues(empty)
  const keys = given.map(keyOf)
  if (new Set(keys).size !== keys.length)
    throw invalidValues(`Input collection [${keys.join(', ')}] contains duplicates.`)
  return given
}

export const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')

const bytesOf = (text: string): number => Buffer.byteLength(text)

/** Size as the guide counts it: names and text in UTF-8, two digits of a number to the byte. */
export function itemBytes(item: Item): number {
  let sum = 0
  for (const [name, value] of Object.entries(item)) sum += bytesOf(name) + valueBytes(value)
  return sum
}

export function valueBytes(value: Value): number {
  const kind = kindOf(value)
  switch (kind) {
    case 'S':
      return bytesOf(value.S!)
    case 'N':
      return numberBytes(value.N!)
    case 'B':
      return value.B!.length
    case 'SS':
      return value.SS!.reduce((sum, text) => sum + bytesOf(text), 0)
    case 'NS':
      return value.NS!.reduce((sum, text) => sum + numberBytes(text), 0)
    case 'BS':
      return value.BS!.reduce((sum, bytes) => sum + bytes.length, 0)
    case 'L':
      return value.L!.reduce((sum, element) => sum + 1 + valueBytes(element), 3)
    case 'M':
      return 3 + itemBytes(value.M!) + Object.keys(value.M!).length
    default:
      return 1
  }
}

function numberBytes(text: string): number {
  const { digits, negative } = parseDecimal(text)
  return 1 + Math.ceil(digits.length / 2) + (negative ? 1 : 0)
}

/** Order of two values of one comparable kind (S, N, B); undefined where they have none. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S))
  if (a.N !== undefined && b.N !== undefined) return compareNumbers(a.N, b.N)
  if (a.B !== undefined && b.B !== undefined) return Buffer.compare(a.B, b.B)
  return undefined
}

export function equalValues(a: Value, b: Value): boolean {
  const kind = kindOf(a)
  if (kindOf(b) !== kind) return false
  switch (kind) {
    case 'B':
      return Buffer.compare(a.B!, b.B!) === 0
    case 'SS':
      return equalSets(a.SS!, b.SS!)
    case 'NS':
      return equalSets(a.NS!, b.NS!)
    case 'BS':
      return equalSets(a.BS!.map(base64), b.BS!.map(base64))
    case 'L':
      return a.L!.length === b.L!.length && a.L!.every((value, i) => equalValues(value, b.L![i]))
    case 'M':
      return equalItems(a.M!, b.M!)
    default:
      return a[kind] === b[kind]
  }
}

/** Both as the service has them: sets have no order, maps neither, numbers are in their normal form. */
export function equalItems(a: Item, b: Item): boolean {
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equalValues(a[name], b[name]))
  )
}

const equalSets = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((element) => b.includes(element))

/** Text of an item for the store; bytes as base64. */
export const itemText = (item: Item): string => plainText(item)

/** Text of anything that holds values, for what only compares it. */
export function plainText(whole: unknown): string {
  return JSON.stringify(whole, (_, value) => (value instanceof Uint8Array ? base64(value) : value))
}

/** The way back from `itemText`: which texts are bytes is said by the members above them. */
export function parseItem(text: string): Item {
  return revived(JSON.parse(text) as Item)
}

function revived(item: Item): Item {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, revivedValue(value)]))
}

function revivedValue(value: Value): Value {
  if (value.B !== undefined) return { B: fromBase64(value.B as unknown as string) }
  if (value.BS !== undefined) return { BS: (value.BS as unknown as string[]).map(fromBase64) }
  if (value.L !== undefined) return { L: value.L.map(revivedValue) }
  return value.M === undefined ? value : { M: revived(value.M) }
}

/** Bytes of their own, not a slice of a pool that would travel along between threads. */
const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
