import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomic } from '../kit/node/files.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import { DeliveryStreamInfo } from './contract.ts'

const StoredStream = z.object({ folder: z.string(), info: DeliveryStreamInfo })
export type StoredStream = z.infer<typeof StoredStream>

const StreamsFile = z.object({
  format: z.literal(1),
  streams: z.array(StoredStream),
  /** How many delivery streams there ever were. */
  created: z.number().int().nonnegative().default(0),
})

/** The delivery streams' definitions: one file, replaced as a whole. Their records are in a folder each. */
export class StreamStore {
  private readonly directory: string
  private readonly file: string
  private created = 0

  constructor(directory: string) {
    this.directory = directory
    this.file = join(directory, 'streams.json')
  }

  load(): StoredStream[] {
    if (!existsSync(this.file)) return []
    try {
      const { streams, created } = StreamsFile.parse(JSON.parse(readFileSync(this.file, 'utf8')))
      this.created = created
      return streams
    } catch (thrown) {
      const reason = thrown instanceof z.ZodError ? z.prettifyError(thrown) : String(thrown)
      const message = `The definitions of the delivery streams cannot be read: ${reason}. Repair the file or move it away; no record is touched.`
      throw new EngineError('InvalidState', message, { at: { file: this.file } })
    }
  }

  save(streams: readonly StoredStream[]): void {
    writeFileAtomic(this.file, `${JSON.stringify({ format: 1, streams, created: this.created }, null, 2)}\n`)
  }

  /** Names a folder that no delivery stream ever had. By count, since the engine's own random numbers are the same after each start. */
  newFolder(random: Random): string {
    return uuid(random.fork(`delivery stream ${++this.created}`))
  }

  folder(name: string): string {
    const folder = join(this.directory, 'streams', name)
    mkdirSync(folder, { recursive: true })
    return folder
  }

  /** The key of a delivery stream lies apart from its records. */
  keyFile(folder: string): string {
    return join(this.directory, 'keys', folder)
  }

  /** Folders and keys of deleted delivery streams that a crash left behind. */
  sweep(streams: readonly StoredStream[]): void {
    const known = new Set(streams.map((stream) => stream.folder))
    for (const root of [join(this.directory, 'streams'), join(this.directory, 'keys')]) {
      if (!existsSync(root)) continue
      for (const name of readdirSync(root))
        if (!known.has(name)) rmSync(join(root, name), { recursive: true, force: true })
    }
  }
}
