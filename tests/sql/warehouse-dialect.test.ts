import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWarehouse, type TestWarehouse } from '../support/warehouse.ts'

let db: TestWarehouse
beforeAll(async () => {
  db = await startWarehouse()
  await db.rows(`
    CREATE TABLE sales (id INT, seller VARCHAR(20), region CHAR(4), price DECIMAL(8,2), sold TIMESTAMP, qty SMALLINT);
    INSERT INTO sales VALUES
      (1, 'Ann', 'west', 10.50, '2008-01-05 10:20:30', 2), (2, 'Bob', 'east', 20.00, '2008-02-29 23:59:59', 3),
      (3, 'Ann', 'west', 7.25, '2008-03-31 00:00:00', NULL), (4, NULL, 'east', 100.00, '2009-01-01 00:00:00', 1)`)
})
afterAll(() => db[Symbol.asyncDispose]())

describe('expressions with the results that Redshift documents', () => {
  test.each<[string, unknown]>([
    ['5 / 2', 2],
    ['-7 / 2', -3],
    ['5.0 / 2', 2.5],
    ["'a' || 'b' || 'c'", 'abc'],
    ["NVL(NULL, 'x')", 'x'],
    ["NVL2(1, 'yes', 'no')", 'yes'],
    ["DECODE(2, 1, 'one', 2, 'two', 'many')", 'two'],
    ["DECODE(NULL, NULL, 'none', 'some')", 'none'],
    ['GETDATE()', '2001-01-01T00:00:00.000Z'],
    ['SYSDATE', '2001-01-01T00:00:00.000Z'],
    ['CURRENT_DATE', '2001-01-01'],
    ["DATEADD(month, 18, '2008-02-28')", '2009-08-28T00:00:00.000Z'],
    ["DATEADD(day, 30, TIMESTAMP '2008-01-01 10:00:00')", '2008-01-31T10:00:00.000Z'],
    ["DATEADD('qtr', 1, '2008-01-31')", '2008-04-30T00:00:00.000Z'],
    ["DATEDIFF(week, '2009-01-01', '2009-12-31')", '52'],
    ["DATEDIFF(qtr, '1998-07-01', '2008-07-01')", '40'],
    ["DATEDIFF(hour, '2008-01-01 10:59:00', '2008-01-01 11:01:00')", '1'],
    ["ADD_MONTHS('2008-04-30', 1)", '2008-05-31T00:00:00.000Z'],
    ["MONTHS_BETWEEN('1969-01-18', '1969-03-18')", -2],
    ["LAST_DAY('2008-02-10'::date)", '2008-02-29'],
    ["NEXT_DAY('2014-08-20', 'Tuesday')", '2014-08-26'],
    ["EXTRACT(dow FROM TIMESTAMP '2008-01-06 00:00:00')", '0'],
    ["DATE_PART(minute, TIMESTAMP '2008-01-01 08:23:00')", 23],
    ["DATE_TRUNC('week', TIMESTAMP '2008-01-06 10:00:00')", '2007-12-31T00:00:00.000Z'],
    ["TRUNC(TIMESTAMP '2011-07-21 10:32:38')", '2011-07-21'],
    ["TO_CHAR(TIMESTAMP '2009-12-31 23:15:59', 'YYYY-MM-DD HH24:MI:SS')", '2009-12-31 23:15:59'],
    ["TO_CHAR(TIMESTAMP '2009-12-31 23:15:59', 'MONTH-DY-DD-YYYY HH12:MIPM')", 'DECEMBER -THU-31-2009 11:15PM'],
    ["TO_CHAR(TIMESTAMP '2009-02-03 00:00:00', 'FMMonth FMDD, Q \"quarter\"')", 'February 3, 1 quarter'],
    ["TO_CHAR(-125.8, '999D99S')", '125.80-'],
    ["TO_CHAR(125.8, '999.99')", ' 125.80'],
    ["TO_CHAR(1234567, 'FM9,999,999')", '1,234,567'],
    ["TO_CHAR(7, '000')", ' 007'],
    ["TO_DATE('02 Oct 2001', 'DD Mon YYYY')", '2001-10-02'],
    ["TO_TIMESTAMP('05/24/2010 10:00', 'MM/DD/YYYY HH24:MI')", '2010-05-24T10:00:00.000Z'],
    ["TO_NUMBER('12,454.8-', '99G999D9')", '-12454.8'],
    ["CONVERT_TIMEZONE('EST', 'PST8PDT', TIMESTAMP '2008-03-01 12:00:00')", '2008-03-01T09:00:00.000Z'],
    ["LEN('abc')", '3'],
    ["CHARINDEX('fish', 'dogfish')", 4],
    ["STRPOS('dogfish', 'dog')", '1'],
    ["SUBSTRING('caterpillar', 6, 4)", 'pill'],
    ["LPAD('cat', 5)", '  cat'],
    ["RPAD('dog', 6, '.')", 'dog...'],
    ["INITCAP('hello WORLD')", 'Hello World'],
    ["REPLICATE('ab', 2)", 'abab'],
    ["SPLIT_PART('a$b$c', '$', 2)", 'b'],
    ["BTRIM('  x ')", 'x'],
    ["CONCAT('a', NULL)", null],
    ["REGEXP_REPLACE('a1b2', '[0-9]', '#')", 'a#b#'],
    ["REGEXP_COUNT('abcabc', 'a')", 2],
    ["'dogfish' ~ 'gf'", true],
    ["'dogfish' !~* 'GF'", false],
    ["'abc' SIMILAR TO '_b%'", true],
    ["'a_c' LIKE 'a\\\\_c'", true],
    ["'abc' LIKE 'a\\\\_c'", false],
    ["'abcdef'::varchar(3)", 'abc'],
    ["upper('abcdef')::varchar(3) || 'x'", 'ABCx'],
    ["CAST('12.345' AS DECIMAL(5,2))", '12.35'],
    ["'7'::decimal", '7'],
    ['CONVERT(INT, 7.2)', 7],
    ['ROUND(28.05, 1)', '28.1'],
    ['TRUNC(111.86)', 111],
    ['LOG(100)', 2],
    ['MOD(10, 4)', 2],
    ["STRTOL('c', 16)", '12'],
    ['JSON_EXTRACT_PATH_TEXT(\'{"f4":{"f6":"star"}}\', \'f4\', \'f6\')', 'star'],
    ["SHA2('Amazon Redshift', 256)", 'f5c8d4b8ab2a8b2bf6f1f8a4b1f6b0d2'],
    ['CURRENT_USER', 'awsuser'],
  ])('%s', async (expression, expected) => {
    const [[value]] = await db.rows(`SELECT ${expression}`)
    if (expression.startsWith('SHA2')) expect(value).toMatch(/^[0-9a-f]{64}$/)
    else expect(value).toEqual(expected)
  })
})

describe('queries', () => {
  test.each<[string, unknown[][]]>([
    ['SELECT TOP 2 id FROM sales ORDER BY id DESC', [[4], [3]]],
    ['SELECT id FROM (SELECT TOP 1 id FROM sales ORDER BY price) UNION ALL SELECT 9 ORDER BY 1', [[3], [9]]],
    [
      "SELECT seller, LISTAGG(id, ', ') WITHIN GROUP (ORDER BY id DESC) FROM sales WHERE seller IS NOT NULL GROUP BY 1 ORDER BY 1",
      [
        ['Ann', '3, 1'],
        ['Bob', '2'],
      ],
    ],
    ['SELECT LISTAGG(DISTINCT region) WITHIN GROUP (ORDER BY region) FROM sales', [['eastwest']]],
    ['SELECT AVG(qty), AVG(price), COUNT(*) FROM sales', [['2', 34.4375, '4']]],
    [
      'SELECT id, AVG(qty) OVER (PARTITION BY region) FROM sales ORDER BY id',
      [
        [1, '2'],
        [2, '2'],
        [3, '2'],
        [4, '2'],
      ],
    ],
    [
      'SELECT id FROM sales QUALIFY ROW_NUMBER() OVER (PARTITION BY region ORDER BY price DESC) = 1 ORDER BY id',
      [[1], [4]],
    ],
    [
      'SELECT id, LAG(qty, 1) IGNORE NULLS OVER (ORDER BY id) FROM sales ORDER BY id',
      [
        [1, null],
        [2, 2],
        [3, 3],
        [4, 3],
      ],
    ],
    [
      'SELECT region, RATIO_TO_REPORT(price) OVER (PARTITION BY region) > 0.5 FROM sales WHERE id IN (1, 2)',
      [
        ['west', true],
        ['east', true],
      ],
    ],
    ['SELECT id FROM sales MINUS SELECT 1 ORDER BY 1', [[2], [3], [4]]],
    ['SELECT APPROXIMATE COUNT(DISTINCT region) FROM sales', [['2']]],
    [
      'WITH w(a, b) AS (SELECT id, price FROM dev.public.sales) SELECT a FROM w JOIN public.sales s ON s.id = w.a AND b > 50',
      [[4]],
    ],
    ['SELECT s.id FROM sales AS s, sales t WHERE s.id = t.id AND EXTRACT(year FROM s.sold) = 2009', [[4]]],
    ['SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY qty) FROM sales', [[2]]],
    [
      'SELECT DISTINCT seller FROM sales WHERE seller NOT IN (SELECT seller FROM sales WHERE id = 2) OR seller IS NULL ORDER BY 1',
      [['Ann'], [null]],
    ],
  ])('%s', async (sql, expected) => {
    expect(await db.rows(sql)).toEqual(expected)
  })

  test('columns are named and typed as Redshift does', async () => {
    const { columns } = await db.run(
      'SELECT count(*), max(price), id + 1, id AS n, 1 AS "Two words", sold::date, listagg(id) WITHIN GROUP (ORDER BY id) FROM sales GROUP BY id, sold',
    )
    expect(columns?.map((column) => [column.name, column.declared])).toEqual([
      ['count', 'bigint'],
      ['max', 'numeric(8,2)'],
      ['?column?', 'integer'],
      ['n', 'integer'],
      ['Two words', 'integer'],
      ['sold', 'date'],
      ['listagg', 'character varying'],
    ])
  })
})

describe('names of items without one', () => {
  test.each([
    [
      "'2020-01-01'::date, cast(id AS bigint), (seller)::varchar(3)::char(2), id::double precision",
      'date id seller id',
    ],
    ['CASE WHEN id = 1 THEN 2 END, CASE WHEN id = 1 THEN 2 ELSE id END, DECODE(id, 1, 2)', 'case id case'],
    [
      "NVL(seller, 'x'), EXTRACT(year FROM sold), DATEADD(day, 1, sold)::date, TRIM(seller)",
      'coalesce date_part date_add btrim',
    ],
    [
      "ROW_NUMBER() OVER (ORDER BY id), SYSDATE, -id, seller || 'x', id IS NULL, NOT (id = 1)",
      'row_number timestamp ?column? ?column? ?column? ?column?',
    ],
    [
      "DATE_PART(year, sold), GETDATE(), DATEDIFF(day, sold, sold), LEN(seller), CHARINDEX('a', seller), LAST_DAY(sold), CURRENT_DATE",
      'pgdate_part timestamp date_diff len charindex last_day date',
    ],
    [
      "TRIM(LEADING 'x' FROM seller), TRIM(TRAILING FROM seller), TRIM('x' FROM seller), sold::timestamp AT TIME ZONE 'UTC'",
      'ltrim rtrim btrim timezone',
    ],
    ['id::int AS n, id::int m, (id), sales.id, TRUE, $a$b$a$', 'n m id id ?column? ?column?'],
  ])('%s', async (items, names) => {
    const { columns, error } = await db.run(`SELECT ${items} FROM sales`)
    expect(error).toBeUndefined()
    expect(columns?.map(({ name }) => name).join(' ')).toBe(names)
  })

  test('subqueries and tables made from a query have columns of these names', async () => {
    expect(
      await db.rows('SELECT max, id FROM (SELECT max(qty), id::varchar FROM sales GROUP BY id) ORDER BY id LIMIT 1'),
    ).toHaveLength(1)
    await db.rows(
      'CREATE TEMP TABLE named AS SELECT sold::date, count(*) FROM sales GROUP BY 1; SELECT count, sold FROM named',
    )
    // The column stands before the item that has its name: rows are grouped by what was sold, not by its cast.
    expect(
      await db.rows("SELECT s::float, count(*) FROM (SELECT '1' AS s UNION ALL SELECT '1.0') GROUP BY s"),
    ).toHaveLength(2)
  })
})

describe('texts between dollars', () => {
  test.each([
    ["SELECT $$it's a \\n ''text''$$", [["it's a \\n ''text''"]]],
    ['SELECT $q$a $$ b$q$ || $$$$', [['a $$ b']]],
    ["SELECT 'a%b' LIKE $$a\\%b$$, 'axb' LIKE $$a\\%b$$", [[true, false]]],
  ])('%s', async (sql, expected) => {
    expect(await db.rows(sql)).toEqual(expected)
  })

  test('one without its end is told at its place', async () => {
    const { error } = await db.run('SELECT 1,\n $q$ a $$')
    expect(error).toMatchObject({
      code: '42601',
      message: expect.stringContaining('dollar'),
      at: { line: 2, column: 2 },
    })
  })
})

describe('what is not honoured is refused by name, with its place', () => {
  test.each([
    ['SELECT a[0] FROM sales', '0A000', /super/, 1, 9],
    ['SELECT x::super FROM sales', '0A000', /type super/, 1, 11],
    ['SELECT\n  nope(1)', '42883', /nope/, 2, 3],
    ['SELECT *\nFROM missing', '42P01', /relation "missing"/, 2, 6],
    ['SELECT id,\n  prise FROM sales', '42703', /prise/, 2, 3],
    ["SELECT TO_CHAR(sold, 'YYYY-ZZ') FROM sales", '22007', /ZZ/, 1, 22],
    ['SELECT id FROM sales WHERE', '42601', /syntax error/, 1, 22],
    ['SELECT id,\n  TRUE + id FROM sales', '42883', /operator does not exist: boolean \+ .*type casts/, 2, 8],
    ['SELECT s.prise FROM sales s', '42703', /column s\.prise does not exist/, 1, 8],
    ['SELECT id FROM sales a, sales b', '42702', /column reference "id" is ambiguous/, 1, 8],
    ['SELECT id, count(*) FROM sales', '42803', /must appear in the GROUP BY clause/, 1, 8],
    ["SELECT 'open FROM sales", '42601', /unterminated/, 1, 8],
    ['GRANT ALL ON sales TO bob', '0A000', /GRANT/, 1, 1],
    ['MERGE INTO sales USING x ON 1=1 WHEN MATCHED THEN DELETE', '0A000', /MERGE/, 1, 1],
  ])('%s', async (sql, code, message, line, column) => {
    const { error, state } = await db.run(sql)
    expect(state).toBe('FAILED')
    expect(error?.code).toBe(code)
    expect(error?.message).toMatch(message)
    expect(error?.at).toMatchObject({ line, column })
  })
})

describe('a text stays inside the warehouse', () => {
  test.each([
    "SELECT * FROM 'lake/x.csv'",
    'SELECT * FROM "data/x.csv"',
    "SELECT * FROM sales, 'lake/x.parquet'",
    "SELECT * FROM read_csv('x.csv')",
    "SELECT * FROM sales WHERE id IN (SELECT 1 FROM glob('*'))",
    'SELECT * FROM spice.main.x',
    'SELECT * FROM results.warehouse.x',
    'SELECT * FROM millrace.tables',
    'SELECT * FROM memory.redshift.pg_table_def',
    'SELECT * FROM duckdb_tables()',
    'SELECT * FROM information_schema.tables',
    "SELECT getvariable('millrace_now')",
    "SELECT current_setting('memory_limit')",
    'SELECT memory.redshift.rs_getdate()',
    'FROM sales',
    'SELECT * FROM (FROM sales)',
    "SELECT * FROM (SUMMARIZE 'x.csv')",
    "SELECT 1 UNION ALL FROM 'x.csv'",
    "INSERT INTO sales FROM 'x.csv'",
    "INSERT INTO sales SELECT * FROM 'x.csv'",
    "UPDATE sales SET id = x.a FROM 'x.csv' x",
    "DELETE FROM sales USING 'x.csv' x WHERE id = x.a",
    "CREATE TABLE t AS SELECT * FROM 'x.csv'",
    "CREATE VIEW t AS SELECT * FROM 'x.csv'",
    'WITH "x.csv" AS (SELECT 1) SELECT * FROM "x.csv"',
    'SET threads = 1',
    'PRAGMA database_list',
    "ATTACH 'x.db'",
    "COPY sales TO 'x.csv'",
    "COPY sales FROM '/etc/passwd'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'CALL pragma_version()',
    'USE spice',
    'EXPORT DATABASE x',
    'CHECKPOINT',
    "INSERT INTO millrace.tables VALUES ('x')",
    'DROP TABLE spice.main.x',
    'CREATE TABLE spice.main.x (a int)',
    'CREATE SCHEMA millrace',
  ])('%s', async (sql) => {
    const { state, error } = await db.run(sql)
    expect(state).toBe('FAILED')
    expect(error?.domain).toBe('user')
    expect(['0A000', '42601', '42883', '42P01', '42501', '42602', '3F000', '42939', '42703']).toContain(error?.code)
  })
})
