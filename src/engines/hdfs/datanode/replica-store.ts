import { EngineError } from '../../kit/pure/errors.ts'
import type { StoredReplica } from '../blocks/block-map.ts'
import { CHUNK_BYTES } from './chunk-sums.ts'

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
   * the last one, which a writer may be in the middle of. A piece is good until the next but one is asked for. Throws `ChecksumException`.
   */
  read(replica: StoredReplica, start: number, end: number, trustTail?: boolean): AsyncGenerator<Buffer>
  /** The checksums of the first `bytes`, as they are on disk. */
  sums(replica: StoredReplica): Promise<Buffer>
  /** How many bytes from the start have their checksums, however the writing ended. */
  intactBytes(id: number): Promise<number>
  /** Cuts a replica that nobody writes, and gives it a new stamp. */
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
