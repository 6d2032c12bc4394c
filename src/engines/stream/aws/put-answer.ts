import type { PutRecordsResultEntry } from '@aws-sdk/client-kinesis'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { PutResult } from '../contract.ts'
import { advanceSequenceDigits, SEQUENCE_DIGITS, sequenceNumber, sequenceNumbers, shardIdOf } from '../sequence.ts'

/** Each record's answer, in the order of the request. */
export function entriesOf(result: PutResult, stream: string): PutRecordsResultEntry[] {
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

const HEAD = Buffer.from('{"FailedRecordCount":0,"Records":[')
const TAIL = Buffer.from(']}')
const TAIL_ENCRYPTED = Buffer.from('],"EncryptionType":"KMS"}')
const BEFORE_NUMBER = '{"SequenceNumber":"'
const NUMBER_END = BEFORE_NUMBER.length + SEQUENCE_DIGITS

/** A shard's entry as it was last written: the next one differs in the number's digits. */
interface LastEntry {
  readonly bytes: Uint8Array
  offset: number
}

/**
 * The whole answer in JSON. Where every record was taken, its bytes are put together without a string for any of them: within a put the offsets
 * of a shard ascend by one.
 */
export function writePutAnswer(result: PutResult, stream: string): Uint8Array | string {
  const { shards, offsets } = result
  if (result.failed > 0)
    return JSON.stringify({
      FailedRecordCount: result.failed,
      Records: entriesOf(result, stream),
      ...(result.encrypted && { EncryptionType: 'KMS' }),
    })
  const tail = result.encrypted ? TAIL_ENCRYPTED : TAIL
  const last: LastEntry[] = []
  let answer = Buffer.allocUnsafe(0)
  let at = 0
  for (let i = 0; i < shards.length; i++) {
    const shard = shards[i]
    let entry = last[shard]
    if (entry && offsets[i] === entry.offset + 1) {
      advanceSequenceDigits(entry.bytes, NUMBER_END)
      entry.offset++
    } else entry = last[shard] = beginEntry(result, shard, offsets[i])
    if (i === 0) {
      // Shard ids have twelve digits, so that all entries are of one length.
      answer = Buffer.allocUnsafeSlow(HEAD.length + shards.length * entry.bytes.length - 1 + tail.length)
      answer.set(HEAD)
      at = HEAD.length
    }
    answer.set(i === shards.length - 1 ? entry.bytes.subarray(0, -1) : entry.bytes, at)
    at += entry.bytes.length
  }
  answer.set(tail, at - 1)
  return answer
}

function beginEntry({ shardCreatedS, arrivalMs }: PutResult, shard: number, offset: number): LastEntry {
  const number = sequenceNumber(shard, offset, shardCreatedS[shard], arrivalMs)
  return { bytes: Buffer.from(`${BEFORE_NUMBER}${number}","ShardId":"${shardIdOf(shard)}"},`), offset }
}
