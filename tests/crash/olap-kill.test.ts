import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { Millrace } from '../support/millrace.ts'

async function athena(clients: Pick<Clients, 'athena'>, sql: string): Promise<unknown[][]> {
  const { queryId } = await clients.athena.startQuery({ sql })
  for await (const query of clients.athena.watchQuery({ queryId }))
    if (query.state === 'FAILED') throw new Error(`${sql}: ${query.error?.message}`)
  return (await clients.athena.results({ queryId })).values
}

async function warehouse(clients: Pick<Clients, 'warehouse'>, sql: string): Promise<unknown[][]> {
  const { statementId } = await clients.warehouse.startStatement({ sql })
  for await (const statement of clients.warehouse.watchStatement({ statementId }))
    if (statement.state === 'FAILED') throw new Error(`${sql}: ${statement.error?.message}`)
  return (await clients.warehouse.results({ statementId })).values
}

// What DuckDB has not yet written to its files it replays from its log, before anything of ours is known to it.
it('files of DuckDB open after a kill -9, whatever functions were used on them', { timeout: 120_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-olap-kill-'))
  const workspace = join(home, 'workspace')
  const killed = await Millrace.start({ workspace })
  const before = await killed.clients()
  expect(await athena(before, `SELECT DATE '2024-03-01' - DATE '2024-02-01' AS age, 1 AS one`)).toEqual([
    ['29 00:00:00.000'],
    [1],
  ])
  for (const sql of [
    `CREATE TABLE made (id int, word varchar(20) DEFAULT upper('q'), len int DEFAULT len('abc'), since timestamp DEFAULT getdate())`,
    'INSERT INTO made (id) VALUES (1)',
    `CREATE VIEW seen AS SELECT id, nvl(word, 'none') || '!' AS word, dateadd(day, 1, since) AS later FROM made`,
    `ALTER TABLE made ADD COLUMN more varchar(20) DEFAULT lower('Z')`,
    'CREATE TABLE copied AS SELECT id, initcap(word) AS word FROM seen',
  ])
    await warehouse(before, sql)
  await killed.end('SIGKILL')
  await using again = await Millrace.start({ workspace })
  const clients = await again.clients()
  expect(await athena(clients, 'SELECT 1')).toEqual([[1]])
  await warehouse(clients, 'INSERT INTO made (id) VALUES (2)')
  expect(await warehouse(clients, 'SELECT s.id, s.word, more FROM seen s JOIN made USING (id) ORDER BY 1')).toEqual([
    [1, 2],
    ['Q!', 'Q!'],
    ['z', 'z'],
  ])
  expect(await warehouse(clients, 'SELECT word FROM copied')).toEqual([['Q!']])
  rmSync(home, { recursive: true, force: true })
})

it('results whose file is damaged stand aside, and nothing else stops for them', { timeout: 120_000 }, async () => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-olap-damage-'))
  const workspace = join(home, 'workspace')
  const file = join(workspace, '.millrace/athena/results.duckdb')
  const first = await Millrace.start({ workspace })
  const { queryId } = await (await first.clients()).athena.startQuery({ sql: 'SELECT 1' })
  for await (const _ of (await first.clients()).athena.watchQuery({ queryId }));
  await first.end('SIGTERM')
  const damaged = readFileSync(file).fill(7, 0, 4096)
  writeFileSync(file, damaged)
  await using again = await Millrace.start({ workspace })
  const clients = await again.clients()
  expect(await athena(clients, 'SELECT 2')).toEqual([[2]])
  expect(await warehouse(clients, 'SELECT 3')).toEqual([[3]])
  await expect(clients.athena.results({ queryId })).rejects.toThrow('no longer kept. Run it again')
  expect(readFileSync(`${file}.damaged`)).toEqual(damaged)
  rmSync(home, { recursive: true, force: true })
})
