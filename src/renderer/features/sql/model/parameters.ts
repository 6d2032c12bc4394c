import type { Dialect } from './header.ts'
import { tokens } from './tokens.ts'

/** Names of the `:name` parameters of a text, in order, each once. A cast (`::`) is none. */
export function parametersOf(sql: string, dialect: Dialect = 'athena'): string[] {
  return [...new Set(parameterTokens(sql, dialect).map((token) => token.text.slice(1)))]
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
    const value = values[token.text.slice(1)]
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

function parameterTokens(sql: string, dialect: Dialect) {
  return tokens(sql, dialect).filter((token) => token.kind === 'parameter')
}
