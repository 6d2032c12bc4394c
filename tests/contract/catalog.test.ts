import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { dataText, keyText } from '../../src/engines/kit/pure/batch.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { fakeLake } from '../support/lake.ts'

let engines: TestEngines
const file = (name: string, content: string) => writeFileSync(join(engines.workspaceDirectory, name), content)

async function start(directory?: string): Promise<void> {
  const lake = fakeLake(() => engines.workspaceDirectory)
  engines = await startEngines([catalog], { fakes: { lake }, ...(directory !== undefined && { directory }) })
}

beforeEach(() => start())
afterEach(async () => engines[Symbol.asyncDispose]())

const flights = {
  database: 'default',
  name: 'Flights',
  columns: [{ name: 'Delay', type: 'bigint' }],
  partitionKeys: [{ name: 'year', type: 'int' }],
  location: 's3://lake/flights',
  format: 'parquet' as const,
}

describe('the catalog', () => {
  it('folds names, counts versions and keeps all of it over a restart', async () => {
    const { clients } = engines
    await clients.catalog.createDatabase({ database: 'Sales', description: 'what we sell' })
    const created = await clients.catalog.createTable(flights)
    expect(created).toMatchObject({ name: 'flights', location: 's3://lake/flights/', versionId: 0 })
    expect(created.columns).toEqual([{ name: 'delay', type: 'bigint' }])
    const updated = await clients.catalog.updateTable({ ...flights, columns: [{ name: 'x', type: 'string' }] })
    expect(updated.versionId).toBe(1)
    const partitions = [{ values: ['2001'], location: 's3://lake/flights/year=2001/' }]
    expect(await clients.catalog.addPartitions({ database: 'default', table: 'FLIGHTS', partitions })).toEqual({
      added: 1,
    })
    expect(await clients.catalog.addPartitions({ database: 'default', table: 'flights', partitions })).toEqual({
      added: 0,
    })
    await engines.stop()
    await start(engines.workspaceDirectory)
    expect((await engines.clients.catalog.listDatabases({})).map((d) => d.name)).toEqual(['default', 'sales'])
    expect(await engines.clients.catalog.getTable({ database: 'default', table: 'flights' })).toEqual(updated)
    expect(await engines.clients.catalog.listPartitions({ database: 'default', table: 'flights' })).toMatchObject(
      partitions,
    )
  })

  it("speaks Glue's errors", async () => {
    const { catalog } = engines.clients
    await expect(catalog.getTable({ database: 'nix', table: 't' })).rejects.toMatchObject({
      code: 'EntityNotFoundException',
    })
    await expect(catalog.createDatabase({ database: 'default' })).rejects.toMatchObject({
      code: 'AlreadyExistsException',
    })
    await catalog.createTable(flights)
    await expect(catalog.createTable(flights)).rejects.toMatchObject({ code: 'AlreadyExistsException' })
    await expect(
      catalog.createTable({ ...flights, name: 'b', partitionKeys: [{ name: 'delay', type: 'int' }] }),
    ).rejects.toMatchObject({ code: 'InvalidInputException' })
    await expect(catalog.createTable({ ...flights, name: 'b', location: '/etc' })).rejects.toMatchObject({
      code: 'InvalidInputException',
    })
    await expect(
      catalog.addPartitions({
        database: 'default',
        table: 'flights',
        partitions: [{ values: ['1', '2'], location: 's3://x/' }],
      }),
    ).rejects.toMatchObject({ code: 'InvalidInputException' })
    await expect(
      catalog.deletePartitions({ database: 'default', table: 'flights', values: [['1999']] }),
    ).rejects.toMatchObject({ code: 'EntityNotFoundException' })
  })

  it('tells watchers what changed', async () => {
    const stop = new AbortController()
    const seen: unknown[] = []
    const watching = (async () => {
      for await (const event of engines.clients.catalog.watch({}, { signal: stop.signal })) {
        seen.push(event)
        if (seen.length === 2) break
      }
    })()
    await Promise.resolve()
    await engines.clients.catalog.createTable(flights)
    await engines.clients.catalog.createDatabase({ database: 'b' })
    await watching
    expect(seen).toEqual([{ database: 'default', table: 'flights' }, { database: 'b' }])
  })
})

interface Scanned {
  rows: unknown[]
  keys: string[]
  times: number[]
  sizes: number[]
  badRows: number
  firstBadRow?: { line: number; message: string }
}

async function scanned(input: Parameters<TestEngines['clients']['catalog']['scan']>[0]): Promise<Scanned> {
  const all: Scanned = { rows: [], keys: [], times: [], sizes: [], badRows: 0 }
  for await (const { batch, times, badRows, firstBadRow } of engines.clients.catalog.scan(input)) {
    for (let i = 0; i < batch.count; i++) {
      all.rows.push(JSON.parse(dataText(batch, i)))
      all.keys.push(keyText(batch, i))
    }
    all.times.push(...(times ?? []))
    all.sizes.push(batch.count)
    all.badRows += badRows
    all.firstBadRow ??= firstBadRow
  }
  return all
}

describe('scan', () => {
  it('gives the shipped flights in event order, with keys and times', async () => {
    const all = await scanned({
      uri: 'sample:flights-3m.parquet',
      keyColumn: 'origin',
      timeColumn: 'date',
      orderBy: 'date',
      limit: 5000,
      skip: 100_000,
    })
    expect(all.sizes).toEqual([2000, 2000, 1000])
    expect(all.rows[0]).toMatchObject({ date: expect.stringMatching(/^2001-01-0\dT\d\d:\d\d:00\.000Z$/) })
    expect(all.keys[0]).toBe((all.rows[0] as { origin: string }).origin)
    expect(all.times).toEqual(all.rows.map((row) => Date.parse((row as { date: string }).date)))
    expect(all.times).toEqual(all.times.toSorted((a, b) => a - b))
  })

  it('sorts a file that does not lie in order, and keeps the order of equals', async () => {
    file('events.csv', 'id,at\n1,2001-01-03\n2,2001-01-01\n3,2001-01-03\n4,2001-01-01\n')
    const all = await scanned({ uri: 'events.csv', orderBy: 'at', timeColumn: 'at', scale: 2 })
    expect(all.rows.map((row) => (row as { id: number }).id)).toEqual([2, 4, 1, 3, 2, 4, 1, 3])
    expect(all.times[0]).toBe(Date.UTC(2001, 0, 1))
  })

  it('goes on behind broken CSV rows and says how many and where', async () => {
    const good = Array.from({ length: 30_000 }, (_, i) => `${i},name ${i},${i * 2}`).join('\n')
    file('broken.csv', `id,name,n\n${good}\n30000,bad,not a number\n30001,too,1,2\n30002,"quoted, fine",3\n`)
    const all = await scanned({ uri: 'broken.csv', keyColumn: 'id', batchRows: 10_000 })
    expect(all.rows).toHaveLength(30_001)
    expect(all.rows.at(-1)).toEqual({ id: 30_002, name: 'quoted, fine', n: 3 })
    expect(all.badRows).toBe(2)
    expect(all.firstBadRow).toMatchObject({ line: 30_002, message: expect.stringContaining('column "n"') })
    expect(await engines.clients.catalog.preview({ uri: 'broken.csv' })).toMatchObject({
      badRows: 2,
      firstBadRow: { line: 30_002 },
    })
  })

  it('counts every line behind a quote that is never closed, and says where it opens', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `${i},${i === 25_000 ? '"open' : 'x'},${i}`)
    file('unclosed.csv', `id,name,n\n${rows.join('\n')}\n`)
    const all = await scanned({ uri: 'unclosed.csv', keyColumn: 'id', batchRows: 10_000 })
    expect(all.rows).toHaveLength(25_000)
    expect(all.badRows).toBe(5_000)
    expect(all.firstBadRow).toEqual({ line: 25_002, message: expect.stringMatching(/never closed.*4999 lines/) })
  })

  it('takes a quote in the wrong place for a broken row, not the file for one column', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i};name ${i}`)
    rows[1500] = '1500;"name" 1500;too;many'
    file('quote.csv', `id;name\n${rows.join('\n')}\n`)
    const all = await scanned({ uri: 'quote.csv', keyColumn: 'id' })
    expect(all.rows).toHaveLength(2999)
    expect(all.rows[0]).toEqual({ id: 0, name: 'name 0' })
    expect(all).toMatchObject({ badRows: 1, firstBadRow: { line: 1502 } })
  })

  it('passes JSON lines on as they are and counts those that are none', async () => {
    file('a.ndjson', '{"a":1,"t":"2001-01-01T00:00:01Z"}\n\n{"a":2\nnot json\n{ "a" : 3, "t": 981173106 }\n')
    const all = await scanned({ uri: 'a.ndjson', keyColumn: 'a', timeColumn: 't' })
    expect(all.rows).toEqual([
      { a: 1, t: '2001-01-01T00:00:01Z' },
      { a: 3, t: 981173106 },
    ])
    expect(all.keys).toEqual(['1', '3'])
    expect(all.times).toEqual([Date.UTC(2001, 0, 1, 0, 0, 1), 981173106000])
    expect(all).toMatchObject({ badRows: 2, firstBadRow: { line: 3, message: 'not JSON: {"a":2' } })
  })

  it('makes valid JSON of every value', async () => {
    file('v.csv', 'd,ts,x,big,q\n2001-02-03,2001-02-03 04:05:06.123456,nan,9007199254740993,"a ""q"" é"\n,,1.5,1,\n')
    const all = await scanned({ uri: 'v.csv', keyColumn: 'q' })
    expect(all.rows[0]).toEqual({
      d: '2001-02-03',
      ts: '2001-02-03T04:05:06.123456Z',
      x: null,
      big: 9007199254740992,
      q: 'a "q" é',
    })
    expect(all.rows[1]).toEqual({ d: null, ts: null, x: 1.5, big: 1, q: null })
    expect(all.keys).toEqual(['a "q" é', '-'])
  })

  it('counts skip and limit over repeats, and stops when the taker does', async () => {
    file('n.csv', `n\n${Array.from({ length: 10 }, (_, i) => i).join('\n')}\n`)
    const all = await scanned({ uri: 'n.csv', scale: 3, skip: 8, limit: 15, batchRows: 4 })
    expect(all.rows.map((row) => (row as { n: number }).n)).toEqual([8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2])
    expect(all.sizes).toEqual([4, 4, 4, 3])
    for await (const _ of engines.clients.catalog.scan({ uri: 'sample:flights-3m.parquet' })) break
    expect((await scanned({ uri: 'n.csv' })).rows).toHaveLength(10)
  })

  it('reads objects of the lake by prefix, leaving out what is no data', async () => {
    mkdirSync(join(engines.workspaceDirectory, 'lake/raw/d'), { recursive: true })
    file('lake/raw/d/b.csv', 'a\n2\n')
    file('lake/raw/d/a.csv', 'a\n1\n')
    file('lake/raw/d/_SUCCESS', '')
    expect((await scanned({ uri: 's3://raw/d/' })).rows).toEqual([{ a: 1 }, { a: 2 }])
    expect((await scanned({ uri: 's3://raw/d/b.csv' })).rows).toEqual([{ a: 2 }])
  })

  it('reads only data of the workspace', async () => {
    file('.millrace/secret.csv', 'a\n1\n')
    symlinkSync('/etc/passwd', join(engines.workspaceDirectory, 'link.csv'))
    for (const uri of [
      '.millrace/secret.csv',
      '../../etc/passwd',
      '/etc/passwd',
      'link.csv',
      'sample:../package.json',
    ]) {
      const source = { uri, format: 'csv' as const }
      await expect(scanned(source), uri).rejects.toMatchObject({
        code: expect.stringMatching(/AccessDenied|FileNotFound/),
      })
      await expect(engines.clients.catalog.preview(source), uri).rejects.toThrow()
    }
    await expect(scanned({ uri: 'https://example.com/a.csv' })).rejects.toMatchObject({ code: 'InvalidInputException' })
    file('data.csv', 'a,b\n1,2\n')
    await expect(scanned({ uri: 'data.csv', keyColumn: 'c' })).rejects.toThrow(
      'data.csv has no column "c". It has: a, b.',
    )
  })
})

describe('preview', () => {
  it("shows schema in Hive's words, first rows and the count that the file itself states", async () => {
    const shown = await engines.clients.catalog.preview({ uri: 'sample:flights-3m.parquet', rows: 3 })
    expect(shown.columns.map((column) => `${column.name} ${column.declared}`)).toEqual([
      'date timestamp',
      'delay bigint',
      'distance bigint',
      'origin string',
      'destination string',
    ])
    expect(shown).toMatchObject({ rowCount: 3_000_000, page: { rowCount: 3 }, badRows: 0 })
    expect(shown.page.values[0][0]).toBe('2001-01-01T00:01:00.000Z')
    const airports = await engines.clients.catalog.preview({ uri: 'sample:airports.csv' })
    expect(airports.columns.map((column) => column.name)).toContain('iata')
    expect(airports).toMatchObject({ rowCount: null, page: { rowCount: 100 } })
  })

  it('keeps all digits of whole numbers, here and in a scan', async () => {
    const long = '12345678901234567890'
    file('digits.csv', `id,mixed,price\n${long},${long},1.5\n7,2.5,3\n`)
    const shown = await engines.clients.catalog.preview({ uri: 'digits.csv' })
    expect(shown.columns.map(({ declared }) => declared)).toEqual(['decimal(38,0)', 'string', 'double'])
    expect(shown.page.values.slice(0, 2)).toEqual([
      [long, '7'],
      [long, '2.5'],
    ])
    expect((await scanned({ uri: 'digits.csv', keyColumn: 'id' })).keys).toEqual([long, '7'])
    for await (const { batch } of engines.clients.catalog.scan({ uri: 'digits.csv' }))
      if (batch.count > 0) expect(dataText(batch, 0)).toBe(`{"id":${long},"mixed":"${long}","price":1.5}`)
    // Without a header, and with a delimiter that is said.
    file('bare.csv', `7;x\n${long};y\n`)
    const bare = await engines.clients.catalog.preview({ uri: 'bare.csv', csv: { delimiter: ';' } })
    expect(bare.page.values[0]).toEqual(['7', long])
  })

  it('reads decimal commas when told', async () => {
    file('eu.csv', 'a;b\n1,5;x\n2,5;y\n')
    const shown = await engines.clients.catalog.preview({ uri: 'eu.csv', csv: { delimiter: ';', decimal: ',' } })
    expect(shown.page.values[0]).toEqual([1.5, 2.5])
  })
})
