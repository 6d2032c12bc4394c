import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import type { Destination, RetryPolicy } from '../contract.ts'
import { invalid } from '../errors.ts'

export const operation = operationsOf<Pick<Clients, 'events'>>()

/** Refuses every member that is given and not among those that are honoured, by its name. Empty ones say nothing. */
export function requireHonoured(input: object | undefined, honoured: readonly string[], within = ''): void {
  const strange = Object.entries(input ?? {}).find(([name, value]) => !honoured.includes(name) && !isEmpty(value))
  if (strange) throw notHonoured(`${within}${strange[0]}`)
}

export const notHonoured = (what: string) => invalid(`Millrace does not support ${what}.`, what)

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && !(value instanceof Date) && Object.values(value).every(isEmpty)
}

/** A page of a list: its token is the place where the next one begins. */
export function pageOf<T>(all: readonly T[], token: string | undefined, size = 100): { page: T[]; NextToken?: string } {
  const start = token === undefined ? 0 : Number(token)
  if (!Number.isInteger(start) || start < 0) throw invalid('NextToken is not valid.', 'NextToken')
  const next = start + size < all.length ? String(start + size) : undefined
  return { page: all.slice(start, start + size), ...(next !== undefined && { NextToken: next }) }
}

type WireTags = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined
export const tagsOf = (tags: WireTags): Record<string, string> =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key!, Value!]))
export const tagList = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

interface WireRetry {
  MaximumRetryAttempts?: number | undefined
  MaximumEventAgeInSeconds?: number | undefined
}

/** Without a policy the service tries for a day, 185 times. */
export const retryOf = ({ MaximumRetryAttempts, MaximumEventAgeInSeconds }: WireRetry = {}): RetryPolicy => ({
  attempts: MaximumRetryAttempts ?? 185,
  ageS: MaximumEventAgeInSeconds ?? 86_400,
})

export const retryShown = ({ retry }: Destination) => ({
  MaximumRetryAttempts: retry.attempts,
  MaximumEventAgeInSeconds: retry.ageS,
})

/** A dead-letter queue is a queue of SQS, which is not here. */
export function refuseDeadLetters(config: { Arn?: string | undefined } | undefined): void {
  if (config?.Arn) throw notHonoured('DeadLetterConfig')
}

export const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms))

/** What the service says of the lengths and letters of names. */
export const RULE_NAME = { length: [1, 64] as [number, number], pattern: /[.\-_A-Za-z0-9]+/ }
export const BUS_NAME = {
  length: [1, 1600] as [number, number],
  pattern: /(arn:aws[\w-]*:events:[a-z0-9-]+:\d{12}:event-bus\/)?[/.\-_A-Za-z0-9]+/,
}
