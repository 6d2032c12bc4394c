import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { BatchBuilder, dataText, keyText } from '../../src/engines/kit/pure/batch.ts'
import { aggregate } from '../../src/engines/kit/pure/kpl.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import type { RunState } from '../../src/engines/pipeline/contract.ts'
import { engine as pipeline } from '../../src/engines/pipeline/engine.ts'
import { PipelineStore } from '../../src/engines/pipeline/store.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { accountOf, nodeOf, pipelineOf, runToEnd, startPipelines, writeWorkspaceFile } from '../support/pipeline.ts'

const engines = [lake, stream, catalog, pipeline]

function flightsCsv(rows: number): string {
  const lines = ['time,delay,origin']
  for (let i = 0; i < rows; i++) {
    const time = new Date(Date.UTC(2001, 0, 1) + i * 1000).toISOString()
    lines.push(`${time},${(i * 7) % 100},${['ATL', 'ORD', 'LAX', 'DFW', 'JFK'][i % 5]}`)
  }
  return `${lines.join('\n')}\n`
}

const replay = (config: Record<string, unknown> = {}) => ({
  id: 'source',
  kind: 'replay',
  config: { file: 'flights.csv', keyColumn: 'origin', speed: null, ...config },
})
const dataStream = (id: string, config: Record<string, unknown> = {}) => ({
  id,
  kind: 'stream',
  config: { stream: id, shards: 2, durability: 'memory', ...config },
})

test('every row of a file goes through a stream and a transform into another stream, and is read back', async () => {
  await using engine = await startPipelines(engines)
  writeWorkspaceFile(engine, 'flights.csv', flightsCsv(5000))
  const state = await runToEnd(
    engine,
    pipelineOf([
      replay(),
      dataStream('raw', { quotas: false }),
      {
        id: 'late',
        kind: 'transform',
        config: { filter: 'delay >= 30', fields: [{ name: 'late', expression: 'delay > 60' }] },
      },
      dataStream('out', { quotas: false }),
    ]),
  )
  expect(state.error).toBeUndefined()
  expect(state.state).toBe('succeeded')
  expect(nodeOf(state, 'source').rowsOut).toBe(5000)
  expect(nodeOf(state, 'late')).toMatchObject({ rowsIn: 5000, rowsOut: 3500, rowsFiltered: 1500, rowsFailed: 0 })
  expect(accountOf(state, 'raw')).toMatchObject({ readBack: 5000, agrees: true })
  expect(accountOf(state, 'out')).toMatchObject({ readBack: 3500, agrees: true })
  expect(state.wires.map((wire) => wire.rows)).toEqual([5000, 5000, 3500])
})

test('records that the quota refuses are sent again on the clock, in order for each key', async () => {
  await using engine = await startPipelines(engines)
  writeWorkspaceFile(engine, 'flights.csv', flightsCsv(12_000))
  const state = await runToEnd(
    engine,
    pipelineOf([replay({ timeColumn: 'time', speed: 6000 }), dataStream('raw', { quotas: true, shards: 1 })]),
  )
  expect(state.error).toBeUndefined()
  expect(accountOf(state, 'raw')).toMatchObject({ rowsIn: 12_000, readBack: 12_000, agrees: true })
  expect(nodeOf(state, 'raw').note).toMatch(/throttled/)
  const seen = new Map<string, string>()
  let offset = 0
  for (let read = await page(); read.batch.count > 0; read = await page()) {
    const text = new TextDecoder().decode(read.batch.data)
    for (const [, time, origin] of text.matchAll(/"time":"([^"]*)".*?"origin":"([^"]*)"/g)) {
      expect(time > (seen.get(origin) ?? '')).toBe(true)
      seen.set(origin, time)
    }
    offset = read.nextOffset
  }
  expect(offset).toBe(12_000)
  function page() {
    return engine.clients.stream.read({
      stream: 'raw',
      shardId: 'shardId-000000000000',
      position: { type: 'OFFSET', offset },
    })
  }
})

const iot = (config: Record<string, unknown> = {}) => ({
  id: 'source',
  kind: 'generator',
  config: { template: 'iot', rate: 1000, keys: 20, ...config },
})
const path = 'pipelines/test.json'

/** The first state of a run that satisfies a test. */
async function until(
  engine: Awaited<ReturnType<typeof startPipelines>>,
  runId: string,
  test: (state: RunState) => boolean,
): Promise<RunState> {
  for await (const state of engine.clients.pipeline.watch({ runId })) if (test(state)) return state
  throw new Error('the run ended before')
}

test('the same seed gives the same records in the same order in every shard', async () => {
  const shards = async () => {
    await using engine = await startPipelines(engines)
    const state = await runToEnd(
      engine,
      pipelineOf([iot({ count: 3000 }), dataStream('raw', { quotas: true, shards: 2 })]),
    )
    expect(state.error).toBeUndefined()
    const texts: string[] = []
    for (const shard of ['0', '1']) {
      const { batch } = await engine.clients.stream.read({
        stream: 'raw',
        shardId: `shardId-00000000000${shard}`,
        position: { type: 'TRIM_HORIZON' },
      })
      texts.push(new TextDecoder().decode(batch.data))
    }
    return texts
  }
  const withoutTime = (texts: string[]) => texts.map((text) => text.replaceAll(/"event_time":"[^"]*",/g, ''))
  expect(withoutTime(await shards())).toEqual(withoutTime(await shards()))
})

test('stopping an endless source lets what is under way arrive', async () => {
  await using engine = await startPipelines(engines)
  const { runId } = await engine.clients.pipeline.start({
    path,
    document: pipelineOf([iot({ rate: null }), dataStream('raw', { quotas: false })]),
  })
  await until(engine, runId, (state) => nodeOf(state, 'raw').rowsIn > 0)
  await engine.clients.pipeline.stop({ runId })
  const ended = await until(engine, runId, (state) => state.endedMs !== undefined)
  expect(ended).toMatchObject({ state: 'stopped' })
  expect(accountOf(ended, 'raw')).toMatchObject({ rowsIn: nodeOf(ended, 'source').rowsOut, agrees: true })
  await expect(engine.clients.pipeline.stop({ runId })).rejects.toMatchObject({ code: 'RunIsOver' })
})

test('once its sources have ended a run drains, and says what it waits for', async () => {
  await using engine = await startPipelines(engines)
  const document = pipelineOf([iot({ rate: null, count: 4000 }), dataStream('raw', { quotas: true, shards: 1 })])
  document.run.speed = 2
  const { runId } = await engine.clients.pipeline.start({ path, document })
  const draining = await until(engine, runId, (state) => state.state === 'draining' && state.waitsFor !== undefined)
  expect(draining).toMatchObject({ rows: 4000, progress: 1 })
  expect(draining.waitsFor).toMatch(/^Data stream: [\d,]+ rows held back by quotas$/)
  const ended = await until(engine, runId, (state) => state.endedMs !== undefined)
  expect(ended).toMatchObject({ state: 'succeeded', etaMs: null })
  expect(ended.waitsFor).toBeUndefined()
  const [listed] = await engine.clients.pipeline.listRuns({ pipeline: path })
  expect(listed).toMatchObject({ runId, rows: 4000, fingerprint: ended.fingerprint })
})

test('abandoning a run ends it at once, and another can start', async () => {
  await using engine = await startPipelines(engines)
  const document = pipelineOf([iot({ rate: null }), dataStream('raw', { quotas: true, shards: 1 })])
  const { runId } = await engine.clients.pipeline.start({ path, document })
  await until(engine, runId, (state) => nodeOf(state, 'raw').rowsIn > 0)
  await expect(engine.clients.pipeline.start({ path, document })).rejects.toMatchObject({ code: 'RunInProgress' })
  await engine.clients.pipeline.stop({ runId, mode: 'abandon' })
  expect((await until(engine, runId, (state) => state.endedMs !== undefined)).state).toBe('stopped')
  const again = await engine.clients.pipeline.start({ path, document })
  await engine.clients.pipeline.stop({ runId: again.runId, mode: 'abandon' })
  expect((await engine.clients.pipeline.listRuns({ pipeline: path })).map((run) => run.runId)).toEqual([
    again.runId,
    runId,
  ])
})

test('a breakpoint holds the row that meets its condition; step lets one go, resume the rest', async () => {
  await using engine = await startPipelines(engines)
  writeWorkspaceFile(engine, 'flights.csv', flightsCsv(100))
  const { pipeline } = engine.clients
  await expect(pipeline.setBreakpoint({ path, wire: 'w1', condition: 'delay >>' })).rejects.toMatchObject({
    code: 'SYNTAX_ERROR',
  })
  await pipeline.setBreakpoint({ path, wire: 'w1', condition: 'delay = 70' })
  const { runId } = await pipeline.start({
    path,
    document: pipelineOf([replay(), dataStream('raw', { quotas: false })]),
  })
  const held = await until(engine, runId, (state) => state.state === 'paused')
  expect(held.wires[0]).toMatchObject({ paused: true, rows: 10 })
  const page = await pipeline.rows({ runId, at: { wire: 'w1' } })
  const delays = page.values[page.columns.findIndex((column) => column.name === 'delay')]
  expect(delays.at(-1)).toBe(70)
  await pipeline.step({ runId, wire: 'w1' })
  await until(engine, runId, (state) => state.wires[0].rows === 11 && state.wires[0].paused)
  await pipeline.clearBreakpoint({ path, wire: 'w1' })
  await pipeline.resume({ runId })
  const ended = await until(engine, runId, (state) => state.endedMs !== undefined)
  expect(ended).toMatchObject({ state: 'succeeded' })
  expect(nodeOf(ended, 'raw').rowsIn).toBe(100)
})

test('a run from a later node starts with the pinned rows of what comes before', async () => {
  await using engine = await startPipelines(engines)
  const document = pipelineOf([
    iot(),
    { id: 'hot', kind: 'transform', config: { filter: 'temperature > 20' } },
    dataStream('raw', { quotas: false }),
  ])
  await expect(runToEnd(engine, document, { fromNode: 'nowhere' })).rejects.toMatchObject({ code: 'NoSuchNode' })
  expect((await runToEnd(engine, document, { fromNode: 'hot' })).error).toMatchObject({ code: 'NothingPinned' })
  await engine.clients.pipeline.pin({ path, node: 'source', columns: ['temperature'], rows: [[19], [21], [30]] })
  expect(await engine.clients.pipeline.listPins({ path })).toEqual([{ node: 'source', rows: 3 }])
  const state = await runToEnd(engine, document, { fromNode: 'hot' })
  expect(state.error).toBeUndefined()
  expect(nodeOf(state, 'hot')).toMatchObject({ rowsIn: 3, rowsOut: 2, rowsFiltered: 1 })
})

test('records that cannot be transformed fail the run, or are kept under the error location and counted there', async () => {
  await using engine = await startPipelines(engines)
  writeWorkspaceFile(engine, 'flights.csv', flightsCsv(200))
  const change = (errorLocation: string) => ({
    id: 'change',
    kind: 'transform',
    config: { fields: [{ name: 'share', expression: '1 / (delay - 7)' }], errorLocation },
  })
  const documentOf = (errorLocation: string) =>
    pipelineOf([replay(), change(errorLocation), dataStream('raw', { quotas: false })])
  const failed = await runToEnd(engine, documentOf(''))
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'DIVISION_BY_ZERO', at: { node: 'change' } } })
  expect(nodeOf(failed, 'change').state).toBe('failed')
  const kept = await runToEnd(engine, documentOf('s3://errors/change/'))
  expect(kept.state).toBe('succeeded')
  expect(accountOf(kept, 'change')).toMatchObject({ rowsIn: 200, rowsOut: 198, failed: 2, readBack: 2, agrees: true })
})

test('a delivery stream that is there is made as the node says, and left alone where it is so already', async () => {
  await using engine = await startPipelines([...engines, firehose])
  const { clients } = engine
  writeWorkspaceFile(engine, 'flights.csv', flightsCsv(100))
  await clients.lake.createBucket({ bucket: 'landed' })
  await clients.firehose.createDeliveryStream({
    name: 'land',
    destination: { bucket: 'landed', prefix: 'x/', fileExtension: '.data', deaggregation: { type: 'JSON' } },
  })
  const document = pipelineOf([
    replay(),
    { id: 'land', kind: 'delivery', config: { name: 'land', bucket: 'landed', prefix: 'x/', format: 'json' } },
  ])
  const versions: string[] = []
  for (let run = 0; run < 2; run++) {
    const state = await runToEnd(engine, document)
    expect(state.error).toBeUndefined()
    const { versionId, destination } = await clients.firehose.describeDeliveryStream({ name: 'land' })
    expect(destination).not.toHaveProperty('fileExtension')
    expect(destination).not.toHaveProperty('deaggregation')
    versions.push(versionId)
  }
  expect(versions).toEqual(['2', '2'])
})

test('a delivery that is tried again warns at its node until it passes', async () => {
  await using engine = await startPipelines([...engines, firehose])
  const { clients } = engine
  const config = { name: 'land', bucket: 'landed', prefix: 'x/', format: 'json', bufferSeconds: 1 }
  const { runId } = await clients.pipeline.start({
    path,
    document: pipelineOf([iot({ rate: 100 }), { id: 'land', kind: 'delivery', config }]),
  })
  await until(engine, runId, (state) => nodeOf(state, 'land').state === 'running')
  await clients.pipeline.pause({ runId })
  // What was buffered before the pause may still be on its way.
  await vi.waitFor(async () => {
    const { objects } = await clients.lake.listObjects({ bucket: 'landed' })
    await clients.lake.deleteObjects({ bucket: 'landed', keys: objects.map(({ key }) => key) })
    await clients.lake.deleteBucket({ bucket: 'landed' })
  })
  await clients.pipeline.resume({ runId })
  const warned = await until(engine, runId, (state) => nodeOf(state, 'land').warning !== undefined)
  expect(nodeOf(warned, 'land').warning).toMatch(/bucket/)
  expect(warned.error).toBeUndefined()
  // The list of runs says it too, for those who have another screen open.
  const [listed] = await clients.pipeline.listRuns({})
  expect(listed.warnings).toEqual([{ node: 'land', message: expect.stringMatching(/tries again: .*bucket/) }])
  await clients.lake.createBucket({ bucket: 'landed' })
  await until(engine, runId, (state) => nodeOf(state, 'land').warning === undefined)
  await clients.pipeline.stop({ runId, mode: 'abandon' })
})

test('a document that cannot run is refused with its place', async () => {
  await using engine = await startPipelines(engines, {
    fakes: { workspace: { readDocument: async () => ({ path, text: '{"format": 1,\n"name" }', revision: '' }) } },
  })
  await expect(engine.clients.pipeline.start({ path })).rejects.toMatchObject({
    code: 'InvalidDocument',
    at: { file: path, line: 2, column: 8 },
  })
  await expect(
    engine.clients.pipeline.start({ path, document: pipelineOf([replay({ speed: -1 }), dataStream('raw')]) }),
  ).rejects.toMatchObject({ code: 'InvalidPipeline', at: { file: path, node: 'source', field: 'speed' } })
  const missing = await runToEnd(engine, pipelineOf([replay({ file: 'gone.csv' }), dataStream('raw')]))
  expect(missing).toMatchObject({
    state: 'failed',
    error: { code: 'FileNotFound', at: { node: 'source', field: 'file' } },
  })
})

test('a run that was going when the program ended is shown as failed, with the reason', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-pipeline-'))
  const store = new PipelineStore(directory)
  const state: RunState = {
    runId: 'r1',
    pipeline: path,
    state: 'running',
    startedMs: 1,
    clockMs: 1,
    rows: 0,
    progress: null,
    etaMs: null,
    nodes: [],
    wires: [],
    warnings: [],
    accounts: [],
    athenaBytesScanned: 0,
    costUsd: null,
  }
  store.saveRun(state, false)
  store.close()
  const reopened = new PipelineStore(directory)
  reopened.closeInterrupted(5)
  expect(reopened.run('r1')).toMatchObject({ state: 'failed', endedMs: 5, error: { code: 'Interrupted' } })
  reopened.close()
  rmSync(directory, { recursive: true })
})

test('what KPL aggregated goes on as the records in it, each to the shard of its explicit hash key', async () => {
  await using engine = await startPipelines(engines)
  const { stream: client } = engine.clients
  await client.createStream({ stream: 'raw', shardCount: 1 })
  const user = Array.from({ length: 40 }, (_, i) => ({
    key: `key-${i}`,
    data: `{"n":${i}}`,
    hashKey: i % 2 === 0 ? '0' : String(2n ** 128n - 1n),
  }))
  const batch = new BatchBuilder()
  batch.add('outer', aggregate(user))
  batch.add('plain', '{"n":40}')
  await client.put({ stream: 'raw', batch: batch.finish() })
  const document = pipelineOf([dataStream('raw', { shards: 1, start: 'oldest' }), dataStream('copy')])
  const { runId } = await engine.clients.pipeline.start({ path, document })
  await until(engine, runId, (state) => state.wires[0].rows === 41)
  await engine.clients.pipeline.stop({ runId })
  for await (const _ of engine.clients.pipeline.watch({ runId }));
  const [even, odd] = await Promise.all(
    ['0', '1'].map(async (shard) => {
      const { batch: kept } = await client.read({
        stream: 'copy',
        shardId: `shardId-00000000000${shard}`,
        position: { type: 'TRIM_HORIZON' },
      })
      return Array.from({ length: kept.count }, (_, i) => `${keyText(kept, i)} ${dataText(kept, i)}`)
    }),
  )
  const expected = (parity: number) => user.filter((_, i) => i % 2 === parity).map(({ key, data }) => `${key} ${data}`)
  expect(even.filter((line) => !line.startsWith('plain'))).toEqual(expected(0))
  expect(odd.filter((line) => !line.startsWith('plain'))).toEqual(expected(1))
  const offsets = await client.checkpoints({ stream: 'raw', consumer: 'test-raw' })
  expect(offsets).toEqual({ 'shardId-000000000000': 2 })
})
