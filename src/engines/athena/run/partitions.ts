import type { CatalogTable, Partition } from '../../catalog/contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { folderUri, isDataKey, splitUri } from '../files.ts'
import type { PartitionSpec, Statement } from '../statements/statement.ts'
import { tableNamed } from './ddl.ts'
import { NOTHING, type Outcome, type Run, textResult } from './outcome.ts'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>

export async function showPartitions(statement: Of<'showPartitions'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  if (table.partitionKeys.length === 0)
    throw new EngineError('NOT_SUPPORTED', `Table ${table.database}.${table.name} is not a partitioned table`)
  const partitions = await run.clients.catalog.listPartitions(whereOf(table))
  return textResult(
    run,
    ['partition'],
    partitions.map((partition) => [folderOf(table, partition.values)]),
  )
}

/**
 * Adds the partitions whose folders lie under the table's location as `key=value/`. Folders with a key in other letters than small ones are told,
 * and not added (Athena User Guide, "MSCK REPAIR TABLE").
 */
export async function repair(statement: Of<'repair'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const { prefix } = splitUri(table.location)
  const names = table.partitionKeys.map((key) => `${key.name}=`)
  const folders = new Set<string>()
  for (const object of await run.clients.lake.locate({ uri: table.location })) {
    const inside = object.key.slice(prefix.length)
    const segments = inside.split('/').slice(0, names.length)
    const isPartition = names.every((name, i) => segments[i]?.toLowerCase().startsWith(name))
    if (isDataKey(inside) && isPartition) folders.add(segments.join('/'))
  }
  const where = whereOf(table)
  const known = await run.clients.catalog.listPartitions(where)
  const knownValues = new Set(known.map(({ values }) => JSON.stringify(values)))
  const knownPlaces = new Set(known.map(({ location }) => folderUri(location)))
  const told: string[][] = []
  const partitions: { values: string[]; location: string }[] = []
  for (const folder of folders) {
    const location = `${table.location}${folder}/`
    const segments = folder.split('/')
    const values = segments.map((segment, i) => decodeURIComponent(segment.slice(names[i].length)))
    if (!names.every((name, i) => segments[i].startsWith(name))) {
      if (!knownPlaces.has(location)) told.push([`Partitions not in metastore: ${table.name}:${folder}`])
    } else if (!knownValues.has(JSON.stringify(values))) {
      partitions.push({ values, location })
      told.push([`Repair: Added partition to metastore ${table.name}:${folder}`])
    }
  }
  if (partitions.length > 0) await run.clients.catalog.addPartitions({ ...where, partitions })
  return textResult(run, ['result'], told)
}

export async function addPartitions(statement: Of<'addPartitions'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const partitions = statement.partitions.map(({ values, location }) => {
    const ordered = wholeValues(table, values)
    const folder = table.partitionKeys.map((key, i) => `${key.name}=${encodeURIComponent(ordered[i])}/`).join('')
    return { values: ordered, location: location ?? `${table.location}${folder}` }
  })
  const { added } = await run.clients.catalog.addPartitions({ ...whereOf(table), partitions })
  if (added < partitions.length && !statement.ifNotExists) {
    throw new EngineError('ALREADY_EXISTS', 'Partition already exists')
  }
  return NOTHING
}

/** A specification that names some of the keys means all partitions that have those values, as in Hive. */
export async function dropPartitions(statement: Of<'dropPartitions'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const all = await run.clients.catalog.listPartitions(whereOf(table))
  const dropped: string[][] = []
  for (const spec of statement.partitions) {
    checkKeys(table, spec)
    const matching = all.filter(({ values }) =>
      table.partitionKeys.every((key, i) => spec[key.name] === undefined || spec[key.name] === values[i]),
    )
    if (matching.length === 0 && !statement.ifExists) throw notFound(spec)
    dropped.push(...matching.map(({ values }) => values))
  }
  if (dropped.length > 0) await run.clients.catalog.deletePartitions({ ...whereOf(table), values: dropped })
  return NOTHING
}

/** The files stay where they are. */
export async function renamePartition(statement: Of<'renamePartition'>, run: Run): Promise<Outcome> {
  const table = await tableNamed(statement.table, run)
  const partition = await partitionNamed(table, statement.from, run)
  const { createdMs: _, ...kept } = partition
  await run.clients.catalog.updatePartition({
    ...whereOf(table),
    values: partition.values,
    partition: { ...kept, values: wholeValues(table, statement.to) },
  })
  return NOTHING
}

export async function partitionNamed(table: CatalogTable, spec: PartitionSpec, run: Run): Promise<Partition> {
  const values = wholeValues(table, spec)
  const [found] = await run.clients.catalog.getPartitions({ ...whereOf(table), values: [values] })
  if (!found) throw notFound(spec)
  return found
}

export function whereOf(table: CatalogTable) {
  return { database: table.database, table: table.name }
}

function folderOf(table: CatalogTable, values: readonly string[]): string {
  return table.partitionKeys.map((key, i) => `${key.name}=${values[i]}`).join('/')
}

/** The values in the order of the keys; all of them must be there. */
function wholeValues(table: CatalogTable, spec: PartitionSpec): string[] {
  checkKeys(table, spec)
  return table.partitionKeys.map((key) => {
    const value = spec[key.name]
    if (value === undefined) throw new EngineError('SYNTAX_ERROR', `The partition has no value of ${key.name}.`)
    return value
  })
}

function checkKeys(table: CatalogTable, spec: PartitionSpec): void {
  const unknown = Object.keys(spec).find((name) => !table.partitionKeys.some((key) => key.name === name))
  if (unknown !== undefined)
    throw new EngineError('SYNTAX_ERROR', `${unknown} is not a partition column of ${table.database}.${table.name}.`)
}

function notFound(spec: PartitionSpec): EngineError {
  const text = Object.entries(spec).map(([key, value]) => `${key}=${value}`)
  return new EngineError('PARTITION_NOT_FOUND', `Partition not found {${text.join(', ')}}`)
}
