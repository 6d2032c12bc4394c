import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Duck, openDuck, packStrings } from '../../src/engines/kit/node/duck.ts'

let directory: string
let close: () => Promise<void>
let duck: Duck

async function open(): Promise<void> {
  duck = await openDuck({
    workspaceDirectory: directory,
    limits: { olapMemoryBytes: 512 * 1024 ** 2, olapThreads: 2 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    shared: async (_key, make) => {
      const made = await make()
      close = () => made.close()
      return made.value
    },
  })
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-duck-'))
  mkdirSync(join(directory, 'lake'))
  await open()
})

afterEach(async () => {
  await close()
  rmSync(directory, { recursive: true, force: true })
})

describe('values', () => {
  it('keeps every digit of int64 and decimals and gives times in UTC', async () => {
    const table = await duck.query(`
      SELECT 9007199254740993::BIGINT AS big, 12345678901234567890.123456789::DECIMAL(38,9) AS dec, 7::INTEGER AS i,
        'nan'::DOUBLE AS n, TIMESTAMP '2001-02-03 04:05:06.123456' AS ts, TIMESTAMPTZ '2001-02-03 04:05:06+02' AS tz,
        DATE '0099-01-01' AS d, TIME '01:02:03' AS t, [1, NULL, 3] AS l, {'a': 1.5::DECIMAL(3,1), 'b': 'x'} AS s,
        MAP {'k': 1} AS m, 'ab'::BLOB AS bin, NULL AS nothing, '{"a": [1]}'::JSON AS j, true AS yes,
        INTERVAL '1 month 2 days 3 seconds' AS lasting`)
    expect(Object.fromEntries(table.columns.map((column, i) => [column.name, table.values[i][0]]))).toEqual({
      big: '9007199254740993',
      dec: '12345678901234567890.123456789',
      i: 7,
      n: 'NaN',
      ts: '2001-02-03T04:05:06.123456Z',
      tz: '2001-02-03T02:05:06.000Z',
      d: '0099-01-01',
      t: '01:02:03',
      l: '[1,null,3]',
      s: '{"a":"1.5","b":"x"}',
      m: '{"k":1}',
      bin: '6162',
      nothing: null,
      j: '{"a": [1]}',
      yes: true,
      lasting: '1 month 2 days 00:00:03',
    })
    expect(table.columns.map((column) => column.type)).toEqual(
      'bigint decimal integer double timestamp timestamp date time json json json binary integer json boolean string'.split(
        ' ',
      ),
    )
  })
})

describe('reach', () => {
  it.each([
    `SELECT * FROM read_text('/etc/passwd')`,
    `SELECT * FROM read_csv('/etc/passwd')`,
    `COPY (SELECT 1) TO '/tmp/millrace-escape.csv'`,
    `ATTACH '/tmp/millrace-escape.duckdb'`,
    `INSTALL httpfs`,
    `LOAD httpfs`,
    `SET memory_limit = '100GB'`,
    `SET enable_external_access = true`,
    `RESET threads`,
    `PRAGMA threads = 1`,
    `EXPORT DATABASE '/tmp/millrace-escape'`,
  ])('refuses %s', async (sql) => {
    await expect(duck.query(sql)).rejects.toThrow()
  })

  it('refuses the runtime folder, paths that climb and links that lead out of the lake', async () => {
    writeFileSync(join(directory, '.millrace', 'secret.csv'), 'a\n1\n')
    writeFileSync(join(directory, 'lake', 'fine.csv'), 'a\n1\n')
    symlinkSync('/etc/passwd', join(directory, 'lake', 'link.csv'))
    const read = (path: string) => duck.query(`SELECT * FROM read_text('${join(directory, path)}')`)
    await expect(read('lake/fine.csv')).resolves.toMatchObject({ rowCount: 1 })
    await expect(read('.millrace/secret.csv')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    await expect(duck.query(`SELECT * FROM read_text('${directory}/lake/../.millrace/secret.csv')`)).rejects.toThrow()
    await expect(read('lake/link.csv')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  it('reads a checked file elsewhere in the workspace by a second name, and again after it has changed', async () => {
    const file = join(directory, 'root.csv')
    writeFileSync(file, 'a\n1\n')
    const read = async () =>
      (await duck.query(`SELECT * FROM read_csv('${await duck.readable(file)}', header = true)`)).values[0]
    expect(await read()).toEqual(['1'])
    writeFileSync(file, 'a\n1\n22\n')
    expect(await read()).toEqual(['1', '22'])
  })
})

describe('work', () => {
  it('names the kind of a statement and refuses two at once', async () => {
    const kinds = await duck.use(async (session) => {
      const kinds: string[] = []
      for (const sql of ['SELECT 1', 'SET threads = 1', `ATTACH 'x'`, 'LOAD httpfs', 'CREATE TABLE t(a INT)']) {
        kinds.push((await session.describe(sql)).kind)
      }
      return kinds
    })
    expect(kinds).toEqual(['SELECT', 'SET', 'ATTACH', 'LOAD', 'CREATE'])
    await expect(duck.use((session) => session.describe('SELECT 1; SELECT 2'))).rejects.toMatchObject({
      code: 'SYNTAX_ERROR',
    })
  })

  it('gives the place of an error', async () => {
    await expect(duck.query('SELECT 1,\n  nope FROM range(3)')).rejects.toMatchObject({
      code: 'SYNTAX_ERROR',
      at: { line: 2, column: 3 },
    })
  })

  const endless = 'SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(10000000) b'

  it('interrupts on abort and the connection is of use after it', async () => {
    const abort = new AbortController()
    const running = duck.query(endless, { signal: abort.signal, lane: 'user' })
    setTimeout(() => abort.abort(), 30)
    await expect(running).rejects.toMatchObject({ code: 'Cancelled' })
    await expect(duck.query('SELECT 1', { lane: 'user' })).resolves.toMatchObject({ rowCount: 1 })
  })

  it('waits its turn, and gives up its place when cancelled', async () => {
    const aborts = Array.from({ length: 12 }, () => new AbortController())
    const running = aborts.map(({ signal }) => duck.query(endless, { signal, lane: 'user' }).catch((e) => e.code))
    expect((await duck.query('SELECT 42 AS a')).values).toEqual([[42]])
    for (const abort of aborts.reverse()) abort.abort()
    expect(new Set(await Promise.all(running))).toEqual(new Set(['Cancelled']))
  })

  it('streams in order and stops when the taker stops', async () => {
    const seen = duck.stream(async function* (session) {
      for await (const chunk of session.stream('SELECT range AS i FROM range(50000000)'))
        yield { first: chunk.getColumnVector(0).getItem(0), rows: chunk.rowCount }
    })
    let next = 0n
    for await (const { first, rows } of seen) {
      expect(first).toBe(next)
      next += BigInt(rows)
      if (next > 100_000n) break
    }
    expect(next).toBeGreaterThan(100_000n)
  })

  it('tells a stream that failed half-way from one that is complete', async () => {
    const rows = async (sql: string) => {
      let count = 0
      const counted = duck.stream(async function* (session) {
        for await (const chunk of session.stream(sql)) yield chunk.rowCount
      })
      for await (const more of counted) count += more
      return count
    }
    const failingAt = (row: number) =>
      `SELECT CASE WHEN i = ${row} THEN error('row ${row} is damaged') ELSE i::VARCHAR END AS "a ""quoted"" name" FROM range(200000) t(i) -- all`
    await expect(rows(failingAt(150_000))).rejects.toThrow('row 150000 is damaged')
    expect(await rows(failingAt(-1))).toBe(200_000)
    expect(await rows('SELECT 1 AS a, 2 AS a WHERE false')).toBe(0)
  })

  it('packs strings as they are, short and long, NULL and empty', async () => {
    const expected = Array.from({ length: 3000 }, (_, i) => (i % 7 === 0 ? '' : 'é'.repeat(i % 40)))
    const packed = duck.stream(async function* (session) {
      const chunks = session.stream(
        `SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE repeat('é', (i % 40)::INT) END, CASE WHEN i % 2 = 0 THEN 'k' END FROM range(3000) t(i)`,
      )
      for await (const chunk of chunks) yield [packStrings(chunk, 0), packStrings(chunk, 1)]
    })
    const texts: string[] = []
    let short = ''
    for await (const [long, inline] of packed) {
      for (let i = 0; i < long.ends.length; i++) {
        texts.push(Buffer.from(long.bytes.subarray(i && long.ends[i - 1], long.ends[i])).toString())
      }
      short += Buffer.from(inline.bytes).toString()
    }
    expect(texts).toEqual(expected)
    expect(short).toBe('k'.repeat(1500))
  })

  it('reads strings as they are, of ASCII and not, NULL and empty', async () => {
    const text = (i: number, letter: string) => (i % 7 === 0 ? null : letter.repeat(i % 40))
    const { values } = await duck.query(
      `SELECT CASE WHEN i % 7 <> 0 THEN repeat('e', (i % 40)::INT) END,
              CASE WHEN i % 7 <> 0 THEN repeat('é', (i % 40)::INT) END,
              CASE WHEN i = 2999 THEN '\ufeff🙂' ELSE '' END
       FROM range(3000) t(i) ORDER BY i`,
    )
    const rows = Array.from({ length: 3000 }, (_, i) => i)
    expect(values[0]).toEqual(rows.map((i) => text(i, 'e')))
    expect(values[1]).toEqual(rows.map((i) => text(i, 'é')))
    expect(values[2]).toEqual([...Array(2999).fill(''), '\ufeff🙂'])
  })

  it('closes while a stream waits for its taker', async () => {
    const rows = duck.stream(async function* (session) {
      yield* session.stream('SELECT range FROM range(50000000)')
    })
    await rows.next()
    await close()
    await expect(rows.next()).rejects.toMatchObject({ code: 'Cancelled' })
    await open()
  })

  it('closes while queries run, and keeps what was committed', async () => {
    await duck.query('CREATE TABLE warehouse.t AS SELECT 1 AS a')
    const running = duck.query(endless, { lane: 'user' }).catch((error) => error.code)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await close()
    expect(['Cancelled', 'ConnectionLost']).toContain(await running)
    await expect(duck.query('SELECT 1')).rejects.toMatchObject({ code: 'ConnectionLost' })
    await open()
    expect((await duck.query('SELECT a FROM warehouse.t')).values).toEqual([[1]])
  })

  it('says which file is damaged and leaves it alone', async () => {
    await close()
    writeFileSync(join(directory, '.millrace/warehouse/dev.duckdb'), 'not a database')
    await open()
    expect(() => duck.require('warehouse')).toThrow(/\.millrace\/warehouse\/dev\.duckdb could not be opened/)
    expect(() => duck.require('spice')).not.toThrow()
    expect((await duck.query('SELECT 1 AS a')).rowCount).toBe(1)
  })
})
