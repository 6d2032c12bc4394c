import type { ErrorPlace } from '../../kit/pure/errors.ts'
import type { RuleTypeName } from './rule-types.ts'

/** A value in a condition. Quoted text is a string or a date, as the column has it. */
export type Operand =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'duration'; readonly ms: number }
  /** `now()`, moved by some time. */
  | { readonly kind: 'now'; readonly offsetMs: number }
  | { readonly kind: 'keyword'; readonly word: 'NULL' | 'EMPTY' | 'WHITESPACES_ONLY' }

export type ComparisonOperator = '=' | '!=' | '>' | '>=' | '<' | '<='

export type Condition =
  | { readonly kind: 'compare'; readonly operator: ComparisonOperator; readonly value: Operand }
  /** Both ends are outside the range (DQDL reference, "Expressions"). */
  | { readonly kind: 'between'; readonly not: boolean; readonly low: Operand; readonly high: Operand }
  | { readonly kind: 'in'; readonly not: boolean; readonly values: readonly Operand[] }
  | { readonly kind: 'matches'; readonly not: boolean; readonly pattern: string }

interface Placed {
  /** The rule as it is written. */
  readonly text: string
  readonly at: ErrorPlace
}

export interface SimpleRule extends Placed {
  readonly kind: 'rule'
  readonly type: RuleTypeName
  readonly parameters: readonly { readonly text: string; readonly at: ErrorPlace }[]
  readonly condition?: Condition
  /** Share of rows that must comply, where it is not all of them. */
  readonly threshold?: Condition
  /** The rows that the rule is about, as an SQL condition. */
  readonly where?: string
}

export interface CompositeRule extends Placed {
  readonly kind: 'and' | 'or'
  readonly rules: readonly Rule[]
}

export type Rule = SimpleRule | CompositeRule

export interface Ruleset {
  readonly rules: readonly Rule[]
  readonly analyzers: readonly SimpleRule[]
}

/** The simple rules in a rule, from left to right. */
export function simpleRules(rule: Rule): SimpleRule[] {
  return rule.kind === 'rule' ? [rule] : rule.rules.flatMap(simpleRules)
}
