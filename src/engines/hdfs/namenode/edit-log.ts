import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, writeFileAtomic } from '../../kit/node/files.ts'
import { Journal, newFrame } from '../../kit/node/journal.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Edit } from './edits.ts'
import { readImage, writeImage } from './image.ts'
import type { Namespace } from './namespace.ts'

/** Where the namespace outlives the process. */
export interface EditLog {
  /** The namespace as it was acknowledged last; undefined where there never was any. */
  load(): Promise<Namespace | undefined>
  /** Resolves once the edits are durable, all of them or none. */
  append(edits: readonly Edit[], timeMs: number): Promise<void>
  /** Writes an image, so that the edits before it need not be read again. */
  checkpoint(namespace: Namespace): Promise<void>
  /** Edits since the last image. */
  readonly length: number
  close(): Promise<void>
}

const IMAGE = /^fsimage_(\d+)$/
const IMAGES_KEPT = 2
const READ_BYTES = 4 * 1024 * 1024

/** Images `fsimage_<number of the first edit after it>` and a journal of edits in one folder. */
export class FileEditLog implements EditLog {
  private readonly directory: string
  private readonly warn: (message: string) => void
  private journal: Journal | undefined
  private imageNext = 0

  constructor(directory: string, warn: (message: string) => void) {
    this.directory = directory
    this.warn = warn
    makeFolder(directory)
  }

  get length(): number {
    return (this.journal?.nextToAppend ?? 0) - this.imageNext
  }

  async load(): Promise<Namespace | undefined> {
    await this.journal?.close()
    this.journal = await Journal.open({
      directory: join(this.directory, 'edits'),
      onDamage: ({ file, what, bytes }) => this.warn(`${file}: ${bytes} bytes ${what}`),
    })
    const found = this.newestImage()
    if (!found) return undefined
    const { namespace, next } = found
    this.imageNext = next
    for (let at = next; at < this.journal.next; ) {
      const frames = await this.journal.read(at, READ_BYTES)
      if (frames[0]?.first !== at)
        throw new EngineError('DamagedEditLog', `Edits from number ${at} on are missing in ${this.directory}.`, {
          domain: 'external',
        })
      for (const frame of frames) {
        for (const edit of JSON.parse(Buffer.from(frame.payload).toString()) as Edit[]) namespace.apply(edit)
        at = frame.first + frame.count
      }
    }
    return namespace
  }

  append(edits: readonly Edit[], timeMs: number): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(edits))
    const frame = newFrame(bytes.length)
    frame.payload.set(bytes)
    return this.journal!.append(frame, 1, timeMs).done
  }

  async checkpoint(namespace: Namespace): Promise<void> {
    const journal = this.journal!
    const next = journal.nextToAppend
    const text = writeImage(namespace, next)
    // An image must never know of an edit that could still be refused.
    await journal.settled()
    if (journal.next < next) return
    writeFileAtomic(join(this.directory, `fsimage_${next}`), text)
    this.imageNext = next
    const kept = this.images().slice(0, IMAGES_KEPT)
    for (const old of this.images().slice(IMAGES_KEPT)) rmSync(join(this.directory, `fsimage_${old}`))
    await journal.dropBefore(kept.at(-1)!)
  }

  async close(): Promise<void> {
    await this.journal?.close()
  }

  /** An image that is damaged gives way to the one before, whose edits are still kept. */
  private newestImage(): ReturnType<typeof readImage> | undefined {
    const images = this.images()
    for (const next of images) {
      try {
        return readImage(readFileSync(join(this.directory, `fsimage_${next}`), 'utf8'))
      } catch (thrown) {
        this.warn(`fsimage_${next} is passed over: ${EngineError.from(thrown).message}`)
      }
    }
    if (images.length > 0)
      throw new EngineError('DamagedImage', `No image of the namespace in ${this.directory} can be read.`, {
        domain: 'external',
      })
    return undefined
  }

  private images(): number[] {
    return readdirSync(this.directory)
      .flatMap((name) => IMAGE.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a)
  }
}
