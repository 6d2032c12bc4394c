import { readdirSync, readFileSync } from 'node:fs'

const PAGE_BYTES = 4096
/** Places in /proc/PID/stat behind the name, which ends at the last parenthesis. */
const FIELD = { state: 0, session: 3, start: 19, rss: 21 } as const

export interface ProcessLook {
  readonly pid: number
  /** The attempt that it is part of. */
  readonly attempt: string
  /** Resident bytes. */
  readonly bytes: number
}

/** Whether this system tells of its processes in files. */
export const canLook = process.platform === 'linux'

/** Whether it runs: one that has ended may wait for whoever asks how. */
export function isAlive(pid: number): boolean {
  if (canLook) return (readStat(pid)?.state ?? 'Z') !== 'Z'
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/**
 * The processes of attempts: runs of something by one engine. A process belongs to one by a mark in its environment, which its children keep even
 * where they leave its session; what was seen once is remembered, since a program may overwrite its environment.
 */
export class Processes {
  private known = new Map<string, string | undefined>()
  private readonly workspace: string
  private readonly mark: string

  /** `mark` is the variable, one for each engine; `workspace` tells its attempts from those of another Millrace. */
  constructor(mark: string, workspace: string) {
    this.mark = mark
    this.workspace = workspace
  }

  markOf(attempt: string): string {
    return `${this.workspace}\t${attempt}`
  }

  look(): ProcessLook[] {
    if (!canLook) return []
    const seen = new Map<string, string | undefined>()
    const found: ProcessLook[] = []
    for (const name of readdirSync('/proc')) {
      const pid = Number(name)
      if (!Number.isInteger(pid)) continue
      const stat = readStat(pid)
      if (!stat || stat.state === 'Z') continue
      const key = `${pid} ${stat.start}`
      const attempt = this.known.get(key) ?? this.attemptOf(pid)
      seen.set(key, attempt)
      if (attempt !== undefined) found.push({ pid, attempt, bytes: stat.bytes })
    }
    this.known = seen
    return found
  }

  private attemptOf(pid: number): string | undefined {
    let environment: string
    try {
      environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
    } catch {
      return undefined
    }
    const entry = environment.split('\0').find((each) => each.startsWith(`${this.mark}=`))
    const [workspace, attempt] = entry?.slice(this.mark.length + 1).split('\t') ?? []
    return workspace === this.workspace ? attempt : undefined
  }
}

function readStat(pid: number): { state: string; start: string; bytes: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[FIELD.state], start: fields[FIELD.start], bytes: Number(fields[FIELD.rss]) * PAGE_BYTES }
  } catch {
    return undefined
  }
}
