import type { Condition } from '../dqdl/ast.ts'
import { meets } from './conditions.ts'

/** What a rule came to. */
export interface Outcome {
  readonly passed: boolean
  readonly message?: string
  readonly metrics: Readonly<Record<string, number>>
  /** A SELECT of the rows that do not comply. */
  readonly failing?: string
}

/** A metric against a condition, in the words of Glue. */
export function judged(metric: string, value: number | null, condition: Condition): Outcome {
  if (value === null) return { passed: false, message: 'There are no values to measure', metrics: {} }
  const passed = meets(value, condition)
  return { passed, metrics: { [metric]: value }, ...(!passed && { message: unmet(value) }) }
}

/** A share of rows against a threshold; without one, all of them must comply. Nothing is wrong where there are no rows. */
export function judgedShare(metric: string, share: number | null, threshold: Condition | undefined): Outcome {
  return judged(metric, share ?? 1, threshold ?? ALL)
}

export const ALL: Condition = { kind: 'compare', operator: '=', value: { kind: 'number', text: '1' } }

export const unmet = (value: number | string): string => `Value: ${value} does not meet the constraint requirement!`
