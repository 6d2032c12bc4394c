import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { invalid } from '../errors.ts'

export const operation = operationsOf<Pick<Clients, 'emr'>>()

const PAGE = 50

/** Refuses every member that is given and not among those that are honoured, by its name. Empty ones say nothing. */
export function requireHonoured(input: object | undefined, honoured: readonly string[], within = ''): void {
  const strange = Object.entries(input ?? {}).find(([name, value]) => !honoured.includes(name) && !isEmpty(value))
  if (strange) throw notHonoured(`${within}${strange[0]}`)
}

export const notHonoured = (what: string, why = '') =>
  invalid(`Millrace does not support ${what}${why === '' ? '' : `: ${why}`}.`, what)

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(isEmpty)
}

/** A page of a list: its marker is the place where the next one begins. */
export function pageOf<T>(all: readonly T[], marker: string | undefined, size = PAGE): { page: T[]; Marker?: string } {
  const start = marker === undefined ? 0 : Number(marker)
  if (!Number.isInteger(start) || start < 0) throw invalid('The marker is not valid.', 'Marker')
  return { page: all.slice(start, start + size), ...(start + size < all.length && { Marker: String(start + size) }) }
}

export function requireKnown<T extends string>(values: readonly T[], value: string | undefined, name: string): T {
  if (!values.includes(value as T)) throw invalid(`${value} is no valid value of ${name}: ${values.join(', ')}.`, name)
  return value as T
}

export const dateOf = (timeMs: number | undefined): Date | undefined =>
  timeMs === undefined ? undefined : new Date(timeMs)

export const tagsOf = (
  tags: readonly { Key?: string | undefined; Value?: string | undefined }[] = [],
): Record<string, string> => Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]))
