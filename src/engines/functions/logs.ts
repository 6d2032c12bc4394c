import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A function's log is this file and the one before it. */
const FILE_BYTES_MAX = 1024 * 1024

/** What functions said, in a text file each: bounded, and kept over restarts. A crash of the machine may cost the last lines. */
export class Logs {
  private readonly directory: string

  constructor(directory: string) {
    this.directory = join(directory, 'logs')
    mkdirSync(this.directory, { recursive: true })
  }

  append(name: string, text: string): void {
    const file = this.file(name)
    if (existsSync(file) && statSync(file).size > FILE_BYTES_MAX) renameSync(file, `${file}.1`)
    appendFileSync(file, text)
  }

  tail(name: string, lines: number): string[] {
    const file = this.file(name)
    const text = [`${file}.1`, file].map((each) => (existsSync(each) ? readFileSync(each, 'utf8') : '')).join('')
    return text.split('\n').slice(0, -1).slice(-lines)
  }

  delete(name: string): void {
    for (const file of [this.file(name), `${this.file(name)}.1`]) rmSync(file, { force: true })
  }

  private file(name: string): string {
    return join(this.directory, `${name}.log`)
  }
}
