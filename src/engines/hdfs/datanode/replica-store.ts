import { EngineError } from '../../kit/pure/errors.ts'
import type { StoredReplica } from '../blocks/block-map.ts'
import { CHUNK_BYTES, firstBad } from './chunk-sums.ts'

/** The replicas of one DataNode: bytes with a checksum for each chunk of them. */
export interface ReplicaStore {
  /** Bytes of all replicas. */
  readonly usedBytes: number
  list(): Promise<StoredReplica[]>
  /** Begins a replica, in place of any that is there. */
  create(id: number, stamp: number): Promise<ReplicaWriter>
  /** Goes on with one. */
  reopen(id: number): Promise<ReplicaWriter>
  /**
   * Bytes `[start, end)` of those that count, in pieces that end at multiples of `PIECE_BYTES`, every chunk of them checked; `trustTail` leaves out
   * the last one, which a writer may be in the middle of, and so does a replica that was appended to since. A piece is good until the next but one
   * is asked for. Throws `ChecksumException`, or `ReplicaNotFoundException` where the replica was cut meanwhile.
   */
  read(replica: StoredReplica, start: number, end: number, trustTail?: boolean): AsyncGenerator<Buffer>
  /** The checksums of the first `bytes`, as they are on disk. */
  sums(replica: StoredReplica): Promise<Buffer>
  /** How many bytes from the start have their checksums, however the writing ended. */
  intactBytes(id: number): Promise<number>
  /** Gives a replica that nobody writes a new stamp, and cuts it. */
  truncate(id: number, bytes: number, stamp: number): Promise<void>
  remove(id: number): Promise<void>
  /** Turns bits of a replica on purpose. */
  damage(id: number): Promise<void>
  close(): Promise<void>
}

/** Whole chunks that are read, checked and passed on at once. */
export const PIECE_BYTES = 2048 * CHUNK_BYTES

/** Positions are whole chunks: a short last chunk is written again, with what has come since. */
export interface ReplicaWriter {
  write(position: number, bytes: Uint8Array, sums: Buffer): Promise<void>
  /** Resolves once all that was written is on the medium, checksums too. */
  sync(): Promise<void>
  restamp(stamp: number): Promise<void>
  close(): Promise<void>
}

export const checksumError = (id: number, position: number): EngineError =>
  new EngineError('ChecksumException', `Checksum error: blk_${id} at ${position}`, { domain: 'external' })

export const noReplica = (id: number): EngineError =>
  new EngineError('ReplicaNotFoundException', `Replica not found for blk_${id}`, { domain: 'external' })

export interface ReadPiece {
  readonly replica: StoredReplica
  /** The stamp that it has once the piece was read: another than the replica's where it has been written on or cut since. */
  readonly now: number | undefined
  /** Where the first chunk begins, and where what is wanted of the last one ends. */
  readonly from: number
  readonly end: number
  readonly data: Buffer
  readonly sums: Buffer
  readonly trustTail: boolean
}

/** Throws unless all of a piece is there and has its checksums. Whoever changes a replica stamps it first, so that nobody takes it for a damaged one. */
export function requireSums({ replica, now, from, end, data, sums, trustTail }: ReadPiece): void {
  const { id, stamp, bytes } = replica
  const isChanged = now !== stamp
  const isWhole = from + data.length >= end && sums.length * CHUNK_BYTES >= (end - from) * 4
  const bad = isWhole ? firstBad(data, sums) : 0
  if (bad < 0) return
  const place = from + bad * CHUNK_BYTES
  // The chunk in which it ended has the checksum of another length while more is written.
  if (isWhole && (trustTail || isChanged) && place + CHUNK_BYTES > bytes) return
  throw isChanged ? noReplica(id) : checksumError(id, place)
}
