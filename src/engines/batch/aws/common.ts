import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { clientError } from '../errors.ts'

export const operation = operationsOf<Pick<Clients, 'batch'>>()

/** Refuses every member that is given and not among those that are honoured, by its name. Empty ones say nothing. */
export function requireHonoured(input: object | undefined, honoured: readonly string[], within = ''): void {
  const strange = Object.entries(input ?? {}).find(([name, value]) => !honoured.includes(name) && !isEmpty(value))
  if (strange) throw notHonoured(`${within}${strange[0]}`)
}

export const notHonoured = (what: string) => clientError(`Millrace does not support ${what}.`, what)

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(isEmpty)
}

/** The last part of a name or ARN: `queue` of `arn:aws:batch:…:job-queue/queue`. */
export const nameOf = (text: string): string => text.slice(text.indexOf('/') + 1)

/** Of several given by name or ARN, or all. */
export function chosen<T extends { readonly name: string }>(all: readonly T[], wanted: readonly string[] = []): T[] {
  return wanted.length === 0 ? [...all] : all.filter(({ name }) => wanted.map(nameOf).includes(name))
}

/** A page of a list: its token is the place where the next one begins. */
export function pageOf<T>(
  all: readonly T[],
  token: string | undefined,
  size: number,
): { page: T[]; nextToken?: string } {
  const start = startOf(token)
  const nextToken = start + size < all.length ? String(start + size) : undefined
  return { page: all.slice(start, start + size), ...(nextToken !== undefined && { nextToken }) }
}

export function startOf(token: string | undefined): number {
  const start = token === undefined ? 0 : Number(token)
  if (!Number.isInteger(start) || start < 0) throw clientError('Invalid nextToken', 'nextToken')
  return start
}
