import { execFileSync } from 'node:child_process'
import { copyFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { Runtime } from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import { createFunction, invoke, secretFile, startLambda } from '../support/lambda.ts'

const TIMEOUT = { timeout: 60_000 }
const PYTHON = { Runtime: 'python3.12' as Runtime }

/** Whether a process that was told its tag as an argument or in its program is still there. */
const running = (tag: string) => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(tag)

describe('what a Node function may not do', TIMEOUT, () => {
  it('is stopped in an endless loop, and the next request gets a new process', async () => {
    await using bed = await startLambda()
    await createFunction(
      bed.lambda,
      'f',
      `export const handler = async ({ loop }) => { while (loop); return process.pid }`,
      { Timeout: 1 },
    )
    const before = (await invoke(bed.lambda, 'f')).payload
    const { failed, payload, log } = await invoke(bed.lambda, 'f', { loop: true })
    expect(failed).toBe('Unhandled')
    expect(payload).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: .* Error: Task timed out after 1.00 seconds$/),
    })
    expect(log).toContain('Task timed out')
    const after = await invoke(bed.lambda, 'f')
    expect(after.failed).toBeUndefined()
    expect(after.payload).not.toBe(before)
  })

  it.each([
    [
      'on the heap',
      `const all = []; export const handler = async () => { for (;;) all.push(new Array(1e5).fill(Math.random())) }`,
    ],
    [
      'beside the heap',
      `const all = []; export const handler = async () => { for (;;) { all.push(Buffer.alloc(16e6, 1)); await new Promise((r) => setTimeout(r, 5)) } }`,
    ],
  ])('is stopped when it takes too much memory %s', async (_, code) => {
    await using bed = await startLambda()
    await createFunction(bed.lambda, 'f', code, { Timeout: 30 })
    const { failed, payload } = await invoke(bed.lambda, 'f')
    expect(failed).toBe('Unhandled')
    expect(payload.errorType).toMatch(/^Runtime\.(OutOfMemory|ExitError)$/)
  })

  it.each([
    [
      'read a file outside of its folder',
      `import { readFileSync } from 'node:fs'; export const handler = async ({ file }) => readFileSync(file, 'utf8')`,
    ],
    [
      'open a database',
      `export const handler = async ({ file }) => new (await import('node:sqlite')).DatabaseSync(file).exec('SELECT 1')`,
    ],
    ['list a folder', `import { readdirSync } from 'node:fs'; export const handler = async () => readdirSync('/')`],
    [
      'write, even in its folder',
      `import { writeFileSync } from 'node:fs'; export const handler = async () => writeFileSync(process.env.LAMBDA_TASK_ROOT + '/x', '')`,
    ],
    [
      'start a process',
      `import { execSync } from 'node:child_process'; export const handler = async () => execSync('id').toString()`,
    ],
    [
      'fork',
      `import { fork } from 'node:child_process'; export const handler = async () => fork(import.meta.filename).pid`,
    ],
    [
      'start a thread',
      `import { Worker } from 'node:worker_threads'; export const handler = async () => new Worker('1', { eval: true }).threadId`,
    ],
    ['load native code', `export const handler = async () => process.dlopen({ exports: {} }, process.execPath)`],
    ['signal Millrace', `export const handler = async () => process.kill(process.ppid, 'SIGTERM')`],
    ['open a debugger', `import { open } from 'node:inspector'; export const handler = async () => open(0)`],
    ['reach another machine', `export const handler = async () => (await fetch('http://192.0.2.1/')).status`],
    [
      'reach a socket file',
      `import { connect } from 'node:net'; export const handler = async () => { connect('/var/run/docker.sock') }`,
    ],
    [
      'send a datagram',
      `import { createSocket } from 'node:dgram'; export const handler = async () => { createSocket('udp4').send('x', 53, '192.0.2.1') }`,
    ],
  ])('cannot %s', async (_, code) => {
    using secret = secretFile()
    writeFileSync(secret.file, 'do not tell')
    await using bed = await startLambda()
    await createFunction(bed.lambda, 'f', code)
    const { failed, payload } = await invoke(bed.lambda, 'f', { file: secret.file })
    expect(failed).toBe('Unhandled')
    expect(JSON.stringify(payload)).toMatch(/denied|refused|disabled|restricted|fetch failed|No such built-in module/i)
    expect(JSON.stringify(payload)).not.toContain('do not tell')
  })

  it('reads no file through a link in its folder', async () => {
    using secret = secretFile()
    writeFileSync(secret.file, 'do not tell')
    await using bed = await startLambda()
    await createFunction(
      bed.lambda,
      'f',
      `import { readFileSync } from 'node:fs'; export const handler = async () => readFileSync(process.env.LAMBDA_TASK_ROOT + '/link', 'utf8')`,
    )
    const folder = join(bed.gate.engines.workspaceDirectory, 'functions')
    symlinkSync(dirname(secret.file), join(folder, 'linked'))
    copyFileSync(join(folder, 'f.json'), join(folder, 'linked.json'))
    await expect(invoke(bed.lambda, 'linked')).rejects.toMatchObject({ message: expect.stringContaining('is a link') })
    symlinkSync(secret.file, join(folder, 'f/link'))
    await expect(invoke(bed.lambda, 'f')).rejects.toMatchObject({ message: expect.stringContaining('link') })
  })

  it('reaches this machine, where services of the workspace answer', async () => {
    const server = createServer((_, answer) => answer.end('here')).listen(0, '127.0.0.1')
    await using bed = await startLambda()
    try {
      await createFunction(
        bed.lambda,
        'f',
        `export const handler = async ({ port }) => (await fetch('http://127.0.0.1:' + port)).text()`,
      )
      const { payload } = await invoke(bed.lambda, 'f', { port: (server.address() as AddressInfo).port })
      expect(payload).toBe('here')
    } finally {
      server.close()
    }
  })
})

describe('what a Python function may not do', TIMEOUT, () => {
  it('is stopped in an endless loop', async () => {
    await using bed = await startLambda()
    await createFunction(bed.lambda, 'f', 'def handler(event, context):\n    while True: pass', {
      ...PYTHON,
      Timeout: 1,
    })
    const { payload } = await invoke(bed.lambda, 'f')
    expect(payload.errorType).toBe('Sandbox.Timedout')
  })

  it('is stopped when it takes too much memory', async () => {
    await using bed = await startLambda()
    const code =
      'import time\ndef handler(event, context):\n    kept = []\n    while True:\n        kept.append(bytearray(b"x" * 16000000))\n        time.sleep(0.01)'
    await createFunction(bed.lambda, 'f', code, { ...PYTHON, Timeout: 30 })
    const { payload } = await invoke(bed.lambda, 'f')
    expect(payload.errorType).toMatch(/^(Runtime\.OutOfMemory|MemoryError)$/)
  })

  it.each([
    ['read a file outside of its folder', 'return open(event["file"]).read()'],
    ['read it by descriptor', 'import os; return os.read(os.open(event["file"], os.O_RDONLY), 100).decode()'],
    ['list a folder', 'import os; return os.listdir("/")'],
    ['open a database', 'import sqlite3; return sqlite3.connect(event["file"]).execute("SELECT 1").fetchall()'],
    ['write', 'open("made.txt", "w")'],
    ['fork', 'import os; return os.fork()'],
    ['start a process', 'import subprocess; return subprocess.check_output(["id"]).decode()'],
    ['ask a shell', 'import os; return os.system("id")'],
    ['call native code', 'import ctypes; return ctypes.CDLL(None).getpid()'],
    ['signal Millrace', 'import os, signal; os.kill(os.getppid(), signal.SIGTERM)'],
    ['reach another machine', 'import socket; socket.create_connection(("192.0.2.1", 80), timeout=1)'],
    ['reach a socket file', 'import socket; socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")'],
  ])('cannot %s', async (_, line) => {
    using secret = secretFile()
    writeFileSync(secret.file, 'do not tell')
    await using bed = await startLambda()
    await createFunction(bed.lambda, 'f', `def handler(event, context):\n    ${line}`, PYTHON)
    const { failed, payload } = await invoke(bed.lambda, 'f', { file: secret.file })
    expect(failed).toBe('Unhandled')
    expect(payload).toMatchObject({ errorType: 'PermissionError' })
    expect(JSON.stringify(payload)).not.toContain('do not tell')
  })
})

it('leaves no process behind', TIMEOUT, async () => {
  const tag = `tag-${process.pid}-left`
  {
    await using bed = await startLambda()
    await createFunction(bed.lambda, tag, `export const handler = async () => { while (true); }`, { Timeout: 60 })
    void invoke(bed.lambda, tag).catch(() => {})
    await expect.poll(() => running(`functions/${tag}`), { timeout: 10_000 }).toBe(true)
  }
  expect(running(`functions/${tag}`)).toBe(false)
})
