import { appendFileSync, existsSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { realTime } from '../../engines/kit/node/real-time.ts'
import type { LogLine } from '../../engines/system/contract.ts'

const KEPT_LINES = 2000
const FILE_BYTES_MAX = 8 * 1024 * 1024

/** The last lines of all engines in memory for the Logs panel, and all of them in a file that is turned over once. */
export class LogBook {
  private readonly lines: LogLine[] = []
  private readonly listeners = new Set<(line: LogLine) => void>()
  private readonly file: string
  private readonly echo: boolean

  constructor(runtimeDirectory: string, echo: boolean) {
    this.file = join(runtimeDirectory, 'millrace.log')
    this.echo = echo
  }

  write(level: LogLine['level'], engine: string, message: string): void {
    const line: LogLine = { timeMs: realTime.now(), level, engine, message }
    this.lines.push(line)
    if (this.lines.length > KEPT_LINES) this.lines.splice(0, KEPT_LINES / 4)
    this.append(line)
    if (this.echo && (level === 'warn' || level === 'error')) process.stderr.write(`${level} ${engine}: ${message}\n`)
    for (const listener of this.listeners) listener(line)
  }

  recent(engine?: string): LogLine[] {
    return this.lines.filter((line) => !engine || line.engine === engine)
  }

  onLine(listener: (line: LogLine) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private append(line: LogLine): void {
    try {
      if (existsSync(this.file) && statSync(this.file).size > FILE_BYTES_MAX) renameSync(this.file, `${this.file}.1`)
      appendFileSync(
        this.file,
        `${new Date(line.timeMs).toISOString()} ${line.level} ${line.engine}: ${line.message}\n`,
        { mode: 0o600 },
      )
    } catch {
      // A full disk must not take down the engines that are reporting it: the line stays in memory.
    }
  }
}
