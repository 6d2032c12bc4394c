import type { Clients } from '../../../../engines/contract.ts'
import { dataBytes, keyText } from '../../../../engines/kit/pure/batch.ts'
import { compileMatcher, parse } from '../../../../engines/kit/pure/expr/index.ts'
import type { ShardInfo, ShardPosition } from '../../../../engines/stream/contract.ts'
import { sequenceNumber } from '../../../../engines/stream/sequence.ts'
import { type Decoded, decode } from './decode.ts'

export interface RecordRow extends Decoded {
  readonly sequenceNumber: string
  readonly offset: number
  readonly key: string
  readonly arrivalMs: number
  readonly bytes: Uint8Array
}

export interface RecordPage {
  readonly rows: RecordRow[]
  /** Where reading goes on. */
  readonly next: number
  readonly ended: boolean
  readonly scanned: number
  readonly behindMs: number
}

const PAGE = 500
/** A search reads on until it has a page of matches or has looked at this many records. */
const SCAN_MAX = 200_000

/** A page of records from a position on; with a condition, only those that meet it. */
export async function readRecords(
  clients: Clients,
  question: { stream: string; shard: ShardInfo; position: ShardPosition; condition: string },
  signal: AbortSignal,
  onProgress: (scanned: number) => void,
): Promise<RecordPage> {
  const matches = matcher(question.condition)
  const rows: RecordRow[] = []
  let position = question.position
  let scanned = 0
  for (;;) {
    const answer = await clients.stream.read(
      { stream: question.stream, shardId: question.shard.shardId, position, maxRecords: matches ? 5000 : PAGE },
      { signal },
    )
    for (let i = 0; i < answer.batch.count && rows.length < PAGE; i++) {
      const bytes = dataBytes(answer.batch, i).slice()
      const offset = answer.startOffset + i
      scanned++
      position = { type: 'OFFSET', offset: offset + 1 }
      const decoded = await decode(bytes)
      if (matches && !matches(decoded)) continue
      const arrivalMs = answer.arrivals[i]
      rows.push({
        ...decoded,
        offset,
        arrivalMs,
        bytes,
        key: keyText(answer.batch, i),
        sequenceNumber: sequenceNumber(
          question.shard.index,
          offset,
          Math.floor(question.shard.createdMs / 1000),
          arrivalMs,
        ),
      })
    }
    if (answer.batch.count === 0) position = { type: 'OFFSET', offset: answer.nextOffset }
    onProgress(scanned)
    const done = rows.length >= PAGE || !matches || answer.batch.count === 0 || scanned >= SCAN_MAX
    if (done)
      return {
        rows,
        next: position.type === 'OFFSET' ? position.offset : answer.nextOffset,
        ended: answer.ended,
        scanned,
        behindMs: answer.millisBehindLatest,
      }
  }
}

/** A condition over the fields of JSON records; a text that is no expression is searched as it is. */
function matcher(condition: string): ((record: Decoded) => boolean) | null {
  const text = condition.trim()
  if (text === '') return null
  if (!/[<>=]|\b(in|like|is|between)\b/i.test(text)) {
    const needle = text.toLowerCase()
    return ({ text: whole }) => whole.toLowerCase().includes(needle)
  }
  const matches = compileMatcher(parse(text))
  return (record) => record.encoding === 'json' && matches(JSON.parse(record.text))
}
