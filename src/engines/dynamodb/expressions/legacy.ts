import { invalidValues } from '../errors.ts'
import { checkValue, kindOf, type Value } from '../values.ts'
import type { Comparator, Condition, Operand, UpdateAction } from './ast.ts'

/** One entry of Expected, KeyConditions, ScanFilter or QueryFilter: what conditions were before there were expressions. */
export interface OldCondition {
  readonly Value?: Value
  readonly Exists?: boolean
  readonly ComparisonOperator?: string
  readonly AttributeValueList?: readonly Value[]
}

export interface OldUpdate {
  readonly Value?: Value
  readonly Action?: string
}

const COMPARATORS: Readonly<Record<string, Comparator>> = { EQ: '=', NE: '<>', LT: '<', LE: '<=', GT: '>', GE: '>=' }

/** The same trees as expressions give, joined by AND unless OR is asked for. */
export function conditionOf(
  entries: Readonly<Record<string, OldCondition>>,
  operator: string | undefined = 'AND',
): Condition | undefined {
  const conditions = Object.entries(entries).map(([name, entry]) => entryCondition(name, entry))
  const [first, ...rest] = conditions
  const kind = operator === 'OR' ? 'or' : 'and'
  return rest.reduce<Condition | undefined>((left, right) => left && { kind, left, right }, first)
}

function entryCondition(name: string, entry: OldCondition): Condition {
  const { ComparisonOperator, AttributeValueList, Exists, Value: single } = entry
  if (ComparisonOperator === undefined) return expectedValue(name, entry)
  if (Exists !== undefined)
    throw invalidValues(`Exists and ComparisonOperator cannot be used together for Attribute: ${name}`)
  if (AttributeValueList && single)
    throw invalidValues(`Value and AttributeValueList cannot be used together for Attribute: ${name}`)
  const values = (AttributeValueList ?? (single ? [single] : [])).map((value) => checkValue(value))
  requireCount(ComparisonOperator, values.length)
  const of: Operand = { kind: 'path', path: [name] }
  const operands = values.map((value): Operand => ({ kind: 'value', value }))
  const comparator = COMPARATORS[ComparisonOperator]
  if (comparator) {
    if (comparator !== '=' && comparator !== '<>') requireKinds(ComparisonOperator, values, ['S', 'N', 'B'])
    return { kind: 'compare', operator: comparator, left: of, right: operands[0] }
  }
  switch (ComparisonOperator) {
    case 'NOT_NULL':
      return { kind: 'exists', path: [name] }
    case 'NULL':
      return not({ kind: 'exists', path: [name] })
    case 'BEGINS_WITH':
      requireKinds(ComparisonOperator, values, ['S', 'B'])
      return { kind: 'beginsWith', of, prefix: operands[0] }
    case 'BETWEEN':
      requireKinds(ComparisonOperator, values, ['S', 'N', 'B'])
      return { kind: 'between', of, low: operands[0], high: operands[1] }
    case 'IN':
      return { kind: 'in', of, among: operands }
    case 'CONTAINS':
      return { kind: 'contains', of, what: operands[0] }
    default: {
      // NOT_CONTAINS speaks of an attribute that is there.
      const right = not({ kind: 'contains', of, what: operands[0] })
      return { kind: 'and', left: { kind: 'exists', path: [name] }, right }
    }
  }
}

const not = (of: Condition): Condition => ({ kind: 'not', of })

/** Expected without an operator: the attribute has this value, or is not there. */
function expectedValue(name: string, { Exists, Value: value, AttributeValueList }: OldCondition): Condition {
  if (AttributeValueList)
    throw invalidValues(`AttributeValueList can only be used with a ComparisonOperator for Attribute: ${name}`)
  if (Exists === false) {
    if (value) throw invalidValues(`Value cannot be used when Exists is false for Attribute: ${name}`)
    return not({ kind: 'exists', path: [name] })
  }
  if (!value) throw invalidValues(`Value must be provided when Exists is ${Exists ?? 'null'} for Attribute: ${name}`)
  const left: Operand = { kind: 'path', path: [name] }
  return { kind: 'compare', operator: '=', left, right: { kind: 'value', value: checkValue(value) } }
}

function requireCount(operator: string, count: number): void {
  const fits =
    operator === 'NULL' || operator === 'NOT_NULL'
      ? count === 0
      : operator === 'BETWEEN'
        ? count === 2
        : operator === 'IN'
          ? count > 0
          : count === 1
  if (!fits) throw invalidValues(`Invalid number of argument(s) for the ${operator} ComparisonOperator`)
}

function requireKinds(operator: string, values: readonly Value[], kinds: readonly string[]): void {
  if (values.every((value) => kinds.includes(kindOf(value)))) return
  throw invalidValues(`ComparisonOperator ${operator} is not valid for ${kindOf(values[0])} AttributeValue type`)
}

/** AttributeUpdates as actions. */
export function actionsOf(updates: Readonly<Record<string, OldUpdate>>): UpdateAction[] {
  return Object.entries(updates).map(([name, { Action = 'PUT', Value: given }]): UpdateAction => {
    const path = [name]
    if (!given) {
      if (Action === 'DELETE') return { kind: 'remove', path }
      throw invalidValues(`Only DELETE action is allowed when no attribute value is specified`)
    }
    const value = checkValue(given)
    const kind = kindOf(value)
    if (Action === 'PUT') return { kind: 'set', path, to: { kind: 'value', value } }
    if (Action === 'ADD') {
      if (!['N', 'SS', 'NS', 'BS', 'L'].includes(kind))
        throw invalidValues(`ADD action is not supported for the type ${kind}`)
      return { kind: 'add', path, value }
    }
    if (!['SS', 'NS', 'BS'].includes(kind))
      throw invalidValues(`DELETE action with value is not supported for the type ${kind}`)
    return { kind: 'delete', path, value }
  })
}
