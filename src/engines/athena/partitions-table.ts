import type { CatalogTable } from '../catalog/contract.ts'
import type { Clients } from '../contract.ts'
import { identifier, literal } from '../kit/node/duck.ts'
import { duckTypeOfHive } from '../kit/node/sql/types.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { handedSource } from './federated.ts'
import { isProjected } from './projection.ts'
import type { TableSource } from './tables.ts'

/** `t$partitions`: a row for each partition that the catalog has of a table (Athena User Guide, "List partitions for a specific table"). */
export async function openPartitionsTable(
  table: CatalogTable,
  catalog: Pick<Clients['catalog'], 'listPartitions'>,
): Promise<TableSource> {
  const { database, partitionKeys: keys } = table
  const name = `${table.name}$partitions`
  if (keys.length === 0) throw new EngineError('TABLE_NOT_FOUND', `Table '${database}.${name}' does not exist`)
  if (isProjected(table))
    throw new EngineError('NOT_SUPPORTED', `The partitions of ${database}.${table.name} are projected: none are kept`)
  const partitions = await catalog.listPartitions({ database, table: table.name })
  const row = (values: readonly string[]) =>
    `(${values.map((value) => (value === '__HIVE_DEFAULT_PARTITION__' ? 'NULL' : literal(value))).join(', ')})`
  const rows = partitions.map(({ values }) => row(values))
  const from = rows.length > 0 ? `VALUES ${rows.join(', ')}` : `SELECT ${keys.map(() => 'NULL').join(', ')} WHERE false`
  const typed = keys.map((key, i) => `CAST(c${i} AS ${duckTypeOfHive(key.type)}) AS ${identifier(key.name)}`)
  return handedSource(database, name, keys, {
    sql: `(SELECT ${typed.join(', ')} FROM (${from}) AS own(${keys.map((_, i) => `c${i}`).join(', ')}))`,
    stamp: rows.join('\n'),
  })
}
