/** What a handler answered for one record. */
export type ItemAnswer =
  | {
      readonly result: 'Ok'
      readonly data: Uint8Array<ArrayBuffer>
      /** Where the record goes, for dynamic partitioning. */
      readonly partitionKeys?: Readonly<Record<string, string>>
    }
  | { readonly result: 'Dropped' }
  | { readonly result: 'ProcessingFailed'; readonly code: string; readonly message: string }

/** A failure of one invocation as a whole. */
export class InvocationError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Lambda's record ids of one invocation. */
export const recordId = (index: number) => String(index).padStart(20, '0')

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Checks an answer against the contract. One that breaks it as a whole is a failed invocation; one record's fault is that record's. */
export function readAnswer(text: string, count: number): ItemAnswer[] {
  const broken = (message: string) => new InvocationError('Lambda.InvalidResponse', message)
  const answer: unknown = JSON.parse(text)
  const items = (answer as { records?: unknown } | null)?.records
  if (!Array.isArray(items)) throw broken('The handler must answer { records: [{ recordId, result, data }] }.')
  const results: (ItemAnswer | undefined)[] = new Array(count).fill(undefined)
  for (const item of items as Record<string, unknown>[]) {
    const index = Number(item?.recordId)
    if (typeof item?.recordId !== 'string' || recordId(index) !== item.recordId || index >= count) {
      throw broken(`The answer has the recordId ${JSON.stringify(item?.recordId)}, which was not asked.`)
    }
    if (results[index]) throw broken(`The answer has the recordId ${item.recordId} twice.`)
    results[index] = readItem(item)
  }
  const missing = results.findIndex((result) => !result)
  if (missing >= 0)
    throw broken(`The answer lacks the recordId ${recordId(missing)}: every record must come back, dropped ones too.`)
  return results as ItemAnswer[]
}

function readItem(item: Record<string, unknown>): ItemAnswer {
  const failed = (code: string, message: string): ItemAnswer => ({
    result: 'ProcessingFailed',
    code,
    message,
  })
  if (item.result === 'Dropped') return { result: 'Dropped' }
  if (item.result === 'ProcessingFailed')
    return failed('Lambda.ProcessingFailedStatus', 'The transform answered ProcessingFailed for this record.')
  if (item.result !== 'Ok')
    return failed(
      'Lambda.InvalidResponse',
      `result must be Ok, Dropped or ProcessingFailed, not ${JSON.stringify(item.result)}.`,
    )
  if (typeof item.data !== 'string' || !BASE64.test(item.data))
    return failed('Lambda.InvalidResponse', 'data must be base64 text.')
  const partitionKeys = readPartitionKeys(item.metadata)
  if (typeof partitionKeys === 'string') return failed('Lambda.InvalidResponse', partitionKeys)
  return {
    result: 'Ok',
    data: new Uint8Array(Buffer.from(item.data, 'base64')),
    ...(partitionKeys && { partitionKeys }),
  }
}

/** `metadata: { partitionKeys: { year: '2001' } }`; numbers and booleans count as their text. An error text where it is anything else. */
function readPartitionKeys(metadata: unknown): Record<string, string> | string | undefined {
  const given = (metadata as { partitionKeys?: unknown } | null | undefined)?.partitionKeys
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'object' || Array.isArray(given)) return 'metadata.partitionKeys must be an object of texts.'
  const keys: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'object' || value === undefined) return `metadata.partitionKeys.${name} must be a text.`
    keys[name] = String(value)
  }
  return keys
}
