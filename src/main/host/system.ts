import type { Contracts } from '../../engines/contract.ts'
import { realTime } from '../../engines/kit/node/real-time.ts'
import type { CallContext, ContractHandlers } from '../../engines/kit/pure/contract.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import type { HostName } from '../../engines/registry.ts'
import { HOSTS } from '../../engines/registry.ts'
import type { LogLine, SystemStatus } from '../../engines/system/contract.ts'
import type { RecentWorkspaces } from '../recent-workspaces.ts'
import type { UserKeys } from '../sealing-keys.ts'
import type { Supervisor } from '../supervisor.ts'
import type { LogBook } from './log-book.ts'

export interface SystemOptions {
  readonly version: string
  readonly shell: SystemStatus['shell']
  readonly supervisor: Supervisor
  readonly keys: UserKeys
  readonly logs: LogBook
  readonly workspaceDirectory: string
  readonly recent: RecentWorkspaces
  /** Opens a file's folder on the user's desktop, where the shell can. */
  readonly reveal?: (path: string) => Promise<void>
  readonly switcher?: WorkspaceSwitcher
}

/** How a shell shows another workspace where this one was. */
export interface WorkspaceSwitcher {
  /** The folder that the person chose, or null; absent where the shell has no dialog for it. */
  choose?(): Promise<string | null>
  /** Begins to open another workspace in place of this one; the address of its page. Fails, and changes nothing, where it cannot be one. */
  open(directory: string): string | null
}

const STATUS_EVERY_MS = 1000

/** The `system` contract, answered by the process that owns the hosts. */
export function systemHandlers(options: SystemOptions): ContractHandlers<Contracts['system']> {
  const { supervisor, logs, recent, switcher } = options
  let cpuBefore = process.cpuUsage()
  let measuredMs = realTime.monotonicMs()
  let cpu = 0

  const status = async (): Promise<SystemStatus> => {
    const sinceMs = realTime.monotonicMs() - measuredMs
    if (sinceMs > 500) {
      const used = process.cpuUsage(cpuBefore)
      cpu = (used.user + used.system) / 1000 / sinceMs
      cpuBefore = process.cpuUsage()
      measuredMs += sinceMs
    }
    const hosts = await supervisor.measure()
    const aws = hosts.some((host) => host.host === 'gate' && host.state === 'ready')
      ? await supervisor.clients.gate.status({}).catch(() => null)
      : null
    return {
      version: options.version,
      shell: options.shell,
      pid: process.pid,
      nowMs: supervisor.time.clock.now(),
      wallMs: realTime.now(),
      clock: supervisor.time.clock.settings,
      hosts: hosts.map((host) => ({ ...host })),
      residentBytes: process.memoryUsage.rss(),
      cpu,
      aws,
    }
  }

  return {
    status,
    async *watchStatus(_, { signal }) {
      while (!signal.aborted) {
        yield await status()
        await nextChange(supervisor, STATUS_EVERY_MS, signal)
      }
    },
    setClock: async (change) => {
      const settings = await supervisor.time.configure(change)
      supervisor.announceChange()
      return settings
    },
    stepClock: () => {
      const nowMs = supervisor.time.clock.step()
      supervisor.announceChange()
      return { nowMs }
    },
    restartHost: async ({ host }) => {
      await supervisor.restart(hostNamed(host))
      return {}
    },
    killHost: async ({ host }) => {
      await supervisor.kill(hostNamed(host))
      return {}
    },
    injectFault: (input) => supervisor.faults.add(input),
    removeFault: async ({ id }) => {
      await supervisor.faults.remove(id)
      return {}
    },
    watchFaults: (_, { signal }) => supervisor.faults.watch(signal),
    watchLogs: ({ engine }, context) => watchLogs(logs, engine, context),
    reveal: async ({ path }) => {
      if (!options.reveal)
        throw new EngineError('NotSupported', 'Only the desktop shell can open a folder: copy the path instead.')
      await options.reveal(path)
      return {}
    },
    secrets: () => ({ heldBy: options.keys.heldBy() }),
    recentWorkspaces: () => {
      const workspaces = recent.list(options.workspaceDirectory)
      return {
        workspaces,
        problem: recent.problem,
        canOpen: switcher !== undefined,
        canChoose: switcher?.choose !== undefined,
      }
    },
    forgetWorkspace: ({ directory }) => {
      recent.forget(directory)
      return {}
    },
    openWorkspace: async ({ directory: asked }) => {
      if (!switcher)
        throw new EngineError('NotSupported', 'This workspace was opened by a command, which ends with it.')
      // A page names no folder by itself: it is on the list, or the person points at it.
      if (asked !== undefined && !recent.has(asked))
        throw new EngineError('ValidationException', `${asked} is not among the workspaces that were opened before.`)
      if (asked === undefined && !switcher.choose)
        throw new EngineError('NotSupported', 'Only the desktop shell can ask for a folder.')
      const directory = asked ?? (await switcher.choose!())
      if (directory === null) return { opening: false, address: null }
      return { opening: true, address: switcher.open(directory) }
    },
  }
}

function hostNamed(host: string): HostName {
  const known = HOSTS.find((name): name is HostName => name === host)
  if (!known) throw new EngineError('ValidationException', `There is no host ${host}: one of ${HOSTS.join(', ')}.`)
  return known
}

/** Until the hosts change (but not more often than four times a second) or the time is up. */
function nextChange(supervisor: Supervisor, maxMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const earliest = realTime.monotonicMs() + 250
    const done = () => {
      timer.cancel()
      off()
      signal.removeEventListener('abort', done)
      resolve()
    }
    let timer = realTime.after(maxMs, done)
    const off = supervisor.onChange(() => {
      timer.cancel()
      timer = realTime.after(Math.max(0, earliest - realTime.monotonicMs()), done)
    })
    signal.addEventListener('abort', done, { once: true })
  })
}

async function* watchLogs(
  logs: LogBook,
  engine: string | undefined,
  { signal }: CallContext,
): AsyncGenerator<LogLine[]> {
  let pending: LogLine[] = logs.recent(engine)
  const off = logs.onLine((line) => {
    if (!engine || line.engine === engine) pending.push(line)
  })
  try {
    while (!signal.aborted) {
      if (pending.length > 0) {
        const lines = pending
        pending = []
        yield lines
      }
      await realTime.sleep(250)
    }
  } finally {
    off()
  }
}
