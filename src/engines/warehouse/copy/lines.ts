import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { CopyCommand } from './parse.ts'

/**
 * Where in a file the records with these numbers (from 1, without those on `rejected` lines) are: their lines and texts. It is asked for
 * bad rows only, so it may read the file once more.
 */
export async function findLines(
  path: string,
  copy: Pick<CopyCommand, 'compression' | 'ignoreHeader' | 'format' | 'quote'>,
  wanted: ReadonlySet<number>,
  rejected: ReadonlySet<number>,
): Promise<Map<number, { line: number; text: string }>> {
  const found = new Map<number, { line: number; text: string }>()
  const file = createReadStream(path)
  const bytes =
    copy.compression === 'gzip'
      ? file.pipe(createGunzip())
      : copy.compression === 'zstd'
        ? file.pipe(createZstdDecompress())
        : file
  let line = 0
  let record = 0
  let open = false
  for await (const text of createInterface({ input: bytes, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (line <= copy.ignoreHeader || (text === '' && !open)) continue
    const continues = open
    // A quoted field may go over several lines: the record is where it began.
    if (copy.format === 'CSV' && (text.split(copy.quote).length - 1) % 2 === 1) open = !open
    if (continues || rejected.has(line)) continue
    record++
    if (wanted.has(record)) found.set(record, { line, text })
    if (found.size === wanted.size) break
  }
  file.destroy()
  return found
}
