import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { invalid } from '../errors.ts'

export const operation = operationsOf<Pick<Clients, 'functions' | 'lake'>>()

const NAME =
  /^(?:arn:aws:lambda:[a-z0-9-]+:\d{12}:function:|(?:\d{12}:)?function:|\d{12}:)?([a-zA-Z0-9-_]{1,64})(?::(.+))?$/

/** A function's name out of a name, a partial or a whole ARN. There are no versions, so $LATEST is the only qualifier. */
export function nameOf(text: string | undefined, qualifier?: string): string {
  const found = NAME.exec(text ?? '')
  if (!found)
    throw invalid(
      `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`,
      'FunctionName',
    )
  const version = qualifier ?? found[2]
  if (version !== undefined && version !== '$LATEST') throw notHonoured(`the version or alias ${version}`)
  return found[1]
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
