import {
  BatchGetQueryExecutionCommand,
  GetQueryResultsCommand,
  GetQueryRuntimeStatisticsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { TestAthena } from '../support/athena.ts'
import { AthenaBed } from '../support/athena-bed.ts'

let athena: TestAthena
beforeAll(async () => {
  athena = await TestAthena.start()
  await athena.clients.lake.createBucket({ bucket: 'data' })
  athena.file('data/t/a.csv', '1,x\n2,y\n3,z\n')
  await athena.rows(
    `CREATE EXTERNAL TABLE t (a int, b string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/t/'`,
  )
})
afterAll(() => athena.end())

/** Fields of a protobuf message: numbers as they are, the others as bytes. */
function fieldsOf(message: Buffer): [number, number | Buffer][] {
  const fields: [number, number | Buffer][] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++]
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const value = varint()
    if (tag % 8 === 0) fields.push([tag >> 3, value])
    else {
      fields.push([tag >> 3, message.subarray(at, at + value)])
      at += value
    }
  }
  return fields
}

async function metadataOf(uri: string) {
  const fields = fieldsOf(Buffer.from((await athena.object(`${uri}.metadata`))!, 'latin1'))
  const column = (message: Buffer) =>
    Object.fromEntries(
      fieldsOf(message).map(([field, value]) => [field, Buffer.isBuffer(value) ? String(value) : value]),
    )
  return fields.map(([field, value]) => [
    field,
    field === 4 ? column(value as Buffer) : Buffer.isBuffer(value) ? String(value) : value,
  ])
}

it('runs a request with the same token once, and refuses the token for another', async () => {
  const ClientRequestToken = 'a'.repeat(32)
  const id = await athena.begin('SELECT 1', { ClientRequestToken })
  expect(await athena.begin('SELECT 1', { ClientRequestToken })).toBe(id)
  await expect(athena.begin('SELECT 2', { ClientRequestToken })).rejects.toMatchObject({
    name: 'InvalidRequestException',
    AthenaErrorCode: 'IDEMPOTENT_PARAMETER_MISMATCH',
    message: 'Idempotent parameters do not match',
  })
  await expect(athena.begin('SELECT 1', { ClientRequestToken: 'short' })).rejects.toMatchObject({
    AthenaErrorCode: 'INVALID_INPUT',
  })
})

it('refuses by name what it does not honour', async () => {
  const start = (input: object) =>
    athena.client.send(new StartQueryExecutionCommand({ QueryString: 'SELECT 1', ...input }))
  const encrypted = { ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } } }
  await expect(start(encrypted)).rejects.toThrow('EncryptionConfiguration.EncryptionOption SSE_KMS is not supported')
  await expect(start({ EngineConfiguration: { MaxConcurrentDpus: 4 } })).rejects.toThrow('EngineConfiguration')
  await expect(start({ QueryExecutionContext: { Catalog: 'other' } })).rejects.toThrow('Catalog other is not found.')
  await expect(start({ ResultConfiguration: { OutputLocation: 'nowhere' } })).rejects.toThrow(
    'outputLocation is not a valid S3 path.',
  )
})

it('tells what was run, how long each part took, and how it ended', async () => {
  const done = await athena.run('SELECT a, b FROM t', { QueryExecutionContext: { Database: 'default' } })
  expect(done).toMatchObject({ StatementType: 'DML', SubstatementType: 'SELECT', WorkGroup: 'primary' })
  expect(done.Statistics).toMatchObject({
    DataScannedInBytes: 12,
    QueryQueueTimeInMillis: expect.any(Number),
    QueryPlanningTimeInMillis: expect.any(Number),
    EngineExecutionTimeInMillis: expect.any(Number),
    ServiceProcessingTimeInMillis: expect.any(Number),
    TotalExecutionTimeInMillis: expect.any(Number),
    ResultReuseInformation: { ReusedPreviousResult: false },
  })
  const { QueryRuntimeStatistics } = await athena.client.send(
    new GetQueryRuntimeStatisticsCommand({ QueryExecutionId: done.QueryExecutionId }),
  )
  const file = await athena.object(done.ResultConfiguration!.OutputLocation!)
  const rows = { InputBytes: 12, OutputRows: 3, OutputBytes: file!.length }
  expect(QueryRuntimeStatistics).toMatchObject({ Rows: rows, OutputStage: { State: 'FINISHED', ...rows } })

  const kinds: [string, string][] = [
    ['EXPLAIN SELECT 1', 'DML EXPLAIN'],
    ['SHOW TABLES', 'UTILITY SHOW_TABLES'],
    ['DESCRIBE t', 'UTILITY DESCRIBE_TABLE'],
    ['CREATE DATABASE d', 'DDL CREATE_DATABASE'],
    ['CREATE TABLE c AS SELECT 1 AS a', 'DDL CREATE_TABLE_AS_SELECT'],
    ['INSERT INTO c SELECT 2', 'DML INSERT'],
  ]
  for (const [sql, kind] of kinds) {
    const { StatementType, SubstatementType, Status } = await athena.run(sql)
    expect([Status?.StateChangeReason, `${StatementType} ${SubstatementType}`]).toEqual([undefined, kind])
  }
  const missing = await athena.run('SELECT * FROM nix')
  expect(missing.Status?.AthenaError).toMatchObject({ ErrorCategory: 2, ErrorType: 1301, Retryable: false })

  const many = 'UNNEST(sequence(1, 20000))'
  const endless = `SELECT count(*) FROM ${many} a(x) CROSS JOIN ${many} b(y) CROSS JOIN ${many} c(z) WHERE (x * y + z) % 7 = 3`
  const QueryExecutionId = await athena.begin(endless)
  await athena.client.send(new StopQueryExecutionCommand({ QueryExecutionId }))
  const { QueryExecutions, UnprocessedQueryExecutionIds } = await athena.client.send(
    new BatchGetQueryExecutionCommand({ QueryExecutionIds: [QueryExecutionId, 'nix'] }),
  )
  expect(QueryExecutions?.[0].Status).toMatchObject({
    State: 'CANCELLED',
    StateChangeReason: 'Query cancelled by user',
  })
  expect(UnprocessedQueryExecutionIds?.map((one) => one.QueryExecutionId)).toEqual(['nix'])
  await expect(athena.client.send(new GetQueryResultsCommand({ QueryExecutionId }))).rejects.toMatchObject({
    AthenaErrorCode: 'RESULT_NOT_FOUND',
  })
})

it('puts results into buckets that are there', async () => {
  const place = { ResultConfiguration: { OutputLocation: 's3://mistyped/out/' } }
  await expect(athena.begin('SELECT 1', place)).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: 'Unable to verify/create output bucket mistyped',
  })
  expect((await athena.clients.lake.listBuckets({})).map(({ name }) => name)).not.toContain('mistyped')
})

it('says of a query that the end of the program interrupts that it failed: nobody cancelled it', async () => {
  const first = await AthenaBed.start()
  const many = 'UNNEST(sequence(1, 20000))'
  const sql = `SELECT count(*) FROM ${many} a(x) CROSS JOIN ${many} b(y) CROSS JOIN ${many} c(z) WHERE (x * y + z) % 7 = 3`
  const { queryId } = await first.engines.clients.athena.startQuery({ sql })
  for await (const { state } of first.engines.clients.athena.watchQuery({ queryId })) if (state === 'RUNNING') break
  const directory = first.engines.workspaceDirectory
  await first.engines.stop()
  await using again = (await AthenaBed.start({ directory })).engines
  expect(await again.clients.athena.getQuery({ queryId })).toMatchObject({
    state: 'FAILED',
    error: { code: 'INTERNAL_ERROR', retry: true },
  })
})

it('writes result files, their metadata and the lists of written files as Athena does', async () => {
  const place = { ResultConfiguration: { OutputLocation: 's3://data/out' } }
  const read = await athena.run(`SELECT a, b, date '2020-01-01' AS c, DECIMAL '1.50' AS d FROM t WHERE a = 1`, place)
  const uri = `s3://data/out/${read.QueryExecutionId}.csv`
  expect(read.ResultConfiguration?.OutputLocation).toBe(uri)
  expect(await athena.object(uri)).toBe('"a","b","c","d"\n"1","x","2020-01-01","1.50"\n')
  const common = { 1: 'hive', 9: 3 }
  expect(await metadataOf(uri)).toEqual([
    [1, read.QueryExecutionId],
    [4, { ...common, 4: 'a', 5: 'a', 6: 'integer', 7: 10, 8: 0, 10: 0 }],
    [4, { ...common, 4: 'b', 5: 'b', 6: 'varchar', 7: 2_147_483_647, 8: 0, 10: 1 }],
    [4, { ...common, 4: 'c', 5: 'c', 6: 'date', 8: 0, 10: 0 }],
    [4, { ...common, 4: 'd', 5: 'd', 6: 'decimal', 7: 3, 8: 2, 10: 0 }],
  ])

  const shown = await athena.run('DESCRIBE t', place)
  const line = (...texts: string[]) => texts.map((text) => text.padEnd(20)).join('\t')
  const lines = [line('a', 'int', ''), line('b', 'string', '')]
  expect(await athena.object(`s3://data/out/${shown.QueryExecutionId}.txt`)).toBe(lines.join('\n'))
  const { ResultSet } = await athena.client.send(
    new GetQueryResultsCommand({ QueryExecutionId: shown.QueryExecutionId }),
  )
  expect(ResultSet?.Rows?.map((row) => row.Data?.map((datum) => datum.VarCharValue))).toEqual(
    lines.map((text) => [text]),
  )
  const ddl = await athena.run('CREATE DATABASE e', place)
  expect(await athena.object(ddl.ResultConfiguration!.OutputLocation!)).toBe('')
  expect(await athena.object(`${ddl.ResultConfiguration!.OutputLocation}.metadata`)).toBeUndefined()

  const writes: [string, string, string][] = [
    ['CREATE TABLE w AS SELECT a FROM t', 'tables/', 'CREATE TABLE'],
    ['INSERT INTO w SELECT a FROM t', '', 'INSERT'],
    [`UNLOAD (SELECT a FROM t) TO 's3://data/unloaded/' WITH (format = 'JSON')`, '', 'UNLOAD'],
  ]
  for (const [sql, folder, update] of writes) {
    const { QueryExecutionId, ResultConfiguration, Statistics, Status } = await athena.run(sql, place)
    expect(Status?.StateChangeReason).toBeUndefined()
    const stem = `s3://data/out/${folder}${QueryExecutionId}`
    expect(ResultConfiguration?.OutputLocation).toBe(stem)
    expect(Statistics?.DataManifestLocation).toBe(`${stem}-manifest.csv`)
    expect((await metadataOf(stem)).slice(0, 3)).toEqual([
      [1, QueryExecutionId],
      [2, update],
      [3, 3],
    ])
    for (const written of (await athena.object(`${stem}-manifest.csv`))!.trim().split('\n'))
      expect(await athena.object(written)).toBeDefined()
    const results = await athena.client.send(new GetQueryResultsCommand({ QueryExecutionId }))
    expect(results).toMatchObject({ UpdateCount: 3, ResultSet: { Rows: [] } })
    expect(results.ResultSet?.ResultSetMetadata?.ColumnInfo?.map((column) => column.Name)).toEqual(['rows'])
  }
  // A table that is made without a place of its own lies beside the results.
  expect(await athena.rows('SHOW CREATE TABLE w')).toContainEqual([expect.stringContaining('s3://data/out/tables/')])
})

it('takes back what a statement had written that fails at its end', async () => {
  const failed = await athena.run(
    `CREATE TABLE nowhere.t WITH (external_location = 's3://data/lost/') AS SELECT 1 AS a`,
  )
  expect(failed.Status?.State).toBe('FAILED')
  expect(await athena.clients.lake.locate({ uri: 's3://data/lost/' })).toEqual([])
})

it('lets an earlier result stand for a new one, while it is young and nothing that tells them apart has changed', async () => {
  const reuse = (MaxAgeInMinutes?: number) => ({
    ResultReuseConfiguration: { ResultReuseByAgeConfiguration: { Enabled: true, MaxAgeInMinutes } },
  })
  const clock = athena.gate.engines.clock as ManualClock
  const sql = 'SELECT b FROM t ORDER BY a'
  const reused = async (text: string, input: object) => {
    const { Statistics, Status, QueryExecutionId } = await athena.run(text, input)
    expect(Status?.State).toBe('SUCCEEDED')
    expect(Statistics?.DataScannedInBytes).toBe(Statistics?.ResultReuseInformation?.ReusedPreviousResult ? 0 : 12)
    return { reused: Statistics?.ResultReuseInformation?.ReusedPreviousResult, QueryExecutionId }
  }
  expect(await reused(sql, reuse(60))).toMatchObject({ reused: false })
  const again = await reused(sql, reuse(60))
  expect(again.reused).toBe(true)
  expect(await athena.object(`s3://athena-results/${again.QueryExecutionId}.csv`)).toBe('"b"\n"x"\n"y"\n"z"\n')
  const { ResultSet } = await athena.client.send(
    new GetQueryResultsCommand({ QueryExecutionId: again.QueryExecutionId }),
  )
  expect(ResultSet?.Rows).toHaveLength(4)
  expect((await reused(sql, {})).reused).toBe(false)
  expect((await reused(`${sql} `, reuse())).reused).toBe(false)
  expect((await reused(sql, { ...reuse(), ResultConfiguration: { OutputLocation: 's3://data/other/' } })).reused).toBe(
    false,
  )
  expect((await reused(sql, { ...reuse(), QueryExecutionContext: { Database: 'DEFAULT' } })).reused).toBe(false)
  await clock.advance(61 * 60_000)
  expect((await reused(sql, reuse(60))).reused).toBe(false)
  expect((await reused(sql, reuse(0))).reused).toBe(true)
})
