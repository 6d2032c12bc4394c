import { tokens } from './tokens.ts'

/** Names of the `:name` parameters of a text, in order, each once. A cast (`::`) is none. */
export function parametersOf(sql: string): string[] {
  return [...new Set(parameterTokens(sql).map((token) => token.text.slice(1)))]
}

/** Puts values in the place of parameters. A number, TRUE, FALSE, NULL and quoted text go in as they are, other text as a string. */
export function withParameters(sql: string, values: Readonly<Record<string, string>>): string {
  let text = ''
  let end = 0
  for (const token of parameterTokens(sql)) {
    const value = values[token.text.slice(1)]
    if (value === undefined) continue
    text += sql.slice(end, token.start) + literal(value)
    end = token.end
  }
  return text + sql.slice(end)
}

export function literal(value: string): string {
  const text = value.trim()
  if (/^-?\d+(\.\d+)?$/.test(text) || /^(true|false|null)$/i.test(text)) return text
  if (/^(date\s+|timestamp\s+)?'([^']|'')*'$/i.test(text)) return text
  return `'${text.replaceAll("'", "''")}'`
}

function parameterTokens(sql: string) {
  return tokens(sql).filter((token) => token.kind === 'parameter')
}
