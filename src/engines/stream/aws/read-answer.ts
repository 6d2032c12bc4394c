import type { ChildShard, GetRecordsOutput } from '@aws-sdk/client-kinesis'
import { base64Length, JSON_BYTES_MAX, writeBase64, writeText } from '../../kit/node/aws/json-bytes.ts'
import { dataBytes, keyText } from '../../kit/pure/batch.ts'
import type { ReadResult } from '../contract.ts'
import { advanceSequenceDigits, SEQUENCE_DIGITS, sequenceNumber, sequenceNumbers } from '../sequence.ts'

/** What was read, as the schema writes it. */
export function recordsOf(result: ReadResult, createdS: number): GetRecordsOutput {
  const { batch } = result
  const shard = shardOf(result)
  const records = Array.from({ length: batch.count }, (_, i) => ({
    SequenceNumber: sequenceNumbers(shard, createdS, result.arrivals[i])(result.startOffset + i),
    ApproximateArrivalTimestamp: new Date(result.arrivals[i]),
    Data: dataBytes(batch, i),
    // Empty where the producer gave none.
    PartitionKey: keyText(batch, i) || undefined,
    ...(result.encrypted?.[i] && { EncryptionType: 'KMS' as const }),
  }))
  return { Records: records, ...tailOf(result) }
}

export function tailOf(result: ReadResult): { MillisBehindLatest: number; ChildShards?: ChildShard[] } {
  return {
    MillisBehindLatest: result.millisBehindLatest,
    ...(result.ended && {
      ChildShards: (result.childShards ?? []).map((child) => ({
        ShardId: child.shardId,
        ParentShards: [child.parentShardId, child.adjacentParentShardId].filter((id) => id !== undefined),
        HashKeyRange: { StartingHashKey: child.range.startingHashKey, EndingHashKey: child.range.endingHashKey },
      })),
    }),
  }
}

const HEAD = '{"Records":['
const BEFORE_NUMBER = '{"SequenceNumber":"'
const NUMBER_END = BEFORE_NUMBER.length + SEQUENCE_DIGITS
const BEFORE_KEY = Buffer.from('","PartitionKey":')
const ENCRYPTED = Buffer.from(',"EncryptionType":"KMS"')
/** What a record takes beside its key and its data: it has a time of at most 20 characters. */
const RECORD_BYTES_MAX = NUMBER_END + 80 + BEFORE_KEY.length + ENCRYPTED.length
const [QUOTE, COMMA, CLOSE] = Buffer.from('",}')

/**
 * The same in JSON, `rest` after the records: put together as bytes, without a string for any of them, for there may be ten thousand.
 */
export function writeRead(result: ReadResult, createdS: number, rest: object): Uint8Array {
  const { batch, encrypted } = result
  const { count, keys, keyEnds, data, dataEnds } = batch
  const end = `],${JSON.stringify(rest).slice(1)}`
  const answer = Buffer.allocUnsafe(
    HEAD.length +
      count * (RECORD_BYTES_MAX + base64Length(1)) +
      base64Length(data.length) +
      keys.length * JSON_BYTES_MAX +
      Buffer.byteLength(end),
  )
  let at = answer.write(HEAD, 'latin1')
  let beginning: Uint8Array = new Uint8Array(0)
  let [keyStart, dataStart] = [0, 0]
  for (let i = 0; i < count; i++) {
    // Records that arrived together differ in the number's digits alone.
    if (i > 0 && result.arrivals[i] === result.arrivals[i - 1]) advanceSequenceDigits(beginning, NUMBER_END)
    else beginning = begin(result, i, createdS)
    answer.set(beginning, at)
    at = writeBase64(data, dataStart, dataEnds[i], answer, at + beginning.length)
    if (keyEnds[i] === keyStart) answer[at++] = QUOTE
    else {
      answer.set(BEFORE_KEY, at)
      at = writeText(keys, keyStart, keyEnds[i], answer, at + BEFORE_KEY.length)
    }
    if (encrypted?.[i]) {
      answer.set(ENCRYPTED, at)
      at += ENCRYPTED.length
    }
    answer[at++] = CLOSE
    answer[at++] = COMMA
    keyStart = keyEnds[i]
    dataStart = dataEnds[i]
  }
  // In place of the last comma.
  if (count > 0) at--
  return answer.subarray(0, at + answer.write(end, at, 'utf8'))
}

function begin(result: ReadResult, i: number, createdS: number): Buffer {
  const arrivalMs = result.arrivals[i]
  const number = sequenceNumber(shardOf(result), result.startOffset + i, createdS, arrivalMs)
  return Buffer.from(`${BEFORE_NUMBER}${number}","ApproximateArrivalTimestamp":${arrivalMs / 1000},"Data":"`)
}

function shardOf(result: ReadResult): number {
  return Number(result.shardId.slice('shardId-'.length))
}
