import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import type { Clients } from '../../src/engines/contract.ts'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startEngines } from '../support/engines.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 15 : 1
const CHILD = join(import.meta.dirname, 'athena/run.ts')
const PARTITIONS = 90
/** A kill that does not fall within all writes is no test of them, and is done again. */
const TRIES = 20

const ROWS = `SELECT CAST(x AS varchar) AS a, x % ${PARTITIONS} AS p FROM UNNEST(sequence(1, 900)) AS t(x)`
/** By the folder that each writes into. */
const STATEMENTS = {
  made: `CREATE TABLE made WITH (external_location = 's3://data/made/', partitioned_by = ARRAY['p']) AS ${ROWS}`,
  old: `INSERT INTO old ${ROWS}`,
  replaced: `INSERT OVERWRITE replaced SELECT CAST(id AS string), id % ${PARTITIONS} FROM range(1, 901)`,
  unloaded: `UNLOAD (${ROWS}) TO 's3://data/unloaded/' WITH (format = 'PARQUET', partitioned_by = ARRAY['p'])`,
}
const FOLDERS = Object.keys(STATEMENTS)
const FILES_BEFORE = [0, 1, 1, 0]
const IN_SPARK = /^INSERT OVERWRITE/

async function run({ athena: client }: Clients, sql: string): Promise<string> {
  let query = await client.startQuery({ sql, dialect: IN_SPARK.test(sql) ? 'spark' : 'trino' })
  for await (const now of client.watchQuery({ queryId: query.queryId })) query = now
  if (query.state !== 'SUCCEEDED') throw new Error(`${sql}: ${query.error?.message}`)
  return query.queryId
}

async function state(clients: Clients) {
  const of = { database: 'default', table: 'old' }
  const tables = await clients.catalog.listTables(of)
  const files = await Promise.all(FOLDERS.map((folder) => clients.lake.locate({ uri: `s3://data/${folder}/` })))
  const queryId = await run(clients, 'SELECT count(*) FROM old')
  return {
    files: files.map((list) => list.length),
    tables: tables.map(({ name }) => name),
    partitions: (await clients.catalog.listPartitions(of)).length,
    rows: (await clients.athena.results({ queryId })).values[0][0],
  }
}

it(`kill -9 in the middle of CREATE TABLE AS, INSERT, INSERT OVERWRITE and UNLOAD leaves what was there before, in ${KILLS} kills`, {
  timeout: 120_000 + KILLS * 60_000,
}, async () => {
  const seed = `athena kill ${KILLS}`
  const random = seededRandom(seed)
  for (let kill = 0, tries = 0; kill < KILLS; ) {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    try {
      if (await killOnce(directory, 1 + random.int(PARTITIONS / 2))) kill++
      else expect(++tries, `seed "${seed}": no kill fell within all writes`).toBeLessThan(TRIES)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }
})

/** False where the kill did not fall within all writes. */
async function killOnce(directory: string, files: number): Promise<boolean> {
  const written = () =>
    FOLDERS.map((folder, i) => {
      const path = join(directory, 'lake/data', folder)
      const names = existsSync(path) ? readdirSync(path, { recursive: true }) : []
      return names.filter((name) => String(name).endsWith('.parquet')).length - FILES_BEFORE[i]
    })
  const engines = await startEngines([lake, catalog, athena], { directory, seed: 'before' })
  await engines.clients.lake.createBucket({ bucket: 'data' })
  for (const table of ['old', 'replaced'])
    await run(
      engines.clients,
      `CREATE TABLE ${table} WITH (external_location = 's3://data/${table}/', partitioned_by = ARRAY['p']) AS SELECT 'x' AS a, BIGINT '1' AS p`,
    )
  const before = await state(engines.clients)
  await engines.stop()

  const child = spawn(process.execPath, [CHILD, directory, 'killed', ...Object.values(STATEMENTS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // All run at once.
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    said += piece
  })
  const closed = once(child, 'close')
  const few = (count: number) => count < files
  while (written().some(few) && Math.max(...written()) < PARTITIONS) await new Promise((done) => setTimeout(done, 1))
  child.kill('SIGKILL')
  expect((await closed)[1]).toBe('SIGKILL')
  if (!written().every((count) => count > 0 && count < PARTITIONS)) return false

  // A whole program takes back what is left before anybody asks for Athena.
  await using millrace = await Millrace.start({ workspace: directory })
  await expect.poll(written, { timeout: 20_000 }).toEqual([0, 0, 0, 0])
  const clients = await millrace.clients()
  for (const queryId of said.split(' '))
    expect(await clients.athena.getQuery({ queryId })).toMatchObject({
      state: 'FAILED',
      error: { code: 'INTERNAL_ERROR', retry: true },
    })
  expect(await state(clients)).toEqual(before)
  expect(existsSync(join(directory, '.millrace/athena/writing'))).toBe(false)
  for (const sql of Object.values(STATEMENTS)) await run(clients, sql)
  expect(await state(clients)).toEqual({
    files: [PARTITIONS, PARTITIONS + 1, PARTITIONS, PARTITIONS],
    tables: ['made', 'old', 'replaced'],
    partitions: PARTITIONS,
    rows: '901',
  })
  return true
}
