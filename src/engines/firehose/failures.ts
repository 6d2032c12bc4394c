import { arn } from '../kit/pure/ids.ts'

/** Why a record could not go where it should, and in which form the error prefix says so. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly attempts: number
  readonly form: 'processing' | 'conversion'
  /** Further members, such as the index that a document was meant for. */
  readonly details?: Readonly<Record<string, unknown>>
}

export interface FailureContext {
  readonly arrivalMs: number
  readonly endedMs: number
  readonly deliveryStream: string
  readonly conversion?: { readonly database: string; readonly table: string }
  /** The function that transforms, where it is one of the workspace's. */
  readonly function?: string
}

/** One line of an object under the error prefix (Firehose guide, "Data Transformation Failure Handling" and "Converting Input Record Format"). */
export function failureLine(failure: Failure, record: Uint8Array, context: FailureContext): string {
  const rawData = Buffer.from(record.buffer, record.byteOffset, record.byteLength).toString('base64')
  if (failure.form === 'processing') {
    return JSON.stringify({
      attemptsMade: failure.attempts,
      arrivalTimestamp: context.arrivalMs,
      errorCode: failure.code,
      errorMessage: failure.message,
      attemptEndingTimestamp: context.endedMs,
      rawData,
      lambdaArn: failure.code.startsWith('Lambda.')
        ? arn('lambda', `function:${context.function ?? `${context.deliveryStream}-transform`}`)
        : undefined,
      ...failure.details,
    })
  }
  return JSON.stringify({
    attemptsMade: failure.attempts,
    arrivalTimestamp: context.arrivalMs,
    lastErrorCode: failure.code,
    lastErrorMessage: failure.message,
    attemptEndingTimestamp: context.endedMs,
    rawData,
    sequenceNumber: null,
    subSequenceNumber: null,
    dataCatalogTable: context.conversion && {
      databaseName: context.conversion.database,
      tableName: context.conversion.table,
      region: 'us-east-1',
      versionId: 'LATEST',
    },
  })
}
