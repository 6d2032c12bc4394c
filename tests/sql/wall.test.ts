import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as athenaEngine } from '../../src/engines/athena/engine.ts'
import { engine as catalogEngine } from '../../src/engines/catalog/engine.ts'
import { engine as lakeEngine } from '../../src/engines/lake/engine.ts'
import { engine as warehouseEngine } from '../../src/engines/warehouse/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

/** What people write as SQL is run by DuckDB, which reads files and itself by many functions. None of them is to be had. */

const MARKER = 'behind-the-wall'
const outside = mkdtempSync(join(tmpdir(), 'millrace-wall-'))
const csv = `a,b\n1,${MARKER}\n`
let engines: TestEngines
let secrets: string[]
let functions: string[]

beforeAll(async () => {
  engines = await startEngines([lakeEngine, catalogEngine, athenaEngine, warehouseEngine])
  const { clients, workspaceDirectory } = engines
  await clients.lake.createBucket({ bucket: 'data' })
  await clients.catalog.listDatabases({})
  await clients.warehouse.preview({ sql: 'SELECT 1' })
  const own = [
    '.millrace/secret.csv',
    '.millrace/olap/inbox/secret.csv',
    '.millrace/lake/stage/secret.csv',
    'secret.csv',
  ]
  secrets = [...own.map((path) => join(workspaceDirectory, path)), join(outside, 'secret.csv')]
  for (const path of secrets) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, csv)
  }
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const { values } = {
    values: (
      await connection.runAndReadAll(
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('table', 'table_macro', 'pragma') ORDER BY 1",
      )
    ).getColumns(),
  }
  functions = (values[0] as string[]).filter((name) => /^\w+$/.test(name))
  connection.closeSync()
  instance.closeSync()
})
afterAll(async () => {
  await engines[Symbol.asyncDispose]()
  rmSync(outside, { recursive: true, force: true })
})

/** The ways by which a text comes to DuckDB; the first three answer what it would be given. Statements that are no query are refused likewise. */
const ways: Record<string, (sql: string) => Promise<unknown>> = {
  athena: (sql) => engines.clients.athena.readSql({ sql }),
  spark: (sql) => engines.clients.athena.readSql({ sql, dialect: 'spark' }),
  warehouse: (sql) => engines.clients.warehouse.translate({ sql }),
  'a transform of records': (query) => engines.clients.athena.selectRecords({ query, records: ['{"a":1}'] }),
}

async function refusedBy(way: string, sql: string): Promise<string | undefined> {
  try {
    return `went well and gave ${JSON.stringify(await ways[way](sql)).slice(0, 300)}`
  } catch (thrown) {
    const { domain, message } = thrown as { domain?: string; message: string }
    if (message.includes(MARKER)) return `told ${message}`
    // DuckDB's own refusal would do, but the wall before it should not let the text come so far.
    if (domain !== 'user' || /disabled by configuration/.test(message)) return `${domain}: ${message}`
    return undefined
  }
}

async function all(way: string, texts: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const sql of texts) {
    const wrong = await refusedBy(way, sql)
    if (wrong !== undefined) found.push(`${sql}\n  ${wrong}`)
  }
  return found
}

describe.each(Object.keys(ways))('%s', (way) => {
  it('has no table function of DuckDB that reads anything', async () => {
    expect(functions.length).toBeGreaterThan(100)
    const plain = new Set(['generate_series', 'json_each', 'json_tree', 'range', 'repeat', 'unnest', 'histogram'])
    const names = functions.filter((name) => !plain.has(name))
    const file = secrets[0]
    const texts = names.map((name, i) => {
      const call = [
        `${name}('${file}')`,
        `"${name}"('${file}')`,
        `main.${name}('${file}')`,
        `system.main.${name}('${file}')`,
      ][i % 4]
      return `SELECT * FROM ${call} AS f`
    })
    expect(await all(way, texts)).toEqual([])
  })

  it('reads no file, by whatever name', async () => {
    const texts = secrets.flatMap((path) => [
      `SELECT * FROM '${path}'`,
      `SELECT * FROM "${path}"`,
      `SELECT * FROM "${path}" AS t`,
      `WITH "${path}" AS (SELECT 1 AS a) SELECT * FROM "${path}"`,
      `WITH "${path}" AS (SELECT * FROM "${path}") SELECT * FROM "${path}"`,
      `WITH t AS (SUMMARIZE '${path}') SELECT * FROM t`,
      `SELECT * FROM (PIVOT '${path}' ON a USING sum(b))`,
      `SELECT * FROM (EXPLAIN SELECT * FROM '${path}')`,
      `SELECT * FROM (TABLE "${path}")`,
      `SELECT * FROM TABLE(read_csv('${path}'))`,
      `WITH t AS (SELECT * FROM read_csv('${path}')) SELECT * FROM t`,
      `SELECT (SELECT max(b) FROM read_csv('${path}')) AS x`,
      `SELECT 1 AS a WHERE EXISTS (SELECT 1 FROM read_text('${path}'))`,
      `SELECT 1 AS a WHERE NOT (SELECT max(content) FROM read_text('${path}')) LIKE 'x'`,
      `SELECT NOT 'x' LIKE (SELECT max(content) FROM read_text('${path}')) AS a`,
      `SELECT * FROM (SELECT 1 AS a) x, LATERAL (SELECT * FROM read_blob('${path}')) y`,
      `SELECT * FROM (SUMMARIZE '${path}')`,
      `SELECT * FROM (DESCRIBE SELECT * FROM '${path}')`,
      `SELECT * FROM (FROM '${path}')`,
      `FROM '${path}'`,
      `SELECT * FROM query('SELECT * FROM ''${path}''')`,
      `SELECT * FROM query_table('${path}')`,
      `SELECT * FROM query_table(['${path}'])`,
      `SELECT 1 AS a UNION ALL FROM '${path}'`,
      `PIVOT '${path}' ON a USING sum(b)`,
      `SELECT * FROM \`${path}\` TABLESAMPLE (1 ROWS)`,
      `SELECT * FROM read_csv('${path}') TABLESAMPLE (1 ROWS)`,
      `SELECT * FROM (SELECT 1 AS a) TABLESAMPLE ((SELECT count(*) FROM read_csv('${path}')) ROWS)`,
      `SELECT * FROM \`${path}\` PIVOT (max(b) FOR a IN (1))`,
      `SELECT * FROM \`${path}\` UNPIVOT (v FOR k IN (a))`,
      `SELECT * FROM (SELECT 1 AS a) PIVOT (max(a) FOR read_text('${path}') IN (1))`,
      `SELECT * FROM (SELECT 1 AS a, 2 AS b) PIVOT (max(a) FOR b IN ((SELECT max(content) FROM read_text('${path}'))))`,
      `SELECT * FROM (SELECT 1 AS a, 2 AS b) PIVOT (max((SELECT content FROM read_text('${path}'))) FOR b IN (2))`,
    ])
    expect(await all(way, texts)).toEqual([])
  })

  it('sees no database of the program, nor what it is set to', async () => {
    const names = [
      'results.main.q',
      'spice.main.x',
      'system.main.sqlite_master',
      'temp.main.x',
      'memory.main.x',
      'sqlite_master',
      'duckdb_logs',
    ]
    const told = [
      "current_setting('threads')",
      "getvariable('x')",
      "getenv('HOME')",
      'current_query()',
      'pg_get_viewdef(1)',
      "nextval('s')",
      "write_log('x')",
    ]
    const texts = [
      ...names.map((name) => `SELECT * FROM ${name}`),
      ...told.map((call) => `SELECT ${call} AS x, record_id FROM records`),
      ...told.map((call) => `SELECT ${call} AS x`),
      ...told.map((call) => `SELECT NOT ${call} LIKE 'x' AS x, record_id FROM records`),
      'SELECT * FROM (SHOW ALL TABLES)',
      'SELECT * FROM (SHOW DATABASES)',
    ]
    expect(await all(way, texts)).toEqual([])
  })

  it('changes nothing of the program', async () => {
    const texts = [
      `COPY (SELECT 1) TO '${outside}/x.csv'`,
      `COPY t FROM '${secrets[0]}'`,
      `COPY FROM DATABASE results TO memory`,
      `EXPORT DATABASE '${outside}'`,
      `IMPORT DATABASE '${outside}'`,
      `ATTACH '${outside}/x.db'`,
      `ATTACH DATABASE IF NOT EXISTS ':memory:' AS x`,
      'DETACH results',
      'USE results',
      'SET threads = 1',
      "SET GLOBAL allowed_directories = ['/']",
      'SET VARIABLE x = 1',
      'RESET threads',
      'PRAGMA database_list',
      'PRAGMA enable_profiling',
      'INSTALL httpfs',
      'FORCE INSTALL httpfs FROM community',
      'LOAD httpfs',
      `LOAD '${outside}/x.duckdb_extension'`,
      'CALL pragma_version()',
      'CALL enable_logging()',
      "CREATE SECRET s (TYPE S3, KEY_ID 'x', SECRET 'y')",
      "CREATE MACRO m() AS TABLE SELECT * FROM read_text('x')",
      'CREATE TEMP TABLE x AS SELECT 1',
      'CHECKPOINT',
      'VACUUM',
      "PREPARE p AS SELECT * FROM read_text('x')",
      'EXECUTE p',
      'SELECT 1; SELECT 2',
      "EXPLAIN ANALYZE COPY (SELECT 1) TO 'x'",
    ]
    expect(await all(way, texts)).toEqual([])
  })
})

describe('a transform of records', () => {
  it('has what makes rows of its records', async () => {
    const rows = await engines.clients.athena.selectRecords({
      query: `WITH parts AS (SELECT record_id, unnest(from_json(data->'tags', '["VARCHAR"]')) AS tag FROM records)
        SELECT record_id, upper(tag) AS tag, (SELECT count(*) FROM range(3)) AS n FROM parts, generate_series(1, 1) g(i) ORDER BY tag`,
      records: ['{"tags":["x","y"]}'],
    })
    expect(rows.map(({ text }) => JSON.parse(text))).toEqual([
      { tag: 'X', n: 3 },
      { tag: 'Y', n: 3 },
    ])
  })
})
