import { Journal, newFrame } from '../kit/node/journal.ts'
import type { RecordBatch } from '../kit/pure/batch.ts'
import { type Arrivals, framePayloadBytes, JOURNAL, readFramePayload, writeFramePayload } from './arrivals.ts'
import { SEALED_EXTRA_BYTES, type Vault } from './encryption.ts'

const READ_BYTES = 4 * 1024 * 1024
/** Small files are not worth the syncs that deleting them takes. */
const JOURNAL_BYTES_KEPT = 16 * 1024 * 1024

/** Records of direct puts on disk, from their acknowledgement until they are delivered; encrypted while the delivery stream is. */
export class DirectPuts {
  encrypts = false
  private readonly journal: Journal
  private readonly vault: Vault

  static async open(directory: string, vault: Vault, onDamage: (what: string) => void): Promise<DirectPuts> {
    const journal = await Journal.open({ directory, onDamage: ({ file, what }) => onDamage(`${file}: ${what}`) })
    return new DirectPuts(journal, vault)
  }

  private constructor(journal: Journal, vault: Vault) {
    this.journal = journal
    this.vault = vault
  }

  get first(): number {
    return this.journal.first
  }

  /** One after the last record that can be read. */
  get next(): number {
    return this.journal.next
  }

  get nextToAppend(): number {
    return this.journal.nextToAppend
  }

  /** Resolves once the records are durable. */
  async append({ count, data, dataEnds }: RecordBatch, nowMs: number): Promise<Arrivals> {
    const plainBytes = framePayloadBytes(count, data.length)
    const frame = newFrame(plainBytes + (this.encrypts ? SEALED_EXTRA_BYTES : 0))
    if (this.encrypts) {
      const plain = new Uint8Array(plainBytes)
      writeFramePayload(plain, dataEnds, data)
      this.vault.seal(plain, frame.payload)
    } else writeFramePayload(frame.payload, dataEnds, data)
    const { first, done } = this.journal.append(frame, count, nowMs)
    await done
    return { origin: JOURNAL, first, count, data, ends: dataEnds, arrivalMs: nowMs }
  }

  /** What the journal holds from one position up to another, frame by frame. */
  async *read(from: number, end: number): AsyncGenerator<Arrivals> {
    for (let number = Math.max(from, this.first); number < end; ) {
      const frames = await this.journal.read(number, READ_BYTES)
      if (frames.length === 0) return
      for (const { payload, first, count, timeMs } of frames) {
        if (first >= end) return
        yield readFramePayload(this.vault.plain(payload), first, count, timeMs)
      }
      const last = frames[frames.length - 1]
      number = last.first + last.count
    }
  }

  /** Lets go of what is done, and answers whether it did. */
  async dropBefore(position: number): Promise<boolean> {
    if (this.journal.bytes < JOURNAL_BYTES_KEPT) return false
    await this.journal.dropBefore(Math.min(position, this.journal.next))
    return true
  }

  close(): Promise<void> {
    return this.journal.close()
  }

  async destroy(): Promise<void> {
    await this.journal.destroy()
    this.vault.destroy()
  }
}
