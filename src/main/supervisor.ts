import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { type Clients, contracts, type EngineName } from '../engines/contract.ts'
import type { FromHost, HostData, ToHost } from '../engines/host.ts'
import type { Limits } from '../engines/kit/node/engine.ts'
import { messagePort } from '../engines/kit/node/port.ts'
import { realTime } from '../engines/kit/node/real-time.ts'
import { type SealingKeys, sealingKeys } from '../engines/kit/node/secrets.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'
import {
  type HandlerLookup,
  type Port,
  RpcConnection,
  remoteClients,
  serve,
  verbTable,
} from '../engines/kit/pure/rpc.ts'
import { HOSTS, type HostName, registry } from '../engines/registry.ts'
import type { HostHealth } from '../engines/system/contract.ts'
import { EngineTime } from './engine-time.ts'
import { FaultBook } from './host/fault-book.ts'
import { relay } from './relay.ts'

export interface SupervisorOptions {
  readonly workspaceDirectory: string
  readonly resourcesDirectory: string
  readonly seed: string
  readonly limits: Limits
  readonly settings: Partial<Record<EngineName, Record<string, unknown>>>
  /** The user's keys: hosts ask for them when there is a secret to seal or to open. */
  readonly keys: SealingKeys
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', engine: string, message: string) => void
}

interface Host {
  worker: Worker | undefined
  ready: Promise<Worker> | undefined
  readonly health: HostHealth
  readonly crashes: number[]
  /** Its end was asked for, so it is not a crash. */
  stopping: boolean
}

/** A host that crashes more often than this within a minute stays down until someone asks for it by name. */
const CRASHES_A_MINUTE = 5
/**
 * Bounds what a host may fill with short-lived objects before they are collected. The default lets each of them grow by 48 MiB, most of it
 * rubbish. Records move in buffers, which lie outside of it but are freed with it: with more room than this, what they hold grows so much
 * between two collections that the whole heap is marked, again and again, on every core.
 */
const YOUNG_GENERATION_MIB = 12
const MAIN_SLOT = 0

/** Starts hosts on first use, wires them to each other and to clients, restarts the ones that crash, and stops them in order. */
export class Supervisor {
  readonly time: EngineTime
  readonly faults = new FaultBook((host) => this.tellFaults(host))
  private faultTurns = 0
  /** Clients of every engine, for the shells themselves. */
  readonly clients: Clients
  private readonly options: SupervisorOptions
  private readonly hosts: Record<HostName, Host>
  private readonly changed = new Set<() => void>()
  private systemLookup: HandlerLookup = () => {
    throw new EngineError('ServiceUnavailable', 'Millrace is still starting.', { domain: 'internal', retry: true })
  }
  private stopping = false

  constructor(options: SupervisorOptions) {
    this.options = options
    this.time = new EngineTime(options.workspaceDirectory, MAIN_SLOT)
    this.hosts = Object.fromEntries(HOSTS.map((name) => [name, idleHost(name)])) as Record<HostName, Host>
    const connections = new Map<string, RpcConnection>()
    this.clients = remoteClients<Clients>(contracts, async (engine) => {
      const host = hostOf(engine)
      const open = connections.get(host)
      if (open && !open.isClosed) return open
      const connection = new RpcConnection(messagePort(await this.connect(host)))
      connections.set(host, connection)
      return connection
    })
  }

  /** Who answers the `system` contract: set once by the shell. */
  serveSystem(lookup: HandlerLookup): void {
    this.systemLookup = lookup
  }

  /** Serves all contracts to one client, each request going to the host of its engine. */
  attach(client: Port): void {
    relay(
      client,
      verbTable(contracts),
      (engine) => hostOf(engine),
      async (host) => messagePort(await this.connect(host as HostName | 'main')),
    )
  }

  health(): HostHealth[] {
    return HOSTS.map((name) => this.hosts[name].health)
  }

  async measure(): Promise<HostHealth[]> {
    await Promise.all(
      HOSTS.map(async (name) => {
        const { worker, health } = this.hosts[name]
        if (!worker || health.state !== 'ready') return
        const heap = await worker.getHeapStatistics().catch(() => undefined)
        if (heap) health.heapBytes = heap.used_heap_size
      }),
    )
    return this.health()
  }

  onChange(listener: () => void): () => void {
    this.changed.add(listener)
    return () => this.changed.delete(listener)
  }

  start(name: HostName): Promise<Worker> {
    const host = this.hosts[name]
    if (this.stopping)
      throw new EngineError('ServiceUnavailable', 'Millrace is stopping.', { domain: 'internal', retry: true })
    host.ready ??= this.launch(name, host)
    return host.ready
  }

  async restart(name: HostName): Promise<void> {
    const host = this.hosts[name]
    host.crashes.length = 0
    if (host.worker) await this.stopHost(host)
    await this.start(name)
  }

  /** Ends the host's thread as a crash does: it starts again by itself. */
  async kill(name: HostName): Promise<void> {
    const worker = await this.start(name)
    const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    worker.postMessage({ type: 'die' } satisfies ToHost)
    await gone
  }

  /** Done once they are in effect: what is called after an answer meets them, whichever way it comes. */
  private async tellFaults(name: HostName): Promise<void> {
    const { worker } = this.hosts[name]
    if (!worker) return
    const turn = ++this.faultTurns
    await new Promise<void>((known) => {
      const answered = (message: FromHost) => {
        if (message.type === 'faults' && message.turn === turn) settle()
      }
      const settle = () => {
        worker.off('message', answered).off('exit', settle)
        known()
      }
      worker.on('message', answered).on('exit', settle)
      worker.postMessage({ type: 'faults', turn, faults: this.faults.of(name) } satisfies ToHost)
    })
  }

  async stop(): Promise<void> {
    this.stopping = true
    // The listener first, then what its requests reached: the reverse of the order in which data flows.
    for (const name of HOSTS) await this.stopHost(this.hosts[name])
    this.time.stop()
  }

  /** A port to a host. The other end is attached there, or served here when it is the supervisor's own. */
  private async connect(host: HostName | 'main'): Promise<MessagePort> {
    const { port1, port2 } = new MessageChannel()
    if (host === 'main') serve(messagePort(port2), verbTable(contracts), this.systemLookup)
    else {
      const worker = await this.start(host)
      worker.postMessage({ type: 'attach', port: port2 } satisfies ToHost, [port2])
    }
    return port1
  }

  private keysFor(): MessagePort {
    const { port1, port2 } = new MessageChannel()
    const { keys } = this.options
    serve(messagePort(port1), verbTable({ keys: sealingKeys }), (_, name) => keys[name as keyof SealingKeys] as never)
    return port2
  }

  private launch(name: HostName, host: Host): Promise<Worker> {
    const { workspaceDirectory, resourcesDirectory, seed, limits, settings } = this.options
    const keys = this.keysFor()
    const slot = MAIN_SLOT + 1 + HOSTS.indexOf(name)
    const workerData: HostData = {
      host: name,
      slot,
      clock: this.time.memory,
      seed,
      workspaceDirectory,
      resourcesDirectory,
      limits,
      settings,
      keys,
    }
    this.setState(host, host.health.restarts > 0 ? 'restarting' : 'starting')
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB }
    const worker = new Worker(hostEntry(), {
      workerData,
      transferList: [keys],
      name: `millrace-${name}`,
      resourceLimits,
    })
    host.worker = worker
    void this.tellFaults(name)
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromHost) => {
        if (message.type === 'ready') {
          this.setState(host, 'ready')
          resolve(worker)
        } else if (message.type === 'need') void this.introduce(worker, message.host)
        else if (message.type === 'fault') this.faults.hit(message.id)
        else if (message.type === 'log') this.options.log(message.level, message.engine, message.message)
      })
      worker.on('error', (error) => {
        host.health.lastError = error instanceof Error ? error.message : String(error)
        this.options.log('error', name, error instanceof Error ? (error.stack ?? error.message) : String(error))
      })
      worker.on('exit', () => {
        reject(
          new EngineError('ServiceUnavailable', host.health.lastError ?? `The host ${name} stopped.`, {
            domain: 'internal',
            retry: true,
          }),
        )
        this.exited(name, host)
      })
    })
  }

  private async introduce(worker: Worker, other: HostName | 'main'): Promise<void> {
    try {
      const port = await this.connect(other)
      worker.postMessage({ type: 'peer', host: other, port } satisfies ToHost, [port])
    } catch (thrown) {
      this.options.log('error', 'supervisor', `cannot reach the host ${other}: ${EngineError.from(thrown).message}`)
      // The asker's request must fail rather than wait for ever: a closed port says so.
      const { port1, port2 } = new MessageChannel()
      worker.postMessage({ type: 'peer', host: other, port: port2 } satisfies ToHost, [port2])
      port1.close()
    }
  }

  private exited(name: HostName, host: Host): void {
    host.worker = undefined
    host.ready = undefined
    if (host.stopping) {
      this.setState(host, 'idle')
      return
    }
    const now = realTime.monotonicMs()
    host.crashes.push(now)
    while (host.crashes[0] < now - 60_000) host.crashes.shift()
    host.health.restarts++
    if (host.crashes.length > CRASHES_A_MINUTE) {
      this.setState(host, 'failed')
      host.ready = Promise.reject(
        new EngineError(
          'ServiceUnavailable',
          `The host ${name} crashed ${host.crashes.length} times in a minute and stays down: ${host.health.lastError ?? 'no reason given'}. Restart it from the status bar.`,
          { domain: 'internal' },
        ),
      )
      host.ready.catch(() => {})
      return
    }
    this.setState(host, 'restarting')
    realTime.after(100 * 2 ** (host.crashes.length - 1), () => {
      if (!this.stopping) this.start(name).catch(() => {})
    })
  }

  /** Asks a host to stop and waits: its native work must end before the thread does. A host that does not answer is ended all the same. */
  private async stopHost(host: Host): Promise<void> {
    const { worker } = host
    if (!worker) return
    host.stopping = true
    await new Promise<void>((resolve) => {
      const patience = realTime.after(15_000, resolve)
      worker.on('message', (message: FromHost) => {
        if (message.type !== 'stopped') return
        patience.cancel()
        resolve()
      })
      worker.once('exit', () => {
        patience.cancel()
        resolve()
      })
      worker.postMessage({ type: 'stop' } satisfies ToHost)
    })
    await worker.terminate()
    host.stopping = false
  }

  private setState(host: Host, state: HostHealth['state']): void {
    host.health.state = state
    this.announceChange()
  }

  /** Says that what a status tells is other than before. */
  announceChange(): void {
    for (const listener of this.changed) listener()
  }
}

function idleHost(name: HostName): Host {
  const engines = Object.entries(registry).flatMap(([engine, entry]) => (entry.host === name ? [engine] : []))
  return {
    worker: undefined,
    ready: undefined,
    crashes: [],
    stopping: false,
    health: { host: name, state: 'idle', engines, restarts: 0, heapBytes: 0 },
  }
}

function hostOf(engine: string): HostName | 'main' {
  return engine === 'system' ? 'main' : registry[engine as EngineName].host
}

/** Beside this file when built; in its own room when the sources run as they are. */
function hostEntry(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('../engines/host.ts', import.meta.url)
    : new URL('./host.js', import.meta.url)
}
