import type { Dialect } from './header.ts'
import { tokens } from './tokens.ts'

/**
 * Names of a statement's parameters in order, each once: `name` for `:name`, and for each `?` its number with the words before it, as
 * `1. price > ?`, so that a value is remembered for what it was given. A cast (`::`) is none, and what `PREPARE` keeps is filled in by
 * `EXECUTE`.
 */
export function parametersOf(sql: string, dialect: Dialect = 'athena'): string[] {
  return [...new Set(parameterTokens(sql, dialect).map((token) => token.name))]
}

/** Puts values in the place of parameters. A number, TRUE, FALSE, NULL and quoted text go in as they are, other text as a string. */
export function withParameters(
  sql: string,
  values: Readonly<Record<string, string>>,
  dialect: Dialect = 'athena',
): string {
  let text = ''
  let end = 0
  for (const token of parameterTokens(sql, dialect)) {
    const value = values[token.name]
    if (value === undefined) continue
    text += sql.slice(end, token.start) + literal(value, dialect)
    end = token.end
  }
  return text + sql.slice(end)
}

export function literal(value: string, dialect: Dialect = 'athena'): string {
  const text = value.trim()
  if (/^-?\d+(\.\d+)?$/.test(text) || /^(true|false|null)$/i.test(text)) return text
  if (/^(date\s+|timestamp\s+)?'([^']|'')*'$/i.test(text)) return text
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
