import type { ItemAnswer } from './transform-answer.ts'
import type { PackedRecords } from './transform-batch.ts'

/** Firehose tries again three times, unless it was told otherwise. */
export const RETRIES = 3

export interface TransformRecord {
  readonly data: Uint8Array
  readonly arrivalMs: number
}

export type TransformResult =
  | Exclude<ItemAnswer, { result: 'ProcessingFailed' }>
  | { readonly result: 'ProcessingFailed'; readonly code: string; readonly message: string; readonly attempts: number }

/** Why an invocation failed as a whole, and whether another attempt may end otherwise. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly again: boolean
}

export type Attempt = { readonly items: readonly ItemAnswer[] } | Failure

/** How records are transformed: code in a sandbox, a function, or a query. */
export interface TransformMethod {
  /** Throws only when it is stopped. Takes the records' buffers. */
  attempt(records: PackedRecords): Promise<Attempt>
  stop(): Promise<void>
}

/**
 * A record transform with Lambda's contract: it gets `{ invocationId, deliveryStreamArn, region, records: [{ recordId,
 * approximateArrivalTimestamp, data }] }` with base64 data and answers every recordId once, as Ok, Dropped or ProcessingFailed.
 */
export class Transform {
  private readonly method: TransformMethod
  private readonly retries: number

  constructor(method: TransformMethod, retries = RETRIES) {
    this.method = method
    this.retries = retries
  }

  /** One result for each record. Rejects only when the transform is stopped. */
  async run(records: readonly TransformRecord[]): Promise<TransformResult[]> {
    for (let attempts = 1; ; attempts++) {
      // Packed for each attempt: the buffers may go to another thread for good.
      const answer = await this.method.attempt(pack(records))
      if ('items' in answer)
        return answer.items.map((item) => (item.result === 'ProcessingFailed' ? { ...item, attempts: 1 } : item))
      const { code, message, again } = answer
      if (!again || attempts > this.retries)
        return records.map(() => ({ result: 'ProcessingFailed', code, message, attempts }))
    }
  }

  async stop(): Promise<void> {
    await this.method.stop()
  }
}

function pack(records: readonly TransformRecord[]): PackedRecords {
  const data = new Uint8Array(records.reduce((sum, record) => sum + record.data.length, 0))
  const ends = new Uint32Array(records.length)
  const arrivalMs = new Float64Array(records.length)
  let at = 0
  records.forEach((record, i) => {
    data.set(record.data, at)
    at += record.data.length
    ends[i] = at
    arrivalMs[i] = record.arrivalMs
  })
  return { data, ends, arrivalMs }
}
