import type { SinkAccount } from '../define.ts'
import { addRecords, digestText, sameDigest } from '../kit/digest.ts'
import type { StreamContext } from './config.ts'
import type { Ledger } from './ledger.ts'

/** Reads this run's records back from the shards where no consumer of the run has done so. */
export async function accountStream(context: StreamContext, ledger: Ledger): Promise<SinkAccount | null> {
  if (context.neighbours('in').length === 0) return null
  if (context.neighbours('out').length === 0) await readBack(context, ledger)
  const others = ledger.taken.count - ledger.put.count
  const agrees = sameDigest(ledger.put, ledger.taken)
  return {
    readBack: ledger.taken.count,
    agrees: agrees || others > 0,
    note: agrees
      ? `key hash ${digestText(ledger.taken)}${ledger.throttled ? `, ${ledger.throttled.toLocaleString('en')} throttled and sent again` : ''}`
      : others > 0
        ? `${others.toLocaleString('en')} ${others === 1 ? 'record' : 'records'} of other producers came in during the run`
        : `key hash ${digestText(ledger.taken)} instead of ${digestText(ledger.put)}`,
  }
}

async function readBack(context: StreamContext, ledger: Ledger): Promise<void> {
  const { clients, config } = context
  const { shards } = await clients.stream.describeStream({ stream: config.stream })
  for (const { shardId } of shards) {
    let offset = ledger.tips.get(shardId) ?? 0
    for (;;) {
      const read = await clients.stream.read({ stream: config.stream, shardId, position: { type: 'OFFSET', offset } })
      if (read.batch.count === 0) break
      addRecords(ledger.taken, read.batch)
      offset = read.nextOffset
    }
  }
}
