import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { TaskOrder } from '../protocol.ts'
import type { Report } from './context.ts'

const WRITE_BYTES = 64 * 1024
const LF = 10
const TAB = 9
const REPORT = /^reporter:(counter|status):(.*)$/

/** A command under the contract of Hadoop Streaming: lines in, lines out, and `reporter:` lines on its standard error. */
export class Command {
  private readonly child: ChildProcess
  private readonly report: Report
  private readonly exited: Promise<unknown[]>
  private readonly read: Promise<unknown>
  private buffer = Buffer.allocUnsafe(WRITE_BYTES)
  private used = 0
  private broken = false
  private failure: unknown

  /** `onLine` gets each line of its output as bytes, which hold for the call alone. */
  constructor(argv: readonly string[], order: TaskOrder, report: Report, onLine: (line: Buffer) => void) {
    this.report = report
    // A combiner finds those that its map had.
    for (const name of readdirSync(order.cacheDirectory))
      if (!existsSync(join(order.directory, name)))
        symlinkSync(join(order.cacheDirectory, name), join(order.directory, name))
    const [program, ...args] = argv
    this.child = spawn(program, args, {
      cwd: order.directory,
      env: { ...process.env, ...variablesOf(order) },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.exited = Promise.race([
      once(this.child, 'exit'),
      once(this.child, 'error').then(([error]) => {
        throw new Error(`Cannot run ${program}: ${(error as Error).message}`)
      }),
    ])
    this.exited.catch(() => {})
    this.child.stdin!.on('error', () => {
      this.broken = true
    })
    this.read = Promise.all([
      lines(this.child.stdout!, (line) => {
        try {
          if (this.failure === undefined) onLine(line)
        } catch (thrown) {
          this.failure = thrown
          this.child.kill('SIGKILL')
        }
      }),
      lines(this.child.stderr!, (line) => this.hear(line)),
    ])
  }

  /** Writes a part of a line; a promise where the command is behind. */
  write(part: string | Uint8Array): void {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    if (this.used + bytes.length > this.buffer.length) this.flushNow()
    if (bytes.length > this.buffer.length) this.child.stdin!.write(bytes)
    else {
      this.buffer.set(bytes, this.used)
      this.used += bytes.length
    }
  }

  /** Whether the command is behind with its input, so that it is time to wait. */
  get isBehind(): boolean {
    return this.child.stdin!.writableNeedDrain && !this.broken
  }

  async catchUp(): Promise<void> {
    const waiting = new AbortController()
    const { signal } = waiting
    const events = ['drain', 'close'].map((event) => once(this.child.stdin!, event, { signal }))
    await Promise.race([...events, this.exited]).catch(() => {})
    waiting.abort()
    await Promise.allSettled(events)
    if (this.failure !== undefined) throw this.failure
  }

  /** Ends its input and waits for its end. Throws where it did not end well. */
  async end(): Promise<void> {
    this.flushNow()
    this.child.stdin!.end()
    const [code, signal] = (await this.exited) as [number | null, string | null]
    await this.read
    if (this.failure !== undefined) throw this.failure
    if (code !== 0)
      throw new Error(
        `PipeMapRed.waitOutputThreads(): subprocess failed with ${signal === null ? `code ${code}` : `signal ${signal}`}`,
      )
  }

  private flushNow(): void {
    if (this.used === 0) return
    // A command that reads no more, such as head, may still end well.
    if (!this.broken) this.child.stdin!.write(this.buffer.subarray(0, this.used))
    this.buffer = Buffer.allocUnsafe(WRITE_BYTES)
    this.used = 0
  }

  private hear(line: Buffer): void {
    const text = line.toString('utf8')
    const [, kind, rest] = REPORT.exec(text) ?? []
    if (kind === undefined) process.stderr.write(`${text}\n`)
    else if (kind === 'status') this.report.status = rest
    else {
      const [group, name, amount] = rest.split(',')
      try {
        this.report.countUser(group, name ?? '', Number(amount) || 0)
      } catch (thrown) {
        this.failure ??= thrown
      }
    }
    this.report.tick()
  }
}

/** Key and value of a line: up to the first tab; all of it is the key where there is none. */
export function keyAndValue(line: Buffer): [Buffer, Buffer | null] {
  const tab = line.indexOf(TAB)
  return tab < 0 ? [line, null] : [line.subarray(0, tab), line.subarray(tab + 1)]
}

async function lines(stream: NodeJS.ReadableStream, onLine: (line: Buffer) => void): Promise<void> {
  let rest: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      const piece = chunk.subarray(from, end)
      onLine(rest.length === 0 ? piece : Buffer.concat([...rest, piece]))
      rest = []
      from = end + 1
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  if (rest.length > 0) onLine(Buffer.concat(rest))
}

/** What Hadoop Streaming puts into the environment: names of its configuration with underscores. */
function variablesOf(order: TaskOrder): Record<string, string> {
  const { spec, job, attempt, task, kind } = order
  return {
    mapreduce_job_id: job,
    mapreduce_job_name: spec.name,
    mapreduce_task_attempt_id: attempt,
    mapreduce_task_id: attempt.replace(/^attempt/, 'task').replace(/_\d+$/, ''),
    mapreduce_task_ismap: String(kind === 'map'),
    mapreduce_task_partition: String(task),
    mapreduce_job_reduces: String(spec.reducers),
    mapreduce_task_output_dir: spec.output.path,
    ...(order.kind === 'map' && {
      mapreduce_map_input_file: order.split.uri,
      mapreduce_map_input_start: String(order.split.offset),
      mapreduce_map_input_length: String(order.split.length),
    }),
    ...Object.fromEntries(Object.entries(spec.parameters).map(([name, value]) => [name.replace(/\W/g, '_'), value])),
  }
}
