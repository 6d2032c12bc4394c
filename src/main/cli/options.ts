import { homedir } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { createFromSample } from '../create-workspace.ts'
import { resourcesDirectory } from '../program.ts'

export const DEFAULT_PORT = 4580
export const DEFAULT_AWS_PORT = 4566

/** The workspace asked for; without one, the sample in the user's folder, made on first use. */
export function workspaceOption(asked: string | undefined): string {
  const directory = asked ?? process.env.MILLRACE_WORKSPACE ?? join(homedir(), 'Millrace', 'flights')
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

/** Resolves once, on SIGINT or SIGTERM. A second signal ends the process at once. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve(signal)
      })
    }
  })
}
