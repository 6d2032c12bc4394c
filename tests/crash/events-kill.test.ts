import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 20 : 1
const STREAM = 'arn:aws:kinesis:us-east-1:000000000000:stream/s'

it(`kill -9 of Millrace: no acknowledged event is lost to its target (${KILLS} times), and no schedule forgets its time`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
  const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
  const random = seededRandom(`events kill ${KILLS}`)
  const start = () => Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
  let millrace = await start()
  try {
    let clients = await millrace.clients()
    await clients.stream.createStream({ stream: 's', shardCount: 1, quotas: false })
    await clients.events.putRule({ name: 'r', pattern: '{"source":["test"]}' })
    await clients.events.putTargets({ rule: 'r', targets: [{ id: 't', arn: STREAM, inputPath: '$.detail.n' }] })
    await clients.events.createArchive({ name: 'a', bus: 'default', pattern: '{"source":["test"]}' })
    const soon = new Date(Date.now() + 3000).toISOString().slice(0, 19)
    const target = { arn: STREAM, partitionKey: 'k', input: '"due"' }
    await clients.events.createSchedule({ name: 'once', expression: `at(${soon})`, target })

    const queries: string[] = []
    const rule = { name: 'q', pattern: '{"source":["aws.athena"],"detail":{"currentState":["SUCCEEDED","FAILED"]}}' }
    await clients.events.putRule(rule)
    const inputPath = '$.detail.queryExecutionId'
    await clients.events.putTargets({ rule: 'q', targets: [{ id: 't', arn: STREAM, inputPath }] })
    const acknowledged: string[] = []
    for (let kill = 0, n = 0; kill < KILLS; kill++) {
      const dead = random.int(300)
      const putting = (async () => {
        for (;;) {
          const entries = Array.from({ length: 1 + random.int(5) }, () => ({
            source: 'test',
            detailType: 'T',
            detail: `{"n":${n++}}`,
          }))
          await clients.events.put({ entries })
          acknowledged.push(...entries.map(({ detail }) => String(JSON.parse(detail).n)))
        }
      })().catch(() => {})
      queries.push((await clients.athena.startQuery({ sql: 'SELECT 1' })).queryId)
      await expect.poll(() => acknowledged.length, { timeout: 20_000, interval: 5 }).toBeGreaterThan(dead + n / 2)
      await millrace.end('SIGKILL')
      await putting
      millrace = await start()
      clients = await millrace.clients()
    }
    const { shards } = await clients.stream.describeStream({ stream: 's' })
    const seen = async () => {
      const position = { type: 'TRIM_HORIZON' as const }
      const { batch } = await clients.stream.read({ stream: 's', shardId: shards[0].shardId, position })
      const ends = [...batch.dataEnds]
      return new Set(ends.map((end, i) => new TextDecoder().decode(batch.data.subarray(ends[i - 1] ?? 0, end))))
    }
    await expect
      .poll(
        async () => {
          const there = await seen()
          return [...acknowledged, ...queries.map((id) => `"${id}"`), '"due"'].filter((each) => !there.has(each))
        },
        { timeout: 30_000 },
      )
      .toEqual([])
    const [archive] = await clients.events.listArchives({})
    expect(archive.events).toBeGreaterThanOrEqual(acknowledged.length)
  } finally {
    await millrace.end()
    rmSync(directory, { recursive: true, force: true })
  }
})
