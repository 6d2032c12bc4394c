import { compileMatcher, parse } from '../../../../engines/kit/pure/expr/index.ts'

/** Whether a condition compares fields; else it is a text to look for. */
export function compares(condition: string): boolean {
  return /[<>=]|\b(in|like|is|between)\b/i.test(condition)
}

/** What is wrong with a condition, before any record is read for it. */
export function conditionProblem(condition: string): string | undefined {
  const text = condition.trim()
  if (!compares(text)) return undefined
  try {
    compileMatcher(parse(text))
    return undefined
  } catch (thrown) {
    return (thrown as Error).message
  }
}
