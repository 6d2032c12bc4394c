import { expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine } from '../../src/engines/mapreduce/engine.ts'
import { startEngines } from '../support/engines.ts'

const NIGHTLY = process.env.MILLRACE_NIGHTLY !== undefined

it('worked jobs of MapReduce have the results that their data have', { timeout: 120_000 }, async () => {
  await using engines = await startEngines([lake, engine], { settings: { mapreduce: { processes: 2 } } })
  const { clients } = engines
  const result = async (name: string): Promise<string[]> => {
    const { ids } = await clients.mapreduce.submitSample({ name })
    let output = ''
    for await (const status of clients.mapreduce.watch({ id: ids.at(-1)! })) {
      expect(status.reason).toBeUndefined()
      output = status.output
    }
    const prefix = `${output.slice('s3://mapreduce/'.length)}/part-`
    const { objects } = await clients.lake.listObjects({ bucket: 'mapreduce', prefix })
    const parts = await Promise.all(objects.map(({ key }) => clients.lake.getObject({ bucket: 'mapreduce', key })))
    return parts.flatMap(({ body }) => new TextDecoder().decode(body).trim().split('\n'))
  }
  const [words, joined] = [await result('word-count'), await result('join')]
  expect(words).toContain('international\t124')
  expect(JSON.parse(joined[0])).toMatchObject({
    origin: expect.any(String),
    name: expect.any(String),
    delay: expect.any(Number),
  })
  if (!NIGHTLY) return
  expect((await result('word-count-sql')).toSorted()).toEqual(words.toSorted())
  const [index, sessions, ranks] = [await result('inverted-index'), await result('sessions'), await result('page-rank')]
  expect(index.find((line) => line.startsWith('hartsfield\t'))).toContain('ATL')
  expect(sessions.length).toBeGreaterThan(100)
  const rank = ranks.map((line) => JSON.parse(line) as { key: string; value: { rank: number } })
  const [first] = rank.toSorted((a, b) => b.value.rank - a.value.rank)
  expect(['ATL', 'ORD', 'DFW']).toContain(first.key)
})
