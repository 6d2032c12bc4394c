import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Clients } from '../../src/engines/contract.ts'
import { Millrace } from '../support/millrace.ts'

/**
 * What a user may give the program that is wrong, against the real process: each gets an error that names the place and the way out,
 * the program stays up, and nothing that was acknowledged or belongs to the user is lost. The order is a story in one workspace.
 */

let millrace: Millrace
let clients: Clients
let kinesis: KinesisClient
let squatters: Server[]
const workspace = join(mkdtempSync(join(tmpdir(), 'millrace-bad-')), 'workspace')
const home = mkdtempSync(join(tmpdir(), 'millrace-home-'))

const file = (...path: string[]) => join(workspace, ...path)
function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file(path)), { recursive: true })
  writeFileSync(file(path), content)
}

async function open(options: { args?: string[] } = {}): Promise<void> {
  millrace = await Millrace.start({ workspace, env: { MILLRACE_HOME: home }, ...options })
  clients = await millrace.clients()
  kinesis = kinesisOf(millrace)
}

function kinesisOf({ ready }: Millrace): KinesisClient {
  const { aws: endpoint, region, accessKeyId, secretAccessKey } = ready
  return new KinesisClient({ endpoint, region, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey } })
}

async function squat(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}
const portOf = (server: Server) => (server.address() as { port: number }).port

async function createStream(client: KinesisClient, StreamName: string): Promise<void> {
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
  const status = async () =>
    (await client.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary!.StreamStatus
  while ((await status()) !== 'ACTIVE') await setTimeout(50)
}

async function put(client: KinesisClient, StreamName: string, texts: string[]): Promise<void> {
  const Records = texts.map((text) => ({ PartitionKey: text.slice(0, 20), Data: Buffer.from(text) }))
  const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName, Records }))
  expect(FailedRecordCount).toBe(0)
}

async function records(client: KinesisClient, StreamName: string): Promise<string[]> {
  const shard = { StreamName, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' } as const
  let { ShardIterator } = await client.send(new GetShardIteratorCommand(shard))
  const texts: string[] = []
  for (;;) {
    const { Records, NextShardIterator } = await client.send(new GetRecordsCommand({ ShardIterator }))
    if (Records!.length === 0) return texts
    texts.push(...Records!.map(({ Data }) => Buffer.from(Data!).toString()))
    ShardIterator = NextShardIterator
  }
}

function pipeline(nodes: [id: string, kind: string, config: object][], wires: [string, string][]): string {
  return JSON.stringify({
    format: 1,
    name: 'test',
    nodes: nodes.map(([id, kind, config], i) => ({ id, kind, config, position: { x: i * 200, y: 0 } })),
    wires: wires.map(([from, to], i) => ({
      id: `w${i}`,
      from: { node: from, port: 'out' },
      to: { node: to, port: 'in' },
    })),
    run: { clock: 'virtual', speed: null, seed: 'test' },
  })
}

async function run(path: string, text: string) {
  write(path, text)
  const { runId } = await clients.pipeline.start({ path })
  let last = await clients.pipeline.describe({ runId })
  for await (const state of clients.pipeline.watch({ runId })) last = state
  return last
}

const replayed = (path: string, stream: string) =>
  pipeline(
    [
      ['source', 'replay', { file: path, speed: null }],
      ['kept', 'stream', { stream, shards: 1, quotas: false }],
    ],
    [['source', 'kept']],
  )

beforeAll(async () => {
  squatters = await Promise.all([squat(), squat()])
  await open({ args: ['--port', String(portOf(squatters[0])), '--aws-port', String(portOf(squatters[1]))] })
}, 60_000)

afterAll(async () => {
  await millrace?.end()
  for (const server of squatters ?? []) server.close()
  for (const folder of [dirname(workspace), home]) rmSync(folder, { recursive: true, force: true })
})

describe('a busy port', () => {
  it('gives way to the next free one, and the new address is said', async () => {
    const [page, aws] = squatters.map(portOf)
    expect(Number(new URL(millrace.ready.url).port)).toBeGreaterThan(page)
    expect(Number(new URL(millrace.ready.aws).port)).toBeGreaterThan(aws)
    expect(await clients.gate.status({})).toMatchObject({ wanted: aws, url: millrace.ready.aws })
    for await (const lines of clients.system.watchLogs({})) {
      const said = lines.map((line) => line.message).join('\n')
      expect(said).toContain(`Port ${page} is taken: Millrace is at ${millrace.ready.url}`)
      expect(said).toContain(`Port ${aws} is taken: the AWS endpoint is ${millrace.ready.aws}`)
      break
    }
  })
})

describe('a pipeline', () => {
  it('with damaged text is refused with file, line and column; its bytes and the others stay', async () => {
    const text = '{\n  "format": 1,\n  "name": "half",\n  "nodes": [ {"id": '
    write('pipelines/half.json', text)
    write('pipelines/good.json', pipeline([['g', 'generator', {}]], []))
    await expect(clients.pipeline.start({ path: 'pipelines/half.json' })).rejects.toMatchObject({
      code: 'InvalidDocument',
      message: expect.stringMatching(/^pipelines\/half\.json is not valid JSON: line 4, column \d+.*Mend it there/),
      at: { file: 'pipelines/half.json', line: 4 },
    })
    const listed = await clients.workspace.listDocuments({ folder: 'pipelines' })
    expect(listed.map(({ path, problem }) => [path, problem !== undefined])).toEqual(
      expect.arrayContaining([
        ['pipelines/half.json', true],
        ['pipelines/good.json', false],
      ]),
    )
    expect(readFileSync(file('pipelines/half.json'), 'utf8')).toBe(text)
  })

  const stream = { stream: 's' }
  it.each<[string, string, RegExp, object]>([
    [
      'an unknown node kind',
      pipeline([['odd', 'teleport', {}]], []),
      /no node kind "teleport"\. It knows: .*Remove the node/,
      { node: 'odd' },
    ],
    [
      'a cycle',
      pipeline(
        [
          ['a', 'transform', {}],
          ['b', 'transform', {}],
        ],
        [
          ['a', 'b'],
          ['b', 'a'],
        ],
      ),
      /form a circle: .*remove one of the wires/,
      { node: expect.any(String) },
    ],
    [
      'a type clash',
      pipeline(
        [
          ['g', 'generator', {}],
          ['k', 'stream', stream],
          ['w', 'spice', { id: 'd', name: 'd' }],
        ],
        [
          ['g', 'k'],
          ['k', 'w'],
        ],
      ),
      /gives records, but .* takes a table\. Put a delivery stream and a lake table between them/,
      {},
    ],
  ])('with %s says which node and what to do', async (name, text, message, at) => {
    const path = `pipelines/${name.replaceAll(' ', '-')}.json`
    write(path, text)
    await expect(clients.pipeline.start({ path })).rejects.toMatchObject({
      code: 'InvalidPipeline',
      message: expect.stringMatching(message),
      at: { file: path, ...at },
    })
    expect(readFileSync(file(path), 'utf8')).toBe(text)
  })
})

describe('a data file', () => {
  it('with broken rows arrives without them, and they are counted and placed', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i},name ${i}`)
    rows[1500] = '1500,"name" 1500,too,many'
    rows[2500] = '2500'
    write('data/rows.csv', `id,name\n${rows.join('\n')}\n`)
    const state = await run('pipelines/rows.json', replayed('data/rows.csv', 'rows'))
    expect(state.error).toBeUndefined()
    expect(state.nodes.find(({ node }) => node === 'source')!.note).toBe(
      '2 broken rows left out, the first in line 1502',
    )
    expect(state.accounts.find(({ node }) => node === 'kept')).toMatchObject({ readBack: 2998, agrees: true })
    expect(await clients.catalog.preview({ uri: 'data/rows.csv' })).toMatchObject({
      badRows: 2,
      firstBadRow: { line: 1502 },
    })
  })

  it('that is missing is named, with what may be meant', async () => {
    const state = await run('pipelines/missing.json', replayed('data/nowhere.csv', 'nothing'))
    expect(state.state).toBe('failed')
    expect(state.error).toMatchObject({ message: expect.stringContaining('data/nowhere.csv'), domain: 'user' })
    expect(state.error!.at?.node).toBe('source')
  })
})

describe('SQL that does not parse', () => {
  const sql = 'SELECT 1,\n  2 FRM t WHERE'
  it('gets its line and column in the text of an Athena query', async () => {
    const { error } = await clients.athena.estimate({ sql })
    expect(error).toMatchObject({ code: 'SYNTAX_ERROR', at: { line: 2 }, domain: 'user' })
    expect(error!.at!.column).toBeGreaterThan(2)
  })

  it('gets its line and column in the text of a warehouse statement', async () => {
    const { statementId } = await clients.warehouse.startStatement({ sql })
    let last = await clients.warehouse.getStatement({ statementId })
    for await (const execution of clients.warehouse.watchStatement({ statementId })) last = execution
    expect(last).toMatchObject({ state: 'FAILED', error: { code: '42601', at: { line: 2 }, domain: 'user' } })
    expect((await clients.warehouse.check({ sql })).error).toMatchObject({ code: '42601', at: { line: 2 } })
  })
})

/** What a port answers to bytes, until it closes or says nothing for a while. */
function shout(url: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((done) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    let heard = ''
    socket.setTimeout(300, () => socket.destroy())
    socket.on('data', (piece) => {
      heard += piece.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => done(heard))
    socket.end(bytes)
  })
}

function statusOf(url: string, method: string, path: string, headers: Record<string, string>, body: string) {
  return new Promise<number>((done, failed) => {
    request({ host: '127.0.0.1', port: new URL(url).port, method, path, headers }, (response) => {
      response.resume()
      response.on('end', () => done(response.statusCode!))
    })
      .on('error', failed)
      .end(body)
  })
}

describe('garbage', () => {
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 131 + 7) % 256))
  const lines = ['GET // HTTP/1.1', 'GET /% HTTP/1.1', 'GET /%ff HTTP/1.1', 'GET http://[ HTTP/1.1', 'NONSENSE']

  it('to the AWS port gets a client’s error, and the listener answers the next caller', async () => {
    const { aws } = millrace.ready
    await Promise.all([shout(aws, noise), ...lines.map((line) => shout(aws, `${line}\r\nHost: localhost\r\n\r\n`))])
    const target = { 'x-amz-target': 'Kinesis_20131202.PutRecords', 'content-type': 'application/x-amz-json-1.1' }
    expect(await statusOf(aws, 'POST', '/', target, '{"Records":[{')).toBe(400)
    expect(await statusOf(aws, 'POST', '/', { 'x-amz-target': 'Kinesis_20131202.Nonsense' }, '{}')).toBe(400)
    await createStream(kinesis, 'after-garbage')
  })

  it('to the page’s port or its socket closes that connection alone', async () => {
    const { url, token } = millrace.ready
    const upgrade = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket'
    const shouts = lines.flatMap((line) => [`${line}\r\nHost: localhost\r\n\r\n`, `${line}\r\n${upgrade}\r\n\r\n`])
    for (const text of shouts) expect(await shout(url, text)).toMatch(/^HTTP\/1\.1 4\d\d /)
    const socket = new WebSocket(`${url.replace('http', 'ws')}rpc?token=${token}`)
    await once(socket, 'open')
    const closed = once(socket, 'close')
    socket.send(noise)
    expect((await closed)[0]).toBe(1007)
    expect((await clients.workspace.describe({})).name).toBe('Flights')
  })
})

describe('after kill -9 and damage on the disk', () => {
  const first = Array.from({ length: 50 }, (_, i) => `first ${i}`)
  const second = Array.from({ length: 50 }, (_, i) => `second ${i}`)
  const third = Array.from({ length: 50 }, (_, i) => `third ${i}`)
  const junk = 'not what it was '.repeat(500)
  let keys: object

  beforeAll(async () => {
    await createStream(kinesis, 'whole')
    await createStream(kinesis, 'hurt')
    for (const stream of ['whole', 'hurt']) await clients.stream.updateStream({ stream, quotas: false })
    for (const texts of [first, second, third]) {
      await put(kinesis, 'whole', texts)
      await put(kinesis, 'hurt', texts)
    }
    await clients.catalog.createDatabase({ database: 'mine' })
    await clients.workspace.writeState({ key: 'theme', value: 'dark' })
    keys = await clients.workspace.credentials({})
    await millrace.end('SIGKILL')

    const logs = file('.millrace/stream/logs')
    const shard = join(logs, readdirSync(logs).find((name) => name.startsWith('hurt-'))!, '000000000000')
    const segment = join(shard, readdirSync(shard).find((name) => name.endsWith('.log'))!)
    const bytes = readFileSync(segment)
    bytes[bytes.indexOf('second 25')] ^= 1
    writeFileSync(segment, bytes)
    for (const store of ['catalog/catalog.sqlite', 'workspace/state.db', 'pipeline/pipelines.sqlite'])
      write(`.millrace/${store}`, junk)
    await open()
  }, 60_000)

  it('every acknowledged record is there', async () => {
    expect(await records(kinesis, 'whole')).toEqual([...first, ...second, ...third])
    expect(await clients.workspace.credentials({})).toEqual(keys)
  })

  it('a corrupted stream log is reported, and read around', async () => {
    expect(await records(kinesis, 'hurt')).toEqual([...first, ...third])
    const [damage] = await clients.stream.damage({})
    expect(damage).toMatchObject({ stream: 'hurt', shardId: 'shardId-000000000000' })
    expect(readFileSync(damage.file, 'latin1')).toContain('second 49')
    await put(kinesis, 'hurt', ['later'])
    expect((await records(kinesis, 'hurt')).at(-1)).toBe('later')
  })

  it.each([
    ['.millrace/catalog/catalog.sqlite', () => clients.catalog.listDatabases({})],
    ['.millrace/pipeline/pipelines.sqlite', () => clients.pipeline.listRuns({})],
  ])('the damaged store %s is named and left alone; the other engines go on', async (path, use) => {
    await expect(use()).rejects.toMatchObject({
      code: 'DamagedStore',
      message: expect.stringMatching(/is damaged and was left as it is\. Restore the file .* or move it away/),
      at: { file: path },
    })
    expect(readFileSync(file(path), 'utf8')).toBe(junk)
    expect(await clients.lake.listBuckets({})).toEqual([])
    expect((await clients.warehouse.check({ sql: 'SELECT 1' })).error).toBeUndefined()
    expect((await clients.system.status({})).hosts.every(({ restarts }) => restarts === 0)).toBe(true)
    // The way out works without a restart of the program.
    rmSync(file(path))
    expect(Array.isArray(await use())).toBe(true)
  })

  it('what only the windows remembered begins anew, and the damaged file is kept', async () => {
    expect(await clients.workspace.readState({ key: 'theme' })).toEqual({ value: null })
    expect(readFileSync(file('.millrace/workspace/state.db.damaged'), 'utf8')).toBe(junk)
  })

  it('a damaged millrace.json ends the start with its name and the way out, and is left alone', async () => {
    await millrace.end()
    const good = readFileSync(file('millrace.json'))
    write('millrace.json', '{"format": 1, "id"')
    await expect(open()).rejects.toThrow(
      /ended with 1 before it was ready:[\s\S]*millrace\.json in .* cannot be read\. Restore it, or delete it/,
    )
    expect(readFileSync(file('millrace.json'), 'utf8')).toBe('{"format": 1, "id"')
    write('millrace.json', good)
    await open()
    expect(await records(kinesis, 'whole')).toHaveLength(150)
  }, 30_000)
})

/** A small disk of our own, where this user may mount one. */
function mountSmallDisk(): string | null {
  const disk = mkdtempSync(join(tmpdir(), 'millrace-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', disk], { stdio: 'ignore' })
  if (status === 0) return disk
  rmSync(disk, { recursive: true })
  return null
}

describe('a full disk', () => {
  const disk = mountSmallDisk()
  afterAll(() => {
    if (!disk) return
    spawnSync('umount', ['-l', disk], { stdio: 'ignore' })
    rmSync(disk, { recursive: true, force: true })
  })

  it.skipIf(!disk)(
    `refuses what it cannot keep, keeps what was acknowledged, and is forgiven${disk ? '' : ' (skipped: only root may mount a small disk)'}`,
    async () => {
      await using small = await Millrace.start({
        workspace: join(disk!, 'workspace'),
        env: { MILLRACE_HOME: home },
      })
      const [engines, client] = [await small.clients(), kinesisOf(small)]
      await createStream(client, 's')
      await engines.stream.updateStream({ stream: 's', quotas: false })
      const acknowledged: string[] = []
      const fill = join(disk!, 'fill')
      let refusal: unknown
      for (let i = 0; !refusal && i < 100; i++) {
        const texts = [`${i} ${'x'.repeat(200_000)}`]
        // Something else on the disk takes what is left, in the middle of the puts.
        if (i === 10) spawnSync('dd', ['if=/dev/zero', `of=${fill}`, 'bs=64k'], { stdio: 'ignore' })
        try {
          await put(client, 's', texts)
          acknowledged.push(...texts)
        } catch (thrown) {
          refusal = thrown
        }
      }
      expect(acknowledged.length).toBeGreaterThanOrEqual(10)
      expect(refusal).toMatchObject({ message: expect.stringMatching(/disk is full.*Free some space/i) })
      await expect(engines.stream.createStream({ stream: 'another' })).rejects.toMatchObject({ code: 'StorageFull' })
      await expect(
        engines.workspace.writeDocument({ path: 'queries/a.sql', text: 'x'.repeat(100_000) }),
      ).rejects.toMatchObject({ code: 'StorageFull', at: { file: 'queries/a.sql' } })
      expect(await records(client, 's')).toEqual(acknowledged)

      rmSync(fill)
      await put(client, 's', ['after'])
      expect((await engines.stream.createStream({ stream: 'another' })).name).toBe('another')
      expect(await records(client, 's')).toEqual([...acknowledged, 'after'])
    },
    60_000,
  )
})
