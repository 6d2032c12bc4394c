import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DescribeConnectionCommand, EventBridgeClient, ListConnectionsCommand } from '@aws-sdk/client-eventbridge'
import { DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { GetConnectionCommand, GetConnectionsCommand, GlueClient } from '@aws-sdk/client-glue'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { engine as events } from '../../src/engines/events/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { keysOf, startEngines } from '../support/engines.ts'
import { fakeLake } from '../support/lake.ts'
import { Millrace } from '../support/millrace.ts'
import { FakeLake, rawBatch } from './firehose-fakes.ts'
import { SmallServer } from './firehose-servers.ts'

const CANARIES = {
  token: 'canary-token-4f1c',
  accessKey: 'canary-access-key-77aa',
  apiKey: 'canary-api-key-91e2',
  header: 'canary-header-0b6d',
  password: 'canary-password-3c58',
}
/** As they are, and as a header of basic authorization or a store might have them. */
const FORMS = Object.values(CANARIES).flatMap((text) => [text, Buffer.from(text).toString('base64').slice(0, -4)])

/** Files below a folder in which a secret can be read. */
function leaks(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).isFile())
    .filter((file) => FORMS.some((form) => readFileSync(file).includes(form)))
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-secrets-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** One of each that takes secrets, before an API that repeats what it is told. */
async function giveSecrets({ events, firehose, catalog, lake }: Clients, url: string): Promise<void> {
  await lake.createBucket({ bucket: 'lake' })
  const header = { key: 'x-extra', value: CANARIES.header, secret: true }
  const { arn: connectionArn } = await events.createConnection({
    name: 'crm',
    auth: { kind: 'API_KEY', header: 'x-key', value: CANARIES.apiKey },
    http: { headers: [header] },
  })
  const { arn } = await events.createApiDestination({
    name: 'd',
    connectionArn,
    endpoint: `${url}/api`,
    method: 'POST',
  })
  await events.putRule({ name: 'r', pattern: '{"source":["shop"]}' })
  await events.putTargets({ rule: 'r', targets: [{ id: 't', arn }] })
  const place = {
    bucket: 'lake',
    errorOutputPrefix: 'bad/',
    buffering: { sizeInMBs: 1, intervalInSeconds: 0 },
    backupBuffering: { sizeInMBs: 1, intervalInSeconds: 0 },
  }
  const http = { url: `${url}/http`, accessKey: CANARIES.accessKey, retrySeconds: 0 }
  await firehose.createDeliveryStream({
    name: 'http',
    destination: { ...place, endpoint: { kind: 'http-endpoint', config: http } },
  })
  const splunk = { hecEndpoint: url, hecEndpointType: 'Raw', hecToken: CANARIES.token, retrySeconds: 0 }
  await firehose.createDeliveryStream({
    name: 'splunk',
    destination: { ...place, endpoint: { kind: 'splunk', config: splunk } },
  })
  const document = {
    Name: 'erp',
    ConnectionType: 'JDBC',
    ConnectionProperties: { USERNAME: 'u', PASSWORD: CANARIES.password },
  }
  await catalog.keep({ kind: 'connection', name: 'erp', document: JSON.stringify(document), how: 'create' })
}

const deliverBoth = async ({ events, firehose }: Clients) => {
  await events.put({ entries: [{ source: 'shop', detailType: 'Order', detail: '{}' }] })
  for (const name of ['http', 'splunk']) await firehose.put({ name, batch: rawBatch(['a record']) })
}

/** What everybody who may ask is told. */
async function told({ events, firehose, catalog, system }: Clients, ready: Millrace['ready']): Promise<string> {
  const config = { endpoint: ready.aws, region: ready.region, credentials: ready }
  const [bridge, hose, glue] = [new EventBridgeClient(config), new FirehoseClient(config), new GlueClient(config)]
  const answers: unknown[] = await Promise.all([
    bridge.send(new DescribeConnectionCommand({ Name: 'crm' })),
    bridge.send(new ListConnectionsCommand({})),
    hose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'http' })),
    hose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'splunk' })),
    glue.send(new GetConnectionCommand({ Name: 'erp', HidePassword: true })),
    events.listConnections({}),
    firehose.listDeliveryStreams({}),
    firehose.stats({ name: 'http' }),
    firehose.stats({ name: 'splunk' }),
    catalog.listKept({ kind: 'connection' }),
  ])
  for (const client of [bridge, hose, glue]) client.destroy()
  for await (const first of events.watch({})) {
    answers.push(first)
    break
  }
  for await (const lines of system.watchLogs({})) {
    answers.push(lines)
    break
  }
  return JSON.stringify(answers)
}

describe('secrets that users give', () => {
  it('are used, and stand in no file, log or answer: after a success, a failure and kill -9; elsewhere they are asked for again', async () => {
    const [workspace, home] = [join(folder, 'workspace'), join(folder, 'home')]
    let status = 500
    await using server = new SmallServer(({ headers, path, query }) => ({
      status,
      body:
        status === 500 || path === '/api'
          ? `you said ${JSON.stringify(headers)}`
          : path.endsWith('/ack')
            ? { acks: { 1: true } }
            : path === '/http'
              ? { requestId: headers['x-amz-firehose-request-id'], timestamp: 1 }
              : { ackId: 1, channel: query.get('channel') },
    }))
    const url = await server.listen()
    const saw = (path: string) =>
      server.asked.filter((asked) => asked.path.startsWith(path)).map(({ headers }) => headers)
    const start = () => Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
    let millrace = await start()
    try {
      let clients = await millrace.clients()
      await giveSecrets(clients, url)
      await deliverBoth(clients)
      const lines = async () => {
        const { objects } = await clients.lake.listObjects({ bucket: 'lake', prefix: 'bad/' })
        return objects.length
      }
      await expect.poll(lines, { timeout: 20_000 }).toBe(2)
      expect(saw('/http')[0]).toMatchObject({ 'x-amz-firehose-access-key': CANARIES.accessKey })
      expect(saw('/services')[0]).toMatchObject({ authorization: `Splunk ${CANARIES.token}` })
      expect(saw('/api')[0]).toMatchObject({ 'x-key': CANARIES.apiKey, 'x-extra': CANARIES.header })
      const answers = await told(clients, millrace.ready)
      expect(answers).toContain('***')
      for (const form of FORMS) expect(answers).not.toContain(form)

      status = 200
      server.asked.length = 0
      await deliverBoth(clients)
      await expect.poll(() => saw('/services/collector/ack').length, { timeout: 20_000 }).toBeGreaterThan(0)
      await millrace.end('SIGKILL')
      expect(leaks(folder)).toEqual([])
      if (!process.env.MILLRACE_NIGHTLY) return

      millrace = await start()
      clients = await millrace.clients()
      server.asked.length = 0
      await deliverBoth(clients)
      await expect.poll(() => saw('/http').length, { timeout: 20_000 }).toBeGreaterThan(0)
      expect(saw('/http')[0]).toMatchObject({ 'x-amz-firehose-access-key': CANARIES.accessKey })
      const config = { endpoint: millrace.ready.aws, region: 'us-east-1', credentials: millrace.ready }
      const glue = new GlueClient(config)
      const { Connection } = await glue.send(new GetConnectionCommand({ Name: 'erp' }))
      expect(Connection!.ConnectionProperties).toEqual({ USERNAME: 'u', PASSWORD: CANARIES.password })
      const credentials = { ...millrace.ready, secretAccessKey: 'guess' }
      const guessed = new GlueClient({ ...config, credentials }).send(new GetConnectionsCommand({}))
      await expect(guessed).rejects.toMatchObject({ name: expect.stringMatching(/Signature/) })
      glue.destroy()
      await millrace.end()

      const copy = join(folder, 'copy')
      cpSync(workspace, copy, { recursive: true })
      millrace = await Millrace.start({ workspace: copy, env: { MILLRACE_HOME: join(folder, 'another home') } })
      clients = await millrace.clients()
      await clients.workspace.trust({})
      expect((await clients.events.listConnections({})).map(({ name }) => name)).toEqual(['crm'])
      server.asked.length = 0
      await clients.firehose.put({ name: 'http', batch: rawBatch(['a record']) })
      const problem = async () => (await clients.firehose.stats({ name: 'http' })).lastError ?? ''
      await expect
        .poll(problem, { timeout: 20_000 })
        .toMatch(/The secret of the Firehose stream http cannot be opened.*Enter it again/)
      expect(saw('/http')).toEqual([])
      await expect(clients.catalog.openConnection({ name: 'erp' })).rejects.toThrow(
        /the Glue connection erp.*Enter it again/,
      )
      const document = JSON.stringify({ Name: 'erp', ConnectionProperties: { PASSWORD: 'new' } })
      await clients.catalog.keep({ kind: 'connection', name: 'erp', document, how: 'update' })
      expect(await clients.catalog.openConnection({ name: 'erp' })).toEqual({ PASSWORD: 'new' })
    } finally {
      await millrace[Symbol.asyncDispose]()
    }
  })

  it('of an earlier Millrace, which kept them as they were, are sealed at the first start, and no file keeps the old text', async () => {
    const engines = [events, firehose, catalog]
    const lake = new FakeLake()
    const fakes = { lake: { ...fakeLake(() => folder), createBucket: async () => ({}), putObject: lake.putObject } }
    const open = () => startEngines(engines, { directory: folder, fakes })
    const first = await open()
    await giveSecrets(first.clients, 'http://127.0.0.1:9')
    await first.stop()
    const runtime = join(folder, '.millrace')
    const streams = join(runtime, 'firehose', 'streams.json')
    const old = JSON.parse(readFileSync(streams, 'utf8'))
    for (const { info } of old.streams) {
      const { config } = info.destination.endpoint
      if (config.hecToken) config.hecToken = CANARIES.token
      else config.accessKey = CANARIES.accessKey
    }
    writeFileSync(streams, JSON.stringify(old))
    const change = (file: string, table: string, edit: (document: Record<string, never>) => unknown) => {
      const db = new Database(file)
      const where = `FROM ${table} WHERE kind = 'connection'`
      const { document } = db.prepare(`SELECT document ${where}`).get() as { document: string }
      db.prepare(`UPDATE ${table} SET document = ? WHERE kind = 'connection'`).run(
        JSON.stringify(edit(JSON.parse(document))),
      )
      // A copy that a later format left behind.
      const format = (db.pragma('user_version', { simple: true }) as number) - 1
      if (format > 0) db.exec(`VACUUM INTO '${file}.v${format}'`)
      db.close()
    }
    change(join(runtime, 'events', 'events.sqlite'), 'things', (document) => ({
      ...document,
      auth: { kind: 'BASIC', user: 'u', password: CANARIES.apiKey },
      http: { headers: [{ key: 'x-extra', value: CANARIES.header, secret: true }], query: [], body: [] },
    }))
    change(join(runtime, 'catalog', 'catalog.sqlite'), 'kept', (document) => ({
      ...document,
      ConnectionProperties: { USERNAME: 'u', PASSWORD: CANARIES.password },
    }))
    expect(leaks(folder).length).toBeGreaterThanOrEqual(4)

    // Where no key can be had, everything else goes on, and nothing is lost.
    const refuse = () => Promise.reject(new Error('locked'))
    const locked = await startEngines(engines, { directory: folder, fakes, keys: { current: refuse, find: refuse } })
    expect(await locked.clients.catalog.openConnection({ name: 'erp' })).toEqual({ PASSWORD: CANARIES.password })
    await locked.stop()

    const second = await open()
    expect(leaks(folder).map((file) => file.slice(runtime.length))).toEqual([])
    expect(await second.clients.catalog.openConnection({ name: 'erp' })).toEqual({ PASSWORD: CANARIES.password })
    expect(await second.clients.events.listConnections({})).toMatchObject([
      { name: 'crm', auth: { kind: 'BASIC', user: 'u' }, http: { headers: [{ key: 'x-extra', secret: true }] } },
    ])
    await second.stop()

    const elsewhere = await startEngines(engines, { directory: folder, fakes, keys: keysOf('another user') })
    const opening = elsewhere.clients.catalog.openConnection({ name: 'erp' })
    await expect(opening).rejects.toThrow(/the Glue connection erp.*Enter it again/)
    expect((await elsewhere.clients.events.listConnections({})).map(({ name }) => name)).toEqual(['crm'])
    await elsewhere.stop()
  })

  it('cannot be brought in sealed from another place', async () => {
    await using bed = await startEngines([firehose], { fakes: { lake: new FakeLake() } })
    const client = bed.clients.firehose
    const endpoint = (accessKey: unknown) => ({
      kind: 'http-endpoint',
      config: { url: 'https://in.example.com', accessKey },
    })
    await client.createDeliveryStream({ name: 'a', destination: { bucket: 'lake', endpoint: endpoint('key') } })
    const { destination, versionId } = await client.describeDeliveryStream({ name: 'a' })
    const { accessKey } = destination.endpoint!.config
    expect(accessKey).toEqual({ sealed: expect.any(String) })
    await client.updateDestination({ name: 'a', versionId, destination })
    const stolen = client.createDeliveryStream({
      name: 'b',
      destination: { bucket: 'lake', endpoint: endpoint(accessKey) },
    })
    await expect(stolen).rejects.toThrow(/EndpointConfiguration\.AccessKey/)
  })
})
