import {
  AthenaClient,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  StartQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import { GetDatabaseCommand, GetPartitionsCommand, GetTableCommand, GlueClient } from '@aws-sdk/client-glue'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as athenaEngine } from '../../src/engines/athena/engine.ts'
import { engine as catalogEngine } from '../../src/engines/catalog/engine.ts'
import { engine as lakeEngine } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

let gate: TestGate
let glue: GlueClient
let athena: AthenaClient

beforeAll(async () => {
  gate = await startGate([lakeEngine, catalogEngine, athenaEngine])
  glue = new GlueClient(gate.config)
  athena = new AthenaClient(gate.config)
  await gate.engines.clients.lake.createBucket({ bucket: 'data' })
})
afterAll(async () => {
  glue.destroy()
  athena.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

async function put(key: string, text: string): Promise<void> {
  await gate.engines.clients.lake.putObject({ bucket: 'data', key, body: new TextEncoder().encode(text) })
}

async function run(QueryString: string, Database = 'default') {
  const start = new StartQueryExecutionCommand({ QueryString, QueryExecutionContext: { Database } })
  const { QueryExecutionId } = await athena.send(start)
  for await (const _ of gate.engines.clients.athena.watchQuery({ queryId: QueryExecutionId! }));
  return (await athena.send(new GetQueryExecutionCommand({ QueryExecutionId }))).QueryExecution!
}

/** The cells of a statement's rows without the names of the columns, NULL as null. */
async function rows(sql: string, database?: string): Promise<(string | null)[][]> {
  const { QueryExecutionId, Status, StatementType } = await run(sql, database)
  if (Status?.State !== 'SUCCEEDED') throw new Error(`${Status?.StateChangeReason} in ${sql}`)
  const { ResultSet } = await athena.send(new GetQueryResultsCommand({ QueryExecutionId }))
  const cells = ResultSet!.Rows!.map((row) => row.Data!.map(({ VarCharValue }) => VarCharValue ?? null))
  if (StatementType === 'DML') return cells.slice(1)
  // SHOW and DESCRIBE answer lines: values with tabs between, padded.
  return cells.map(([line]) => (line ?? '').split('\t').map((value) => value.trimEnd()))
}

async function reason(sql: string): Promise<string> {
  const { Status } = await run(sql)
  expect(Status?.State, sql).toBe('FAILED')
  return Status!.StateChangeReason!
}

const table = async (name: string, database = 'default') =>
  (await glue.send(new GetTableCommand({ DatabaseName: database, Name: name }))).Table!

describe('partition projection', () => {
  it('finds the partitions of integers, enumerations and dates that properties tell, and no others', async () => {
    for (const key of [
      '2024/01/01/eu/01/a.csv',
      '2024/01/02/us/02/a.csv',
      '2023/12/31/eu/01/a.csv',
      '2024/01/01/asia/01/a.csv',
      '2024/01/01/eu/1/a.csv',
      '2024/01/01/eu/09/a.csv',
    ])
      await put(`logs/${key}`, `${key}\n`)
    await rows(`CREATE EXTERNAL TABLE logs (name string) PARTITIONED BY (day string, region string, hour int) LOCATION 's3://data/logs/' TBLPROPERTIES (
      'projection.enabled'='true', 'projection.day.type'='date', 'projection.day.range'='2024/01/01,NOW', 'projection.day.format'='yyyy/MM/dd',
      'projection.region.type'='enum', 'projection.region.values'='eu,us', 'projection.hour.type'='integer', 'projection.hour.range'='0,8',
      'projection.hour.digits'='2', 'storage.location.template'='s3://data/logs/\${day}/\${region}/\${hour}')`)
    // The workspace's clock stands at 1970.
    expect(await rows('SELECT day, region, hour FROM logs ORDER BY 1')).toEqual([])
    await rows(`ALTER TABLE logs SET TBLPROPERTIES ('projection.day.range'='2024/01/01,2024/12/31')`)
    expect(await rows('SELECT day, region, hour, name FROM logs ORDER BY 1')).toEqual([
      ['2024/01/01', 'eu', '1', '2024/01/01/eu/01/a.csv'],
      ['2024/01/02', 'us', '2', '2024/01/02/us/02/a.csv'],
    ])
    expect(await rows(`SELECT name FROM logs WHERE day >= '2024/01/02'`)).toHaveLength(1)
    const { Statistics } = await run(`SELECT name FROM logs WHERE day = '2024/01/02' AND region = 'us'`)
    expect(Statistics?.DataScannedInBytes).toBe('2024/01/02/us/02/a.csv\n'.length)
  })

  it('steps by an interval, reads Hive folders without a template, and asks for injected values', async () => {
    for (const n of [0, 5, 7, 10])
      for (const id of ['x', 'y']) await put(`steps/month=2024-0${(n % 3) + 1}/n=${n}/id=${id}/a`, 'v')
    await rows(`CREATE EXTERNAL TABLE steps (v string) PARTITIONED BY (month string, n int, id string) LOCATION 's3://data/steps/' TBLPROPERTIES (
      'projection.enabled'='TRUE', 'projection.month.type'='date', 'projection.month.range'='2024-01,2024-02', 'projection.month.format'='yyyy-MM',
      'projection.n.type'='integer', 'projection.n.range'='0,10', 'projection.n.interval'='5', 'projection.id.type'='injected')`)
    expect(await rows(`SELECT month, n, id FROM steps WHERE id = 'x' ORDER BY n`)).toEqual([
      ['2024-01', '0', 'x'],
      ['2024-02', '10', 'x'],
    ])
    expect(await reason('SELECT * FROM steps')).toMatch(
      /^CONSTRAINT_VIOLATION: For the injected projected partition column id/,
    )
  })

  it('says which property is wrong', async () => {
    const wrong = async (properties: string) => {
      await rows('DROP TABLE IF EXISTS wrong')
      await rows(
        `CREATE EXTERNAL TABLE wrong (v string) PARTITIONED BY (d string) LOCATION 's3://data/wrong/' TBLPROPERTIES ('projection.enabled'='true', ${properties})`,
      )
      return reason('SELECT * FROM wrong')
    }
    expect(await wrong(`'a'='b'`)).toContain('missing projection configuration: [d]')
    expect(await wrong(`'projection.d.type'='enum'`)).toContain('projection.d.values of default.wrong is missing')
    expect(
      await wrong(`'projection.d.type'='date', 'projection.d.format'='yyyy', 'projection.d.range'='2024,NOW'`),
    ).toContain('interval.unit')
    expect(await wrong(`'projection.d.type'='integer', 'projection.d.range'='5'`)).toContain('must be two integers')
  })
})

describe('tables', () => {
  it('makes a table that the Glue API shows as Athena does, and a statement that makes it again', async () => {
    await rows(`CREATE EXTERNAL TABLE IF NOT EXISTS \`default.made\` (\`a\` int COMMENT 'first', b array<struct<c:decimal(4,2)>>)
      COMMENT 'a table' PARTITIONED BY (day string) CLUSTERED BY (a) INTO 4 BUCKETS
      ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe' WITH SERDEPROPERTIES ("input.regex" = "(\\\\d+)\\t(.*)")
      LOCATION 's3://data/made/' TBLPROPERTIES ("k"="v")`)
    expect(await table('made')).toMatchObject({
      Parameters: { k: 'v' },
      StorageDescriptor: {
        Columns: [{ Name: 'a', Type: 'int', Comment: 'first' }, { Name: 'b' }],
        SerdeInfo: {
          SerializationLibrary: 'org.apache.hadoop.hive.serde2.RegexSerDe',
          Parameters: { 'input.regex': '(\\d+)\t(.*)' },
        },
      },
    })
    const text = (await rows('SHOW CREATE TABLE made')).map(([line]) => line).join('\n')
    await rows('DROP TABLE made')
    await rows(text)
    expect((await rows('SHOW CREATE TABLE made')).map(([line]) => line).join('\n')).toBe(text)
  })

  it('adds, replaces and changes columns, sets properties and places', async () => {
    await put('one/a', '1|x\n')
    await put('two/a', '2|y|z\n')
    await rows(
      `CREATE EXTERNAL TABLE alters (a int, b string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' LOCATION 's3://data/one/'`,
    )
    await rows(`ALTER TABLE alters ADD COLUMNS (c string COMMENT 'new')`)
    expect(await rows('SELECT * FROM alters')).toEqual([['1', 'x', null]])
    await rows(`ALTER TABLE alters SET LOCATION 's3://data/two/'`)
    expect(await rows('SELECT * FROM alters')).toEqual([['2', 'y', 'z']])
    await rows('ALTER TABLE alters CHANGE COLUMN a n bigint AFTER b')
    expect(await rows('DESCRIBE alters')).toEqual([
      ['b', 'string', ''],
      ['n', 'bigint', ''],
      ['c', 'string', 'new'],
    ])
    await rows('ALTER TABLE alters REPLACE COLUMNS (only_one string)')
    expect(await rows('SELECT * FROM alters')).toEqual([['2']])
    await rows(`ALTER TABLE alters SET TBLPROPERTIES ('note'='x')`)
    expect(await rows(`SHOW TBLPROPERTIES alters('note')`)).toEqual([['note', 'x']])
    expect((await rows('SHOW TBLPROPERTIES alters')).map(([name]) => name)).toEqual([
      'EXTERNAL',
      'note',
      'transient_lastDdlTime',
    ])
    expect(await reason('ALTER TABLE alters CHANGE nope x int')).toContain('Invalid column reference nope')
    expect(await reason('ALTER TABLE alters ADD COLUMNS (only_one int)')).toContain('Duplicate column name only_one')
    for (const sql of [
      'ALTER TABLE alters DROP COLUMN a',
      'ALTER TABLE alters RENAME TO b',
      `ALTER TABLE alters SET SERDEPROPERTIES ('a'='b')`,
      'ALTER VIEW v DIALECT',
      'SHOW INDEXES ON a',
      'DESCRIBE DATABASE default',
    ])
      expect(await reason(sql)).toMatch(/^NOT_SUPPORTED: Queries of this type are not supported: /)
  })

  it('drops, renames and moves partitions', async () => {
    for (const [day, n] of [
      ['1', '1'],
      ['1', '2'],
      ['2', '1'],
    ])
      await put(`parts/day=${day}/n=${n}/a`, `${day}${n}\n`)
    await rows(`CREATE EXTERNAL TABLE parts (v string) PARTITIONED BY (day string, n int) LOCATION 's3://data/parts/'`)
    await rows('MSCK REPAIR TABLE parts')
    expect(await rows('SHOW PARTITIONS parts')).toEqual([['day=1/n=1'], ['day=1/n=2'], ['day=2/n=1']])
    await rows(`ALTER TABLE parts PARTITION (day='2', n=1) RENAME TO PARTITION (day='3', n=1)`)
    expect(await rows(`SELECT v, day FROM parts WHERE day = '3'`)).toEqual([['21', '3']])
    await rows(`ALTER TABLE parts PARTITION (day='3', n=1) SET LOCATION 's3://data/one/'`)
    expect(await rows(`SELECT v FROM parts WHERE day = '3'`)).toEqual([['1|x']])
    await rows(`ALTER TABLE parts DROP PARTITION (day='1'), PARTITION (day='3', n=1)`)
    const { Partitions } = await glue.send(new GetPartitionsCommand({ DatabaseName: 'default', TableName: 'parts' }))
    expect(Partitions).toEqual([])
    expect(await reason(`ALTER TABLE parts DROP PARTITION (day='9')`)).toBe(
      'PARTITION_NOT_FOUND: Partition not found {day=9}',
    )
    await rows(`ALTER TABLE parts DROP IF EXISTS PARTITION (day='9')`)
    expect(await reason(`ALTER TABLE parts DROP PARTITION (nope='9')`)).toContain('nope is not a partition column')
  })

  it('repairs a table by folders whose keys are in small letters, and tells the others', async () => {
    for (const folder of ['dt=2024-01-02', 'DT=2024-01-03', 'other']) await put(`mended/${folder}/a`, 'x\n')
    await rows(`CREATE EXTERNAL TABLE mended (v string) PARTITIONED BY (dt string) LOCATION 's3://data/mended/'`)
    expect(await rows('MSCK REPAIR TABLE mended')).toEqual([
      ['Partitions not in metastore: mended:DT=2024-01-03'],
      ['Repair: Added partition to metastore mended:dt=2024-01-02'],
    ])
    expect(await rows('SHOW PARTITIONS mended')).toEqual([['dt=2024-01-02']])
  })

  it('describes as Hive does', async () => {
    await rows(
      `CREATE EXTERNAL TABLE shown (a int, s struct<x:array<int>>) PARTITIONED BY (day string COMMENT 'when') ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/shown/'`,
    )
    const plain = [
      ['a', 'int', ''],
      ['s', 'struct<x:array<int>>', ''],
      ['day', 'string', 'when'],
      ['', '', ''],
      ['# Partition Information', '', ''],
      ['# col_name', 'data_type', 'comment'],
      ['', '', ''],
      ['day', 'string', 'when'],
    ]
    expect(await rows('DESCRIBE shown')).toEqual(plain)
    expect(await rows('DESCRIBE shown s.x')).toEqual([['x', 'array<int>', 'from deserializer']])
    const formatted = await rows('DESCRIBE FORMATTED shown')
    expect(formatted.slice(0, plain.length)).toEqual(plain)
    expect(formatted).toContainEqual(['Location:', 's3://data/shown/', ''])
    expect(formatted).toContainEqual(['SerDe Library:', 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', ''])
    expect(formatted).toContainEqual(['', 'field.delim', ','])
    expect(await reason('DESCRIBE shown nope')).toContain('cannot find field nope')
    expect(await rows('SHOW COLUMNS IN shown IN default')).toEqual([['a'], ['s'], ['day']])
  })
})

it('keeps properties of databases, and views as Athena does', async () => {
  await rows(
    `CREATE DATABASE IF NOT EXISTS props COMMENT 'c' LOCATION 's3://data/props/' WITH DBPROPERTIES ('creator'='x', 'n'='1')`,
  )
  await rows(`ALTER DATABASE props SET DBPROPERTIES ('n'='2')`)
  const { Database } = await glue.send(new GetDatabaseCommand({ Name: 'props' }))
  expect(Database).toMatchObject({
    Description: 'c',
    LocationUri: 's3://data/props/',
    Parameters: { creator: 'x', n: '2' },
  })
  await rows('CREATE TABLE base AS SELECT 7 AS n', 'props')
  // Names in a view are those of the database in which it was made, wherever it lies.
  await rows('CREATE OR REPLACE VIEW default.over AS SELECT n + 1 AS m FROM base', 'props')
  expect(await rows('SELECT * FROM over')).toEqual([['8']])
  const view = await table('over')
  expect(view).toMatchObject({
    TableType: 'VIRTUAL_VIEW',
    ViewExpandedText: '/* Presto View */',
    Parameters: { presto_view: 'true' },
  })
  const [, encoded] = /^\/\* Presto View: (\S+) \*\/$/.exec(view.ViewOriginalText!)!
  expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual({
    originalSql: 'SELECT n + 1 AS m FROM base',
    catalog: 'awsdatacatalog',
    schema: 'props',
    columns: [{ name: 'm', type: 'integer' }],
  })
  expect(await rows('SHOW CREATE VIEW over')).toEqual([
    ['CREATE VIEW default.over AS'],
    ['SELECT n + 1 AS m FROM base'],
  ])
  expect(await reason('SHOW CREATE TABLE over')).toContain('is a view: use SHOW CREATE VIEW')
  expect(await rows('SHOW VIEWS')).toEqual([['over']])
  await rows('DROP DATABASE props CASCADE')
})

it('makes no table and no view of columns without a name, with a name twice, or without a type', async () => {
  const failureOf = async (sql: string) => (await run(sql)).Status!.StateChangeReason!
  for (const make of ['CREATE TABLE proper AS', 'CREATE VIEW proper AS']) {
    expect(await failureOf(`${make} SELECT 1 AS a, 2`)).toContain('Column name not specified at position 2')
    expect(await failureOf(`${make} SELECT 1 AS a, 2 AS a`)).toContain("Column name 'a' specified more than once")
    expect(await failureOf(`${make} SELECT 1 AS a, NULL AS b`)).toContain('Column type is unknown at position 2')
    expect(await failureOf(`${make} SELECT TIME '10:00:00' AS t`)).toContain('Unsupported Hive type: time')
    expect(await failureOf(`${make} SELECT ARRAY[row(1, 'x')] AS r`)).toContain(
      'Anonymous row type is not supported in Hive',
    )
  }
  const typed = await run('CREATE TABLE proper AS SELECT 1 AS a, CAST(NULL AS integer) AS b, coalesce(NULL, 2) AS c')
  expect(typed.Status).toMatchObject({ State: 'SUCCEEDED' })
})
