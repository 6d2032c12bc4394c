import type { CatalogTable } from '../../catalog/contract.ts'
import { identifier, literal } from '../../kit/node/duck.ts'
import { duckTypeOfHive } from '../../kit/node/sql/types.ts'
import type { TableRead } from '../tables.ts'

/** The options by which DuckDB reads partition values out of paths. */
export function hiveOptions(table: CatalogTable, read: TableRead): string {
  if (!read.hive) return 'hive_partitioning = false'
  const types = table.partitionKeys.map((key) => `${literal(key.name)}: ${duckTypeOfHive(key.type)}`)
  return `hive_partitioning = true, hive_types = {${types.join(', ')}}`
}

/** The partition columns of a read, as expressions with their names: out of the paths or as constants. */
export function keyColumns(table: CatalogTable, read: TableRead, mark: string | undefined): string[] {
  return table.partitionKeys.map((key, i) => {
    const name = identifier(key.name)
    if (read.hive) return `${mark === undefined ? name : identifier(`${mark}_${table.columns.length + i}`)} AS ${name}`
    const value = read.slices[0].values[i]
    return `CAST(${value === null ? 'NULL' : literal(value)} AS ${duckTypeOfHive(key.type)}) AS ${name}`
  })
}

/** The marked names of what DuckDB reads out of paths, in the order in which it puts them behind the file's own columns: by name. */
export function keyMarks(table: CatalogTable, read: TableRead, mark: string): string[] {
  if (!read.hive) return []
  const names = table.partitionKeys.map((key) => key.name)
  return [...names].sort().map((name) => `${mark}_${table.columns.length + names.indexOf(name)}`)
}
