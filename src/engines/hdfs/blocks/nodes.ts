/** dfs.heartbeat.interval and dfs.namenode.heartbeat.recheck-interval: dead after 2 × 5 min + 10 × 3 s. */
export const HEARTBEAT_MS = 3000
export const STALE_MS = 30_000
export const DEAD_MS = 2 * 300_000 + 10 * HEARTBEAT_MS

export type AdminState = 'normal' | 'decommissioning' | 'decommissioned'

/** A DataNode as the NameNode knows it. */
export interface NodeInfo {
  readonly name: string
  readonly rack: string
  readonly capacityBytes: number
  /** Set aside for replicas that are being written. */
  reservedBytes: number
  /** What its replicas take. */
  readonly usedBytes: number
  /** False once no heartbeat came for too long. */
  alive: boolean
  admin: AdminState
  /** When the last heartbeat came that was not followed by another; undefined while they come. */
  silentSinceMs: number | undefined
  /** Transfers that it is part of. */
  streams: number
}

export const freeBytes = ({ capacityBytes, usedBytes, reservedBytes }: NodeInfo): number =>
  Math.max(0, capacityBytes - usedBytes - reservedBytes)

export const isStale = ({ silentSinceMs }: NodeInfo, nowMs: number): boolean =>
  silentSinceMs !== undefined && nowMs - silentSinceMs >= STALE_MS

/** Whether new replicas may go there. */
export const takesReplicas = ({ alive, admin }: NodeInfo): boolean => alive && admin === 'normal'
