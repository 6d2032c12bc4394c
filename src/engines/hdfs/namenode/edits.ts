import type { Attributes, BlockRef } from './inode.ts'

/** One change of the namespace, as the edit log has it. It was checked before it was logged, so that applying it cannot fail. */
export type Edit =
  | { op: 'mkdir'; path: string; id: number; attributes: Attributes }
  | {
      op: 'create'
      path: string
      id: number
      attributes: Attributes
      replication: number
      blockSize: number
      writer: string
    }
  /** The blocks of a file that is being written, from the `from`th on. */
  | { op: 'blocks'; path: string; from: number; blocks: readonly BlockRef[] }
  | { op: 'open'; path: string; writer: string; acknowledged: number }
  | { op: 'acknowledge'; path: string; bytes: number }
  | { op: 'close'; path: string; timeMs: number }
  | { op: 'rename'; from: string; to: string; timeMs: number }
  | { op: 'delete'; path: string; timeMs: number }
  | { op: 'attributes'; path: string; change: Partial<Attributes> }
  | { op: 'replication'; path: string; replication: number }
  | { op: 'quota'; path: string; nameQuota: number | null; spaceQuota: number | null }
  | { op: 'concat'; path: string; sources: readonly string[]; timeMs: number }
  | { op: 'snapshottable'; path: string; allowed: boolean }
  | { op: 'snapshot'; path: string; name: string; id: number; timeMs: number }
  | { op: 'rename-snapshot'; path: string; from: string; to: string }
  | { op: 'delete-snapshot'; path: string; name: string }
