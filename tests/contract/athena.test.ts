import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { fakeLake } from '../support/lake.ts'

let engines: TestEngines

async function start(directory?: string): Promise<void> {
  const lake = fakeLake(() => engines.workspaceDirectory)
  engines = await startEngines([catalog, athena], { fakes: { lake }, ...(directory !== undefined && { directory }) })
}

beforeEach(async () => {
  await start()
  await engines.clients.lake.createBucket({ bucket: 'data' })
})
afterEach(async () => engines[Symbol.asyncDispose]())

async function run(sql: string, options: { outputLocation?: string; database?: string } = {}) {
  const { queryId } = await engines.clients.athena.startQuery({ sql, ...options })
  let last = await engines.clients.athena.getQuery({ queryId })
  for await (const query of engines.clients.athena.watchQuery({ queryId })) last = query
  return last
}

async function rows(sql: string, options: { database?: string } = {}): Promise<unknown[][]> {
  const query = await run(sql, options)
  if (query.state !== 'SUCCEEDED') throw new Error(`${query.error?.code}: ${query.error?.message}`)
  const page = await engines.clients.athena.results({ queryId: query.queryId })
  return Array.from({ length: page.rowCount }, (_, r) => page.values.map((column) => column[r]))
}

async function failure(sql: string) {
  const { state, error } = await run(sql)
  expect(state, sql).toBe('FAILED')
  return `${error?.code}: ${error?.message}`
}

const file = (name: string, content: string) => {
  mkdirSync(join(engines.workspaceDirectory, 'lake', name, '..'), { recursive: true })
  writeFileSync(join(engines.workspaceDirectory, 'lake', name), content)
}

describe('tables in place', () => {
  it('reads CSV, JSON and Parquet by the catalog, with partitions and NULLs', async () => {
    file('data/csv/a.csv', 'id,name,at\n1,"a, b",2001-01-01 00:00:00\nx,\\N,nonsense\n')
    await rows(`CREATE EXTERNAL TABLE t_csv (id int, name string, at timestamp)
      ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://data/csv/'
      TBLPROPERTIES ('skip.header.line.count'='1', 'use.null.for.invalid.data'='true')`)
    expect(await rows('SELECT * FROM t_csv')).toEqual([
      [1, 'a, b', '2001-01-01T00:00:00.000Z'],
      [null, 'N', null],
    ])
    file('data/json/day=1/a.json', '{"a":1,"tags":["x","y"],"o":{"k":true}}\n')
    file('data/json/day=2/b.json', '{"a":2,"tags":[],"o":null}\n')
    await rows(`CREATE EXTERNAL TABLE t_json (a bigint, tags array<string>, o struct<k:boolean>) PARTITIONED BY (day int)
      ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://data/json/'`)
    expect(await rows('SELECT * FROM t_json')).toEqual([])
    expect(await rows('MSCK REPAIR TABLE t_json')).toHaveLength(2)
    expect(await rows('SELECT a, tags, o.k, day FROM t_json WHERE day > 1')).toEqual([['2', '[]', null, 2]])
    expect(await rows('SELECT a, tag FROM t_json CROSS JOIN UNNEST(tags) AS u(tag) ORDER BY tag')).toEqual([
      ['1', 'x'],
      ['1', 'y'],
    ])
    await rows(`CREATE TABLE t_parquet WITH (format='PARQUET', external_location='s3://data/pq/', partitioned_by=ARRAY['day'])
      AS SELECT a, tags, day FROM t_json`)
    expect(await rows('SELECT a, day FROM "awsdatacatalog"."default".t_parquet ORDER BY a')).toEqual([
      ['1', 1],
      ['2', 2],
    ])
    expect(await rows('SHOW PARTITIONS t_parquet')).toEqual([['day=1'], ['day=2']])
    await rows('INSERT INTO t_parquet SELECT 3, ARRAY[cast(1 as varchar)], 3')
    expect(await rows('SELECT sum(a), count(*), max(day) FROM t_parquet')).toEqual([['6', '3', 3]])
  })

  it('reads partitions that lie elsewhere, and files whose columns differ', async () => {
    await rows(`CREATE TABLE one WITH (external_location='s3://data/one/') AS SELECT 1 AS a, 'x' AS b`)
    await rows(`CREATE TABLE two WITH (external_location='s3://data/two/') AS SELECT 'y' AS b, CAST(2 AS bigint) AS a`)
    await rows(`CREATE EXTERNAL TABLE sides (a bigint, b string, c double) PARTITIONED BY (p string) STORED AS PARQUET
      LOCATION 's3://data/sides/'`)
    await rows(
      `ALTER TABLE sides ADD PARTITION (p='one') LOCATION 's3://data/one/' PARTITION (p='two') LOCATION 's3://data/two/'`,
    )
    expect(await rows('SELECT * FROM sides ORDER BY a')).toEqual([
      ['1', 'x', null, 'one'],
      ['2', 'y', null, 'two'],
    ])
    expect(await rows(`SELECT a FROM sides WHERE p = 'two'`)).toEqual([['2']])
  })

  it('unloads, shows, describes, views and drops', async () => {
    await rows(`UNLOAD (SELECT 1 AS a, 'x' AS b) TO 's3://data/unloaded/' WITH (format = 'JSON', compression = 'none')`)
    const [object] = await engines.clients.lake.locate({ uri: 's3://data/unloaded/' })
    expect(readFileSync(object.file, 'utf8')).toBe('{"a":1,"b":"x"}\n')
    expect(await failure(`UNLOAD (SELECT 1 AS a) TO 's3://data/unloaded/' WITH (format = 'JSON')`)).toContain(
      'HIVE_PATH_ALREADY_EXISTS',
    )
    await rows(`CREATE DATABASE sales COMMENT 'x'`)
    expect(await rows('SHOW DATABASES')).toEqual([['default'], ['sales']])
    await rows(`CREATE TABLE sales.t AS SELECT 1 AS a, DECIMAL '1.50' AS d`)
    expect(await rows('DESCRIBE sales.t')).toEqual([
      ['a', 'int', ''],
      ['d', 'decimal(3,2)', ''],
    ])
    await rows('CREATE OR REPLACE VIEW sales.v AS SELECT a + 1 AS b FROM t', { database: 'sales' })
    expect(await rows('SELECT * FROM sales.v')).toEqual([[2]])
    expect(await rows(`SHOW TABLES IN sales`)).toEqual([['t'], ['v']])
    expect(await rows(`SHOW CREATE TABLE sales.t`)).toContainEqual(['STORED AS PARQUET'])
    expect(await failure('DROP DATABASE sales')).toContain('not empty')
    await rows('DROP VIEW sales.v')
    await rows('DROP TABLE sales.t')
    await rows('DROP DATABASE sales')
  })
})

describe('errors', () => {
  it("speaks Athena's words and points into the user's text", async () => {
    await rows(`CREATE TABLE t AS SELECT 1 AS a`)
    expect(await failure('SELECT a,\n  nope FROM t')).toBe(
      "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved",
    )
    expect(await failure('SELECT * FROM missing')).toBe(
      "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.missing' does not exist",
    )
    expect(await failure('SELECT * FROM nix.t')).toBe("SCHEMA_NOT_FOUND: line 1:15: Schema 'nix' does not exist")
    expect(await failure('SELECT * FROM x.y.t')).toContain("CATALOG_NOT_FOUND: line 1:15: Catalog 'x' does not exist")
    expect(await failure('SELECT no_such(a) FROM t')).toBe(
      "FUNCTION_NOT_FOUND: line 1:8: Function 'no_such' not registered",
    )
    expect(await failure('SELECT FROM t WHERE')).toMatch(/^SYNTAX_ERROR: line 1:15: /)
    expect(await failure('SELECT 1/0')).toBe('DIVISION_BY_ZERO: Division by zero')
    const runtime: [sql: string, words: string][] = [
      ['2147483647 + 1', 'NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1'],
      ['9223372036854775807 + 1', 'NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow: 9223372036854775807 + 1'],
      [
        'x * x FROM (VALUES 4000000000) t(x)',
        'NUMERIC_VALUE_OUT_OF_RANGE: bigint multiplication overflow: 4000000000 * 4000000000',
      ],
      [`CAST('x' AS integer)`, `INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT`],
      [`CAST(x AS bigint) FROM (VALUES 'a') t(x)`, `INVALID_CAST_ARGUMENT: Cannot cast 'a' to BIGINT`],
      [`CAST('x' AS boolean)`, `INVALID_CAST_ARGUMENT: Cannot cast 'x' to BOOLEAN`],
      [
        `CAST('x' AS decimal(4,2))`,
        `INVALID_CAST_ARGUMENT: Cannot cast VARCHAR 'x' to DECIMAL(4, 2). Value is not a number.`,
      ],
      [`CAST('abc' AS date)`, 'INVALID_CAST_ARGUMENT: Value cannot be cast to date: abc'],
      [`CAST('abc' AS timestamp)`, 'INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: abc'],
      ['CAST(300 AS tinyint)', 'INVALID_CAST_ARGUMENT: Out of range for tinyint: 300'],
    ]
    for (const [sql, words] of runtime) expect(await failure(`SELECT ${sql}`)).toBe(words)
    expect((await run('SELECT a, nope FROM t')).error?.at).toEqual({ line: 1, column: 11 })
    const estimate = await engines.clients.athena.estimate({ sql: 'SELECT FROM t WHERE' })
    expect(estimate.error).toMatchObject({ code: 'SYNTAX_ERROR', at: { line: 1, column: 15 } })
  })

  it('finds the place of a type mismatch and says what to do, before the run', async () => {
    await rows(`CREATE TABLE words AS SELECT 'x' AS origin, 1 AS delay`)
    const wrong = async (sql: string) => {
      const { error } = await engines.clients.athena.estimate({ sql })
      return `${error?.code}: ${error?.message}`
    }
    expect(await wrong('SELECT delay,\n  origin + 1 FROM words')).toMatch(
      /^TYPE_MISMATCH: line 2:3: Cannot apply operator: varchar \+ integer\. Use CAST/,
    )
    expect(await wrong('SELECT delay,\n  origin - delay FROM words')).toMatch(
      /^TYPE_MISMATCH: (line 2:3: )?Cannot apply operator: varchar - int/,
    )
    expect(await wrong('SELECT * FROM words\nWHERE origin > 5')).toMatch(
      /^TYPE_MISMATCH: line 2:7: Cannot compare varchar with integer\. Use CAST/,
    )
    expect(await wrong('SELECT delay,\n  coalesce(delay, origin) FROM words')).toMatch(
      /^TYPE_MISMATCH: line 2:3: All values of COALESCE must be of one type, not integer and varchar\. Use CAST/,
    )
    expect(await wrong("SELECT * FROM words WHERE delay BETWEEN '1' AND '2'")).toMatch(
      /^TYPE_MISMATCH: line 1:33: All values of BETWEEN must be of one type/,
    )
    expect(await wrong('SELECT delay, sum(origin) FROM words GROUP BY delay')).toMatch(
      /^TYPE_MISMATCH: line 1:15: Unexpected parameters \(varchar\) for function sum\. Use CAST/,
    )
    // The function has another name in DuckDB: the place is that of what it takes.
    expect(await wrong('SELECT substr(delay, 1) FROM words')).toMatch(
      /^TYPE_MISMATCH: line 1:15: Unexpected parameters \(int/,
    )
    expect(await wrong('SELECT origin, count(*) FROM words')).toBe(
      "EXPRESSION_NOT_AGGREGATE: line 1:8: 'origin' must be an aggregate expression or appear in GROUP BY clause",
    )
    expect(await wrong('SELECT a.delay FROM words a, words b WHERE origin = a.origin')).toMatch(
      /^AMBIGUOUS_NAME: line 1:44: Column 'origin' is ambiguous/,
    )
    expect(await wrong('SELECT a.delay FROM words a JOIN words a ON true')).toMatch(
      /^AMBIGUOUS_NAME: .*Table 'a' is ambiguous.*alias of its own/,
    )
    expect(await wrong('SELECT count(*) FROM words WHERE sum(delay) > 1')).toMatch(
      /^EXPRESSION_NOT_SCALAR: line 1:34: .*HAVING/,
    )
    // The second of two same names, behind a table whose scan names its columns too.
    expect(await wrong('SELECT origin FROM words WHERE delay > 0 AND origin > 5')).toMatch(/line 1:46: Cannot compare/)
  })

  it('refuses sides of UNION, joins and comparisons that Trino has no common type for', async () => {
    await rows(`CREATE TABLE mixed AS SELECT 'x' AS word, 1 AS small, BIGINT '2' AS large, 1.5 AS part, true AS flag,
      DATE '2001-01-01' AS day, TIMESTAMP '2001-01-01 00:00:00' AS moment, ARRAY[1] AS numbers, ARRAY['a'] AS words`)
    await rows(`CREATE TABLE others AS SELECT 7 AS word, 1 AS small, 'y' AS large`)
    const wrong = async (sql: string) => {
      const { error } = await engines.clients.athena.estimate({ sql })
      return error && `${error.code}: ${error.message}`
    }
    expect(await wrong('SELECT word FROM mixed UNION ALL SELECT small FROM mixed')).toContain(
      'line 1:41: column 1 in UNION query has incompatible types: varchar, integer. Use CAST to make them agree',
    )
    const refused: [sql: string, types: string][] = [
      [
        'SELECT large, flag FROM mixed UNION SELECT small, large FROM mixed',
        'column 2 in UNION query has incompatible types: boolean, bigint',
      ],
      [
        'SELECT day FROM mixed INTERSECT SELECT word FROM mixed',
        'column 1 in INTERSECT query has incompatible types: date, varchar',
      ],
      [
        'SELECT numbers FROM mixed EXCEPT SELECT words FROM mixed',
        'column 1 in EXCEPT query has incompatible types: array(integer), array(varchar)',
      ],
      [
        "SELECT MAP(ARRAY['a'], ARRAY[1]) UNION SELECT MAP(ARRAY['a'], ARRAY['x'])",
        'incompatible types: map(varchar, integer), map(varchar, varchar)',
      ],
      [
        "SELECT ARRAY[CAST(ROW(1, 'a') AS ROW(x integer, y varchar))] UNION SELECT ARRAY[CAST(ROW(1, 2) AS ROW(x integer, y integer))]",
        'incompatible types: array(row(x integer, y varchar)), array(row(x integer, y integer))',
      ],
      [
        'SELECT small FROM mixed UNION SELECT large FROM mixed UNION SELECT word FROM mixed',
        'UNION query has incompatible types: integer, varchar',
      ],
      [
        'WITH a AS (SELECT word AS w FROM mixed), b AS (SELECT w FROM a UNION SELECT small FROM mixed) SELECT * FROM b',
        'incompatible types: varchar, integer',
      ],
      [
        'SELECT * FROM (SELECT word FROM mixed UNION (WITH a AS (SELECT small FROM mixed) SELECT * FROM a))',
        'incompatible types: varchar, integer',
      ],
      [
        'SELECT NULL UNION SELECT word FROM mixed UNION SELECT small FROM mixed',
        'incompatible types: varchar, integer',
      ],
      ['SELECT * FROM mixed JOIN others USING (word)', 'Cannot compare varchar with integer'],
      [
        'SELECT * FROM mixed a JOIN mixed b USING (small, large) LEFT JOIN others USING (small, large)',
        'Cannot compare bigint with varchar',
      ],
      ['SELECT flag = 1 FROM mixed', 'line 1:8: Cannot apply operator: boolean = integer. Use CAST'],
      ["SELECT * FROM mixed WHERE flag <> 'true'", 'line 1:27: Cannot apply operator: boolean <> varchar'],
      ['SELECT * FROM mixed WHERE small > 0 AND\n flag = small', 'line 2:2: Cannot apply operator: boolean = integer'],
      ['SELECT * FROM mixed WHERE large >= flag', 'Cannot apply operator: bigint >= boolean'],
      ['SELECT * FROM mixed WHERE flag > 0', 'Cannot apply operator: boolean > integer'],
      ['SELECT * FROM mixed WHERE (small > 0) = small', 'Cannot apply operator: boolean = integer'],
      ['SELECT * FROM mixed WHERE flag IS DISTINCT FROM small', 'boolean IS DISTINCT FROM integer'],
      ['SELECT * FROM mixed WHERE flag IN (1, 0)', 'line 1:27: Cannot find common type between boolean and integer'],
      ['SELECT * FROM mixed WHERE flag IN (true, small)', 'Cannot find common type between boolean and integer'],
      ['SELECT * FROM mixed WHERE flag BETWEEN false AND small', 'Cannot find common type between boolean and integer'],
      ['SELECT CASE flag WHEN small THEN 1 END FROM mixed', 'line 1:13: Cannot apply operator: boolean = integer'],
      ['SELECT nullif(flag, small) FROM mixed', 'Cannot apply operator: boolean = integer'],
      ['SELECT * FROM mixed a JOIN mixed b ON a.flag = b.small', 'line 1:39: Cannot apply operator: boolean = integer'],
      ['SELECT * FROM mixed JOIN (SELECT 1 AS flag) o USING (flag)', 'Cannot apply operator: boolean = integer'],
      ['SELECT count(*) FROM mixed HAVING bool_and(flag) = count(*)', 'Cannot apply operator: boolean = bigint'],
      ['SELECT * FROM mixed WHERE word = 1', 'Cannot compare varchar with integer'],
      ['SELECT small,\n coalesce(flag, 1) FROM mixed', 'line 2:11: All values of COALESCE must be of one type'],
      ['SELECT if(small > 0, flag, large) FROM mixed', 'must be of one type, not boolean and number'],
      ['SELECT CASE WHEN flag THEN small ELSE flag END FROM mixed', 'not number and boolean'],
      ['SELECT ARRAY[flag, part] FROM mixed', 'All values of ARRAY must be of one type'],
      ['SELECT day + small FROM mixed', 'line 1:8: Cannot apply operator: date + number. Use an interval'],
    ]
    for (const [sql, types] of refused) expect(await wrong(sql), sql).toContain(types)
    const fine = [
      'SELECT small FROM mixed UNION SELECT large FROM mixed UNION SELECT part FROM mixed UNION SELECT NULL',
      'SELECT day FROM mixed UNION SELECT moment FROM mixed',
      'SELECT day, NULL FROM mixed UNION SELECT NULL, numbers FROM mixed UNION SELECT NULL, NULL',
      'SELECT numbers FROM mixed UNION SELECT ARRAY[large] FROM mixed',
      'SELECT * FROM mixed m WHERE EXISTS (SELECT m.word UNION SELECT word FROM mixed)',
      'WITH RECURSIVE n(i) AS (SELECT small FROM mixed UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n',
      'SELECT * FROM mixed JOIN others USING (small)',
      'SELECT * FROM mixed a JOIN others b ON a.small = b.small JOIN mixed c USING (part)',
      'SELECT * FROM mixed WHERE small = 1 AND large = 2 AND part = 1 AND part IN (1, 2)',
      'SELECT * FROM mixed WHERE flag = true AND flag IN (false, NULL, small > 0) AND flag <> NULL AND flag < (small = 1)',
      'SELECT flag BETWEEN false AND true, CASE flag WHEN true THEN 1 END, CAST(flag AS integer) = small FROM mixed',
      'SELECT CASE WHEN small > 0 THEN flag ELSE small = 1 END, count(*) FROM mixed GROUP BY CASE WHEN small > 0 THEN flag ELSE small = 1 END',
      'SELECT DISTINCT small > 0 FROM mixed ORDER BY small > 0',
      `SELECT * FROM mixed WHERE small IN (${Array.from({ length: 1500 }, (_, i) => `large + ${i}`).join(', ')})`,
      `SELECT * FROM mixed WHERE ${Array.from({ length: 300 }, (_, i) => `small = ${i}`).join(' OR ')}`,
    ]
    for (const sql of fine) expect(await wrong(sql), sql).toBeUndefined()
    expect(await failure('SELECT word FROM mixed UNION SELECT small FROM mixed')).toBe(
      'TYPE_MISMATCH: line 1:37: column 1 in UNION query has incompatible types: varchar, integer. Use CAST to make them agree',
    )
  })

  it('inserts values of the kind that the columns are of', async () => {
    await rows(
      `CREATE TABLE kinds AS SELECT 'x' AS word, BIGINT '1' AS n, DATE '2001-01-01' AS day, ARRAY[1.5] AS parts`,
    )
    const wrong = 'TYPE_MISMATCH: Insert query has mismatched column types: Table: [varchar, bigint, date, array('
    for (const row of [
      "1, 1, DATE '2001-01-02', ARRAY[1]",
      "'x', '1', DATE '2001-01-02', ARRAY[1]",
      "'x', true, NULL, NULL",
    ])
      expect(await failure(`INSERT INTO kinds VALUES (${row})`), row).toContain(wrong)
    await rows('INSERT INTO kinds SELECT NULL, 2, NULL, ARRAY[2.5]')
    await rows("INSERT INTO kinds (n, day) SELECT SMALLINT '3', DATE '2001-01-03'")
    expect(await rows('SELECT n, day FROM kinds ORDER BY n')).toEqual([
      ['1', '2001-01-01'],
      ['2', null],
      ['3', '2001-01-03'],
    ])
  })

  it('inserts nothing that its column would cut', async () => {
    await rows(
      `CREATE TABLE narrow AS SELECT 1 AS i, REAL '1' AS r, 1e0 AS d, CAST(1.5 AS decimal(5, 2)) AS dec, TIMESTAMP '2001-01-01 00:00:00' AS at, DATE '2001-01-01' AS day`,
    )
    for (const [column, value] of [
      ['i', '2.5'],
      ['i', '1e0'],
      ['i', "BIGINT '1'"],
      ['i', 'count(*)'],
      ['r', '1e0'],
      ['dec', '1e0'],
      ['dec', '1'],
      ['dec', '1.555'],
      ['at', "TIMESTAMP '2001-01-01 00:00:00 UTC'"],
      ['day', "TIMESTAMP '2001-01-01 10:00:00'"],
    ])
      expect(await failure(`INSERT INTO narrow (${column}) SELECT ${value}`), value).toMatch(
        /^TYPE_MISMATCH: Insert query has/,
      )
    await rows("INSERT INTO narrow (i, r, d, dec, at) VALUES (SMALLINT '2', 2, 2.5, 12.5, DATE '2001-01-02')")
    expect(await rows('SELECT i, r, d, dec, at FROM narrow WHERE i = 2')).toEqual([
      [2, 2, 2.5, '12.50', '2001-01-02T00:00:00.000Z'],
    ])
  })

  it('follows the types that a table has now', async () => {
    const [sql, inView] = ["SELECT v || 'x', v = v FROM changing", 'SELECT v FROM of_changing WHERE v IS NOT NULL']
    await rows("CREATE TABLE changing AS SELECT 'a' AS v")
    await rows("CREATE VIEW of_changing AS SELECT v || 'x' AS v FROM changing")
    expect([await rows(sql), await rows(inView)]).toEqual([[['ax', true]], [['ax']]])
    await rows('DROP TABLE changing')
    await rows('CREATE TABLE changing AS SELECT 1 AS v')
    for (const text of [sql, inView])
      expect(await failure(text)).toMatch(
        /TYPE_MISMATCH: .*Unexpected parameters \(integer, varchar\) for function concat/,
      )
    await rows('DROP TABLE changing')
    await rows("CREATE TABLE changing AS SELECT 'b' AS v")
    expect([await rows(sql), await rows(inView)]).toEqual([[['bx', true]], [['bx']]])
  })

  it('tells where a condition stands that is no boolean, or compares what is none', async () => {
    await rows(`CREATE TABLE flags AS SELECT 1 AS small, true AS flag, 'x' AS word`)
    await rows('CREATE VIEW seen AS SELECT small, flag FROM flags WHERE flag')
    const places: [sql: string, place: string][] = [
      ['SELECT small, flag FROM flags WHERE small', '1:37'],
      ['SELECT small,\n  flag\nFROM flags\nWHERE flag AND small', '4:16'],
      ['SELECT small, word FROM flags WHERE small > 0 AND word', '1:51'],
      ['SELECT small FROM (SELECT small FROM flags WHERE small) x WHERE small > 0', '1:50'],
      ['SELECT small FROM (SELECT small FROM flags WHERE small > 0) x WHERE small', '1:69'],
      ['SELECT a.small FROM flags a JOIN flags b ON a.small WHERE a.small > 0', '1:45'],
      ['SELECT small FROM flags WHERE flag AND CAST(small AS integer)', '1:45'],
      ['SELECT count(*) AS small, small FROM flags GROUP BY small HAVING small', '1:66'],
      ['SELECT flag, small FROM flags WHERE small = 1 AND flag = small', '1:51'],
      ["SELECT 'flag = 1' FROM flags /* flag = 1 */ WHERE flag = 1", '1:51'],
      ['EXPLAIN SELECT small FROM flags WHERE small', '1:39'],
      ['SELECT small, flag FROM seen WHERE flag = small', '1:36'],
    ]
    for (const [sql, place] of places) {
      const { error } = await run(sql)
      expect(`${error?.code}: ${error?.message}`, sql).toContain(`TYPE_MISMATCH: line ${place}: `)
    }
  })

  it('takes TABLE for all of a table', async () => {
    await rows('CREATE TABLE short AS SELECT * FROM (VALUES (2, 20), (1, 10)) v(a, b)')
    expect(await rows('TABLE short ORDER BY a')).toEqual(await rows('SELECT * FROM short ORDER BY a'))
    expect(await failure('TABLE nowhere')).toMatch(/^TABLE_NOT_FOUND: line 1:7: /)
    expect(await failure('TABLE short ORDER BY\n  nope')).toMatch(/^COLUMN_NOT_FOUND: line 2:3: /)
  })

  it('refuses whatever reaches past the catalog, and statements that Athena has not', async () => {
    const texts = [
      `SELECT * FROM read_text('/etc/passwd')`,
      `SELECT * FROM read_csv('/etc/passwd')`,
      `SELECT * FROM glob('/**')`,
      `SELECT * FROM "/etc/passwd"`,
      `SELECT * FROM '/etc/passwd'`,
      `SELECT * FROM duckdb_settings()`,
      `SELECT * FROM results.main.q`,
      `SELECT getvariable('x')`,
      `SET threads = 1`,
      `PRAGMA database_list`,
      `ATTACH 'x'`,
      `COPY (SELECT 1) TO '/tmp/x'`,
      `INSTALL httpfs`,
      `LOAD httpfs`,
      `EXPORT DATABASE 'x'`,
      `CALL pragma_version()`,
      `SELECT 1; SELECT 2`,
      `DELETE FROM t`,
      `MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE`,
      `EXPLAIN SET threads = 1`,
      `CREATE TABLE x WITH (format = 'ORC') AS SELECT 1 AS a`,
      `UNLOAD (SELECT * FROM read_text('/etc/passwd')) TO 's3://data/x/' WITH (format='JSON')`,
      `CREATE VIEW v AS SELECT * FROM read_text('/etc/passwd')`,
      `CREATE EXTERNAL TABLE p (a string) LOCATION '/etc/'`,
      `CREATE EXTERNAL TABLE p (a string) LOCATION 's3://data/../../.millrace/'; SELECT 1`,
    ]
    for (const sql of texts) expect(await failure(sql), sql).not.toContain('InternalFailure')
  })
})

describe('bytes scanned', () => {
  it('counts chunks of referenced columns in row groups left, plus footers, and the same before and after', async () => {
    await rows(`CREATE TABLE numbers WITH (external_location='s3://data/n/', write_compression='SNAPPY') AS
      SELECT n AS id, n % 10 AS digit, cast(n AS varchar) AS label FROM UNNEST(sequence(1, 400000)) AS t(n)`)
    const [object] = await engines.clients.lake.locate({ uri: 's3://data/n/' })
    const probe = await metadata(object.file)
    expect(probe.groups.length).toBeGreaterThan(1)
    const all = (column: string) => probe.groups.reduce((sum, group) => sum + group.bytes[column], 0)
    const check = async (sql: string, bytes: number) => {
      const estimate = await engines.clients.athena.estimate({ sql })
      const query = await run(sql)
      expect([estimate.bytesScanned, query.bytesScanned], sql).toEqual([bytes, bytes])
      return query
    }
    await check('SELECT count(*) FROM numbers', probe.footer)
    await check('SELECT sum(id) FROM numbers', probe.footer + all('id'))
    await check('SELECT max(label) FROM numbers WHERE digit = 3', probe.footer + all('label') + all('digit'))
    const first = probe.groups[0].bytes
    await check('SELECT label FROM numbers WHERE id BETWEEN 5 AND 10', probe.footer + first.id + first.label)
    await check('SELECT id FROM numbers WHERE id < 0', probe.footer)
    await check(
      'SELECT a.id FROM numbers a JOIN numbers b ON a.id = b.digit',
      // The join tells DuckDB that no id above 9 can match, so that only the first row group is left.
      2 * probe.footer + first.id + all('digit'),
    )
    const query = await check('SELECT 1', 0)
    expect(query.costUsd).toBeCloseTo((5 * 10 * 1024 ** 2) / 1024 ** 4, 12)
    file('data/text/a.csv', '1\n2\n')
    file('data/text/b.csv', '3\n')
    await rows(`CREATE EXTERNAL TABLE texts (a int) LOCATION 's3://data/text/'`)
    await check('SELECT max(a) FROM texts WHERE a > 1', 6)
    expect((await run('SHOW TABLES')).costUsd).toBe(0)
  })

  it('leaves out partitions that a condition rules out', async () => {
    await rows(`CREATE TABLE days WITH (external_location='s3://data/d/', partitioned_by=ARRAY['day']) AS
      SELECT n AS id, 'day ' || cast(n % 3 AS varchar) AS day FROM UNNEST(sequence(1, 1000)) AS t(n)`)
    const objects = await engines.clients.lake.locate({ uri: 's3://data/d/day=day%201/' })
    const bytes = async (sql: string) => (await run(sql)).bytesScanned
    const one = objects.length > 0 ? objects : await engines.clients.lake.locate({ uri: 's3://data/d/day=day 1/' })
    const probe = await metadata(one[0].file)
    expect(await bytes(`SELECT sum(id) FROM days WHERE day = 'day 1'`)).toBe(probe.footer + probe.groups[0].bytes.id)
    expect(await rows(`SELECT count(*) FROM days WHERE day = 'day 1'`)).toEqual([['334']])
    expect(await bytes(`SELECT sum(id) FROM days WHERE day = 'no'`)).toBe(0)
  })
})

/** The numbers of a Parquet file's footer, read by another library. */
async function metadata(path: string) {
  const { parquetMetadata } = await import('hyparquet')
  const content = readFileSync(path)
  const footer = content.readUInt32LE(content.length - 8) + 8
  const read = parquetMetadata(content.buffer.slice(content.byteOffset, content.byteOffset + content.length))
  const groups = read.row_groups.map((group) => ({
    bytes: Object.fromEntries(
      group.columns.map(({ meta_data }) => [meta_data!.path_in_schema[0], Number(meta_data!.total_compressed_size)]),
    ) as Record<string, number>,
  }))
  expect(statSync(path).size).toBeGreaterThan(footer)
  return { footer, groups }
}

describe('executions', () => {
  const many = 'UNNEST(sequence(1, 20000))'
  const endless = `SELECT count(*) FROM ${many} a(x) CROSS JOIN ${many} b(y) CROSS JOIN ${many} c(z) WHERE (x * y + z) % 7 = 3`

  it('goes through its states, pages a large result and keeps order', async () => {
    const { queryId } = await engines.clients.athena.startQuery({
      sql: 'SELECT n, n * 2 AS twice FROM UNNEST(sequence(1, 300000)) AS t(n) ORDER BY n DESC',
    })
    const states = new Set<string>()
    for await (const query of engines.clients.athena.watchQuery({ queryId })) states.add(query.state)
    expect([...states].at(-1)).toBe('SUCCEEDED')
    const page = await engines.clients.athena.results({ queryId, start: 299_990, rows: 100 })
    expect(page.columns).toEqual([
      { name: 'n', type: 'bigint', declared: 'bigint' },
      { name: 'twice', type: 'bigint', declared: 'bigint' },
    ])
    expect(page.values[0]).toEqual(Array.from({ length: 10 }, (_, i) => String(10 - i)))
  })

  it('stops: interrupted, answered when nothing runs, and the place is free again', async () => {
    const started = await Promise.all(
      Array.from({ length: 4 }, () => engines.clients.athena.startQuery({ sql: endless })),
    )
    expect(started.every((query) => query.state === 'QUEUED')).toBe(true)
    const stopped = await Promise.all(started.map(({ queryId }) => engines.clients.athena.stopQuery({ queryId })))
    expect(stopped.map((query) => query.state)).toEqual(Array(4).fill('CANCELLED'))
    expect(await rows('SELECT 1')).toEqual([[1]])
  })

  it('leaves no thread at work behind a cross join that was stopped while it ran', async () => {
    const { athena } = engines.clients
    const { queryId } = await athena.startQuery({ sql: endless })
    /** Of the process, all threads of DuckDB with it: share of one core. */
    const busy = async () => {
      const [before, at] = [process.cpuUsage(), performance.now()]
      await new Promise((done) => setTimeout(done, 200))
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000 / (performance.now() - at)
    }
    await expect.poll(busy, { timeout: 20_000 }).toBeGreaterThan(0.3)
    expect((await athena.stopQuery({ queryId })).state).toBe('CANCELLED')
    await expect.poll(busy, { timeout: 20_000 }).toBeLessThan(0.1)
  })

  it('previews the first rows of a query without an execution, and stops when nobody waits for them', async () => {
    const { athena } = engines.clients
    const page = await athena.preview({ sql: 'SELECT n, n AS N FROM UNNEST(sequence(1, 50)) AS t (n)', rows: 2 })
    expect(page.columns.map(({ name, declared }) => [name, declared])).toEqual([
      ['n', 'bigint'],
      ['n', 'bigint'],
    ])
    expect(page.values).toEqual([
      ['1', '2'],
      ['1', '2'],
    ])
    expect(await athena.listQueries({})).toEqual([])
    await expect(athena.preview({ sql: 'SELECT *\nFROM nowhere' })).rejects.toMatchObject({
      at: { line: 2, column: 6 },
    })
    await expect(athena.preview({ sql: 'CREATE DATABASE x' })).rejects.toMatchObject({ code: 'NOT_SUPPORTED' })
    const long =
      'SELECT count(*) FROM UNNEST(sequence(1, 9999)) AS a (x), UNNEST(sequence(1, 9999)) AS b (y), UNNEST(sequence(1, 9999)) AS c (z)'
    const stop = new AbortController()
    const waiting = athena.preview({ sql: `${long} WHERE x * y % 7 = z` }, { signal: stop.signal })
    setTimeout(() => stop.abort(), 100)
    await expect(waiting).rejects.toBeDefined()
    // Its connection is free again: what comes next runs.
    expect(await rows('SELECT 1')).toEqual([[1]])
  })

  it('keeps its history over a restart and fails what the stop cut off', async () => {
    const done = await run('SELECT 42 AS a')
    const cut = await engines.clients.athena.startQuery({ sql: endless })
    await engines.stop()
    await start(engines.workspaceDirectory)
    expect(await engines.clients.athena.getQuery({ queryId: done.queryId })).toEqual(done)
    expect((await engines.clients.athena.results({ queryId: done.queryId })).values).toEqual([[42]])
    expect(['CANCELLED', 'FAILED']).toContain((await engines.clients.athena.getQuery({ queryId: cut.queryId })).state)
    const listed = await engines.clients.athena.listQueries({})
    expect(listed.map((query) => query.queryId)).toEqual([cut.queryId, done.queryId])
  })

  it("writes Athena's result file where one is asked for", async () => {
    const query = await run(
      `SELECT 1 AS a, 'x "y"' AS b, CAST(NULL AS varchar) AS c, TIMESTAMP '2001-01-01 00:00:00' AS t`,
      {
        outputLocation: 's3://athena-results/q/',
      },
    )
    expect(query.outputLocation).toBe(`s3://athena-results/q/${query.queryId}.csv`)
    const objects = await engines.clients.lake.locate({ uri: 's3://athena-results/q/' })
    expect(objects.map((object) => object.key)).toEqual([`q/${query.queryId}.csv`, `q/${query.queryId}.csv.metadata`])
    expect(readFileSync(objects[0].file, 'utf8')).toBe('"a","b","c","t"\n"1","x ""y""",,"2001-01-01 00:00:00.000"\n')
  })

  it('explains', async () => {
    const { text, plan } = await engines.clients.athena.explain({ sql: 'SELECT 1 AS a' })
    expect(text).toContain('PROJECTION')
    expect(plan).toBeInstanceOf(Array)
  })
})
