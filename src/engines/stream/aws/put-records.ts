import {
  PutRecord$,
  type PutRecordInput,
  type PutRecordOutput,
  PutRecords$,
  type PutRecordsInput,
  type PutRecordsOutput,
  type PutRecordsResultEntry,
} from '@aws-sdk/client-kinesis'
import type { AwsContext, RawRequest } from '../../kit/node/aws/service.ts'
import { BatchBuilder, type RecordBatch } from '../../kit/pure/batch.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { PutResult } from '../contract.ts'
import { parseHashKey } from '../hash-key.ts'
import { parseSequenceNumber, sequenceNumbers, shardIdOf } from '../sequence.ts'
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

const RECORDS_MAX = 500
const DATA_BYTES_MAX = 1024 * 1024
const REQUEST_BYTES_MAX = 10 * 1024 * 1024
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
    const result = await clients.stream.put(read)
    return JSON.stringify({ FailedRecordCount: result.failed, Records: entriesOf(result, read.stream) })
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

/**
 * The hot path: a PutRecords of plain shape, straight into the batch's buffers. Anything that is unusual, wrong or might be, is left to
 * the schema, which says what is wrong with it.
 */
function readPutRecords(body: Uint8Array): { stream: string; batch: RecordBatch } | undefined {
  let input: unknown
  try {
    input = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
  if (!isPlain(input)) return undefined
  const { StreamName: stream, Records: records } = input
  const { length: count } = records
  // Buffers of the very size, so that they are handed to the engine's thread and not copied.
  const keys = Buffer.allocUnsafeSlow(
    records.reduce((sum, { PartitionKey }) => sum + Buffer.byteLength(PartitionKey), 0),
  )
  const data = Buffer.allocUnsafeSlow(records.reduce((sum, { Data }) => sum + decodedLength(Data), 0))
  const keyEnds = new Uint32Array(count)
  const dataEnds = new Uint32Array(count)
  let hashKeys: (string | null)[] | undefined
  let [keysLength, dataLength] = [0, 0]
  for (let i = 0; i < count; i++) {
    const { PartitionKey, Data, ExplicitHashKey } = records[i]
    keysLength += keys.write(PartitionKey, keysLength)
    keyEnds[i] = keysLength
    dataLength += data.write(Data, dataLength, 'base64')
    dataEnds[i] = dataLength
    if (ExplicitHashKey !== undefined) {
      hashKeys ??= new Array<string | null>(count).fill(null)
      hashKeys[i] = ExplicitHashKey
    }
  }
  // What is no base64 decodes to less.
  if (dataLength !== data.length || keysLength + dataLength > REQUEST_BYTES_MAX) return undefined
  const batch = { count, keys, keyEnds, data, dataEnds }
  return { stream, batch: hashKeys ? { ...batch, hashKeys } : batch }
}

interface PlainPut {
  StreamName: string
  Records: { PartitionKey: string; Data: string; ExplicitHashKey?: string }[]
}

const KNOWN = new Set(['StreamName', 'Records', 'StreamARN'])

function isPlain(input: unknown): input is PlainPut {
  if (typeof input !== 'object' || input === null) return false
  const { StreamName, Records, StreamARN } = input as Partial<PlainPut> & { StreamARN?: unknown }
  if (StreamARN !== undefined || !Object.keys(input).every((key) => KNOWN.has(key))) return false
  if (typeof StreamName !== 'string' || !/^[a-zA-Z0-9_.-]{1,128}$/.test(StreamName)) return false
  if (!Array.isArray(Records) || Records.length < 1 || Records.length > RECORDS_MAX) return false
  for (const record of Records) {
    if (typeof record !== 'object' || record === null) return false
    const { PartitionKey: key, Data, ExplicitHashKey: hashKey } = record
    if (typeof key !== 'string' || key.length < 1 || key.length > 256 || typeof Data !== 'string') return false
    if (Data.length % 4 !== 0 || decodedLength(Data) > DATA_BYTES_MAX) return false
    if (hashKey !== undefined && (typeof hashKey !== 'string' || parseHashKey(hashKey) === undefined)) return false
  }
  return true
}

function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return (base64.length / 4) * 3 - padding
}

/** Each record's answer, in the order of the request. */
function entriesOf(result: PutResult, stream: string): PutRecordsResultEntry[] {
  const numbers = new Map<number, (offset: number) => string>()
  const ids = new Map<number, string>()
  return Array.from(result.shards, (shard, i) => {
    const offset = result.offsets[i]
    if (offset < 0) return failedEntry(result, shard, stream)
    let numberOf = numbers.get(shard)
    if (!numberOf) {
      numberOf = sequenceNumbers(shard, result.shardCreatedS[shard], result.arrivalMs)
      numbers.set(shard, numberOf)
      ids.set(shard, shardIdOf(shard))
    }
    return { SequenceNumber: numberOf(offset), ShardId: ids.get(shard) }
  })
}

function failedEntry(result: PutResult, shard: number, stream: string): PutRecordsResultEntry {
  const refusal = result.refusals?.[shard]
  if (refusal) return { ErrorCode: 'InternalFailure', ErrorMessage: refusal.message }
  return {
    ErrorCode: 'ProvisionedThroughputExceededException',
    ErrorMessage: `Rate exceeded for shard ${shardIdOf(shard)} in stream ${stream} under account ${ACCOUNT_ID}.`,
  }
}
