// `npm run test:cluster`: gets Spark, Flink and Trino from their registries into a cache, starts a cluster of each, and runs the suites that need them.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flink } from './cluster/flink.mjs'
import { endAll, works } from './cluster/runtime.mjs'
import { spark } from './cluster/spark.mjs'
import { trino } from './cluster/trino.mjs'
import { bin, install, run, say } from './toolchain.mjs'

if (!works('java', ['-version']) || !works('python3', ['--version'])) {
  say('Skipped: Java (17 or later) and Python are needed on this machine.')
  process.exit(0)
}
install()
const folder = mkdtempSync(join(tmpdir(), 'millrace-cluster-'))
let code = 0
try {
  const env = {}
  for (const { name, missing, get, start } of [spark, flink, trino]) {
    const home = get()
    if (!home) {
      say(`Skipped: ${name}, since ${missing}.`)
      continue
    }
    const own = join(folder, name.split(' ')[0])
    mkdirSync(own)
    say(`Starting ${name} …`)
    const found = await start(home, own)
    if (!found) {
      say(`${name} did not come up.`)
      code = 1
    }
    Object.assign(env, found)
  }
  const args = ['run', '--config', 'vitest.cluster.config.ts', ...process.argv.slice(2)]
  if (Object.keys(env).length > 0) code ||= await run(bin.vitest, args, { env })
} finally {
  endAll()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(code)
