import {
  CreateNamedQueryCommand,
  CreateWorkGroupCommand,
  type CreateWorkGroupInput,
  DeleteWorkGroupCommand,
  GetQueryExecutionCommand,
  GetWorkGroupCommand,
  ListEngineVersionsCommand,
  ListQueryExecutionsCommand,
  ListTagsForResourceCommand,
  ListWorkGroupsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateWorkGroupCommand,
} from '@aws-sdk/client-athena'
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TestAthena } from '../support/athena.ts'

let athena: TestAthena
beforeAll(async () => {
  athena = await TestAthena.start()
  await athena.clients.lake.createBucket({ bucket: 'data' })
})
afterAll(() => athena.end())

const create = (input: CreateWorkGroupInput) => athena.client.send(new CreateWorkGroupCommand(input))
const get = async (WorkGroup: string) => (await athena.client.send(new GetWorkGroupCommand({ WorkGroup }))).WorkGroup!

it('makes, changes, lists, tags and deletes workgroups; primary stays', async () => {
  expect(await get('primary')).toMatchObject({
    State: 'ENABLED',
    Configuration: {
      ResultConfiguration: { OutputLocation: 's3://athena-results/' },
      EnforceWorkGroupConfiguration: false,
    },
  })
  const Configuration = {
    ResultConfiguration: {
      OutputLocation: 's3://data/out/',
      AclConfiguration: { S3AclOption: 'BUCKET_OWNER_FULL_CONTROL' as const },
      EncryptionConfiguration: { EncryptionOption: 'SSE_S3' as const },
    },
    BytesScannedCutoffPerQuery: 10_000_000,
    RequesterPaysEnabled: true,
    EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
  }
  await create({ Name: 'team', Description: 'Ours', Configuration, Tags: [{ Key: 'a', Value: '1' }] })
  await expect(create({ Name: 'team' })).rejects.toMatchObject({
    name: 'InvalidRequestException',
    AthenaErrorCode: 'INVALID_INPUT',
    message: 'WorkGroup is already created',
  })
  const made = await get('team')
  expect(made).toMatchObject({
    Name: 'team',
    Description: 'Ours',
    Configuration: { ...Configuration, EnforceWorkGroupConfiguration: true },
  })
  expect(made.CreationTime).toBeInstanceOf(Date)

  await athena.client.send(
    new UpdateWorkGroupCommand({
      WorkGroup: 'team',
      State: 'DISABLED',
      ConfigurationUpdates: {
        RemoveBytesScannedCutoffPerQuery: true,
        EnforceWorkGroupConfiguration: false,
        ResultConfigurationUpdates: { RemoveAclConfiguration: true, RemoveEncryptionConfiguration: true },
      },
    }),
  )
  const { Configuration: changed, State, Description } = await get('team')
  expect([State, Description]).toEqual(['DISABLED', 'Ours'])
  expect(changed).toMatchObject({ EnforceWorkGroupConfiguration: false, RequesterPaysEnabled: true })
  expect(changed?.ResultConfiguration).toEqual({ OutputLocation: 's3://data/out/' })
  expect(changed?.BytesScannedCutoffPerQuery).toBeUndefined()
  await expect(athena.begin('SELECT 1', { WorkGroup: 'team' })).rejects.toThrow('WorkGroup is disabled.')

  const first = await athena.client.send(new ListWorkGroupsCommand({ MaxResults: 1 }))
  const second = await athena.client.send(new ListWorkGroupsCommand({ NextToken: first.NextToken! }))
  expect([...first.WorkGroups!, ...second.WorkGroups!].map(({ Name }) => Name)).toEqual(['primary', 'team'])
  await expect(athena.client.send(new ListWorkGroupsCommand({ NextToken: 'nix' }))).rejects.toThrow(
    'The nextPageToken is malformed: nix',
  )
  const { EngineVersions } = await athena.client.send(new ListEngineVersionsCommand({}))
  expect(EngineVersions?.map((version) => version.SelectedEngineVersion)).toEqual(['AUTO', 'Athena engine version 3'])

  const ResourceARN = 'arn:aws:athena:us-east-1:000000000000:workgroup/team'
  await athena.client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] }))
  await athena.client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['a'] }))
  const { Tags } = await athena.client.send(new ListTagsForResourceCommand({ ResourceARN }))
  expect(Tags).toEqual([{ Key: 'b', Value: '2' }])
  await expect(
    athena.client.send(new ListTagsForResourceCommand({ ResourceARN: `${ResourceARN}x` })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })

  await athena.client.send(new DeleteWorkGroupCommand({ WorkGroup: 'team' }))
  await expect(get('team')).rejects.toMatchObject({
    AthenaErrorCode: 'INVALID_INPUT',
    message: 'WorkGroup is not found.',
  })
  await expect(athena.client.send(new DeleteWorkGroupCommand({ WorkGroup: 'primary' }))).rejects.toThrow(
    'The primary workgroup cannot be deleted.',
  )
})

it('refuses settings that it does not honour, by their names', async () => {
  const refused: [CreateWorkGroupInput['Configuration'], string][] = [
    [
      { ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'CSE_KMS', KmsKey: 'k' } } },
      'ResultConfiguration.EncryptionConfiguration.EncryptionOption CSE_KMS',
    ],
    [{ ManagedQueryResultsConfiguration: { Enabled: true } }, 'ManagedQueryResultsConfiguration.Enabled'],
    [{ ExecutionRole: 'arn:aws:iam::000000000000:role/r' }, 'ExecutionRole'],
    [{ EnableMinimumEncryptionConfiguration: true }, 'EnableMinimumEncryptionConfiguration'],
    [{ EngineVersion: { SelectedEngineVersion: 'PySpark engine version 3' } }, 'EngineVersion.SelectedEngineVersion'],
    [{ BytesScannedCutoffPerQuery: 9_999_999 }, 'bytesScannedCutoffPerQuery'],
    [{ ResultConfiguration: { OutputLocation: 'x' } }, 'outputLocation is not a valid S3 path.'],
  ]
  for (const [Configuration, named] of refused) {
    await expect(create({ Name: 'no', Configuration }), named).rejects.toMatchObject({
      name: 'InvalidRequestException',
      AthenaErrorCode: 'INVALID_INPUT',
      message: expect.stringContaining(named),
    })
  }
  await expect(create({ Name: 'no/slash' })).rejects.toMatchObject({ name: 'InvalidRequestException' })
  await expect(get('no')).rejects.toThrow('WorkGroup is not found.')
})

it('settles where results go, by the workgroup or by the query, and tells apart what each workgroup ran', async () => {
  await create({ Name: 'own', Configuration: { ResultConfiguration: { OutputLocation: 's3://data/own' } } })
  await create({ Name: 'free', Configuration: { EnforceWorkGroupConfiguration: false } })
  const asked = { ResultConfiguration: { OutputLocation: 's3://data/asked/' } }
  const own = await athena.run('SELECT 1 AS a', { WorkGroup: 'own', ...asked })
  expect(own.ResultConfiguration?.OutputLocation).toBe(`s3://data/own/${own.QueryExecutionId}.csv`)
  expect(await athena.object(own.ResultConfiguration!.OutputLocation!)).toBe('"a"\n"1"\n')
  const free = await athena.run('SELECT 1 AS a', { WorkGroup: 'free', ...asked })
  expect(free.ResultConfiguration?.OutputLocation).toBe(`s3://data/asked/${free.QueryExecutionId}.csv`)
  await expect(athena.begin('SELECT 1', { WorkGroup: 'free' })).rejects.toThrow('No output location provided.')
  const elsewhere = await athena.run('SELECT 1', {
    WorkGroup: 'free',
    ResultConfiguration: { ...asked.ResultConfiguration, ExpectedBucketOwner: '111122223333' },
  })
  expect(elsewhere.Status).toMatchObject({ State: 'FAILED', AthenaError: { ErrorType: 401 } })
  const ctas = await athena.run(`CREATE TABLE t WITH (external_location = 's3://data/t/') AS SELECT 1 AS a`, {
    WorkGroup: 'own',
  })
  expect(ctas.Status?.StateChangeReason).toContain('enforces a centralized output location')

  const list = (WorkGroup: string, more = {}) =>
    athena.client.send(new ListQueryExecutionsCommand({ WorkGroup, MaxResults: 1, ...more }))
  const newest = await list('own')
  expect(newest.QueryExecutionIds).toEqual([ctas.QueryExecutionId])
  // Queries that begin meanwhile do not shift the pages.
  await athena.run('SELECT 2', { WorkGroup: 'own' })
  expect(await list('own', { NextToken: newest.NextToken })).toMatchObject({
    QueryExecutionIds: [own.QueryExecutionId],
  })

  await athena.client.send(
    new CreateNamedQueryCommand({ Name: 'n', Database: 'default', QueryString: 'SELECT 1', WorkGroup: 'own' }),
  )
  await expect(athena.client.send(new DeleteWorkGroupCommand({ WorkGroup: 'own' }))).rejects.toThrow(
    'WorkGroup is not empty',
  )
  await athena.client.send(new DeleteWorkGroupCommand({ WorkGroup: 'own', RecursiveDeleteOption: true }))
  await expect(
    athena.client.send(new GetQueryExecutionCommand({ QueryExecutionId: own.QueryExecutionId })),
  ).rejects.toMatchObject({ AthenaErrorCode: 'QUERY_EXECUTION_NOT_FOUND' })
})

it('cuts off a query that would scan more than its workgroup allows, whatever it does, and leaves nothing of it', async () => {
  const limit = 10_000_000
  await create({
    Name: 'small',
    Configuration: {
      ResultConfiguration: { OutputLocation: 's3://data/small/' },
      BytesScannedCutoffPerQuery: limit,
      PublishCloudWatchMetricsEnabled: true,
    },
  })
  athena.file('data/big/a.csv', '1234567\n'.repeat(1_300_000))
  athena.file('data/little/a.csv', '1234567\n'.repeat(1_000))
  for (const name of ['big', 'little'])
    await athena.rows(
      `CREATE EXTERNAL TABLE ${name} (a int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://data/${name}/'`,
    )
  const WorkGroup = 'small'
  const endless = 'SELECT count(*) FROM big x CROSS JOIN big y CROSS JOIN big z WHERE (x.a * y.a + z.a) % 7 = 3'
  for (const sql of [
    'SELECT a FROM big',
    endless,
    'CREATE TABLE made AS SELECT a FROM big',
    'INSERT INTO little SELECT a FROM big',
  ]) {
    const { Status, Statistics } = await athena.run(sql, { WorkGroup })
    expect(Status, sql).toMatchObject({ State: 'CANCELLED', StateChangeReason: 'Bytes scanned limit was exceeded' })
    expect(Status?.AthenaError).toBeUndefined()
    expect(Statistics?.DataScannedInBytes).toBe(limit)
  }
  expect(await athena.clients.lake.locate({ uri: 's3://data/small/' })).toEqual([])
  expect(await athena.clients.lake.locate({ uri: 's3://data/little/' })).toHaveLength(1)
  const little = await athena.run('SELECT count(*) FROM little', { WorkGroup })
  expect(little).toMatchObject({ Status: { State: 'SUCCEEDED' }, Statistics: { DataScannedInBytes: 8_000 } })

  const cloudwatch = new CloudWatchClient(athena.gate.config)
  const now = athena.gate.engines.clock.now()
  const { Datapoints } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/Athena',
      MetricName: 'ProcessedBytes',
      Dimensions: [
        { Name: 'WorkGroup', Value: 'small' },
        { Name: 'QueryType', Value: 'DML' },
        { Name: 'QueryState', Value: 'CANCELLED' },
      ],
      StartTime: new Date(now - 300_000),
      EndTime: new Date(now + 300_000),
      Period: 600,
      Statistics: ['Sum', 'SampleCount'],
    }),
  )
  cloudwatch.destroy()
  expect(Datapoints).toMatchObject([{ Sum: 3 * limit, SampleCount: 3, Unit: 'Bytes' }])
})
