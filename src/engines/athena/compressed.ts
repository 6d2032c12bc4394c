import { createReadStream } from 'node:fs'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { EngineError } from '../kit/pure/errors.ts'
import type { DataFile } from './files.ts'

const AT_ONCE = 4
/** Files that are remembered to be whole. */
const KNOWN_MAX = 20_000

/**
 * Whether compressed files are whole. DuckDB takes the end of a file for the end of its data, so that one that is cut off would lack rows
 * without a word: each is read to its end and checked once, as long as it stays as it is.
 */
export class CompressedFiles {
  private readonly whole = new Set<string>()

  async check(files: readonly DataFile[]): Promise<void> {
    const left = files.filter((file) => /\.(gz|zst)$/.test(file.file) && !this.whole.has(stamp(file)))
    const next = async (): Promise<void> => {
      for (let file = left.pop(); file; file = left.pop()) await this.checkOne(file)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, next))
  }

  private async checkOne(file: DataFile): Promise<void> {
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
    const decompress = file.file.endsWith('.gz') ? createGunzip() : createZstdDecompress()
    await pipeline(createReadStream(file.file), decompress, nowhere).catch((thrown: Error) => {
      throw new EngineError('HIVE_CURSOR_ERROR', `Failed to read file at ${file.uri}: ${thrown.message}`)
    })
    if (this.whole.size >= KNOWN_MAX) this.whole.clear()
    this.whole.add(stamp(file))
  }
}

function stamp({ file, size, modifiedMs }: DataFile): string {
  return `${file}:${size}:${modifiedMs}`
}
