import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as bi } from '../../src/engines/bi/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { dataText } from '../../src/engines/kit/pure/batch.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as pipeline } from '../../src/engines/pipeline/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { engine as warehouse } from '../../src/engines/warehouse/engine.ts'
import { engine as workspace } from '../../src/engines/workspace/engine.ts'
import { startEngines } from '../support/engines.ts'

const fixtures = resolve(import.meta.dirname, '../fixtures')
const releases = readdirSync(fixtures).filter((name) => name.startsWith('workspace-'))
process.env.MILLRACE_HOME = mkdtempSync(join(tmpdir(), 'millrace-home-'))

let directory = ''
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function copyOf(release: string): string {
  directory = mkdtempSync(join(tmpdir(), 'millrace-fixture-'))
  cpSync(join(fixtures, release), directory, { recursive: true })
  const packed = join(directory, '.millrace/warehouse/dev.duckdb')
  writeFileSync(packed, gunzipSync(readFileSync(`${packed}.gz`)))
  return directory
}

it.each(releases)('%s, as its release left it, opens with all that is in it', async (release) => {
  const copy = copyOf(release)
  // Its own time: its records would be past their retention some day.
  const clock = new ManualClock(JSON.parse(readFileSync(join(copy, '.millrace/clock.json'), 'utf8')).notBeforeMs)
  const all = [workspace, lake, catalog, stream, firehose, athena, warehouse, bi, pipeline]
  const engines = await startEngines(all, { directory: copy, clock })
  await using _ = engines
  const { clients } = engines

  // It was not created here.
  expect(await clients.workspace.describe({})).toMatchObject({ trusted: false, readOnly: false, format: 1 })
  expect((await clients.workspace.listDocuments({ folder: 'queries' })).map(({ path }) => path)).toEqual([
    'queries/rows.sql',
  ])
  expect(await clients.workspace.readState({ key: 'theme' })).toEqual({ value: 'dark' })

  const streams = await clients.stream.listStreams({})
  expect(streams.map(({ name, openShardCount }) => [name, openShardCount])).toEqual([
    ['piped', 1],
    ['direct', 2],
  ])
  const records: string[] = []
  for (const { shardId } of (await clients.stream.describeStream({ stream: 'direct' })).shards) {
    const { batch } = await clients.stream.read({ stream: 'direct', shardId, position: { type: 'TRIM_HORIZON' } })
    for (let i = 0; i < batch.count; i++) records.push(dataText(batch, i))
  }
  expect(records.sort()).toEqual(['first', 'second', 'third'])
  expect(Object.values(await clients.stream.checkpoints({ stream: 'direct', consumer: 'reader' }))).not.toEqual([])

  expect(await clients.lake.headObject({ bucket: 'fixture', key: 'rows/one.json' })).toMatchObject({ size: 18 })
  expect(await clients.catalog.getTable({ database: 'fixture', table: 'rows' })).toMatchObject({ format: 'json' })
  expect((await clients.athena.listQueries({})).map(({ sql, state }) => [sql, state])).toEqual([
    ['SELECT count(*) FROM rows', 'SUCCEEDED'],
  ])
  expect(await clients.firehose.stats({ name: 'landing' })).toMatchObject({ inRecords: 1, bufferedRecords: 1 })
  expect((await clients.warehouse.listTables({})).map(({ name, rowCount }) => [name, rowCount])).toEqual([['sales', 2]])
  expect(await clients.warehouse.listStatements({})).toMatchObject([{ state: 'FINISHED' }])
  const fields = [{ column: 'id', aggregate: 'sum' as const }]
  expect((await clients.bi.query({ dataSet: 'sales', fields })).values).toEqual([['3']])
  const [run] = await clients.pipeline.listRuns({ pipeline: 'pipelines/rows.json' })
  expect(run.state).toBe('succeeded')
  expect((await clients.pipeline.describe({ runId: run.runId })).accounts).toMatchObject([
    { node: 'source' },
    { node: 'kept', readBack: 3, agrees: true },
  ])
})
