import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type JournalFiles, readAll, writeAll } from './files.ts'
import { type Gap, Segment } from './segment.ts'

/** What was found damaged, and where its bytes are kept. */
export interface Damage {
  readonly file: string
  readonly what: string
  readonly bytes: number
}

const COPY_BYTES = 1024 * 1024

/** The segments of one journal, oldest first and never none; the last one takes the appends. */
export class Segments {
  readonly directory: string
  readonly files: JournalFiles
  readonly onDamage: (damage: Damage) => void
  readonly all: Segment[]

  /** Those in a folder, known by name and size alone. The folder may be missing. */
  constructor(directory: string, files: JournalFiles, onDamage: (damage: Damage) => void) {
    this.directory = directory
    this.files = files
    this.onDamage = onDamage
    this.all = filesIn(directory)
      .filter((name) => /^\d{20}\.log$/.test(name))
      .sort()
      .map((name) => new Segment(directory, Number(name.slice(0, 20)), statSync(join(directory, name)).size))
    this.all.forEach((segment, i) => {
      segment.next = this.all[i + 1]?.first ?? segment.first
    })
    if (this.all.length === 0) this.all.push(new Segment(directory, 0))
  }

  get active(): Segment {
    return this.all[this.all.length - 1]
  }

  /** One after the last number that can be read. */
  get next(): number {
    return this.active.next
  }

  /** The place of the segment that holds a number, if any does. */
  indexOf(number: number): number {
    let [low, high] = [0, this.all.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.all[middle].first <= number) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Copies bytes that are no frames to `quarantine/`, once, and reports them. */
  async keepAside(handle: number, segment: Segment, gap: Gap, what: string): Promise<void> {
    const { files } = this
    const folder = join(this.directory, 'quarantine')
    files.makeFolder(folder)
    const file = join(folder, `${basename(segment.path, '.log')}-${gap.position}.bin`)
    const copy = await files.open(file, 'w')
    try {
      for (let at = 0; at < gap.bytes; at += COPY_BYTES) {
        const bytes = await readAll(files, handle, Math.min(COPY_BYTES, gap.bytes - at), gap.position + at)
        if (bytes.length > 0) await writeAll(files, copy, [bytes], bytes.length, at)
      }
      await files.sync(copy)
    } finally {
      await files.close(copy)
    }
    files.syncFolder(folder)
    this.onDamage({ file, what: `${what} at byte ${gap.position} of ${basename(segment.path)}`, bytes: gap.bytes })
  }
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return []
    throw thrown
  }
}
