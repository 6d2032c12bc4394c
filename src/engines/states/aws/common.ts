import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { fail } from '../errors.ts'

export const operation = operationsOf<Pick<Clients, 'states'>>()

export const notHonoured = (what: string) => fail('ValidationException', `Millrace does not support ${what}.`, what)

/** Refuses every member that is given and not among those that are honoured, by its name. Empty ones say nothing. */
export function requireHonoured(input: object, honoured: readonly string[]): void {
  const strange = Object.entries(input).find(([name, value]) => !honoured.includes(name) && !isEmpty(value))
  if (strange) throw notHonoured(strange[0])
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '' || value === 'OFF') return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(isEmpty)
}

export const dateOf = (timeMs: number): Date => new Date(timeMs)

export const tagsOf = (tags: readonly { key?: string; value?: string }[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ key, value }) => [key ?? '', value ?? '']))

/** A page of a list: its token is the place where the next one begins. */
export function pageOf<T>(all: readonly T[], token: string | undefined, size = 100): { page: T[]; nextToken?: string } {
  const start = startOf(token)
  const end = start + (size || 100)
  return { page: all.slice(start, end), ...(end < all.length && { nextToken: String(end) }) }
}

export function startOf(token: string | undefined): number {
  const start = token === undefined ? 0 : Number(token)
  if (!Number.isInteger(start) || start < 0) throw fail('InvalidToken', `Invalid Token: '${token}'`, 'nextToken')
  return start
}

export function requireName(name: string): string {
  if (/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]{1,80}$/u.test(name)) return name
  throw fail('InvalidName', `Invalid Name: '${name}'`, 'name')
}
