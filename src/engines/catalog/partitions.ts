import { EngineError } from '../kit/pure/errors.ts'
import type { CatalogTable } from './contract.ts'
import { partitionKeySql, partitionPredicate } from './expression.ts'
import type { CatalogParts, HandlersOf } from './handlers.ts'
import { alreadyExists, checkPartition, invalid, notFound } from './model.ts'

/** "A maximum of 3 partition indexes can be created on a table" (AWS Glue User Guide, "Working with partition indexes"). */
const INDEXES_MAX = 3

/** Partitions and partition indexes. */
export function partitionHandlers(
  parts: CatalogParts,
): HandlersOf<
  | 'listPartitions'
  | 'findPartitions'
  | 'getPartitions'
  | 'addPartitions'
  | 'updatePartition'
  | 'deletePartitions'
  | 'listPartitionIndexes'
  | 'createPartitionIndex'
  | 'deletePartitionIndex'
> {
  const { store, partitions: stored, kept, clock } = parts
  return {
    listPartitions: (input) => {
      const { database, name } = parts.table(input.database, input.table)
      return stored.all(database, name)
    },
    findPartitions: ({ expression, segment, after, max, ...input }) => {
      const table = parts.table(input.database, input.table)
      if (after !== undefined && !isPlace(after)) throw invalid('The NextToken is not valid.')
      if (segment && segment.number >= segment.of)
        throw invalid('The SegmentNumber must be less than the TotalSegments.')
      return stored.find(table, {
        predicate: expression?.trim() ? partitionPredicate(expression, table.partitionKeys) : undefined,
        segment,
        after,
        max,
      })
    },
    getPartitions: ({ values, ...input }) => {
      const { database, name } = parts.table(input.database, input.table)
      return values.flatMap((one) => stored.get(database, name, one) ?? [])
    },
    addPartitions: ({ database, table, partitions }) => {
      const found = parts.table(database, table)
      for (const partition of partitions) checkPartition(found, partition)
      const createdMs = clock.now()
      const added = store.transaction(
        () => partitions.filter((one) => stored.add(found.database, found.name, { ...one, createdMs })).length,
      )
      if (added > 0) parts.changed(found)
      return { added }
    },
    updatePartition: ({ values, partition, ...input }) => {
      const table = parts.table(input.database, input.table)
      const { database, name } = table
      checkPartition(table, partition)
      store.transaction(() => {
        const old = stored.get(database, name, values)
        if (!old) throw notFound(`Partition [${values.join(', ')}] of table ${name} not found.`)
        const moved = JSON.stringify(values) !== JSON.stringify(partition.values)
        if (moved && stored.get(database, name, partition.values)) throw alreadyExists('Partition')
        if (moved) kept.deleteBelow(partitionScope(table, values))
        stored.update(database, name, values, { ...partition, createdMs: old.createdMs })
      })
      parts.changed(table)
      return {}
    },
    deletePartitions: ({ database, table, values }) => {
      const found = parts.table(database, table)
      store.transaction(() => {
        for (const value of values) {
          if (!stored.delete(found.database, found.name, value)) {
            throw notFound(`Partition [${value.join(', ')}] of table ${found.name} not found.`)
          }
          kept.deleteBelow(partitionScope(found, value))
        }
      })
      parts.changed(found)
      return {}
    },
    listPartitionIndexes: (input) => {
      const { database, name } = parts.table(input.database, input.table)
      return stored.indexes(database, name)
    },
    createPartitionIndex: ({ index, ...input }) => {
      const table = parts.table(input.database, input.table)
      const keys = index.keys.map((key) => key.toLowerCase())
      checkIndexKeys(table, keys)
      store.transaction(() => {
        const known = stored.indexes(table.database, table.name)
        if (known.some(({ name }) => name === index.name)) throw alreadyExists(`Partition index ${index.name}`)
        if (known.length >= INDEXES_MAX)
          throw new EngineError(
            'ResourceNumberLimitExceededException',
            `Table ${table.name} has ${INDEXES_MAX} partition indexes already.`,
          )
        stored.createIndex(table, { name: index.name, keys })
      })
      parts.changed(table)
      return {}
    },
    deletePartitionIndex: ({ index, ...input }) => {
      const table = parts.table(input.database, input.table)
      const found = store.transaction(() => stored.deleteIndex(table.database, table.name, index))
      if (!found) throw notFound(`Partition index ${index} not found.`)
      parts.changed(table)
      return {}
    },
  }
}

const partitionScope = ({ database, name }: CatalogTable, values: readonly string[]) =>
  `${database}/${name}/${JSON.stringify(values)}`

function checkIndexKeys(table: CatalogTable, keys: readonly string[]): void {
  if (keys.length === 0) throw invalid('A partition index needs a key.')
  if (new Set(keys).size < keys.length) throw invalid('A partition index has a key twice.')
  for (const name of keys) {
    const key = table.partitionKeys.find((candidate) => candidate.name === name)
    if (!key) throw invalid(`Table ${table.name} has no partition key ${name}.`)
    partitionKeySql(key.type, 0)
  }
}

/** A page ends at a partition's values, as they are stored. */
function isPlace(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}
