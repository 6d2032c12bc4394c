import type { Dimension as AwsDimension } from '@aws-sdk/client-cloudwatch'
import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Dimension } from '../contract.ts'

export type MetricClients = Pick<Clients, 'cloudwatch'>
export const operation = operationsOf<MetricClients>()

export const UNITS = {
  values: [
    'Seconds',
    'Microseconds',
    'Milliseconds',
    'Bytes',
    'Kilobytes',
    'Megabytes',
    'Gigabytes',
    'Terabytes',
    'Bits',
    'Kilobits',
    'Megabits',
    'Gigabits',
    'Terabits',
    'Percent',
    'Count',
    'Bytes/Second',
    'Kilobytes/Second',
    'Megabytes/Second',
    'Gigabytes/Second',
    'Terabytes/Second',
    'Bits/Second',
    'Kilobits/Second',
    'Megabits/Second',
    'Gigabits/Second',
    'Terabits/Second',
    'Count/Second',
    'None',
  ],
} as const

export const NAME = { length: [1, 255] } as const
export const NAMESPACE = { length: [1, 255], pattern: /[^:].*/ } as const
export const DIMENSIONS_MAX = 30
export const DIMENSIONS = { length: [0, DIMENSIONS_MAX] } as const
export const DIMENSION_NAME = { length: [1, 255] } as const
export const DIMENSION_VALUE = { length: [1, 1024] } as const

export const invalidValue = (message: string): EngineError => new EngineError('InvalidParameterValueException', message)
export const invalidCombination = (message: string): EngineError =>
  new EngineError('InvalidParameterCombinationException', message)
export const missing = (message: string): EngineError => new EngineError('MissingRequiredParameterException', message)

/** Members of the model that Millrace does not honour: refused by name, never ignored. */
export function refuse<T extends object>(input: T, ...members: (keyof T & string)[]): void {
  const given = members.find((name) => input[name] !== undefined)
  if (given) throw invalidValue(`Millrace does not support ${given}.`)
}

export const dimensionsOf = (given: readonly AwsDimension[] = []): Dimension[] =>
  given.map(({ Name, Value }) => ({ name: Name!, value: Value! }))

export const dimensionsTold = (dimensions: readonly Dimension[]): AwsDimension[] =>
  dimensions.map(({ name, value }) => ({ Name: name, Value: value }))

/** Sub-minute periods, or whole minutes. */
export function checkPeriod(periodS: number): void {
  if (![1, 5, 10, 20, 30].includes(periodS) && (periodS < 60 || periodS % 60 !== 0))
    throw invalidValue('The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.')
}

/** A page's place in a list, as text that means nothing to a client. */
export const writeToken = (at: number): string => Buffer.from(`at:${at}`).toString('base64url')

export function readToken(token: string | undefined): number {
  if (token === undefined) return 0
  const at = /^at:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1]
  if (at === undefined) throw new EngineError('InvalidNextToken', 'The next token specified is invalid.')
  return Number(at)
}
