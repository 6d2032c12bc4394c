import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { FRAME_BYTES_MAX } from '../../src/main/served/socket.ts'
import { Millrace } from '../support/millrace.ts'

let millrace: Millrace

beforeAll(async () => {
  millrace = await Millrace.start()
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
    // A link of another workspace's page may lead here; nothing else of another port may ask.
    const visit = {
      Host: host,
      'Sec-Fetch-Site': 'same-site',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    }
    expect(await get(visit)).not.toBe(403)
    expect(await get({ ...visit, 'Sec-Fetch-Dest': 'iframe' })).toBe(403)
    expect(await get({ ...visit, 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' })).toBe(403)
    expect(await get({ ...visit, 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
    expect(await get({ ...visit, Origin: 'http://127.0.0.1:9' })).toBe(403)
    expect(await get({ Host: host, Origin: `http://${host}` })).not.toBe(403)
    // A tunnel changes the port: the Origin is compared with the Host, not with our port.
    expect(await get({ Host: 'localhost:9999', Origin: 'http://localhost:9999' })).not.toBe(403)
  })

  it('sends its pages with a policy and to nobody else', async () => {
    const page = await fetch(millrace.ready.url)
    expect(page.status).toBe(200)
    const policy = page.headers.get('content-security-policy') ?? ''
    for (const rule of ["script-src 'self'", "connect-src 'self'", "object-src 'none'", "frame-ancestors 'none'"])
      expect(policy.split('; ')).toContain(rule)
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    })
    // No answer, not even a refusal, opens a door to other origins.
    for (const path of ['', 'no-such-file', '%2e%2e/%2e%2e/package.json', '%']) {
      const answer = await fetch(new URL(path, millrace.ready.url), { method: path === '' ? 'OPTIONS' : 'GET' })
      expect(answer.ok).toBe(false)
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  it('ends a socket whose message is too large, and goes on', async () => {
    const socket = new WebSocket(`${millrace.ready.url.replace('http', 'ws')}rpc?token=${millrace.ready.token}`)
    await new Promise((done) => socket.once('open', done))
    const closed = new Promise<number>((done) => socket.once('close', done))
    socket.on('error', () => {})
    socket.send(Buffer.alloc(FRAME_BYTES_MAX + 1))
    expect([1006, 1009]).toContain(await closed)
    expect(await knock({})).toBe('open')
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
    const second = await Millrace.start({ workspace: millrace.ready.workspace })
    expect(second.ready).toMatchObject({ url: millrace.ready.url, pid: millrace.ready.pid })
    await second.end()
  })
})

describe('a port that is taken', () => {
  it('is said with the one that was taken instead, for pages and for AWS', async () => {
    const [page, aws] = [new URL(millrace.ready.url).port, new URL(millrace.ready.aws).port]
    await using second = await Millrace.start({ args: ['--port', page, '--aws-port', aws] })
    expect(second.ready.url).not.toBe(millrace.ready.url)
    const clients = await second.clients()
    const gate = await clients.gate.status({})
    expect(gate).toMatchObject({ wanted: Number(aws) })
    expect(gate.port).not.toBe(Number(aws))
    for await (const lines of clients.system.watchLogs({})) {
      const messages = lines.map(({ message }) => message).join('\n')
      expect(messages).toContain(`Port ${page} is taken: Millrace is at ${second.ready.url}`)
      break
    }
  })
})

describe('a workspace that another version has open', () => {
  it('is not talked to in words that it understands otherwise', async () => {
    await using owner = await Millrace.start()
    const file = join(owner.ready.workspace, '.millrace', 'owner.json')
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), version: 'older' }))
    await expect(Millrace.start({ workspace: owner.ready.workspace })).rejects.toThrow(
      new RegExp(`Another version of Millrace has this workspace open \\(process ${owner.ready.pid}`),
    )
  })
})

describe('the address of a workspace', () => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-home-'))
  const start = (workspace?: string) => Millrace.start({ env: { MILLRACE_HOME: home }, workspace })
  afterAll(() => rmSync(home, { recursive: true, force: true }))

  it('is the same at each start, and another for each workspace', async () => {
    await using first = await start()
    await first.end()
    await using again = await start(first.ready.workspace)
    await using other = await start()
    expect(again.ready.token).toBe(first.ready.token)
    expect(other.ready.token).not.toBe(first.ready.token)
  })

  it('comes from a secret that only its user can read, and nothing in the workspace', async () => {
    await using first = await start()
    expect(statSync(join(home, 'secret')).mode & 0o777).toBe(0o600)
    await first.end()
    const moved = `${first.ready.workspace}-sent`
    cpSync(first.ready.workspace, moved, { recursive: true })
    await using elsewhere = await start(moved)
    expect(elsewhere.ready.token).not.toBe(first.ready.token)
    await elsewhere.end()
    chmodSync(join(home, 'secret'), 0o644)
    await using seen = await start(first.ready.workspace)
    expect(seen.ready.token).not.toBe(first.ready.token)
  })

  it('is renewed on request, once nobody has the workspace open', async () => {
    await using first = await start()
    const renew = {
      env: { MILLRACE_HOME: home },
      workspace: first.ready.workspace,
      args: ['--renew-token'],
    }
    await expect(Millrace.start(renew)).rejects.toThrow(/stop it, then renew/)
    await first.end()
    await using renewed = await Millrace.start(renew)
    expect(renewed.ready.token).not.toBe(first.ready.token)
  })
})

describe('the end of a process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s stops it cleanly, and the workspace opens again', async (signal) => {
    const first = await Millrace.start()
    const clients = await first.clients()
    await clients.workspace.writeState({ key: 'kept', value: 1 })
    expect(await first.end(signal)).toBe(0)
    const again = await Millrace.start({ workspace: first.ready.workspace })
    expect(await (await again.clients()).workspace.readState({ key: 'kept' })).toEqual({ value: 1 })
    await again[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
  })

  it('a killed owner leaves no lock behind', async () => {
    const first = await Millrace.start()
    await first.end('SIGKILL')
    const again = await Millrace.start({ workspace: first.ready.workspace })
    expect(again.ready.pid).not.toBe(first.ready.pid)
    await again[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
  })
})
