import type { ErrorPlace } from '../../../../engines/kit/pure/errors.ts'
import type { Dialect } from './header.ts'
import { offsetOf, placeOf } from './statements.ts'
import { tokens } from './tokens.ts'

/**
 * Names of a statement's parameters in order, each once: `name` for `:name`, and for each `?` its number with the words before it, as
 * `1. price > ?`, so that a value is remembered for what it was given. A cast (`::`) is none, and what `PREPARE` keeps is filled in by
 * `EXECUTE`.
 */
export function parametersOf(sql: string, dialect: Dialect = 'athena'): string[] {
  return [...new Set(parameterTokens(sql, dialect).map((token) => token.name))]
}

/** A statement with its values, and where a place in it is in the text as written: within a value it is the parameter's. */
export interface FilledIn {
  readonly sql: string
  readonly written: (at: ErrorPlace) => ErrorPlace
}

/** Puts values in the place of parameters. A number, TRUE, FALSE, NULL and quoted text go in as they are, other text as a string. */
export function fillIn(sql: string, values: Readonly<Record<string, string>>, dialect: Dialect = 'athena'): FilledIn {
  let text = ''
  let end = 0
  const pieces: Piece[] = []
  for (const token of parameterTokens(sql, dialect)) {
    const value = values[token.name]
    if (value === undefined) continue
    text += sql.slice(end, token.start)
    const from = text.length
    text += literal(value, dialect)
    pieces.push({ from, to: text.length, start: token.start, end: token.end })
    end = token.end
  }
  text += sql.slice(end)
  return { sql: text, written: (at) => (pieces.length === 0 ? at : placeBack(at, pieces, text, sql)) }
}

export function withParameters(sql: string, values: Readonly<Record<string, string>>, dialect?: Dialect): string {
  return fillIn(sql, values, dialect).sql
}

/** Where a value stands in the text that has it, and its parameter in the one as written. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly start: number
  readonly end: number
}

function placeBack(at: ErrorPlace, pieces: readonly Piece[], text: string, sql: string): ErrorPlace {
  if (at.line === undefined) return at
  const offset = offsetOf(text, at.line, at.column ?? 1)
  const within = pieces.find(({ from, to }) => from <= offset && offset < to)
  const before = (place: number) => {
    const last = pieces.findLast(({ to }) => to <= place)
    return place - (last?.to ?? 0) + (last?.end ?? 0)
  }
  const { line, column } = placeOf(sql, within ? within.start : before(offset))
  if (at.endLine === undefined && !within) return { ...at, line, column }
  const until = at.endLine === undefined ? offset : offsetOf(text, at.endLine, at.endColumn ?? 1)
  const around = pieces.find(({ from, to }) => from < until && until <= to) ?? within
  const end = placeOf(sql, around && until <= around.to ? around.end : before(until))
  return { ...at, line, column, endLine: end.line, endColumn: end.column }
}

const TYPED = /^(text|date|timestamp)\s+'((?:[^']|'')*)'$/i

/** What a person can say that a value is; `auto` goes by how it looks. */
export type ParameterType = 'auto' | 'text' | 'date' | 'timestamp'

/** A value with its type, as it is remembered and put in. */
export function typed(text: string, type: ParameterType): string {
  return type === 'auto' ? text : `${type.toUpperCase()} '${text.trim().replaceAll("'", "''")}'`
}

export function readTyped(value: string): { text: string; type: ParameterType } {
  const [, type, text] = TYPED.exec(value.trim()) ?? []
  if (type === undefined) return { text: value, type: 'auto' }
  return { text: text.replaceAll("''", "'"), type: type.toLowerCase() as ParameterType }
}

export function literal(value: string, dialect: Dialect = 'athena'): string {
  const text = value.trim()
  if (/^-?\d+(\.\d+)?$/.test(text) || /^(true|false|null)$/i.test(text)) return text
  const given = readTyped(text)
  if (given.type === 'text') return quotedText(given.text, dialect)
  if (given.type !== 'auto' || /^'([^']|'')*'$/.test(text)) return text
  return quotedText(text, dialect)
}

function quotedText(text: string, dialect: Dialect): string {
  // Two quotes are none to Spark, and its backslash is one only when doubled.
  if (dialect === 'spark') return `'${text.replaceAll(/['\\]/g, '\\$&')}'`
  const doubled = text.replaceAll("'", "''")
  return `'${dialect === 'warehouse' ? doubled.replaceAll('\\', '\\\\') : doubled}'`
}

function parameterTokens(sql: string, dialect: Dialect): { name: string; start: number; end: number }[] {
  const all = tokens(sql, dialect)
  if (/^prepare$/i.test(all[0]?.text ?? '')) return []
  const found = all.filter(({ kind }) => kind === 'parameter')
  const places = found.filter(({ text }) => text === '?')
  return found.map((token) => {
    const { text, start, end } = token
    if (text !== '?') return { name: text.slice(1), start, end }
    const at = all.indexOf(token)
    const before = sql.slice(all[Math.max(0, at - 2)].start, end).replace(/\s+/g, ' ')
    return { name: `${places.indexOf(token) + 1}. ${before}`, start, end }
  })
}
