import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { invalid } from '../errors.ts'
import type { Condition, Path, UpdateAction } from '../expressions/ast.ts'
import { parseCondition } from '../expressions/condition.ts'
import { actionsOf, conditionOf, type OldCondition, type OldUpdate } from '../expressions/legacy.ts'
import type { ExpressionKind, Placeholders } from '../expressions/parser.ts'
import { parseProjection, parseUpdate } from '../expressions/update.ts'
import { checkValue, type Value } from '../values.ts'

/** What a request may have of expressions, and of the parameters that were before them. */
export interface ExpressionInput {
  readonly ConditionExpression?: string
  readonly FilterExpression?: string
  readonly KeyConditionExpression?: string
  readonly UpdateExpression?: string
  readonly ProjectionExpression?: string
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>
  readonly Expected?: Record<string, object>
  readonly AttributeUpdates?: Record<string, object>
  readonly KeyConditions?: Record<string, object>
  readonly QueryFilter?: Record<string, object>
  readonly ScanFilter?: Record<string, object>
  readonly AttributesToGet?: string[]
  readonly ConditionalOperator?: string
}

export interface Expressions {
  readonly condition?: Condition
  readonly filter?: Condition
  readonly keyCondition?: Condition
  readonly actions?: UpdateAction[]
  readonly paths?: Path[]
}

const NEW = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
] as const
const OLD = [
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
] as const

/** All expressions of one request as trees. A request speaks the new way or the old, and uses every placeholder it brings. */
export function readExpressions(input: ExpressionInput, allowed: readonly (typeof NEW)[number][]): Expressions {
  const given = NEW.filter((name) => input[name] !== undefined)
  const old = OLD.filter((name) => input[name] !== undefined)
  if ((given.length > 0 || input.ExpressionAttributeNames || input.ExpressionAttributeValues) && old.length > 0)
    throw invalid(
      `Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {${old.join(', ')}} Expression parameters: {${[...given, ...(given.length === 0 ? ['ExpressionAttributeNames'] : [])].join(', ')}}`,
    )
  return old.length > 0 ? readOld(input) : readNew(input, allowed)
}

function readNew(input: ExpressionInput, allowed: readonly (typeof NEW)[number][]): Expressions {
  const placeholders = placeholdersOf(input, allowed)
  const condition = (kind: ExpressionKind, text: string | undefined) =>
    text === undefined ? undefined : parseCondition(kind, text, placeholders)
  const { UpdateExpression, ProjectionExpression } = input
  const read = {
    keyCondition: condition('KeyConditionExpression', input.KeyConditionExpression),
    filter: condition('FilterExpression', input.FilterExpression),
    condition: condition('ConditionExpression', input.ConditionExpression),
    actions: UpdateExpression === undefined ? undefined : parseUpdate(UpdateExpression, placeholders),
    paths: ProjectionExpression === undefined ? undefined : parseProjection(ProjectionExpression, placeholders),
  }
  requireUsed('ExpressionAttributeNames', placeholders.names, placeholders.used)
  requireUsed('ExpressionAttributeValues', placeholders.values, placeholders.used)
  return Object.fromEntries(Object.entries(read).filter(([, tree]) => tree !== undefined))
}

function placeholdersOf(input: ExpressionInput, allowed: readonly (typeof NEW)[number][]): Placeholders {
  const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input
  const given = NEW.some((name) => input[name] !== undefined)
  if (names) {
    if (!given) throw invalid('ExpressionAttributeNames can only be specified when using expressions')
    checkKeys('ExpressionAttributeNames', Object.keys(names), '#')
  }
  if (values) {
    const withValues = allowed.filter((name) => name !== 'ProjectionExpression')
    if (withValues.every((name) => input[name] === undefined)) {
      const absent = withValues.length === 1 ? `: ${withValues[0]} is null` : ''
      throw invalid(`ExpressionAttributeValues can only be specified when using expressions${absent}`)
    }
    checkKeys('ExpressionAttributeValues', Object.keys(values), ':')
  }
  const checked = Object.entries(values ?? {}).map(([key, value]): [string, Value] => {
    try {
      return [key, checkValue(value as Value)]
    } catch (thrown) {
      throw invalid(`ExpressionAttributeValues contains invalid value: ${(thrown as Error).message} for key ${key}`)
    }
  })
  return { names: new Map(Object.entries(names ?? {})), values: new Map(checked), used: new Set() }
}

function checkKeys(member: string, keys: readonly string[], sign: '#' | ':'): void {
  if (keys.length === 0) throw invalid(`${member} must not be empty`)
  const bad = keys.find((key) => !new RegExp(`^${sign}\\w+$`).test(key))
  if (bad !== undefined) throw invalid(`${member} contains invalid key: Syntax error; key: "${bad}"`)
}

function requireUsed(member: string, given: ReadonlyMap<string, unknown>, used: ReadonlySet<string>): void {
  const unused = [...given.keys()].filter((key) => !used.has(key))
  if (unused.length > 0)
    throw invalid(`Value provided in ${member} unused in expressions: keys: {${unused.join(', ')}}`)
}

function readOld(input: ExpressionInput): Expressions {
  const { Expected, KeyConditions, QueryFilter, ScanFilter, AttributeUpdates, AttributesToGet } = input
  const conditions = [Expected, QueryFilter, ScanFilter].filter((entries) => entries !== undefined)
  const entries = conditions.flatMap((map) => Object.keys(map))
  if (input.ConditionalOperator !== undefined && entries.length === 0)
    throw invalid('ConditionalOperator cannot be used without Filter or Expected')
  if (input.ConditionalOperator !== undefined && entries.length === 1)
    throw invalid(`ConditionalOperator can only be used when Filter or Expected has two or more elements`)
  if (AttributesToGet && new Set(AttributesToGet).size !== AttributesToGet.length)
    throw invalid(
      `One or more parameter values were invalid: Duplicate value in attribute name: ${AttributesToGet.find((name, i) => AttributesToGet.indexOf(name) !== i)}`,
    )
  const operator = input.ConditionalOperator
  const condition = Expected && conditionOf(Expected as Record<string, OldCondition>, operator)
  const filters = QueryFilter ?? ScanFilter
  const filter = filters && conditionOf(filters as Record<string, OldCondition>, operator)
  const keyCondition = KeyConditions && conditionOf(KeyConditions as Record<string, OldCondition>)
  return {
    ...(condition && { condition }),
    ...(filter && { filter }),
    ...(keyCondition && { keyCondition }),
    ...(AttributeUpdates && { actions: actionsOf(AttributeUpdates as Record<string, OldUpdate>) }),
    ...(AttributesToGet && { paths: AttributesToGet.map((name) => [name]) }),
  }
}
