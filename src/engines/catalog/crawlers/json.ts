import { wholeNumberType } from '../../kit/pure/file-reading.ts'
import { unreadable } from './head.ts'
import { type Inferred, type InferredColumn, merged, NULL, plain } from './types.ts'

/** Values that are looked at. */
const VALUES_MAX = 1000

export interface JsonShape {
  readonly columns: readonly InferredColumn[]
  /** Two keys of one object that differ by their case alone, where there are some. */
  readonly twice?: readonly [string, string]
}

/**
 * The shape of a text of JSON objects, one after the other, by line or not; undefined where it is no such text. `path` is a custom
 * classifier's: `$`, `$.a.b`, `$[*]`, `$.a[*]`.
 */
export function jsonShape(text: string, whole: boolean, path = '$'): JsonShape | undefined {
  const values = topValues(text, whole)
  if (!values) return undefined
  const columns = columnsOf(values, stepsOf(path))
  const twice = keysTwice(values)
  return columns && { columns, ...(twice && { twice }) }
}

function columnsOf(values: readonly unknown[], steps: readonly Step[]): InferredColumn[] | undefined {
  const records = values.flatMap((value) => follow(value, steps))
  const objects = records.filter(isObject)
  if (objects.length > 0) {
    const type = objects.map(inferred).reduce((a, b) => merged(a, b).type, NULL)
    return type.kind === 'struct' ? named(type.fields, objects) : undefined
  }
  // A list that no path leads into is one column, as Glue has it.
  const list = records.filter((value) => Array.isArray(value))
  if (list.length === 0) return undefined
  const type = list.map(inferred).reduce((a, b) => merged(a, b).type, NULL)
  return [{ name: 'array', type }]
}

/** Columns are named in small letters, as the catalog keeps names; their keys stay as they are spelled first. */
function named(fields: ReadonlyMap<string, Inferred>, objects: readonly object[]): InferredColumn[] {
  const spelled = new Map(
    objects
      .flatMap(Object.keys)
      .reverse()
      .map((key) => [key.toLowerCase(), key]),
  )
  return [...fields].map(([name, type]) => {
    const key = spelled.get(name)!
    return key === name ? { name, type } : { name, type, key }
  })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function inferred(value: unknown): Inferred {
  switch (typeof value) {
    case 'boolean':
      return plain('boolean')
    case 'number':
      return plain('double')
    case 'bigint':
      return plain(BigInt.asIntN(32, value) === value ? 'int' : wholeNumberType(String(value)))
    case 'string':
      return plain('string')
  }
  if (Array.isArray(value)) return { kind: 'array', of: value.map(inferred).reduce((a, b) => merged(a, b).type, NULL) }
  if (!isObject(value)) return NULL
  const fields = new Map<string, Inferred>()
  for (const [name, field] of Object.entries(value)) {
    const key = name.toLowerCase()
    fields.set(key, merged(fields.get(key) ?? NULL, inferred(field)).type)
  }
  return { kind: 'struct', fields }
}

function keysTwice(value: unknown): [string, string] | undefined {
  if (Array.isArray(value)) return firstOf(value, keysTwice)
  if (!isObject(value)) return undefined
  const seen = new Map<string, string>()
  for (const key of Object.keys(value)) {
    const other = seen.get(key.toLowerCase())
    if (other !== undefined) return [other, key]
    seen.set(key.toLowerCase(), key)
  }
  return firstOf(Object.values(value), keysTwice)
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

/** Numbers that are written as whole ones become bigints, so that 10 and 10.0 stay apart and none is rounded. */
function wholeNumbers(_name: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context!.source!) : value
}

/** The complete values at the top; undefined where the text does not begin with an object or a list. */
function topValues(text: string, whole: boolean): unknown[] | undefined {
  const values: unknown[] = []
  let at = skipSpace(text, 0)
  if (text[at] !== '{' && text[at] !== '[') return undefined
  while (at < text.length && values.length < VALUES_MAX) {
    const end = text[at] === '{' || text[at] === '[' ? endOf(text, at) : undefined
    if (end === undefined && !whole) break
    try {
      values.push(JSON.parse(end === undefined ? text.slice(at) : text.slice(at, end), wholeNumbers))
    } catch {
      if (values.length === 0) return undefined
      throw unreadable(`line ${text.slice(0, at).split('\n').length} is not JSON`)
    }
    at = skipSpace(text, end ?? text.length)
  }
  if (values.length === 0)
    throw unreadable(`its first JSON value is longer than ${text.length} characters, which is all that is read`)
  return values
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && /[\s\u001e]/.test(text[at])) at++
  return at
}

/** Where the value that opens here is closed. */
function endOf(text: string, from: number): number | undefined {
  let depth = 0
  let quoted = false
  for (let at = from; at < text.length; at++) {
    const c = text[at]
    if (quoted) {
      if (c === '\\') at++
      else if (c === '"') quoted = false
    } else if (c === '"') quoted = true
    else if (c === '{' || c === '[') depth++
    else if ((c === '}' || c === ']') && --depth === 0) return at + 1
  }
  return undefined
}

type Step = string | '*'

/** The part of JsonPath that Glue takes: fields by dot or bracket, and `[*]`. */
export function stepsOf(path: string): Step[] {
  const text = path.trim()
  if (!/^\$(?:\.[\w-]+|\['[^']+'\]|\[\*\]|\.\*)*$/.test(text))
    throw unreadable(`the JSON path ${path} is not supported: fields and [*] are`)
  return [...text.matchAll(/\.([\w-]+|\*)|\['([^']+)'\]|\[(\*)\]/g)].map((match) => match[1] ?? match[2] ?? match[3])
}

function follow(value: unknown, steps: readonly Step[]): unknown[] {
  if (steps.length === 0) return [value]
  const [step, ...rest] = steps
  if (step === '*') {
    const all = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []
    return all.flatMap((item) => follow(item, rest))
  }
  return isObject(value) && step in value ? follow(value[step], rest) : []
}
