import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { Millrace } from '../support/millrace.ts'

const run = promisify(execFile)
const ENTRY = resolve(import.meta.dirname, '../../src/main/cli/index.ts')

it('millrace mapreduce runs a worked job in the Millrace that is open', { timeout: 60_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-mapreduce-'))
  const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
  try {
    await using _ = await Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
    const mapreduce = (...args: string[]) =>
      run(process.execPath, [ENTRY, 'mapreduce', '--workspace', workspace, ...args], {
        env: { ...process.env, MILLRACE_HOME: home },
        maxBuffer: 16 * 1024 * 1024,
      })
    const { stdout } = await mapreduce('top-n')
    expect(stdout).toContain('SUCCEEDED')
    expect(stdout).toMatch(/reduce +\d+ +10 /)
    await expect(mapreduce('no-such-job')).rejects.toMatchObject({ stderr: expect.stringContaining('no worked job') })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
