import type { PartitionSkew } from './contract.ts'
import type { JobRun } from './job-run.ts'
import { countingAttempts } from './tasks.ts'

const KEYS_TOLD = 20

/** How unevenly the maps' output falls on the reduces, and which keys are to blame. */
export function skewOf({ maps, reduces }: JobRun): { maxOverMedian: number; partitions: PartitionSkew[] } {
  const sums = reduces.map(() => ({ records: 0, bytes: 0, keys: new Map<string, number>() }))
  for (const { segments, heaviest } of countingAttempts(maps)) {
    for (const [partition, { records, bytes }] of segments.entries()) {
      sums[partition].records += records
      sums[partition].bytes += bytes
    }
    for (const { partition, keys } of heaviest)
      for (const { key, records } of keys) sums[partition].keys.set(key, (sums[partition].keys.get(key) ?? 0) + records)
  }
  const partitions = sums.map(({ records, bytes, keys }, partition) => ({
    partition,
    records,
    bytes,
    keys: [...keys]
      .map(([key, count]) => ({ key, records: count }))
      .sort((a, b) => b.records - a.records || (a.key < b.key ? -1 : 1))
      .slice(0, KEYS_TOLD),
  }))
  const sizes = partitions.map(({ bytes }) => bytes).sort((a, b) => a - b)
  const median = sizes.length === 0 ? 0 : (sizes[(sizes.length - 1) >> 1] + sizes[sizes.length >> 1]) / 2
  return { maxOverMedian: median === 0 ? 1 : (sizes.at(-1) ?? 0) / median, partitions }
}
