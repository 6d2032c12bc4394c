import { type InvokeResult, LATEST } from '../contract.ts'
import { functionArn } from '../errors.ts'
import { kinesisEvent, type ShardPlace, type StreamRecord, streamArn } from './records.ts'

export interface GivenUp {
  readonly shard: ShardPlace
  readonly records: readonly StreamRecord[]
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded'
  readonly invocations: number
  readonly last: Pick<InvokeResult, 'requestId' | 'failed' | 'version'> | undefined
}

/** What an S3 destination gets (Lambda guide, "Retain discarded batch records for a Kinesis Data Streams event source in Lambda"). */
export function invocationRecord(given: GivenUp, names: { function: string; roleArn: string }, nowMs: number): object {
  const { shard, records, condition, invocations, last } = given
  const [first, final] = [records[0], records[records.length - 1]]
  return {
    requestContext: {
      requestId: last?.requestId ?? '',
      functionArn: functionArn(names.function),
      condition,
      approximateInvokeCount: invocations,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: last?.version ?? LATEST,
      functionError: last?.failed ? 'Unhandled' : null,
    },
    version: '1.0',
    timestamp: new Date(nowMs).toISOString(),
    KinesisBatchInfo: {
      shardId: shard.shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: final.sequenceNumber,
      approximateArrivalOfFirstRecord: new Date(first.arrivalMs).toISOString(),
      approximateArrivalOfLastRecord: new Date(final.arrivalMs).toISOString(),
      batchSize: records.length,
      streamArn: streamArn(shard.stream),
    },
    payload: JSON.stringify(kinesisEvent(shard, records, names.roleArn)),
  }
}

/** `aws/lambda/UUID/SHARD/2026/01/31/2026-01-31T12.00.00-ID`. */
export function failureKey(mapping: string, shardId: string, nowMs: number, id: string): string {
  const [day, time] = new Date(nowMs).toISOString().split('T')
  return `aws/lambda/${mapping}/${shardId}/${day.replaceAll('-', '/')}/${day}T${time.slice(0, 8).replaceAll(':', '.')}-${id}`
}
