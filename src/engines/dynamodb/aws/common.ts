import type { AttributeValue, ConsumedCapacity } from '@aws-sdk/client-dynamodb'
import type { Clients } from '../../contract.ts'
import type { Constraint } from '../../kit/node/aws/constraints.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Consumed, WriteOutcome } from '../contract.ts'
import { invalid } from '../errors.ts'
import { type Item, itemText } from '../values.ts'

export type DynamoClients = Pick<Clients, 'dynamodb'>
export const operation = operationsOf<DynamoClients>()

export const CAPACITY: Constraint = { values: ['INDEXES', 'TOTAL', 'NONE'] }
export const METRICS: Constraint = { values: ['SIZE', 'NONE'] }
export const OR_AND: Constraint = { values: ['AND', 'OR'] }
export const ON_FAILURE: Constraint = { values: ['ALL_OLD', 'NONE'] }
export const OPERATORS: Constraint = {
  values: [
    'IN',
    'NULL',
    'BETWEEN',
    'LT',
    'NOT_CONTAINS',
    'EQ',
    'GT',
    'NOT_NULL',
    'NE',
    'LE',
    'BEGINS_WITH',
    'GE',
    'CONTAINS',
  ],
}
export const TABLE = { TableName: { length: [1, 1024] } } as const
const NAME = /^[a-zA-Z0-9_.-]+$/

/** The table that a name or an ARN names. */
export function tableOf(given: string): string {
  const name = given.startsWith('arn:') ? (/:table\/([^/]+)$/.exec(given)?.[1] ?? given) : given
  if (name.length < 3 || name.length > 255)
    throw invalid('TableName must be at least 3 characters long and at most 255 characters long')
  if (!NAME.test(name))
    throw invalid(
      `1 validation error detected: Value '${given}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`,
    )
  return name
}

/** Members of the model that Millrace does not honour: refused by name, never ignored. */
export function refuse<T extends object>(input: T, ...members: (keyof T & string)[]): void {
  const given = members.find((name) => input[name] !== undefined)
  if (given) throw invalid(`Millrace does not support ${given}.`)
}

/** The client package has a union where one object with ten members does. */
export const asItem = (item: Record<string, AttributeValue> | undefined): Item => (item ?? {}) as Item
export const asAttributes = (item: Item | undefined) => item as Record<string, AttributeValue> | undefined

/** An error with members beside its message: the item of a failed condition, the reasons of a cancelled transaction. */
export class DetailedError extends EngineError {
  readonly members: Record<string, unknown>

  constructor(code: string, message: string, members: Record<string, unknown>) {
    super(code, message)
    this.members = members
  }
}

/** An item as the bodies of errors carry it, which are written without a schema. */
export const plainItem = (item: Item): unknown => JSON.parse(itemText(item))

export function throwFailure({ failure }: WriteOutcome): void {
  if (!failure) return
  if (failure.item) throw new DetailedError(failure.code, failure.message, { Item: plainItem(failure.item) })
  throw EngineError.fromWire(failure)
}

/** What an operation took, as far as the request asks to know; one entry a table. */
export function capacityOf(
  asked: string | undefined,
  consumed: readonly Consumed[],
  kind?: 'read' | 'write',
): ConsumedCapacity[] | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined
  return [...Map.groupBy(consumed, ({ table }) => table)].map(([TableName, parts]) => {
    const base = sum(parts.map((part) => part.base))
    const indexes = new Map<string, number>()
    for (const [name, units] of parts.flatMap((part) => Object.entries(part.indexes)))
      indexes.set(name, (indexes.get(name) ?? 0) + units)
    const total = base + sum([...indexes.values()])
    const counted = (units: number) => ({
      CapacityUnits: units,
      ...(kind === 'read' && { ReadCapacityUnits: units }),
      ...(kind === 'write' && { WriteCapacityUnits: units }),
    })
    const perIndex = [...indexes].map(([name, units]) => [name, counted(units)] as const)
    return {
      TableName,
      ...counted(total),
      ...(asked === 'INDEXES' && {
        Table: counted(base),
        ...(perIndex.length > 0 && { GlobalSecondaryIndexes: Object.fromEntries(perIndex) }),
      }),
    }
  })
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
