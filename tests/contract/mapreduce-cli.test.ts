import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { Millrace } from '../support/millrace.ts'

const run = promisify(execFile)
const ENTRY = resolve(import.meta.dirname, '../../src/main/cli/index.ts')

it('millrace mapreduce runs the worked jobs', { timeout: 120_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-mapreduce-'))
  const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
  try {
    await using millrace = await Millrace.start({ workspace, sources: true, env: { MILLRACE_HOME: home } })
    const mapreduce = (...args: string[]) =>
      run(process.execPath, [ENTRY, 'mapreduce', '--workspace', workspace, ...args], {
        env: { ...process.env, MILLRACE_HOME: home },
        maxBuffer: 16 * 1024 * 1024,
      })
    const { stdout } = await mapreduce('top-n')
    expect(stdout).toContain('SUCCEEDED')
    const clients = await millrace.clients()
    const read = async (output: string) => {
      const { pathname } = new URL(output.replace('s3://mapreduce', 'http://x'))
      const found = await clients.lake.listObjects({ bucket: 'mapreduce', prefix: `${pathname.slice(1)}/part-` })
      const parts = await Promise.all(found.objects.map(({ key }) => clients.lake.getObject({ bucket: 'mapreduce', key })))
      return parts.flatMap(({ body }) => new TextDecoder().decode(body).trim().split('\n'))
    }
    const result = async (name: string) => {
      const { ids } = await clients.mapreduce.submitSample({ name })
      let last = ''
      for await (const { state, reason, output } of clients.mapreduce.watch({ id: ids.at(-1)! })) {
        expect(reason).toBeUndefined()
        if (state === 'SUCCEEDED') last = output
      }
      return read(last)
    }
    const [words, index, joined, sessions, ranks] = [
      await result('word-count'),
      await result('inverted-index'),
      await result('join'),
      await result('sessions'),
      await result('page-rank'),
    ]
    expect(words).toContain('international\t120')
    expect(index.find((line) => line.startsWith('hartsfield\t'))).toContain('ATL')
    const [flight] = joined.map((line) => JSON.parse(line) as { origin: string; name: string; destination: string })
    expect(flight).toMatchObject({ origin: expect.any(String), name: expect.any(String), destination: expect.any(String) })
    expect(sessions.length).toBeGreaterThan(100)
    const rank = ranks.map((line) => JSON.parse(line) as { key: string; value: { rank: number } })
    const [first] = rank.toSorted((a, b) => b.value.rank - a.value.rank)
    expect(['ATL', 'ORD', 'DFW']).toContain(first.key)
    await expect(mapreduce('no-such-job')).rejects.toMatchObject({ stderr: expect.stringContaining('no worked job') })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
