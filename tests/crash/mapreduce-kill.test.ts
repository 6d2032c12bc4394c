import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { realTime } from '../../src/engines/kit/node/real-time.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 15 : 2
const COMMIT_KILLS = process.env.MILLRACE_NIGHTLY ? 10 : 1
const MAPS = 12
/** Outputs of a job that is killed while it commits them. */
const PARTS = 16

/** Takes its time, so that there is a middle to be killed in. */
const JOB = `
export function map(offset, line, context) {
  const until = Date.now() + 60
  while (Date.now() < until);
  for (const word of line.split(' ')) context.emit(word, 1)
}
export function reduce(word, counts, context) {
  let sum = 0
  for (const count of counts) sum += count
  context.emit(word, sum)
}
`

it(`kill -9 of Millrace: a job goes on with the maps that are done, and its output is whole, in ${KILLS} kills`, {
  timeout: 120_000 + (KILLS + COMMIT_KILLS) * 20_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
  const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
  const random = seededRandom(`mapreduce kill ${KILLS}`)
  const start = () => Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
  let millrace = await start()
  try {
    let clients = await millrace.clients()
    await clients.lake.createBucket({ bucket: 'bbb' })
    const lines = Array.from({ length: MAPS }, (_, i) => `w${i % 3} w${i % 5} w${i}\n`)
    for (const [i, line] of lines.entries())
      await clients.lake.putObject({ bucket: 'bbb', key: `in/${i}.txt`, body: new TextEncoder().encode(line) })
    mkdirSync(join(workspace, 'jobs'), { recursive: true })
    writeFileSync(join(workspace, 'jobs', 'count.mjs'), JOB)
    const fn = (name: string) => ({ kind: 'module' as const, file: 'jobs/count.mjs', export: name })
    const { id } = await clients.mapreduce.submit({
      name: 'killed',
      input: { paths: ['s3://bbb/in'] },
      map: fn('map'),
      reduce: fn('reduce'),
      reducers: 2,
      output: { path: 's3://bbb/out' },
    })
    let done = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const enough = Math.min(MAPS, done + 1 + random.int(4))
      await expect
        .poll(async () => (await clients.mapreduce.describe({ id })).maps.done, { timeout: 30_000, interval: 10 })
        .toBeGreaterThanOrEqual(enough)
      done = (await clients.mapreduce.describe({ id })).maps.done
      await millrace.end('SIGKILL')
      expect(existsSync(join(workspace, 'lake/bbb/out/_SUCCESS')) || !existsSync(join(workspace, 'lake/bbb/out'))).toBe(
        true,
      )
      millrace = await start()
      clients = await millrace.clients()
      // What was done stays done.
      expect((await clients.mapreduce.describe({ id })).maps.done).toBeGreaterThanOrEqual(done - 1)
    }
    for await (const { state, reason } of clients.mapreduce.watch({ id }))
      if (state === 'FAILED') throw new Error(reason)
    const expected = new Map<string, number>()
    for (const word of lines.join('').trim().split(/\s/)) expected.set(word, (expected.get(word) ?? 0) + 1)
    const out = join(workspace, 'lake/bbb/out')
    const found = readdirSync(out)
      .filter((name) => name.startsWith('part-'))
      .flatMap((name) => readFileSync(join(out, name), 'utf8').trim().split('\n'))
      .map((line) => line.split('\t') as [string, string])
    expect(new Map(found.map(([word, count]) => [word, Number(count)]))).toEqual(expected)
    expect(readdirSync(out)).toContain('_SUCCESS')
    expect((await clients.mapreduce.describe({ id })).maps.failed).toBe(0)

    for (let kill = 0; kill < COMMIT_KILLS; kill++) {
      const many = join(workspace, `lake/bbb/many-${kill}`)
      const job = await clients.mapreduce.submit({
        name: 'killed in its commit',
        input: { paths: ['s3://bbb/in/0.txt'] },
        reducers: PARTS,
        output: { path: `s3://bbb/many-${kill}` },
      })
      for await (const { state } of clients.mapreduce.watch(job)) if (state === 'COMMITTING') break
      await realTime.sleep(random.int(20))
      await millrace.end('SIGKILL')
      const parts = () => (existsSync(many) ? readdirSync(many).length : 0)
      expect({ kill, parts: parts() === 0 || parts() === PARTS + 1 }).toEqual({ kill, parts: true })
      millrace = await start()
      clients = await millrace.clients()
      for await (const { state, reason } of clients.mapreduce.watch(job))
        if (state === 'FAILED') throw new Error(reason)
      expect({ kill, parts: parts() }).toEqual({ kill, parts: PARTS + 1 })
      const listed = await clients.lake.locate({ uri: `s3://bbb/many-${kill}/` })
      expect(listed).toHaveLength(PARTS + 1)
    }
  } finally {
    await millrace.end()
    rmSync(directory, { recursive: true, force: true })
  }
})
