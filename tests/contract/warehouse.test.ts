import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startWarehouse, type TestWarehouse } from '../support/warehouse.ts'

let directory: string
let db: TestWarehouse
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-wh-'))
  db = await startWarehouse(directory)
})
afterEach(async () => {
  await db.stop()
  rmSync(directory, { recursive: true, force: true })
})
const restart = async () => {
  await db.stop()
  db = await startWarehouse(directory)
}
const count = (table: string) => db.rows(`SELECT count(*) FROM ${table}`).then(([[value]]) => Number(value))
const failure = async (sql: string) => {
  const { state, error } = await db.run(sql)
  expect(state).toBe('FAILED')
  return error!
}

describe('tables', () => {
  test('placement, encodings and identity are recorded, shown and survive a restart', async () => {
    await db.rows(`CREATE TABLE IF NOT EXISTS sales (
      id BIGINT IDENTITY(10, 5), seller INTEGER NOT NULL ENCODE az64 DISTKEY, sold DATE SORTKEY, note VARCHAR(8) ENCODE lzo DEFAULT 'none',
      amount NUMERIC(10, 2), PRIMARY KEY (id), FOREIGN KEY (seller) REFERENCES sellers (id)
    ) DISTSTYLE KEY;
    INSERT INTO sales (seller, sold) VALUES (1, '2008-01-01'), (2, '2008-01-02')`)
    await restart()
    await db.rows("INSERT INTO sales (seller, sold, amount) VALUES (3, '2008-01-03', 1.234)")
    expect(await db.rows('SELECT id, note, amount FROM sales ORDER BY id')).toEqual([
      ['10', 'none', null],
      ['15', 'none', null],
      ['20', 'none', '1.23'],
    ])
    const [table] = await db.clients.warehouse.listTables({})
    expect(table).toMatchObject({
      schema: 'public',
      name: 'sales',
      rowCount: 3,
      distStyle: 'KEY',
      distKey: 'seller',
      sortKeys: ['sold'],
    })
    expect(table.columns.map((column) => column.declared)).toEqual([
      'bigint',
      'integer',
      'date',
      'character varying(8)',
      'numeric(10,2)',
    ])
    expect(
      await db.rows(
        `SELECT "column", type, encoding, distkey, sortkey, "notnull" FROM pg_table_def WHERE tablename = 'sales'`,
      ),
    ).toEqual([
      ['id', 'bigint', 'none', false, 0, true],
      ['seller', 'integer', 'az64', true, 0, true],
      ['sold', 'date', 'none', false, 1, false],
      ['note', 'character varying(8)', 'lzo', false, 0, false],
      ['amount', 'numeric(10,2)', 'none', false, 0, false],
    ])
    expect(await db.rows('SELECT diststyle, sortkey1 FROM svv_table_info')).toEqual([['KEY(seller)', 'sold']])
  })

  test('values that do not fit are refused in the words of Redshift', async () => {
    await db.rows('CREATE TABLE t (a VARCHAR(3), b INT NOT NULL, c SMALLINT)')
    expect(await failure("INSERT INTO t VALUES ('abcd', 1, 1)")).toMatchObject({
      code: '22001',
      message: 'value too long for type character varying(3)',
    })
    expect((await failure('INSERT INTO t (a) VALUES (1)')).code).toBe('23502')
    expect((await failure("INSERT INTO t VALUES ('a', 1, 99999)")).code).toBe('22003')
    expect((await failure("INSERT INTO t VALUES ('a', 'x', 1)")).code).toBe('22P02')
    expect((await failure('CREATE TABLE t (a INT)')).code).toBe('42P07')
    expect((await failure('CREATE TABLE u (a INT) DISTSTYLE ALL DISTKEY (a)')).code).toBe('42P16')
    expect((await failure('CREATE TABLE u (a INT) SORTKEY (b)')).code).toBe('42703')
    expect((await failure('CREATE TABLE u (a SUPER)')).message).toMatch(/type super/)
    expect((await failure('CREATE TABLE u (a INT ENCODE fast)')).message).toMatch(/encoding "fast"/)
  })

  test('CREATE TABLE AS, views, schemas, ALTER, TRUNCATE and DROP', async () => {
    await db.rows(
      'CREATE SCHEMA mart; CREATE TABLE public.a (x INT, y VARCHAR(5)); INSERT INTO a VALUES (1, $$)'.replace(
        '$$',
        "'q'",
      ),
    )
    expect((await db.run('CREATE TABLE mart.b DISTKEY (n) SORTKEY (n) AS SELECT x + 1 AS n, y FROM a')).rowCount).toBe(
      1,
    )
    await db.rows('CREATE VIEW mart.v AS SELECT n, getdate() AS at FROM mart.b WITH NO SCHEMA BINDING')
    expect(await db.rows('SELECT * FROM mart.v')).toEqual([[2, '2001-01-01T00:00:00.000Z']])
    await db.rows(`ALTER TABLE a ADD COLUMN z INT DEFAULT 7; ALTER TABLE a RENAME COLUMN x TO id; ALTER TABLE a DROP COLUMN y;
      ALTER TABLE a RENAME TO c; ALTER TABLE c ALTER DISTKEY id; ALTER TABLE c ALTER SORTKEY (id)`)
    expect(await db.rows('SELECT id, z FROM c')).toEqual([[1, 7]])
    const tables = await db.clients.warehouse.listTables({})
    expect(tables.map(({ schema, name, distKey, sortKeys }) => [schema, name, distKey, sortKeys])).toEqual([
      ['mart', 'b', 'n', ['n']],
      ['public', 'c', 'id', ['id']],
    ])
    expect((await failure('ALTER TABLE c DROP COLUMN id')).message).toMatch(/distribution or sort key/)
    await db.rows('TRUNCATE c')
    expect(await count('c')).toBe(0)
    expect((await failure('DROP SCHEMA mart')).code).toBe('2BP01')
    await db.rows('DROP SCHEMA mart CASCADE; DROP TABLE IF EXISTS nothing, c')
    expect(await db.clients.warehouse.listTables({})).toEqual([])
  })

  test('temporary tables are gone with their text', async () => {
    expect(await db.rows('CREATE TEMP TABLE s (a INT); INSERT INTO s VALUES (1); SELECT a FROM s')).toEqual([[1]])
    expect((await failure('SELECT * FROM s')).code).toBe('42P01')
  })
})

describe('transactions', () => {
  test('a text is one transaction; BEGIN and COMMIT make their own', async () => {
    await db.rows('CREATE TABLE t (a INT NOT NULL)')
    expect((await failure('INSERT INTO t VALUES (1); INSERT INTO t VALUES (NULL)')).at).toMatchObject({
      line: 1,
      column: 27,
    })
    expect(await count('t')).toBe(0)
    await failure('BEGIN; INSERT INTO t VALUES (1); COMMIT; BEGIN; INSERT INTO t VALUES (2); SELECT nope; COMMIT')
    expect(await count('t')).toBe(1)
    await db.rows('BEGIN; DELETE FROM t; ROLLBACK')
    expect(await count('t')).toBe(1)
    expect((await failure('BEGIN; DELETE FROM t')).message).toMatch(/not committed/)
    expect(await count('t')).toBe(1)
    expect(await db.rows('BEGIN; UPDATE t SET a = a + 1; SELECT a FROM t; COMMIT')).toEqual([[2]])
    await failure('CREATE TABLE u (a INT); SELECT nope')
    expect((await db.clients.warehouse.listTables({})).map((table) => table.name)).toEqual(['t'])
  })

  test('UPDATE and DELETE with other tables say how many rows they changed', async () => {
    await db.rows(
      'CREATE TABLE a (i INT, v INT); CREATE TABLE b (i INT, v INT); INSERT INTO a VALUES (1,1),(2,2); INSERT INTO b VALUES (2,20)',
    )
    expect((await db.run('UPDATE a SET v = b.v FROM b WHERE a.i = b.i')).rowCount).toBe(1)
    expect((await db.run('DELETE FROM a USING b WHERE a.i = b.i AND a.v = 20')).rowCount).toBe(1)
    expect(await db.rows('SELECT * FROM a')).toEqual([[1, 1]])
  })
})

describe('statements', () => {
  test('history and results survive a restart, page by page', async () => {
    await db.rows('CREATE TABLE n (i INT); INSERT INTO n VALUES (1),(2),(3),(4),(5)')
    const { statementId } = await db.run('SELECT i, i AS i FROM n ORDER BY i DESC')
    await restart()
    const page = await db.clients.warehouse.results({ statementId, start: 2, rows: 2 })
    expect(page).toMatchObject({
      start: 2,
      rowCount: 2,
      values: [
        [3, 2],
        [3, 2],
      ],
    })
    expect(page.columns.map((column) => column.name)).toEqual(['i', 'i'])
    const history = await db.clients.warehouse.listStatements({})
    expect(history.map((its) => its.state)).toEqual(['FINISHED', 'FINISHED'])
    expect(history[0]).toMatchObject({ statementId, rowCount: 5 })
  })

  test('whoever looks at the history hears of each statement to its end', async () => {
    const stop = new AbortController()
    const told: string[] = []
    const listening = (async () => {
      for await (const changes of db.clients.warehouse.watchStatements({}, { signal: stop.signal }))
        for (const { sql, state } of changes) {
          told.push(`${sql} ${state}`)
          if (state === 'FINISHED') return
        }
    })()
    await db.rows('SELECT 77')
    await listening
    stop.abort()
    expect(told.at(-1)).toBe('SELECT 77 FINISHED')
  })

  test('the first rows of a SELECT are previewed without a statement in the history', async () => {
    const before = await db.clients.warehouse.listStatements({})
    const page = await db.clients.warehouse.preview({
      sql: 'WITH a AS (SELECT 1 AS one, 2 AS two) SELECT * FROM a',
      rows: 5,
    })
    expect(page.columns.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(page.values).toEqual([[1], [2]])
    await expect(db.clients.warehouse.preview({ sql: 'DROP TABLE x' })).rejects.toMatchObject({ code: '42601' })
    expect(await db.clients.warehouse.listStatements({})).toEqual(before)
  })

  test('a statement can be stopped', async () => {
    await db.rows('CREATE TABLE n (i INT); INSERT INTO n VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)')
    const { statementId } = await db.clients.warehouse.startStatement({
      sql: 'SELECT count(*) FROM n a, n b, n c, n d, n e, n f, n g, n h, n i, n j, n k WHERE a.i * b.i + c.i * d.i = k.i * j.i + 1',
    })
    const stopped = await db.clients.warehouse.stopStatement({ statementId })
    expect(stopped).toMatchObject({ state: 'ABORTED', error: { code: '57014' } })
    expect(await count('n')).toBe(10)
  })

  test('the check finds the first error; the plan is named for what it is', async () => {
    const { warehouse } = db.clients
    await db.rows('CREATE TABLE n (i INT)')
    expect(await warehouse.check({ sql: 'SELECT i FROM n; CREATE TABLE z (a INT); SELECT a FROM n' })).toEqual({})
    expect((await warehouse.check({ sql: 'SELECT i\nFROM n\nWHERE j = 1' })).error).toMatchObject({
      code: '42703',
      at: { line: 3, column: 7 },
    })
    expect((await warehouse.check({ sql: 'SELEC 1' })).error).toMatchObject({
      code: '0A000',
      at: { line: 1, column: 1 },
    })
    const { plan } = await warehouse.explain({ sql: 'SELECT count(*) FROM n', analyze: true })
    expect(JSON.stringify(plan)).toContain('operator_timing')
    expect((await warehouse.explain({ sql: 'SELECT * FROM n' })).text).toMatch(/SEQ_SCAN|EMPTY_RESULT/)
    expect((await db.rows('EXPLAIN SELECT * FROM n'))[0]).toEqual(["DuckDB's plan:"])
  })

  test('the watch tells which tables changed, once the change is committed', async () => {
    await db.rows('CREATE TABLE n (i INT)')
    const ending = new AbortController()
    const feed = db.clients.warehouse.watch({}, { signal: ending.signal })[Symbol.asyncIterator]()
    const first = feed.next()
    await failure('INSERT INTO n VALUES (1); SELECT nope')
    await db.rows('INSERT INTO n VALUES (1)')
    expect((await first).value).toEqual({ schema: 'public', table: 'n' })
    ending.abort()
  })
})
