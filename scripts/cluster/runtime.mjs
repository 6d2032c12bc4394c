// What the runtimes of `npm run test:cluster` share: got from a registry into a cache, and started as processes that end with it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { root, say } from '../toolchain.mjs'

const WAIT_MS = 120_000

export const works = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0

/** The folder of a runtime in the cache, filled once by `get`; undefined where it could not be got. `isThere` looks whether it is whole. */
export function cached(name, size, isThere, get) {
  const folder = join(root, '.cache', name)
  if (isThere(folder)) return folder
  say(`Getting ${name} (about ${size}, once) …`)
  mkdirSync(folder, { recursive: true })
  get(folder)
  return isThere(folder) ? folder : undefined
}

/** What pip puts packages into. */
export function sitePackages(folder) {
  const lib = join(folder, 'lib')
  const python = existsSync(lib) ? readdirSync(lib).find((name) => name.startsWith('python')) : undefined
  return join(lib, python ?? 'none', 'site-packages')
}

export function pipInstall(folder, ...args) {
  if (works('python3', ['-m', 'venv', folder]))
    spawnSync(join(folder, 'bin', 'pip'), ['install', '--quiet', ...args], { stdio: 'inherit' })
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

const started = []

/** Leads a group, so that `endAll` ends all of it. */
export function start(program, args, { cwd, env = {} }) {
  started.push(spawn(program, args, { cwd, stdio: 'ignore', detached: true, env: { ...process.env, ...env } }))
}

export function endAll() {
  for (const { pid } of started)
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
}

/** Asks a page until what it says is right; false where it never is. */
export async function untilUp(url, isUp) {
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    const state = await fetch(url)
      .then((answer) => answer.json())
      .catch(() => undefined)
    if (state !== undefined && isUp(state)) return true
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return false
}
