import { expect, test } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { engine as functions } from '../../src/engines/functions/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as pipeline } from '../../src/engines/pipeline/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import type { TestEngines } from '../support/engines.ts'
import { accountOf, nodeOf, pipelineOf, runToEnd, startPipelines, writeWorkspaceFile } from '../support/pipeline.ts'

const ROWS = 100
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
const delivery = (config: Record<string, unknown>) => ({
  id: 'delivery',
  kind: 'delivery',
  config: { name: 'd', bucket: 'lake-bucket', prefix: 'rows/', backupPrefix: 'source/', ...config },
})
/** Drops what ends with 0, fails 13, and multiplies the others by 10. */
const CODE = `exports.handler = async ({ records }) => ({ records: records.map(({ recordId, data }) => {
  const { id } = JSON.parse(Buffer.from(data, 'base64').toString())
  if (id % 10 === 0) return { recordId, result: 'Dropped' }
  if (id === 13) return { recordId, result: 'ProcessingFailed', data }
  return { recordId, result: 'Ok', data: Buffer.from(JSON.stringify({ id: id * 10, name: 'n' })).toString('base64') }
}) })`
const byFunction = { by: 'function', function: 'arn:aws:lambda:us-east-1:000000000000:function:ten' }

async function start(): Promise<TestEngines> {
  const engine = await startPipelines([lake, catalog, stream, athena, functions, firehose, pipeline])
  const rows = Array.from({ length: ROWS }, (_, i) => `${i},n${i % 7}`)
  writeWorkspaceFile(engine, 'rows.csv', `id,name\n${rows.join('\n')}\n`)
  return engine
}

async function idsOf({ clients }: TestEngines): Promise<number[]> {
  const ids: number[] = []
  for await (const { batch } of clients.catalog.scan({ uri: 's3://lake-bucket/rows/', format: 'parquet' }))
    for (const text of new TextDecoder().decode(batch.data).match(/\{[^}]*\}/g) ?? []) ids.push(JSON.parse(text).id)
  return ids.sort((a, b) => a - b)
}

test('a function transforms what is delivered: what it drops and fails is in the report, and the source is kept', async () => {
  await using engine = await start()
  await engine.clients.functions.createFunction({
    name: 'ten',
    runtime: 'nodejs22.x',
    handler: 'index.handler',
    timeoutS: 20,
    code: { files: { 'index.cjs': CODE } },
  })
  const config = { transform: byFunction }
  const state = await runToEnd(engine, pipelineOf([source, delivery(config), table]))
  expect(state.error).toBeUndefined()
  expect(nodeOf(state, 'delivery')).toMatchObject({ rowsOut: 89, rowsFiltered: 10, rowsFailed: 1 })
  expect(accountOf(state, 'delivery')).toMatchObject({
    rowsIn: ROWS,
    readBack: 89,
    filtered: 10,
    failed: 1,
    agrees: true,
    note: expect.stringMatching(/1 under the error prefix, \d+ bytes kept as they came/),
  })
  const wanted = Array.from({ length: ROWS }, (_, id) => id).filter((id) => id % 10 !== 0 && id !== 13)
  expect(await idsOf(engine)).toEqual(wanted.map((id) => id * 10))
  // Each record is billed as 5 KiB, taken in and converted; each object as a request, whatever prefix it lies under.
  const { objects } = await engine.clients.lake.listObjects({ bucket: 'lake-bucket' })
  const [ingested, converted, put] = [0.029 / 1e9, 0.018 / 1e9, 0.005 / 1e3]
  expect(state.costUsd).toBeCloseTo(ROWS * 5120 * (ingested + converted) + objects.length * put, 9)
})

test('a query transforms it, and a copy that somebody cut fails the run', async () => {
  await using engine = await start()
  const query = "SELECT record_id, (data->>'id')::INT AS id, 'q' AS name FROM records WHERE (data->>'id')::INT < 50"
  const document = pipelineOf([source, delivery({ transform: { by: 'sql', query } }), table])
  const state = await runToEnd(engine, document)
  expect(state.error).toBeUndefined()
  expect(accountOf(state, 'delivery')).toMatchObject({ readBack: 50, filtered: 50, failed: 0, agrees: true })
  expect(await idsOf(engine)).toEqual(Array.from({ length: 50 }, (_, id) => id))
  const { listObjects } = engine.clients.lake
  const cut = async (...[input, options]: Parameters<typeof listObjects>) => {
    const page = await listObjects(input, options)
    return input.prefix === 'source/'
      ? { ...page, objects: page.objects.map((each) => ({ ...each, size: each.size - 1 })) }
      : page
  }
  Object.assign(engine.clients.lake, { listObjects: cut })
  const second = await runToEnd(engine, document)
  expect(second).toMatchObject({ state: 'failed', error: { code: 'AccountsDiffer' } })
})

test('what is wrong with a transform or a prefix is said while it is edited, at its field', async () => {
  await using engine = await start()
  const problems = async (transform: object, more: object = {}) =>
    (
      await engine.clients.pipeline.check({ document: pipelineOf([source, delivery({ transform, ...more }), table]) })
    ).map(({ field, message }) => [field, message])
  expect(await problems({ by: 'none' })).toEqual([])
  const unread = expect.stringMatching(/^!\{nonsense\} is not an expression/)
  expect(await problems({ by: 'none' }, { prefix: 'rows/!{nonsense}/' })).toEqual([['prefix', unread]])
  // The rules between prefixes, too.
  expect(await problems({ by: 'none' }, { errorPrefix: 'bad/!{timestamp:yyyy}/' })).toEqual([
    ['errorPrefix', 'With expressions it must contain !{firehose:error-output-type}.'],
  ])
  expect(await problems({ by: 'none' }, { prefix: 'rows/!{timestamp:yyyy}/', errorPrefix: '' })).toEqual([
    ['errorPrefix', expect.stringContaining('It cannot be empty when Prefix contains expressions')],
  ])
  expect(await problems({ by: 'none' }, { backupPrefix: 'source/!{partitionKeyFromQuery:day}/' })).toEqual([
    ['backupPrefix', 'It cannot contain partition keys.'],
  ])
  expect(await problems({ by: 'none' }, { errorPrefix: 'bad/!{nonsense}/' })).toEqual([['errorPrefix', unread]])
  expect(await problems(byFunction)).toEqual([['transform.function', expect.stringContaining('Function not found')]])
  expect(await problems({ by: 'function', function: 'ten:live:1' })).toEqual([
    ['transform.function', expect.stringContaining('Name a function')],
  ])
  expect(await problems({ by: 'sql', query: 'SELECT data FROM records' })).toEqual([
    ['transform.query', expect.stringContaining('record_id')],
  ])
  expect(await problems({ by: 'sql', query: 'SELEC' })).toEqual([['transform.query', expect.any(String)]])
  expect(await problems({ by: 'javascript', code: 'const a = ' })).toEqual([['transform.code', expect.any(String)]])
  expect(await problems({ by: 'none' }, { prefix: 'rows/!{partitionKeyFromLambda:day}/' })).toEqual([
    ['transform', expect.stringContaining('choose a function')],
  ])
  expect(await problems({ by: 'none' }, { backupPrefix: 'rows/' })).toEqual([['backupPrefix', expect.any(String)]])
})
