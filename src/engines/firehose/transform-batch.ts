import { DEFAULT_REGION } from '../kit/pure/ids.ts'
import { recordId } from './transform-answer.ts'

/** Records end to end: record i ends at `ends[i]`. */
export interface PackedRecords {
  readonly data: Uint8Array<ArrayBuffer>
  readonly ends: Uint32Array<ArrayBuffer>
  /** Approximate arrival, epoch ms. */
  readonly arrivalMs: Float64Array<ArrayBuffer>
}

export interface EventSource {
  readonly deliveryStreamArn: string
  readonly sourceStreamArn?: string
}

/** What Firehose gives a function (Firehose guide, "Transform source data in Amazon Data Firehose"). */
export function transformEvent(
  { data, ends, arrivalMs }: PackedRecords,
  { deliveryStreamArn, sourceStreamArn }: EventSource,
  invocationId: string,
): object {
  const all = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return {
    invocationId,
    deliveryStreamArn,
    ...(sourceStreamArn && { sourceKinesisStreamArn: sourceStreamArn }),
    region: DEFAULT_REGION,
    records: Array.from(ends, (end, i) => ({
      recordId: recordId(i),
      approximateArrivalTimestamp: arrivalMs[i],
      data: all.toString('base64', i === 0 ? 0 : ends[i - 1], end),
    })),
  }
}
