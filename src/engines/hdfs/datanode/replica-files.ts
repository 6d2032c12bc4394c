import { readdirSync, renameSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../kit/node/files.ts'
import { fill, readAll, writeAll } from '../../kit/node/journal/files.ts'
import type { JournalFiles } from '../../kit/node/journal.ts'
import type { StoredReplica } from '../blocks/block-map.ts'
import { CHUNK_BYTES, chunkSums, intactBytes } from './chunk-sums.ts'
import { noReplica, PIECE_BYTES, type ReplicaStore, type ReplicaWriter, requireSums } from './replica-store.ts'

/** Version 1, CRC32C, 512 bytes a checksum: the header of a meta file as a DataNode of Hadoop writes it. */
const META_HEADER = Buffer.from([0, 1, 2, 0, 0, CHUNK_BYTES >> 8, CHUNK_BYTES & 255])
const META = /^blk_(\d+)_(\d+)\.meta$/

const metaPlace = (chunk: number): number => META_HEADER.length + chunk * 4
interface Opened {
  readonly block: number
  readonly meta: number
}

const chunksOf = (bytes: number): number => Math.ceil(bytes / CHUNK_BYTES)

/**
 * Block files `blk_<id>` with their checksums in `blk_<id>_<stamp>.meta`. Bytes are on the medium before their checksums are written, so
 * that what was acknowledged can be told from what was being written when the process ended: `intactBytes`.
 */
export class ReplicaFiles implements ReplicaStore {
  private readonly folder: string
  private readonly files: JournalFiles
  private readonly stamps = new Map<number, number>()
  private readonly sizes = new Map<number, number>()
  usedBytes = 0

  constructor(folder: string, files: JournalFiles) {
    this.folder = folder
    this.files = files
    makeFolder(folder)
    for (const name of readdirSync(folder)) {
      const match = META.exec(name)
      if (match) this.stamps.set(Number(match[1]), Number(match[2]))
    }
    for (const id of this.stamps.keys())
      this.resized(id, statSync(this.blockFile(id), { throwIfNoEntry: false })?.size ?? 0)
  }

  private resized(id: number, bytes: number): void {
    this.usedBytes += bytes - (this.sizes.get(id) ?? 0)
    this.sizes.set(id, bytes)
  }

  async list(): Promise<StoredReplica[]> {
    const found: StoredReplica[] = []
    for (const [id, stamp] of this.stamps) {
      const info = statSync(this.blockFile(id), { throwIfNoEntry: false })
      const meta = statSync(this.metaFile(id, stamp), { throwIfNoEntry: false })
      if (!info || !meta) continue
      const covered = Math.max(0, (meta.size - META_HEADER.length) / 4) * CHUNK_BYTES
      found.push({ id, stamp, bytes: Math.min(info.size, covered) })
    }
    return found
  }

  async create(id: number, stamp: number): Promise<ReplicaWriter> {
    await this.remove(id)
    const block = await this.files.open(this.blockFile(id), 'w+')
    const meta = await this.files.open(this.metaFile(id, stamp), 'w+')
    this.stamps.set(id, stamp)
    await writeAll(this.files, meta, [META_HEADER], META_HEADER.length, 0)
    return this.writer(id, { block, meta }, true)
  }

  async reopen(id: number): Promise<ReplicaWriter> {
    return this.writer(id, await this.open(id, 'r+'), false)
  }

  private writer(id: number, opened: Opened, fresh: boolean): ReplicaWriter {
    const { files, folder } = this
    const { block, meta } = opened
    let unsynced: { position: number; sums: Buffer }[] = []
    let named = !fresh
    return {
      write: async (position, bytes, sums) => {
        await writeAll(files, block, [bytes], bytes.length, position)
        unsynced.push({ position, sums })
        if (this.stamps.has(id)) this.resized(id, Math.max(this.sizes.get(id) ?? 0, position + bytes.length))
      },
      sync: async () => {
        const sums = unsynced
        unsynced = []
        if (sums.length > 0) {
          await files.sync(block)
          for (const { position, sums: part } of sums)
            await writeAll(files, meta, [part], part.length, metaPlace(position / CHUNK_BYTES))
        }
        await files.sync(meta)
        if (!named) files.syncFolder(folder)
        named = true
      },
      restamp: async (stamp) => this.restamp(id, stamp),
      close: () => this.shut(opened),
    }
  }

  async *read(replica: StoredReplica, start: number, end: number, trustTail = false): AsyncGenerator<Buffer> {
    const last = Math.min(end, replica.bytes)
    const most = Math.min(chunksOf(last - start) + 1, PIECE_BYTES / CHUNK_BYTES) * CHUNK_BYTES
    // Memory that is used again: new memory for each piece has the whole heap of the thread collected again and again.
    const memory: Buffer[] = []
    const files = await this.open(replica.id)
    try {
      for (let at = start, turn = 0; at < last; turn ^= 1) {
        const to = Math.min(at - (at % PIECE_BYTES) + PIECE_BYTES, last)
        memory[turn] ??= Buffer.allocUnsafeSlow(most)
        yield await this.piece(files, replica, at, to, trustTail, memory[turn])
        at = to
      }
    } finally {
      await this.shut(files)
    }
  }

  private async piece(
    { block, meta }: Opened,
    replica: StoredReplica,
    start: number,
    end: number,
    trustTail: boolean,
    memory: Buffer,
  ): Promise<Buffer> {
    const from = start - (start % CHUNK_BYTES)
    const count = chunksOf(end - from)
    const [data, sums] = await Promise.all([
      fill(this.files, block, memory.subarray(0, count * CHUNK_BYTES), from),
      fill(this.files, meta, Buffer.allocUnsafe(count * 4), metaPlace(from / CHUNK_BYTES)),
    ])
    requireSums({ replica, now: this.stamps.get(replica.id), from, end, data, sums, trustTail })
    return data.subarray(start - from, end - from)
  }

  async sums({ id, bytes }: StoredReplica): Promise<Buffer> {
    const opened = await this.open(id)
    const { block, meta } = opened
    try {
      const sums = await fill(this.files, meta, Buffer.allocUnsafe(chunksOf(bytes) * 4), metaPlace(0))
      const rest = bytes % CHUNK_BYTES
      // The file may have grown, or a snapshot may know less of it: then the last checksum on disk is of more bytes.
      if (rest > 0) chunkSums(await readAll(this.files, block, rest, bytes - rest)).copy(sums, sums.length - 4)
      return sums
    } finally {
      await this.shut(opened)
    }
  }

  async intactBytes(id: number): Promise<number> {
    const size = this.sizeOf(id)
    const opened = await this.open(id)
    const { block, meta } = opened
    try {
      const data = await readAll(this.files, block, size, 0)
      const sums = await fill(this.files, meta, Buffer.allocUnsafe(chunksOf(size) * 4), metaPlace(0))
      return intactBytes(data, sums)
    } finally {
      await this.shut(opened)
    }
  }

  async truncate(id: number, bytes: number, stamp: number): Promise<void> {
    const { files } = this
    this.restamp(id, stamp)
    const opened = await this.open(id, 'r+')
    const { block, meta } = opened
    try {
      const rest = bytes % CHUNK_BYTES
      if (rest > 0) {
        // First the checksum of what stays, so that a crash in between still finds it.
        const sum = chunkSums(await readAll(files, block, rest, bytes - rest))
        await writeAll(files, meta, [sum], 4, metaPlace((bytes - rest) / CHUNK_BYTES))
        await files.sync(meta)
      }
      await files.truncate(block, bytes)
      await files.truncate(meta, metaPlace(chunksOf(bytes)))
      await files.sync(block)
      await files.sync(meta)
    } finally {
      await this.shut(opened)
    }
    this.resized(id, bytes)
  }

  private restamp(id: number, stamp: number): void {
    const before = this.stampOf(id)
    if (before === stamp) return
    renameSync(this.metaFile(id, before), this.metaFile(id, stamp))
    this.files.syncFolder(this.folder)
    this.stamps.set(id, stamp)
  }

  async remove(id: number): Promise<void> {
    const stamp = this.stamps.get(id)
    if (stamp === undefined) return
    this.stamps.delete(id)
    this.resized(id, 0)
    this.sizes.delete(id)
    await rm(this.metaFile(id, stamp), { force: true })
    await rm(this.blockFile(id), { force: true })
  }

  async damage(id: number): Promise<void> {
    const block = await this.files.open(this.blockFile(id), 'r+')
    try {
      const byte = await readAll(this.files, block, 1, 0)
      byte[0] ^= 0xff
      await this.files.write(block, [byte], 0)
    } finally {
      await this.files.close(block)
    }
  }

  async close(): Promise<void> {}

  private async open(id: number, flags = 'r'): Promise<Opened> {
    const stamp = this.stampOf(id)
    let block: number | undefined
    try {
      block = await this.files.open(this.blockFile(id), flags)
      return { block, meta: await this.files.open(this.metaFile(id, stamp), flags) }
    } catch (thrown) {
      if (block !== undefined) await this.files.close(block)
      // It got another stamp meanwhile, or was removed.
      if (this.stamps.get(id) !== stamp) return this.open(id, flags)
      throw (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? noReplica(id) : thrown
    }
  }

  private async shut({ block, meta }: Opened): Promise<void> {
    await this.files.close(block)
    await this.files.close(meta)
  }

  private sizeOf(id: number): number {
    const info = statSync(this.blockFile(id), { throwIfNoEntry: false })
    if (!info) throw noReplica(id)
    return info.size
  }

  private stampOf(id: number): number {
    const stamp = this.stamps.get(id)
    if (stamp === undefined) throw noReplica(id)
    return stamp
  }

  private blockFile(id: number): string {
    return join(this.folder, `blk_${id}`)
  }

  private metaFile(id: number, stamp: number): string {
    return join(this.folder, `blk_${id}_${stamp}.meta`)
  }
}
