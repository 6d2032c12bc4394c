import type { Clients } from '../contract.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { S3Destination } from './contract.ts'
import type { PartitionedTable } from './deliverer.ts'
import { conversionSchema } from './parquet/convert.ts'
import type { SchemaState } from './router.ts'

/** A table that has not been looked at for so long, in real time, is read again: its columns may have changed. */
const FRESH_MS = 5_000

/** The catalog table that a delivery stream converts by: its latest version, as `VersionId: LATEST` means at AWS. */
export class ConversionTable {
  state: SchemaState
  table: PartitionedTable | undefined
  private readonly wanted: NonNullable<S3Destination['conversion']>
  private readonly clients: Pick<Clients, 'catalog'>
  private readonly realNow: () => number
  private readMs = Number.NEGATIVE_INFINITY

  constructor(
    wanted: NonNullable<S3Destination['conversion']>,
    clients: Pick<Clients, 'catalog'>,
    realNow: () => number,
  ) {
    this.wanted = wanted
    this.clients = clients
    this.realNow = realNow
  }

  get stale(): boolean {
    return this.realNow() - this.readMs >= FRESH_MS || this.realNow() < this.readMs
  }

  /**
   * Reads the table again. Answers whether its columns differ from those known. A table that is gone or cannot be written leaves a
   * failure in `state`, which its records then carry to the error prefix; a catalog that does not answer throws.
   */
  async refresh(): Promise<boolean> {
    const before = this.state && 'schema' in this.state ? this.state.schema.signature : undefined
    try {
      const table = await this.clients.catalog.getTable(this.wanted)
      const schema = conversionSchema(table.columns)
      this.state = typeof schema === 'string' ? { failure: schema } : { schema }
      const partitionKeys = table.partitionKeys.map((key) => key.name)
      this.table = { database: table.database, name: table.name, location: table.location, partitionKeys }
    } catch (thrown) {
      const failure = EngineError.from(thrown)
      if (failure.retry || failure.domain !== 'user') throw failure
      this.state = { failure: failure.message }
    }
    this.readMs = this.realNow()
    const after = this.state && 'schema' in this.state ? this.state.schema.signature : undefined
    return before !== after
  }

  /** At creation: the table must exist and have columns that can be written. */
  async check(): Promise<void> {
    await this.refresh()
    if (!this.state || !('failure' in this.state)) return
    throw new EngineError(
      'InvalidArgumentException',
      `SchemaConfiguration ${this.wanted.database}.${this.wanted.table}: ${this.state.failure}`,
      {
        at: { field: 'conversion.table' },
      },
    )
  }
}
