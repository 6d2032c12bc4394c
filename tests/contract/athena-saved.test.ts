import {
  BatchGetNamedQueryCommand,
  BatchGetPreparedStatementCommand,
  CreateNamedQueryCommand,
  CreatePreparedStatementCommand,
  CreateWorkGroupCommand,
  DeleteNamedQueryCommand,
  DeletePreparedStatementCommand,
  GetDatabaseCommand,
  GetDataCatalogCommand,
  GetNamedQueryCommand,
  GetPreparedStatementCommand,
  GetTableMetadataCommand,
  ListDatabasesCommand,
  ListDataCatalogsCommand,
  ListNamedQueriesCommand,
  ListPreparedStatementsCommand,
  ListTableMetadataCommand,
  UpdateNamedQueryCommand,
  UpdatePreparedStatementCommand,
} from '@aws-sdk/client-athena'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engine as athenaEngine } from '../../src/engines/athena/engine.ts'
import { TestAthena } from '../support/athena.ts'
import { startEngines } from '../support/engines.ts'

let athena: TestAthena
beforeAll(async () => {
  athena = await TestAthena.start()
  await athena.rows(`CREATE TABLE t AS SELECT * FROM (VALUES (1, 'x'), (2, 'it''s'), (3, NULL)) AS v(a, b)`)
})
afterAll(() => athena.end())

it('keeps named queries', async () => {
  const { client } = athena
  const input = { Name: 'Big', Database: 'default', QueryString: 'SELECT 1', ClientRequestToken: 'n'.repeat(32) }
  const { NamedQueryId } = await client.send(new CreateNamedQueryCommand(input))
  expect((await client.send(new CreateNamedQueryCommand(input))).NamedQueryId).toBe(NamedQueryId)
  await expect(client.send(new CreateNamedQueryCommand({ ...input, Name: 'Other' }))).rejects.toMatchObject({
    AthenaErrorCode: 'IDEMPOTENT_PARAMETER_MISMATCH',
  })
  const { NamedQueryId: second } = await client.send(
    new CreateNamedQueryCommand({ Name: 'Small', Database: 'default', QueryString: 'SELECT 2', Description: 'd' }),
  )
  const pages = [await client.send(new ListNamedQueriesCommand({ MaxResults: 1 }))]
  pages.push(await client.send(new ListNamedQueriesCommand({ NextToken: pages[0].NextToken! })))
  expect(pages.flatMap((page) => page.NamedQueryIds)).toEqual([second, NamedQueryId])
  await client.send(new UpdateNamedQueryCommand({ NamedQueryId, Name: 'Bigger', QueryString: 'SELECT 3' }))
  const { NamedQuery } = await client.send(new GetNamedQueryCommand({ NamedQueryId }))
  expect(NamedQuery).toEqual({
    NamedQueryId,
    Name: 'Bigger',
    Database: 'default',
    QueryString: 'SELECT 3',
    WorkGroup: 'primary',
  })
  await client.send(new DeleteNamedQueryCommand({ NamedQueryId: second }))
  const batch = await client.send(new BatchGetNamedQueryCommand({ NamedQueryIds: [NamedQueryId!, second!] }))
  expect(batch.NamedQueries?.map(({ Name }) => Name)).toEqual(['Bigger'])
  expect(batch.UnprocessedNamedQueryIds).toMatchObject([{ NamedQueryId: second, ErrorCode: 'INVALID_INPUT' }])
  await expect(client.send(new GetNamedQueryCommand({ NamedQueryId: second }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
})

it('keeps prepared statements by workgroup', async () => {
  const { client } = athena
  await client.send(
    new CreateWorkGroupCommand({
      Name: 'g',
      Configuration: { ResultConfiguration: { OutputLocation: 's3://athena-results/g/' } },
    }),
  )
  const input = { StatementName: 'by_id', WorkGroup: 'g', QueryStatement: 'SELECT b FROM t WHERE a = ?' }
  await client.send(new CreatePreparedStatementCommand({ ...input, Description: 'd' }))
  await expect(client.send(new CreatePreparedStatementCommand(input))).rejects.toThrow('already exists')
  await expect(
    client.send(new CreatePreparedStatementCommand({ ...input, StatementName: 'bad', QueryStatement: 'selec ?' })),
  ).rejects.toMatchObject({ AthenaErrorCode: 'MALFORMED_QUERY' })
  const of = { StatementName: 'by_id', WorkGroup: 'g' }
  expect((await client.send(new GetPreparedStatementCommand(of))).PreparedStatement).toMatchObject({
    StatementName: 'by_id',
    WorkGroupName: 'g',
    QueryStatement: input.QueryStatement,
    Description: 'd',
    LastModifiedTime: expect.any(Date),
  })
  await expect(client.send(new GetPreparedStatementCommand({ ...of, WorkGroup: 'primary' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'PreparedStatement by_id was not found in workGroup primary',
  })
  expect(await athena.rows('EXECUTE by_id USING 1', { WorkGroup: 'g' })).toEqual([['b'], ['x']])
  expect(await athena.rows('EXECUTE by_id', { WorkGroup: 'g', ExecutionParameters: ['2'] })).toEqual([['b'], ["it's"]])
  await client.send(new UpdatePreparedStatementCommand({ ...input, QueryStatement: 'SELECT a FROM t WHERE b = ?' }))
  expect(await athena.rows('EXECUTE by_id', { WorkGroup: 'g', ExecutionParameters: ["it's"] })).toEqual([['a'], ['2']])
  const batch = await client.send(
    new BatchGetPreparedStatementCommand({ WorkGroup: 'g', PreparedStatementNames: ['by_id', 'nix'] }),
  )
  expect(batch.PreparedStatements).toHaveLength(1)
  expect(batch.UnprocessedPreparedStatementNames).toMatchObject([
    { StatementName: 'nix', ErrorCode: 'ResourceNotFoundException' },
  ])
  expect((await client.send(new ListPreparedStatementsCommand({ WorkGroup: 'g' }))).PreparedStatements).toMatchObject([
    { StatementName: 'by_id' },
  ])
  await client.send(new DeletePreparedStatementCommand(of))
  const { Status } = await athena.run('EXECUTE by_id USING 1', { WorkGroup: 'g' })
  expect(Status).toMatchObject({
    State: 'FAILED',
    StateChangeReason: expect.stringContaining('PreparedStatement by_id was not found in workGroup g'),
  })
})

it('prepares, runs and forgets statements in SQL, also those that write', async () => {
  await athena.rows(`PREPARE put FROM INSERT INTO t SELECT ?, ?`)
  expect((await athena.run('PREPARE put FROM SELECT 1')).Status?.StateChangeReason).toContain('already exists')
  const put = await athena.run(`EXECUTE put USING 1 + 3, concat('a', ',', 'b')`)
  expect(put).toMatchObject({ Status: { State: 'SUCCEEDED' }, StatementType: 'DML', SubstatementType: 'INSERT' })
  expect(await athena.rows('SELECT b FROM t WHERE a = 4')).toEqual([['b'], ['a,b']])
  expect((await athena.run('EXECUTE put USING 1')).Status?.StateChangeReason).toBe(
    'INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected 2 but found 1',
  )
  await athena.rows('DEALLOCATE PREPARE put')
  expect((await athena.run('DEALLOCATE PREPARE put')).Status?.State).toBe('FAILED')
})

it('takes values for ? by what they are: expressions, or texts', async () => {
  const value = async (text: string) =>
    (await athena.rows('SELECT ? AS v, typeof(?)', { ExecutionParameters: [text, text] }))[1]
  expect(await value(`'abc'`)).toEqual(['abc', 'varchar'])
  expect(await value('1 + 1')).toEqual(['2', 'integer'])
  expect(await value(`DATE '2020-01-01'`)).toEqual(['2020-01-01', 'date'])
  expect((await value('abc def'))[0]).toBe('abc def')
  expect((await value('x + 1'))[0]).toBe('x + 1')
  expect((await value(`it's`))[0]).toBe(`it's`)
  expect((await value('123e4567-e89b-12d3-a456-426614174000'))[0]).toBe('123e4567-e89b-12d3-a456-426614174000')
  expect((await value('1) FROM t WHERE (1'))[0]).toBe('1) FROM t WHERE (1')
  const sql = `SELECT a, '?' AS mark -- ?\nFROM t WHERE a * ? = 6 ORDER BY a LIMIT ?`
  expect(await athena.rows(sql, { ExecutionParameters: ['1 + 2', '1'] })).toEqual([
    ['a', 'mark'],
    ['2', '?'],
  ])
  expect(await athena.rows('SELECT 1 AS a', { ExecutionParameters: ['7'] })).toEqual([['a'], ['1']])
  const missing = await athena.run('SELECT ?, ?,\n ?, nope FROM t', { ExecutionParameters: ['1000', `'abcdef'`, '3'] })
  expect(missing.Status?.StateChangeReason).toBe("COLUMN_NOT_FOUND: line 2:5: Column 'nope' cannot be resolved")
})

it('describes data catalogs, databases and tables', async () => {
  const { client } = athena
  const CatalogName = 'AwsDataCatalog'
  expect((await client.send(new ListDataCatalogsCommand({}))).DataCatalogsSummary).toMatchObject([
    { CatalogName, Type: 'GLUE' },
  ])
  expect((await client.send(new GetDataCatalogCommand({ Name: CatalogName }))).DataCatalog).toMatchObject({
    Type: 'GLUE',
  })
  await expect(client.send(new GetDataCatalogCommand({ Name: 'x' }))).rejects.toMatchObject({
    name: 'InvalidRequestException',
  })
  expect((await client.send(new ListDatabasesCommand({ CatalogName }))).DatabaseList).toMatchObject([
    { Name: 'default' },
  ])
  expect((await client.send(new GetDatabaseCommand({ CatalogName, DatabaseName: 'default' }))).Database).toMatchObject({
    Name: 'default',
  })
  await expect(client.send(new GetDatabaseCommand({ CatalogName, DatabaseName: 'x' }))).rejects.toMatchObject({
    name: 'MetadataException',
  })
  const of = { CatalogName, DatabaseName: 'default' }
  expect(
    (await client.send(new ListTableMetadataCommand({ ...of, Expression: 't.*' }))).TableMetadataList,
  ).toHaveLength(1)
  expect((await client.send(new GetTableMetadataCommand({ ...of, TableName: 't' }))).TableMetadata).toMatchObject({
    Name: 't',
    TableType: 'EXTERNAL_TABLE',
    Columns: [
      { Name: 'a', Type: 'int' },
      { Name: 'b', Type: 'string' },
    ],
  })
  await expect(client.send(new GetTableMetadataCommand({ ...of, TableName: 'x' }))).rejects.toMatchObject({
    name: 'MetadataException',
  })
})

it('has it all after a restart', async () => {
  const fakes = { catalog: {}, lake: {}, cloudwatch: {} }
  const first = await startEngines([athenaEngine], { fakes })
  const { athena: before } = first.clients
  await before.createWorkGroup({ name: 'g', cutoffBytes: 20_000_000, tags: { a: '1' } })
  await before.createPreparedStatement({ workGroup: 'g', name: 'p', sql: 'SELECT ?' })
  const { id } = await before.createNamedQuery({ name: 'n', database: 'd', sql: 'SELECT 1', workGroup: 'g' })
  const request = { sql: 'SELECT 1', token: { token: 't', request: 'r' } }
  const { queryId } = await before.startQuery(request)
  for await (const _ of before.watchQuery({ queryId }));
  await first.stop()
  await using second = await startEngines([athenaEngine], { fakes, directory: first.workspaceDirectory })
  const { athena: after } = second.clients
  expect(await after.getWorkGroup({ workGroup: 'g' })).toMatchObject({ cutoffBytes: 20_000_000, tags: { a: '1' } })
  expect(await after.getPreparedStatement({ workGroup: 'g', name: 'p' })).toMatchObject({ sql: 'SELECT ?' })
  expect(await after.getNamedQuery({ id })).toMatchObject({ name: 'n', workGroup: 'g' })
  expect((await after.startQuery(request)).queryId).toBe(queryId)
})
