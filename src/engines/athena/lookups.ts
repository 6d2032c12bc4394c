import type { CatalogTable } from '../catalog/contract.ts'
import type { Clients } from '../contract.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { openFederated } from './federated.ts'
import { metadataTable, openMetadataTable } from './iceberg/history.ts'
import { isIceberg } from './iceberg/table.ts'
import { openPartitionsTable } from './partitions-table.ts'
import { openTable, type TableReach, type TableSource } from './tables.ts'
import type { KnownColumn } from './translate/columns.ts'
import { failed } from './translate/failures.ts'
import { PATH } from './translate/hidden.ts'
import type { TableReference } from './translate/table-reference.ts'
import type { TranslatedQuery } from './translate/translate.ts'

export interface LookupReach extends TableReach {
  readonly clients: Pick<Clients, 'catalog' | 'lake' | 'stream' | 'warehouse'>
}

export interface Found {
  readonly stand: string
  readonly path: boolean
  readonly table: CatalogTable
  /** Absent for a view. */
  readonly source?: TableSource
}

type Opened = Pick<Found, 'table' | 'source'>

/** The tables of one query, by name; each is looked up and opened once. */
export class Lookups {
  private readonly reach: LookupReach
  /** The database of names without one. */
  private readonly from: string
  private readonly place: { text: string }
  private readonly tables = new Map<string, Promise<CatalogTable>>()
  private readonly opened = new Map<string, Promise<Opened>>()

  constructor(from: string, place: { text: string }, reach: LookupReach) {
    this.from = from
    this.place = place
    this.reach = reach
  }

  /**
   * The columns of tables. Undefined where one is not in the catalog: what is wrong with it is told when it is opened. The types of a view's columns
   * may have changed since it was made, and an Iceberg table's own metadata has the last word.
   */
  async columns(tables: readonly TableReference[]): Promise<KnownColumn[][] | undefined> {
    const found = await Promise.allSettled(tables.map((reference) => this.table(reference)))
    const columns: KnownColumn[][] = []
    for (const one of found) {
      if (one.status === 'rejected') return undefined
      const { columns: own, partitionKeys, viewText } = one.value
      const isSure = viewText === undefined && !isIceberg(one.value)
      const hidden = isSure ? [{ name: PATH, type: 'string' }] : []
      columns.push([...own, ...partitionKeys, ...hidden].map(({ name, type }) => ({ name, ...(isSure && { type }) })))
    }
    return columns
  }

  /** All of a query side by side. The first missing one in the text is told. */
  async open(references: TranslatedQuery['references']): Promise<Found[]> {
    const settled = await Promise.allSettled(
      references.map(({ reference }) => {
        const { catalog, database, name, version } = reference
        return once(this.opened, [catalog, database, name, version], () => this.openOne(reference))
      }),
    )
    return settled.map((result, i) => {
      if (result.status === 'rejected') throw result.reason
      const { stand, reference } = references[i]
      return { stand, path: reference.path ?? false, ...result.value }
    })
  }

  private table(reference: TableReference): Promise<CatalogTable> {
    const { catalog, database, name } = reference
    return once(this.tables, [catalog, database, name], () => lookUp(reference, this.from, this.place, this.reach))
  }

  private async openOne(reference: TableReference): Promise<Opened> {
    const { reach, place } = this
    const federated = await openFederated(reference, reach).catch((thrown) => {
      throw thrown instanceof EngineError ? failed(thrown.code, thrown.message, place, reference.start) : thrown
    })
    if (federated && reference.version) throw unversioned(reference, place)
    if (federated) return { table: federated.table, source: federated }
    const beside = metadataTable(reference.name.toLowerCase())
    const table = await this.table({ ...reference, name: beside?.table ?? reference.name })
    if (beside) {
      const source =
        beside.what === 'partitions' && !isIceberg(table)
          ? await openPartitionsTable(table, reach.clients.catalog)
          : await openMetadataTable(table, beside.what, reach.clients.lake)
      return { table: source.table, source }
    }
    if (reference.version && !isIceberg(table)) throw unversioned(reference, place)
    if (table.viewText !== undefined) return { table }
    return { table, source: await openTable(table, reach, reference.version) }
  }
}

function once<T>(known: Map<string, Promise<T>>, name: readonly unknown[], work: () => Promise<T>): Promise<T> {
  const key = JSON.stringify(name).toLowerCase()
  const found = known.get(key) ?? work()
  known.set(key, found)
  return found
}

function unversioned({ start }: TableReference, place: { text: string }): EngineError {
  return failed('NOT_SUPPORTED', 'This connector does not support versioned tables', place, start)
}

async function lookUp(
  reference: TableReference,
  from: string,
  place: { text: string },
  { clients }: LookupReach,
): Promise<CatalogTable> {
  const fail = (code: string, message: string) => failed(code, message, place, reference.start)
  if (reference.catalog !== undefined && reference.catalog.toLowerCase() !== 'awsdatacatalog') {
    throw fail('CATALOG_NOT_FOUND', `Catalog '${reference.catalog}' does not exist`)
  }
  const database = (reference.database ?? from).toLowerCase()
  const table = reference.name.toLowerCase()
  try {
    return await clients.catalog.getTable({ database, table })
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code !== 'EntityNotFoundException') throw thrown
    if (database === 'information_schema') {
      throw fail('NOT_SUPPORTED', 'information_schema cannot be queried. Use SHOW DATABASES, SHOW TABLES and DESCRIBE')
    }
    const known = await clients.catalog.listDatabases({})
    throw known.some((entry) => entry.name === database)
      ? fail('TABLE_NOT_FOUND', `Table 'awsdatacatalog.${database}.${table}' does not exist`)
      : fail('SCHEMA_NOT_FOUND', `Schema '${database}' does not exist`)
  }
}
