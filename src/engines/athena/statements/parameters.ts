import { literal } from '../../kit/node/duck.ts'
import { type Token, tokens } from '../../kit/node/sql/lexer.ts'
import { nodeOf, parseSql, visitTree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { SqlDialect } from '../contract.ts'
import { spellOutLiterals } from '../translate/typed-literals.ts'
import { parseStatement } from './parse.ts'
import type { Runnable } from './statement.ts'

/** A statement that can be run, with the text that it stands in. */
export interface ReadStatement {
  readonly statement: Runnable
  /** The text with the values in place of its `?`. */
  readonly sql: string
  /** Where an offset of that text lies in the user's; undefined where the user's text is not where it comes from (EXECUTE). */
  original(offset: number): number | undefined
}

/** The statement of a text: EXECUTE is looked up by `find`, and values take the place of `?`, in their order. */
export function readStatement(
  sql: string,
  parameters: readonly string[] = [],
  find: (name: string) => { sql: string },
  dialect: SqlDialect = 'trino',
): ReadStatement {
  const statement = parseStatement(sql, dialect)
  if (statement.kind === 'prepare') return { statement, sql, original: (offset) => offset }
  if (statement.kind !== 'execute') {
    const bound = bind(sql, parameters.map(parameterText), dialect !== 'trino')
    return { statement: runnable(bound.sql, dialect), ...bound }
  }
  const values = statement.values.length > 0 ? statement.values.map(inParentheses) : parameters.map(parameterText)
  const bound = bind(find(statement.name).sql, values)
  return { statement: runnable(bound.sql, dialect), sql: bound.sql, original: () => undefined }
}

function runnable(sql: string, dialect: SqlDialect): Runnable {
  const statement = parseStatement(sql, dialect)
  if (statement.kind === 'execute') throw new EngineError('NOT_SUPPORTED', 'EXECUTE of EXECUTE is not supported.')
  return statement
}

function bind(
  sql: string,
  values: readonly string[],
  escapes = false,
): { sql: string; original(offset: number): number } {
  const marks = sql.includes('?') ? tokens(sql, escapes).filter(isMark) : []
  // As in Athena, values for a text that has no place for them are let be.
  if (marks.length > 0 && marks.length !== values.length) {
    throw new EngineError(
      'INVALID_PARAMETER_USAGE',
      `Incorrect number of parameters: expected ${marks.length} but found ${values.length}`,
    )
  }
  let bound = ''
  let from = 0
  const places: { start: number; end: number; mark: number }[] = []
  marks.forEach((mark, i) => {
    bound += sql.slice(from, mark.start)
    places.push({ start: bound.length, end: bound.length + values[i].length, mark: mark.start })
    bound += values[i]
    from = mark.end
  })
  return {
    sql: bound + sql.slice(from),
    original: (offset) => {
      const last = places.findLast(({ start }) => start <= offset)
      if (!last) return offset
      return offset < last.end ? last.mark : offset - last.end + last.mark + 1
    },
  }
}

function isMark({ kind, text }: Token): boolean {
  return kind === 'symbol' && text === '?'
}

/** A value of the API: an expression where it reads as one that names no column, else a string, as Athena takes them. */
function parameterText(value: string): string {
  return isExpression(value) ? inParentheses(value) : literal(value)
}

function isExpression(value: string): boolean {
  try {
    const [tree, ...others] = parseSql(spellOutLiterals(`SELECT (${value})`).text, 'trino')
    const select = nodeOf(tree)?.payload
    const list = select?.expressions
    if (others.length > 0 || !Array.isArray(list) || list.length !== 1 || select?.from) return false
    let columns = 0
    visitTree(list, (node) => {
      if ('column' in node) columns++
    })
    return nodeOf(list[0])?.kind === 'paren' && columns === 0
  } catch {
    return false
  }
}

/** A number or a string stands by itself, as LIMIT wants it; what is longer is one operand. */
function inParentheses(value: string): string {
  const all = tokens(value)
  return all.length === 1 && (all[0].kind === 'number' || all[0].kind === 'string') ? value.trim() : `(${value})`
}
