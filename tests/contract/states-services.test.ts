import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  TestStateCommand,
} from '@aws-sdk/client-sfn'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as cloudwatch } from '../../src/engines/cloudwatch/engine.ts'
import { engine as dynamodb } from '../../src/engines/dynamodb/engine.ts'
import { engine as emr } from '../../src/engines/emr/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { engine as functions } from '../../src/engines/functions/engine.ts'
import { engine as hdfs } from '../../src/engines/hdfs/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as mapreduce } from '../../src/engines/mapreduce/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { groups, shell } from '../support/emr.ts'
import { createFunction } from '../support/lambda.ts'
import { sdk, startStates, type TestStates } from '../support/states.ts'

let bed: TestStates
beforeAll(async () => {
  const engines = [lake, catalog, cloudwatch, stream, functions, firehose, dynamodb, athena, hdfs, mapreduce, emr]
  bed = await startStates(engines)
  await bed.gate.engines.clients.lake.createBucket({ bucket: 'data' })
  const lambda = new LambdaClient(bed.gate.config)
  const code = `export const handler = async (event) => {
    if (event.bad) throw new RangeError('too far')
    return { got: event }
  }`
  await createFunction(lambda, 'f', code)
  lambda.destroy()
})
afterAll(() => bed[Symbol.asyncDispose]())

const optimised = (call: string) => `arn:aws:states:::${call}`
const task = (Resource: string, Parameters: object, fields: object = {}) => ({
  T: { Type: 'Task', Resource, Parameters, End: true, ...fields },
})
/** Tasks one after the other, each with its answer under its name. */
const chain = (tasks: Record<string, [resource: string, parameters: object]>) => {
  const names = Object.keys(tasks)
  return Object.fromEntries(
    names.map((name, i) => {
      const [Resource, Parameters] = tasks[name]
      const next = i + 1 < names.length ? { Next: names[i + 1] } : { End: true }
      return [name, { Type: 'Task', Resource, Parameters, ResultPath: `$.${name}`, ...next }]
    }),
  )
}

describe('a Task', () => {
  it('calls a function, and has what it gives or throws', async () => {
    const invoke = optimised('lambda:invoke')
    const payload = { FunctionName: 'f', 'Payload.$': '$' }
    expect((await bed.run(task(invoke, payload), { n: 1 })).output).toMatchObject({ Payload: { got: { n: 1 } } })
    expect(await bed.run(task(invoke, payload), { bad: true })).toMatchObject({ error: 'RangeError', cause: /too far/ })
    const own = { T: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:000000000000:function:f', End: true } }
    expect((await bed.run(own, { n: 2 })).output).toEqual({ got: { n: 2 } })
  })

  it('waits for whoever was given its token: success, failure, heartbeats and their end', async () => {
    const states = task(
      optimised('lambda:invoke.waitForTaskToken'),
      { FunctionName: 'f', Payload: { 'token.$': '$$.Task.Token' } },
      { HeartbeatSeconds: 30 },
    )
    const machine = await bed.machine(states)
    const begin = async () => {
      const arn = await bed.start(machine)
      const submitted = async () => (await bed.history(arn)).find(({ type }) => type === 'TaskSubmitted')
      await expect.poll(submitted, { timeout: 5000 }).toBeTruthy()
      const scheduled = (await bed.history(arn)).find(({ type }) => type === 'TaskScheduled')
      const taskToken: string = JSON.parse(scheduled!.taskScheduledEventDetails!.parameters!).Payload.token
      return { arn, taskToken }
    }
    const good = await begin()
    await bed.clock.advance(25_000)
    await bed.client.send(new SendTaskHeartbeatCommand({ taskToken: good.taskToken }))
    await bed.clock.advance(25_000)
    await bed.client.send(new SendTaskSuccessCommand({ taskToken: good.taskToken, output: '{"ok":true}' }))
    expect(await bed.ended(good.arn)).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' })
    const bad = await begin()
    await bed.client.send(new SendTaskFailureCommand({ taskToken: bad.taskToken, error: 'Mine', cause: 'told' }))
    expect(await bed.ended(bad.arn)).toMatchObject({ status: 'FAILED', error: 'Mine', cause: 'told' })
    const silent = await begin()
    await bed.clock.advance(31_000)
    expect(await bed.ended(silent.arn)).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' })
    const late = bed.client.send(new SendTaskSuccessCommand({ taskToken: silent.taskToken, output: '1' }))
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' })
  })

  it('asks Glue, Firehose and DynamoDB', async () => {
    const db = new DynamoDBClient(bed.gate.config)
    const id = [{ AttributeName: 'id', KeyType: 'HASH' as const }]
    const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }]
    await db.send(
      new CreateTableCommand({
        TableName: 'table',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: id,
        AttributeDefinitions,
      }),
    )
    db.destroy()
    // A table is there a moment later.
    await bed.clock.advance(10_000)
    const key = { id: { S: 'x' } }
    const { output, error, cause } = await bed.run(
      chain({
        database: [sdk('glue:createDatabase'), { DatabaseInput: { Name: 'made' } }],
        found: [sdk('glue:getDatabase'), { Name: 'made' }],
        delivery: [
          sdk('firehose:createDeliveryStream'),
          {
            DeliveryStreamName: 'd',
            ExtendedS3DestinationConfiguration: {
              BucketARN: 'arn:aws:s3:::data',
              RoleARN: 'arn:aws:iam::000000000000:role/r',
            },
          },
        ],
        put: [optimised('dynamodb:putItem'), { TableName: 'table', Item: { ...key, n: { N: '1' } } }],
        update: [
          optimised('dynamodb:updateItem'),
          {
            TableName: 'table',
            Key: key,
            UpdateExpression: 'SET n = n + :one',
            ExpressionAttributeValues: { ':one': { N: '1' } },
            ReturnValues: 'UPDATED_NEW',
          },
        ],
        remove: [optimised('dynamodb:deleteItem'), { TableName: 'table', Key: key }],
        get: [optimised('dynamodb:getItem'), { TableName: 'table', Key: key }],
      }),
    )
    expect({ error, cause }).toEqual({})
    expect(output).toMatchObject({ found: { Database: { Name: 'made' } }, update: { Attributes: { n: { N: '2' } } } })
    expect((output as { get: object }).get).not.toHaveProperty('Item')
    await bed.clock.advance(10_000)
    const record = task(sdk('firehose:putRecord'), { DeliveryStreamName: 'd', Record: { Data: { n: 1 } } })
    expect((await bed.run(record)).output).toMatchObject({ RecordId: expect.any(String) })
  })

  it('runs a query, waits for it, and reads its rows', async () => {
    const run = (QueryString: string) =>
      bed.run(
        chain({
          query: [
            optimised('athena:startQueryExecution.sync'),
            { QueryString, ResultConfiguration: { OutputLocation: 's3://data/results/' } },
          ],
          rows: [
            optimised('athena:getQueryResults'),
            { 'QueryExecutionId.$': '$.query.QueryExecution.QueryExecutionId' },
          ],
        }),
      )
    const { output } = await run('SELECT 40 + 2 AS n')
    expect(output).toMatchObject({
      query: { QueryExecution: { Status: { State: 'SUCCEEDED' } } },
      rows: { ResultSet: { Rows: [{ Data: [{ VarCharValue: 'n' }] }, { Data: [{ VarCharValue: '42' }] }] } },
    })
    expect(await run('SELECT nothing FROM nowhere')).toMatchObject({ error: 'States.TaskFailed' })
  })

  it('runs a step on a cluster that it makes, and ends the cluster', async () => {
    const instances = { InstanceGroups: groups(0), KeepJobFlowAliveWhenNoSteps: true }
    const on = { 'ClusterId.$': '$.cluster.ClusterId' }
    const { output, error, cause } = await bed.run(
      chain({
        cluster: [
          optimised('elasticmapreduce:createCluster.sync'),
          { Name: 'c', ReleaseLabel: 'emr-7.10.0', Instances: instances },
        ],
        step: [optimised('elasticmapreduce:addStep.sync'), { ...on, Step: shell('echo done') }],
        end: [optimised('elasticmapreduce:terminateCluster.sync'), on],
      }),
    )
    expect({ error, cause }).toEqual({})
    expect(output).toMatchObject({
      step: { Step: { Status: { State: 'COMPLETED' } } },
      end: { Cluster: { Status: { State: 'TERMINATED' } } },
    })
  })
})

describe('TestState', () => {
  const test = (state: object, input: unknown, more: object = {}) =>
    bed.client.send(
      new TestStateCommand({
        definition: JSON.stringify(state),
        input: JSON.stringify(input),
        inspectionLevel: 'DEBUG',
        ...more,
      }),
    )
  const invoke = {
    Type: 'Task',
    Resource: optimised('lambda:invoke'),
    Parameters: { FunctionName: 'f', 'Payload.$': '$.p' },
  }

  it('runs a state by itself, and shows what stands between its steps', async () => {
    const state = { ...invoke, ResultSelector: { 'got.$': '$.Payload.got' }, ResultPath: '$.r', Next: 'After' }
    const { inspectionData, output, ...told } = await test(state, { p: 1 })
    expect(told).toMatchObject({ status: 'SUCCEEDED', nextState: 'After' })
    expect(JSON.parse(output!)).toEqual({ p: 1, r: { got: 1 } })
    expect(JSON.parse(inspectionData!.afterParameters!)).toEqual({ FunctionName: 'f', Payload: 1 })
    expect(JSON.parse(inspectionData!.result!)).toMatchObject({ Payload: { got: 1 } })
    expect(JSON.parse(inspectionData!.afterResultSelector!)).toEqual({ got: 1 })
    const choice = { Type: 'Choice', Choices: [{ Variable: '$.n', NumericEquals: 2, Next: 'Two' }], Default: 'Other' }
    expect(await test(choice, { n: 2 })).toMatchObject({ status: 'SUCCEEDED', nextState: 'Two' })
    const jsonata = { Type: 'Pass', QueryLanguage: 'JSONata', Output: '{% $states.input.a + $b %}', End: true }
    expect((await test(jsonata, { a: 1 }, { variables: '{"b":2}' })).output).toBe('3')
  })

  it('tells of an error, and of who would try again or catch it', async () => {
    const bad = { p: { bad: true } }
    const fails = { ...invoke, End: true }
    expect(await test(fails, bad)).toMatchObject({ status: 'FAILED', error: 'RangeError' })
    const retried = { ...fails, Retry: [{ ErrorEquals: ['RangeError'], IntervalSeconds: 2, MaxAttempts: 2 }] }
    expect(await test(retried, bad, { stateConfiguration: { retrierRetryCount: 1 } })).toMatchObject({
      status: 'RETRIABLE',
      inspectionData: { errorDetails: { retryIndex: 0, retryBackoffIntervalSeconds: 4 } },
    })
    const caught = { ...fails, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Late', ResultPath: '$.e' }] }
    const { output, ...told } = await test(caught, bad)
    expect(told).toMatchObject({ status: 'CAUGHT_ERROR', nextState: 'Late', error: 'RangeError' })
    expect(JSON.parse(output!)).toMatchObject({ p: { bad: true }, e: { Error: 'RangeError' } })
    const waits = { ...fails, Resource: optimised('lambda:invoke.waitForTaskToken') }
    await expect(test(waits, bad)).rejects.toMatchObject({ name: 'ValidationException', message: /waitForTaskToken/ })
  })
})
