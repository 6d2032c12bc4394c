import { join } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type Clients, contracts, type EngineName } from './contract.ts'
import type { EngineContext, Limits, Log, RunningEngine } from './kit/node/engine.ts'
import { makeFolder } from './kit/node/files.ts'
import { refuseWrites } from './kit/node/full-disk.ts'
import { messagePort } from './kit/node/port.ts'
import { COMPUTING_NICENESS, giveWay } from './kit/node/priority.ts'
import { type SealingKeys, Secrets, sealingKeys } from './kit/node/secrets.ts'
import { SharedClock } from './kit/node/shared-clock.ts'
import type { Verb } from './kit/pure/contract.ts'
import { EngineError } from './kit/pure/errors.ts'
import { type Fault, Faults } from './kit/pure/faults.ts'
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
  /** Answers `sealingKeys`. */
  readonly keys: MessagePort
}

/** Messages between the supervisor and a host, beside the ports that carry frames. `main` is the supervisor itself. */
export type ToHost =
  | { type: 'attach'; port: MessagePort }
  | { type: 'peer'; host: HostName | 'main'; port: MessagePort }
  | { type: 'stop' }
  | { type: 'faults'; turn: number; faults: readonly Fault[] }
  | { type: 'die' }
export type FromHost =
  | { type: 'ready' }
  | { type: 'need'; host: HostName | 'main' }
  | { type: 'fault'; id: string }
  /** The faults of that turn are in effect. */
  | { type: 'faults'; turn: number }
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

/** Engines that compute give way to the window and to what answers clients; streams, which do both, stand between. */
const NICENESS: Readonly<Record<string, number>> = { gate: 0, stream: 5 }
giveWay(NICENESS[data.host] ?? COMPUTING_NICENESS)

const faults = new Faults({
  random: seededRandom(`${data.seed}/faults/${data.host}`),
  sleep: (ms, signal) => clock.task((task) => task.sleep(ms, signal)),
  throttling: (engine) => registry[engine as EngineName].throttling ?? 'ThrottlingException',
  onHit: (id) => tell({ type: 'fault', id }),
})
refuseWrites(() => faults.meetWrite())

const lookup: HandlerLookup = async (engine, name) => {
  const running = await ensure(engine as EngineName)
  const handler = (running.handlers as Record<string, (input: unknown) => unknown>)[name]
  const { kind } = contracts[engine as EngineName].verbs[name as never] as Verb
  return faults.around(engine, name, kind, handler)
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
    secrets,
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

const keys = new RpcConnection(messagePort(data.keys))
const secrets = new Secrets(remoteClients<{ keys: SealingKeys }>({ keys: sealingKeys }, () => keys).keys, () =>
  (clientOf('workspace') as Clients['workspace']).describe({}),
)

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

/** As in a crash the engines get no chance. What is native must let go before: it would take the whole process along. */
async function die(): Promise<void> {
  for (const resource of shared.values()) await resource.then((made) => made.close()).catch(() => {})
  setImmediate(() => {
    throw new Error('killed: a fault that was asked for')
  })
}

parent.on('message', (message: ToHost) => {
  if (message.type === 'attach') serve(messagePort(message.port), table, lookup)
  else if (message.type === 'peer') peers.get(message.host)?.resolve(message.port)
  else if (message.type === 'faults') {
    faults.set(message.faults)
    tell({ type: 'faults', turn: message.turn })
  } else if (message.type === 'die') void die()
  else void stop()
})

tell({ type: 'ready' })
