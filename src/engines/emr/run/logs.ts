import { appendFileSync, closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Clients } from '../../contract.ts'
import { objectOf } from './files.ts'

export const LOG_FILES = ['controller', 'stdout', 'stderr'] as const
export type LogFile = (typeof LOG_FILES)[number]
const PART_BYTES = 256 * 1024

/** The logs of a step or a bootstrap action: files in its folder, copied to the lake when it has ended, as EMR does. */
export class StepLogs {
  private readonly folder: string
  private readonly now: () => number

  constructor(folder: string, now: () => number) {
    this.folder = folder
    this.now = now
    mkdirSync(folder, { recursive: true })
  }

  /** A line of what is done with it, with the engine's time. */
  controller(line: string): void {
    this.append('controller', `${new Date(this.now()).toISOString()} INFO ${line}\n`)
  }

  append(file: LogFile, text: string): void {
    appendFileSync(join(this.folder, file), text)
  }

  /** A part from a byte on; from the beginning where the file has been cut since. */
  read(file: LogFile, from: number): { text: string; next: number } {
    const path = join(this.folder, file)
    if (!existsSync(path)) return { text: '', next: 0 }
    const handle = openSync(path, 'r')
    try {
      const start = from > fstatSync(handle).size ? 0 : from
      const data = Buffer.alloc(PART_BYTES)
      const bytes = readSync(handle, data, 0, data.length, start)
      return { text: data.toString('utf8', 0, bytes), next: start + bytes }
    } finally {
      closeSync(handle)
    }
  }

  /** The last lines of an output, for a reason that says something. */
  tail(file: LogFile): string {
    const path = join(this.folder, file)
    if (!existsSync(path)) return ''
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-3).join('\n').slice(-1000)
  }

  /** As `<place>/<file>.gz`, `place` being of the lake. */
  async upload({ lake }: Pick<Clients, 'lake'>, place: string): Promise<void> {
    for (const file of LOG_FILES) {
      const path = join(this.folder, file)
      if (!existsSync(path)) continue
      const { bucket, key } = objectOf(`${place}/${file}.gz`)!
      await lake.putObject({
        bucket,
        key,
        body: new Uint8Array(gzipSync(readFileSync(path))),
        contentType: 'application/gzip',
      })
    }
  }
}
