import { look, lookUp, parsePath, type Sources } from './jsonpath.ts'
import { type ChoiceRule, isObject, type Json } from './types.ts'

type Kind = 'String' | 'Numeric' | 'Boolean' | 'Timestamp'

const RELATIONS: Readonly<Record<string, (order: number) => boolean>> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  GreaterThan: (order) => order > 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThanEquals: (order) => order >= 0,
}

const TESTS = ['IsNull', 'IsPresent', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp'] as const

/** What a comparison wants of its operand, by its name without `Path`. */
export const OPERATORS: ReadonlyMap<string, 'string' | 'number' | 'boolean' | 'timestamp'> = new Map([
  ...Object.keys(RELATIONS).flatMap(
    (relation) =>
      [
        [`String${relation}`, 'string'],
        [`Numeric${relation}`, 'number'],
        [`Timestamp${relation}`, 'timestamp'],
      ] as const,
  ),
  ['BooleanEquals', 'boolean'] as const,
  ['StringMatches', 'string'] as const,
  ...TESTS.map((test) => [test, 'boolean'] as const),
])

/** An operator's plain name, and whether its operand is a path. Undefined for what is no operator. */
export function operatorOf(field: string): { operator: string; path: boolean } | undefined {
  if (OPERATORS.has(field)) return { operator: field, path: false }
  const operator = field.endsWith('Path') ? field.slice(0, -4) : ''
  const compares =
    OPERATORS.has(operator) && operator !== 'StringMatches' && !(TESTS as readonly string[]).includes(operator)
  return compares ? { operator, path: true } : undefined
}

/** Whether a rule in JSONPath holds. A variable that is not there is States.Runtime, but for IsPresent. */
export function ruleHolds(rule: ChoiceRule, sources: Sources): boolean {
  if (rule.And) return rule.And.every((inner) => ruleHolds(inner, sources))
  if (rule.Or) return rule.Or.some((inner) => ruleHolds(inner, sources))
  if (rule.Not) return !ruleHolds(rule.Not, sources)
  const [field, operand] = Object.entries(rule).find(([name]) => operatorOf(name) !== undefined) as [string, Json]
  const { operator, path } = operatorOf(field)!
  if (operator === 'IsPresent') return (look(parsePath(rule.Variable!), sources) !== undefined) === operand
  const value = lookUp(rule.Variable!, 'Variable', sources)
  const wanted = path ? lookUp(operand as string, field, sources) : operand
  return holds(operator, value, wanted)
}

function holds(operator: string, value: Json, wanted: Json): boolean {
  switch (operator) {
    case 'IsNull':
      return (value === null) === wanted
    case 'IsNumeric':
      return (typeof value === 'number') === wanted
    case 'IsString':
      return (typeof value === 'string') === wanted
    case 'IsBoolean':
      return (typeof value === 'boolean') === wanted
    case 'IsTimestamp':
      return (timestampOf(value) !== undefined) === wanted
    case 'StringMatches':
      return typeof value === 'string' && matches(value, wanted as string)
  }
  const kind = /^(String|Numeric|Boolean|Timestamp)/.exec(operator)![1] as Kind
  const [left, right] = [comparable(kind, value), comparable(kind, wanted)]
  if (left === undefined || right === undefined) return false
  return RELATIONS[operator.slice(kind.length)](left < right ? -1 : left > right ? 1 : 0)
}

/** A value as its kind compares it; a value of another kind matches nothing. */
function comparable(kind: Kind, value: Json): string | number | boolean | undefined {
  if (kind === 'Timestamp') return timestampOf(value)
  const wanted = kind === 'Numeric' ? 'number' : kind.toLowerCase()
  return typeof value === wanted ? (value as string | number | boolean) : undefined
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** RFC 3339 with an uppercase T and Z (Amazon States Language, "Timestamps"), as epoch ms. */
export function timestampOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !TIMESTAMP.test(value)) return undefined
  const timeMs = Date.parse(value)
  return Number.isNaN(timeMs) ? undefined : timeMs
}

/** `*` stands for any text; `\\*` for a star. Linear in both texts, whatever the pattern. */
export function matches(value: string, pattern: string): boolean {
  const parts: string[] = ['']
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '*') parts.push('')
    else {
      if (pattern[i] === '\\' && i + 1 < pattern.length) i++
      parts[parts.length - 1] += pattern[i]
    }
  }
  if (parts.length === 1) return value === parts[0]
  const [first, last] = [parts[0], parts.at(-1)!]
  if (value.length < first.length + last.length || !value.startsWith(first) || !value.endsWith(last)) return false
  const end = value.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** All rules that end in a comparison, with where they are: `And/0/Not`. */
export function* comparisons(rule: unknown, at = ''): Generator<{ rule: Record<string, unknown>; at: string }> {
  if (!isObject(rule)) return
  const inner = ['And', 'Or'].find((name) => name in rule)
  if (inner && Array.isArray(rule[inner]))
    for (const [index, each] of rule[inner].entries()) yield* comparisons(each, `${at}/${inner}/${index}`)
  else if ('Not' in rule) yield* comparisons(rule.Not, `${at}/Not`)
  else yield { rule, at }
}
