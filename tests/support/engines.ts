import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Clients, contracts, type EngineName } from '../../src/engines/contract.ts'
import type { EngineDefinition } from '../../src/engines/define.ts'
import type { EngineContext, Log, RunningEngine } from '../../src/engines/kit/node/engine.ts'
import { type SealingKeys, Secrets, sealingKeyId } from '../../src/engines/kit/node/secrets.ts'
import type { Clock } from '../../src/engines/kit/pure/clock.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { type HandlerLookup, localClient } from '../../src/engines/kit/pure/rpc.ts'

const quiet: Log = {
  debug() {},
  info() {},
  warn() {},
  error: (message, thrown) => console.error(message, thrown ?? ''),
}

/** The keys of a user of this machine. */
export function keysOf(user: string): SealingKeys {
  const key = createHash('sha256').update(user).digest()
  const id = sealingKeyId(key)
  return {
    current: async () => ({ id, key }),
    find: async (asked) => (asked.id === id ? { key } : {}),
  }
}

export interface TestEngines {
  readonly clients: Clients
  readonly clock: Clock
  readonly workspaceDirectory: string
  /** Stops the engines, last started first, keeping the files, so that they can be started again in the same folder. */
  stop(): Promise<void>
  /** Stops and deletes the folder. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Engines in this thread over a temporary workspace, wired to each other through their contracts. Engines that a test does not
 * start can be given as fake clients. The clock is a ManualClock unless another is given.
 */
export async function startEngines(
  definitions: readonly EngineDefinition[],
  options: {
    clock?: Clock
    fakes?: Partial<Record<keyof Clients, object>>
    directory?: string
    /** Processes that follow each other in one workspace name things differently. */
    seed?: string
    settings?: Partial<Record<EngineName, Record<string, unknown>>>
    limits?: EngineContext<Clients>['limits']
    /** Of another user, or of none. */
    keys?: SealingKeys
  } = {},
): Promise<TestEngines> {
  const workspaceDirectory = options.directory ?? mkdtempSync(join(tmpdir(), 'millrace-test-'))
  const clock = options.clock ?? new ManualClock()
  const running = new Map<string, RunningEngine<unknown>>()
  const shared = new Map<string, Promise<{ value: unknown; close(): Promise<void> }>>()
  const lookup: HandlerLookup = (engine, name) => {
    const handlers = running.get(engine)?.handlers as Record<string, never> | undefined
    if (!handlers) throw new Error(`this test did not start the engine ${engine}`)
    return handlers[name]
  }
  const clients: Record<string, unknown> = {}
  const fakes: Partial<Record<keyof Clients, object>> = { ...options.fakes }
  // A workspace that was made here, unless the test brings one: it is trusted.
  if (!definitions.some((definition) => definition.name === 'workspace'))
    fakes.workspace = { describe: async () => ({ trusted: true }), ...fakes.workspace }
  // What engines announce is heard by nobody, unless the test brings who listens.
  if (!definitions.some((definition) => definition.name === 'events'))
    fakes.events = { put: async () => ({ entries: [] }), ...fakes.events }
  for (const contract of Object.values(contracts)) {
    clients[contract.name] = fakes[contract.name] ?? localClient(contract, lookup)
  }
  const secrets = new Secrets(options.keys ?? keysOf('one user'), async () => ({
    id: 'test',
    trusted: (await (clients as unknown as Clients).workspace.describe({})).trusted,
  }))
  for (const definition of definitions) {
    const directory = join(workspaceDirectory, '.millrace', definition.name)
    mkdirSync(directory, { recursive: true })
    const context: EngineContext<Clients> = {
      clock,
      random: seededRandom(`${options.seed ?? 'test'}/${definition.name}`),
      directory,
      workspaceDirectory,
      resourcesDirectory: resolve(import.meta.dirname, '../../resources'),
      log: quiet,
      secrets,
      limits: options.limits ?? { olapMemoryBytes: 1024 ** 3, olapThreads: 2 },
      clients: clients as Clients,
      settings: options.settings?.[definition.name] ?? {},
      shared: async <T>(key: string, make: () => Promise<{ value: T; close(): Promise<void> }>) => {
        if (!shared.has(key)) shared.set(key, make())
        return (await shared.get(key)!).value as T
      },
    }
    running.set(definition.name, await definition.start(context))
  }
  const stop = async () => {
    for (const engine of [...running.values()].reverse()) await engine.stop()
    running.clear()
    for (const resource of shared.values()) await (await resource).close()
    shared.clear()
  }
  return {
    clients: clients as Clients,
    clock,
    workspaceDirectory,
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      rmSync(workspaceDirectory, { recursive: true, force: true })
    },
  }
}
