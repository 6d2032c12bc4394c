import { homedir } from 'node:os'
import { join } from 'node:path'
import { realTime } from '../../engines/kit/node/real-time.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { createFromSample } from '../create-workspace.ts'
import { resourcesDirectory } from '../program.ts'

export const DEFAULT_PORT = 4580
export const DEFAULT_AWS_PORT = 4566

/** The workspace asked for; without one, the sample in the user's folder. */
export function workspacePath(asked: string | undefined): string {
  return asked ?? process.env.MILLRACE_WORKSPACE ?? join(homedir(), 'Millrace', 'flights')
}

/** The same for commands that open it: an empty or absent folder becomes the sample. */
export function workspaceOption(asked: string | undefined): string {
  const directory = workspacePath(asked)
  createFromSample(directory, join(resourcesDirectory(), 'samples', 'flights'), 'Flights')
  return directory
}

export function portOption(name: string, asked: string | undefined, otherwise: number): number {
  if (asked === undefined) return otherwise
  const port = Number(asked)
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new EngineError(
      'InvalidOption',
      `--${name} ${asked}: a port is a whole number from 0 to 65535 (0 takes any free one).`,
    )
  }
  return port
}

/**
 * Resolves once, on SIGINT or SIGTERM. A later second signal ends the process at once; one that follows within a moment is the same
 * Ctrl+C, passed on by the script that started us.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs = 0
    const onSignal = (signal: NodeJS.Signals) => {
      const now = realTime.monotonicMs()
      if (firstMs === 0) {
        firstMs = now
        resolve(signal)
      } else if (now - firstMs > 1000) process.exit(130)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
