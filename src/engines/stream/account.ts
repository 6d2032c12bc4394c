import { EngineError } from '../kit/pure/errors.ts'
import type { AccountSettings } from './contract.ts'

/** A commitment to a minimum of throughput: it lasts a day at least, and unlocks warm throughput and more consumers. */
export interface Commitment {
  readonly startedMs: number
  readonly earliestEndMs: number
  /** When it ends, or ended, once that has been asked for. */
  readonly endMs?: number
}

const DAY_MS = 24 * 3600_000

export function isCommitted(commitment: Commitment | undefined, nowMs: number): boolean {
  return commitment !== undefined && (commitment.endMs === undefined || commitment.endMs > nowMs)
}

export function commit(present: Commitment | undefined, enabled: boolean, nowMs: number): Commitment {
  if (enabled) {
    if (!present || !isCommitted(present, nowMs)) return { startedMs: nowMs, earliestEndMs: nowMs + DAY_MS }
    // Takes back an end that has not come yet.
    return { startedMs: present.startedMs, earliestEndMs: present.earliestEndMs }
  }
  if (!present || !isCommitted(present, nowMs))
    throw new EngineError('ValidationException', 'MinimumThroughputBillingCommitment is not enabled for this account.')
  return { ...present, endMs: present.endMs ?? Math.max(nowMs, present.earliestEndMs) }
}

export function describeAccount(commitment: Commitment | undefined, nowMs: number): AccountSettings {
  if (!commitment) return { commitment: 'DISABLED' }
  const { startedMs, earliestEndMs, endMs } = commitment
  if (!isCommitted(commitment, nowMs)) return { commitment: 'DISABLED', startedMs, endedMs: endMs }
  return {
    commitment: endMs === undefined ? 'ENABLED' : 'ENABLED_UNTIL_EARLIEST_ALLOWED_END',
    startedMs,
    earliestEndMs,
  }
}
