import { expect, test } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as pipeline } from '../../src/engines/pipeline/engine.ts'
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
