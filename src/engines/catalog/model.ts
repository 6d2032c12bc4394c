import type { z } from 'zod'
import { EngineError } from '../kit/pure/errors.ts'
import type { CatalogTable, TableInput } from './contract.ts'

/** Glue folds names to lower case when it stores them ("CreateTable": "For Hive compatibility, this is entirely lowercase"). */
export function glueName(name: string, what: string): string {
  const folded = name.toLowerCase()
  if (folded.length === 0 || folded.length > 255) throw invalid(`${what} must be between 1 and 255 characters long.`)
  if (/[\u0000-\u001f\u007f/]/.test(folded)) throw invalid(`${what} "${name}" has a character that is not allowed.`)
  return folded
}

export function notFound(what: string): EngineError {
  return new EngineError('EntityNotFoundException', what)
}

export function alreadyExists(what: string): EngineError {
  return new EngineError('AlreadyExistsException', `${what} already exists.`)
}

export function invalid(message: string): EngineError {
  return new EngineError('InvalidInputException', message)
}

/** A table as it is stored: names folded, columns checked, the location a prefix. */
export function checkTable(input: z.output<typeof TableInput>): z.output<typeof TableInput> {
  const table = {
    ...input,
    database: glueName(input.database, 'Database name'),
    name: glueName(input.name, 'Table name'),
    columns: input.columns.map((column) => ({ ...column, name: glueName(column.name, 'Column name') })),
    partitionKeys: input.partitionKeys.map((column) => ({ ...column, name: glueName(column.name, 'Partition key') })),
  }
  const seen = new Set<string>()
  for (const { name } of [...table.columns, ...table.partitionKeys]) {
    if (seen.has(name)) throw invalid(`The column "${name}" is there twice.`)
    seen.add(name)
  }
  // A table of Glue's may lie nowhere yet; one that is queried is then told so.
  if (table.viewText !== undefined || table.location === '') return { ...table, location: '' }
  const bucket = /^s3:\/\/([^/]+)(\/|$)/.exec(table.location)
  if (!bucket) throw invalid(`The location must be s3://bucket/prefix/, not "${table.location}".`)
  const location = table.location.endsWith('/') ? table.location : `${table.location}/`
  return { ...table, location }
}

export function createdTable(input: z.output<typeof TableInput>, nowMs: number): CatalogTable {
  return { ...input, createdMs: nowMs, updatedMs: nowMs, versionId: 0 }
}

/** A new version of a table. Its partition keys are fixed: partitions have one value of each. */
export function updatedTable(old: CatalogTable, input: z.output<typeof TableInput>, nowMs: number): CatalogTable {
  const keys = (table: { partitionKeys: { name: string }[] }) => table.partitionKeys.map((key) => key.name).join(',')
  if (keys(old) !== keys(input)) throw invalid('Partition keys of a table cannot be changed.')
  return { ...input, createdMs: old.createdMs, updatedMs: nowMs, versionId: old.versionId + 1 }
}

export function checkPartition(table: CatalogTable, partition: { values: string[]; location: string }): void {
  if (table.partitionKeys.length === 0) throw invalid(`Table ${table.name} is not partitioned.`)
  if (partition.values.length !== table.partitionKeys.length) {
    throw invalid(
      `The number of partition keys do not match the number of partition values: ${table.partitionKeys.length} keys, values [${partition.values.join(', ')}].`,
    )
  }
  if (!partition.location.startsWith('s3://'))
    throw invalid(`The location must be s3://…, not "${partition.location}".`)
}
