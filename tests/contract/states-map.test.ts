import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startStates, type TestStates } from '../support/states.ts'

let bed: TestStates
let s3: S3Client
beforeAll(async () => {
  bed = await startStates([lake])
  s3 = new S3Client({ ...bed.gate.config, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }))
})
afterAll(async () => {
  s3.destroy()
  await bed[Symbol.asyncDispose]()
})

/** A distributed Map over these states. */
const map = (states: object, fields: object = {}, type = 'STANDARD') => ({
  M: {
    Type: 'Map',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: type },
      StartAt: Object.keys(states)[0],
      States: states,
    },
    End: true,
    ...fields,
  },
})
const PASS = { P: { Type: 'Pass', End: true } }
/** Fails for items whose `bad` is true. */
const PICKY = {
  C: { Type: 'Choice', Choices: [{ Variable: '$.bad', BooleanEquals: true, Next: 'F' }], Default: 'P' },
  F: { Type: 'Fail', Error: 'Bad', Cause: 'as told' },
  ...PASS,
}
const items = (count: number, bad: readonly number[] = []) =>
  Array.from({ length: count }, (_, n) => ({ n, bad: bad.includes(n) }))
const put = (Key: string, Body: string) => s3.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body }))
const json = async (Key: string) =>
  JSON.parse(await (await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key }))).Body!.transformToString())
const reader = (Key: string, config: object) => ({
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    Parameters: { Bucket: 'bucket', Key },
    ReaderConfig: config,
  },
})
const mapRunOf = async (executionArn: string) => {
  const { mapRuns } = await bed.client.send(new ListMapRunsCommand({ executionArn }))
  return mapRuns![0].mapRunArn!
}
const describeRun = async (mapRunArn: string) => bed.client.send(new DescribeMapRunCommand({ mapRunArn }))

describe('a distributed Map', () => {
  it('runs a child execution for each item, in order of the items, and tells of them', async () => {
    const arn = await bed.start(
      await bed.machine(map(PASS, { ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value' } })),
      ['a', 'b', 'c'],
    )
    const { output } = await bed.ended(arn)
    expect(JSON.parse(output!)).toEqual(['a', 'b', 'c'].map((v, i) => ({ i, v })))
    expect((await bed.history(arn)).map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'ExecutionSucceeded',
    ])
    const mapRunArn = await mapRunOf(arn)
    expect(await describeRun(mapRunArn)).toMatchObject({
      status: 'SUCCEEDED',
      executionArn: arn,
      itemCounts: { total: 3, succeeded: 3, pending: 0, running: 0 },
    })
    const { executions } = await bed.client.send(new ListExecutionsCommand({ mapRunArn }))
    expect(executions!.length).toBe(3)
    const child = await bed.client.send(new DescribeExecutionCommand({ executionArn: executions![0].executionArn }))
    expect(child).toMatchObject({ mapRunArn, status: 'SUCCEEDED' })
    const own = await bed.history(child.executionArn!)
    expect(own.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'PassStateEntered',
      'PassStateExited',
      'ExecutionSucceeded',
    ])
  })

  it('reads its items from CSV, JSON, JSON Lines and a listing', async () => {
    await put('in/a.csv', 'id,name\r\n1,"x, ""y"""\n2,\n3,z')
    await put('in/a.json', JSON.stringify({ deep: { list: [1, 2, 3] } }))
    await put('in/a.jsonl', '{"a":1}\n\n{"a":2}\n')
    const run = async (fields: object) => (await bed.run(map(PASS, fields))).output
    expect(await run(reader('in/a.csv', { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW', MaxItems: 2 }))).toEqual([
      { id: '1', name: 'x, "y"' },
      { id: '2', name: '' },
    ])
    expect(await run(reader('in/a.json', { InputType: 'JSON', ItemsPointer: '/deep/list' }))).toEqual([1, 2, 3])
    expect(await run(reader('in/a.jsonl', { InputType: 'JSONL' }))).toEqual([{ a: 1 }, { a: 2 }])
    const listing = {
      ItemReader: {
        Resource: 'arn:aws:states:::s3:listObjectsV2',
        Parameters: { Bucket: 'bucket', 'Prefix.$': '$.from' },
      },
      ItemSelector: { 'key.$': '$$.Map.Item.Value.Key', 'size.$': '$$.Map.Item.Value.Size' },
    }
    const { output } = await bed.run(map(PASS, listing), { from: 'in/' })
    expect(output).toEqual([
      { key: 'in/a.csv', size: 28 },
      { key: 'in/a.json', size: 25 },
      { key: 'in/a.jsonl', size: 17 },
    ])
    const missing = await bed.run(map(PASS, reader('none', { InputType: 'JSON' })))
    expect(missing.error).toBe('States.ItemReaderFailed')
  })

  it('gives children batches, and writes what came out to a bucket', async () => {
    const fields = {
      ItemsPath: '$.all',
      ItemBatcher: { MaxItemsPerBatch: 2, BatchInput: { 'by.$': '$.by' } },
      ResultWriter: {
        Resource: 'arn:aws:states:::s3:putObject',
        Parameters: { Bucket: 'bucket', Prefix: 'out' },
        WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSON' },
      },
    }
    const { output } = await bed.run(map(PASS, fields, 'EXPRESS'), { by: 'me', all: [1, 2, 3] })
    const { MapRunArn, ResultWriterDetails } = output as {
      MapRunArn: string
      ResultWriterDetails: { Bucket: string; Key: string }
    }
    const manifest = await json(ResultWriterDetails.Key)
    expect(manifest).toMatchObject({ DestinationBucket: 'bucket', MapRunArn, ResultFiles: { FAILED: [], PENDING: [] } })
    expect(await json(manifest.ResultFiles.SUCCEEDED[0].Key)).toEqual([
      { BatchInput: { by: 'me' }, Items: [1, 2] },
      { BatchInput: { by: 'me' }, Items: [3] },
    ])
    expect(await describeRun(MapRunArn)).toMatchObject({
      itemCounts: { total: 3, succeeded: 3 },
      executionCounts: { total: 2, resultsWritten: 2 },
    })
  })

  it('tolerates as many failures as it says, and no more', async () => {
    const tolerated = await bed.run(map(PICKY, { ToleratedFailurePercentage: 50 }), items(4, [1, 2]))
    expect(tolerated.output).toMatchObject([
      { n: 0 },
      { Status: 'FAILED', Error: 'Bad' },
      { Status: 'FAILED' },
      { n: 3 },
    ])
    const fields = { ToleratedFailureCount: 1, MaxConcurrency: 1 }
    const arn = await bed.start(await bed.machine(map(PICKY, fields)), items(5, [0, 1]))
    expect(await bed.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' })
    const mapRunArn = await mapRunOf(arn)
    expect(await describeRun(mapRunArn)).toMatchObject({
      status: 'FAILED',
      itemCounts: { failed: 2, pending: 3, succeeded: 0 },
    })
    // What had failed runs again and what was left begins: the items are as bad as before.
    await bed.client.send(new RedriveExecutionCommand({ executionArn: arn }))
    expect((await bed.ended(arn)).status).toBe('FAILED')
    expect(await describeRun(mapRunArn)).toMatchObject({ redriveCount: 1, itemCounts: { failed: 2 } })
  })

  it('runs no more children at once than it may, which can be changed, and ends them with their execution', async () => {
    const wait = { T: { Type: 'Wait', Seconds: 3600, End: true } }
    const arn = await bed.start(await bed.machine(map(wait, { MaxConcurrency: 2 })), items(5))
    await expect
      .poll(async () => (await bed.client.send(new ListMapRunsCommand({ executionArn: arn }))).mapRuns!.length)
      .toBe(1)
    const mapRunArn = await mapRunOf(arn)
    const running = async () => (await describeRun(mapRunArn)).itemCounts!.running
    await expect.poll(running).toBe(2)
    await bed.client.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 4 }))
    await expect.poll(running).toBe(4)
    await bed.client.send(new StopExecutionCommand({ executionArn: arn }))
    await expect
      .poll(async () => await describeRun(mapRunArn))
      .toMatchObject({
        status: 'ABORTED',
        itemCounts: { aborted: 4, pending: 1 },
      })
  })

  it('goes on after a restart with the children that there were', async () => {
    const first = await startStates([lake])
    const wait = { T: { Type: 'Wait', Seconds: 5, Next: 'P' }, ...PASS }
    const arn = await first.start(await first.machine(map(wait, { MaxConcurrency: 3 })), items(7))
    await expect
      .poll(async () => (await first.client.send(new ListMapRunsCommand({ executionArn: arn }))).mapRuns!.length)
      .toBe(1)
    await first.gate.engines.stop()
    await using second = await startStates([lake], { directory: first.gate.engines.workspaceDirectory })
    const { status, output } = await second.ended(arn)
    expect([status, JSON.parse(output!)]).toEqual(['SUCCEEDED', items(7)])
    const { mapRuns } = await second.client.send(new ListMapRunsCommand({ executionArn: arn }))
    const { executions } = await second.client.send(new ListExecutionsCommand({ mapRunArn: mapRuns![0].mapRunArn }))
    expect(executions!.length).toBe(7)
  })

  const many = process.env.MILLRACE_NIGHTLY ? 10_000 : 300
  it(`runs ${many} children, and others are answered meanwhile`, async () => {
    const arn = await bed.start(await bed.machine(map(PASS, { ResultPath: null }, 'EXPRESS')), items(many))
    let answers = 0
    let state = { status: 'RUNNING', output: undefined as string | undefined }
    while (state.status === 'RUNNING') {
      const { status, output } = await bed.client.send(new DescribeExecutionCommand({ executionArn: arn }))
      state = { status: status!, output }
      answers++
    }
    expect(state).toEqual({ status: 'SUCCEEDED', output: JSON.stringify(items(many)) })
    expect(answers).toBeGreaterThan(many / 2000)
    expect((await describeRun(await mapRunOf(arn))).itemCounts).toMatchObject({ total: many, succeeded: many })
  }, 300_000)

  it('is refused with fields that are not honoured', async () => {
    const roleArn = 'arn:aws:iam::000000000000:role/states'
    const refused = async (states: object, type: 'STANDARD' | 'EXPRESS' = 'STANDARD') => {
      const definition = JSON.stringify({ StartAt: 'M', States: states })
      const made = bed.client.send(new CreateStateMachineCommand({ name: 'no', definition, roleArn, type }))
      return made.then(
        () => 'made',
        (thrown: Error) => thrown.message,
      )
    }
    expect(await refused(map(PASS, reader('k', { InputType: 'PARQUET' })))).toContain('the InputType PARQUET')
    expect(await refused(map(PASS), 'EXPRESS')).toContain('no Map in the Mode DISTRIBUTED')
    expect(
      await refused(
        map({ T: { Type: 'Task', Resource: 'arn:aws:states:::batch:submitJob.sync', End: true } }, {}, 'EXPRESS'),
      ),
    ).toContain('Express state machine does not support')
    const inline = map(PASS, { ToleratedFailureCount: 1 })
    Object.assign(inline.M.ItemProcessor, { ProcessorConfig: { Mode: 'INLINE' } })
    expect(await refused(inline)).toContain("'ToleratedFailureCount' is of a Map in the Mode DISTRIBUTED")
  })
})
