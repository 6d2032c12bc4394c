import {
  PutRecord$,
  type PutRecordInput,
  type PutRecordOutput,
  PutRecords$,
  type PutRecordsInput,
  type PutRecordsOutput,
} from '@aws-sdk/client-kinesis'
import type { AwsContext, RawRequest } from '../../kit/node/aws/service.ts'
import { BatchBuilder, type RecordBatch } from '../../kit/pure/batch.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import { parseSequenceNumber } from '../sequence.ts'
import {
  HASH_KEY,
  invalidArgument,
  NAMING,
  nameOf,
  operation,
  refuse,
  SEQUENCE_NUMBER,
  type StreamClients,
} from './common.ts'
import { entriesOf, writePutAnswer } from './put-answer.ts'
import { DATA_BYTES_MAX, RECORDS_MAX, REQUEST_BYTES_MAX, readPutRecords } from './put-body.ts'

const KEY = { length: [1, 256] } as const
const DATA = { length: [0, DATA_BYTES_MAX] } as const

export const PutRecord = operation<PutRecordInput, PutRecordOutput>({
  schema: PutRecord$,
  constraints: {
    ...NAMING,
    PartitionKey: KEY,
    Data: DATA,
    ExplicitHashKey: HASH_KEY,
    SequenceNumberForOrdering: SEQUENCE_NUMBER,
  },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const { SequenceNumberForOrdering: after } = input
    // Sequence numbers of a shard always ascend here, so that an earlier one only has to be one.
    if (after !== undefined && !parseSequenceNumber(after))
      throw invalidArgument(
        `ExclusiveMinimumSequenceNumber ${after} used in PutRecord on stream ${stream} under account ${ACCOUNT_ID} is invalid.`,
      )
    const result = await clients.stream.put({ stream, batch: batchOf([input]) })
    const [entry] = entriesOf(result, stream)
    if (entry.ErrorCode)
      throw new EngineError(entry.ErrorCode, entry.ErrorMessage!, {
        retry: true,
        domain: entry.ErrorCode === 'InternalFailure' ? 'external' : 'user',
      })
    return { ShardId: entry.ShardId, SequenceNumber: entry.SequenceNumber }
  },
})

export const PutRecords = operation<PutRecordsInput, PutRecordsOutput>({
  schema: PutRecords$,
  constraints: {
    ...NAMING,
    Records: { length: [1, RECORDS_MAX] },
    'Records[].PartitionKey': KEY,
    'Records[].Data': DATA,
    'Records[].ExplicitHashKey': HASH_KEY,
  },
  async run(input, { clients }) {
    refuse(input, 'StreamId', 'DryRun')
    const stream = nameOf(input)
    const result = await clients.stream.put({ stream, batch: batchOf(input.Records!) })
    return { FailedRecordCount: result.failed, Records: entriesOf(result, stream) }
  },
  async raw({ body, encoding }: RawRequest, { clients }: AwsContext<StreamClients>) {
    const read = encoding === 'json' ? readPutRecords(body) : undefined
    if (!read) return undefined
    return writePutAnswer(await clients.stream.put(read), read.stream)
  },
})

interface Entry {
  PartitionKey?: string
  Data: Uint8Array | undefined
  ExplicitHashKey?: string
}

function batchOf(records: readonly Entry[]): RecordBatch {
  const builder = new BatchBuilder()
  let bytes = 0
  records.forEach(({ PartitionKey, Data }, i) => {
    // The model makes the key optional for streams with another distribution strategy, which Millrace does not offer.
    if (PartitionKey === undefined)
      throw missingKey(records.length === 1 ? 'partitionKey' : `records.${i + 1}.member.partitionKey`)
    builder.add(PartitionKey, Data!)
    bytes += PartitionKey.length + Data!.length
  })
  if (bytes > REQUEST_BYTES_MAX) throw invalidArgument('Records size exceeds 10 MB limit')
  const batch = builder.finish()
  if (!records.some((record) => record.ExplicitHashKey !== undefined)) return batch
  return { ...batch, hashKeys: records.map((record) => record.ExplicitHashKey ?? null) }
}

function missingKey(at: string): EngineError {
  return new EngineError(
    'ValidationException',
    `1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`,
  )
}
