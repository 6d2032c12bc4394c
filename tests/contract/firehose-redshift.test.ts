import { CreateDeliveryStreamCommand, DescribeDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import { describe, expect, it } from 'vitest'
import { engine as firehoseEngine } from '../../src/engines/firehose/engine.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { engine as lakeEngine } from '../../src/engines/lake/engine.ts'
import { engine as warehouseEngine } from '../../src/engines/warehouse/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'
import { startGate } from '../support/gate.ts'
import { batchOf } from './firehose-fakes.ts'

const all = [lakeEngine, warehouseEngine, firehoseEngine]
const jdbcUrl = 'jdbc:redshift://millrace.us-east-1.redshift.amazonaws.com:5439/dev'
const endpoint = (config: object = {}) => ({
  kind: 'redshift',
  config: { jdbcUrl, table: 'flights', columns: 'n, who', options: "FORMAT JSON 'auto'", ...config },
})
const buffering = { sizeInMBs: 1, intervalInSeconds: 60 }
const destination = (config: object = {}) => ({
  bucket: 'lake',
  prefix: 'stage/',
  errorOutputPrefix: 'bad/!{firehose:error-output-type}/',
  buffering,
  appendDelimiter: true,
  endpoint: endpoint(config),
})

async function run({ clients }: TestEngines, sql: string) {
  let execution = await clients.warehouse.startStatement({ sql })
  for await (const now of clients.warehouse.watchStatement({ statementId: execution.statementId })) execution = now
  if (execution.error) throw new Error(execution.error.message)
  return execution
}

async function numbers(engines: TestEngines): Promise<number[]> {
  const { statementId } = await run(engines, 'SELECT n FROM flights ORDER BY n')
  const { values } = await engines.clients.warehouse.results({ statementId })
  return values[0].map(Number)
}

const keys = async ({ clients }: TestEngines, prefix: string) =>
  (await clients.lake.listObjects({ bucket: 'lake', prefix })).objects.map(({ key }) => key)

const put = ({ clients }: TestEngines, ...n: number[]) =>
  clients.firehose.put({ name: 'd', batch: batchOf(n.map((each) => JSON.stringify({ n: each, who: 'me' }))) })

describe('Redshift', () => {
  it('copies what has landed in the lake into its table', async () => {
    const clock = new ManualClock()
    await using engines = await startEngines(all, { clock })
    await engines.clients.lake.createBucket({ bucket: 'lake' })
    await run(engines, 'CREATE TABLE flights (n int, who varchar(20))')
    await engines.clients.firehose.createDeliveryStream({ name: 'd', destination: destination() })
    await put(engines, 1, 2)
    await clock.advance(60_000)
    expect(await numbers(engines)).toEqual([1, 2])
    await put(engines, 3)
    await clock.advance(60_000)
    expect(await numbers(engines)).toEqual([1, 2, 3])
    expect(await keys(engines, 'stage/')).toHaveLength(2)
    expect(await engines.clients.firehose.stats({ name: 'd' })).toMatchObject({
      deliveredRecords: 3,
      bufferedRecords: 0,
    })
  })

  it('tries for the retry duration, then names the object in a manifest by which it can be loaded', async () => {
    const clock = new ManualClock()
    await using engines = await startEngines(all, { clock })
    await engines.clients.lake.createBucket({ bucket: 'lake' })
    await engines.clients.firehose.createDeliveryStream({ name: 'd', destination: destination({ retrySeconds: 100 }) })
    await put(engines, 1)
    await clock.advance(60_000)
    expect((await engines.clients.firehose.stats({ name: 'd' })).lastError).toMatch(/flights/)
    await run(engines, 'CREATE TABLE flights (n int, who varchar(20))')
    await clock.advance(100_000)
    expect(await numbers(engines)).toEqual([1])
    await run(engines, 'DROP TABLE flights')
    await put(engines, 2)
    await clock.advance(400_000)
    expect(await engines.clients.firehose.stats({ name: 'd' })).toMatchObject({
      deliveredRecords: 1,
      failedRecords: 1,
      bufferedRecords: 0,
    })
    const [manifest] = await keys(engines, 'bad/redshift-failed/')
    await run(engines, 'CREATE TABLE flights (n int, who varchar(20))')
    await run(engines, `COPY flights FROM 's3://lake/${manifest}' IAM_ROLE default FORMAT JSON 'auto' MANIFEST`)
    expect(await numbers(engines)).toEqual([2])
  })

  it('loads each object once when it stops before, during and after a copy', async () => {
    const clock = new ManualClock()
    const first = await startEngines(all, { clock })
    const directory = first.workspaceDirectory
    await first.clients.lake.createBucket({ bucket: 'lake' })
    await first.clients.firehose.createDeliveryStream({ name: 'd', destination: destination({ retrySeconds: 7200 }) })
    await put(first, 1)
    // The table is not there: the object waits for its copy when the engine stops.
    await clock.advance(70_000)
    await first.stop()

    let engines = await startEngines([lakeEngine, warehouseEngine], { clock, directory })
    await run(engines, 'CREATE TABLE flights (n int, who varchar(20))')
    const { lake, warehouse } = engines.clients
    // The copy is made, and its answer is lost.
    const lossy = {
      ...warehouse,
      watchStatement: async function* (input: { statementId: string }, options: object) {
        for await (const now of warehouse.watchStatement(input, options)) yield { ...now, state: 'STARTED' as const }
        throw new EngineError('ConnectionLost', 'gone', { domain: 'internal', retry: true })
      },
      listStatements: async () => [],
    }
    const fakes = { lake, warehouse: lossy }
    const cut = await startEngines([firehoseEngine], { clock, directory, fakes })
    await clock.settle()
    expect(await numbers(engines)).toEqual([1])
    expect(await cut.clients.firehose.stats({ name: 'd' })).toMatchObject({ deliveredRecords: 0, bufferedRecords: 1 })
    await cut.stop()
    await engines.stop()

    engines = await startEngines(all, { clock, directory })
    await clock.advance(70_000)
    expect(await numbers(engines)).toEqual([1])
    expect(await engines.clients.firehose.stats({ name: 'd' })).toMatchObject({
      deliveredRecords: 1,
      bufferedRecords: 0,
    })
    await engines[Symbol.asyncDispose]()
  })

  it('is created and described in the form of the API, and refuses a COPY that cannot be', async () => {
    const gate = await startGate(all)
    const firehose = new FirehoseClient(gate.config)
    const RoleARN = 'arn:aws:iam::000000000000:role/firehose'
    const create = (DeliveryStreamName: string, changes: object = {}, S3: object = {}) =>
      firehose.send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName,
          RedshiftDestinationConfiguration: {
            RoleARN,
            ClusterJDBCURL: jdbcUrl,
            CopyCommand: { DataTableName: 'flights', DataTableColumns: 'n', CopyOptions: "JSON 'auto'" },
            S3Configuration: { RoleARN, BucketARN: 'arn:aws:s3:::lake', Prefix: 'stage/', ...S3 },
            ...changes,
          },
        }),
      )
    await create('r', {
      S3BackupMode: 'Enabled',
      S3BackupConfiguration: { RoleARN, BucketARN: 'arn:aws:s3:::copies', Prefix: 'raw/', CompressionFormat: 'GZIP' },
    })
    const { DeliveryStreamDescription } = await firehose.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'r' }),
    )
    expect(DeliveryStreamDescription?.Destinations?.[0].RedshiftDestinationDescription).toMatchObject({
      ClusterJDBCURL: jdbcUrl,
      CopyCommand: { DataTableName: 'flights', DataTableColumns: 'n', CopyOptions: "JSON 'auto'" },
      RetryOptions: { DurationInSeconds: 3600 },
      S3BackupMode: 'Enabled',
      S3DestinationDescription: { BucketARN: 'arn:aws:s3:::lake', Prefix: 'stage/' },
      S3BackupDescription: { BucketARN: 'arn:aws:s3:::copies', Prefix: 'raw/', CompressionFormat: 'GZIP' },
    })
    await expect(create('x', { CopyCommand: { DataTableName: 'f', CopyOptions: 'ESCAPE' } })).rejects.toThrow(
      /CopyCommand.*ESCAPE/,
    )
    await expect(create('x', { ClusterJDBCURL: jdbcUrl.replace('/dev', '/prod') })).rejects.toThrow(
      /ClusterJDBCURL.*dev/,
    )
    await expect(create('x', {}, { CompressionFormat: 'Snappy' })).rejects.toThrow(/CompressionFormat/)
    firehose.destroy()
    await gate.engines[Symbol.asyncDispose]()
  })
})
