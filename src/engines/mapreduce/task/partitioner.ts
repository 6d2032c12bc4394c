import type { JobSpec } from '../contract.ts'
import { fieldOf } from './sort-key.ts'
import { compareBytes } from './sorter.ts'

/** The hash of Hadoop's Text: 31 times the hash plus the next byte, which is signed, from 1 on. */
export function hashBytes(data: Uint8Array, start: number, end: number): number {
  let hash = 1
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + ((data[i] << 24) >> 24)) | 0
  return hash
}

/** The partition of a record, from the bytes of its key and of what makes its group. */
export type Partitioner = (
  data: Buffer,
  keyStart: number,
  keyEnd: number,
  groupStart: number,
  groupEnd: number,
) => number

/** `partition` of a spec, but for functions: those are asked with the record as it was emitted. */
export function partitionerOf({ partition, reducers, sort }: JobSpec): Partitioner {
  const of = (hash: number) => (hash & 0x7fffffff) % reducers
  if (reducers < 2) return () => 0
  if (partition === undefined && sort?.groupFields !== undefined)
    return (data, _start, _end, groupStart, groupEnd) => of(hashBytes(data, groupStart, groupEnd))
  if (partition === undefined || partition === 'hash') return (data, start, end) => of(hashBytes(data, start, end))
  if (partition.kind === 'fields') {
    const separator = partition.separator.charCodeAt(0)
    return (data, start, end) => of(hashBytes(data, ...fieldOf(separator, partition, data, start, end)))
  }
  if (partition.kind === 'range') {
    const cuts = partition.cuts.map((cut) => Buffer.from(cut))
    return (data, start, end) => {
      let low = 0
      let high = cuts.length
      while (low < high) {
        const middle = (low + high) >> 1
        const cut = cuts[middle]
        if (compareBytes(data, start, end - start, cut, 0, cut.length) < 0) high = middle
        else low = middle + 1
      }
      return low
    }
  }
  throw new Error('A function partitions by itself.')
}
