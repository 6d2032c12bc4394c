import type { Unit } from './arrivals.ts'
import type { Intent, Ledger } from './ledger.ts'

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

  /** Whether a buffer of `count` records and pieces holds all of a request. */
  isWhole({ entries }: Intent, count: number): boolean {
    return entries !== undefined && count >= entries
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

/** Records of open intents: those of an intent by number, and each that came in pieces, which may be of several intents. */
export interface OpenRecords {
  readonly intent?: Intent
  readonly records: number
  readonly bytes: number
  isDone(ledger: Ledger): boolean
}

export function recordsOf(intents: Iterable<Intent>): OpenRecords[] {
  const open: OpenRecords[] = []
  const seen = new Set<string>()
  for (const intent of intents) {
    if (intent.track !== 'main') continue
    open.push({ intent, records: intent.records, bytes: intent.rawBytes, isDone: (ledger) => ledger.isDone(intent) })
    for (const { origin, position, bytes } of intent.pieces ?? []) {
      if (seen.has(`${origin}/${position}`)) continue
      seen.add(`${origin}/${position}`)
      open.push({ records: 1, bytes, isDone: (ledger) => ledger.main.has(origin, position) })
    }
  }
  return open
}
