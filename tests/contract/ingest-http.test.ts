import { request as httpRequest } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TestEngines } from '../support/engines.ts'
import { OpenSource, startIngest, TOKEN, tick } from '../support/ingest.ts'

let engines: TestEngines
const opened: OpenSource[] = []

beforeEach(async () => {
  engines = await startIngest()
})

afterEach(async () => {
  for (const source of opened.splice(0)) await source.giveUp()
  await engines[Symbol.asyncDispose]()
})

type Settings = Extract<ConstructorParameters<typeof OpenSource>[2], { type: 'http' }>

function open(settings: Partial<Settings> = {}, settling = true): OpenSource {
  const source = new OpenSource(engines, `http-${opened.length}`, { type: 'http', port: 0, ...settings })
  source.settling = settling
  opened.push(source)
  return source
}

const BEARER = { authorization: `Bearer ${TOKEN}` }
const JSON_TYPE = { 'content-type': 'application/json' }
const NDJSON = { 'content-type': 'application/x-ndjson' }

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: { records?: number; error?: string; message?: string }
}

function send(
  url: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  options: { method?: string; path?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      new URL(options.path ?? '/', url),
      { method: options.method ?? 'POST', headers: { ...BEARER, ...headers }, agent: false },
      (response) => {
        let text = ''
        response.on('data', (piece) => {
          text += piece
        })
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: text ? JSON.parse(text) : {} }),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

test('takes JSON, arrays, NDJSON, text, bytes and gzip, byte for byte, with keys as asked', async () => {
  const source = open({ keyField: 'user.id' })
  const url = await source.url()
  const one = ' {"user": {"id": "u1"}, "amount": 12345678901234567890.10} '
  expect(await send(url, one, JSON_TYPE)).toMatchObject({ status: 200, body: { records: 1 } })
  const array = '[ {"user":{"id":7},"big":98765432109876543210}, "a, [b]", [1,{"x":"}"}], null, -1.50 ]'
  expect(await send(url, array, JSON_TYPE)).toMatchObject({ status: 200, body: { records: 5 } })
  expect(await send(url, '{"n":1}\r\n\n{"n":2}', NDJSON)).toMatchObject({ status: 200, body: { records: 2 } })
  const text = { 'content-type': 'text/plain; charset=utf-8', 'x-partition-key': 'shared' }
  expect(await send(url, 'first line\nzweite Zeile: ü\n', text)).toMatchObject({ body: { records: 2 } })
  const bytes = { 'content-type': 'application/octet-stream' }
  expect(await send(url, 'a\nb', bytes, { path: '/?key=of+the+query' })).toMatchObject({ body: { records: 1 } })
  const zipped = { ...NDJSON, 'content-encoding': 'gzip' }
  expect(await send(url, gzipSync('{"z":1}\n{"z":2}\n'), zipped)).toMatchObject({ body: { records: 2 } })
  expect(source.records.map(({ text }) => text)).toEqual([
    one.trim(),
    '{"user":{"id":7},"big":98765432109876543210}',
    '"a, [b]"',
    '[1,{"x":"}"}]',
    'null',
    '-1.50',
    '{"n":1}',
    '{"n":2}',
    'first line',
    'zweite Zeile: ü',
    'a\nb',
    '{"z":1}',
    '{"z":2}',
  ])
  const keys = source.records.map(({ key }) => key)
  expect([keys[0], keys[1], keys[8], keys[9], keys[10]]).toEqual(['u1', '7', 'shared', 'shared', 'of the query'])
  const own = [2, 3, 4, 5, 6, 7, 11, 12].map((i) => keys[i])
  expect(new Set(own).size).toBe(own.length)
})

test('answers only once the records have been settled', async () => {
  const source = open({}, false)
  const url = await source.url()
  let answered = 0
  const answers = ['{"n":1}', '{"n":2}'].map((body) =>
    send(url, body, JSON_TYPE).then((answer) => {
      answered++
      return answer.status
    }),
  )
  await source.has(2)
  for (let i = 0; i < 20; i++) await tick()
  expect(answered).toBe(0)
  await source.settle()
  expect(await Promise.all(answers)).toEqual([200, 200])
})

test('a run that is given up says so to who waits; one that stops answers who was taken and lets no one else in', async () => {
  const dropped = open({}, false)
  const waiting = send(await dropped.url(), '{"n":1}', JSON_TYPE)
  await dropped.has(1)
  await dropped.giveUp()
  expect(await waiting).toMatchObject({ status: 503, body: { error: 'ServiceUnavailable' } })

  const drained = open({}, false)
  const url = await drained.url()
  const taken = send(url, '{"n":2}', JSON_TYPE)
  await drained.has(1)
  await drained.close()
  await expect(send(url, '{"n":3}', JSON_TYPE)).rejects.toThrow('ECONNREFUSED')
  expect(drained.ended).toBe(false)
  await drained.settle()
  expect((await taken).status).toBe(200)
  await drained.done
  expect(drained.failure).toBeUndefined()
})

test('keeps out web pages, other names of this machine, and who has no token', async () => {
  const source = open()
  const url = await source.url()
  const status = async (headers: Record<string, string>) => (await send(url, '{}', { ...JSON_TYPE, ...headers })).status
  expect(await status({ host: 'evil.example:80' })).toBe(403)
  expect(await status({ origin: 'https://evil.example' })).toBe(403)
  expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await status({ authorization: 'Bearer wrong' })).toBe(401)
  expect(await status({ authorization: `Basic ${TOKEN}` })).toBe(401)
  const answer = await send(url, '{}', { ...JSON_TYPE, origin: new URL(url).origin })
  expect(answer.status).toBe(200)
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  expect(source.records).toHaveLength(1)
})

test('takes all of a request or nothing, and says what is wrong with it', async () => {
  const source = open({ bodyMiB: 1, recordKiB: 1 })
  const url = await source.url()
  const answers = [
    await send(url, '{"a":1}\n{"a":\n{"a":3}', NDJSON),
    await send(url, '{"a":1', JSON_TYPE),
    await send(url, '[]', JSON_TYPE),
    await send(url, Buffer.from([0xff, 0xfe, 0x80]), JSON_TYPE),
    await send(url, 'not gzip', { ...JSON_TYPE, 'content-encoding': 'gzip' }),
    await send(url, `"short"\n"${'x'.repeat(1100)}"`, NDJSON),
    await send(url, `"${'x'.repeat(1024 * 1024)}"`, JSON_TYPE),
    await send(url, gzipSync('x'.repeat(3 * 1024 * 1024)), { ...NDJSON, 'content-encoding': 'gzip' }),
    await send(url, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    await send(url, '{}', JSON_TYPE, { path: '/other' }),
    await send(url, '', {}, { method: 'PUT' }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 413, 413, 413, 415, 404, 405])
  expect(answers[0].body.message).toContain('Line 2 is not JSON')
  expect(answers[8].body.message).toContain('application/json')
  expect(source.records).toEqual([])
  expect(source.last?.note).toContain('11 refused')
})

const MIB = 1024 * 1024
const large = (mib: number) => 'x'.repeat(mib * MIB - 16)
const BYTES = { 'content-type': 'application/octet-stream' }

test('holds requests back while what follows is full, and takes them in turn', async () => {
  const source = open({ bodyMiB: 20, recordKiB: 10_240 }, false)
  const url = await source.url()
  const first = [large(10), large(10), large(10)].map((body) => send(url, body, BYTES))
  await source.has(3)
  const next = send(url, large(9), BYTES)
  while (source.last?.warning === null) await tick()
  expect(source.records).toHaveLength(3)
  await source.settle()
  expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200, 200])
  await source.has(4)
  await source.settle()
  expect((await next).status).toBe(200)
})

test('refuses at once when told to, and says when to come again', async () => {
  const source = open({ bodyMiB: 20, recordKiB: 10_240, whenFull: 'refuse' }, false)
  const url = await source.url()
  const first = [large(10), large(10), large(10)].map((body) => send(url, body, BYTES))
  await source.has(3)
  expect(await send(url, large(9), BYTES)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
  await source.settle()
  await Promise.all(first)
})

test('a port that is taken is refused, at its setting', async () => {
  const source = open()
  const port = Number(new URL(await source.url()).port)
  const second = open({ port })
  await second.done
  expect(second.failure).toMatchObject({ code: 'PortUnavailable', at: { field: 'port' } })
})
