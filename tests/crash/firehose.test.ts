import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { HttpReceiver } from '../contract/firehose-servers.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 30 : 3
const CHILD = join(import.meta.dirname, 'firehose/deliver.ts')

/** Lets a child put until it has said enough, kills it with no warning, and answers what it acknowledged. */
async function putAndKill(directory: string, first: number, puts: number, ...more: string[]): Promise<number[]> {
  const child = spawn(process.execPath, [CHILD, directory, String(first), ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
    if (said.split('\n').length > puts) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'close')
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  const whole = said.slice(0, said.lastIndexOf('\n'))
  return whole.split('\n').flatMap((line) => {
    const [start, count] = line.split(':').map(Number)
    return Array.from({ length: count }, (_, i) => start + i)
  })
}

/** Every number in the lake, as often as it is there: rows of the table, and records under the error prefix. */
async function numbersIn({ clients }: TestEngines): Promise<{ rows: number[]; errors: number[] }> {
  const rows: number[] = []
  const errors: number[] = []
  for (let startAfter: string | undefined = ''; startAfter !== undefined; ) {
    const { objects } = await clients.lake.listObjects({ bucket: 'lake', startAfter })
    for (const { key } of objects) {
      const { body } = await clients.lake.getObject({ bucket: 'lake', key })
      if (key.startsWith('t/'))
        for (const { n } of await parquetReadObjects({ file: new Uint8Array(body).buffer })) rows.push(Number(n))
      else
        for (const line of new TextDecoder().decode(body).split('\n').filter(Boolean))
          errors.push(Number(Buffer.from((JSON.parse(line) as { rawData: string }).rawData, 'base64').toString()))
    }
    startAfter = objects.at(-1)?.key
  }
  return { rows, errors }
}

describe('kill -9 during delivery', () => {
  it(`has every acknowledged record once, in the lake or under the error prefix, after ${KILLS} kills`, {
    timeout: 90_000 + KILLS * 20_000,
  }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const random = seededRandom(`kill delivery ${KILLS}`)
    const acknowledged: number[] = []
    let first = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const numbers = await putAndKill(directory, first, 20 + random.int(150))
      for (const number of numbers) acknowledged.push(number)
      // Numbers that were on their way are never sent again.
      first = acknowledged.reduce((most, number) => Math.max(most, number), 0) + 10_000
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS * 1000)
    await using engines = await startEngines([stream, lake, catalog, firehose], { directory })
    const before = await engines.clients.firehose.stats({ name: 'd' })
    expect(before.deliveredRecords).toBeGreaterThan(0)
    const stats = await engines.clients.firehose.flush({ name: 'd' })
    expect(stats.bufferedRecords).toBe(0)

    const { rows, errors } = await numbersIn(engines)
    const all = new Set([...rows, ...errors])
    expect(acknowledged.filter((number) => !all.has(number))).toEqual([])
    // None twice, whether it was acknowledged or not.
    expect(rows.length + errors.length).toBe(all.size)
    expect(errors.filter((number) => number % 13 !== 0)).toEqual([])
    expect(stats).toMatchObject({ deliveredRecords: rows.length, failedRecords: errors.length })
    const partitions = await engines.clients.catalog.listPartitions({ database: 'db', table: 't' })
    expect(partitions.map(({ values }) => values[0]).sort()).toEqual(['0', '1', '2'])
  })

  it(`has every acknowledged record once at an endpoint, whose requests it makes again as they were, after ${KILLS} kills`, {
    timeout: 90_000 + KILLS * 20_000,
  }, async () => {
    await using server = new HttpReceiver()
    const url = await server.listen()
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const random = seededRandom(`kill requests ${KILLS}`)
    const acknowledged: number[] = []
    let first = 0
    for (let kill = 0; kill < KILLS; kill++) {
      for (const number of await putAndKill(directory, first, 20 + random.int(150), url)) acknowledged.push(number)
      first = acknowledged.reduce((most, number) => Math.max(most, number), 0) + 10_000
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS * 1000)
    await using engines = await startEngines([stream, lake, catalog, firehose], { directory })
    const stats = await engines.clients.firehose.flush({ name: 'd' })
    expect(stats).toMatchObject({ bufferedRecords: 0, failedRecords: 0 })
    expect(server.problems).toEqual([])
    const taken = server.records.map(Number)
    const all = new Set(taken)
    expect(acknowledged.filter((number) => !all.has(number))).toEqual([])
    expect(taken).toHaveLength(all.size)
    expect(stats.deliveredRecords * 2).toBe(taken.length)
  })
})
