import type { Dialect } from '@polyglot-sql/sdk'
import { EngineError } from '../../pure/errors.ts'
import { lineColumn, placeAt } from './lexer.ts'
import { generate, parse } from './polyglot.ts'

/** A node of polyglot's syntax tree: `{ kind: payload }`, where the payload's members are nodes, lists and plain values. */
export type Tree = { [member: string]: unknown }

/** Statements of a text. A syntax error is in the user's text, 1-based. */
export function parseSql(sql: string, dialect: string): Tree[] {
  const parsed = parse(sql, dialect as Dialect)
  if (parsed.success) return (parsed.ast as unknown as Tree[]).map((tree) => withoutRaw(tree, dialect))
  const { error, errorStart } = parsed as { error?: string; errorStart?: number }
  const offset = errorStart ?? sql.length
  const word = /^\S+/.exec(sql.slice(offset))?.[0] ?? '<EOF>'
  const reason = (error ?? 'unreadable text').replace(/^Parse error at line \d+, column \d+: /, '')
  throw new EngineError('SYNTAX_ERROR', `line ${lineColumn(sql, offset)}: mismatched input '${word}' (${reason})`, {
    at: placeAt(sql, offset),
  })
}

/** polyglot leaves `NOT a LIKE b` unread, as text that would go to DuckDB as it is, with whatever it calls or selects. */
function withoutRaw(tree: Tree, dialect: string): Tree {
  let found = false
  visitTree(tree, (node) => {
    found ||= nodeOf(node)?.kind === 'raw'
  })
  return found ? (replaceRaw(tree, dialect) as Tree) : tree
}

function replaceRaw(value: unknown, dialect: string): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceRaw(item, dialect))
  if (!isTree(value)) return value
  const { kind, payload } = nodeOf(value) ?? {}
  if (kind !== 'raw')
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, replaceRaw(member, dialect)]))
  const negated = /^NOT\b(.*)$/is.exec(String(payload!.sql))
  if (!negated) throw new EngineError('NOT_SUPPORTED', `${payload!.sql} is not supported.`)
  const [select] = parseSql(`SELECT ${negated[1]}`, dialect)
  const [condition] = nodeOf(select)?.payload.expressions as unknown[]
  return { not: { this: paren(condition) } }
}

/**
 * The text of a tree. It writes what the tree says, and translates nothing. An array is handed to WebAssembly member by member, which takes
 * several times as long as the JSON that anything else is handed over as; but JSON is not read to any depth there.
 */
export function writeSql(tree: Tree, dialect: string): string {
  const quick = generate({ toJSON: () => [tree] }, dialect as Dialect)
  const written = quick.success ? quick : generate([tree], dialect as Dialect)
  if (!written.success || !written.sql?.[0]) {
    throw new EngineError('NOT_SUPPORTED', `The statement cannot be written for DuckDB: ${written.error ?? 'no text'}`)
  }
  return written.sql[0]
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Kind and payload of a node; undefined where the value is not one. */
export function nodeOf(value: unknown): { kind: string; payload: Tree } | undefined {
  if (!isTree(value)) return undefined
  const kinds = Object.keys(value)
  if (kinds.length !== 1) return undefined
  const payload = value[kinds[0]]
  return { kind: kinds[0], payload: isTree(payload) ? payload : {} }
}

/** A copy of the tree in which `change` has replaced nodes, members first. */
export function mapTree(value: unknown, change: (node: Tree) => Tree): unknown {
  if (Array.isArray(value)) return value.map((item) => mapTree(item, change))
  if (!isTree(value)) return value
  const copy: Tree = {}
  for (const [key, member] of Object.entries(value)) {
    copy[key] = key === 'span' || key.endsWith('comments') ? emptied(member) : mapTree(member, change)
  }
  return change(copy)
}

/** Comments would be written into the translation, where they are of no use. */
function emptied(value: unknown): unknown {
  return Array.isArray(value) ? [] : value
}

export function visitTree(value: unknown, visit: (node: Tree) => void): void {
  if (Array.isArray(value)) for (const item of value) visitTree(item, visit)
  else if (isTree(value)) {
    visit(value)
    for (const member of Object.values(value)) visitTree(member, visit)
  }
}

/** Where in the text what a value is made of begins; undefined where none of it has a place. */
export function startOf(value: unknown): number | undefined {
  const starts: number[] = []
  visitTree(value, ({ span }) => {
    const start = isTree(span) ? span.start : undefined
    if (typeof start === 'number') starts.push(start)
  })
  return starts.length > 0 ? Math.min(...starts) : undefined
}

export const fn = (name: string, ...args: unknown[]): Tree => ({
  function: {
    name,
    args,
    distinct: false,
    trailing_comments: [],
    use_bracket_syntax: false,
    no_parens: false,
    quoted: false,
  },
})

export const text = (value: string): Tree => ({ literal: { literal_type: 'string', value } })
export const number = (value: number): Tree => ({ literal: { literal_type: 'number', value: String(value) } })
/** Of an operator between two values, as it would be parsed. */
export const operands = (left: unknown, right: unknown): Tree => ({
  left,
  right,
  left_comments: [],
  operator_comments: [],
  trailing_comments: [],
})
export const paren = (inner: unknown): Tree => ({ paren: { this: inner, trailing_comments: [] } })

/** `type` is a word of polyglot's. */
export const castTo = (type: string, value: unknown): Tree => ({
  cast: { this: value, to: { data_type: type, length: null }, trailing_comments: [], double_colon_syntax: false },
})

export function stringOf(value: unknown): string | undefined {
  const literal = nodeOf(value)
  if (literal?.kind !== 'literal' || literal.payload.literal_type !== 'string') return undefined
  return literal.payload.value as string
}
