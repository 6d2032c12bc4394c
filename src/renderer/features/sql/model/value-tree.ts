import { type Declared, readDeclared } from './declared.ts'
import { quoted } from './names.ts'

/** A part of a nested value. Its children are made when they are first looked at: a value may have a million. */
export interface ValueNode {
  readonly id: string
  readonly key: string
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null' | 'span'
  /** The declared type, where it is known. */
  readonly type: string
  /** A scalar as text; of the others how many there are in it. */
  readonly text: string
  /** How a query reaches it: an expression on the column, or a JSON path where the column is JSON. */
  readonly path: string
  readonly children: () => readonly ValueNode[]
  /** As JSON, laid out; a text as it is. */
  readonly copy: () => string
}

/** Children beyond this many are shown in spans. */
const SPAN = 500
/** Longer texts are no trees: reading them would hold the window up. */
const TREE_CHARACTERS = 5_000_000

/** A number that a double would not give back as it was written. */
export class Digits {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Json = null | boolean | number | string | Digits | readonly Json[] | { readonly [key: string]: Json }

/** JSON with every digit of its numbers kept; undefined where the text is none, or too long. */
export function parseJson(text: string): Json | undefined {
  if (text.length > TREE_CHARACTERS) return undefined
  try {
    return JSON.parse(text, (_, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
        ? new Digits(context.source)
        : value,
    )
  } catch {
    return undefined
  }
}

/** The tree of a cell, or null where its value is not nested. `declared` tells SQL's own nested types from JSON in a text. */
export function valueTree(column: string, declared: string, text: string): ValueNode | null {
  if (!/^\s*[[{]/.test(text)) return null
  const value = parseJson(text)
  if (value === undefined) return null
  const type = readDeclared(declared)
  const typed = type.of.length > 0
  return nodeOf('$', column, value, typed ? type : null, typed ? quoted(column) : '$')
}

function nodeOf(id: string, key: string, value: Json, type: Declared | null, path: string): ValueNode {
  const base = { id, key, path, type: type ? typeName(type) : '', copy: () => written(value) }
  if (value === null) return { ...base, kind: 'null', text: 'null', children: none }
  if (value instanceof Digits) return { ...base, kind: 'number', text: value.text, children: none }
  if (typeof value === 'number' || typeof value === 'boolean')
    return { ...base, kind: typeof value as 'number', text: String(value), children: none }
  if (typeof value === 'string')
    // Numbers beyond a double's digits come as text; their type says what they are.
    return { ...base, kind: type && isNumber(type) ? 'number' : 'string', text: value, children: none }
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value as Record<string, Json>)
  const child = ([name, of]: readonly [string | number, Json], at: number): ValueNode => {
    const inner = type?.name === 'row' ? type.of[at]?.type : type?.of.at(-1)?.type
    return nodeOf(`${id}/${name}`, keyOf(type, name, at), of, inner ?? null, step(path, type, name, at))
  }
  return {
    ...base,
    kind: Array.isArray(value) ? 'array' : 'object',
    text: String(entries.length),
    children: once(() =>
      entries.length <= SPAN ? entries.map((entry, at) => child(entry, at)) : spans(base, entries, child),
    ),
  }
}

const none = () => []

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function spans<E>(
  of: Pick<ValueNode, 'id' | 'path' | 'copy'>,
  entries: readonly E[],
  child: (e: E, at: number) => ValueNode,
) {
  return Array.from({ length: Math.ceil(entries.length / SPAN) }, (_, span): ValueNode => {
    const from = span * SPAN
    const to = Math.min(from + SPAN, entries.length)
    return {
      ...of,
      id: `${of.id}/…${from}`,
      key: `${from + 1} … ${to}`,
      kind: 'span',
      type: '',
      text: String(to - from),
      children: once(() => entries.slice(from, to).map((entry, i) => child(entry, from + i))),
    }
  })
}

/** A row without names calls its fields by their place. */
function keyOf(type: Declared | null, name: string | number, at: number): string {
  if (type?.name === 'row') return type.of[at]?.field ?? String(at + 1)
  return typeof name === 'number' ? String(type ? name + 1 : name) : name
}

/** SQL counts from 1, JSON paths from 0. */
function step(path: string, type: Declared | null, name: string | number, at: number): string {
  if (type?.name === 'row') {
    const field = type.of[at]?.field
    return field ? `${path}.${quoted(field)}` : `${path}[${at + 1}]`
  }
  if (type?.name === 'array') return `${path}[${Number(name) + 1}]`
  if (type?.name === 'map') {
    const [{ type: key }] = type.of
    const text = `'${String(name).replaceAll("'", "''")}'`
    return `${path}[${isNumber(key) ? name : /^(var)?char|^string/.test(key.name) ? text : `CAST(${text} AS ${key.name})`}]`
  }
  if (typeof name === 'number') return `${path}[${name}]`
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`
}

const isNumber = ({ name }: Declared) => /^(tiny|small|big)?int|^(decimal|double|real|float|numeric)/.test(name)

function typeName({ name, of }: Declared): string {
  if (of.length === 0 || name === 'row') return name
  return `${name}(${of.map(({ type }) => typeName(type)).join(', ')})`
}

function written(value: Json): string {
  if (typeof value === 'string') return value
  const write = (of: Json, indent: string): string => {
    if (of instanceof Digits) return of.text
    if (typeof of !== 'object' || of === null) return JSON.stringify(of)
    const inner = `${indent}  `
    const items = Array.isArray(of)
      ? of.map((each) => write(each, inner))
      : Object.entries(of).map(([key, each]) => `${JSON.stringify(key)}: ${write(each, inner)}`)
    const [open, close] = Array.isArray(of) ? '[]' : '{}'
    return items.length === 0 ? open + close : `${open}\n${inner}${items.join(`,\n${inner}`)}\n${indent}${close}`
  }
  return write(value, '')
}

const FOUND = 300

/** The nodes whose key or text contains the word, with those that lead to them; at most the first few hundred. */
export function searchTree(root: ValueNode, word: string): { found: number; shown: ReadonlySet<string> } {
  const needle = word.toLowerCase()
  const shown = new Set<string>()
  let found = 0
  const walk = (node: ValueNode, above: readonly string[]) => {
    const isScalar = node.kind !== 'object' && node.kind !== 'array' && node.kind !== 'span'
    if (node.key.toLowerCase().includes(needle) || (isScalar && node.text.toLowerCase().includes(needle))) {
      found++
      for (const id of [...above, node.id]) shown.add(id)
    }
    if (found < FOUND && !isScalar) {
      const way = [...above, node.id]
      for (const child of node.children()) if (found < FOUND) walk(child, way)
    }
  }
  for (const child of root.children()) if (found < FOUND) walk(child, [])
  return { found, shown }
}
