import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { JobSpec } from '../contract.ts'
import { textOf, type Value } from './codec.ts'

const WRITE_BYTES = 1024 * 1024
const GZIP_LEVEL = 6

const ENDINGS = { none: '', gzip: '.gz', zstd: '.zst' } as const

/** `part-r-00000`, as Hadoop names it, with the ending of its compression. */
export function partName(kind: 'map' | 'reduce', task: number, { compression, format }: JobSpec['output']): string {
  const ending = format === 'jsonLines' ? '.jsonl' : ''
  return `part-${kind === 'map' ? 'm' : 'r'}-${String(task).padStart(5, '0')}${ending}${ENDINGS[compression]}`
}

/** Writes a task's part of the output: text with key and value, or a line of JSON for each record. */
export class OutputWriter {
  readonly file: string
  records = 0
  bytes = 0
  private readonly handle: number
  private readonly output: JobSpec['output']
  private buffer = Buffer.allocUnsafeSlow(WRITE_BYTES)
  private used = 0

  constructor(directory: string, name: string, output: JobSpec['output']) {
    this.file = join(directory, name)
    this.output = output
    this.handle = openSync(this.file, 'wx')
  }

  /** A null key or value is left out, with the separator, as in Hadoop's TextOutputFormat. */
  write(key: Value, value: Value): void {
    this.records++
    const none = (part: Value) => part === null || part === undefined
    if (this.output.format === 'jsonLines') this.line(JSON.stringify(jsonOf(key, value)))
    else if (none(value)) this.line(textOf(key))
    else if (none(key)) this.line(value)
    else {
      this.put(textOf(key))
      this.put(this.output.separator)
      this.line(value)
    }
  }

  /** Bytes of a whole line. */
  writeLine(bytes: Uint8Array): void {
    this.records++
    this.line(bytes)
  }

  /** The engine brings it to the disk: under the permission model a process may not. */
  close(): void {
    // A file of no member at all is none of its kind: what unpacks it would call it cut off.
    if (this.used > 0 || this.bytes === 0) this.pack()
    closeSync(this.handle)
  }

  private line(value: Value): void {
    this.put(value instanceof Uint8Array ? value : textOf(value))
    this.put('\n')
  }

  private put(part: string | Uint8Array): void {
    const most = typeof part === 'string' ? part.length * 3 : part.length
    if (this.used + most > this.buffer.length) {
      this.flush()
      if (most > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(most)
    }
    if (typeof part === 'string') this.used += this.buffer.utf8Write(part, this.used)
    else {
      this.buffer.set(part, this.used)
      this.used += part.length
    }
  }

  private flush(): void {
    if (this.used > 0) this.pack()
  }

  /** Members of gzip and frames of zstd follow each other in one file. */
  private pack(): void {
    const plain = this.buffer.subarray(0, this.used)
    const { compression } = this.output
    const packed =
      compression === 'gzip'
        ? gzipSync(plain, { level: GZIP_LEVEL })
        : compression === 'zstd'
          ? zstdCompressSync(plain)
          : plain
    for (let at = 0; at < packed.length; ) at += writeSync(this.handle, packed, at)
    this.bytes += packed.length
    this.used = 0
  }
}

/** An object stands for itself; anything else becomes one with its key. */
function jsonOf(key: Value, value: Value): unknown {
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && (key === null || key === ''))
    return value
  const text = (part: Value) => (part instanceof Uint8Array ? textOf(part) : (part ?? null))
  return { key: text(key), value: text(value) }
}
