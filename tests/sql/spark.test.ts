import { readFileSync } from 'node:fs'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SPARK_MACROS } from '../../src/engines/athena/spark/macros.ts'
import { parseStatement } from '../../src/engines/athena/statements/parse.ts'
import { TRINO_MACROS } from '../../src/engines/athena/translate/functions.ts'
import { translateQuery } from '../../src/engines/athena/translate/translate.ts'
import { toCell } from '../../src/engines/kit/node/duck.ts'
import { ARITHMETIC_MACROS } from '../../src/engines/kit/node/sql/arithmetic.ts'
import { sparkTable } from '../support/spark-functions.ts'

let instance: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC'`)
  await connection.run('SET GLOBAL integer_division = true')
  for (const macro of [...ARITHMETIC_MACROS, ...TRINO_MACROS, ...SPARK_MACROS]) await connection.run(macro)
})
afterAll(() => {
  connection.closeSync()
  instance.closeSync()
})

async function answer(sql: string, dialect: 'spark' | 'hive' = 'spark'): Promise<string> {
  const translated = translateQuery(sql, { dialect, nowMs: Date.UTC(2001, 0, 2, 3, 4, 5) })
  const result = await connection.runAndReadAll(translated.render((stand) => stand))
  return result
    .getRows()
    .map((row) => row.map((value) => text(toCell(value))).join(' | '))
    .join(' / ')
}

const text = (value: unknown) => (value === null || typeof value !== 'object' ? String(value) : JSON.stringify(value))

/** Statements with the rows that Spark 4.0.1 gave for them, in its ANSI mode; `error` where it refused. */
const golden = readFileSync('tests/sql/spark/golden.txt', 'utf8')
  .trim()
  .split('\n\n')
  .map((entry): [sql: string, rows: string] => {
    const [sql, ...rows] = entry.split('\n')
    return [sql, rows.join('\n')]
  })

describe('Spark SQL', () => {
  it.each(golden)('%s', async (sql, rows) => {
    if (rows === 'error') await expect(answer(sql)).rejects.toThrow()
    else expect(await answer(sql)).toBe(rows)
  })

  it('gives NULL in the dialect of Hive, and of Spark 3, where Spark 4 fails', async () => {
    expect(await answer(`SELECT 1 / 0, 5 div 0, 1 % 0, CAST('x' AS INT), array(10)[5]`, 'hive')).toBe(
      'null | null | null | null | null',
    )
  })

  it.each([
    [`SELECT hash('a')`, 'hash', /no such hash/],
    [`SELECT input_file_name()`, 'input_file_name', /cluster/],
    [`SELECT nothing_known('a')`, 'nothing_known', /not registered/],
  ])('refuses %s by its name and place', (sql, _name, message) => {
    expect(() => translateQuery(sql, { dialect: 'spark', nowMs: 0 })).toThrow(message)
    expect(() => translateQuery(sql, { dialect: 'spark', nowMs: 0 })).toThrow(/^line 1:8: /)
  })

  it.each([
    [String.raw`SELECT 'it\'s; so', "a\"b", r'\d', 'it''s', 'a' 'b'`, String.raw`it's; so | a"b | \d | its | ab`],
    [String.raw`SELECT length('\n\t'), 'a\u0041\101', '\d', '\\', '\%'`, '2 | aAA | d | \\ | \\%'],
    [String.raw`SELECT '10%' LIKE '10\%', '105' LIKE '10\%', 'a1' RLIKE '\\d'`, 'true | false | true'],
  ])('reads %s with its backslashes', async (sql, rows) => {
    expect(await answer(sql)).toBe(rows)
    expect(parseStatement(sql, 'spark')).toMatchObject({ kind: 'query' })
    expect(() => translateQuery(`${sql}, nothing_known(1)`, { dialect: 'spark', nowMs: 0 })).toThrow(/^line 1:\d\d: /)
  })

  it.each([
    [
      `from_json('{"a":1, "b":["x", 2], "userId":"u"}', 'a INT, b ARRAY<STRING>, userId: STRING NOT NULL COMMENT "who"')`,
      '{"a":1,"b":["x","2"],"userId":"u"}',
    ],
    [`from_json('{"a":{"b":[{"c":2.5}]}}', 'a STRUCT<b: ARRAY<STRUCT<c: DOUBLE>>>').a.b[0].c`, '2.5'],
    // What cannot be read is a struct of NULLs, or no list at all.
    [`from_json('no json', 'a INT'), from_json('', 'a INT'), from_json(NULL, 'a INT')`, '{"a":null} | null | null'],
    [
      `from_json('no json', 'ARRAY<INT>'), from_json('{"a":1}', 'ARRAY<INT>'), from_json('7', 'a INT')`,
      'null | null | {"a":null}',
    ],
    [`from_json('{"a":"x","A":1,"b":99999999999}', 'a INT, b INT, c DATE')`, '{"a":null,"b":null,"c":null}'],
    [`from_json('[1,null,3]', 'ARRAY<INT>'), from_json('{"k":2}', 'MAP<STRING, INT>')['k']`, '[1,null,3] | 2'],
    [`from_json('[{"a":1}]', 'a INT'), from_json('{"a":1}', 'array<struct<a:int>>')`, '{"a":null} | [{"a":1}]'],
    [`from_json('{"n":12.345}', 'n DECIMAL(10,2)').n + 1`, '13.35'],
    [
      `to_json(named_struct('a', 1, 'b', NULL)), to_json(array(named_struct('a', NULL, 'b', 2))), to_json(array(1, NULL))`,
      '{"a":1} | [{"b":2}] | [1,null]',
    ],
  ])('reads and writes JSON: %s', async (expressions, row) => {
    expect(await answer(`SELECT ${expressions}`)).toBe(row)
  })

  it.each([
    [`from_json('1', 'INT')`, 'DATATYPE_MISMATCH.INVALID_JSON_SCHEMA'],
    [`from_json('1', 'a NOTHING')`, 'PARSE_SYNTAX_ERROR'],
    [`from_json('1', 'a ARRAY<INT')`, 'PARSE_SYNTAX_ERROR'],
    [`from_json('{}', 'a INT', map('mode', 'FAILFAST'))`, 'NOT_SUPPORTED'],
  ])('refuses the schema or the options of %s', (call, code) => {
    expect(() => translateQuery(`SELECT ${call}`, { dialect: 'spark', nowMs: 0 })).toThrow(
      expect.objectContaining({ code }),
    )
  })

  it('documents every function as the translation treats it', () => {
    expect(readFileSync('docs/conformance/spark.md', 'utf8')).toContain(sparkTable())
  })
})
