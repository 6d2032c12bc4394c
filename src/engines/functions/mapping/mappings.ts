import { uuid } from '../../kit/pure/ids.ts'
import type { MappingInfo, MappingSettings } from '../contract.ts'
import { conflict, invalid, noMapping } from '../errors.ts'
import type { FunctionStore, StoredMapping } from '../store.ts'
import { readFilters } from './filter.ts'
import { consumerName, Mapping, type MappingParts } from './mapping.ts'

export type NewMapping = MappingSettings & Pick<StoredMapping, 'stream' | 'position'>

/** The event source mappings of a workspace. */
export class Mappings {
  private readonly parts: MappingParts
  private readonly store: FunctionStore
  private readonly running = new Map<string, Mapping>()

  constructor(parts: MappingParts) {
    this.parts = parts
    this.store = parts.store
    for (const stored of this.store.mappings()) this.start(stored)
  }

  list(): MappingInfo[] {
    return [...this.running.values()].map(({ info }) => info)
  }

  describe(id: string): MappingInfo {
    return this.get(id).info
  }

  async create(settings: NewMapping): Promise<MappingInfo> {
    const { stream, function: name } = settings
    const same = this.list().find((other) => other.stream === stream && other.function === name)
    if (same)
      throw conflict(
        `An event source mapping with Kinesis arn ("${stream}") and function ("${name}") already exists. Please update or delete the existing mapping with UUID ${same.uuid}`,
      )
    await this.check(settings)
    const { clock, random } = this.parts.context
    const stored = { ...settings, uuid: uuid(random), modifiedMs: clock.now() }
    await this.place(stored)
    this.store.saveMapping(stored)
    return this.start(stored).info
  }

  async update(id: string, changes: Partial<MappingSettings>): Promise<MappingInfo> {
    const mapping = this.get(id)
    const stored = { ...mapping.stored, ...changes, modifiedMs: this.parts.context.clock.now() }
    await this.check(stored)
    await mapping.stop()
    this.store.saveMapping(stored)
    // Windows of another length have nothing in common with those that are open.
    if (stored.tumblingS !== mapping.stored.tumblingS) this.store.forgetWindows(id)
    return this.start(stored).info
  }

  async delete(id: string): Promise<MappingInfo> {
    const mapping = this.get(id)
    this.store.deleteMapping(id)
    this.running.delete(id)
    await mapping.stop()
    const { stream } = this.parts.context.clients
    // A stream that is gone has forgotten its consumers.
    await stream.deleteConsumer({ stream: mapping.stored.stream, consumer: consumerName(id) }).catch(() => {})
    this.parts.onChange(id)
    return mapping.info
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map((mapping) => mapping.stop()))
  }

  private get(id: string): Mapping {
    const mapping = this.running.get(id)
    if (!mapping) throw noMapping(id)
    return mapping
  }

  private start(stored: StoredMapping): Mapping {
    const mapping = new Mapping(stored, this.parts)
    this.running.set(stored.uuid, mapping)
    this.parts.onChange(stored.uuid)
    return mapping
  }

  private async check(settings: MappingSettings): Promise<void> {
    const { function: name, batchSize, windowS, failureBucket, filters, tumblingS, parallelization } = settings
    this.parts.library.describe(name)
    readFilters(filters)
    if (tumblingS > 0 && parallelization > 1)
      throw invalid(
        'A tumbling window has one state for each shard: ParallelizationFactor must be 1 with TumblingWindowInSeconds.',
        'ParallelizationFactor',
      )
    if (batchSize > 1000 && windowS === 0)
      throw invalid(
        'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 1000',
        'MaximumBatchingWindowInSeconds',
      )
    if (failureBucket === null) return
    const buckets = await this.parts.context.clients.lake.listBuckets({})
    if (!buckets.some((bucket) => bucket.name === failureBucket))
      throw invalid(`The on-failure destination arn:aws:s3:::${failureBucket} does not exist.`, 'DestinationConfig')
  }

  /** Where the mapping begins is fixed now: its first checkpoints. Shards that come later are read from their beginning. */
  private async place({ uuid: id, stream, position }: StoredMapping): Promise<void> {
    const { clients } = this.parts.context
    const { shards } = await clients.stream.describeStream({ stream })
    if (position.type === 'TRIM_HORIZON') return
    for (const { shardId, state } of shards) {
      if (state === 'EXPIRED') continue
      const { offset } = await clients.stream.locate({ stream, shardId, position })
      await clients.stream.checkpoint({ stream, consumer: consumerName(id), shardId, offset })
    }
  }
}
