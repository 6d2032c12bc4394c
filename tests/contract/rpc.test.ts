import { createServer } from 'node:http'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { messagePort } from '../../src/engines/kit/node/port.ts'
import {
  bytes,
  type CallContext,
  type Client,
  call,
  defineContract,
  feed,
} from '../../src/engines/kit/pure/contract.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import {
  CREDIT_BYTES,
  FEED_WINDOW,
  localClient,
  type Port,
  portPair,
  RpcConnection,
  remoteClients,
  serve,
  verbTable,
} from '../../src/engines/kit/pure/rpc.ts'
import { relay } from '../../src/main/relay.ts'
import { socketPort } from '../../src/main/served/socket.ts'

const probe = defineContract('probe', {
  double: call(z.object({ value: z.number() }), z.number()),
  refuse: call(z.object({}), z.number()),
  list: call(
    z.object({ to: z.number() }),
    z.object({
      next: z.number(),
      rows: z.array(z.object({ at: z.number(), odd: z.string().optional(), tags: z.record(z.string(), z.string()) })),
    }),
    { rows: 'rows' },
  ),
  wait: call(z.object({}), z.string()),
  upper: call(z.object({ body: bytes() }), z.object({ body: bytes(), ends: z.instanceof(Uint32Array) }), {
    bulk: true,
  }),
  count: feed(z.object({ to: z.number() }), z.number()),
  breakAfter: feed(z.object({ items: z.number() }), z.number()),
  pages: feed(
    z.object({ to: z.number(), bytes: z.number() }),
    z.object({ page: bytes(), ends: z.instanceof(Uint32Array) }),
    {
      bulk: true,
    },
  ),
})
type ProbeClient = Client<typeof probe.verbs>

const seen = { produced: 0, finished: 0, aborted: 0 }
const handlers = {
  double: ({ value }: { value: number }) => value * 2,
  refuse: () => {
    throw new EngineError('ResourceNotFoundException', 'Stream x not found.', { at: { field: 'stream' } })
  },
  list: ({ to }: { to: number }) => ({
    next: to,
    rows: Array.from({ length: to }, (_, at) => ({
      at,
      ...(at % 2 === 1 && { odd: `odd ${at}` }),
      tags: { a: `${at}` },
    })),
  }),
  wait: (_: unknown, { signal }: CallContext) =>
    new Promise<string>((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        seen.aborted++
        reject(signal.reason)
      })
    }),
  upper: ({ body }: { body: Uint8Array }) => ({
    body: body.map((byte) => byte & ~0x20),
    ends: Uint32Array.of(body.length),
  }),
  async *count({ to }: { to: number }) {
    try {
      for (let i = 0; i < to; i++) {
        seen.produced++
        yield i
      }
    } finally {
      seen.finished++
    }
  },
  async *pages({ to, bytes }: { to: number; bytes: number }) {
    for (let i = 0; i < to; i++) {
      seen.produced++
      yield { page: new Uint8Array(bytes).fill(i), ends: Uint32Array.of(i) }
    }
  },
  async *breakAfter({ items }: { items: number }) {
    for (let i = 0; i < items; i++) yield i
    throw new EngineError('ExpiredIteratorException', 'Iterator expired.', { retry: true })
  },
}
const lookup = (_: string, name: string) => handlers[name as keyof typeof handlers] as never

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

const table = verbTable({ probe })
const over = (port: Port): ProbeClient => {
  const connection = new RpcConnection(port)
  cleanups.push(() => connection.close())
  return remoteClients<{ probe: ProbeClient }>({ probe }, () => connection).probe
}

const transports: Record<string, () => Promise<ProbeClient>> = {
  'the same thread': async () => localClient<ProbeClient>(probe, lookup),
  'a pair in memory': async () => {
    const [a, b] = portPair()
    serve(b, table, lookup)
    return over(a)
  },
  'a MessagePort': async () => {
    const { port1, port2 } = new MessageChannel()
    serve(messagePort(port2), table, lookup)
    return over(messagePort(port1))
  },
  'a WebSocket': async () => over(await socketPair((port) => serve(port, table, lookup))),
  'a WebSocket relayed to a MessagePort': async () =>
    over(
      await socketPair((port) =>
        relay(
          port,
          table,
          () => 'host',
          async () => {
            const { port1, port2 } = new MessageChannel()
            serve(messagePort(port2), table, lookup)
            return messagePort(port1)
          },
        ),
      ),
    ),
}

async function socketPair(attach: (port: Port) => void): Promise<Port> {
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => attach(socketPort(socket)))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as { port: number }).port}`)
  await new Promise((done) => socket.once('open', done))
  cleanups.push(() => {
    socket.terminate()
    server.close()
  })
  return socketPort(socket)
}

describe.each(Object.entries(transports))('a contract over %s', (name, connect) => {
  it('answers calls, and passes typed errors with their place', async () => {
    const client = await connect()
    expect(await client.double({ value: 21 })).toBe(42)
    await expect(client.refuse({})).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
      domain: 'user',
      retry: false,
      at: { field: 'stream' },
    })
    await expect(client.double({ value: 'x' as unknown as number })).rejects.toMatchObject({
      code: 'ValidationException',
      at: { field: 'value' },
    })
  })

  it('carries rows as they were, members that some lack included', async () => {
    const client = await connect()
    expect(await client.list({ to: 3 })).toStrictEqual({
      next: 3,
      rows: [
        { at: 0, tags: { a: '0' } },
        { at: 1, odd: 'odd 1', tags: { a: '1' } },
        { at: 2, tags: { a: '2' } },
      ],
    })
    expect(await client.list({ to: 0 })).toStrictEqual({ next: 0, rows: [] })
  })

  it('carries bytes both ways', async () => {
    const client = await connect()
    const answer = await client.upper({ body: new TextEncoder().encode('shard') })
    expect(new TextDecoder().decode(answer.body)).toBe('SHARD')
    expect([...answer.ends]).toEqual([5])
  })

  it('cancels a call at its handler', async () => {
    const client = await connect()
    const before = seen.aborted
    const controller = new AbortController()
    const waiting = client.wait({}, { signal: controller.signal })
    setTimeout(() => controller.abort(), 20)
    await expect(waiting).rejects.toBeInstanceOf(Error)
    await expect.poll(() => seen.aborted).toBe(before + 1)
  })

  it('gives a feed in order and to its end, and its error after the items before it', async () => {
    const client = await connect()
    const items: number[] = []
    for await (const item of client.count({ to: 100 })) items.push(item)
    expect(items).toEqual(Array.from({ length: 100 }, (_, i) => i))
    const partial: number[] = []
    const broken = (async () => {
      for await (const item of client.breakAfter({ items: 3 })) partial.push(item)
    })()
    await expect(broken).rejects.toMatchObject({ code: 'ExpiredIteratorException', retry: true })
    expect(partial).toEqual([0, 1, 2])
  })

  it('lets a slow consumer hold the producer back, and ends the producer when the consumer leaves', async () => {
    const client = await connect()
    const before = { ...seen }
    let taken = 0
    for await (const _ of client.count({ to: 200_000 })) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      if (++taken === 20) break
    }
    await expect.poll(() => seen.finished).toBe(before.finished + 1)
    const ahead = name === 'the same thread' ? 0 : 2 * FEED_WINDOW
    expect(seen.produced - before.produced).toBeLessThanOrEqual(taken + ahead)
  })

  it('counts large items by their bytes: a reader who takes none holds few of them, and loses none', async () => {
    const client = await connect()
    const before = seen.produced
    const pages = client.pages({ to: 60, bytes: 5 * CREDIT_BYTES })[Symbol.asyncIterator]()
    const first = await pages.next()
    await new Promise((resolve) => setTimeout(resolve, 50))
    // What the window has room for, one item that goes past it, and one that waits to be sent.
    expect(seen.produced - before).toBeLessThanOrEqual(FEED_WINDOW / 5 + 2)
    const numbers = [first.value.ends[0]]
    for (let next = await pages.next(); !next.done; next = await pages.next()) numbers.push(next.value.ends[0])
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, i) => i))
  })
})

describe('a lost connection', () => {
  it('fails what was under way and what comes after, as retryable', async () => {
    const [a, b] = portPair()
    serve(b, table, lookup)
    const client = over(a)
    const waiting = client.wait({})
    const failed = expect(waiting).rejects.toMatchObject({ code: 'ConnectionLost', retry: true })
    b.close()
    await failed
    await expect(client.double({ value: 1 })).rejects.toMatchObject({ code: 'ConnectionLost' })
  })
})
