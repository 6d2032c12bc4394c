import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { parquetWriteBuffer } from 'hyparquet-writer'
import mqtt from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { dataText, keyText } from '../../src/engines/kit/pure/batch.ts'
import { ENTRY, Millrace } from '../support/millrace.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-produce-'))
const workspace = join(folder, 'workspace')
const env = { ...process.env, MILLRACE_HOME: join(folder, 'home') }
let millrace: Millrace
let clients: Clients

beforeAll(async () => {
  mkdirSync(workspace, { recursive: true })
  writeFileSync(join(workspace, 'millrace.json'), JSON.stringify({ format: 1, id: 'produce-test', name: 'produce' }))
  millrace = await Millrace.start({ workspace, env: { MILLRACE_HOME: env.MILLRACE_HOME } })
  clients = await millrace.clients()
  await clients.workspace.trust({})
})

afterAll(async () => {
  await millrace?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

/** The command as a user runs it, beside the process that has the workspace open. */
function produce(...args: string[]) {
  const child = spawn(process.execPath, [ENTRY, 'produce', ...args, '--workspace', workspace], { env, cwd: folder })
  const lines: string[] = []
  let errors = ''
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  child.stderr.on('data', (piece) => {
    errors += piece
  })
  const code = new Promise<number | null>((done) => child.once('close', done))
  return { child, lines, code, errors: () => errors }
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((r) => setTimeout(r, 25))
  }
}

async function recordsOf(stream: string): Promise<{ key: string; text: string }[]> {
  if (!(await clients.stream.listStreams({})).some(({ name, status }) => name === stream && status === 'ACTIVE'))
    return []
  const { shards } = await clients.stream.describeStream({ stream })
  const records: { key: string; text: string }[] = []
  for (const { shardId } of shards)
    for (let offset = 0; ; ) {
      const read = await clients.stream.read({ stream, shardId, position: { type: 'OFFSET', offset } })
      if (read.batch.count === 0) break
      for (let i = 0; i < read.batch.count; i++)
        records.push({ key: keyText(read.batch, i), text: dataText(read.batch, i) })
      offset = read.nextOffset
    }
  return records
}

test('a generator fills a new stream with as many shards as asked, and the same seed gives the same records', async () => {
  const settings = ['--count', '300', '--rate', 'none', '--seed', 'a', '--start-at', '2026-01-01T00:00:00Z']
  for (const stream of ['first', 'second']) {
    const run = produce('iot', '--stream', stream, '--shards', '2', ...settings)
    expect([await run.code, run.errors()]).toEqual([0, ''])
    expect(run.lines.join('\n')).toContain('IoT sensors')
  }
  const { shards } = await clients.stream.describeStream({ stream: 'first' })
  expect(shards).toHaveLength(2)
  const [first, second] = [await recordsOf('first'), await recordsOf('second')]
  expect(first).toHaveLength(300)
  expect(second).toEqual(first)
  expect(JSON.parse(first[0].text)).toHaveProperty('temperature')
})

test('a stream that is there keeps its settings; what would change them is refused', async () => {
  await clients.stream.createStream({
    stream: 'kept',
    shardCount: 3,
    quotas: false,
    durability: 'os',
    retentionHours: 48,
  })
  const run = produce('log', '--stream', 'kept', '--count', '10', '--rate', 'none')
  expect([await run.code, run.errors()]).toEqual([0, ''])
  expect(await clients.stream.describeStream({ stream: 'kept' })).toMatchObject({
    openShardCount: 3,
    quotas: false,
    durability: 'os',
    retentionHours: 48,
  })
  expect((await clients.system.status({})).clock.mode).toBe('real')
  const refused = produce('log', '--stream', 'kept', '--shards', '5')
  expect(await refused.code).toBe(2)
  expect(refused.errors()).toContain('there already, with 3 shards')
})

test('what is given wrongly is refused before anything is made', async () => {
  for (const [args, message] of [
    [['fax', '--stream', 's'], 'name what produces: clickstream, iot, log, replay, tail, http, mqtt'],
    [['iot'], 'name the stream'],
    [['iot', '--stream', 's', '--rate', 'fast'], '--rate fast: give a number, or none'],
    [['tail', '--stream', 's', '--start', 'middle', 'x.log'], '--start middle: it is end or beginning'],
    [['iot', '--stream', 's', '--temperature', '3'], "Unknown option '--temperature'"],
    [['tail', '--stream', 's'], '--file is needed'],
    [['iot', '--stream', 's', '--rate=-1'], '--rate: '],
  ] as const) {
    const run = produce(...args)
    expect([args, await run.code]).toEqual([args, 2])
    expect(run.errors()).toContain(message)
  }
  expect((await clients.stream.listStreams({})).map(({ name }) => name)).not.toContain('s')
})

test('help says what can be set, from the settings of the node', async () => {
  const run = produce('http', '--help')
  expect(await run.code).toBe(0)
  expect(run.lines.join('\n')).toMatch(/--port N\n\s+Port\..*Default: 4581/)
  expect(run.lines.join('\n')).toContain('--when-full wait|refuse')
})

test('a tail follows a file until it is interrupted, and goes on there the next time', async () => {
  const log = join(folder, 'app.log')
  writeFileSync(log, 'before\n')
  const first = produce('tail', 'app.log', '--stream', 'lines', '--start', 'beginning', '--key-by', 'file')
  await until(async () => ((await recordsOf('lines')).length === 1 ? true : undefined))
  appendFileSync(log, 'while it runs\n')
  await until(async () => ((await recordsOf('lines')).length === 2 ? true : undefined))
  first.child.kill('SIGINT')
  expect(await first.code).toBe(130)
  expect(first.lines.join('\n')).toContain('File tail')
  appendFileSync(log, 'between\n')
  const second = produce('tail', 'app.log', '--stream', 'lines', '--start', 'beginning', '--key-by', 'file')
  await until(async () => ((await recordsOf('lines')).length === 3 ? true : undefined))
  second.child.kill('SIGINT')
  expect(await second.code).toBe(130)
  expect(await recordsOf('lines')).toEqual(
    ['before', 'while it runs', 'between'].map((text) => ({ key: 'app.log', text })),
  )
})

test('an HTTP client sends to the address that is printed, and what is answered is in the stream', async () => {
  const run = produce('http', '--stream', 'posted', '--port', '0', '--key-field', 'user', '--json')
  const { url, token } = await until(() => {
    const line = run.lines.find((one) => one.includes('"listening"'))
    return line ? (JSON.parse(line) as { url: string; token: string }) : undefined
  })
  const body = '{"user":"u1","n":1}'
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body })
  expect([answer.status, await answer.json()]).toEqual([200, { records: 1 }])
  expect(await recordsOf('posted')).toEqual([{ key: 'u1', text: body }])
  run.child.kill('SIGINT')
  expect(await run.code).toBe(130)
  const last = JSON.parse(run.lines.at(-1)!)
  expect(last).toMatchObject({ type: 'end', state: 'stopped', rows: 1 })
  await expect(fetch(url)).rejects.toThrow()
})

test('an MQTT client publishes to the address that is printed', async () => {
  const run = produce('mqtt', '--stream', 'published', '--port', '0')
  const example = await until(() => run.lines.find((line) => line.includes('mosquitto_pub')))
  const [, port, token] = /-p (\d+) .*-P '([^']+)'/.exec(example)!
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username: 'x', password: token })
  await client.publishAsync('sensors/1', '{"t":1}', { qos: 1 })
  expect(await recordsOf('published')).toEqual([{ key: 'sensors/1', text: '{"t":1}' }])
  await client.endAsync()
  run.child.kill('SIGINT')
  expect(await run.code).toBe(130)
})

test('a CSV file is replayed in event time, sorted, at the speed asked for', async () => {
  const rows = ['2026-01-01 00:00:02,b', '2026-01-01 00:00:00,a', '2026-01-01 00:00:04,c']
  writeFileSync(join(workspace, 'events.csv'), `time,name\n${rows.join('\n')}\n`)
  const args = ['--time-column', 'time', '--sort', '--speed', '100', '--key-column', 'name']
  const run = produce('replay', join(workspace, 'events.csv'), '--stream', 'replayed', ...args)
  expect([await run.code, run.errors()]).toEqual([0, ''])
  expect((await recordsOf('replayed')).map(({ key }) => key)).toEqual(['a', 'b', 'c'])
})

test('files of any format are replayed from where the user stands, by path or as file://, and no Millrace file is', async () => {
  const rows = [
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
  ]
  writeFileSync(join(folder, 'my rows.csv'), `id,name\n${rows.map(({ id, name }) => `${id},${name}`).join('\n')}\n`)
  writeFileSync(join(folder, 'rows.json'), rows.map((row) => JSON.stringify(row)).join('\n'))
  const columnData = [
    { name: 'id', type: 'INT32', data: [1, 2] },
    { name: 'name', type: 'STRING', data: ['a', 'b'] },
  ] as const
  writeFileSync(join(folder, 'rows.parquet'), new Uint8Array(parquetWriteBuffer({ columnData: columnData as never })))
  const url = (path: string) => pathToFileURL(path).href
  const files = { plain: 'my rows.csv', parquet: join(folder, 'rows.parquet'), url: url(join(folder, 'rows.json')) }
  await Promise.all(
    Object.entries(files).map(async ([stream, file]) => {
      const run = produce('replay', file, '--stream', stream, '--key-column', 'name', '--speed', 'none')
      expect([stream, await run.code, run.errors()]).toEqual([stream, 0, ''])
      expect((await recordsOf(stream)).map(({ text }) => JSON.parse(text))).toEqual(rows)
    }),
  )
  const secret = clients.catalog.preview({ uri: url(join(workspace, '.millrace/lock')), format: 'csv' })
  await expect(secret).rejects.toMatchObject({ code: 'AccessDeniedException' })
})
