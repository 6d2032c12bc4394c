import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const PAGE_BYTES = 4096
/** Descriptor of the child on which its watcher waits for our end. */
const WATCHED = 4
/**
 * Beside the program waits a shell for the end of descriptor 4, which is ours: when Millrace dies without a word, it ends the whole
 * process group, so that no endless loop outlives it.
 */
const watcher = (pipes: number): string => {
  const others = Array.from({ length: pipes }, (_, i) => i).filter((i) => i !== WATCHED)
  const closed = others.map((i) => `${i}${i === 0 ? '<' : '>'}&-`).join(' ')
  return `(exec ${closed}; read -r _ <&${WATCHED}; kill -9 0) & exec "$@" ${WATCHED}<&-`
}

export interface GuardedLaunch {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly directory: string
  /** Descriptors of the child, standard ones and 4 included; all are pipes. */
  readonly pipes: number
}

/** Starts a process as the leader of a group of its own, which does not outlive Millrace. Windows has no such groups. */
export function startGuarded({ command, args, env, directory, pipes }: GuardedLaunch): ChildProcess {
  const stdio = Array.from({ length: pipes }, () => 'pipe' as const)
  if (process.platform === 'win32') {
    const without = stdio.map((pipe, i) => (i === WATCHED ? ('ignore' as const) : pipe))
    return spawn(command, args, { cwd: directory, env, stdio: without, windowsHide: true })
  }
  return spawn('/bin/sh', ['-c', watcher(pipes), 'sh', command, ...args], {
    cwd: directory,
    env,
    stdio,
    detached: true,
  })
}

/** Ends a process with all that it started, whatever it is at. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

/** Resident bytes of a process now, where the system tells them. */
export function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES
  } catch {
    return 0
  }
}
