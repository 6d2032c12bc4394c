import type { Unit } from './arrivals.ts'
import type { Intent } from './ledger.ts'

/**
 * Requests to an endpoint that were announced and not answered when the engine stopped. Whether they arrived is not known, so they are sent again as they
 * were: the same records under the same id, by which an endpoint can tell that it has them already.
 */
export class Requests {
  private readonly byId = new Map<string, Intent>()

  add(intent: Intent): void {
    this.byId.set(intent.id, intent)
  }

  /** The request that a record belongs to. */
  of({ origin, position, piece }: Unit): Intent | undefined {
    if (this.byId.size === 0) return undefined
    for (const intent of this.byId.values()) {
      if (within(intent.ranges[origin], position)) return intent
      const found = intent.pieces?.some(
        (pieces) => pieces.origin === origin && pieces.position === position && within(pieces.runs, piece),
      )
      if (found) return intent
    }
    return undefined
  }

  /** Whether a buffer of `count` records or pieces holds all of a request that can come. */
  isWhole({ records, pieces = [] }: Intent, count: number): boolean {
    return count >= pieces.reduce((sum, { runs }) => sum + runLength(runs), records)
  }

  /** It is on its way: what comes later of its records goes elsewhere. */
  forget(id: string): void {
    this.byId.delete(id)
  }

  clear(): void {
    this.byId.clear()
  }
}

function within(runs: readonly number[] | undefined, position: number): boolean {
  if (!runs) return false
  for (let i = 0; i < runs.length; i += 2) if (position >= runs[i] && position < runs[i + 1]) return true
  return false
}

function runLength(runs: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < runs.length; i += 2) sum += runs[i + 1] - runs[i]
  return sum
}
