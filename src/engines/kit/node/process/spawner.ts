import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

export interface Start {
  readonly command: readonly string[]
  /** All variables that it has. */
  readonly env: Readonly<Record<string, string>>
  /** Where it runs. */
  readonly directory: string
  /** Files to which it appends. */
  readonly outputs: readonly [stdout: string, stderr: string]
}

export interface Started {
  readonly pid: number
  /** Its exit code, 128 and more for a signal; undefined where nobody could tell. */
  readonly ended: Promise<number | undefined>
}

interface Heard {
  begin(pid: number): void
  end(code: number | undefined): void
}

interface Shell {
  readonly process: ChildProcessByStdio<Writable, Readable, null>
  /** What it was asked to start, until it ends. */
  readonly heard: Map<number, Heard>
}

/**
 * Starts processes by a small shell (`start.sh`). A fork copies the tables of all memory that a process has: out of Millrace itself it takes tens of
 * milliseconds, in which the thread stands still. The shell ends with Millrace; what it started goes on.
 */
export class Spawner {
  private readonly script: string
  private shell: Shell | undefined
  private last = 0

  /** `script` is `start.sh`. */
  constructor(script: string) {
    this.script = script
  }

  /** Throws where it cannot be started. */
  async start({ command, env, directory, outputs }: Start): Promise<Started> {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const words = [directory, ...outputs, ...variables, ...command]
    if (words.some((word) => word.includes('\0'))) throw new Error('A process cannot be told of NUL characters')
    this.shell ??= this.open()
    const { process, heard } = this.shell
    const number = ++this.last
    return new Promise((resolve, reject) => {
      let end: (code: number | undefined) => void = () => {}
      const ended = new Promise<number | undefined>((tell) => {
        end = tell
      })
      heard.set(number, {
        begin: (pid) => resolve({ pid, ended }),
        end: (code) => {
          reject(new Error(`It could not be started in ${directory}`))
          end(code)
        },
      })
      // Asked for its jobs, a shell buries those that have ended.
      process.stdin.write(`start ${number} ${words.map(quoted).join(' ')} &\njobs >/dev/null\n`)
    })
  }

  stop(): void {
    if (!this.shell) return
    // What it has not read yet is not started any more.
    this.shell.process.kill('SIGKILL')
    this.shell.process.stdout.destroy()
    this.shell = undefined
  }

  private open(): Shell {
    const process = spawn('/bin/sh', [], { stdio: ['pipe', 'pipe', 'ignore'], detached: true })
    const shell: Shell = { process, heard: new Map() }
    process.stdin.on('error', () => {})
    process.stdin.write(`. ${quoted(this.script)}\n`)
    createInterface({ input: process.stdout }).on('line', (line) => hear(line, shell))
    process.on('error', () => {})
    process.once('exit', () => {
      if (this.shell === shell) this.shell = undefined
    })
    // What it started tells of its end through the same pipe, also where the shell itself was killed.
    process.once('close', () => {
      for (const { end } of shell.heard.values()) end(undefined)
    })
    return shell
  }
}

function hear(line: string, { heard }: Shell): void {
  const [what, number, value] = line.split(' ')
  const one = heard.get(Number(number))
  if (what === 'begun') one?.begin(Number(value))
  else if (what === 'ended') {
    heard.delete(Number(number))
    one?.end(Number(value))
  }
}

/** One word of a shell, whatever is in it. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`
