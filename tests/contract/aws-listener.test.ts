import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Listener, listen } from '../../src/engines/kit/node/aws/listener.ts'

/** Answers each request with the length of its body, and what was in it first and last. */
const say = (body: Uint8Array) => `${body.length}:${body[0] ?? ''}:${body[body.length - 1] ?? ''}`

let listener: Listener

beforeAll(async () => {
  listener = await listen(0, {
    answer: async (head) => ({ status: 200, headers: {}, body: `<${say(await head.body(8 * 1024 * 1024))}>` }),
    refuse: (_head, error) => ({ status: 400, headers: {}, body: `<${error.code}>` }),
  })
})

afterAll(() => listener.close())

function post(body: Buffer, more = ''): Buffer {
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-cbor-1.1\r\n${more}Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

const moment = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A connection of its own: what `send` wrote, and the answers up to the count that is waited for. */
async function converse(answers: number, send: (socket: Socket) => void | Promise<void>): Promise<string[]> {
  const socket = connect(listener.port, '127.0.0.1')
  socket.setNoDelay(true)
  try {
    const heard = new Promise<string[]>((resolve, reject) => {
      let text = ''
      socket.on('data', (piece) => {
        text += piece.toString('latin1')
        const found = text.match(/<[^>]*>/g) ?? []
        if (found.length >= answers) resolve(found)
      })
      socket.on('error', reject)
      socket.on('close', () => reject(new Error(`closed after ${JSON.stringify(text)}`)))
    })
    await Promise.all([send(socket), heard])
    return await heard
  } finally {
    socket.removeAllListeners('close')
    socket.destroy()
  }
}

/** Pieces in packets of their own; without a pause they are still separate writes. */
async function pieces(socket: Socket, parts: readonly Uint8Array[], pauseMs: number | undefined): Promise<void> {
  for (const [i, part] of parts.entries()) {
    if (i > 0 && pauseMs !== undefined) await moment(pauseMs)
    socket.write(part)
  }
}

describe('a fresh HTTP/1.1 connection', () => {
  it.each([undefined, 0, 2])('takes a request that is cut in two at any byte (pause %s ms)', async (pauseMs) => {
    const body = Buffer.from([0xbf, 1, 2, 3, 4, 5, 6, 0xff])
    const whole = post(body)
    const cuts = Array.from({ length: whole.length - 1 }, (_, i) => i + 1)
    const answers = await Promise.all(
      cuts.map((cut) => converse(1, (s) => pieces(s, [whole.subarray(0, cut), whole.subarray(cut)], pauseMs))),
    )
    expect(answers).toEqual(cuts.map(() => [`<${say(body)}>`]))
  })

  it('takes a large body in many packets, the first of them with the head or after it', async () => {
    const body = Buffer.alloc(900_000, 7)
    const whole = post(body)
    const head = whole.length - body.length
    const sent = [1, 3, 4, head - 1, head, head + 1, head + 70_000].map((cut) => {
      const parts = [whole.subarray(0, cut)]
      for (let at = cut; at < whole.length; at += 65_537) parts.push(whole.subarray(at, at + 65_537))
      return converse(1, (socket) => pieces(socket, parts, cut % 2 ? 0 : undefined))
    })
    expect(await Promise.all(sent)).toEqual(sent.map(() => [`<${say(body)}>`]))
  })

  it('answers requests that were sent ahead, in their order', async () => {
    const bodies = Array.from({ length: 20 }, (_, i) => Buffer.alloc(i * 997, i))
    const stream = Buffer.concat(bodies.map((body) => post(body)))
    const cuts = [2, 4, 100, 5000, stream.length - 1]
    for (const answers of await Promise.all(
      cuts.map((cut) => converse(20, (socket) => pieces(socket, [stream.subarray(0, cut), stream.subarray(cut)], 1))),
    ))
      expect(answers).toEqual(bodies.map((body) => `<${say(body)}>`))
  })

  it('asks for a body that waits for 100 Continue', async () => {
    const body = Buffer.alloc(100_000, 9)
    const put = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const headers = { expect: '100-continue', 'content-length': body.length }
        const sent = request(
          { port: listener.port, host: '127.0.0.1', method: 'PUT', agent: false, headers },
          async (response) => resolve(String(Buffer.concat(await response.toArray()))),
        )
        sent.on('continue', () => sent.end(body))
        sent.on('error', reject)
        sent.flushHeaders()
      })
    expect(await Promise.all(Array.from({ length: 20 }, put))).toEqual(
      Array.from({ length: 20 }, () => `<${say(body)}>`),
    )
  })

  it('answers what came with the end of the connection, and stays up after what never came', async () => {
    const body = Buffer.from('all')
    const answers = await converse(1, (socket) => void socket.end(post(body)))
    expect(answers).toEqual([`<${say(body)}>`])
    const cut = connect(listener.port, '127.0.0.1')
    cut.end(post(body).subarray(0, 60))
    await new Promise((resolve) => cut.on('close', resolve).resume())
    expect(await converse(1, (socket) => void socket.write(post(body)))).toEqual([`<${say(body)}>`])
  })

  it('keeps the thread’s other connections going while one is silent', async () => {
    const silent = connect(listener.port, '127.0.0.1')
    await new Promise((resolve) => silent.once('connect', resolve))
    silent.write('PO')
    const body = Buffer.from('other')
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => converse(1, (socket) => void socket.write(post(body)))),
    )
    expect(new Set(answers.flat())).toEqual(new Set([`<${say(body)}>`]))
    silent.destroy()
  })
})
