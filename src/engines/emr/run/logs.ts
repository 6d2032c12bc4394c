import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Clients } from '../../contract.ts'
import { ProcessLog } from '../../kit/node/process/log.ts'
import { objectOf } from './files.ts'

export const LOG_FILES = ['controller', 'stdout', 'stderr'] as const
export type LogFile = (typeof LOG_FILES)[number]
const PART_BYTES = 256 * 1024
const TAIL_BYTES = 1000

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

  /** A part from a byte on, of all that was ever written: later where that is not kept any more. */
  read(file: LogFile, from: number): { text: string; next: number } {
    return this.log(file).read(from, PART_BYTES)
  }

  /** The last lines of an output, for a reason that says something. */
  tail(file: LogFile): string {
    return this.log(file).read(-TAIL_BYTES, TAIL_BYTES).text.trimEnd().split('\n').slice(-3).join('\n')
  }

  /** As `<place>/<file>.gz`, `place` being of the lake. */
  async upload({ lake }: Pick<Clients, 'lake'>, place: string): Promise<void> {
    for (const file of LOG_FILES) {
      if (!existsSync(join(this.folder, file))) continue
      const { bucket, key } = objectOf(`${place}/${file}.gz`)!
      await lake.putObject({
        bucket,
        key,
        body: new Uint8Array(gzipSync(this.log(file).kept())),
        contentType: 'application/gzip',
      })
    }
  }

  private log(file: LogFile): ProcessLog {
    return new ProcessLog(join(this.folder, file))
  }
}
