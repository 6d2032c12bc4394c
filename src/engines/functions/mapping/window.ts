import type { StreamRecord } from './records.ts'

/** A state may have 1 MB; beyond it Lambda ends the window early. */
export const STATE_BYTES_MAX = 1024 * 1024
/** Lambda waits so long, engine time, for records of a window that is over, where none of a later one come. */
const QUIET_MS = 120_000

/** A window that is open in a shard, and what the function made of its records so far. */
export interface OpenWindow {
  readonly startMs: number
  readonly endMs: number
  readonly state: unknown
  /** Records before it are in the state. */
  readonly nextOffset: number
}

/** The members of an event beside its records. */
export interface WindowEvent {
  readonly window: { readonly start: string; readonly end: string }
  readonly state: unknown
  readonly isFinalInvokeForWindow: boolean
  readonly isWindowTerminatedEarly: boolean
}

/** Tumbling windows of one shard, by arrival time (Lambda guide, "Implementing stateful Kinesis Data Streams processing in Lambda"). */
export class ShardWindows {
  private readonly sizeMs: number
  private readonly save: (open: OpenWindow | undefined) => void
  private open: OpenWindow | undefined

  /** `open` was left open before. `save` keeps what is open now, durably; undefined where nothing is. */
  constructor(sizeMs: number, open: OpenWindow | undefined, save: (open: OpenWindow | undefined) => void) {
    this.sizeMs = sizeMs
    this.open = open
    this.save = save
  }

  get current(): OpenWindow | undefined {
    return this.open
  }

  /** When the window that is open is over even if nothing more comes; undefined where none is. */
  get closesMs(): number | undefined {
    return this.open && this.open.endMs + QUIET_MS
  }

  /** Whether records of these two times are handled in the same window. */
  together(aMs: number, bMs: number): boolean {
    return Math.floor(aMs / this.sizeMs) === Math.floor(bMs / this.sizeMs)
  }

  /** Whether the window that is open must be closed before a record is handled. */
  isOverFor({ arrivalMs }: StreamRecord): boolean {
    const { open } = this
    return open !== undefined && (arrivalMs < open.startMs || arrivalMs >= open.endMs)
  }

  /** Its state is in a window already: it was handled before a crash kept the checkpoint from moving. */
  holds({ offset }: StreamRecord): boolean {
    return this.open !== undefined && offset < this.open.nextOffset
  }

  /** What a batch is told of its window, which opens with its first one. */
  eventOf([first]: readonly StreamRecord[]): WindowEvent {
    const { sizeMs } = this
    const startMs = Math.floor(first.arrivalMs / sizeMs) * sizeMs
    this.open ??= { startMs, endMs: startMs + sizeMs, state: {}, nextOffset: first.offset }
    return eventOf(this.open, false, false)
  }

  /** Records up to this one are done with: taken into a new state, or given up, which leaves the state as it was. */
  advance({ offset }: StreamRecord, answered: { readonly state: unknown } | undefined): void {
    if (this.open) this.keep({ ...this.open, ...answered, nextOffset: offset + 1 })
  }

  close(): void {
    this.keep(undefined)
  }

  private keep(open: OpenWindow | undefined): void {
    this.save(open)
    this.open = open
  }
}

export function eventOf({ startMs, endMs, state }: OpenWindow, final: boolean, early: boolean): WindowEvent {
  const time = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')
  return {
    window: { start: time(startMs), end: time(endMs) },
    state,
    isFinalInvokeForWindow: final,
    isWindowTerminatedEarly: early,
  }
}
