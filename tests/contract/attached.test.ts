import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { engine as athenaEngine } from '../../src/engines/athena/engine.ts'
import type { ChosenReading } from '../../src/engines/catalog/contract.ts'
import { engine as catalogEngine } from '../../src/engines/catalog/engine.ts'
import { engine as lakeEngine } from '../../src/engines/lake/engine.ts'
import { engine as workspaceEngine } from '../../src/engines/workspace/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

let engines: TestEngines
const outside = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-outside-')))
const workspace = mkdtempSync(join(tmpdir(), 'millrace-attached-'))
const home = join(outside, 'home')
vi.stubEnv('MILLRACE_HOME', home)

const start = async () => {
  engines = await startEngines([workspaceEngine, lakeEngine, catalogEngine, athenaEngine], {
    directory: workspace,
  })
}
beforeAll(start)
afterAll(async () => {
  await engines[Symbol.asyncDispose]()
  rmSync(outside, { recursive: true, force: true })
})

function put(name: string, content: string | Uint8Array): string {
  const path = join(outside, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}

const inspect = (source: string, chosen: ChosenReading = {}) => engines.clients.catalog.inspectFile({ source, chosen })

async function attach(source: string, chosen: ChosenReading = {}, name?: string) {
  const found = await inspect(source, chosen)
  for await (const { table } of engines.clients.catalog.attachFile({
    name: name ?? found.name,
    source,
    reading: found.reading,
  }))
    if (table) return { found, table, preview: rowsOf(found.page) }
  throw new Error('no table came')
}

const rowsOf = (page: { rowCount: number; values: unknown[][] }) =>
  Array.from({ length: page.rowCount }, (_, r) => page.values.map((column) => column[r]))

async function run(sql: string) {
  const { queryId } = await engines.clients.athena.startQuery({ sql })
  let last = await engines.clients.athena.getQuery({ queryId })
  for await (const query of engines.clients.athena.watchQuery({ queryId })) last = query
  return last
}
async function query(sql: string): Promise<unknown[][]> {
  const { queryId, error } = await run(sql)
  if (error) throw Object.assign(new Error(error.message), error)
  return rowsOf(await engines.clients.athena.results({ queryId }))
}
const failure = async (work: Promise<unknown>) =>
  work.then(
    () => 'it went well',
    (error: { code: string; message: string; at?: { field?: string } }) =>
      `${error.code} ${error.at?.field ?? ''}: ${error.message}`,
  )

describe('a file that is attached', () => {
  it('is previewed as it is then queried in place, with its bytes counted, and detached again', async () => {
    const text = 'Artikel;Preis;Datum\nSchraube;1,50;03.04.2021\nMutter;1.012,25;25.12.2021\n"Nut;\nFeder";;\nkurz\n'
    const source = put('Preise 2021.csv', text)
    const { found, table, preview } = await attach(source)
    expect(found).toMatchObject({
      name: 'preise_2021',
      inPlace: true,
      whole: true,
      broken: { count: 1, rows: [{ line: 6 }] },
    })
    // Once more it is offered under a name that is free.
    expect((await inspect(source)).name).toBe('preise_2021_2')
    expect(table).toMatchObject({
      database: 'attached',
      location: `file://${outside}/Preise%202021.csv`,
      format: 'csv',
    })
    const expected = [
      ['Schraube', 1.5, '2021-04-03'],
      ['Mutter', 1012.25, '2021-12-25'],
      ['Nut;\nFeder', null, null],
    ]
    expect(preview).toEqual(expected)
    expect(await query('SELECT * FROM attached.preise_2021')).toEqual(expected)
    expect(await query("SELECT sum(preis) FROM attached.preise_2021 WHERE datum > DATE '2021-05-01'")).toEqual([
      [1012.25],
    ])
    expect(await run('SELECT artikel FROM attached.preise_2021')).toMatchObject({
      bytesScanned: Buffer.byteLength(text),
    })
    expect(await engines.clients.catalog.listDatabases({})).toContainEqual(
      expect.objectContaining({ name: 'attached' }),
    )

    appendFileSync(source, 'Bolzen;2;01.01.2022\n')
    expect(await query('SELECT count(*) FROM attached.preise_2021')).toEqual([['4']])
    expect(await query('DROP TABLE attached.preise_2021')).toEqual([])
    expect(await failure(query('SELECT * FROM attached.preise_2021'))).toContain('SCHEMA_NOT_FOUND')
    expect(statSync(source).size).toBeGreaterThan(text.length)
  })

  it('is never written', async () => {
    await attach(put('kept.csv', 'a,b\n1,x\n'))
    for (const sql of [
      "INSERT INTO attached.kept VALUES (2, 'y')",
      'CREATE TABLE attached.made AS SELECT 1 AS a',
      "CREATE EXTERNAL TABLE attached.other (a int) LOCATION 's3://data/x/'",
      'ALTER TABLE attached.kept ADD COLUMNS (c int)',
      'DROP DATABASE attached CASCADE',
    ])
      expect((await run(sql)).state, sql).toBe('FAILED')
    expect(await query('SELECT * FROM attached.kept')).toEqual([['1', 'x']])
  })

  it('tells beside a result what of its rows could not be read since it changed', async () => {
    const notes = async (sql: string) => (await run(sql)).notes
    const source = put('noted.csv', 'name;price\nnut;1,5\nbolt;2,5\n')
    await attach(source, {}, 'noted')
    const sql = 'SELECT count(*), count(price) FROM attached.noted'
    expect(await notes(sql)).toBeUndefined()
    appendFileSync(source, 'screw;n/a\nshort\n')
    expect(await query(sql)).toEqual([['3', '2']])
    expect(await notes(sql)).toEqual([
      expect.stringMatching(/^1 row of noted\.csv cannot be read whole, line 5: /),
      'noted.csv, price: 1 value is no double, “n/a”, and is NULL in the table. As string it keeps them.',
    ])
    await query('CREATE VIEW over_noted AS SELECT name FROM attached.noted')
    expect(await notes('SELECT * FROM over_noted')).toHaveLength(2)
    writeFileSync(source, 'name,price\nnut,1.5\n')
    expect(await notes(sql)).toEqual([expect.stringContaining('noted.csv has other columns than when it was attached')])
    rmSync(source)
    await expect(query(sql)).rejects.toMatchObject({ code: 'FileNotFound' })
  })

  it('may be packed, JSON or Parquet', async () => {
    const lines = '{"Id":1,"tags":["x"],"o":{"k":true}}\n{"Id":2,"tags":[],"o":null}\nnonsense\n'
    const json = await attach(put('events.jsonl.gz', gzipSync(lines)))
    expect(json.found).toMatchObject({ name: 'events', broken: { count: 1, rows: [{ line: 3 }] } })
    expect(
      await query('SELECT id, cardinality(tags), o.k FROM attached.events WHERE id IS NOT NULL ORDER BY id'),
    ).toEqual([
      ['1', '1', true],
      ['2', '0', null],
    ])
    await attach(put('list.json', '[\n {"a": 1, "b": "x"},\n {"a": 2}\n]'))
    expect(await query('SELECT a, b FROM attached.list ORDER BY a')).toEqual([
      ['1', 'x'],
      ['2', null],
    ])
    await attach(put('packed.csv.zst', zstdCompressSync('n,at\n1,2024-01-02 03:04:05\n')))
    expect(await query('SELECT * FROM attached.packed')).toEqual([['1', '2024-01-02T03:04:05.000Z']])

    await query(
      "CREATE TABLE made WITH (format = 'PARQUET', external_location = 's3://tables/made/') AS SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2, 'y'",
    )
    const made = (await engines.clients.lake.locate({ uri: 's3://tables/made/' }))[0]
    renameSync(made.file, join(outside, 'made.parquet'))
    const parquet = await attach(join(outside, 'made.parquet'))
    expect(parquet.preview).toEqual([
      [1, 'x'],
      [2, 'y'],
    ])
    expect(await query('SELECT b FROM attached.made WHERE a = 2')).toEqual([['y']])
    const narrow = (await run('SELECT a FROM attached.made')).bytesScanned!
    expect(narrow).toBeGreaterThan(0)
    expect(narrow).toBeLessThan((await run('SELECT * FROM attached.made')).bytesScanned!)
  })

  it('is read in its encoding, or converted into the lake where it cannot be', async () => {
    const text = 'name;preis\nZoë;1,5\n'
    const inPlace = {
      'utf16.csv': Buffer.from(`\ufeff${text}`, 'utf16le'),
      'latin.csv': Buffer.from(text, 'latin1'),
      'bom.csv': Buffer.from(`\ufeff${text}`),
    }
    for (const [name, content] of Object.entries(inPlace)) {
      const { found, table, preview } = await attach(put(name, content))
      expect(found.inPlace, name).toBe(true)
      expect(preview, name).toEqual([['Zoë', 1.5]])
      expect(await query(`SELECT * FROM attached.${table.name}`), name).toEqual([['Zoë', 1.5]])
    }
    const converted = {
      'euro.csv': Buffer.from(text.replace('ë', '\x80'), 'latin1'),
      'be.csv.gz': gzipSync(Buffer.from(`\ufeff${text.replace('ë', '€')}`, 'utf16le').swap16()),
    }
    for (const [name, content] of Object.entries(converted)) {
      const { found, table, preview } = await attach(put(name, content))
      expect(found.inPlace, name).toBe(false)
      expect(preview, name).toEqual([['Zo€', 1.5]])
      expect(table.location).toBe(`s3://attached/${table.name}/`)
      expect(await query(`SELECT * FROM attached.${table.name}`), name).toEqual([['Zo€', 1.5]])
    }
  })

  it('may be an object of the lake, whose rows are shown in whatever encoding and however ragged', async () => {
    const { lake } = engines.clients
    await lake.createBucket({ bucket: 'objects' })
    const object = async (key: string, content: Buffer) => {
      await lake.putObject({ bucket: 'objects', key, body: new Uint8Array(content) })
      return inspect(`s3://objects/${key}`)
    }
    const latin = await object('latin.csv', Buffer.from('größe,n\nö,2\n', 'latin1'))
    expect(latin).toMatchObject({ reading: { encoding: 'latin-1', columns: [{ name: 'größe' }, { name: 'n' }] } })
    expect(rowsOf(latin.page)).toEqual([['ö', '2']])
    const wide = await object('wide.csv', Buffer.from('\ufeffa,n\nö,2\n', 'utf16le'))
    expect(rowsOf(wide.page)).toEqual([['ö', '2']])
    const ragged = await object('ragged.csv', Buffer.from('a,b,c\n1,2,3\n4,5\n6,7,8,9\n7,8,9\n'))
    expect(ragged.broken.rows.map(({ line }) => line)).toEqual([3, 4])
    expect(ragged.page.rowCount).toBe(3)
    const piped = await object('pipe.txt', Buffer.from('a|b\n1|x\n'))
    expect(rowsOf(piped.page)).toEqual([['1', 'x']])
  })

  it('follows what is chosen, and tells what a choice loses', async () => {
    const source = put('choices.csv', 'a,when\n1,03/04/2021\nx,05/06/2021\n')
    const first = await inspect(source)
    expect(first.notes).toEqual([{ field: 'dateOrder', message: expect.stringContaining('DMY or MDY') }])
    expect(rowsOf(first.page)[0]).toEqual(['1', '2021-04-03'])
    const american = await inspect(source, { dateOrder: 'MDY', types: { a: 'bigint' } })
    expect(rowsOf(american.page)).toEqual([
      ['1', '2021-03-04'],
      [null, '2021-05-06'],
    ])
    expect(american.notes).toEqual([
      {
        field: 'columns',
        message: 'a: 1 value is no bigint, “x”, and is NULL in the table. As string it keeps them.',
      },
    ])
    expect(american.unfit).toBe(1)
    expect(rowsOf((await inspect(source, { header: false })).page)).toHaveLength(3)
  })
})

describe('values of a file that is attached', () => {
  it('are whole numbers with all of their digits, or text', async () => {
    const long = '12345678901234567890'
    const longest = '9'.repeat(40)
    const source = put(
      'digits.csv',
      `k,ids,texts,mixed,edge,grouped
1,${long},${longest},${long},9223372036854775807,"12,345,678,901,234,567,890"
2,-7,1,1.5,-1,"1,000"
`,
    )
    const { found, preview } = await attach(source)
    expect(found.reading.columns.map(({ type }) => type)).toEqual([
      'bigint',
      'decimal(38,0)',
      'string',
      'string',
      'bigint',
      'decimal(38,0)',
    ])
    const rows = [
      ['1', long, longest, long, '9223372036854775807', long],
      ['2', '-7', '1', '1.5', '-1', '1000'],
    ]
    expect(preview.map((row) => row.map(String))).toEqual(rows)
    const queried = await query('SELECT * FROM attached.digits ORDER BY k')
    expect(queried.map((row) => row.map(String))).toEqual(rows)
  })

  it('are all kept where all were looked at: one that does not fit makes its column text', async () => {
    const days = await inspect(put('days.csv', 'a|b|c\n1|x|2024-01-01\n2|y|2024-02-30\n'))
    expect(days).toMatchObject({ unfit: 0, notes: [], whole: true })
    expect(rowsOf(days.page)).toEqual([
      ['1', 'x', '2024-01-01'],
      ['2', 'y', '2024-02-30'],
    ])
    // Behind the values by which the type is told.
    const numbers = Array.from({ length: 6000 }, (_, i) => `${i},${i === 5500 ? 'odd' : i}`).join('\n')
    const far = await inspect(put('far.csv', `a,b\n${numbers}\n`))
    expect(far.reading.columns).toEqual([
      { name: 'a', type: 'bigint' },
      { name: 'b', type: 'string' },
    ])
    expect(far).toMatchObject({ unfit: 0, notes: [] })
    const fractions = Array.from({ length: 6000 }, (_, i) => `${i},${i === 5500 ? '19.99' : i}`).join('\n')
    await attach(put('fractions.csv', `a,b\n${fractions}\n`))
    expect(await query('SELECT b FROM attached.fractions WHERE a = 5500')).toEqual([['19.99']])
    expect(await inspect(put('chosen.csv', 'n\n10\n19.99\n'), { types: { n: 'bigint' } })).toMatchObject({ unfit: 1 })
    const objects = Array.from({ length: 25_000 }, (_, i) => `{"a":${i},"b":${i === 24_000 ? '19.99' : i}}`).join('\n')
    await attach(put('objects.json', objects))
    expect(await query('SELECT b FROM attached.objects WHERE a = 24000')).toEqual([[19.99]])
    // A part of a file says nothing of the rest: the type stays, and the loss is told.
    const padded = Array.from({ length: 6000 }, (_, i) => `${i === 5500 ? 'odd' : i},${'x'.repeat(750)}`).join('\n')
    const part = await inspect(put('part.csv', `n,pad\n${padded}\n`))
    expect(part).toMatchObject({
      whole: false,
      unfit: 1,
      notes: [{ field: 'columns', message: expect.stringContaining('n: 1 value is no bigint, “odd”') }],
    })
  })
})

describe('a folder that is attached', () => {
  it('is one table of its like files, those that come later too', async () => {
    put('sales/2023.csv', 'id,n\n1,10\n')
    put('sales/deep/2024.csv', 'id,n\n2,20\n')
    put('sales/.hidden.csv', 'nothing')
    put('sales/README.md', '# Sales')
    const { found } = await attach(join(outside, 'sales'))
    expect(found).toMatchObject({ name: 'sales', files: 2 })
    put('sales/2025.csv', 'id,n\n3,30\n')
    expect(await query('SELECT sum(n) FROM attached.sales')).toEqual([['60']])
    put('mixed/a.csv', 'a,b\n1,2\n')
    put('mixed/b.csv', 'b,a\n1,2\n')
    expect(await failure(inspect(join(outside, 'mixed')))).toContain('source: b.csv has other columns than a.csv')
    put('both/a.csv', 'a\n1\n')
    put('both/b.json', '{"a":1}\n')
    expect(await failure(inspect(join(outside, 'both')))).toContain('CSV files and JSON files')
  })

  it('leads nowhere else by a link', async () => {
    put('links/a.csv', 'a\n1\n')
    const secret = put('secret.csv', 'a\nsecret\n')
    await attach(join(outside, 'links'))
    for (const target of [secret, join(workspace, '.millrace', 'catalog', 'catalog.sqlite')]) {
      symlinkSync(target, join(outside, 'links', 'b.csv'))
      expect(await failure(query('SELECT * FROM attached.links'))).toContain(
        'a link that leads out of the attached folder',
      )
      expect(await failure(inspect(join(outside, 'links')))).toContain('AccessDeniedException source')
      rmSync(join(outside, 'links', 'b.csv'))
    }
    const replaced = put('replaced.csv', 'a\n1\n')
    await attach(replaced)
    rmSync(replaced)
    symlinkSync(secret, replaced)
    expect(await failure(query('SELECT * FROM attached.replaced'))).toContain(
      'leads elsewhere by a link since it was attached',
    )
  })
})

describe('what is not attached', () => {
  it('is none of the files of Millrace, nor what holds them', async () => {
    symlinkSync(join(workspace, '.millrace'), join(outside, 'inner'))
    for (const source of [
      join(workspace, '.millrace', 'catalog', 'catalog.sqlite'),
      join(outside, 'inner', 'catalog', 'catalog.sqlite'),
      join(workspace, '..'),
      workspace,
      join(home, 'trusted.json'),
    ])
      expect(await failure(inspect(source)), source).toContain('AccessDeniedException source: ')
    const data = join(workspace, 'data', 'own.csv')
    mkdirSync(join(workspace, 'data'), { recursive: true })
    writeFileSync(data, 'a,b\n1,2\n')
    expect(await inspect(data)).toMatchObject({ name: 'own' })
  })

  it('is said at its field', async () => {
    expect(await failure(inspect(join(outside, 'nothing.csv')))).toContain('FileNotFound source: There is no')
    expect(await failure(inspect('relative.csv'))).toContain('source: Give the whole path')
    expect(await failure(inspect(put('empty.csv', '')))).toContain('The file is empty')
    expect(await failure(inspect(put('book.xlsx', Buffer.from('504b030414000600', 'hex'))))).toContain(
      'save its sheet as CSV',
    )
    expect(await failure(inspect(put('cut.csv.gz', gzipSync('a,b\n1,2\n').subarray(0, 12))))).toContain(
      'cannot be read',
    )
    const { reading } = await inspect(`"${put('named.csv', 'a,b\n1,2\n')}"`)
    const named = (name: string) =>
      failure(
        Array.fromAsync(engines.clients.catalog.attachFile({ name, source: join(outside, 'named.csv'), reading })),
      )
    expect(await named('Ümlaut')).toContain('InvalidInputException name')
    expect(await named('named')).toBe('it went well')
    expect(await named('named')).toContain('AlreadyExistsException name')
  })
})

describe('attached files of a workspace', () => {
  it('are read in place when it is opened again, without another name for them, and missed by their path', async () => {
    const source = put('again.csv', 'a\n1\n')
    await attach(source)
    await engines.stop()
    await start()
    expect(await query('SELECT * FROM attached.again')).toEqual([['1']])
    expect(await query('SELECT sum(n) FROM attached.sales')).toEqual([['60']])
    expect(readdirSync(join(workspace, '.millrace/olap/inbox'))).toEqual([])
    rmSync(source)
    expect(await failure(query('SELECT * FROM attached.again'))).toContain(
      `${source} is not there, which attached.again reads`,
    )
  })

  it('are not read where its user does not trust it', async () => {
    await engines.stop()
    rmSync(join(home, 'trusted.json'))
    await start()
    const source = join(outside, 'kept.csv')
    expect(await failure(query('SELECT * FROM attached.kept'))).toContain(
      'opens restricted: files outside of it are not read',
    )
    expect(await failure(inspect(source))).toContain('RestrictedWorkspace source')
    // What lies in the lake came with the workspace.
    expect(await query('SELECT * FROM attached.euro')).toEqual([['Zo€', 1.5]])
  })
})
