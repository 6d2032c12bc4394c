import { type Clients, contracts } from '../engines/contract.ts'
import { decodeFrame, encodeFrame } from '../engines/kit/pure/codec.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'
import { type Frame, type Port, RpcConnection, remoteClients } from '../engines/kit/pure/rpc.ts'
import type { Connection, ConnectionState } from './lib/clients.tsx'
import { inElectron } from './lib/desktop.ts'

const TOKEN_KEY = 'millrace:token'
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 5000

/** A way to the program that can be opened again and again. */
interface Transport {
  /** Fails with `AccessDenied` where the program refuses this page, and with `AnotherBuild` where it has other pages by now. */
  open(again: boolean): Promise<Port>
}

const STATES: Readonly<Record<string, ConnectionState>> = { AccessDenied: 'refused', AnotherBuild: 'outdated' }

/** Connects once: by the port that Electron's preload hands over, or by one WebSocket when the page is served. */
export function connect(): Connection {
  return new ClientConnection(inElectron() ? new ElectronTransport() : new WebSocketTransport(takeToken()))
}

class ClientConnection implements Connection {
  readonly clients: Clients
  private readonly transport: Transport
  private current: Promise<RpcConnection>
  private settle!: (connection: RpcConnection) => void
  private now: ConnectionState = 'connecting'
  private opened = 0
  private failures = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly listeners = new Set<() => void>()

  constructor(transport: Transport) {
    this.transport = transport
    this.current = this.pending()
    this.clients = remoteClients<Clients>(contracts, () => this.current)
    void this.open()
    // A tab that nobody looked at tries rarely: the browser slows its timers.
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.retry())
  }

  state = (): ConnectionState => this.now

  generation = (): number => this.opened

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  retry = (): void => {
    if (this.timer === undefined) return
    clearTimeout(this.timer)
    void this.open()
  }

  private pending(): Promise<RpcConnection> {
    return new Promise((resolve) => {
      this.settle = resolve
    })
  }

  private async open(): Promise<void> {
    this.timer = undefined
    try {
      const port = await this.transport.open(this.opened > 0)
      port.onClose(() => this.lost())
      this.failures = 0
      this.opened++
      this.settle(new RpcConnection(port))
      this.become('connected')
    } catch (thrown) {
      const state = STATES[EngineError.from(thrown).code] ?? 'lost'
      this.become(state)
      if (state !== 'outdated') this.again()
    }
  }

  private lost(): void {
    if (this.now !== 'connected') return
    // What is asked from now on waits for the next connection instead of failing.
    this.current = this.pending()
    this.become('lost')
    this.again()
  }

  private again(): void {
    clearTimeout(this.timer)
    const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures++)
    this.timer = setTimeout(() => void this.open(), wait)
  }

  private become(state: ConnectionState): void {
    if (this.now === state) return
    this.now = state
    for (const listener of this.listeners) listener()
  }
}

/**
 * The token comes in the address at the first load. It moves to what this browser keeps for this origin, so that it is neither shown nor
 * sent anywhere, and a reload or a bookmark opens the workspace all the same.
 */
function takeToken(): string {
  const url = new URL(location.href)
  const token = new URLSearchParams(url.hash.slice(1)).get('token')
  if (token === null) return readToken()
  url.hash = ''
  history.replaceState(null, '', url)
  try {
    localStorage.setItem(TOKEN_KEY, token)
  } catch {
    // A browser without storage needs the whole address each time.
  }
  return token
}

function readToken(): string {
  try {
    return localStorage.getItem(TOKEN_KEY) ?? ''
  } catch {
    return ''
  }
}

class WebSocketTransport implements Transport {
  private readonly token: string

  constructor(token: string) {
    this.token = token
  }

  async open(again: boolean): Promise<Port> {
    if (again) await this.findPages()
    try {
      return await this.connect()
    } catch {
      await this.findPages()
      throw new EngineError('AccessDenied', 'Millrace refused this page.')
    }
  }

  /** A socket that fails does not say why. The pages do: they are there, they are others, or nobody answers. */
  private async findPages(): Promise<void> {
    const response = await fetch(new URL('/', location.href), { cache: 'no-store' })
    if (!response.ok) throw new EngineError('ConnectionLost', 'Millrace does not answer.', { retry: true })
    const script = document.querySelector('script[type="module"][src]')?.getAttribute('src') ?? ''
    // Its name holds a hash of the whole program, so it is in the page exactly if the page is the same.
    if (!(await response.text()).includes(script))
      throw new EngineError('AnotherBuild', 'This page is older than the program: reload it.')
  }

  private connect(): Promise<Port> {
    const url = new URL('/rpc', location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    url.searchParams.set('token', this.token)
    const socket = new WebSocket(url)
    socket.binaryType = 'arraybuffer'
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(socketPort(socket))
      socket.onclose = () => reject(new EngineError('ConnectionLost', 'Millrace does not answer.', { retry: true }))
    })
  }
}

function socketPort(socket: WebSocket): Port {
  return {
    post: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame))
    },
    onFrame: (listener) => {
      socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => listener(decodeFrame(data)))
    },
    onClose: (listener) => socket.addEventListener('close', listener),
    close: () => socket.close(),
  }
}

/** Electron's preload answers `millrace:connect` with `millrace:port` and one port. */
class ElectronTransport implements Transport {
  open(): Promise<Port> {
    return new Promise((resolve) => {
      const take = (event: MessageEvent) => {
        const port = event.ports[0]
        if (event.source !== window || (event.data as { type?: unknown } | null)?.type !== 'millrace:port' || !port)
          return
        window.removeEventListener('message', take)
        resolve(messagePort(port))
      }
      window.addEventListener('message', take)
      window.postMessage({ type: 'millrace:connect' }, location.origin)
    })
  }
}

function messagePort(port: MessagePort): Port {
  const closes = new Set<() => void>()
  const close = () => {
    for (const listener of closes) listener()
    closes.clear()
  }
  port.addEventListener('close', close)
  return {
    post: (frame, transfer) => port.postMessage(frame, transfer ?? []),
    onFrame: (listener) => {
      port.addEventListener('message', ({ data }: MessageEvent<Frame>) => listener(data))
      port.start()
    },
    onClose: (listener) => void closes.add(listener),
    close: () => {
      port.close()
      close()
    },
  }
}
