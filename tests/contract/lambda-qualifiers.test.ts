import { CreateDeliveryStreamCommand, FirehoseClient } from '@aws-sdk/client-firehose'
import {
  CreateAliasCommand,
  CreateEventSourceMappingCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { PutBucketNotificationConfigurationCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { engine as functions } from '../../src/engines/functions/engine.ts'
import { BatchBuilder } from '../../src/engines/kit/pure/batch.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { startEvents, type TestEvents } from '../support/events.ts'
import { createFunction, invoke } from '../support/lambda.ts'
import { zipOf } from '../support/zip.ts'
import { batchOf } from './firehose-fakes.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:f'
const LIVE = `${ARN}:live`
const ROLE = 'arn:aws:iam::000000000000:role/r'

/** Says by which name and in which version it ran, and answers as a transform does where it is one. */
const CODE = `export const handler = async ({ records = [], fail }, context) => {
  console.log('RAN ' + context.functionVersion + ' AS ' + context.invokedFunctionArn)
  if (fail) throw new Error('never')
  const data = Buffer.from(context.functionVersion).toString('base64')
  return { records: records.map(({ recordId }) => ({ recordId, result: 'Ok', data })) }
}`

let bed: TestEvents
let lambda: LambdaClient
beforeAll(async () => {
  bed = await startEvents({ engines: [lake, stream, functions, catalog, athena, firehose] })
  lambda = new LambdaClient(bed.gate.config)
  await createFunction(lambda, 'f', CODE, { Timeout: 20 })
  const publish = () => lambda.send(new PublishVersionCommand({ FunctionName: 'f' }))
  await publish()
  const ZipFile = zipOf({ 'index.mjs': `${CODE}\n` })
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile }))
  await publish()
  await lambda.send(new CreateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion: '1' }))
})
afterAll(async () => {
  lambda?.destroy()
  await bed?.[Symbol.asyncDispose]()
})

const pointTo = (FunctionVersion: string) =>
  lambda.send(new UpdateAliasCommand({ FunctionName: 'f', Name: 'live', FunctionVersion }))

const said = async () => (await bed.gate.engines.clients.functions.readLog({ name: 'f', lines: 5000 })).join('\n')

/** What ran since, as `VERSION AS ARN`, once something did. */
async function ran(cause: () => Promise<unknown>): Promise<string[]> {
  const runs = async () => [...(await said()).matchAll(/RAN (.*)/g)].map(([, run]) => run)
  const before = (await runs()).length
  await cause()
  await expect.poll(() => bed.settle().then(runs), { timeout: 20_000 }).toHaveLength(before + 1)
  return (await runs()).slice(before)
}

/** The alias, and then the version that it is pointed to next. */
async function followsAlias(cause: () => Promise<unknown>): Promise<void> {
  await pointTo('1')
  expect(await ran(cause)).toEqual([`1 AS ${LIVE}`])
  await pointTo('2')
  expect(await ran(cause)).toEqual([`2 AS ${LIVE}`])
}

it('a notification of a bucket calls the version that its alias points to', async () => {
  const s3 = new S3Client({ ...bed.gate.config, forcePathStyle: true })
  await bed.gate.engines.clients.lake.createBucket({ bucket: 'told' })
  const LambdaFunctionConfigurations = [{ LambdaFunctionArn: LIVE, Events: ['s3:ObjectCreated:*' as const] }]
  const configure = (NotificationConfiguration: object) =>
    s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'told', NotificationConfiguration }))
  await configure({ LambdaFunctionConfigurations })
  await followsAlias(() => s3.send(new PutObjectCommand({ Bucket: 'told', Key: 'a', Body: 'x' })))
  for (const gone of [`${ARN}:nobody`, `${ARN}:9`])
    await expect(
      configure({ LambdaFunctionConfigurations: [{ ...LambdaFunctionConfigurations[0], LambdaFunctionArn: gone }] }),
    ).rejects.toMatchObject({ name: 'InvalidArgument' })
  s3.destroy()
})

it('a rule calls the version that its target’s alias points to', async () => {
  await bed.events.putRule({ name: 'r', pattern: '{"source":["shop"]}' })
  await bed.events.putTargets({ rule: 'r', targets: [{ id: 't', arn: LIVE }] })
  const entries = [{ source: 'shop', detailType: 'order', detail: '{}' }]
  await followsAlias(() => bed.events.put({ entries }))
})

it('a mapping reads a data stream for the version that its alias points to', async () => {
  const { stream } = bed.gate.engines.clients
  await stream.createStream({ stream: 's', shardCount: 1 })
  const EventSourceArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/s'
  const map = (FunctionName: string) =>
    lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, StartingPosition: 'TRIM_HORIZON' }))
  expect((await map(LIVE)).FunctionArn).toBe(LIVE)
  const batch = () => {
    const builder = new BatchBuilder()
    builder.add('k', 'text')
    return builder.finish()
  }
  await followsAlias(() => stream.put({ stream: 's', batch: batch() }))
  await expect(map('f:nobody')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

it('a delivery stream transforms by the version, or the one that its alias points to', async () => {
  const { firehose: deliveries, lake: store } = bed.gate.engines.clients
  await store.createBucket({ bucket: 'out' })
  const client = new FirehoseClient(bed.gate.config)
  const create = (DeliveryStreamName: string, LambdaArn: string) =>
    client.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName,
        ExtendedS3DestinationConfiguration: {
          RoleARN: ROLE,
          BucketARN: 'arn:aws:s3:::out',
          Prefix: `${DeliveryStreamName}/`,
          ErrorOutputPrefix: 'bad/!{firehose:error-output-type}/',
          ProcessingConfiguration: {
            Enabled: true,
            Processors: [
              { Type: 'Lambda', Parameters: [{ ParameterName: 'LambdaArn', ParameterValue: LambdaArn }] },
              { Type: 'AppendDelimiterToRecord', Parameters: [] },
            ],
          },
        },
      }),
    )
  const deliver = (name: string) => async () => {
    await deliveries.put({ name, batch: batchOf(['x']) })
    await deliveries.flush({ name })
  }
  await create('fixed', `${ARN}:1`)
  await create('aliased', LIVE)
  expect(await ran(deliver('fixed'))).toEqual([`1 AS ${ARN}:1`])
  await followsAlias(deliver('aliased'))
  const delivered = async (prefix: string) => {
    const { objects } = await store.listObjects({ bucket: 'out', prefix })
    const bodies = objects.map(({ key }) => store.getObject({ bucket: 'out', key }))
    return (await Promise.all(bodies)).map(({ body }) => Buffer.from(body).toString()).sort()
  }
  expect(await delivered('fixed/')).toEqual(['1\n'])
  expect(await delivered('aliased/')).toEqual(['1\n', '2\n'])
  client.destroy()
})

it('an event that is given up is told in the function’s own log, whatever it was called by', async () => {
  const event = { InvocationType: 'Event', Qualifier: 'live' } as const
  await ran(() => invoke(lambda, 'f', { fail: true }, event))
  await ran(() => bed.settle(60_000))
  await ran(() => bed.settle(120_000))
  await expect.poll(() => bed.settle().then(said)).toContain('given up after 3 attempts')
})
