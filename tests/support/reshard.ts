import type { Clients } from '../../src/engines/contract.ts'
import type { Random } from '../../src/engines/kit/pure/random.ts'

/** Splits a shard in the middle or merges two, as it comes, so that there are two to eight of them. */
export async function splitOrMerge(client: Clients['stream'], stream: string, random: Random): Promise<void> {
  const { shards } = await client.describeStream({ stream })
  const open = shards
    .filter(({ state }) => state === 'OPEN')
    .sort((a, b) => (BigInt(a.range.startingHashKey) < BigInt(b.range.startingHashKey) ? -1 : 1))
  if (open.length > 2 && (open.length === 8 || random.next() < 0.5)) {
    const at = random.int(open.length - 1)
    await client.mergeShards({ stream, shardId: open[at].shardId, adjacentShardId: open[at + 1].shardId })
    return
  }
  const { shardId, range } = open[random.int(open.length)]
  const middle = (BigInt(range.startingHashKey) + BigInt(range.endingHashKey)) / 2n
  await client.splitShard({ stream, shardId, newStartingHashKey: String(middle) })
}
