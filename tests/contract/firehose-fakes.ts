import type { CatalogTable } from '../../src/engines/catalog/contract.ts'
import { BatchBuilder, type RecordBatch } from '../../src/engines/kit/pure/batch.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'

/** A lake in memory whose writes can be made to fail, before or after the object is there. */
export class FakeLake {
  readonly objects = new Map<string, Uint8Array>()
  readonly puts: string[] = []
  fail: (key: string) => EngineError | undefined = () => undefined
  /** Fails although the object was written: an answer that was lost. */
  lose: (key: string) => EngineError | undefined = () => undefined

  putObject = async ({ key, body }: { bucket: string; key: string; body: Uint8Array }) => {
    const failure = this.fail(key)
    if (failure) throw failure
    this.puts.push(key)
    this.objects.set(key, body)
    const lost = this.lose(key)
    if (lost) throw lost
    return { key, size: body.length, etag: '""', modifiedMs: 0, metadata: {} }
  }

  headObject = async ({ key }: { key: string }) => {
    const body = this.objects.get(key)
    if (!body) throw new EngineError('NoSuchKey', 'The specified key does not exist.')
    return { key, size: body.length, etag: '""', modifiedMs: 0, metadata: {} }
  }

  keys(prefix = ''): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  lines(prefix = ''): string[] {
    const decoder = new TextDecoder()
    return this.keys(prefix).flatMap((key) => decoder.decode(this.objects.get(key)).split('\n').filter(Boolean))
  }
}

export class FakeCatalog {
  readonly partitions: { values: string[]; location: string }[] = []
  table: CatalogTable

  constructor(columns: Record<string, string>, partitionKeys: string[] = []) {
    this.table = {
      database: 'db',
      name: 't',
      columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
      partitionKeys: partitionKeys.map((name) => ({ name, type: 'string' })),
      location: 's3://lake/t/',
      format: 'parquet',
      parameters: {},
      createdMs: 0,
      updatedMs: 0,
      versionId: 1,
    }
  }

  getTable = async ({ table }: { table: string }) => {
    if (table !== 't') throw new EngineError('EntityNotFoundException', `Entity Not Found: ${table}`)
    return this.table
  }

  addPartitions = async ({ partitions }: { partitions: { values: string[]; location: string }[] }) => {
    this.partitions.push(...partitions)
    return { added: partitions.length }
  }
}

export function rawBatch(records: readonly (string | Uint8Array)[]): RecordBatch {
  const builder = new BatchBuilder()
  for (const record of records) builder.add('', record)
  return builder.finish()
}

export const batchOf = (records: readonly string[]): RecordBatch => rawBatch(records)
