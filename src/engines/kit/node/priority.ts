import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Of what computes. The window and what answers clients stay at 0. */
export const COMPUTING_NICENESS = 10

/**
 * Lets this thread, and those that it starts, go after others. Linux keeps a priority for each thread; elsewhere it is the process's, window
 * included, and stays as it is.
 */
export function giveWay(niceness: number): void {
  if (process.platform === 'linux') setPriority(niceness)
}

/**
 * Does the same for V8's helper threads, which collect the garbage of every engine: at the priority of the process they took more of the
 * window's time than the engines themselves.
 */
export function letHelpersGiveWay(): void {
  if (process.platform !== 'linux') return
  try {
    for (const thread of readdirSync('/proc/self/task'))
      if (readFileSync(`/proc/self/task/${thread}/comm`, 'utf8') === 'V8Worker\n')
        setPriority(Number(thread), COMPUTING_NICENESS)
  } catch {
    // A thread that has just ended, or a system without /proc: the program starts all the same, and gives way a little less.
  }
}
