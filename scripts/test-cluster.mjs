// `npm run test:cluster`: gets Spark from PyPI into a cache, starts a standalone cluster of two workers, and runs the suites that need it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bin, install, root, run, say } from './toolchain.mjs'

const SPARK = '4.0.1'
const WORKERS = 2
const WAIT_MS = 60_000

function skip(why) {
  say(`Skipped: ${why}`)
  process.exit(0)
}

const works = (program, args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0

/** Where pip put Spark; undefined where it could not. */
function sparkHome() {
  const cache = join(root, '.cache', `spark-${SPARK}`)
  const find = () => {
    const lib = join(cache, 'lib')
    const python = existsSync(lib) ? readdirSync(lib).find((name) => name.startsWith('python')) : undefined
    const home = python && join(lib, python, 'site-packages', 'pyspark')
    return home && existsSync(join(home, 'bin', 'spark-class')) ? home : undefined
  }
  if (find()) return find()
  say(`Getting pyspark ${SPARK} (about 400 MB, once) …`)
  mkdirSync(cache, { recursive: true })
  if (!works('python3', ['-m', 'venv', cache])) return undefined
  spawnSync(join(cache, 'bin', 'pip'), ['install', '--quiet', `pyspark==${SPARK}`], { stdio: 'inherit' })
  return find()
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function untilWorkers(port) {
  for (const until = Date.now() + WAIT_MS; Date.now() < until; ) {
    const state = await fetch(`http://127.0.0.1:${port}/json/`)
      .then((answer) => answer.json())
      .catch(() => undefined)
    if (state?.aliveworkers === WORKERS) return true
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return false
}

if (!works('java', ['-version'])) skip('there is no Java (17 or later) on this machine.')
if (!works('python3', ['--version'])) skip('there is no Python on this machine.')
install()
const home = sparkHome()
if (!home) skip('pip could not get pyspark from a registry.')

const folder = mkdtempSync(join(tmpdir(), 'millrace-spark-'))
const [port, page] = [await freePort(), await freePort()]
const master = `spark://127.0.0.1:${port}`
const start = (name, args) =>
  spawn(join(home, 'bin', 'spark-class'), [`org.apache.spark.deploy.${name}`, ...args], {
    cwd: folder,
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, SPARK_HOME: home, SPARK_LOCAL_IP: '127.0.0.1' },
  })
say(`Starting Spark ${SPARK} with ${WORKERS} workers at ${master} …`)
const processes = [start('master.Master', ['--host', '127.0.0.1', '--port', `${port}`, '--webui-port', `${page}`])]
for (let i = 0; i < WORKERS; i++)
  processes.push(
    start('worker.Worker', [
      '--host',
      '127.0.0.1',
      '--cores',
      '1',
      '--memory',
      '1g',
      '--work-dir',
      join(folder, `${i}`),
      '--webui-port',
      '0',
      master,
    ]),
  )
let code = 1
try {
  if (!(await untilWorkers(page))) say('The workers did not come up.')
  else {
    const env = { MILLRACE_SPARK_HOME: home, MILLRACE_SPARK_MASTER: master }
    code = await run(bin.vitest, ['run', '--config', 'vitest.cluster.config.ts'], { env })
  }
} finally {
  for (const { pid } of processes)
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
  rmSync(folder, { recursive: true, force: true })
}
process.exit(code)
