import type { Unit } from './arrivals.ts'
import type { Intent, Ledger } from './ledger.ts'

/**
 * Requests to an endpoint that were announced and not answered when the engine stopped. Whether they arrived is not known, so they are sent again as they
 * were: the same records under the same id, by which an endpoint can tell that it has them already.
 */
export class Requests {
  private readonly byId = new Map<string, Again>()

  add(intent: Intent, ledger: Ledger): void {
    const waiting = new Map<string, number>()
    const wait = (origin: string, end: number) => waiting.set(origin, Math.max(end, waiting.get(origin) ?? 0))
    for (const [origin, runs] of Object.entries(intent.ranges))
      if (!ledger.isDone({ ranges: { [origin]: runs } })) wait(origin, runs[runs.length - 1])
    for (const pieces of intent.pieces ?? [])
      if (!ledger.isDone({ ranges: {}, pieces: [pieces] })) wait(pieces.origin, pieces.position + 1)
    this.byId.set(intent.id, { intent, waiting })
  }

  /** The request that a record belongs to. */
  of({ origin, position, piece }: Unit): Intent | undefined {
    if (this.byId.size === 0) return undefined
    for (const { intent } of this.byId.values()) {
      if (within(intent.ranges[origin], position)) return intent
      const found = intent.pieces?.some(
        (pieces) => pieces.origin === origin && pieces.position === position && within(pieces.runs, piece),
      )
      if (found) return intent
    }
    return undefined
  }

  /** All records of an origin before `end` have come, or never will. Answers the requests that wait for no more of theirs. */
  passed(origin: string, end: number): string[] {
    const whole: string[] = []
    for (const [id, { waiting }] of this.byId) {
      const last = waiting.get(origin)
      if (last === undefined || last > end) continue
      waiting.delete(origin)
      if (waiting.size === 0) whole.push(id)
    }
    return whole
  }

  /** It is on its way: what comes later of its records goes elsewhere. */
  forget(id: string): void {
    this.byId.delete(id)
  }

  clear(): void {
    this.byId.clear()
  }
}

interface Again {
  readonly intent: Intent
  /** By origin, one after the last of its records that is still to come. */
  readonly waiting: Map<string, number>
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
