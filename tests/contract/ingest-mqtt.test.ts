import { connect as connectTcp } from 'node:net'
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TestEngines } from '../support/engines.ts'
import { OpenSource, startIngest, TOKEN, tick } from '../support/ingest.ts'

let engines: TestEngines
const opened: OpenSource[] = []
const clients: MqttClient[] = []

beforeEach(async () => {
  engines = await startIngest()
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true)
  for (const source of opened.splice(0)) await source.giveUp()
  await engines[Symbol.asyncDispose]()
})

type Settings = Extract<ConstructorParameters<typeof OpenSource>[2], { type: 'mqtt' }>

function open(settings: Partial<Settings> = {}, settling = true): OpenSource {
  const source = new OpenSource(engines, `mqtt-${opened.length}`, { type: 'mqtt', port: 0, ...settings })
  source.settling = settling
  opened.push(source)
  return source
}

/** The stock client, connected. */
async function connect(source: OpenSource, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await mqtt.connectAsync(await source.url(), {
    username: 'anyone',
    password: TOKEN,
    reconnectPeriod: 0,
    ...options,
  })
  clients.push(client)
  return client
}

test('the stock client publishes at QoS 0 and 1, and the topic is the key', async () => {
  const source = open()
  const client = await connect(source)
  await client.publishAsync('plant/1/temperature', '{"celsius":21.5}', { qos: 1 })
  await client.publishAsync('plant/2/temperature', '{"celsius":22}', { qos: 0 })
  await client.publishAsync('plant/2/temperature', Buffer.alloc(0), { qos: 1, retain: true })
  expect(source.records).toEqual([
    { key: 'plant/1/temperature', text: '{"celsius":21.5}' },
    { key: 'plant/2/temperature', text: '{"celsius":22}' },
    { key: 'plant/2/temperature', text: '' },
  ])
  expect(source.last?.note).toContain('1 client')
})

test('QoS 1 is acknowledged once it has been settled, in the order of the messages', async () => {
  const source = open({}, false)
  const client = await connect(source)
  const acknowledged: number[] = []
  const all = [1, 2, 3].map((n) =>
    client.publishAsync('t', String(n), { qos: 1 }).then(() => void acknowledged.push(n)),
  )
  await source.has(3)
  for (let i = 0; i < 20; i++) await tick()
  expect(acknowledged).toEqual([])
  await source.settle()
  await Promise.all(all)
  expect(acknowledged).toEqual([1, 2, 3])
})

test('what was not safe when a run ended is sent again to the next one', async () => {
  const first = open({}, false)
  const url = new URL(await first.url())
  const client = await connect(first, { reconnectPeriod: 20 })
  const published = client.publishAsync('t', 'kept by the client', { qos: 1 })
  await first.has(1)
  await first.giveUp()
  const second = open({ port: Number(url.port) })
  await published
  expect(second.records.map(({ text }) => text)).toEqual(['kept by the client'])
})

test('keys and wrapping as asked: client, field of the message, payloads of any kind', async () => {
  const byClient = open({ keyBy: 'client', wrap: true })
  const client = await connect(byClient, { clientId: 'sensor "7"' })
  await client.publishAsync('a/b', ' {"big":12345678901234567890} ', { qos: 1 })
  await client.publishAsync('a/b', 'plain "text"', { qos: 1 })
  await client.publishAsync('a/b', Buffer.from([0xff, 0x00]), { qos: 1 })
  expect(byClient.records.map(({ key }) => key)).toEqual(Array(3).fill('sensor "7"'))
  expect(byClient.records[0].text).toBe(
    '{"topic":"a/b","client":"sensor \\"7\\"","payload":{"big":12345678901234567890}}',
  )
  expect(JSON.parse(byClient.records[1].text).payload).toBe('plain "text"')
  expect(JSON.parse(byClient.records[2].text).base64).toBe('/wA=')
  const byField = open({ keyBy: 'field', keyField: 'device.id' })
  await (await connect(byField)).publishAsync('a', '{"device":{"id":"d9"}}', { qos: 1 })
  expect(byField.records[0].key).toBe('d9')
})

test('refuses a wrong token, other versions, subscriptions and QoS 2, each as the protocol has it', async () => {
  const source = open()
  await expect(connect(source, { password: 'wrong' })).rejects.toMatchObject({ code: 4 })
  await expect(connect(source, { protocolVersion: 3, protocolId: 'MQIsdp' })).rejects.toMatchObject({ code: 1 })
  await expect(connect(source, { protocolVersion: 5 })).rejects.toMatchObject({ code: 0x84 })
  const client = await connect(source)
  await expect(client.subscribeAsync('#')).rejects.toThrow()
  await client.publishAsync('t', 'still served', { qos: 1 })
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
  client.publish('t', 'exactly once', { qos: 2 })
  await closed
  expect(source.records.map(({ text }) => text)).toEqual(['still served'])
  expect(source.last?.note).toContain('QoS 2 is refused')
})

test('a client that is gone without a word leaves its will; one of the same name takes its place', async () => {
  const source = open()
  const will = { topic: 'gone', payload: Buffer.from('d1 is gone'), qos: 1 as const, retain: false }
  const first = await connect(source, { clientId: 'd1', will })
  const taken = new Promise<void>((resolve) => first.once('close', () => resolve()))
  const second = await connect(source, { clientId: 'd1', will })
  await taken
  await source.has(1)
  await second.endAsync()
  for (let i = 0; i < 10; i++) await tick()
  // The first was cut off, the second said goodbye.
  expect(source.records).toEqual([{ key: 'gone', text: 'd1 is gone' }])
})

/** Bytes as they are, and whether the other side ends the connection. */
async function shout(url: string, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    let heard = ''
    socket.on('data', (piece) => {
      heard += piece.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(heard))
  })
}

test('ends a connection that speaks something else, or claims to send more than is taken', async () => {
  const source = open()
  const url = await source.url()
  expect(await shout(url, Buffer.from('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.padEnd(200, 'x')))).toBe('')
  expect(await shout(url, Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))).toBe('')
  expect(await shout(url, Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]))).toBe('')
  expect(await shout(url, Buffer.from([0x30, 0x03, 0x00, 0x01, 0x61]))).toBe('')
  expect(source.records).toEqual([])
})

test('a message larger than a record is left out and counted, never put', async () => {
  const source = open({ recordKiB: 1 })
  const client = await connect(source)
  await client.publishAsync('t', 'x'.repeat(2000), { qos: 0 })
  await client.publishAsync('t', 'fits', { qos: 1 })
  expect(source.records.map(({ text }) => text)).toEqual(['fits'])
  expect(source.leftOut).toBe(1)
})
