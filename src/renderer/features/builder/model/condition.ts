import { EngineError, type ErrorPlace } from '../../../../engines/kit/pure/errors.ts'
import { check, compileMatcher, parse } from '../../../../engines/kit/pure/expr/index.ts'

export interface ExpressionProblem {
  readonly message: string
  readonly at?: ErrorPlace
}

/** What is wrong with an expression, with places inside it. `columns` are the fields of rows seen so far, where any were. */
export function expressionProblems(text: string, columns?: readonly string[]): ExpressionProblem[] {
  if (text.trim() === '') return []
  try {
    const known = columns && columns.length > 0 ? columns : undefined
    return check(parse(text), known).map(problemOf)
  } catch (thrown) {
    return [problemOf(EngineError.from(thrown))]
  }
}

function problemOf(error: EngineError): ExpressionProblem {
  return { message: error.message.replace(/^line \d+:\d+: /, ''), ...(error.at && { at: error.at }) }
}

/** How many of the rows a condition would stop at; null where it cannot be read. */
export function countMatches(condition: string, rows: readonly Record<string, unknown>[]): number | null {
  if (condition.trim() === '') return rows.length
  try {
    const matches = compileMatcher(parse(condition))
    return rows.filter((row) => matches(row as never)).length
  } catch {
    return null
  }
}
