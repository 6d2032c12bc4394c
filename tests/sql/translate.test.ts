import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TRINO_MACROS } from '../../src/engines/athena/translate/functions.ts'
import { translateQuery } from '../../src/engines/athena/translate/translate.ts'
import { duckError } from '../../src/engines/kit/node/duck/errors.ts'
import { DuckError, toCell, toColumn } from '../../src/engines/kit/node/duck.ts'
import { ARITHMETIC_MACROS } from '../../src/engines/kit/node/sql/arithmetic.ts'
import { trinoType } from '../../src/engines/kit/node/sql/types.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
  await connection.run('SET GLOBAL integer_division = true')
  await connection.run('SET errors_as_json = true')
  for (const macro of [...ARITHMETIC_MACROS, ...TRINO_MACROS]) await connection.run(macro)
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

async function answer(sql: string): Promise<string> {
  const translated = translateQuery(sql, { nowMs: Date.UTC(2001, 0, 2, 3, 4, 5) })
  const result = await connection.runAndReadAll(translated.render((stand) => stand))
  const rows = result.getRows().map((row) => row.map((value) => toCell(value)).join(' | '))
  const types = result.columnTypes().map((type, i) => toColumn(result.columnName(i), type, trinoType).declared)
  return `${rows.join(' / ')} :: ${types.join(' | ')}`
}

/** What a user is told of a query that fails in DuckDB. */
async function refusal(sql: string): Promise<string> {
  const translated = translateQuery(sql, { nowMs: 0 })
  const source = (stand: string) => stand
  const text = translated.render(source)
  try {
    await connection.runAndReadAll(text)
  } catch (thrown) {
    const error = duckError(thrown, text)
    return error instanceof DuckError ? translated.explainFailure(error.failure, source).message : error.message
  }
  return 'none'
}

/** What Trino answers, and the type it has there. */
const GOLDEN: readonly [sql: string, answer: string][] = [
  // Arithmetic by type
  ['SELECT 5/2, -5/2, 7 % 3', '2 | -2 | 1 :: integer | integer | integer'],
  ['SELECT 9223372036854775807 / 2', '4611686018427387903 :: bigint'],
  [`SELECT DECIMAL '5.00' / 3 = DECIMAL '1.67', 1e0 / 2`, 'true | 0.5 :: boolean | double'],
  ['SELECT 1e0 / 0, -1e0 / 0, 0e0 / 0', 'Infinity | -Infinity | NaN :: double | double | double'],
  ['SELECT x / y FROM (VALUES (7, 2), (9, 4)) t(x, y) ORDER BY 1', '2 / 3 :: integer'],
  ['SELECT sum(x) / count(*) FROM (VALUES 1, 2, 4) t(x)', '2 :: bigint'],
  ['SELECT sum(x), avg(x) FROM (VALUES 1, 2) t(x)', '3 | 1.5 :: bigint | double'],
  ['SELECT sum(x), avg(x) FROM (VALUES 1.10, 2.25) t(x)', '3.35 | 1.68 :: decimal(38,2) | decimal(3,2)'],
  [
    'SELECT sum(x) OVER (ORDER BY x), avg(x) OVER () FROM (VALUES 1, 2) t(x) ORDER BY 1',
    '1 | 1.5 / 3 | 1.5 :: bigint | double',
  ],
  ['SELECT avg(x) FILTER (WHERE x > 1), sum(DISTINCT x) FROM (VALUES 1, 2, 2) t(x)', '2 | 3 :: double | bigint'],
  ['SELECT avg(sum(x)) OVER () FROM (VALUES 1.50, 2.50) t(x) GROUP BY x', '2.00 / 2.00 :: decimal(38,2)'],
  ["SELECT try(1 / 0), try_cast('x' AS integer)", 'null | null :: integer | integer'.replaceAll('null', '')],
  // Dates
  [
    `SELECT date '2001-01-31' + interval '1' month, timestamp '2001-01-01 00:00:00' - interval '2' hour`,
    '2001-02-28 | 2000-12-31T22:00:00.000Z :: date | timestamp(3)',
  ],
  [
    `SELECT date_trunc('month', date '2001-02-03'), date_add('day', 3, date '2001-02-03')`,
    '2001-02-01 | 2001-02-06 :: date | date',
  ],
  [
    `SELECT date_diff('month', timestamp '2001-01-31 00:00:00', timestamp '2001-03-01 00:00:00'), date_diff('day', date '2001-01-01', date '2001-02-01')`,
    '1 | 31 :: bigint | bigint',
  ],
  [
    `SELECT date_format(timestamp '2001-02-03 04:05:06', '%Y-%m-%d %H:%i:%s'), date_parse('2001-02-03 04:05', '%Y-%m-%d %H:%i')`,
    '2001-02-03 04:05:06 | 2001-02-03T04:05:00.000Z :: varchar | timestamp(3)',
  ],
  [`SELECT day_of_week(date '2001-01-07'), hour(timestamp '2001-01-01 05:00:00')`, '7 | 5 :: bigint | bigint'],
  [
    'SELECT current_date, from_unixtime(0), now()',
    '2001-01-02 | 1970-01-01T00:00:00.000Z | 2001-01-02T03:04:05.000Z :: date | timestamp(3) with time zone | timestamp(3) with time zone',
  ],
  [`SELECT format_datetime(timestamp '2001-02-03 04:05:06', 'yyyy/MM/dd HH:mm')`, '2001/02/03 04:05 :: varchar'],
  // Arrays, maps, JSON, text
  [
    'SELECT transform(ARRAY[1,2], x -> x * 2), filter(ARRAY[1,2,3], x -> x > 1), reduce(ARRAY[1,2,3], 0, (s, x) -> s + x, s -> s * 10)',
    '[2,4] | [2,3] | 60 :: array(integer) | array(integer) | integer',
  ],
  [
    'SELECT element_at(ARRAY[1,2], 5), cardinality(ARRAY[1,2]), ARRAY[3,4][1], contains(ARRAY[1], 1)',
    ' | 2 | 3 | true :: integer | bigint | integer | boolean',
  ],
  [
    `SELECT element_at(MAP(ARRAY['a'], ARRAY[1]), 'a'), array_join(ARRAY['a','b'], '-')`,
    '1 | a-b :: integer | varchar',
  ],
  [
    'SELECT t.a, u.v, u.o FROM (VALUES (1, ARRAY[5,6])) t(a, arr) CROSS JOIN UNNEST(arr) WITH ORDINALITY AS u(v, o) ORDER BY u.o',
    '1 | 5 | 1 / 1 | 6 | 2 :: integer | integer | bigint',
  ],
  [`SELECT json_extract_scalar('{"a":{"b":"x"}}', '$.a.b'), json_array_length('[1,2]')`, 'x | 2 :: varchar | bigint'],
  [
    `SELECT regexp_extract('ab12', '([a-z]+)(\\d+)', 2), regexp_extract('x', 'y'), regexp_replace('ab', '(a)', '<$1>')`,
    '12 |  | <a>b :: varchar | varchar | varchar',
  ],
  [
    `SELECT concat('a', 'b') || 'c', 'a' || 'b', split_part('a,b', ',', 2), substr('hello', 2, 3)`,
    'abc | ab | b | ell :: varchar | varchar | varchar | varchar',
  ],
  // NULLs and edges
  ['SELECT greatest(1, null), least(null, 1), greatest(1, 3, 2)', ' |  | 3 :: integer | integer | integer'],
  [
    'SELECT array_max(ARRAY[1, null]), array_min(ARRAY[1, null]), array_max(ARRAY[1, 2])',
    ' |  | 2 :: integer | integer | integer',
  ],
  [
    'SELECT array_distinct(ARRAY[2, 1, 2, null, null]), array_union(ARRAY[1], ARRAY[null]), array_intersect(ARRAY[1, null], ARRAY[null])',
    '[2,1,null] | [1,null] | [null] :: array(integer) | array(integer) | array(integer)',
  ],
  [`SELECT extract(dow FROM date '2026-11-29'), dow(date '2026-11-29')`, '7 | 7 :: bigint | bigint'],
  [
    `SELECT substr('hello', 0), substring('hello' FROM 0 FOR 2), substr('hello', -2), substr('hello', -9), substr('hello', 2, -1), substr(null, 0)`,
    ' |  | lo |  |  |  :: varchar | varchar | varchar | varchar | varchar | varchar',
  ],
  [`SELECT split_part('a-b', '-', 5), split_part('a-b', '-', 2)`, ' | b :: varchar | varchar'],
  [
    `SELECT json_extract_scalar('{"a":[1]}', '$.a'), json_extract_scalar('{"a":{}}', '$.a'), json_extract_scalar('{"a":1}', '$.a')`,
    ' |  | 1 :: varchar | varchar | varchar',
  ],
  [`SELECT x'41', to_hex(x'4 1fF')`, '41 | 41FF :: varbinary | varchar'],
  [
    'SELECT approx_distinct(x), approx_distinct(x, 0.01) FROM UNNEST(sequence(1, 1000)) AS t(x)',
    '1000 | 1000 :: bigint | bigint',
  ],
  [
    `SELECT timestamp '2001-01-01 00:00:00' AT TIME ZONE 'UTC', timestamp '2001-01-01 00:00:00 UTC'`,
    '2001-01-01T00:00:00.000Z | 2001-01-01T00:00:00.000Z :: timestamp(3) with time zone | timestamp(3) with time zone',
  ],
  [
    `SELECT date '2001-03-01' - date '2001-02-01' = interval '28' day, a - b = interval '1' day, 7 - c, try(c - c) FROM (VALUES (date '2001-01-02', date '2001-01-01', 3)) t(a, b, c)`,
    'true | true | 4 | 0 :: boolean | boolean | integer | integer',
  ],
  [
    `SELECT a - b ${'- a'.repeat(30)}, sum(a) - sum(b) - count(*), max(a) - (min(a) - b) FROM (VALUES (3, 1)) t(a, b) GROUP BY a, b`,
    '-88 | 1 | 1 :: integer | bigint | integer',
  ],
  [`SELECT date '2001-01-31' + interval '1-1' year to month`, '2002-02-28 :: date'],
  [
    `SELECT interval '1 02:03:04.5' day to second = interval '93784.5' second, interval '-01:30' hour to minute = interval '-90' minute`,
    'true | true :: boolean | boolean',
  ],
  // Zones: the instant stays, the clock on the wall is the zone's
  [
    `SELECT timestamp '2001-01-01 00:00:00' AT TIME ZONE 'America/New_York' AS a, at_timezone(timestamp '2001-07-01 00:00:00 UTC', '+05:30') AS b`,
    '2000-12-31 19:00:00.000 America/New_York | 2001-07-01 05:30:00.000 +05:30 :: varchar | varchar',
  ],
  [
    `SELECT hour(timestamp '2001-01-01 00:00:00' AT TIME ZONE 'America/New_York'), date(timestamp '2001-01-01 20:00:00' AT TIME ZONE '+05:30'), hour(timestamp '2001-07-01 03:00:00 Europe/Berlin')`,
    '19 | 2001-01-02 | 3 :: bigint | date | bigint',
  ],
  [
    `SELECT with_timezone(timestamp '2001-07-01 00:00:00', 'Europe/Berlin') AS a, from_unixtime(0, 'Europe/Berlin') AS b`,
    '2001-07-01 00:00:00.000 Europe/Berlin | 1970-01-01 01:00:00.000 Europe/Berlin :: varchar | varchar',
  ],
  [
    `WITH a AS (SELECT timestamp '2001-01-01 00:00:00' AT TIME ZONE 'Asia/Kolkata' AS t) SELECT hour(t), minute(t), cast(t AS varchar), cast(t AS date), to_iso8601(t), timezone_hour(t), timezone_minute(t) FROM a`,
    '5 | 30 | 2001-01-01 05:30:00.000 Asia/Kolkata | 2001-01-01 | 2001-01-01T05:30:00.000+05:30 | 5 | 30 :: bigint | bigint | varchar | date | varchar | bigint | bigint',
  ],
  [
    `SELECT date_trunc('day', timestamp '2001-01-01 03:00:00 UTC' AT TIME ZONE 'America/New_York') AS a, date_add('month', 1, timestamp '2001-03-01 00:00:00 Europe/Berlin') AS b`,
    '2000-12-31 00:00:00.000 America/New_York | 2001-04-01 00:00:00.000 Europe/Berlin :: varchar | varchar',
  ],
  [
    `SELECT t FROM (VALUES timestamp '2001-01-01 00:00:00', NULL) v(u) CROSS JOIN LATERAL (SELECT u AT TIME ZONE '-03:00' AS t) w ORDER BY t`,
    '2000-12-31 21:00:00.000 -03:00 /  :: varchar',
  ],
  [`SELECT timestamp '2001-01-01 00:00:00 UTC' = timestamp '2000-12-31 19:00:00 America/New_York'`, 'true :: boolean'],
  // Groups and literals
  [
    'SELECT k, try(1 / k), try(sum(k) / 0) FROM (VALUES 0, 1) t(k) GROUP BY k ORDER BY 1',
    '0 |  |  / 1 | 1 |  :: integer | integer | bigint',
  ],
  [
    `SELECT real '0.5', double '1.5', bigint '3', smallint '-4', boolean 'true', varchar 'x'`,
    '0.5 | 1.5 | 3 | -4 | true | x :: real | double | bigint | smallint | boolean | varchar',
  ],
  // Shape of queries
  ['SELECT x FROM (VALUES 2, NULL, 1) t(x) ORDER BY x DESC', '2 / 1 /  :: integer'],
  [
    'WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT * FROM a UNION ALL SELECT * FROM b ORDER BY 1',
    '1 / 2 :: integer',
  ],
  [
    'SELECT max_by(x, y), min_by(x, y), arbitrary(1), count_if(x > 1) FROM (VALUES (1, 9), (2, 8)) t(x, y)',
    '1 | 2 | 1 | 1 :: integer | integer | integer | bigint',
  ],
  ['SELECT x FROM (VALUES 1, 2, 3) t(x) ORDER BY x OFFSET 1 FETCH FIRST 1 ROWS ONLY', '2 :: integer'],
  [
    "SELECT if(1 > 2, 1), CASE WHEN true THEN 2 END, cast(row(1, 'a') AS row(x integer, y varchar)).y",
    ' | 2 | a :: integer | integer | varchar',
  ],
]

describe('Trino in DuckDB', () => {
  it.each(GOLDEN)('%s', async (sql, expected) => {
    expect(await answer(sql)).toBe(expected)
  })

  it('names columns as Athena does', async () => {
    const translated = translateQuery('SELECT 1, count(*), 2 AS b', { nowMs: 0 })
    const result = await connection.runAndReadAll(translated.render((stand) => stand))
    expect(result.columnNames()).toEqual(['_col0', '_col1', 'b'])
  })

  it.each([
    `SELECT 1 = '1'`,
    `SELECT x FROM (VALUES date '2001-01-01') t(x) WHERE x = '2001-01-01'`,
    `SELECT x FROM (VALUES date '2001-01-01') t(x) WHERE x < '2001-01-01'`,
    `SELECT x FROM (VALUES 1) t(x) WHERE x IN ('1', '2')`,
    `SELECT 1 FROM (VALUES 1) a(x) LEFT JOIN (VALUES '1') b(y) ON a.x = b.y`,
    `SELECT true = 'true'`,
    `SELECT x = y FROM (VALUES (1, '1')) t(x, y)`,
    `SELECT concat('a', 1)`,
    `SELECT 'a' || x FROM (VALUES 1) t(x)`,
  ])('refuses types that do not agree: %s', async (sql) => {
    await expect(answer(sql)).rejects.toThrow(
      /Cannot compare values|could not find key \\*"(unexpected parameters|cannot apply operator: boolean = )/i,
    )
  })

  it.each([
    [
      "SELECT CASE x WHEN 1 THEN 'a' WHEN '2' THEN 'b' END FROM (VALUES 1) t(x)",
      'line 1:13: Cannot compare integer with varchar',
    ],
    ["SELECT nullif(x, '') FROM (VALUES 1) t(x)", 'line 1:15: Cannot compare integer with varchar'],
    ['SELECT 1 FROM (VALUES 1) t(i) JOIN (VALUES true) u(s) ON i = s', 'line 1:58: Cannot apply operator'],
    ["SELECT 'a' + 1", 'line 1:8: Cannot apply operator: varchar + integer'],
    [
      "SELECT x LIKE '1%' FROM (VALUES 1) t(x)",
      'Left side of LIKE expression must evaluate to a varchar (actual: integer)',
    ],
    ['SELECT c.nosuch FROM (VALUES 1) c(x)', "line 1:8: Column 'c.nosuch' cannot be resolved"],
    ['SELECT x FROM (VALUES 1) t(x) ORDER BY abs(x), 3 DESC', 'line 1:48: ORDER BY position 3 is not in select list'],
    ["SELECT contains(a, '1') FROM (VALUES ARRAY[1]) t(a)", 'Unexpected parameters for function contains'],
    ["SELECT CAST('yes' AS boolean)", "Cannot cast 'yes' to BOOLEAN"],
    ["SELECT CAST('1_000' AS integer)", "Cannot cast '1_000' to INT"],
    ["SELECT CAST('2024-01-05 10:00' AS date)", 'Value cannot be cast to date: 2024-01-05 10:00'],
  ])('says what is wrong in the words of Trino, and where: %s', async (sql, message) => {
    await expect(refusal(sql)).resolves.toContain(message)
  })

  it('knows no zone by a wrong name', async () => {
    await expect(answer(`SELECT timestamp '2001-01-01 00:00:00' AT TIME ZONE 'Nope/Zone'`)).rejects.toThrow(
      /Unknown TimeZone/,
    )
  })

  it.each([
    'SELECT 1/0',
    `SELECT split_part('a', '-', 0)`,
    'SELECT 1.0/0',
    'SELECT x % 0 FROM (VALUES 1) t(x)',
    'SELECT sum(x) FROM (VALUES 9223372036854775807, 1) t(x)',
    'SELECT 2147483647 + 1',
  ])('fails where Trino does: %s', async (sql) => {
    await expect(answer(sql)).rejects.toThrow()
  })
})
