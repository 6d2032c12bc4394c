import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** Staged files that are kept for the next query; those unused for longest go first. */
const BYTES_MAX = 4 * 1024 ** 3

/** What DuckDB cannot read, as lines of JSON that it can, made once for each state of what it is made of. Nothing of it outlives the program. */
export class StagedFiles {
  private readonly directory: string
  /** In the order of their last use. */
  private readonly files = new Map<string, Promise<{ file: string; size: number }>>()

  constructor(directory: string) {
    this.directory = join(directory, 'staged')
    rmSync(this.directory, { recursive: true, force: true })
    mkdirSync(this.directory, { recursive: true })
  }

  /** The file of this key, which says all that its content depends on. */
  async lines(key: string, make: () => AsyncIterable<object>): Promise<string> {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32)
    const known = this.files.get(name) ?? this.write(join(this.directory, `${name}.json`), make)
    this.files.delete(name)
    this.files.set(name, known)
    known.catch(() => this.files.delete(name))
    const { file } = await known
    await this.tidy()
    return file
  }

  private async write(file: string, make: () => AsyncIterable<object>): Promise<{ file: string; size: number }> {
    const unfinished = `${file}.part`
    try {
      await pipeline(Readable.from(textOf(make())), createWriteStream(unfinished))
      await rename(unfinished, file)
    } catch (thrown) {
      await rm(unfinished, { force: true })
      throw thrown
    }
    return { file, size: (await stat(file)).size }
  }

  private async tidy(): Promise<void> {
    const done = await Promise.all([...this.files].map(async ([name, entry]) => ({ name, ...(await entry) })))
    let bytes = done.reduce((sum, { size }) => sum + size, 0)
    for (const { name, file, size } of done.slice(0, -1)) {
      if (bytes <= BYTES_MAX) break
      this.files.delete(name)
      bytes -= size
      await rm(file, { force: true })
    }
  }
}

const CHUNK = 64 * 1024

async function* textOf(values: AsyncIterable<object>): AsyncGenerator<string> {
  let text = ''
  for await (const value of values) {
    text += `${JSON.stringify(value)}\n`
    if (text.length < CHUNK) continue
    yield text
    text = ''
  }
  yield text
}
