// What every script needs first: the project's own packages and its own Node. This file runs on the Node that is on the machine (20 or
// newer), so it uses nothing newer and nothing installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const cache = join(root, '.cache')
const compiled = join(cache, 'compiled')
const windows = process.platform === 'win32'
export const node = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')

/**
 * The environment in which the project's Node comes first. glibc moves the size from which it maps memory up to 32 MiB once such a block has
 * been freed, and keeps the batches of records that come and go below it: with the size fixed they go back to the system, which saves
 * about 90 MiB while a pipeline runs. glibc reads this when the process starts, so it cannot be set later. Nor can Node's cache of compiled
 * code, with which a program that was started before is ready an eighth sooner.
 */
export const environment = {
  MALLOC_MMAP_THRESHOLD_: '262144',
  NODE_COMPILE_CACHE: compiled,
  ...process.env,
  PATH: `${dirname(node)}${windows ? ';' : ':'}${join(root, 'node_modules', '.bin')}${windows ? ';' : ':'}${process.env.PATH}`,
}

export function say(text) {
  process.stdout.write(`${text}\n`)
}

function digest(files) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

const INSTALL_MS = 6 * 60_000

/** Installs what package-lock.json says, unless it is installed already. */
export function install() {
  const stamp = join(root, 'node_modules', '.millrace-installed')
  const wanted = digest(['package.json', 'package-lock.json'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(node)) return
  say('Installing packages (about a minute, once) …')
  // Packages bring their native parts ready made, so no install script is run but the one that fetches the project's own Node.
  const npm = (args, timeout) => {
    const { status, error } = spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: windows, timeout })
    return error?.code === 'ETIMEDOUT' ? 'late' : (status ?? 1)
  }
  const download = () => npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], INSTALL_MS)
  let failed = download()
  // npm waits for ever for a download that has broken off without a word; what has arrived by then is kept in its cache.
  for (let again = 0; failed === 'late' && again < 2; again++) {
    say('This takes long: trying again, with what has arrived so far …')
    failed = download()
  }
  failed ||= npm(['rebuild', 'node', '--loglevel=error'])
  if (failed) {
    say(
      '\nThe packages were not installed: see above. Millrace needs the npm registry once, for what package-lock.json names.',
    )
    process.exit(failed === 'late' ? 1 : failed)
  }
  if (!existsSync(node)) {
    say(
      `\nThe project's Node is missing (${node}): npm did not run the install script of the package "node". Run npm rebuild node to see why.`,
    )
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}

function sources(folder, found = []) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) sources(path, found)
    else if (!entry.name.endsWith('.md')) found.push(path)
  }
  return found
}

/** Builds `out/` when a source has changed since the last build. */
export async function build() {
  mkdirSync(cache, { recursive: true })
  const stamp = join(cache, 'build')
  const files = [...sources('src'), 'electron.vite.config.ts', 'package-lock.json'].sort()
  const newest = Math.max(...files.map((file) => statSync(join(root, file)).mtimeMs))
  const wanted = `${files.length} ${newest} ${digest(['package-lock.json'])}`
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(join(root, 'out', 'main', 'cli.js')))
    return
  say('Building …')
  rmSync(compiled, { recursive: true, force: true })
  const code = await run(join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'), [
    'build',
    '--logLevel',
    'warn',
  ])
  if (code !== 0) process.exit(code)
  writeFileSync(stamp, wanted)
}

/** Runs a script of ours or of a package on the project's Node, in the foreground; gives its exit code. Signals reach it too. */
export function run(script, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(node, [...(options.nodeArgs ?? []), script, ...args], {
      cwd: options.cwd ?? root,
      stdio: 'inherit',
      env: { ...environment, ...options.env },
    })
    const forward = (signal) => child.kill(signal)
    process.on('SIGINT', forward)
    process.on('SIGTERM', forward)
    child.on('exit', (code, signal) => {
      process.off('SIGINT', forward)
      process.off('SIGTERM', forward)
      done(code ?? (signal ? 130 : 1))
    })
  })
}

export const bin = {
  vitest: join(root, 'node_modules', 'vitest', 'vitest.mjs'),
  playwright: join(root, 'node_modules', '@playwright', 'test', 'cli.js'),
  tsc: join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
  biome: join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  cli: join(root, 'out', 'main', 'cli.js'),
}

/** The type checker on one project. Its threads each work out much of the same, so one is half of the work of several. */
export const checkTypes = (project) => run(bin.tsc, ['-p', `tsconfig.${project}.json`, '--singleThreaded'])
