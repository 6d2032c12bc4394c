import { basename } from 'node:path'
import { realTime } from '../kit/node/real-time.ts'
import { BatchBuilder } from '../kit/pure/batch.ts'
import type { Ingested, TailSettings } from './contract.ts'
import { type FilePosition, Follower, type Line, type Piece } from './follower.ts'
import { fitsRecord, type Keys } from './keys.ts'
import type { Positions } from './positions.ts'

/** How often a file is looked at, real time. Notifications of the system miss what happens on network drives and through links. */
const LOOK_EVERY_MS = 200
/** Of a record, what its key may take. */
const KEY_BYTES = 1024

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** The lines of a file as it grows. Its position moves on, durably, with what has been settled. */
export class TailIngest {
  private readonly settings: TailSettings
  private readonly file: string
  private readonly keys: Keys
  private readonly positions: Positions
  private readonly follower: Follower
  private given: { ticket: number; position: FilePosition }[] = []
  private ticket = 0
  private lines = 0
  private closed = false
  private wake: (() => void) | undefined
  /** Settles once nothing reads the file any more. */
  private reading: Promise<void> = Promise.resolve()

  /** `file` is the absolute path that the settings name. */
  constructor(settings: TailSettings, file: string, keys: Keys, positions: Positions) {
    this.settings = settings
    this.file = file
    this.keys = keys
    this.positions = positions
    this.follower = new Follower(file, settings.recordKiB * 1024 - KEY_BYTES)
  }

  /** What its position is remembered under; null when it is not. */
  get position(): string | null {
    return this.settings.position === null ? null : `${this.settings.position} ${this.file}`
  }

  async *items(): AsyncGenerator<Ingested> {
    let ended = () => {}
    this.reading = new Promise((resolve) => {
      ended = resolve
    })
    try {
      await this.begin()
      let said = ''
      while (!this.closed) {
        const piece = await this.follower.next()
        const says = `${this.note()} ${this.follower.problem}`
        if (piece || says !== said) yield this.item(piece)
        else await this.pause()
        said = says
      }
      await this.allSettled()
    } finally {
      await this.follower.close()
      ended()
    }
  }

  settle(ticket: number): void {
    const settled = this.given.filter((one) => one.ticket <= ticket).at(-1)
    if (!settled) return
    this.given = this.given.filter((one) => one.ticket > ticket)
    this.remember(settled.position)
    this.wake?.()
  }

  close(): void {
    this.closed = true
    this.wake?.()
  }

  async dispose(): Promise<void> {
    this.given = []
    this.close()
    await this.reading
  }

  private async allSettled(): Promise<void> {
    while (this.given.length > 0)
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
  }

  private async begin(): Promise<void> {
    const { position, start } = this.settings
    const known = position === null ? null : this.positions.read(position, this.file)
    if (known) return this.follower.resume(known)
    await this.follower.startAt(start)
    // Where the end was is remembered even if nothing comes before the program ends.
    if (this.follower.position) this.remember(this.follower.position)
  }

  private remember(position: FilePosition): void {
    if (this.settings.position !== null) this.positions.write(this.settings.position, this.file, position)
  }

  private item(piece: Piece | null): Ingested {
    if (piece) this.given.push({ ticket: ++this.ticket, position: piece.position })
    const [batch, misfits] = this.batchOf(piece?.lines ?? [])
    this.lines += batch.count
    return {
      ticket: this.ticket,
      batch,
      leftOut: (piece?.tooLong ?? 0) + misfits,
      note: this.note(),
      warning: this.follower.problem,
    }
  }

  private note(): string {
    const name = basename(this.file)
    return this.follower.isOpen ? `${name} · ${this.lines.toLocaleString('en')} lines` : `${name} is not there yet`
  }

  /** The records of lines, and how many of them are too large for one. */
  private batchOf(lines: readonly Line[]): [Ingested['batch'], number] {
    const { keyBy, wrap, recordKiB } = this.settings
    const file = basename(this.file)
    const builder = new BatchBuilder()
    for (const { bytes, offset } of lines) {
      const text = keyBy === 'field' || wrap ? decoder.decode(bytes) : ''
      const key = keyBy === 'file' ? this.keys.of(file) : keyBy === 'field' ? this.keys.byField(text) : this.keys.own()
      const data = wrap ? encoder.encode(JSON.stringify({ file, offset, line: text })) : bytes
      if (fitsRecord(key, data, recordKiB)) builder.add(key, data)
    }
    const misfits = lines.length - builder.count
    return [builder.finish(), misfits]
  }

  private async pause(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve
    })
    await Promise.race([realTime.sleep(LOOK_EVERY_MS), woken])
  }
}
