import type { StoredReplica } from '../../src/engines/hdfs/blocks/block-map.ts'
import { readFile } from '../../src/engines/hdfs/client/reader.ts'
import { FileWriter } from '../../src/engines/hdfs/client/writer.ts'
import { Cluster } from '../../src/engines/hdfs/cluster.ts'
import { HdfsConfig } from '../../src/engines/hdfs/config.ts'
import { CHUNK_BYTES, chunkSums, intactBytes } from '../../src/engines/hdfs/datanode/chunk-sums.ts'
import { noReplica, type ReplicaStore, requireSums } from '../../src/engines/hdfs/datanode/replica-store.ts'
import type { EditLog } from '../../src/engines/hdfs/namenode/edit-log.ts'
import type { Edit } from '../../src/engines/hdfs/namenode/edits.ts'
import { readImage, writeImage } from '../../src/engines/hdfs/namenode/image.ts'
import type { Namespace } from '../../src/engines/hdfs/namenode/namespace.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { type Random, seededRandom } from '../../src/engines/kit/pure/random.ts'

interface Held {
  stamp: number
  bytes: Buffer
  sums: Buffer
}

/** Turns in which others go on. */
const TURNS_MAX = 6

/** A DataNode's replicas in memory, for simulations: as on a disk each access takes its time, and bytes come before their checksums. */
export class MemoryReplicas implements ReplicaStore {
  readonly held = new Map<number, Held>()
  private readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  get usedBytes(): number {
    return [...this.held.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  async list(): Promise<StoredReplica[]> {
    return [...this.held].map(([id, { stamp, bytes }]) => ({ id, stamp, bytes: bytes.length }))
  }

  async create(id: number, stamp: number) {
    this.held.set(id, { stamp, bytes: Buffer.alloc(0), sums: Buffer.alloc(0) })
    return this.reopen(id)
  }

  async reopen(id: number) {
    const own = this.find(id)
    let unsynced: { place: number; sums: Buffer }[] = []
    return {
      write: async (position: number, bytes: Uint8Array, sums: Buffer) => {
        await this.turns()
        own.bytes = Buffer.concat([own.bytes.subarray(0, position), bytes])
        unsynced.push({ place: (position / CHUNK_BYTES) * 4, sums })
      },
      sync: async () => {
        await this.turns()
        for (const { place, sums } of unsynced) own.sums = Buffer.concat([own.sums.subarray(0, place), sums])
        unsynced = []
      },
      restamp: async (stamp: number) => {
        own.stamp = stamp
        await this.turns()
      },
      close: () => this.turns(),
    }
  }

  async *read(replica: StoredReplica, start: number, end: number, trustTail = false): AsyncGenerator<Buffer> {
    const own = this.find(replica.id)
    const from = start - (start % CHUNK_BYTES)
    const to = Math.ceil(end / CHUNK_BYTES) * CHUNK_BYTES
    await this.turns()
    const data = own.bytes.subarray(from, to)
    await this.turns()
    const sums = own.sums.subarray((from / CHUNK_BYTES) * 4, (to / CHUNK_BYTES) * 4)
    requireSums({ replica, now: own.stamp, from, end, data, sums, trustTail })
    yield data.subarray(start - from, end - from)
  }

  async sums({ id, bytes }: StoredReplica): Promise<Buffer> {
    return chunkSums(this.find(id).bytes.subarray(0, bytes))
  }

  async intactBytes(id: number): Promise<number> {
    const { bytes, sums } = this.find(id)
    return intactBytes(bytes, sums)
  }

  async truncate(id: number, bytes: number, stamp: number): Promise<void> {
    const own = this.find(id)
    own.stamp = stamp
    await this.turns()
    const kept = own.bytes.subarray(0, bytes)
    own.sums = chunkSums(kept)
    await this.turns()
    own.bytes = kept
  }

  async remove(id: number): Promise<void> {
    this.held.delete(id)
  }

  async damage(id: number): Promise<void> {
    const own = this.find(id)
    own.bytes = Buffer.from(own.bytes)
    own.bytes[0] ^= 0xff
  }

  async close(): Promise<void> {}

  /** Whoever was writing is gone: what it still writes goes nowhere. */
  crash(): void {
    for (const [id, own] of this.held) this.held.set(id, { ...own })
  }

  private async turns(): Promise<void> {
    for (let turn = this.random.int(TURNS_MAX); turn > 0; turn--) await null
  }

  private find(id: number): Held {
    const own = this.held.get(id)
    if (!own) throw noReplica(id)
    return own
  }
}

/** An edit log in memory that goes through the same text as the one on disk. */
export class MemoryLog implements EditLog {
  private image: string | undefined
  private readonly edits: string[] = []
  /** The next append fails with it. */
  failure: Error | undefined

  get length(): number {
    return this.edits.length
  }

  async load(): Promise<Namespace | undefined> {
    if (this.image === undefined) return undefined
    const { namespace } = readImage(this.image)
    for (const text of this.edits) for (const edit of JSON.parse(text) as Edit[]) namespace.apply(edit)
    return namespace
  }

  async append(edits: readonly Edit[]): Promise<void> {
    const { failure } = this
    this.failure = undefined
    if (failure) throw failure
    this.edits.push(JSON.stringify(edits))
  }

  async checkpoint(namespace: Namespace): Promise<void> {
    this.image = writeImage(namespace, 0)
    this.edits.length = 0
  }

  async close(): Promise<void> {}
}

export const SUPER = { user: 'hdfs', superuser: true }
export const BLOCK = 64 * 1024

/** A cluster in memory on a clock that the test moves. */
export class TestCluster {
  readonly clock: ManualClock
  readonly log: MemoryLog
  readonly stores: Map<string, MemoryReplicas>
  cluster: Cluster
  private readonly config: HdfsConfig
  private readonly seed: string
  readonly warnings: string[] = []

  constructor(config: Partial<HdfsConfig> & { racks?: readonly string[] } = {}, seed = 'hdfs') {
    const { racks, ...rest } = config
    this.clock = new ManualClock()
    this.log = new MemoryLog()
    this.seed = seed
    this.config = HdfsConfig.parse({
      blockBytes: BLOCK,
      replication: 3,
      ...(racks && { nodes: racks.map((rack, i) => ({ name: `n${i + 1}`, rack })) }),
      ...rest,
    })
    this.stores = new Map(
      this.config.nodes.map(({ name }) => [name, new MemoryReplicas(seededRandom(`${seed}/${name}`))]),
    )
    this.cluster = this.make()
  }

  private make(): Cluster {
    return new Cluster({
      config: this.config,
      clock: this.clock,
      random: seededRandom(this.seed),
      superuser: SUPER.user,
      log: this.log,
      storeOf: (node) => this.stores.get(node)!,
      leaving: new Map(),
      changed: () => {},
      warn: (message) => this.warnings.push(message),
    })
  }

  async start(): Promise<this> {
    await this.cluster.start()
    return this
  }

  /** As after a crash: nothing is closed, and all is read again. */
  async crash(): Promise<void> {
    for (const store of this.stores.values()) store.crash()
    this.cluster = this.make()
    await this.cluster.start()
  }

  async put(path: string, bytes: Uint8Array, options: { replication?: number; near?: string } = {}): Promise<void> {
    const writer = await this.writer(path, options)
    await writer.write(bytes)
    await writer.close()
  }

  writer(path: string, { replication, near }: { replication?: number; near?: string } = {}): Promise<FileWriter> {
    return FileWriter.create(
      this.cluster,
      SUPER,
      path,
      {
        overwrite: true,
        replication: replication ?? this.config.replication,
        blockSize: this.config.blockBytes,
        permission: 0o644,
        createParent: true,
      },
      near,
    )
  }

  async get(path: string): Promise<Buffer> {
    const pieces: Buffer[] = []
    const file = this.cluster.namenode.namespace.file(path)
    for await (const piece of readFile(this.cluster, path, file, { offset: 0, length: Number.MAX_SAFE_INTEGER }))
      pieces.push(piece)
    return Buffer.concat(pieces)
  }

  /** Nodes with a good replica of the file's first block. */
  holders(path: string): string[] {
    const [block] = this.cluster.namenode.namespace.file(path).blocks
    return this.cluster.map
      .redundancy(this.cluster.map.blocks.get(block.id)!)
      .lasting.map(({ name }) => name)
      .sort()
  }
}
