import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { LATEST, splitRef } from '../contract.ts'
import { invalid } from '../errors.ts'

export const operation = operationsOf<Pick<Clients, 'functions' | 'lake'>>()

const NAME =
  /^(?:arn:aws:lambda:[a-z0-9-]+:\d{12}:function:|(?:\d{12}:)?function:|\d{12}:)?([a-zA-Z0-9-_]{1,64})(?::(\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/

/** `NAME` or `NAME:QUALIFIER` out of a name, a partial or a whole ARN, and a qualifier. */
export function refOf(text: string | undefined, qualifier?: string): string {
  const found = NAME.exec(text ?? '')
  if (!found)
    throw invalid(
      `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`,
      'FunctionName',
    )
  if (qualifier && found[2] && qualifier !== found[2])
    throw invalid('The derived qualifier from the function name does not match the specified qualifier.', 'Qualifier')
  const derived = qualifier || found[2]
  return derived ? `${found[1]}:${derived}` : found[1]
}

/** For operations on a function itself: its versions do not change. */
export function nameOf(text: string | undefined): string {
  const { name, qualifier } = splitRef(refOf(text))
  if (qualifier !== undefined && qualifier !== LATEST)
    throw invalid(`This operation is for a function, not for its version or alias ${qualifier}.`, 'FunctionName')
  return name
}

export const notHonoured = (what: string) => invalid(`Millrace does not support ${what}.`, what)

/** Refuses every member that is given and not among those that are honoured, by its name. */
export function requireHonoured(input: object, honoured: readonly string[]): void {
  const strange = Object.entries(input).find(
    ([name, value]) => !honoured.includes(name) && value !== undefined && !isEmpty(value),
  )
  if (strange) throw notHonoured(strange[0])
}

/** What tools send to say nothing: `Publish: false`, no layers, a VPC without subnets. */
function isEmpty(value: unknown): boolean {
  if (value === false || value === '' || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && !(value instanceof Date) && Object.values(value as object).every(isEmpty)
}

/** Bytes as they come from a socket: in memory that nobody else holds. */
export const ownedBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>

/** A page of a list: its marker is the place where the next one begins. */
export function pageOf<T>(
  all: readonly T[],
  marker: string | undefined,
  size: number,
): { items: T[]; NextMarker: string | undefined } {
  const start = marker === undefined ? 0 : Number(marker)
  if (!Number.isInteger(start) || start < 0) throw invalid(`Invalid marker: ${marker}`, 'Marker')
  const items = all.slice(start, start + size)
  return { items, NextMarker: start + size < all.length ? String(start + size) : undefined }
}

/** `2026-01-31T12:00:00.000+0000`. */
export const timeOf = (timeMs: number): string => new Date(timeMs).toISOString().replace('Z', '+0000')
