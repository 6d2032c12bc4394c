import type { EncryptionConfiguration } from '@aws-sdk/client-athena'
import type { Clients } from '../../contract.ts'
import type { Constraint } from '../../kit/node/aws/constraints.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'

export type AthenaClients = Pick<Clients, 'athena' | 'catalog' | 'stream' | 'warehouse'>
export const operation = operationsOf<AthenaClients>()

export const CATALOG = 'AwsDataCatalog'

/** Athena's own codes, which its one exception for bad requests carries (`AthenaErrorCode`). */
const CODES = new Set([
  'INVALID_INPUT',
  'MALFORMED_QUERY',
  'IDEMPOTENT_PARAMETER_MISMATCH',
  'QUERY_EXECUTION_NOT_FOUND',
  'INVALID_QUERY_EXECUTION_STATE',
  'RESULT_NOT_FOUND',
])

export class InvalidRequest extends EngineError {
  readonly athenaErrorCode: string

  constructor(athenaErrorCode: string, message: string) {
    super('InvalidRequestException', message)
    this.athenaErrorCode = athenaErrorCode
  }
}

export function invalid(message: string): EngineError {
  return new InvalidRequest('INVALID_INPUT', message)
}

/** What is missing in the catalog is a MetadataException here. */
export function athenaError(error: EngineError): EngineError {
  if (error.code === 'EntityNotFoundException') return new EngineError('MetadataException', error.message)
  if (error.code === 'InvalidRequestException') return error instanceof InvalidRequest ? error : invalid(error.message)
  return CODES.has(error.code) ? new InvalidRequest(error.code, error.message) : error
}

/** Members of the model that Millrace does not honour: refused by name, never ignored. False asks for nothing. */
export function refuse<T extends object>(input: T | undefined, at: string, ...members: (keyof T & string)[]): void {
  const given = members.find((name) => input?.[name] !== undefined && input[name] !== false)
  if (given) throw invalid(`${at}${given} is not supported by Millrace`)
}

/** Results have the encryption of every object of the lake, and no keys but that. */
export function encryptionOf(given: EncryptionConfiguration | undefined, at: string): 'SSE_S3' | undefined {
  if (given && given.EncryptionOption !== 'SSE_S3')
    throw invalid(
      `${at}EncryptionConfiguration.EncryptionOption ${given.EncryptionOption} is not supported by Millrace`,
    )
  refuse(given, `${at}EncryptionConfiguration.`, 'KmsKey')
  return given && 'SSE_S3'
}

export function checkCatalog(name: string | undefined): void {
  if (name !== undefined && name.toLowerCase() !== CATALOG.toLowerCase()) throw invalid(`Catalog ${name} is not found.`)
}

/** A page of a list that is at hand; tokens name the place of the next item. */
export function page<T>(
  all: readonly T[],
  token: string | undefined,
  size: number | undefined,
): { items: T[]; NextToken?: string } {
  const start = token === undefined ? 0 : Number(textOf(token) || Number.NaN)
  if (!Number.isSafeInteger(start) || start < 0) throw malformedToken(token!)
  const end = start + (size || PAGE)
  return { items: all.slice(start, end), ...(end < all.length && { NextToken: tokenOf(String(end)) }) }
}

export const PAGE = 50

export const tokenOf = (place: string) => Buffer.from(place).toString('base64url')
export const textOf = (token: string) => Buffer.from(token, 'base64url').toString()

export function malformedToken(token: string): EngineError {
  return invalid(`The nextPageToken is malformed: ${token}`)
}

export const WORK_GROUP: Constraint = { pattern: /[a-zA-Z0-9._-]{1,128}/ }
export const QUERY_STRING: Constraint = { length: [1, 262_144] }
export const ENCRYPTION_OPTION: Constraint = { values: ['SSE_S3', 'SSE_KMS', 'CSE_KMS'] }
export const NAME: Constraint = { length: [1, 128] }
export const DESCRIPTION: Constraint = { length: [1, 1024] }
export const TOKEN: Constraint = { length: [1, 1024] }
export const REQUEST_TOKEN: Constraint = { length: [32, 128] }
