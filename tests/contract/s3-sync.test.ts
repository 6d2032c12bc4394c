import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { runAws, why } from '../support/aws-cli.ts'
import { startGate } from '../support/gate.ts'

const FILES = process.env.MILLRACE_NIGHTLY ? 10_000 : 500

it.skipIf(why !== '')(
  `aws s3 sync takes ${FILES} small files up and back, and then only what changed${why}`,
  {
    timeout: 60_000 + FILES * 120,
  },
  async () => {
    const gate = await startGate([lake], { settings: { signatures: 'verify' } })
    await using _ = gate.engines
    // What the CLI compares are times: the lake's has to be the machine's.
    const clock = gate.engines.clock as ManualClock
    await clock.advance(Date.now() + 3_600_000 - clock.now())
    const folder = gate.engines.workspaceDirectory
    await gate.engines.clients.lake.createBucket({ bucket: 'sync' })
    const name = (i: number) => `day=${i % 100}/part ${i}.csv`
    for (let i = 0; i < FILES; i++) {
      if (i < 100) mkdirSync(join(folder, 'up', `day=${i}`), { recursive: true })
      writeFileSync(join(folder, 'up', name(i)), `row ${i}\n`)
    }
    await runAws(gate, folder, 's3', 'sync', '--quiet', join(folder, 'up'), 's3://sync/in')
    await runAws(gate, folder, 's3', 'sync', '--quiet', 's3://sync/in', join(folder, 'down'))
    const files = (of: string) =>
      readdirSync(join(folder, of), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        .sort()
    expect(files('down')).toEqual(files('up'))
    expect(files('lake/sync/in').length).toBe(FILES)

    rmSync(join(folder, 'up', name(1)))
    writeFileSync(join(folder, 'up', name(2)), 'a row that is longer')
    const changed = await runAws(
      gate,
      folder,
      's3',
      'sync',
      '--delete',
      '--no-progress',
      join(folder, 'up'),
      's3://sync/in',
    )
    expect(changed.trim().split('\n').sort()).toEqual([
      `delete: s3://sync/in/${name(1)}`,
      expect.stringContaining(`to s3://sync/in/${name(2)}`),
    ])
  },
)
