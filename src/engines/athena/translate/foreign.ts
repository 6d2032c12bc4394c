import { type Token, tokens } from '../../kit/node/sql/lexer.ts'
import type { Tree } from '../../kit/node/sql/tree.ts'
import { failed, type Whole } from './failures.ts'
import { duckFunction } from './functions.ts'
import { wholeNumber } from './typed-literals.ts'

/**
 * Refuses what other dialects have and Athena's grammar has not, where the tokens alone say so: the parser reads it all, and DuckDB would run
 * it. Functions of others are refused by their names, see `rewrite.ts`.
 */
export function refuseForeign(sql: string, whole: Whole): void {
  const all = tokens(sql)
  for (const [i, token] of all.entries()) {
    const refusal = refusalOf(sql, all, i)
    if (!refusal) continue
    const { at = token, message = `mismatched input '${sql.slice(at.start, at.end) || '<EOF>'}'` } = refusal
    throw failed('SYNTAX_ERROR', message, whole, at.start + whole.offset)
  }
}

/** What is wrong with a token, or with the one at which Athena would notice. */
interface Foreign {
  readonly at?: { readonly start: number; readonly end: number }
  readonly message?: string
}

function refusalOf(sql: string, all: readonly Token[], i: number): Foreign | undefined {
  const token = all[i]
  const [before, next] = [all[i - 1], all[i + 1]]
  const isBeside = next?.start === token.end
  switch (token.kind) {
    case 'quoted':
      return sql[token.start] === '`'
        ? { message: 'backquoted identifiers are not supported; use double quotes to quote identifiers' }
        : undefined
    case 'number':
      return isBeside && next.kind === 'word' && wholeNumber(token.text, next.text) === undefined
        ? { message: 'identifiers must not start with a digit; surround the identifier with double quotes' }
        : undefined
    case 'word':
      return ofWord(sql, all, i)
    case 'symbol':
      if (token.text === '::' || (token.text === '[' && !isSubscript(before))) return {}
      // Rows that match a pattern are counted in such braces.
      if (token.text === '{' && !all.some(({ text }) => /^match_recognize$/i.test(text))) return {}
      if (token.text === '=' && isBeside && next.text === '=') return { at: next }
      if (token.text === '*' && isBeside && next.text === '*') return { at: next }
      if (
        token.text === '*' &&
        isSelected(before) &&
        /^(exclude|except|replace)$/i.test(next?.text) &&
        all[i + 2]?.text === '('
      )
        return { at: next }
  }
  return undefined
}

const isSelected = (before: Token | undefined) =>
  before !== undefined && /^(select|distinct|all|,|\.)$/i.test(before.text)

/** Reserved words, which are no names of values. */
const RESERVED = /^(select|distinct|where|having|and|or|not|in|like|between|case|when|then|else|on|by|values)$/i

const isSubscript = (before: Token | undefined) =>
  before !== undefined &&
  (before.kind === 'symbol' ? /[)\]}?]/.test(before.text) : before.kind !== 'word' || !RESERVED.test(before.text))

/** What may stand behind `GROUP BY ALL`, where `ALL` is all there is. */
const AFTER_GROUPS = /^(\)|;|having|order|limit|offset|fetch|window|union|except|intersect)$/i

function ofWord(sql: string, all: readonly Token[], i: number): Foreign | undefined {
  const [before, next] = [all[i - 1], all[i + 1]]
  switch (all[i].text.toLowerCase()) {
    case 'top':
      return /^(select|distinct|all)$/i.test(before?.text) && next?.kind === 'number' ? { at: next } : undefined
    case 'ilike':
      return next?.kind === 'string' ? {} : undefined
    case 'all': {
      if (!/^by$/i.test(before?.text) || !/^group$/i.test(all[i - 2]?.text)) return undefined
      if (!next) return { at: { start: sql.length, end: sql.length } }
      return next.kind !== 'string' && next.kind !== 'quoted' && AFTER_GROUPS.test(next.text) ? { at: next } : undefined
    }
  }
  return undefined
}

/** Functions of other dialects that the parser has nodes for, by the kinds of those. */
const FUNCTIONS: ReadonlySet<string> = new Set(
  'add_months array_length array_size explode group_concat initcap months_between nvl nvl2 string_agg to_json'.split(
    ' ',
  ),
)

/** The name of a function that Trino does not have, where a node is a call of one; `payload` is as the user wrote it. */
export function foreignFunction(kind: string, payload: Tree): string | undefined {
  if (kind === 'coalesce') return /^ifnull$/i.test(String(payload.original_name)) ? 'ifnull' : undefined
  if (FUNCTIONS.has(kind)) return kind
  // An aggregate of the parser's own, by the name that was written.
  const { name } = payload
  const isAggregate = kind !== 'aggregate_function' && typeof name === 'string' && 'filter' in payload
  return isAggregate && duckFunction(name) === undefined ? name : undefined
}
