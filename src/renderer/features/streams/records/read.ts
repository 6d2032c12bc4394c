import type { Clients } from '../../../../engines/contract.ts'
import type { ShardInfo, ShardPosition } from '../../../../engines/stream/contract.ts'
import { sequenceNumber } from '../../../../engines/stream/sequence.ts'
import type { Choice } from './decoders/decoder.ts'
import { scanBatch } from './decoding.ts'
import type { ScannedRecord } from './scan.ts'

export interface RecordRow extends ScannedRecord {
  readonly sequenceNumber: string
}

export interface RecordPage {
  readonly shardId: string
  readonly rows: RecordRow[]
  /** Where reading went from and where it goes on. */
  readonly first: number
  readonly next: number
  readonly ended: boolean
  readonly behindMs: number
}

export interface Progress {
  readonly looked: number
  /** Share of what lies between the start and the tip, 0 to 1. */
  readonly share: number
}

interface ReadOptions {
  readonly signal: AbortSignal
  readonly onProgress: (progress: Progress) => void
  /** Ends a search with what it has found. */
  readonly enough: () => boolean
}

export const PAGE_RECORDS = 500
/** A page holds so much at most: records may be of ten megabytes each. */
const PAGE_BYTES = 16 * 1024 * 1024
const SEARCHED_AT_ONCE = 5000

/** A page of records from a position on; with a condition those that meet it, up to the tip at most. */
export async function readRecords(
  clients: Clients,
  question: { stream: string; shard: ShardInfo; position: ShardPosition; condition: string; choice: Choice },
  { signal, onProgress, enough }: ReadOptions,
): Promise<RecordPage> {
  const { stream, shard, condition, choice } = question
  const searches = condition.trim() !== ''
  const tip = shard.nextOffset
  const rows: RecordRow[] = []
  let { position } = question
  let first = -1
  for (let looked = 0, bytes = 0; ; ) {
    const answer = await clients.stream.read(
      {
        stream,
        shardId: shard.shardId,
        position,
        maxRecords: searches ? SEARCHED_AT_ONCE : PAGE_RECORDS - rows.length,
        maxBytes: PAGE_BYTES - bytes,
      },
      { signal },
    )
    const { startOffset, nextOffset, ended, millisBehindLatest: behindMs } = answer
    const { count } = answer.batch
    if (first < 0) first = startOffset
    const limit = PAGE_RECORDS - rows.length
    const found = await scanBatch(
      { batch: answer.batch, startOffset, arrivals: answer.arrivals, condition, limit },
      choice,
    )
    signal.throwIfAborted()
    for (const row of found.rows) {
      bytes += row.bytes.length
      rows.push({ ...row, sequenceNumber: numberOf(shard, row) })
    }
    looked += found.looked
    const next = found.looked < count ? startOffset + found.looked : nextOffset
    onProgress({ looked, share: tip > first ? Math.min(1, (next - first) / (tip - first)) : 1 })
    const full = rows.length >= PAGE_RECORDS || bytes >= PAGE_BYTES || enough()
    if (full || !searches || count === 0 || next >= tip)
      return { shardId: shard.shardId, rows, first, next, ended: ended && next === nextOffset, behindMs }
    position = { type: 'OFFSET', offset: next }
  }
}

function numberOf({ index, createdMs }: ShardInfo, { offset, arrivalMs }: ScannedRecord): string {
  return sequenceNumber(index, offset, Math.floor(createdMs / 1000), arrivalMs)
}
