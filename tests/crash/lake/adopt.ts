import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { engine } from '../../../src/engines/lake/engine.ts'
import { startEngines } from '../../support/engines.ts'

/** A process that makes a staged folder objects and is killed at the rename, before it or right after it. Arguments: workspace, `before` or `after`. */
const [directory, when] = process.argv.slice(2)
const { clients } = await startEngines([engine], { directory })
const { lake } = clients
await lake.createBucket({ bucket: 'data' })
await lake.changeBucket({ bucket: 'data', eventBridge: true })
const { directory: staged } = await lake.stage({ bucket: 'data' })
for (const name of ['part-0', '_SUCCESS']) fs.writeFileSync(join(staged, name), name)

const { renameSync } = fs
fs.renameSync = (from, to) => {
  if (from === staged && when === 'before') process.kill(process.pid, 'SIGKILL')
  renameSync(from, to)
  if (from === staged) process.kill(process.pid, 'SIGKILL')
}
syncBuiltinESMExports()
await lake.adoptFolder({ bucket: 'data', directory: staged, prefix: 'runs/1' })
