import { join } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Clients, contracts, type EngineName } from './contract.ts'
import type { EngineContext, Limits, Log, RunningEngine } from './kit/node/engine.ts'
import { makeFolder } from './kit/node/files.ts'
import { messagePort } from './kit/node/port.ts'
import { SharedClock } from './kit/node/shared-clock.ts'
import { EngineError } from './kit/pure/errors.ts'
import { seededRandom } from './kit/pure/random.ts'
import { type HandlerLookup, localClient, RpcConnection, remoteClients, serve, verbTable } from './kit/pure/rpc.ts'
import { type HostName, registry } from './registry.ts'

/** What the supervisor tells a host at its start. */
export interface HostData {
  readonly host: HostName
  readonly slot: number
  readonly clock: SharedArrayBuffer
  readonly seed: string
  readonly workspaceDirectory: string
  readonly resourcesDirectory: string
  readonly limits: Limits
  readonly settings: Partial<Record<EngineName, Record<string, unknown>>>
}

/** Messages between the supervisor and a host, beside the ports that carry frames. `main` is the supervisor itself. */
export type ToHost =
  | { type: 'attach'; port: MessagePort }
  | { type: 'peer'; host: HostName | 'main'; port: MessagePort }
  | { type: 'stop' }
export type FromHost =
  | { type: 'ready' }
  | { type: 'need'; host: HostName | 'main' }
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; engine: string; message: string }
  | { type: 'stopped' }

const parent = parentPort!
const data = workerData as HostData
const tell = (message: FromHost) => parent.postMessage(message)
const clock = new SharedClock(data.clock, data.slot)
const table = verbTable(contracts)

const starting = new Map<EngineName, Promise<RunningEngine<unknown>>>()
const started: EngineName[] = []
const shared = new Map<string, Promise<{ value: unknown; close(): Promise<void> }>>()
const peers = new Map<string, { connection: Promise<RpcConnection>; resolve: (port: MessagePort) => void }>()
let stopping = false

const lookup: HandlerLookup = async (engine, name) => {
  const running = await ensure(engine as EngineName)
  return (running.handlers as Record<string, (input: unknown) => unknown>)[name]
}

function ensure(name: EngineName): Promise<RunningEngine<unknown>> {
  if (registry[name]?.host !== data.host)
    throw new EngineError('UnknownOperation', `The engine ${name} is not on the host ${data.host}.`)
  if (stopping)
    throw new EngineError('ServiceUnavailable', 'Millrace is stopping.', { domain: 'internal', retry: true })
  let running = starting.get(name)
  if (!running) {
    running = startEngine(name)
    starting.set(name, running)
    // An engine that could not start is tried again by the next request, not remembered as broken for ever.
    running.catch(() => starting.delete(name))
  }
  return running
}

async function startEngine(name: EngineName): Promise<RunningEngine<unknown>> {
  const { engine } = await registry[name].load()
  const directory = join(data.workspaceDirectory, '.millrace', name)
  makeFolder(directory)
  const context: EngineContext<Partial<Clients>> = {
    clock,
    random: seededRandom(`${data.seed}/${name}`),
    directory,
    workspaceDirectory: data.workspaceDirectory,
    resourcesDirectory: data.resourcesDirectory,
    log: logOf(name),
    limits: data.limits,
    clients: Object.fromEntries(engine.needs.map((need) => [need, clientOf(need)])),
    settings: data.settings[name] ?? {},
    shared: sharedResource,
  }
  const running = await engine.start(context)
  started.push(name)
  return running
}

async function sharedResource<T>(key: string, make: () => Promise<{ value: T; close(): Promise<void> }>): Promise<T> {
  let resource = shared.get(key)
  if (!resource) {
    resource = make()
    shared.set(key, resource)
    resource.catch(() => shared.delete(key))
  }
  return (await resource).value as T
}

/** Engines on this host are called directly, others over a port that the supervisor hands out. */
function clientOf(name: keyof Clients): unknown {
  const host = name === 'system' ? 'main' : registry[name].host
  if (host === data.host) return localClient(contracts[name], lookup)
  return remote[name]
}

const remote = remoteClients<Clients>(contracts, async (engine) => {
  const host = engine === 'system' ? 'main' : registry[engine as EngineName].host
  const open = peers.get(host)
  if (open && !(await open.connection).isClosed) return open.connection
  let resolve: (port: MessagePort) => void = () => {}
  const connection = new Promise<MessagePort>((done) => {
    resolve = done
  }).then((port) => new RpcConnection(messagePort(port)))
  peers.set(host, { connection, resolve })
  tell({ type: 'need', host })
  return connection
})

function logOf(engine: string): Log {
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, thrown?: unknown) => {
    const cause =
      thrown instanceof Error
        ? `: ${thrown.stack ?? thrown.message}`
        : thrown === undefined
          ? ''
          : `: ${String(thrown)}`
    tell({ type: 'log', level, engine, message: `${message}${cause}` })
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** Engines stop in the reverse order of their start, then what they share; only then may the thread end. */
async function stop(): Promise<void> {
  stopping = true
  for (const name of started.reverse()) {
    try {
      await (await starting.get(name))?.stop()
    } catch (thrown) {
      logOf(name).error('did not stop cleanly', thrown)
    }
  }
  for (const resource of shared.values()) await resource.then((made) => made.close()).catch(() => {})
  clock.dispose()
  tell({ type: 'stopped' })
}

parent.on('message', (message: ToHost) => {
  if (message.type === 'attach') serve(messagePort(message.port), table, lookup)
  else if (message.type === 'peer') peers.get(message.host)?.resolve(message.port)
  else void stop()
})

tell({ type: 'ready' })
