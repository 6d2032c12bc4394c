import type { ErrorDetail } from '@aws-sdk/client-glue'
import type { Clients } from '../../contract.ts'
import type { Constraint, Constraints } from '../../kit/node/aws/constraints.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { withinMs } from '../../kit/node/time-limit.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import { invalid } from '../model.ts'

export type GlueClients = Pick<Clients, 'catalog'>
export interface Reach {
  readonly clients: GlueClients
}

export const operation = operationsOf<GlueClients>()

/** A name of Glue's model (NameString): 1 to 255 characters, none of them a control character. */
export const NAME: Constraint = { length: [1, 255] }
const LIST_MAX: Constraint = { range: [1, 100] }
export const inDatabase: Constraints = { CatalogId: NAME, DatabaseName: NAME }
export const ofTable: Constraints = { ...inDatabase, TableName: NAME }
export const paged: Constraints = { MaxResults: LIST_MAX }

/** There is one catalog. */
export function refuseOtherCatalog({ CatalogId }: { CatalogId?: string | undefined }): void {
  if (CatalogId !== undefined && CatalogId !== ACCOUNT_ID)
    throw new EngineError(
      'EntityNotFoundException',
      `Catalog ${CatalogId} not found: Millrace has one catalog, ${ACCOUNT_ID}.`,
    )
}

/** Values of Glue's shapes as text, times and bytes included. */
export function packed(value: object): string {
  return JSON.stringify(plain(value))
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return { $time: value.getTime() }
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

export function unpacked<T extends object>(text: string | undefined): T {
  if (text === undefined) return {} as T
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    if ('$time' in value) return new Date(value.$time as number)
    if ('$bytes' in value) return Buffer.from(value.$bytes as string, 'base64')
    return value
  }) as T
}

/** How a batch tells that one of its parts failed; what is no failure of the request is thrown on. */
export async function failure(work: Promise<unknown>): Promise<ErrorDetail | undefined> {
  try {
    await work
    return undefined
  } catch (thrown) {
    const { code, message, domain } = EngineError.from(thrown)
    if (domain !== 'user') throw thrown
    return { ErrorCode: code, ErrorMessage: message }
  }
}

const PATTERN_MS = 500

/**
 * Those of a list whose names fit a pattern. Glue's are those of Hive: `*` stands for anything, `|` between alternatives; regular expressions
 * work too.
 */
export function namedLike<T extends { name: string }>(items: readonly T[], text: string): T[] {
  let pattern: RegExp
  try {
    pattern = new RegExp(`^(?:${text.replace(/(?<![.\])*+}])\*/g, '.*')})$`, 'i')
  } catch {
    throw invalid(`The pattern '${text}' is not valid.`)
  }
  const late = `The pattern '${text}' was tried for ${PATTERN_MS} ms. Write it with fewer repetitions.`
  return withinMs(PATTERN_MS, late, () => items.filter(({ name }) => pattern.test(name)))
}
