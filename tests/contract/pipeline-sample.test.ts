import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as bi } from '../../src/engines/bi/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { checkPipeline } from '../../src/engines/pipeline/check.ts'
import type { PipelineDocument } from '../../src/engines/pipeline/document.ts'
import { parsePipeline } from '../../src/engines/pipeline/document-text.ts'
import { engine as pipeline } from '../../src/engines/pipeline/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { engine as warehouse } from '../../src/engines/warehouse/engine.ts'
import { engine as workspace } from '../../src/engines/workspace/engine.ts'
import { accountOf, nodeOf, pipelineOf, runToEnd, startPipelines, writeWorkspaceFile } from '../support/pipeline.ts'

const sample = resolve(import.meta.dirname, '../../resources/samples/flights')
const path = 'pipelines/flights.json'
const ROWS = 20_000

/** The sample's pipeline over the first rows of its file, as fast as it goes. */
function firstRows(rows: number): PipelineDocument {
  const document = parsePipeline(readFileSync(join(sample, path), 'utf8'), path)
  document.nodes.find((node) => node.id === 'flights')!.config.limit = rows
  document.run.speed = null
  return document
}

async function ended<T extends { error?: { message: string } }>(feed: AsyncIterable<T>): Promise<T> {
  let last: T | undefined
  for await (const state of feed) last = state
  expect(last?.error?.message).toBeUndefined()
  return last!
}

async function oneValue(clients: Clients, sql: string): Promise<unknown> {
  const { queryId } = await clients.athena.startQuery({ sql, database: 'flights' })
  await ended(clients.athena.watchQuery({ queryId }))
  return (await clients.athena.results({ queryId })).values[0][0]
}

test('the sample runs from the file to the dashboard, twice, and every row is accounted for', async () => {
  await using engine = await startPipelines([
    workspace,
    lake,
    catalog,
    stream,
    firehose,
    athena,
    warehouse,
    bi,
    pipeline,
  ])
  const { clients } = engine
  cpSync(sample, engine.workspaceDirectory, { recursive: true })

  const first = await runToEnd(engine, firstRows(ROWS), { path })
  expect(first.error).toBeUndefined()
  expect(first.state).toBe('succeeded')
  const { rowsIn, rowsOut, filtered } = accountOf(first, 'clean')
  expect(rowsIn).toBe(ROWS)
  expect(filtered).toBeGreaterThan(0)
  expect(rowsOut + filtered).toBe(ROWS)
  expect(accountOf(first, 'stream')).toMatchObject({ readBack: ROWS, agrees: true })
  expect(accountOf(first, 'delivery')).toMatchObject({ readBack: rowsOut, failed: 0, agrees: true })
  expect(first.accounts.filter((account) => account.agrees === false)).toEqual([])
  expect(nodeOf(first, 'airports-table').bytesOut).toBeGreaterThan(0)
  expect(first.athenaBytesScanned).toBeGreaterThan(0)
  expect(first.costUsd).toBeGreaterThan(0)

  expect(await oneValue(clients, 'SELECT count(*) FROM flights')).toBe(String(rowsOut))
  expect(await oneValue(clients, 'SELECT sum(flights) FROM delays')).toBe(String(rowsOut))
  const days = await clients.catalog.listPartitions({ database: 'flights', table: 'flights' })
  expect(days.length).toBe(2)
  const drawn = await clients.bi.query({ dataSet: 'delays', fields: [{ column: 'flights', aggregate: 'sum' }] })
  expect(Number(drawn.values[0][0])).toBe(rowsOut)
  expect(nodeOf(first, 'dashboard').note).toBe('11 visuals drawn')

  // Running again replaces what the first run landed, and leaves its records in the stream alone.
  const second = await runToEnd(engine, firstRows(ROWS), { path })
  expect(second.error).toBeUndefined()
  for (const id of ['stream', 'clean', 'delivery', 'delays-warehouse', 'delays-spice'])
    expect(accountOf(second, id).readBack, id).toEqual(accountOf(first, id).readBack)
  expect(accountOf(second, 'stream').note).toEqual(accountOf(first, 'stream').note)
  expect(await oneValue(clients, 'SELECT count(*) FROM flights')).toBe(String(rowsOut))

  for (const file of readdirSync(join(sample, 'queries'))) {
    const sql = readFileSync(join(sample, 'queries', file), 'utf8')
    if (sql.startsWith('-- engine: athena'))
      await oneValue(clients, sql).catch((thrown) => expect(thrown, file).toBeUndefined())
    else {
      const { statementId } = await clients.warehouse.startStatement({ sql })
      await ended(clients.warehouse.watchStatement({ statementId }))
    }
  }
})

test('the sample has no problems, and says where each file comes from', () => {
  expect(checkPipeline(parsePipeline(readFileSync(join(sample, path), 'utf8'), path))).toEqual([])
  const licences = readFileSync(join(sample, 'DATA-LICENCES.md'), 'utf8')
  for (const [file] of readFileSync(join(sample, path), 'utf8').matchAll(/sample:[\w.-]+/g))
    expect(licences).toContain(file)
})

const source = { id: 'source', kind: 'replay', config: { file: 'rows.csv', speed: null } }
const table = {
  id: 'table',
  kind: 'lake-table',
  config: {
    database: 'd',
    table: 't',
    bucket: 'lake-bucket',
    prefix: 'rows/',
    columns: [
      { name: 'id', type: 'int' },
      { name: 'name', type: 'string' },
    ],
  },
}
const delivery = (config: Record<string, unknown> = {}) => ({
  id: 'delivery',
  kind: 'delivery',
  config: { name: 'd', bucket: 'lake-bucket', prefix: 'rows/', ...config },
})
const csv = (rows: number) => `id,name\n${Array.from({ length: rows }, (_, i) => `${i},n${i % 7}`).join('\n')}\n`

test('appending accounts for the objects of the run only', async () => {
  await using engine = await startPipelines([lake, catalog, stream, firehose, pipeline])
  writeWorkspaceFile(engine, 'rows.csv', csv(300))
  for (const format of ['parquet', 'json'])
    for (let pass = 0; pass < 2; pass++) {
      const document = pipelineOf([source, delivery({ format, name: format, prefix: 'rows/' }), table])
      const state = await runToEnd(engine, document)
      expect(state.error).toBeUndefined()
      expect(accountOf(state, 'delivery')).toMatchObject({ readBack: 300, agrees: true })
      if (format === 'json') break
    }
})

test('a sink that lost or changed a row fails the run loudly, whatever the counters say', async () => {
  for (const harm of [
    (texts: string[]) => texts.slice(1),
    (texts: string[]) => texts.with(0, texts[0].replace('"n0"', '"n9"')),
  ]) {
    await using engine = await startPipelines([lake, catalog, stream, firehose, pipeline])
    writeWorkspaceFile(engine, 'rows.csv', csv(50))
    const { scan } = engine.clients.catalog
    const damaged = async function* (input: Parameters<typeof scan>[0], options: Parameters<typeof scan>[1]) {
      for await (const item of scan(input, options)) {
        const texts = new TextDecoder().decode(item.batch.data).match(/\{[^}]*\}/g) ?? []
        yield input.uri.startsWith('s3://') ? { ...item, batch: joined(harm(texts)) } : item
      }
    } as typeof scan
    Object.assign(engine.clients.catalog, { scan: damaged })
    const state = await runToEnd(engine, pipelineOf([source, delivery(), table]))
    expect(state).toMatchObject({ state: 'failed', error: { code: 'AccountsDiffer', at: { node: 'delivery' } } })
    expect(accountOf(state, 'delivery').agrees).toBe(false)
  }
})

function joined(texts: string[]) {
  const data = new TextEncoder().encode(texts.join(''))
  const dataEnds = Uint32Array.from(texts, (_, i) => texts.slice(0, i + 1).join('').length)
  return {
    count: texts.length,
    data,
    dataEnds,
    keys: new Uint8Array(texts.length),
    keyEnds: Uint32Array.from(texts, (_, i) => i + 1),
  }
}
