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
import { giveBack } from '../../kit/pure/memory.ts'
import { parseSequenceNumber } from '../sequence.ts'
import {
  dryRun,
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
const KIB = 1024
/** What the model allows; a stream may allow less. */
const DATA = { length: [0, 10 * 1024 * KIB] } as const

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
    await checkSizes(clients, stream, [input], () => 'data')
    const { SequenceNumberForOrdering: after } = input
    // Sequence numbers of a shard always ascend here, so that an earlier one only has to be one.
    if (after !== undefined && !parseSequenceNumber(after))
      throw invalidArgument(
        `ExclusiveMinimumSequenceNumber ${after} used in PutRecord on stream ${stream} under account ${ACCOUNT_ID} is invalid.`,
      )
    const batch = await batchOf(clients, stream, [input], () => 'partitionKey')
    if (input.DryRun) throw await rehearsed(clients, stream)
    const result = await clients.stream.put({ stream, batch })
    const [entry] = entriesOf(result, stream)
    if (entry.ErrorCode)
      throw new EngineError(entry.ErrorCode, entry.ErrorMessage!, {
        retry: true,
        domain: entry.ErrorCode === 'InternalFailure' ? 'external' : 'user',
      })
    return {
      ShardId: entry.ShardId,
      SequenceNumber: entry.SequenceNumber,
      ...(result.encrypted && { EncryptionType: 'KMS' as const }),
    }
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
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const records = input.Records!
    await checkSizes(clients, stream, records, (i) => `records.${i + 1}.member.data`)
    const batch = await batchOf(clients, stream, records, (i) => `records.${i + 1}.member.partitionKey`)
    if (input.DryRun) throw await rehearsed(clients, stream)
    const result = await clients.stream.put({ stream, batch })
    return {
      FailedRecordCount: result.failed,
      Records: entriesOf(result, stream),
      ...(result.encrypted && { EncryptionType: 'KMS' as const }),
    }
  },
  async raw({ body, encoding }: RawRequest, { clients }: AwsContext<StreamClients>) {
    const read = encoding === 'json' ? readPutRecords(body) : undefined
    if (!read) return undefined
    giveBack(body)
    return writePutAnswer(await clients.stream.put(read), read.stream)
  },
})

interface Entry {
  PartitionKey?: string
  Data: Uint8Array | undefined
  ExplicitHashKey?: string
}

/** Data larger than every stream takes is looked at against what this stream takes. */
async function checkSizes(
  clients: StreamClients,
  stream: string,
  records: readonly Entry[],
  placeOf: (i: number) => string,
): Promise<void> {
  if (records.every(({ Data }) => Data!.length <= DATA_BYTES_MAX)) return
  const { maxRecordKiB } = await clients.stream.describeStream({ stream })
  records.forEach(({ Data }, i) => {
    const bytes = Data!.length
    if (bytes > maxRecordKiB * KIB)
      throw invalidValue(
        `Value java.nio.HeapByteBuffer[pos=0 lim=${bytes} cap=${bytes}] at '${placeOf(i)}' failed to satisfy constraint: Member must have length less than or equal to ${maxRecordKiB * KIB}`,
      )
  })
}

/** A record without a partition key is one of a stream whose shards take turns. */
async function batchOf(
  clients: StreamClients,
  stream: string,
  records: readonly Entry[],
  placeOf: (i: number) => string,
): Promise<RecordBatch> {
  const keyless = records.findIndex(({ PartitionKey }) => PartitionKey === undefined)
  if (keyless >= 0 && (await clients.stream.describeStream({ stream })).distribution !== 'AUTO')
    throw invalidValue(`Value null at '${placeOf(keyless)}' failed to satisfy constraint: Member must not be null`)
  const builder = new BatchBuilder()
  let bytes = 0
  for (const { PartitionKey = '', Data } of records) {
    builder.add(PartitionKey, Data!)
    bytes += PartitionKey.length + Data!.length
  }
  if (bytes > REQUEST_BYTES_MAX) throw invalidArgument('Records size exceeds 10 MB limit')
  const batch = builder.finish()
  if (!records.some((record) => record.ExplicitHashKey !== undefined)) return batch
  return { ...batch, hashKeys: records.map((record) => record.ExplicitHashKey ?? null) }
}

/** A put that was found good so far, and is not done. */
async function rehearsed(clients: StreamClients, stream: string): Promise<EngineError> {
  await clients.stream.describeStream({ stream })
  return dryRun()
}

function invalidValue(problem: string): EngineError {
  return new EngineError('ValidationException', `1 validation error detected: ${problem}`)
}
