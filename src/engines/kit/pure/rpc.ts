import type { CallContext, CallOptions, CallVerb, Contract, Verb } from './contract.ts'
import { EngineError, type WireError } from './errors.ts'
import { abortion, Outlasting } from './outlasting.ts'
import { packed, unpacked } from './rows.ts'

/** A two-way pipe of frames: a MessagePort, a WebSocket, Electron's port, or a pair in memory. */
export interface Port {
  post(frame: Frame, transfer?: ArrayBuffer[]): void
  onFrame(listener: (frame: Frame) => void): void
  onClose(listener: () => void): void
  close(): void
}

export const CALL = 0
export const FEED = 1
export const CANCEL = 2
export const CREDIT = 3
export const RESULT = 4
export const ITEM = 5
export const END = 6
export const FAIL = 7

/** `[what, request id, …]`. A verb is a number: its place in the table both sides derive from the same contracts. */
export type Frame =
  | [typeof CALL, number, number, unknown]
  | [typeof FEED, number, number, unknown, number]
  | [typeof CANCEL, number]
  | [typeof CREDIT, number, number]
  | [typeof RESULT, number, unknown]
  | [typeof ITEM, number, unknown]
  | [typeof END, number]
  | [typeof FAIL, number, WireError]

/** Credit of a feed: what may be under way before its consumer has taken it. */
export const FEED_WINDOW = 16
/** An item of a bulk feed takes one of credit for each so many bytes, so that few large ones are under way. */
export const CREDIT_BYTES = 256 * 1024

export interface VerbEntry {
  readonly engine: string
  readonly name: string
  readonly verb: Verb
}

export type Contracts = Record<string, Contract>

export function verbTable(contracts: Contracts): VerbEntry[] {
  return Object.values(contracts).flatMap((contract) =>
    Object.entries(contract.verbs).map(([name, verb]) => ({ engine: contract.name, name, verb })),
  )
}

type AnyHandler = (input: unknown, context: CallContext) => unknown
export type HandlerLookup = (engine: string, name: string) => Promise<AnyHandler> | AnyHandler

/** Answers the frames of one port. `lookup` finds the handler, starting its engine if need be. Returns a function that ends all requests. */
export function serve(port: Port, table: readonly VerbEntry[], lookup: HandlerLookup): () => void {
  const open = new Map<number, ServedRequest>()
  const endAll = () => {
    for (const request of open.values()) request.cancel()
    open.clear()
  }
  port.onClose(endAll)
  port.onFrame((frame) => {
    switch (frame[0]) {
      case CALL:
      case FEED: {
        const request = new ServedRequest(port, frame[1], table[frame[2]], frame[0] === FEED ? frame[4] : 0)
        open.set(frame[1], request)
        void request.run(frame[3], lookup).finally(() => open.delete(frame[1]))
        return
      }
      case CANCEL:
        open.get(frame[1])?.cancel()
        return
      case CREDIT:
        open.get(frame[1])?.grant(frame[2])
        return
    }
  })
  return endAll
}

class ServedRequest {
  private readonly controller = new AbortController()
  private readonly port: Port
  private readonly id: number
  private readonly entry: VerbEntry | undefined
  private credit: number
  private wake: (() => void) | undefined

  constructor(port: Port, id: number, entry: VerbEntry | undefined, credit: number) {
    this.port = port
    this.id = id
    this.entry = entry
    this.credit = credit
  }

  cancel(): void {
    this.controller.abort(new EngineError('Cancelled', 'The request was cancelled.', { retry: true }))
    this.wake?.()
  }

  grant(count: number): void {
    this.credit += count
    this.wake?.()
  }

  async run(input: unknown, lookup: HandlerLookup): Promise<void> {
    try {
      if (!this.entry)
        throw new EngineError('UnknownOperation', 'This program and its client are of different versions: reload.')
      const { engine, name, verb } = this.entry
      const handler = await lookup(engine, name)
      const checked = parseInput(this.entry, input)
      const context = { signal: this.controller.signal }
      if (verb.kind === 'call') this.post([RESULT, this.id, packed(verb.rows, await handler(checked, context))])
      else await this.pump(handler(checked, context) as AsyncIterable<unknown>)
    } catch (thrown) {
      const error = this.controller.signal.aborted
        ? EngineError.from(this.controller.signal.reason)
        : EngineError.from(thrown)
      if (error.domain === 'internal') console.error(`${this.entry?.engine}.${this.entry?.name}:`, thrown)
      this.port.post([FAIL, this.id, error.toWire()])
    }
  }

  private async pump(items: AsyncIterable<unknown>): Promise<void> {
    const iterator = items[Symbol.asyncIterator]()
    const aborted = new Outlasting(abortion(this.controller.signal))
    try {
      for (;;) {
        while (this.credit <= 0) {
          if (this.controller.signal.aborted) throw this.controller.signal.reason
          await new Promise<void>((resolve) => {
            this.wake = resolve
          })
        }
        const next = await aborted.race(iterator.next())
        if (next.done) break
        this.credit -= creditOf(this.entry!.verb, next.value)
        this.post([ITEM, this.id, next.value])
      }
      this.port.post([END, this.id])
    } finally {
      // A handler parked in an await ends by its signal; the iterator's own finally must run in every case.
      void Promise.resolve(iterator.return?.()).catch(() => {})
    }
  }

  private post(frame: Frame): void {
    this.port.post(frame, this.entry?.verb.bulk ? ownedBuffers(frame[2]) : undefined)
  }
}

function parseInput(entry: VerbEntry, input: unknown): unknown {
  const parsed = entry.verb.input.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue.path.join('.')
  throw new EngineError(
    'ValidationException',
    `${entry.engine}.${entry.name}: ${field ? `${field}: ` : ''}${issue.message}`,
    {
      at: { field },
    },
  )
}

function creditOf(verb: Verb, item: unknown): number {
  return verb.bulk ? Math.max(1, Math.ceil(bytesOf(item) / CREDIT_BYTES)) : 1
}

/** As deep as buffers are looked for: both ends of a feed count the same. */
function bytesOf(value: unknown, depth = 2): number {
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (depth === 0 || value === null || typeof value !== 'object') return 0
  return Object.values(value).reduce((sum: number, part) => sum + bytesOf(part, depth - 1), 0)
}

/** Buffers that a value owns alone (not slices of a pool), so that they may be transferred. Looks two levels deep. */
export function ownedBuffers(value: unknown, depth = 2, found: ArrayBuffer[] = []): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value
    const whole = byteOffset === 0 && byteLength === buffer.byteLength
    if (buffer instanceof ArrayBuffer && whole && byteLength > 0 && !found.includes(buffer)) found.push(buffer)
  } else if (depth > 0 && value !== null && typeof value === 'object') {
    for (const part of Object.values(value)) ownedBuffers(part, depth - 1, found)
  }
  return found
}

type Settle = { resolve: (value: unknown) => void; reject: (error: EngineError) => void }

interface OpenFeed {
  items: unknown[]
  ended: boolean
  error: EngineError | undefined
  wake: (() => void) | undefined
}

/** The asking side of a port. Requests made after the port closed fail at once with `ConnectionLost`, which may be retried. */
export class RpcConnection {
  private readonly port: Port
  private readonly calls = new Map<number, Settle>()
  private readonly feeds = new Map<number, OpenFeed>()
  private lastId = 0
  private closed = false

  constructor(port: Port) {
    this.port = port
    port.onFrame((frame) => this.receive(frame))
    port.onClose(() => this.lose())
  }

  get isClosed(): boolean {
    return this.closed
  }

  close(): void {
    this.port.close()
    this.lose()
  }

  call(index: number, verb: CallVerb, input: unknown, options: CallOptions = {}): Promise<unknown> {
    if (this.closed) return Promise.reject(connectionLost())
    const id = ++this.lastId
    return new Promise((resolve, reject) => {
      const cancel = () => this.port.post([CANCEL, id])
      const done = () => options.signal?.removeEventListener('abort', cancel)
      this.calls.set(id, {
        resolve: (value) => {
          done()
          resolve(unpacked(verb.rows, value))
        },
        reject: (error) => {
          done()
          reject(error)
        },
      })
      this.port.post([CALL, id, index, input], verb.bulk ? ownedBuffers(input) : undefined)
      if (options.signal?.aborted) cancel()
      else options.signal?.addEventListener('abort', cancel, { once: true })
    })
  }

  async *feed(index: number, verb: Verb, input: unknown, options: CallOptions = {}): AsyncGenerator<unknown> {
    if (this.closed) throw connectionLost()
    const id = ++this.lastId
    const state: OpenFeed = { items: [], ended: false, error: undefined, wake: undefined }
    this.feeds.set(id, state)
    const cancel = () => {
      state.error ??= new EngineError('Cancelled', 'The request was cancelled.', { retry: true })
      state.wake?.()
    }
    options.signal?.addEventListener('abort', cancel, { once: true })
    if (options.signal?.aborted) cancel()
    else this.port.post([FEED, id, index, input, FEED_WINDOW])
    let taken = 0
    try {
      for (;;) {
        if (state.items.length > 0 && !options.signal?.aborted) {
          const item = state.items.shift()
          taken += creditOf(verb, item)
          if (taken >= FEED_WINDOW / 2) {
            this.port.post([CREDIT, id, taken])
            taken = 0
          }
          yield item
        } else if (state.error) throw state.error
        else if (state.ended) return
        else
          await new Promise<void>((resolve) => {
            state.wake = resolve
          })
      }
    } finally {
      options.signal?.removeEventListener('abort', cancel)
      this.feeds.delete(id)
      if (!state.ended && !this.closed) this.port.post([CANCEL, id])
    }
  }

  private receive(frame: Frame): void {
    const id = frame[1]
    const settle = this.calls.get(id)
    const feed = this.feeds.get(id)
    switch (frame[0]) {
      case RESULT:
        this.calls.delete(id)
        settle?.resolve(frame[2])
        return
      case ITEM:
        feed?.items.push(frame[2])
        break
      case END:
        if (feed) feed.ended = true
        break
      case FAIL: {
        const error = EngineError.fromWire(frame[2])
        this.calls.delete(id)
        settle?.reject(error)
        if (feed) {
          feed.error ??= error
          feed.ended = true
        }
        break
      }
    }
    feed?.wake?.()
  }

  private lose(): void {
    if (this.closed) return
    this.closed = true
    for (const settle of this.calls.values()) settle.reject(connectionLost())
    this.calls.clear()
    for (const feed of this.feeds.values()) {
      feed.error ??= connectionLost()
      feed.wake?.()
    }
  }
}

export function connectionLost(): EngineError {
  return new EngineError('ConnectionLost', 'The engine stopped before it answered. Try again.', {
    domain: 'internal',
    retry: true,
  })
}

/** The typed client of all contracts over connections that `connect` opens (and opens again once lost). */
export function remoteClients<T>(
  contracts: Contracts,
  connect: (engine: string) => RpcConnection | Promise<RpcConnection>,
): T {
  const table = verbTable(contracts)
  const clients: Record<string, Record<string, unknown>> = {}
  table.forEach(({ engine, name, verb }, index) => {
    clients[engine] ??= {}
    clients[engine][name] =
      verb.kind === 'call'
        ? async (input: unknown, options?: CallOptions) => (await connect(engine)).call(index, verb, input, options)
        : async function* (input: unknown, options?: CallOptions) {
            yield* (await connect(engine)).feed(index, verb, input, options)
          }
  })
  return clients as T
}

/** A client of handlers in the same thread: the same checks and cancellation, no copy. */
export function localClient<T>(contract: Contract, lookup: HandlerLookup): T {
  const client: Record<string, unknown> = {}
  for (const [name, verb] of Object.entries(contract.verbs)) {
    const entry = { engine: contract.name, name, verb }
    const context = (options?: CallOptions): CallContext => ({ signal: options?.signal ?? NEVER.signal })
    client[name] =
      verb.kind === 'call'
        ? async (input: unknown, options?: CallOptions) => {
            const handler = await lookup(contract.name, name)
            return handler(parseInput(entry, input), context(options))
          }
        : async function* (input: unknown, options?: CallOptions) {
            const handler = await lookup(contract.name, name)
            yield* handler(parseInput(entry, input), context(options)) as AsyncIterable<unknown>
          }
  }
  return client as T
}

const NEVER = new AbortController()

/** Two ends of a pipe in memory, asynchronous as a real one is, for tests and for clients in the same thread. */
export function portPair(): [Port, Port] {
  const make = () => ({ frames: [] as ((f: Frame) => void)[], closes: [] as (() => void)[] })
  const sides = [make(), make()]
  let closed = false
  const end = (mine: number, theirs: number): Port => ({
    post: (frame) => {
      if (closed) return
      queueMicrotask(() => {
        for (const listener of sides[theirs].frames) listener(frame)
      })
    },
    onFrame: (listener) => void sides[mine].frames.push(listener),
    onClose: (listener) => void sides[mine].closes.push(listener),
    close: () => {
      if (closed) return
      closed = true
      for (const side of sides) for (const listener of side.closes) listener()
    },
  })
  return [end(0, 1), end(1, 0)]
}
