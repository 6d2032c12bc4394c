import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import {
  CreateActivityCommand,
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetActivityTaskCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  PublishStateMachineVersionCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn'
import { describe, expect, it } from 'vitest'
import { engine as batch } from '../../src/engines/batch/engine.ts'
import { engine as dynamodb } from '../../src/engines/dynamodb/engine.ts'
import { realTime } from '../../src/engines/kit/node/real-time.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { sdk, startStates } from '../support/states.ts'

const types = (events: readonly HistoryEvent[]) => events.map(({ type }) => type)
const task = (resource: string, fields: object = {}) => ({ Type: 'Task', Resource: resource, End: true, ...fields })

/** A queue, and a definition whose job ends with the exit code of its parameter. */
async function batchBed(clients: Awaited<ReturnType<typeof startStates>>['gate']['engines']['clients']) {
  await clients.batch.createEnvironment({ name: 'e', kind: 'EC2', maxVcpus: 4 })
  await clients.batch.createQueue({ name: 'q', priority: 1, environments: ['e'] })
  const command = ['sh', '-c', 'Ref::script']
  await clients.batch.registerDefinition({ name: 'd', container: { image: 'i', command, vcpus: 1, memoryMiB: 64 } })
}
const submit = (script: string, fields: object = {}) =>
  task('arn:aws:states:::batch:submitJob.sync', {
    Parameters: { JobName: 'j', JobQueue: 'q', JobDefinition: 'd', Parameters: { script } },
    ...fields,
  })

describe('tasks', () => {
  it('waits for a real Batch job, and tells what became of it', async () => {
    await using bed = await startStates([batch])
    await batchBed(bed.gate.engines.clients)
    const arn = await bed.start(await bed.machine({ A: submit('true') }))
    const { status, output } = await bed.ended(arn)
    expect(status).toBe('SUCCEEDED')
    expect(JSON.parse(output!)).toMatchObject({ JobName: 'j', Status: 'SUCCEEDED', Container: { ExitCode: 0 } })
    const events = await bed.history(arn)
    expect(types(events)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ])
    expect(events.map(({ previousEventId }) => previousEventId).slice(2)).toEqual([2, 3, 4, 5, 6, 7])
    expect(events[2].taskScheduledEventDetails).toMatchObject({ resourceType: 'batch', resource: 'submitJob.sync' })
    const failed = await bed.run({ A: submit('exit 3') })
    expect(failed.error).toBe('States.TaskFailed')
    expect(JSON.parse(failed.cause!)).toMatchObject({ Status: 'FAILED', Container: { ExitCode: 3 } })
  })

  it('ends the job when the execution is stopped', async () => {
    await using bed = await startStates([batch])
    const { clients } = bed.gate.engines
    await batchBed(clients)
    const executionArn = await bed.start(await bed.machine({ A: submit('sleep 60') }))
    const running = async () => (await clients.batch.listJobs({ queue: 'q', statuses: ['RUNNING'] })).jobs.length
    await expect.poll(running).toBe(1)
    await expect.poll(async () => types(await bed.history(executionArn))).toContain('TaskSubmitted')
    await bed.client.send(new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'by hand' }))
    expect(await bed.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
    })
    const failed = async () => (await clients.batch.listJobs({ queue: 'q', statuses: ['FAILED'] })).jobs.length
    await expect.poll(failed, { timeout: 5000 }).toBe(1)
  })

  it('calls services by the forms of their SDKs', async () => {
    await using bed = await startStates([lake, stream, dynamodb])
    const s3 = new S3Client({ ...bed.gate.config, forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }))
    const db = new DynamoDBClient(bed.gate.config)
    await db.send(
      new CreateTableCommand({
        TableName: 'table',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    )
    // A table is there a moment later.
    await bed.clock.advance(10_000)
    await bed.gate.engines.clients.stream.createStream({ stream: 's', shardCount: 1 })
    const dynamo = 'arn:aws:states:::dynamodb'
    const { output, error, cause } = await bed.run(
      {
        Put: task(sdk('s3:putObject'), {
          Parameters: { Bucket: 'bucket', Key: 'k.json', 'Body.$': '$' },
          ResultPath: null,
          End: undefined,
          Next: 'Get',
        }),
        Get: task(sdk('s3:getObject'), {
          Parameters: { Bucket: 'bucket', Key: 'k.json' },
          ResultSelector: { 'body.$': 'States.StringToJson($.Body)' },
          ResultPath: '$.got',
          End: undefined,
          Next: 'List',
        }),
        List: task(sdk('s3:listObjectsV2'), {
          Parameters: { Bucket: 'bucket' },
          ResultSelector: { 'keys.$': '$.Contents[*].Key' },
          ResultPath: '$.listed',
          End: undefined,
          Next: 'Record',
        }),
        Record: task(sdk('kinesis:putRecord'), {
          Parameters: { StreamName: 's', PartitionKey: 'p', Data: { a: 1 } },
          ResultSelector: { 'shard.$': '$.ShardId' },
          ResultPath: '$.put',
          End: undefined,
          Next: 'Item',
        }),
        Item: task(`${dynamo}:putItem`, {
          Parameters: { TableName: 'table', Item: { id: { 'S.$': '$.n' }, lower: { N: '1' } } },
          ResultPath: null,
          End: undefined,
          Next: 'Read',
        }),
        Read: task(`${dynamo}:getItem`, {
          Parameters: { TableName: 'table', Key: { id: { S: 'x' } } },
          ResultPath: '$.item',
        }),
      },
      { n: 'x' },
    )
    expect({ error, cause }).toEqual({})
    expect(output).toMatchObject({
      got: { body: { n: 'x' } },
      listed: { keys: ['k.json'] },
      put: { shard: 'shardId-000000000000' },
      item: { Item: { id: { S: 'x' }, lower: { N: '1' } } },
    })
    const missing = await bed.run({ A: task(sdk('s3:getObject'), { Parameters: { Bucket: 'bucket', Key: 'no' } }) })
    expect(missing.error).toBe('S3.NoSuchKeyException')
  })

  it('runs another machine and waits for it', async () => {
    await using bed = await startStates()
    const inner = await bed.machine({ W: { Type: 'Wait', Seconds: 30, Next: 'P' }, P: { Type: 'Pass', End: true } })
    const start = { Parameters: { StateMachineArn: inner, 'Input.$': '$' } }
    const { output } = await bed.run({ A: task('arn:aws:states:::states:startExecution.sync:2', start) }, { a: 1 })
    expect(output).toMatchObject({ Status: 'SUCCEEDED', Output: { a: 1 } })
    const text = await bed.run({ A: task('arn:aws:states:::states:startExecution.sync', start) }, { a: 1 })
    expect(text.output).toMatchObject({ Output: '{"a":1}' })
  })

  it('gives work to the workers of an activity, with heartbeats', async () => {
    await using bed = await startStates()
    const { activityArn } = await bed.client.send(new CreateActivityCommand({ name: 'work' }))
    const machine = await bed.machine({
      A: task(activityArn!, {
        HeartbeatSeconds: 10,
        Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Late', ResultPath: '$.e' }],
      }),
      Late: { Type: 'Succeed' },
    })
    const taken = async () => bed.client.send(new GetActivityTaskCommand({ activityArn, workerName: 'me' }))
    const waiting = taken()
    const first = await bed.start(machine, { n: 1 })
    const { taskToken, input } = await waiting
    expect(input).toBe('{"n":1}')
    await bed.clock.advance(8000)
    await bed.client.send(new SendTaskHeartbeatCommand({ taskToken }))
    await bed.clock.advance(8000)
    await bed.client.send(new SendTaskSuccessCommand({ taskToken, output: '"done"' }))
    expect((await bed.ended(first)).output).toBe('"done"')
    await expect(bed.client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    })
    const second = await bed.start(machine, {})
    await taken()
    const late = await bed.ended(second)
    expect(JSON.parse(late.output!)).toMatchObject({ e: { Error: 'States.HeartbeatTimeout' } })
    expect(types(await bed.history(second))).toContain('ActivityTimedOut')
    const third = await bed.start(machine, {})
    const { taskToken: refused } = await taken()
    await bed.client.send(new SendTaskFailureCommand({ taskToken: refused, error: 'E', cause: 'C' }))
    expect(await bed.ended(third)).toMatchObject({ status: 'FAILED', error: 'E', cause: 'C' })
  })

  it('tries again with its delays, then catches', async () => {
    await using bed = await startStates([lake])
    const machine = await bed.machine({
      A: task(sdk('s3:getObject'), {
        Parameters: { Bucket: 'none', Key: 'k' },
        Retry: [
          {
            ErrorEquals: ['S3.NoSuchBucketException'],
            IntervalSeconds: 2,
            MaxAttempts: 3,
            BackoffRate: 3,
            MaxDelaySeconds: 10,
          },
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.e', Next: 'B' }],
      }),
      B: { Type: 'Succeed' },
    })
    const arn = await bed.start(machine)
    const { output } = await bed.ended(arn)
    expect(JSON.parse(output!)).toMatchObject({ e: { Error: 'S3.NoSuchBucketException' } })
    const asked = (await bed.history(arn)).filter(({ type }) => type === 'TaskScheduled')
    const gaps = asked.slice(1).map(({ timestamp }, i) => (timestamp!.getTime() - asked[i].timestamp!.getTime()) / 1000)
    expect(gaps).toEqual([2, 6, 10])
  })
})

describe('executions', () => {
  it('are started once for a name and an input', async () => {
    await using bed = await startStates()
    const machine = await bed.machine({ W: { Type: 'Wait', Seconds: 60, End: true } })
    const first = await bed.start(machine, { a: 1 }, 'one')
    expect(await bed.start(machine, { a: 1 }, 'one')).toBe(first)
    await expect(bed.start(machine, { a: 2 }, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' })
    await bed.ended(first)
    await expect(bed.start(machine, { a: 1 }, 'one')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' })
    await expect(bed.start(machine, 'x'.repeat(300_000))).rejects.toMatchObject({ name: 'InvalidExecutionInput' })
    await expect(bed.start(`${machine}x`)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' })
  })

  it('are redriven from where they failed, keeping what had succeeded', async () => {
    await using bed = await startStates([lake])
    const branch = (name: string, state: object) => ({ StartAt: name, States: { [name]: state } })
    const machine = await bed.machine({
      P: {
        Type: 'Parallel',
        Branches: [
          branch('Done', { Type: 'Pass', Result: 1, End: true }),
          branch(
            'Read',
            task(sdk('s3:listObjectsV2'), { Parameters: { Bucket: 'later' }, ResultSelector: { 'n.$': '$.KeyCount' } }),
          ),
        ],
        End: true,
      },
    })
    const executionArn = await bed.start(machine)
    expect((await bed.ended(executionArn)).status).toBe('FAILED')
    const before = types(await bed.history(executionArn))
    expect(before.slice(-3)).toEqual(['TaskFailed', 'ParallelStateFailed', 'ExecutionFailed'])
    await new S3Client({ ...bed.gate.config, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'later' }))
    await bed.client.send(new RedriveExecutionCommand({ executionArn }))
    const { status, output, redriveCount, cause } = await bed.ended(executionArn)
    expect({ status, output, redriveCount, cause }).toEqual({
      status: 'SUCCEEDED',
      output: '[1,{"n":0}]',
      redriveCount: 1,
    })
    const after = types(await bed.history(executionArn)).slice(before.length)
    expect(after[0]).toBe('ExecutionRedriven')
    expect(after).not.toContain('PassStateEntered')
    await expect(bed.client.send(new RedriveExecutionCommand({ executionArn }))).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
    })
  })

  it('of EXPRESS machines run in one call', async () => {
    await using bed = await startStates()
    const stateMachineArn = await bed.machine({ P: { Type: 'Pass', Result: 7, End: true } }, { type: 'EXPRESS' })
    const done = await bed.client.send(new StartSyncExecutionCommand({ stateMachineArn, input: '{}' }))
    expect(done).toMatchObject({ status: 'SUCCEEDED', output: '7' })
    await expect(bed.client.send(new ListExecutionsCommand({ stateMachineArn }))).rejects.toMatchObject({
      name: 'StateMachineTypeNotSupported',
    })
  })

  it('run the version that an alias leads to', async () => {
    await using bed = await startStates()
    const stateMachineArn = await bed.machine({ P: { Type: 'Pass', Result: 1, End: true } })
    const { stateMachineVersionArn } = await bed.client.send(new PublishStateMachineVersionCommand({ stateMachineArn }))
    const definition = JSON.stringify({ StartAt: 'P', States: { P: { Type: 'Pass', Result: 2, End: true } } })
    await bed.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition, publish: true }))
    const { stateMachineAliasArn } = await bed.client.send(
      new CreateStateMachineAliasCommand({
        name: 'live',
        routingConfiguration: [{ stateMachineVersionArn, weight: 100 }],
      }),
    )
    const outputs = [stateMachineArn, `${stateMachineArn}:2`, stateMachineAliasArn!].map(async (arn) => {
      const { output, stateMachineAliasArn: alias } = await bed.ended(await bed.start(arn))
      return [output, alias]
    })
    expect(await Promise.all(outputs)).toEqual([
      ['2', undefined],
      ['2', undefined],
      ['1', stateMachineAliasArn],
    ])
  })

  it('go on where they were after a restart, and a lost answer is told as one', async () => {
    const first = await startStates([lake])
    const wait = await first.start(
      await first.machine({
        W: { Type: 'Wait', Seconds: 600, Next: 'P' },
        P: { Type: 'Pass', Result: 'after', End: true },
      }),
    )
    await first.gate.engines.stop()
    await using second = await startStates([lake], { directory: first.gate.engines.workspaceDirectory })
    await realTime.sleep(20)
    await second.clock.advance(600_000)
    expect((await second.ended(wait)).output).toBe('"after"')
    expect(types(await second.history(wait))).toEqual([
      'ExecutionStarted',
      'WaitStateEntered',
      'WaitStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ])
  })

  it('of an untrusted workspace run no code: the engines refuse', async () => {
    await using bed = await startStates([batch], {
      fakes: { workspace: { describe: async () => ({ trusted: false }) } },
    })
    await batchBed(bed.gate.engines.clients)
    const { error, cause } = await bed.run({ A: submit('true') })
    expect(error).toBe('Batch.ClientException')
    expect(cause).toMatch(/opens restricted: jobs do not run/)
    expect((await bed.gate.engines.clients.batch.listJobs({ queue: 'q' })).jobs).toEqual([])
  })
})

describe('definitions', () => {
  const validate = async (bed: Awaited<ReturnType<typeof startStates>>, definition: object | string) => {
    const text = typeof definition === 'string' ? definition : JSON.stringify(definition)
    const { diagnostics } = await bed.client.send(
      new ValidateStateMachineDefinitionCommand({ definition: text, severity: 'WARNING' }),
    )
    return diagnostics!.map(({ code, location }) => [code, location])
  }

  it('are refused with what is wrong and where', async () => {
    await using bed = await startStates([batch])
    const one = (state: object) => ({ StartAt: 'A', States: { A: state } })
    const cases: [object | string, [string, string | undefined]][] = [
      ['{"a":}', ['INVALID_JSON_DESCRIPTION', undefined]],
      [one({ Type: 'Pass', Next: 'B' }), ['MISSING_TRANSITION_TARGET', '/States/A/Next']],
      [one({ Type: 'Pass', End: true, Colour: 1 }), ['SCHEMA_VALIDATION_FAILED', '/States/A/Colour']],
      [one({ Type: 'Pass', End: true, InputPath: 'a' }), ['SCHEMA_VALIDATION_FAILED', '/States/A/InputPath']],
      [one({ Type: 'Pass', End: true, ResultPath: '$.a[*]' }), ['SCHEMA_VALIDATION_FAILED', '/States/A/ResultPath']],
      [
        one({ Type: 'Pass', End: true, Parameters: { 'a.$': 'States.No()' } }),
        ['SCHEMA_VALIDATION_FAILED', '/States/A/Parameters/a.$'],
      ],
      [one({ Type: 'Pass', End: true, Parameters: { a: '$.b' } }), ['NO_DOLLAR', '/States/A/Parameters/a']],
      [one(task('arn:aws:states:::sqs:sendMessage')), ['INVALID_RESOURCE', '/States/A/Resource']],
      [one(task(sdk('batch:noSuchThing'))), ['INVALID_RESOURCE', '/States/A/Resource']],
      [
        one(submit('x', { Parameters: { JobName: 'j', JobQueue: 'q', JobDefinition: 'd', Colour: 1 } })),
        ['SCHEMA_VALIDATION_FAILED', '/States/A'],
      ],
      [
        one({ Type: 'Map', End: true, ItemReader: {}, ItemProcessor: one({ Type: 'Pass', End: true }) }),
        ['SCHEMA_VALIDATION_FAILED', '/States/A/ItemReader'],
      ],
    ]
    for (const [definition, wanted] of cases) expect(await validate(bed, definition)).toContainEqual(wanted)
    await expect(
      bed.client.send(new CreateStateMachineCommand({ name: 'x', roleArn: 'arn:aws:iam::1:role/r', definition: '{}' })),
    ).rejects.toMatchObject({ name: 'InvalidDefinition', message: /SCHEMA_VALIDATION_FAILED: The field 'StartAt'/ })
  })

  it('are never run for a request without the workspace’s signature', async () => {
    await using bed = await startStates()
    const stateMachineArn = await bed.machine({ P: { Type: 'Pass', End: true } })
    const answer = await fetch(bed.gate.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSStepFunctions.StartExecution', 'content-type': 'application/x-amz-json-1.0' },
      body: JSON.stringify({ stateMachineArn }),
    })
    expect(answer.status).toBe(403)
    const signed = await bed.client.send(new StartExecutionCommand({ stateMachineArn }))
    expect(signed.executionArn).toContain(':execution:machine-1:')
  })
})
