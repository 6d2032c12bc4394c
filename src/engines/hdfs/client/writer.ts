import { EngineError } from '../../kit/pure/errors.ts'
import type { Cluster } from '../cluster.ts'
import { CHUNK_BYTES, chunkSums } from '../datanode/chunk-sums.ts'
import { PIECE_BYTES, type ReplicaWriter } from '../datanode/replica-store.ts'
import { hadoop } from '../errors.ts'
import type { Caller } from '../namenode/access.ts'
import {
  acknowledge,
  type CreateOptions,
  closeFile,
  create,
  openForAppend,
  requireBlockQuota,
  setBlocks,
  written,
} from '../namenode/files.ts'
import type { BlockRef } from '../namenode/inode.ts'
import { readBlock } from './reader.ts'
import { recoverFile } from './recovery.ts'

interface Replica {
  readonly node: string
  readonly writer: ReplicaWriter
}

/**
 * Writes one file: bytes gather into packets of whole chunks, and a packet goes to all replicas of the block at once. A replica that fails
 * leaves the pipeline; the others get a new stamp, so that what it has is known as old when its node returns.
 */
export class FileWriter {
  readonly file: number
  readonly name: string
  private readonly cluster: Cluster
  private readonly near: string | undefined
  private readonly blockSize: number
  private block: BlockRef | undefined
  private replicas: Replica[] = []
  /** Place of the block among the file's. */
  private index: number
  private packet: Buffer = Buffer.allocUnsafe(PIECE_BYTES)
  /** The memory of the packet before, which fills again once that has been written everywhere. */
  private sent: Buffer | undefined
  private filled = 0
  /** Where the packet begins in its block. */
  private position = 0
  private sending: Promise<void> = Promise.resolve()

  private constructor(
    cluster: Cluster,
    opened: { id: number; name: string; blockSize: number; blocks: number },
    near?: string,
  ) {
    this.cluster = cluster
    this.file = opened.id
    this.name = opened.name
    this.blockSize = opened.blockSize
    this.near = near
    this.index = opened.blocks - 1
  }

  static async create(
    cluster: Cluster,
    caller: Caller,
    path: string,
    options: Omit<CreateOptions, 'writer'>,
    near?: string,
  ): Promise<FileWriter> {
    const name = writerName(cluster)
    const id = await create(cluster.namenode, cluster.leases, caller, path, { ...options, writer: name })
    cluster.watchLeases()
    return new FileWriter(cluster, { id, name, blockSize: options.blockSize, blocks: 0 }, near)
  }

  static async append(cluster: Cluster, caller: Caller, path: string, near?: string): Promise<FileWriter> {
    const name = writerName(cluster)
    const { id, blocks, blockSize } = await openForAppend(cluster.namenode, cluster.leases, caller, path, name)
    cluster.watchLeases()
    const made = new FileWriter(cluster, { id, name, blockSize, blocks: blocks.length }, near)
    const last = blocks.at(-1)
    try {
      if (last && last.bytes < blockSize) await made.resume(last)
    } catch (thrown) {
      await made.abort()
      throw thrown
    }
    return made
  }

  /** Does something with it. Its lease lasts meanwhile, however fast time runs, and has its full time again after that. */
  async use<T>(act: (writer: FileWriter) => Promise<T>): Promise<T> {
    const { cluster, file } = this
    const renew = (fromMs: number) => cluster.leases.has(file) && cluster.leases.renew(file, fromMs)
    renew(Number.POSITIVE_INFINITY)
    try {
      return await act(this)
    } finally {
      renew(cluster.clock.now())
      cluster.watchLeases()
    }
  }

  /** Takes the bytes over; they count once `flush` or `close` has resolved. */
  async write(bytes: Uint8Array): Promise<void> {
    const { blockSize } = this
    for (let at = 0; at < bytes.length; ) {
      if (this.block && this.position + this.filled >= blockSize) await this.endBlock()
      if (!this.block) await this.beginBlock()
      const room = Math.min(PIECE_BYTES, blockSize - this.position) - this.filled
      const part = bytes.subarray(at, at + room)
      at += part.length
      // What fills a packet by itself is sent as it came.
      if (part.length === room && this.filled === 0 && room % CHUNK_BYTES === 0) await this.pass(part)
      else {
        this.packet.set(part, this.filled)
        this.filled += part.length
        if (part.length === room) await this.send()
      }
    }
  }

  /** `hflush`: everything written so far is on the medium of all replicas, can be read, and outlives this process. */
  async flush(): Promise<void> {
    const { namenode } = this.cluster
    await this.push()
    const { blocks } = written(namenode, this.file, this.name).node
    const before = blocks.slice(0, this.block ? this.index : undefined).reduce((sum, { bytes }) => sum + bytes, 0)
    await acknowledge(namenode, this.file, this.name, before + (this.block ? this.position + this.filled : 0))
  }

  async close(): Promise<void> {
    await this.push()
    const { block } = this
    const from = block ? this.index : this.index + 1
    await closeFile(
      this.cluster.namenode,
      this.cluster.leases,
      this.file,
      this.name,
      from,
      block ? [this.measured(block)] : [],
    )
    await this.letGo(true)
    this.cluster.changed()
  }

  /** Gives up: the file keeps what had been acknowledged of it, and a new one of which nothing was is taken back. */
  async abort(): Promise<void> {
    await this.sending.catch(() => {})
    await this.letGo(false)
    await recoverFile(this.cluster, this.file).catch((thrown) => {
      // It is closed once a node that has its last block is back.
      if (EngineError.from(thrown).code !== 'RecoveryInProgressException') throw thrown
    })
  }

  private measured(block: BlockRef): BlockRef {
    return { ...block, bytes: this.position + this.filled }
  }

  private async beginBlock(): Promise<void> {
    const { namenode, map } = this.cluster
    const { path, node } = written(namenode, this.file, this.name)
    namenode.requireWritable(`add block to ${path}`)
    requireBlockQuota(namenode, path, node)
    const { counters } = namenode.namespace
    const block = { id: counters.block++, stamp: counters.stamp++, bytes: 0 }
    this.index++
    await setBlocks(namenode, this.file, this.name, this.index, [block])
    const excluded = new Set<string>()
    while (this.replicas.length === 0) {
      const targets = this.cluster.allocate(node.replication, node.blockSize, this.near, excluded)
      const begun = await Promise.allSettled(
        targets.map((name) => this.cluster.datanode(name).begin(block.id, block.stamp)),
      )
      let refused: unknown
      for (let i = 0; i < targets.length; i++) {
        const { [i]: result } = begun
        if (result.status === 'fulfilled') this.replicas.push({ node: targets[i], writer: result.value })
        else {
          // A node that does not answer is passed over; where nobody could take it, a full disk is what to say.
          this.cluster.release(targets[i], node.blockSize)
          excluded.add(targets[i])
          if (EngineError.from(result.reason).code !== 'ConnectException') refused = result.reason
        }
      }
      if (this.replicas.length === 0 && refused) throw refused
    }
    this.block = block
    this.position = 0
    for (const replica of this.replicas) map.report(replica.node, block)
  }

  /** Goes on with the last block of a file, on the nodes that have it. */
  private async resume(last: BlockRef): Promise<void> {
    const { cluster } = this
    const rest = last.bytes % CHUNK_BYTES
    const tail: Uint8Array[] = []
    for await (const piece of readBlock(cluster, last, last.bytes - rest, last.bytes, this.near)) tail.push(piece)
    const nodes = cluster.readers(last.id, this.near).filter(({ running }) => running)
    for (const node of nodes) {
      try {
        this.replicas.push({ node: node.name, writer: await node.resume(last.id) })
        cluster.reserve(node.name, this.blockSize)
      } catch (thrown) {
        cluster.readFailed(node.name, last, thrown)
      }
    }
    this.block = last
    if (this.replicas.length === 0) throw hadoop('IOException', `All datanodes of blk_${last.id} are bad. Aborting...`)
    await this.restamp()
    this.position = last.bytes - rest
    this.packet.set(Buffer.concat(tail))
    this.filled = rest
  }

  private async endBlock(): Promise<void> {
    await this.push()
    await setBlocks(this.cluster.namenode, this.file, this.name, this.index, [this.measured(this.block!)])
    await this.letGo(true)
  }

  /** Sends what has gathered, and waits until all of it is on the medium. */
  private async push(): Promise<void> {
    if (!this.block) return
    if (this.filled > 0) await this.send(true)
    await this.sending
    await this.onAll((writer) => writer.sync())
  }

  /** Sends the packet while the next one fills; a short last chunk stays, to be sent again with what follows. */
  private async send(keepRest = false): Promise<void> {
    const { packet, position, filled } = this
    const bytes = packet.subarray(0, filled)
    const sums = chunkSums(bytes)
    await this.sending
    const rest = keepRest ? filled % CHUNK_BYTES : 0
    const next = this.sent ?? Buffer.allocUnsafe(PIECE_BYTES)
    packet.copy(next, 0, filled - rest, filled)
    this.packet = next
    this.sent = packet
    this.position += filled - rest
    this.filled = rest
    this.sending = this.onAll((writer) => writer.write(position, bytes, sums))
    // It is awaited before the next packet; a failure must not end the process before that.
    this.sending.catch(() => {})
  }

  /** The same with whole chunks that need not gather first. */
  private async pass(bytes: Uint8Array): Promise<void> {
    const sums = chunkSums(bytes)
    await this.sending
    const { position } = this
    this.position += bytes.length
    this.sending = this.onAll((writer) => writer.write(position, bytes, sums))
    this.sending.catch(() => {})
  }

  /** Does it on all replicas; those that fail leave the pipeline. */
  private async onAll(act: (writer: ReplicaWriter) => Promise<void>): Promise<void> {
    const done = await Promise.allSettled(this.replicas.map(({ writer }) => act(writer)))
    const failed = this.replicas.filter((_, i) => done[i].status === 'rejected')
    if (failed.length === 0) return
    const { reason } = done.find((one): one is PromiseRejectedResult => one.status === 'rejected')!
    if (failed.length === this.replicas.length) {
      if (EngineError.from(reason).code !== 'ConnectException') throw reason
      throw hadoop('IOException', `All datanodes [${failed.map(({ node }) => node).join(', ')}] are bad. Aborting...`)
    }
    await this.drop(failed)
    await this.restamp()
  }

  private async drop(failed: readonly Replica[]): Promise<void> {
    const { cluster } = this
    this.replicas = this.replicas.filter((replica) => !failed.includes(replica))
    for (const { node, writer } of failed) {
      await writer.close().catch(() => {})
      cluster.release(node, this.blockSize)
    }
  }

  /** The replicas get a new stamp first and the NameNode then: one that has it has all that was acknowledged, whenever this ends. */
  private async restamp(): Promise<void> {
    const { namenode, map } = this.cluster
    const stamp = namenode.namespace.counters.stamp++
    await this.onAll((writer) => writer.restamp(stamp))
    if (this.block!.stamp > stamp) return
    this.block = { ...this.block!, stamp }
    const { node } = written(namenode, this.file, this.name)
    await setBlocks(namenode, this.file, this.name, this.index, [
      { ...this.block, bytes: node.blocks[this.index].bytes },
    ])
    map.gathered(
      this.block.id,
      this.replicas.map((replica) => replica.node),
    )
  }

  private async letGo(complete: boolean): Promise<void> {
    const { cluster, block, replicas } = this
    if (!block) return
    const { bytes } = this.measured(block)
    this.replicas = []
    this.block = undefined
    this.position = 0
    this.filled = 0
    for (const { node, writer } of replicas) {
      await writer.close().catch(() => {})
      cluster.release(node, this.blockSize)
      const unwanted = complete && !cluster.map.report(node, { ...block, bytes })
      if (unwanted && cluster.datanode(node).running) await cluster.datanode(node).store.remove(block.id)
    }
  }
}

const writerName = ({ random }: Cluster): string => `DFSClient_NONMAPREDUCE_${random.int(2 ** 31)}_1`
