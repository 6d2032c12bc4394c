import type { Clients } from '../../../../engines/contract.ts'
import type { ConsumerPosition, ShardInfo } from '../../../../engines/stream/contract.ts'
import { parseSequenceNumber } from '../../../../engines/stream/sequence.ts'
import { indexOf } from '../metrics/live.ts'

export type ConsumerKind = 'group' | 'fan-out' | 'KCL' | 'reader'

/** What a consumer has of one shard. */
export interface Lease {
  readonly consumer: string
  readonly kind: ConsumerKind
  readonly shardId: string
  /** The worker that holds it, where consumers share their work by leases. */
  readonly owner: string | null
  /** All records before it are done with, durably. */
  readonly checkpoint: number | null
  /** The next record that it reads. */
  readonly offset: number
  /** Records of the shard that it has not read. */
  readonly distance: number
  /** Age of the last record it read, ms; 0 when it has read them all, null where nobody can tell. */
  readonly ageMs: number | null
  readonly lastReadMs: number | null
  /** Arrival of what it read last, engine time; null where nobody can tell. */
  readonly atMs: number | null
}

export interface KnownGroup {
  readonly consumer: string
  readonly kind: ConsumerKind
  readonly checkpoints: Readonly<Record<string, number>>
  readonly owners?: Readonly<Record<string, string>>
  /** When what was read last came in, where it is told by the checkpoint. */
  readonly readMs?: Readonly<Record<string, number>>
}

/** Consumers that the stream itself has on record: by checkpoints, and by registration. */
export async function knownGroups(clients: Clients, stream: string, signal: AbortSignal): Promise<KnownGroup[]> {
  const [groups, registered] = await Promise.all([
    clients.stream.consumerGroups({ stream }, { signal }),
    clients.stream.registeredConsumers({ stream }, { signal }),
  ])
  return [
    ...groups.map((group) => ({ ...group, kind: 'group' as const })),
    ...registered.map(({ name }) => ({ consumer: name, kind: 'fan-out' as const, checkpoints: {} })),
  ]
}

type Attributes = Record<string, { S?: string; N?: string } | undefined>

/** Lease tables of KCL consumers. A table does not say which stream it is of, but the sequence numbers in it do, once there is one. */
export async function kclGroups(
  clients: Clients,
  shards: readonly ShardInfo[],
  signal: AbortSignal,
): Promise<KnownGroup[]> {
  const tables = await clients.dynamodb.listTables({}, { signal })
  const groups = await Promise.all(
    tables.map(async (table): Promise<KnownGroup | null> => {
      const { keys } = await clients.dynamodb.describeTable({ table }, { signal })
      if (keys.hash.name !== 'leaseKey') return null
      const { items } = await clients.dynamodb.page({ table, consistent: true }, { signal })
      return groupOf(table, items as Attributes[], shards)
    }),
  )
  return groups.filter((group) => group !== null)
}

/** The leases of a table that are of these shards; null where none shows that it is of this stream. */
export function groupOf(table: string, items: readonly Attributes[], shards: readonly ShardInfo[]): KnownGroup | null {
  const checkpoints: Record<string, number> = {}
  const owners: Record<string, string> = {}
  const readMs: Record<string, number> = {}
  let proven = false
  for (const { leaseKey, leaseOwner, checkpoint } of items) {
    // With several streams in one table a key begins with the stream's own name.
    const shardId = /shardId-\d{12}$/.exec(leaseKey?.S ?? '')?.[0]
    const shard = shards.find((each) => each.shardId === shardId)
    if (!shard) continue
    const place = parseSequenceNumber(checkpoint?.S ?? '')
    if (place && place.shardCreatedS !== Math.floor(shard.createdMs / 1000)) continue
    if (place) {
      proven = true
      checkpoints[shard.shardId] = Math.min(place.offset + 1, shard.nextOffset)
      readMs[shard.shardId] = place.putS * 1000
    } else checkpoints[shard.shardId] = { TRIM_HORIZON: shard.firstOffset }[checkpoint?.S ?? ''] ?? shard.nextOffset
    if (leaseOwner?.S) owners[shard.shardId] = leaseOwner.S
  }
  return proven ? { consumer: table, kind: 'KCL', checkpoints, owners, readMs } : null
}

/** What is on record, joined with what has been seen of reads. */
export function leasesOf(
  groups: readonly KnownGroup[],
  positions: Iterable<ConsumerPosition>,
  shards: readonly ShardInfo[],
  nowMs: number,
): Lease[] {
  const leases = new Map<string, Lease>()
  const tips = new Map(shards.map(({ shardId, nextOffset }) => [shardId, nextOffset]))
  const kinds = new Map(groups.map(({ consumer, kind }) => [consumer, kind]))
  for (const { consumer, kind, checkpoints, owners = {}, readMs = {} } of groups)
    for (const [shardId, checkpoint] of Object.entries(checkpoints)) {
      const tip = tips.get(shardId)
      if (tip === undefined) continue
      const distance = Math.max(0, tip - checkpoint)
      const ageMs = distance === 0 ? 0 : readMs[shardId] === undefined ? null : Math.max(0, nowMs - readMs[shardId])
      leases.set(`${consumer}\n${shardId}`, {
        consumer,
        kind,
        shardId,
        owner: owners[shardId] ?? null,
        checkpoint,
        offset: checkpoint,
        distance,
        ageMs,
        lastReadMs: null,
        atMs: distance === 0 ? nowMs : (readMs[shardId] ?? null),
      })
    }
  for (const { consumer, shardId, offset, iteratorAgeMs, lastReadMs } of positions) {
    const known = leases.get(`${consumer}\n${shardId}`)
    const distance = Math.max(0, (tips.get(shardId) ?? offset) - offset)
    leases.set(`${consumer}\n${shardId}`, {
      consumer,
      kind: known?.kind ?? kinds.get(consumer) ?? 'reader',
      shardId,
      owner: known?.owner ?? null,
      checkpoint: known?.checkpoint ?? null,
      offset,
      distance,
      // What it read last grows older while it does not read on.
      ageMs: distance === 0 ? 0 : iteratorAgeMs + Math.max(0, nowMs - lastReadMs),
      lastReadMs,
      atMs: distance === 0 ? nowMs : lastReadMs - iteratorAgeMs,
    })
  }
  return [...leases.values()].sort(
    (a, b) => a.consumer.localeCompare(b.consumer) || indexOf(a.shardId) - indexOf(b.shardId),
  )
}
