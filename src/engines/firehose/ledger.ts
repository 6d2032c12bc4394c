import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../kit/node/files.ts'
import { Journal, newFrame } from '../kit/node/journal.ts'
import { type Pieces, Progress, type ProgressState, type Ranges } from './positions.ts'

export type Outcome = 'delivered' | 'failed' | 'dropped'

/** What one object, or one request to an endpoint, takes: which records, and what becomes of them. */
export interface Intent {
  readonly id: string
  /** `main`, or `backup` for the copies of source records: their progress is separate. */
  readonly track: 'main' | 'backup'
  readonly outcome: Outcome
  readonly bucket: string
  readonly key: string
  readonly records: number
  readonly rawBytes: number
  readonly objectBytes: number
  readonly ranges: Ranges
  /** Of records of which others take the rest; they are not among `records` and `rawBytes`. */
  readonly pieces?: readonly Pieces[]
  /** Names the endpoint that it is sent to; then there is no object. */
  readonly endpoint?: string
  /** Where a manifest names an object that could not be loaded. */
  readonly manifest?: string
}

/** Records that are done with now. */
export interface Settled {
  readonly track: Intent['track']
  readonly records: number
  readonly rawBytes: number
}

export interface Counters {
  deliveredRecords: number
  deliveredBytes: number
  deliveredObjects: number
  droppedRecords: number
  failedRecords: number
  /** Bytes of records, as they came, that are done with. */
  doneBytes: number
}

type Entry =
  | { type: 'intent'; intent: Intent }
  | { type: 'done'; id: string; intent?: Intent }
  | { type: 'abort'; id: string }
  | { type: 'drop'; intent: Intent }

interface Snapshot {
  readonly format: 1
  /** Entries of the ledger before this number are in the snapshot. */
  readonly next: number
  readonly main: ProgressState
  readonly backup: ProgressState
  readonly counters: Counters
  readonly open: Intent[]
}

const SNAPSHOT_ENTRIES = 500
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * What has become of the records, durably. An object is announced before it is written and confirmed after, so that a start after a
 * crash asks the lake whether the announced object is there: if so its records are done, if not none of them was delivered.
 */
export class Ledger {
  readonly main: Progress
  readonly backup: Progress
  readonly counters: Counters
  /** Called when records are done with, in the same turn as the counters change. */
  onSettled: (settled: Settled) => void = () => {}
  /** Announced and not confirmed, by id. */
  readonly open = new Map<string, Intent>()
  private readonly directory: string
  private readonly journal: Journal
  private entries = 0
  /** Entries on their way to the log: a snapshot waits for them, and the next ones wait for it. */
  private readonly pending = new Set<Promise<void>>()
  private snapshotting: Promise<void> | undefined

  static async open(directory: string, onDamage: (what: string) => void): Promise<Ledger> {
    mkdirSync(directory, { recursive: true })
    const journal = await Journal.open({
      directory: join(directory, 'ledger'),
      onDamage: ({ file, what }) => onDamage(`${file}: ${what}`),
    })
    const ledger = new Ledger(directory, journal, readSnapshot(directory))
    await ledger.replay()
    return ledger
  }

  private constructor(directory: string, journal: Journal, snapshot: Snapshot) {
    this.directory = directory
    this.journal = journal
    this.main = new Progress(snapshot.main)
    this.backup = new Progress(snapshot.backup)
    this.counters = { ...snapshot.counters }
    for (const intent of snapshot.open) this.open.set(intent.id, intent)
    this.replayFrom = snapshot.next
  }

  private readonly replayFrom: number

  private async replay(): Promise<void> {
    for (let number = Math.max(this.replayFrom, this.journal.first); number < this.journal.next; ) {
      const frames = await this.journal.read(number, 4 * 1024 * 1024)
      if (frames.length === 0) break
      for (const frame of frames) this.apply(JSON.parse(decoder.decode(frame.payload)) as Entry)
      number = frames[frames.length - 1].first + 1
    }
  }

  /** Entries so far, over all starts: no object is written before its own was counted. */
  get next(): number {
    return this.journal.next
  }

  /** Whether all records of an intent are done with, whoever did it. */
  isDone({ ranges, pieces = [] }: Pick<Intent, 'ranges' | 'pieces'>): boolean {
    const { main } = this
    for (const [origin, runs] of Object.entries(ranges))
      for (let i = 0; i < runs.length; i += 2) if (!main.hasAll(origin, runs[i], runs[i + 1])) return false
    return pieces.every(({ origin, position, runs }) =>
      runs.every((from, i) => i % 2 === 1 || main.hasPieces(origin, position, from, runs[i + 1])),
    )
  }

  /** Announces an object. It may be written once this has resolved. */
  announce(intent: Intent, nowMs: number): Promise<void> {
    return this.append({ type: 'intent', intent }, nowMs)
  }

  /** What was announced is where it should be; `intent` where it is only a part of that. */
  confirm(id: string, nowMs: number, intent?: Intent): Promise<void> {
    return this.append({ type: 'done', id, ...(intent && { intent }) }, nowMs)
  }

  /** The announced object is not in the lake and will not be. */
  abort(id: string, nowMs: number): Promise<void> {
    return this.append({ type: 'abort', id }, nowMs)
  }

  /** Records that leave no object. */
  drop(intent: Intent, nowMs: number): Promise<void> {
    return this.append({ type: 'drop', intent }, nowMs)
  }

  private async append(entry: Entry, nowMs: number): Promise<void> {
    await this.snapshotting
    const writing = this.write(entry, nowMs)
    this.pending.add(writing)
    try {
      await writing
    } finally {
      this.pending.delete(writing)
    }
    if (++this.entries >= SNAPSHOT_ENTRIES) await this.compact()
  }

  private async write(entry: Entry, nowMs: number): Promise<void> {
    const payload = encoder.encode(JSON.stringify(entry))
    const frame = newFrame(payload.length)
    frame.payload.set(payload)
    await this.journal.append(frame, 1, nowMs).done
    this.apply(entry)
  }

  private apply(entry: Entry): void {
    if (entry.type === 'intent') this.open.set(entry.intent.id, entry.intent)
    else if (entry.type === 'abort') this.open.delete(entry.id)
    else if (entry.type === 'drop') this.settle(entry.intent)
    else {
      const intent = this.open.get(entry.id)
      if (intent) this.settle(entry.intent ?? intent)
      this.open.delete(entry.id)
    }
  }

  /** A record counts where its last piece went. */
  private settle(intent: Intent): void {
    if (intent.track === 'backup') {
      this.backup.add(intent.ranges)
      this.onSettled(intent)
      return
    }
    this.main.add(intent.ranges)
    let { records, rawBytes } = intent
    for (const pieces of intent.pieces ?? []) {
      if (!this.main.addPieces(pieces)) continue
      records++
      rawBytes += pieces.bytes
    }
    const { counters } = this
    counters.doneBytes += rawBytes
    this.onSettled({ track: 'main', records, rawBytes })
    if (intent.outcome === 'dropped') counters.droppedRecords += records
    else if (intent.outcome === 'failed') counters.failedRecords += records
    else {
      counters.deliveredRecords += records
      counters.deliveredBytes += intent.objectBytes
      counters.deliveredObjects++
    }
  }

  /** Writes the state as a whole, so that the log before it can go. */
  compact(): Promise<void> {
    this.snapshotting ??= this.writeSnapshot().finally(() => {
      this.snapshotting = undefined
    })
    return this.snapshotting
  }

  private async writeSnapshot(): Promise<void> {
    await Promise.allSettled(this.pending)
    const snapshot: Snapshot = {
      format: 1,
      next: this.journal.next,
      main: this.main.state(),
      backup: this.backup.state(),
      counters: this.counters,
      open: [...this.open.values()],
    }
    writeFileAtomic(join(this.directory, 'state.json'), JSON.stringify(snapshot))
    this.entries = 0
    await this.journal.dropBefore(snapshot.next)
  }

  async close(): Promise<void> {
    await this.compact().catch(() => {})
    await this.journal.close()
  }

  async destroy(): Promise<void> {
    await this.journal.destroy()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

const FRESH: Snapshot = {
  format: 1,
  next: 0,
  main: { low: {}, above: {} },
  backup: { low: {}, above: {} },
  counters: {
    deliveredRecords: 0,
    deliveredBytes: 0,
    deliveredObjects: 0,
    droppedRecords: 0,
    failedRecords: 0,
    doneBytes: 0,
  },
  open: [],
}

function readSnapshot(directory: string): Snapshot {
  const file = join(directory, 'state.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Snapshot) : FRESH
}
