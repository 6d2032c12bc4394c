import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SESSIONS } from '../../src/engines/kit/node/duck.ts'
import type { SessionState, StatementExecution } from '../../src/engines/warehouse/contract.ts'
import { startWarehouse, type TestWarehouse } from '../support/warehouse.ts'

let directory: string
let db: TestWarehouse
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-sessions-'))
  db = await startWarehouse(directory)
})
afterEach(async () => {
  await db.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** A session, followed as a tab of the workbench follows it. */
async function open() {
  const stop = new AbortController()
  const states: SessionState[] = []
  const opened = Promise.withResolvers<string>()
  const ended = (async () => {
    for await (const state of db.clients.warehouse.session({}, { signal: stop.signal })) {
      states.push(state)
      opened.resolve(state.sessionId)
    }
  })().catch((thrown) => opened.reject(thrown))
  const sessionId = await opened.promise
  const start = (sql: string) => db.clients.warehouse.startStatement({ sql, sessionId })
  const run = async (sql: string): Promise<StatementExecution> => end(await start(sql))
  return {
    sessionId,
    states,
    start,
    run,
    rows: async (sql: string) => {
      const { statementId, error } = await run(sql)
      if (error) throw new Error(`${error.code}: ${error.message}`)
      const page = await db.clients.warehouse.results({ statementId })
      return Array.from({ length: page.rowCount }, (_, r) => page.values.map((column) => column[r]))
    },
    failure: async (sql: string) => (await run(sql)).error,
    close: async () => {
      stop.abort()
      await ended.catch(() => {})
    },
  }
}

async function end(execution: StatementExecution): Promise<StatementExecution> {
  for await (const now of db.clients.warehouse.watchStatement({ statementId: execution.statementId })) execution = now
  return execution
}

test('a temporary table lives from one statement to the next, seen by its own session alone, and goes with it', async () => {
  await db.rows('CREATE TABLE t (a INT); INSERT INTO t VALUES (1)')
  const [mine, other] = [await open(), await open()]
  await mine.rows('CREATE TEMP TABLE picked AS SELECT a + 1 AS b FROM t')
  expect(await mine.rows('SELECT * FROM picked')).toEqual([[2]])
  expect((await other.failure('SELECT * FROM picked'))?.code).toBe('42P01')
  const look = { sql: 'SELECT b FROM picked', sessionId: mine.sessionId }
  expect(await db.clients.warehouse.check(look)).toEqual({})
  expect((await db.clients.warehouse.check({ sql: look.sql })).error?.code).toBe('42P01')
  expect((await db.clients.warehouse.preview(look)).values).toEqual([[2]])
  expect((await db.clients.warehouse.explain({ ...look, analyze: true })).text).not.toBe('')
  // A temporary table hides the permanent one of its name, and dropping it brings that back.
  await mine.rows('CREATE TEMP TABLE t AS SELECT 7 AS a')
  expect(await mine.rows('SELECT a FROM t')).toEqual([[7]])
  expect(await other.rows('SELECT a FROM t')).toEqual([[1]])
  await mine.rows('DROP TABLE t')
  expect(await mine.rows('SELECT a FROM t')).toEqual([[1]])
  await expect.poll(() => mine.states.at(-1)).toMatchObject({ transaction: 'none', temporaries: ['picked'] })
  await mine.close()
  await expect(mine.start('SELECT * FROM picked')).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
  await other.close()
  const next = await open()
  expect((await next.failure('SELECT * FROM picked'))?.code).toBe('42P01')
})

test('a transaction spans statements: unseen by others until COMMIT, gone with ROLLBACK, its rows kept for paging', async () => {
  await db.rows('CREATE TABLE t (a INT)')
  const announced: string[] = []
  const watching = new AbortController()
  void (async () => {
    for await (const { table } of db.clients.warehouse.watch({}, { signal: watching.signal })) announced.push(table)
  })().catch(() => {})
  const session = await open()
  await session.rows('BEGIN')
  await session.rows('INSERT INTO t VALUES (1), (2)')
  await expect.poll(() => session.states.at(-1)?.transaction).toBe('open')
  // Rows of any type come out of the open transaction, while others see the table as it was.
  const read = await session.run(
    `SELECT a, a::numeric(12,3) / 4 AS n, 'x' || a AS s, sum(a) OVER () AS total, '2020-01-01'::date + a AS d FROM t ORDER BY a`,
  )
  const page = () => db.clients.warehouse.results({ statementId: read.statementId })
  const kept = await page()
  expect(kept.values).toEqual([
    [1, 2],
    [0.25, 0.5],
    ['x1', 'x2'],
    ['3', '3'],
    ['2020-01-02', '2020-01-03'],
  ])
  expect(await db.rows('SELECT count(*) FROM t')).toEqual([['0']])
  expect(await session.rows('EXPLAIN SELECT * FROM t')).not.toHaveLength(0)
  expect(announced).toEqual([])
  await session.rows('COMMIT')
  expect(await db.rows('SELECT count(*) FROM t')).toEqual([['2']])
  await expect.poll(() => announced).toEqual(['t'])
  expect(await page()).toEqual(kept)

  await session.rows('BEGIN; DELETE FROM t')
  await session.rows('CREATE TEMP TABLE made AS SELECT 1 AS x')
  await session.rows('ROLLBACK')
  expect(await session.rows('SELECT count(*) FROM t')).toEqual([['2']])
  expect((await session.failure('SELECT * FROM made'))?.code).toBe('42P01')
  await expect.poll(() => session.states.at(-1)).toMatchObject({ transaction: 'none', temporaries: [] })
  watching.abort()
})

test('a million rows are read out of an open transaction, in their order', async () => {
  const session = await open()
  await session.rows('CREATE TABLE t AS SELECT 1 AS a')
  await session.rows('BEGIN; INSERT INTO t VALUES (2)')
  const digits = Array.from({ length: 10 }, (_, d) => `SELECT ${d} AS d`).join(' UNION ALL ')
  const { statementId, rowCount, error } = await session.run(
    `WITH n AS (${digits}) SELECT row_number() OVER (ORDER BY a.d, b.d, c.d, d.d, e.d, f.d) AS i, 'row ' || i AS s
     FROM n a, n b, n c, n d, n e, n f ORDER BY 1`,
  )
  expect(error).toBeUndefined()
  expect(rowCount).toBe(1_000_000)
  const page = await db.clients.warehouse.results({ statementId, start: 999_998, rows: 10 })
  expect(page.values).toEqual([
    ['999999', '1000000'],
    ['row 999999', 'row 1000000'],
  ])
})

test('a statement that fails in a transaction undoes it, and nothing else is taken until its end is said', async () => {
  await db.rows('CREATE TABLE t (a INT); INSERT INTO t VALUES (1)')
  const session = await open()
  await session.rows('BEGIN')
  await session.rows('INSERT INTO t VALUES (2)')
  expect((await session.failure("INSERT INTO t VALUES ('x')"))?.code).toBe('22P02')
  await expect.poll(() => session.states.at(-1)?.transaction).toBe('failed')
  expect(await session.failure('SELECT a\nFROM t')).toMatchObject({ code: '25P02', at: { line: 1, column: 1 } })
  expect((await session.failure('COMMIT'))?.message).toContain('rolled back')
  expect(await session.rows('SELECT a FROM t')).toEqual([[1]])
  // Outside a transaction a failure costs its own statement alone.
  expect((await session.failure('SELECT * FROM nope'))?.code).toBe('42P01')
  await session.rows('CREATE TEMP TABLE kept AS SELECT 1 AS x')
  expect((await session.failure('SELECT 1 / (x - 1) FROM kept'))?.code).toBe('22012')
  expect(await session.rows('SELECT x FROM kept')).toEqual([[1]])
})

test('of two transactions that change one row the second is rolled back, and its session goes on', async () => {
  await db.rows('CREATE TABLE t (a INT); INSERT INTO t VALUES (1)')
  const [first, second] = [await open(), await open()]
  await first.rows('BEGIN; UPDATE t SET a = 2')
  await second.rows('BEGIN')
  expect((await second.failure('UPDATE t SET a = 3'))?.code).toBe('40001')
  await first.rows('COMMIT')
  await second.rows('ROLLBACK')
  await second.rows('BEGIN; UPDATE t SET a = a + 10; COMMIT')
  expect(await db.rows('SELECT a FROM t')).toEqual([[12]])
})

test('a look in passing never costs the transaction; a measured plan that fails ends it and says so', async () => {
  await db.rows("CREATE TABLE t (a VARCHAR(5)); INSERT INTO t VALUES ('x')")
  const session = await open()
  const { sessionId } = session
  await session.rows("BEGIN; INSERT INTO t VALUES ('y')")
  await expect.poll(() => session.states.at(-1)?.transaction).toBe('open')
  const wrong = { sql: 'SELECT a::int FROM t', sessionId }
  await expect(db.clients.warehouse.preview(wrong)).rejects.toMatchObject({ code: '25001' })
  expect((await db.clients.warehouse.check({ sql: 'SELECT nope FROM t', sessionId })).error?.code).toBe('42703')
  expect(await session.rows('SELECT count(*) FROM t')).toEqual([['2']])
  await expect(db.clients.warehouse.explain({ ...wrong, analyze: true })).rejects.toMatchObject({ code: '22P02' })
  await expect.poll(() => session.states.at(-1)?.transaction).toBe('failed')
  await session.rows('ROLLBACK')
  expect(await session.rows('SELECT count(*) FROM t')).toEqual([['1']])
})

test('statements of a session run one after the other; one that waits is cancelled at once, and the end of the session waits', async () => {
  await db.rows('CREATE TABLE t (a BIGINT)')
  const session = await open()
  const digits = Array.from({ length: 10 }, (_, d) => `SELECT ${d} AS d`).join(' UNION ALL ')
  const long = await session.start(
    `CREATE TEMP TABLE n AS ${digits}; INSERT INTO t SELECT a.d + b.d * c.d + d.d * e.d + f.d * g.d FROM n a, n b, n c, n d, n e, n f, n g`,
  )
  const waiting = await session.start('INSERT INTO t VALUES (-1)')
  const cancelled = await db.clients.warehouse.stopStatement({ statementId: waiting.statementId })
  expect(cancelled.state).toBe('ABORTED')
  await session.close()
  expect((await end(long)).state).toBe('FINISHED')
  expect(await db.rows('SELECT count(*), min(a) FROM t')).toEqual([['10000000', '0']])
})

test('a session that is cut off is rolled back; as many as there are places may be open', async () => {
  await db.rows('CREATE TABLE t (a INT)')
  const first = await open()
  await first.rows('BEGIN; INSERT INTO t VALUES (1)')
  await first.close()
  await expect.poll(() => db.rows('SELECT count(*) FROM t')).toEqual([['0']])
  const others = await Promise.all(Array.from({ length: SESSIONS }, open))
  await expect(open()).rejects.toMatchObject({ code: 'ActiveSessionsExceededException' })
  expect(await db.rows('SELECT 1 AS a')).toEqual([[1]])
  await others[0].close()
  const again = await open()
  expect((await again.failure('SELECT * FROM nope'))?.code).toBe('42P01')
})

test('a stop in the middle of a transaction leaves nothing of it', async () => {
  await db.rows('CREATE TABLE t (a INT)')
  const session = await open()
  await session.rows('BEGIN; INSERT INTO t VALUES (1)')
  await db.stop()
  db = await startWarehouse(directory)
  expect(await db.rows('SELECT count(*) FROM t')).toEqual([['0']])
})

test('a search path says where names without a schema are, for its own session alone', async () => {
  await db.rows(`CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE t AS SELECT 'public' AS place; CREATE TABLE b.t AS SELECT 'b' AS place;
    CREATE TABLE b.only_b AS SELECT 2 AS n; CREATE TABLE p AS SELECT 'p' AS place`)
  const [mine, other] = [await open(), await open()]
  expect(await mine.rows('SHOW search_path')).toEqual([['"$user", public']])
  await mine.rows(`SET search_path TO '$user', A, b`)
  expect(await mine.rows('SHOW search_path')).toEqual([['"$user", a, b']])
  expect(await mine.rows('SELECT current_schema(), current_schemas(false), current_schemas(true)')).toEqual([
    ['a', '{a,b}', '{pg_catalog,a,b}'],
  ])
  expect(
    await mine.rows('SELECT t.place, x.n FROM t JOIN only_b x ON true WHERE EXISTS (SELECT 1 FROM only_b)'),
  ).toEqual([['b', 2]])
  expect(await mine.failure('SELECT *\nFROM p')).toMatchObject({ code: '42P01', at: { line: 2, column: 6 } })
  expect(await mine.rows('WITH p AS (SELECT 1 AS c) SELECT c FROM p')).toEqual([[1]])
  expect((await mine.rows('SELECT count(*) FROM svv_tables'))[0]).toHaveLength(1)

  // The first schema has what is made; what changes is found.
  await mine.rows(
    'CREATE TABLE made (n INT); INSERT INTO made VALUES (1), (2); UPDATE made SET n = n + 10; DELETE FROM made WHERE n = 11',
  )
  await mine.rows('ALTER TABLE made ADD COLUMN m INT DEFAULT 5')
  expect(await db.rows('SELECT n, m FROM a.made')).toEqual([[12, 5]])
  await db.put('made.csv', '7,8\n')
  await mine.rows(`COPY made FROM 's3://lake/made.csv' CSV`)
  expect(await db.rows('SELECT count(*) FROM a.made')).toEqual([['2']])
  // A view keeps the tables that it was made over.
  await mine.rows('CREATE VIEW seen AS SELECT place FROM t')
  await mine.rows(
    'SET search_path TO a, public; CREATE VIEW far AS SELECT place FROM p; CREATE TABLE p AS SELECT 0 AS place',
  )
  expect(await mine.rows('SELECT far.place, p.place FROM far, p')).toEqual([['p', 0]])
  await mine.rows(`DROP TABLE p; SET search_path TO '$user', a, b`)
  await mine.rows('CREATE TEMP TABLE t AS SELECT 0 AS place')
  expect(await mine.rows('SELECT place FROM t')).toEqual([[0]])
  await mine.rows('DROP TABLE t')
  await mine.rows(`CREATE TABLE t AS SELECT 'a' AS place`)
  expect(await mine.rows('SELECT place FROM t')).toEqual([['a']])
  expect(await db.rows('SELECT place FROM a.seen')).toEqual([['b']])
  await mine.rows('DROP TABLE t')
  expect(await mine.rows('SELECT place FROM t')).toEqual([['b']])

  // Looks have the path of their session; others have their own.
  const look = { sql: 'SELECT n FROM only_b', sessionId: mine.sessionId }
  expect(await db.clients.warehouse.check(look)).toEqual({})
  expect((await db.clients.warehouse.preview(look)).values).toEqual([[2]])
  expect((await db.clients.warehouse.check({ ...look, sessionId: other.sessionId })).error?.code).toBe('42P01')
  expect(await db.clients.warehouse.check({ sql: 'SET search_path = b; SELECT n FROM only_b' })).toEqual({})
  expect(await other.rows('SELECT place FROM t')).toEqual([['public']])
  await mine.rows('RESET search_path')
  expect(await mine.rows('SELECT current_schema(), place FROM t')).toEqual([['public', 'public']])
  expect((await db.clients.warehouse.check(look)).error?.code).toBe('42P01')
})

test('a search path that was set goes back with its transaction, and ends with a text that has no session', async () => {
  await db.rows(`CREATE SCHEMA a; CREATE TABLE a.t AS SELECT 1 AS n`)
  expect(await db.rows('SET search_path = a; SELECT n FROM t')).toEqual([[1]])
  expect((await db.run('SELECT n FROM t')).error?.code).toBe('42P01')
  const session = await open()
  const shown = async () => (await session.rows('SHOW search_path'))[0][0]
  await session.rows('BEGIN; SET search_path TO a; SELECT n FROM t')
  expect(await shown()).toBe('a')
  await session.rows('ROLLBACK')
  expect(await shown()).toBe('"$user", public')
  await session.rows('BEGIN; SET LOCAL search_path TO a; SELECT n FROM t; COMMIT')
  expect(await shown()).toBe('"$user", public')
  expect((await session.failure('SET search_path TO a; SELECT 1/0'))?.code).toBe('22012')
  expect(await shown()).toBe('"$user", public')
  await session.rows('BEGIN; SET search_path TO a; COMMIT')
  expect(await shown()).toBe('a')
  // A schema that is dropped is passed over; without any there is none to make a table in.
  await session.rows('DROP SCHEMA a CASCADE')
  expect(await session.rows('SELECT current_schema()')).toEqual([[null]])
  expect((await session.failure('CREATE TABLE made (n INT)'))?.code).toBe('3F000')
  await session.rows('CREATE SCHEMA awsuser; SET search_path TO DEFAULT; CREATE TABLE own AS SELECT 1 AS n')
  expect(await db.rows('SELECT n FROM awsuser.own')).toEqual([[1]])
})

test('no other parameter is set, and none of DuckDB', async () => {
  const texts = [
    'SET threads = 1',
    "SET search_path TO a, 'millrace'",
    'SET search_path TO memory.redshift',
    'SET SESSION AUTHORIZATION x',
    'SET GLOBAL threads TO 1',
    'SET VARIABLE millrace_now = 1',
    "SET search_path TO public; SET memory_limit = '1GB'",
    'SET search_path public',
    'SET search_path TO',
    'RESET ALL',
    'RESET threads',
    'SHOW TABLES',
    'SHOW ALL',
    'SHOW search_path FROM t',
  ]
  for (const sql of texts) {
    const { state, error } = await db.run(sql)
    expect([state, error?.code], sql).toEqual(['FAILED', expect.stringMatching(/^(42601|0A000|3F000)$/)])
    expect((await db.clients.warehouse.check({ sql })).error?.code, sql).toBe(error?.code)
  }
  expect((await db.run('SET  threads = 1')).error).toMatchObject({
    message: expect.stringContaining('search_path is'),
    at: { line: 1, column: 6 },
  })
})
