import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { writeFileAtomic } from '../kit/node/files.ts'
import { replaceCode } from './code.ts'
import type { ZippedFile } from './zip.ts'

/**
 * Numbered copies that do not change, as files: `N.json` says what one is, the folder `N` has its files. One is there when its document is.
 * `last.json` remembers the highest number, so that none is given twice.
 */
export class Snapshots<T> {
  readonly directory: string
  private readonly schema: z.ZodType<T>

  constructor(directory: string, schema: z.ZodType<T>) {
    this.directory = directory
    this.schema = schema
  }

  /** The highest number that was ever given; 0 where none was. */
  get last(): number {
    const file = this.file('last')
    const given = existsSync(file) ? Number(JSON.parse(readFileSync(file, 'utf8'))) : 0
    return Math.max(given, ...this.numbers())
  }

  numbers(): number[] {
    if (!existsSync(this.directory)) return []
    return readdirSync(this.directory)
      .flatMap((name) => /^([1-9]\d*)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
  }

  get(number: number): T | undefined {
    const file = this.file(number)
    return existsSync(file) ? this.schema.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined
  }

  /** The folder of its files. */
  folder(number: number): string {
    return join(this.directory, String(number))
  }

  add(document: T, files: readonly ZippedFile[]): number {
    const number = this.last + 1
    mkdirSync(this.directory, { recursive: true })
    replaceCode(this.folder(number), files)
    writeFileAtomic(this.file('last'), `${number}\n`)
    this.save(number, document)
    return number
  }

  save(number: number, document: T): void {
    writeFileAtomic(this.file(number), `${JSON.stringify(document, null, 2)}\n`)
  }

  remove(number: number): void {
    rmSync(this.file(number), { force: true })
    rmSync(this.folder(number), { recursive: true, force: true })
  }

  private file(name: number | string): string {
    return join(this.directory, `${name}.json`)
  }
}
