import type { CatalogTable } from '../../catalog/contract.ts'
import type { Clients } from '../../contract.ts'
import { literal } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { handedSource } from '../federated.ts'
import type { TableSource } from '../tables.ts'
import { type IcebergMetadata, type IcebergSnapshot, icebergMetadata } from './metadata.ts'
import { isIceberg } from './table.ts'

const SUFFIX = /^(.+)\$(snapshots|history|files|manifests|partitions|refs|properties|metadata_log_entries)$/

/** The table whose metadata a name such as `t$snapshots` stands for, and which of them. */
export function metadataTable(name: string): { table: string; what: string } | undefined {
  const [, table, what] = SUFFIX.exec(name) ?? []
  return table === undefined ? undefined : { table, what }
}

const COLUMNS = {
  snapshots: [
    ['committed_at', 'timestamp'],
    ['snapshot_id', 'bigint'],
    ['parent_id', 'bigint'],
    ['operation', 'string'],
    ['manifest_list', 'string'],
    ['summary', 'map<string,string>'],
  ],
  history: [
    ['made_current_at', 'timestamp'],
    ['snapshot_id', 'bigint'],
    ['parent_id', 'bigint'],
    ['is_current_ancestor', 'boolean'],
  ],
} as const

/** `t$snapshots` and `t$history` as Trino has them (Iceberg connector, "Metadata tables"); the others are refused by name. */
export async function openMetadataTable(
  table: CatalogTable,
  what: string,
  lake: Pick<Clients['lake'], 'locate'>,
): Promise<TableSource> {
  if (!isIceberg(table))
    throw new EngineError('TABLE_NOT_FOUND', `Table '${table.database}.${table.name}$${what}' does not exist`)
  if (what !== 'snapshots' && what !== 'history')
    throw new EngineError('NOT_SUPPORTED', `The metadata table $${what} is not supported by Millrace`)
  const { metadata, location } = await icebergMetadata(table, lake)
  const rows = what === 'snapshots' ? (metadata.snapshots ?? []).map(snapshotRow) : historyRows(metadata)
  const names = COLUMNS[what].map(([name]) => name)
  const nothing = names.map(() => 'NULL').join(', ')
  const from = rows.length > 0 ? `VALUES ${rows.join(', ')}` : `SELECT ${nothing} WHERE false`
  const typed = COLUMNS[what].map(([name, type]) => `${CASTS[type](name)} AS ${name}`)
  const columns = COLUMNS[what].map(([name, type]) => ({ name, type }))
  return handedSource(table.database, `${table.name}$${what}`, columns, {
    sql: `(SELECT ${typed.join(', ')} FROM (${from}) AS own(${names.join(', ')}))`,
    stamp: location,
  })
}

const CASTS = {
  timestamp: (name: string) => `trino_in_utc(make_timestamp_ms(${name}::BIGINT))`,
  bigint: (name: string) => `${name}::BIGINT`,
  string: (name: string) => `${name}::VARCHAR`,
  boolean: (name: string) => `${name}::BOOLEAN`,
  'map<string,string>': (name: string) => `${name}::MAP(VARCHAR, VARCHAR)`,
}

function snapshotRow(snapshot: IcebergSnapshot): string {
  const { operation, ...rest } = snapshot.summary ?? {}
  const list = (texts: readonly string[]) => `[${texts.map(literal).join(', ')}]`
  return row([
    snapshot['timestamp-ms'],
    snapshot['snapshot-id'],
    snapshot['parent-snapshot-id'] ?? 'NULL',
    operation === undefined ? 'NULL' : literal(operation),
    literal(snapshot['manifest-list'] ?? ''),
    Object.keys(rest).length > 0 ? `MAP(${list(Object.keys(rest))}, ${list(Object.values(rest))})` : 'MAP {}',
  ])
}

function historyRows(metadata: IcebergMetadata): string[] {
  const byId = new Map(metadata.snapshots?.map((snapshot) => [snapshot['snapshot-id'], snapshot]))
  const ancestors = new Set<string>()
  for (let id = metadata['current-snapshot-id']; id && !ancestors.has(id); id = byId.get(id)?.['parent-snapshot-id'])
    ancestors.add(id)
  return (metadata['snapshot-log'] ?? []).map((entry) => {
    const id = entry['snapshot-id']
    return row([entry['timestamp-ms'], id, byId.get(id)?.['parent-snapshot-id'] ?? 'NULL', String(ancestors.has(id))])
  })
}

const row = (values: readonly (string | number)[]): string => `(${values.join(', ')})`
