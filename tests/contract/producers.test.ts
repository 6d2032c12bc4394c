import { appendFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { engine as ingest } from '../../src/engines/ingest/engine.ts'
import { dataText, keyText } from '../../src/engines/kit/pure/batch.ts'
import { engine as pipeline } from '../../src/engines/pipeline/engine.ts'
import { PRODUCERS, startProducer } from '../../src/engines/pipeline/produce.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import type { TestEngines } from '../support/engines.ts'
import { OpenSource, startIngest, tick } from '../support/ingest.ts'
import { accountOf, nodeOf, pipelineOf, runToEnd, startPipelines } from '../support/pipeline.ts'

const producer = (name: string) => PRODUCERS.find((one) => one.name === name)!

async function textsOf({ clients }: TestEngines, name: string): Promise<string[]> {
  const { shards } = await clients.stream.describeStream({ stream: name })
  const texts: string[] = []
  for (const { shardId } of shards) {
    const read = await clients.stream.read({ stream: name, shardId, position: { type: 'OFFSET', offset: 0 } })
    for (let i = 0; i < read.batch.count; i++) texts.push(`${keyText(read.batch, i)} ${dataText(read.batch, i)}`)
  }
  return texts
}

test('a generator with bursts and a first event time repeats to the letter at any speed of the clock', async () => {
  const runs: string[][] = []
  for (let run = 0; run < 2; run++) {
    await using engines = await startPipelines([stream, pipeline])
    const config = {
      template: 'applog',
      rate: 200,
      count: 3000,
      seed: 's',
      startAt: '2026-01-01T00:00:00Z',
      burstFactor: 8,
      burstEvery: 10,
      burstLength: 2,
    }
    const state = await runToEnd(
      engines,
      pipelineOf([
        { id: 'made', kind: 'generator', config },
        { id: 'kept', kind: 'stream', config: { stream: 'logs', shards: 2, quotas: false } },
      ]),
    )
    expect(state.error).toBeUndefined()
    expect(accountOf(state, 'kept').agrees).toBe(true)
    runs.push(await textsOf(engines, 'logs'))
  }
  expect(runs[0]).toHaveLength(3000)
  expect(runs[1]).toEqual(runs[0])
})

test('an HTTP request through a pipeline is answered once the stream has it; stopping drains and accounts', async () => {
  await using engines = await startPipelines([stream, ingest, pipeline])
  const { clients } = engines
  const { run } = await startProducer(clients, { producer: producer('http'), settings: { port: 0 }, stream: 'in' })
  let url: string | undefined
  while (!url) {
    url = (await clients.ingest.list({}))[0]?.url
    await tick()
  }
  const { token } = await clients.ingest.access({})
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
        body: `{"n":${i}}\n{"n":${i}}\n`,
      }),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200))
  expect(await textsOf(engines, 'in')).toHaveLength(100)
  await clients.pipeline.stop({ runId: run.runId })
  let last = run
  for await (const state of clients.pipeline.watch({ runId: run.runId })) last = state
  expect(last.state).toBe('stopped')
  expect(last.error).toBeUndefined()
  expect(nodeOf(last, 'producer').note).toContain('50 requests taken')
  expect(accountOf(last, 'stream')).toMatchObject({ rowsIn: 100, readBack: 100, agrees: true })
  expect(await clients.ingest.list({})).toEqual([])
})

test('several producers send into a stream at once, each a run of its own, and leave the clock as it is', async () => {
  await using engines = await startPipelines([stream, pipeline])
  const { clients } = engines
  const request = { producer: producer('log'), settings: { count: 50_000, rate: 100 }, stream: 'both' }
  const runs = [await startProducer(clients, request), await startProducer(clients, request)]
  expect(runs.map(({ run }) => run.pipeline)).toEqual(['streams/both/log', 'streams/both/log-2'])
  expect((await clients.system.status({})).clock).toMatchObject({ mode: 'virtual', speed: null })
  for (const { run } of runs) await clients.pipeline.stop({ runId: run.runId, mode: 'abandon' })
})

test('a tail settles line by line: its position stays where it was until what follows has dealt with them', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-ingest-'))
  const file = join(directory, 'app.log')
  const settings = {
    type: 'tail',
    file,
    start: 'beginning',
    position: 'reader',
    keyBy: 'field',
    keyField: 'id',
  } as const
  try {
    writeFileSync(file, '{"id":"a"}\n')
    const first = await startIngest({ directory })
    const unsettled = new OpenSource(first, 'one', settings)
    await unsettled.has(1)
    const other = new OpenSource(first, 'two', settings)
    await other.done
    expect(other.failure).toMatchObject({ code: 'SourceInUse' })
    await unsettled.giveUp()
    await first.stop()

    const second = await startIngest({ directory })
    const again = new OpenSource(second, 'one', settings)
    await again.has(1)
    expect(again.records).toEqual([{ key: 'a', text: '{"id":"a"}' }])
    await again.settle()
    appendFileSync(file, 'plain text\n')
    await again.has(2)
    await again.giveUp()
    await second.stop()

    const third = await startIngest({ directory })
    const last = new OpenSource(third, 'one', { ...settings, wrap: true })
    await last.has(1)
    expect(last.records.map(({ text }) => JSON.parse(text))).toEqual([
      { file: 'app.log', offset: 11, line: 'plain text' },
    ])
    last.settling = true
    await last.settle()
    await last.close()
    await last.done
    expect(last.failure).toBeUndefined()
    await third.stop()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a workspace that is not trusted follows its own files only, wherever links lead', async () => {
  await using engines = await startIngest({ trusted: false })
  const outside = mkdtempSync(join(tmpdir(), 'millrace-outside-'))
  writeFileSync(join(outside, 'secret'), 'secret\n')
  writeFileSync(join(engines.workspaceDirectory, 'own.log'), 'own\n')
  symlinkSync(join(outside, 'secret'), join(engines.workspaceDirectory, 'link.log'))
  const follow = async (file: string) => {
    const source = new OpenSource(engines, file, { type: 'tail', file, start: 'beginning', position: null })
    await source.has(1)
    const found = source.records[0]?.text ?? (source.failure as { code: string }).code
    if (!source.ended) await source.giveUp()
    return found
  }
  expect(await follow('own.log')).toBe('own')
  for (const file of [join(outside, 'secret'), 'link.log', '../elsewhere', '.millrace/ingest/positions.sqlite'])
    expect([file, await follow(file)]).toEqual([file, 'AccessDenied'])
  expect(await follow('.')).toBe('NotAFile')
  rmSync(outside, { recursive: true, force: true })
})
