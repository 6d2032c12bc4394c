import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Millrace } from '../support/millrace.ts'

let millrace: Millrace

beforeAll(async () => {
  millrace = await Millrace.start({ sources: true })
})
afterAll(async () => {
  await millrace[Symbol.asyncDispose]()
})

function get(headers: Record<string, string>): Promise<number> {
  const { port } = new URL(millrace.ready.url)
  return new Promise((done, failed) => {
    request({ host: '127.0.0.1', port, path: '/', headers }, (response) => {
      response.resume()
      done(response.statusCode ?? 0)
    })
      .on('error', failed)
      .end()
  })
}

/** How an attempt to open the socket ends: `open`, or the status it was refused with. */
function knock(options: { token?: string; headers?: Record<string, string>; path?: string }): Promise<string> {
  const url = `${millrace.ready.url.replace('http', 'ws')}${options.path ?? 'rpc'}?token=${options.token ?? millrace.ready.token}`
  return new Promise((done) => {
    const socket = new WebSocket(url, { headers: options.headers })
    socket.on('open', () => {
      socket.close()
      done('open')
    })
    socket.on('unexpected-response', (_, response) => done(String(response.statusCode)))
    socket.on('error', () => done('error'))
  })
}

describe('the served shell', () => {
  it('says where it answers, in one line of JSON', () => {
    expect(millrace.ready).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/),
      aws: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      pid: millrace.process.pid,
    })
    expect(millrace.ready.token.length).toBeGreaterThan(24)
  })

  it('refuses hosts and origins that are not its own', async () => {
    const { host } = new URL(millrace.ready.url)
    expect(await get({ Host: 'evil.example' })).toBe(403)
    expect(await get({ Host: host, Origin: 'https://evil.example' })).toBe(403)
    expect(await get({ Host: host, 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
    expect(await get({ Host: host, Origin: `http://${host}` })).not.toBe(403)
    // A tunnel changes the port: the Origin is compared with the Host, not with our port.
    expect(await get({ Host: 'localhost:9999', Origin: 'http://localhost:9999' })).not.toBe(403)
  })

  it('opens its socket only with the token, to its own pages', async () => {
    expect(await knock({})).toBe('open')
    expect(await knock({ token: 'wrong' })).toBe('403')
    expect(await knock({ headers: { Origin: 'https://evil.example' } })).toBe('403')
    expect(await knock({ headers: { Host: 'evil.example' } })).toBe('403')
    expect(await knock({ path: 'other' })).toBe('403')
  })

  it('survives garbage on the socket', async () => {
    const messages: (Buffer | string)[] = [
      Buffer.from([0xff, 0x00, 0x13]),
      'text',
      Buffer.alloc(100_000, 7),
      Buffer.from([0x84, 0, 1, 0x19, 0xff, 0xff, 0xa0]),
    ]
    for (const garbage of messages) {
      const socket = new WebSocket(`${millrace.ready.url.replace('http', 'ws')}rpc?token=${millrace.ready.token}`)
      await new Promise((done) => socket.once('open', done))
      const answered = new Promise((done) => {
        socket.once('close', done)
        socket.once('message', done)
      })
      socket.send(garbage)
      await answered
      socket.terminate()
    }
    const clients = await millrace.clients()
    expect(await clients.workspace.describe({})).toMatchObject({ trusted: true })
  })

  it('lets a second process attach instead of opening the workspace twice', async () => {
    const second = await Millrace.start({ sources: true, workspace: millrace.ready.workspace })
    expect(second.ready).toMatchObject({ url: millrace.ready.url, pid: millrace.ready.pid })
    await second.end()
  })
})

describe('the end of a process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops it cleanly, and the workspace opens again', async (signal) => {
    const first = await Millrace.start({ sources: true })
    const clients = await first.clients()
    await clients.workspace.writeState({ key: 'kept', value: 1 })
    expect(await first.end(signal)).toBe(0)
    const again = await Millrace.start({ sources: true, workspace: first.ready.workspace })
    expect(await (await again.clients()).workspace.readState({ key: 'kept' })).toEqual({ value: 1 })
    await again[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
  })

  it('a killed owner leaves no lock behind', async () => {
    const first = await Millrace.start({ sources: true })
    await first.end('SIGKILL')
    const again = await Millrace.start({ sources: true, workspace: first.ready.workspace })
    expect(again.ready.pid).not.toBe(first.ready.pid)
    await again[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
  })
})
