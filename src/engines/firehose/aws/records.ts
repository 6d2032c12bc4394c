import {
  PutRecord$,
  PutRecordBatch$,
  type PutRecordBatchInput,
  type PutRecordBatchOutput,
  type PutRecordInput,
  type PutRecordOutput,
} from '@aws-sdk/client-firehose'
import { BatchBuilder } from '../../kit/pure/batch.ts'
import { RECORD_BYTES_MAX } from '../model.ts'
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, readPutRecordBatch } from '../put-body.ts'
import { NAME, operation } from './operation.ts'
import { refuse } from './refuse.ts'

const PutRecord = operation<PutRecordInput, PutRecordOutput>({
  schema: PutRecord$,
  constraints: { DeliveryStreamName: NAME, 'Record.Data': { length: [0, RECORD_BYTES_MAX] } },
  async run({ DeliveryStreamName, Record: record }, { clients, requestId }) {
    const batch = new BatchBuilder()
    batch.add('', record!.Data!)
    const { encrypted } = await clients.firehose.put({ name: DeliveryStreamName!, batch: batch.finish() })
    return { RecordId: recordId(requestId, 0), Encrypted: encrypted ?? false }
  },
})

const PutRecordBatch = operation<PutRecordBatchInput, PutRecordBatchOutput>({
  schema: PutRecordBatch$,
  constraints: {
    DeliveryStreamName: NAME,
    Records: { length: [1, BATCH_RECORDS_MAX] },
    'Records[].Data': { length: [0, RECORD_BYTES_MAX] },
  },
  async run({ DeliveryStreamName, Records }, { clients, requestId }) {
    const batch = new BatchBuilder()
    for (const { Data } of Records!) batch.add('', Data!)
    if (batch.dataBytes > BATCH_BYTES_MAX) throw refuse('Records', 'size exceeds 4 MB limit')
    const { encrypted } = await clients.firehose.put({ name: DeliveryStreamName!, batch: batch.finish() })
    return batchAnswer(requestId, Records!.length, encrypted)
  },
  async raw({ body, encoding }, { clients, requestId }) {
    const read = encoding === 'json' ? readPutRecordBatch(body) : undefined
    if (!read) return undefined
    const { count } = read.batch
    const { encrypted } = await clients.firehose.put(read)
    return JSON.stringify(batchAnswer(requestId, count, encrypted))
  },
})

/** A batch is acknowledged as a whole: it is on disk, or the request fails. */
function batchAnswer(requestId: string, count: number, Encrypted = false): PutRecordBatchOutput {
  const RequestResponses = Array.from({ length: count }, (_, i) => ({ RecordId: recordId(requestId, i) }))
  return { FailedPutCount: 0, Encrypted, RequestResponses }
}

/** Record ids are opaque at AWS; ours are unique by request and place. */
function recordId(requestId: string, index: number): string {
  return Buffer.from(`${requestId}/${index}`).toString('base64url')
}

export const records = { PutRecord, PutRecordBatch }
