import { invalid } from '../model.ts'

/** What a crawler's Configuration says, read. */
export interface CrawlerConfiguration {
  /** One table of whatever is compatible, however different. */
  readonly combine: boolean
  /** Depth at which tables lie: 1 is the bucket. */
  readonly level: number | undefined
  /** Columns that a table has stay, and new ones are added. */
  readonly mergeNewColumns: boolean
  readonly indexPartitions: boolean
}

/** Reads Glue's JSON (AWS Glue Developer Guide, "Setting crawler configuration options"); what is not honoured is refused by name. */
export function parseConfiguration(text: string | undefined): CrawlerConfiguration {
  if (!text?.trim()) return { combine: false, level: undefined, mergeNewColumns: false, indexPartitions: false }
  const root = objectOf(parsed(text), 'Configuration', ['Version', 'Grouping', 'CrawlerOutput', 'CreatePartitionIndex'])
  if (root.Version !== undefined && Number(root.Version) !== 1) throw invalid('The Version of a Configuration is 1.0.')
  const grouping = objectOf(root.Grouping, 'Grouping', ['TableGroupingPolicy', 'TableLevelConfiguration'])
  const output = objectOf(root.CrawlerOutput, 'CrawlerOutput', ['Tables', 'Partitions'])
  const tables = objectOf(output.Tables, 'Tables', ['AddOrUpdateBehavior'])
  const partitions = objectOf(output.Partitions, 'Partitions', ['AddOrUpdateBehavior'])
  const level = grouping.TableLevelConfiguration
  if (level !== undefined && (!Number.isSafeInteger(level) || Number(level) < 1))
    throw invalid('TableLevelConfiguration must be an integer from 1 on.')
  // Crawled partitions have no columns of their own, so they follow the table in any case.
  oneOf(partitions.AddOrUpdateBehavior, 'AddOrUpdateBehavior of Partitions', ['InheritFromTable'])
  return {
    combine: oneOf(grouping.TableGroupingPolicy, 'TableGroupingPolicy', ['CombineCompatibleSchemas']),
    level: level as number | undefined,
    mergeNewColumns: oneOf(tables.AddOrUpdateBehavior, 'AddOrUpdateBehavior of Tables', ['MergeNewColumns']),
    indexPartitions: root.CreatePartitionIndex === true,
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw invalid(`The Configuration is not JSON: ${(thrown as Error).message}.`)
  }
}

function objectOf(value: unknown, what: string, known: readonly string[]): Record<string, unknown> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object.`)
  const strange = Object.keys(value).find((name) => !known.includes(name))
  if (strange) throw invalid(`${strange} of ${what} is not supported by Millrace.`)
  return value as Record<string, unknown>
}

function oneOf(value: unknown, what: string, known: readonly string[]): boolean {
  if (value === undefined) return false
  if (!known.includes(value as string)) throw invalid(`${what} must be ${known.join(' or ')}, not ${String(value)}.`)
  return true
}
