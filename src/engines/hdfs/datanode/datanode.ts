import { EngineError } from '../../kit/pure/errors.ts'
import type { ReplicaStore, ReplicaWriter } from './replica-store.ts'

/**
 * A DataNode: a store that answers while the node runs. A node that was killed answers nothing, to anyone, in the middle of whatever it
 * did; its files stay.
 */
export class DataNode {
  readonly name: string
  running = true
  private readonly files: ReplicaStore

  constructor(name: string, files: ReplicaStore) {
    this.name = name
    this.files = files
  }

  get store(): ReplicaStore {
    this.requireRunning()
    return this.files
  }

  get usedBytes(): number {
    return this.files.usedBytes
  }

  async begin(id: number, stamp: number): Promise<ReplicaWriter> {
    return this.guard(await this.store.create(id, stamp))
  }

  async resume(id: number): Promise<ReplicaWriter> {
    return this.guard(await this.store.reopen(id))
  }

  async *read(...[replica, start, end, trustTail]: Parameters<ReplicaStore['read']>): AsyncGenerator<Buffer> {
    for await (const piece of this.store.read(replica, start, end, trustTail)) {
      this.requireRunning()
      yield piece
    }
  }

  close(): Promise<void> {
    return this.files.close()
  }

  private guard(writer: ReplicaWriter): ReplicaWriter {
    return {
      write: async (position, bytes, sums) => {
        this.requireRunning()
        await writer.write(position, bytes, sums)
        this.requireRunning()
      },
      sync: async () => {
        this.requireRunning()
        await writer.sync()
        this.requireRunning()
      },
      restamp: async (stamp) => {
        this.requireRunning()
        await writer.restamp(stamp)
        this.requireRunning()
      },
      close: () => writer.close(),
    }
  }

  private requireRunning(): void {
    if (!this.running)
      throw new EngineError('ConnectException', `Connection refused: the DataNode ${this.name} does not run.`, {
        domain: 'external',
        retry: true,
      })
  }
}
