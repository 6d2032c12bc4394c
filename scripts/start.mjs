// `npm start`: installs, builds, then opens the sample workspace in Electron, or in the browser where Electron's runtime is not to be had.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, build, environment, install, node, root, run, say } from './toolchain.mjs'

const electronPackage = join(root, 'node_modules', 'electron')
const failureNote = join(root, '.cache', 'electron-unavailable')
const INSTALL_MS = 60_000

function electronBinary() {
  const pathFile = join(electronPackage, 'path.txt')
  if (!existsSync(pathFile)) return null
  const file = join(electronPackage, 'dist', readFileSync(pathFile, 'utf8'))
  return existsSync(file) ? file : null
}

/** Tries once to fetch Electron's runtime. A failure is remembered, so that the next start does not wait for it again. */
async function electron() {
  if (electronBinary()) return electronBinary()
  if (process.argv.includes('--served') || existsSync(failureNote)) return null
  say('Fetching the Electron runtime (at most a minute, once) …')
  const child = spawn(node, [join(electronPackage, 'install.js')], {
    cwd: electronPackage,
    stdio: 'ignore',
    env: environment,
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), INSTALL_MS)
  await new Promise((done) => child.on('exit', done).on('error', done))
  clearTimeout(timer)
  if (electronBinary()) {
    rmSync(failureNote, { force: true })
    return electronBinary()
  }
  mkdirSync(join(root, '.cache'), { recursive: true })
  writeFileSync(
    failureNote,
    `The Electron runtime could not be fetched on ${new Date().toISOString()}. Delete this file to try again.\n`,
  )
  return null
}

install()
await build()
const runtime = await electron()
if (runtime) {
  const child = spawn(runtime, [root], { cwd: root, stdio: 'inherit', env: process.env })
  process.exitCode = await new Promise((done) => child.on('exit', (code) => done(code ?? 1)))
} else {
  say(`The Electron runtime is not available here (see .cache/electron-unavailable): opening in the browser instead.`)
  process.exitCode = await run(bin.cli, ['start', ...process.argv.slice(2).filter((arg) => arg !== '--served')])
}
