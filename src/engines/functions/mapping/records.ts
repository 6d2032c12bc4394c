import { dataBytes, keyText, type RecordBatch } from '../../kit/pure/batch.ts'
import { arn, DEFAULT_REGION } from '../../kit/pure/ids.ts'
import { sequenceNumber } from '../../stream/sequence.ts'

/** A record of a data stream as a function gets it. */
export interface StreamRecord {
  readonly offset: number
  readonly key: string
  readonly sequenceNumber: string
  /** Base64. */
  readonly data: string
  /** Engine time, epoch ms. */
  readonly arrivalMs: number
}

export interface ShardPlace {
  readonly stream: string
  readonly shardId: string
  readonly index: number
  readonly createdS: number
}

export const streamArn = (stream: string): string => arn('kinesis', `stream/${stream}`)

export function recordsOf(shard: ShardPlace, batch: RecordBatch, startOffset: number, arrivals: Float64Array) {
  return Array.from({ length: batch.count }, (_, i): StreamRecord => {
    const data = dataBytes(batch, i)
    return {
      offset: startOffset + i,
      key: keyText(batch, i),
      sequenceNumber: sequenceNumber(shard.index, startOffset + i, shard.createdS, arrivals[i]),
      data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
      arrivalMs: arrivals[i],
    }
  })
}

/** Bytes of a record in an event: its data and about as much as surrounds it. */
export const eventBytes = (record: StreamRecord): number => record.data.length + record.key.length + 512

/** Lambda guide, "Using Lambda to process records from Amazon Kinesis Data Streams". */
export function kinesisEvent(shard: ShardPlace, records: readonly StreamRecord[], roleArn: string): object {
  return {
    Records: records.map((record) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: record.key,
        sequenceNumber: record.sequenceNumber,
        data: record.data,
        approximateArrivalTimestamp: record.arrivalMs / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shard.shardId}:${record.sequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: roleArn,
      awsRegion: DEFAULT_REGION,
      eventSourceARN: streamArn(shard.stream),
    })),
  }
}
