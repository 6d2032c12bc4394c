import {
  CreateDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  UpdateDestinationCommand,
} from '@aws-sdk/client-firehose'
import { LambdaClient, type Runtime } from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import { engine as athena } from '../../src/engines/athena/engine.ts'
import { engine as catalog } from '../../src/engines/catalog/engine.ts'
import { engine as firehose } from '../../src/engines/firehose/engine.ts'
import { engine as functions } from '../../src/engines/functions/engine.ts'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'
import { createFunction } from '../support/lambda.ts'
import { batchOf } from './firehose-fakes.ts'

const TIMEOUT = { timeout: 60_000 }
const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:double'

/** Doubles `a`; drops what is below 0, fails 13, throws at 99. */
const NODE = `export const handler = async ({ records, deliveryStreamArn, region }) => {
  console.log('INVOKED ' + JSON.stringify({ count: records.length, deliveryStreamArn, region }))
  return { records: records.map(({ recordId, data }) => {
    const { a } = JSON.parse(Buffer.from(data, 'base64').toString())
    if (a === 99) throw new Error('too much')
    if (a < 0) return { recordId, result: 'Dropped' }
    if (a === 13) return { recordId, result: 'ProcessingFailed', data }
    return { recordId, result: 'Ok', data: Buffer.from(JSON.stringify({ a: a * 2 })).toString('base64') }
  }) }
}`
const PYTHON = `import base64, json

def handler(event, context):
    def one(record):
        row = json.loads(base64.b64decode(record["data"]))
        if row["a"] < 0:
            return {"recordId": record["recordId"], "result": "Dropped"}
        text = json.dumps({"a": row["a"] * 2, "by": "python"}).encode()
        return {"recordId": record["recordId"], "result": "Ok", "data": base64.b64encode(text).decode()}
    return {"records": [one(record) for record in event["records"]]}
`

class Bed implements AsyncDisposable {
  readonly gate: TestGate
  readonly lambda: LambdaClient
  readonly firehose: FirehoseClient

  private constructor(gate: TestGate) {
    this.gate = gate
    this.lambda = new LambdaClient(gate.config)
    this.firehose = new FirehoseClient(gate.config)
  }

  static async start(): Promise<Bed> {
    const bed = new Bed(await startGate([lake, functions, catalog, athena, firehose]))
    await bed.clients.lake.createBucket({ bucket: 'out' })
    return bed
  }

  get clients() {
    return this.gate.engines.clients
  }

  get clock() {
    return this.gate.engines.clock as ManualClock
  }

  create(parameters: Record<string, string> = {}) {
    return this.firehose.send(
      new CreateDeliveryStreamCommand({
        DeliveryStreamName: 'd',
        ExtendedS3DestinationConfiguration: {
          RoleARN: 'arn:aws:iam::000000000000:role/firehose',
          BucketARN: 'arn:aws:s3:::out',
          Prefix: 'good/',
          ErrorOutputPrefix: 'bad/!{firehose:error-output-type}/',
          S3BackupMode: 'Enabled',
          S3BackupConfiguration: {
            RoleARN: 'arn:aws:iam::000000000000:role/f',
            BucketARN: 'arn:aws:s3:::out',
            Prefix: 'source/',
          },
          ProcessingConfiguration: {
            Enabled: true,
            Processors: [
              {
                Type: 'Lambda',
                Parameters: Object.entries({ LambdaArn: ARN, ...parameters }).map(
                  ([ParameterName, ParameterValue]) => ({
                    ParameterName: ParameterName as 'LambdaArn',
                    ParameterValue,
                  }),
                ),
              },
              { Type: 'AppendDelimiterToRecord', Parameters: [] },
            ],
          },
        },
      }),
    )
  }

  put(...records: string[]) {
    return this.clients.firehose.put({ name: 'd', batch: batchOf(records) })
  }

  async lines(prefix: string): Promise<string[]> {
    const { objects } = await this.clients.lake.listObjects({ bucket: 'out', prefix })
    const texts = await Promise.all(
      objects.map(async ({ key }) =>
        Buffer.from((await this.clients.lake.getObject({ bucket: 'out', key })).body).toString(),
      ),
    )
    return texts.flatMap((text) => text.split('\n').filter(Boolean))
  }

  async invocations(): Promise<{ count: number }[]> {
    const log = await this.clients.functions.readLog({ name: 'double' })
    return log.flatMap((line) => (line.includes('INVOKED ') ? [JSON.parse(line.split('INVOKED ')[1])] : []))
  }

  async [Symbol.asyncDispose]() {
    this.lambda.destroy()
    this.firehose.destroy()
    await this.gate.engines[Symbol.asyncDispose]()
  }
}

describe('a transform by a function', TIMEOUT, () => {
  it('delivers what is Ok, drops, and writes what failed as Firehose does', async () => {
    await using bed = await Bed.start()
    await createFunction(bed.lambda, 'double', NODE, { Timeout: 20 })
    await bed.create()
    await bed.put('{"a":1}', '{"a":-1}', '{"a":13}', '{"a":2}')
    const stats = await bed.clients.firehose.flush({ name: 'd' })
    expect(stats).toMatchObject({ inRecords: 4, deliveredRecords: 2, droppedRecords: 1, failedRecords: 1 })
    expect(await bed.lines('good/')).toEqual(['{"a":2}', '{"a":4}'])
    expect((await bed.lines('source/')).join('')).toBe('{"a":1}{"a":-1}{"a":13}{"a":2}')
    const failures = (await bed.lines('bad/processing-failed/')).map((line) => JSON.parse(line))
    expect(failures).toEqual([
      {
        attemptsMade: 1,
        arrivalTimestamp: expect.any(Number),
        errorCode: 'Lambda.ProcessingFailedStatus',
        errorMessage: expect.any(String),
        attemptEndingTimestamp: expect.any(Number),
        rawData: Buffer.from('{"a":13}').toString('base64'),
        lambdaArn: ARN,
      },
    ])
    expect(await bed.invocations()).toEqual([
      { count: 4, deliveryStreamArn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/d', region: 'us-east-1' },
    ])
  })

  it('is tried again as often as it was told, and fails all its records', async () => {
    await using bed = await Bed.start()
    await createFunction(bed.lambda, 'double', NODE, { Timeout: 20 })
    await bed.create({ NumberOfRetries: '1' })
    await bed.put('{"a":1}', '{"a":99}')
    expect(await bed.clients.firehose.flush({ name: 'd' })).toMatchObject({ failedRecords: 2, deliveredRecords: 0 })
    expect(await bed.invocations()).toHaveLength(2)
    const [failure] = (await bed.lines('bad/processing-failed/')).map((line) => JSON.parse(line))
    expect(failure).toMatchObject({
      attemptsMade: 2,
      errorCode: 'Lambda.FunctionError',
      errorMessage: 'Error: too much',
    })
  })

  it('gets what has come together by its own size and time', async () => {
    await using bed = await Bed.start()
    await createFunction(bed.lambda, 'double', NODE, { Timeout: 20 })
    await bed.create({ BufferIntervalInSeconds: '30', BufferSizeInMBs: '0.2' })
    await bed.put('{"a":1}')
    await bed.clock.advance(10_000)
    await bed.put('{"a":2}', '{"a":3}')
    await bed.clock.advance(15_000)
    expect(await bed.invocations()).toEqual([])
    await bed.clock.advance(6_000)
    await expect.poll(() => bed.invocations()).toMatchObject([{ count: 3 }])
    const large = JSON.stringify({ a: 1, pad: 'x'.repeat(120_000) })
    await bed.put(large)
    await bed.put(large)
    await expect.poll(async () => (await bed.invocations()).length).toBe(2)
  })

  it('may be Python', async () => {
    await using bed = await Bed.start()
    await createFunction(bed.lambda, 'double', PYTHON, { Runtime: 'python3.12' as Runtime, Timeout: 20 })
    await bed.create()
    await bed.put('{"a":1}', '{"a":-1}', '{"a":5}')
    expect(await bed.clients.firehose.flush({ name: 'd' })).toMatchObject({ deliveredRecords: 2, droppedRecords: 1 })
    expect(await bed.lines('good/')).toEqual(['{"a": 2, "by": "python"}', '{"a": 10, "by": "python"}'])
  })

  it('may be a program of any kind', async () => {
    await using bed = await Bed.start()
    const code = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
exec '${process.execPath}' --input-type=module -e '
  for (;;) {
    const next = await fetch(process.argv[1] + "/next")
    const records = (await next.json()).records.map(({ recordId, data }) => {
      const text = Buffer.from(data, "base64").toString().toUpperCase()
      return { recordId, result: "Ok", data: Buffer.from(text).toString("base64") }
    })
    const id = next.headers.get("lambda-runtime-aws-request-id")
    await fetch(process.argv[1] + "/" + id + "/response", { method: "POST", body: JSON.stringify({ records }) })
  }' "$api"
`
    await createFunction(bed.lambda, 'double', code, { Runtime: 'provided.al2023', Timeout: 20 })
    await bed.create()
    await bed.put('one', 'two')
    expect(await bed.clients.firehose.flush({ name: 'd' })).toMatchObject({ deliveredRecords: 2 })
    expect(await bed.lines('good/')).toEqual(['ONE', 'TWO'])
  })

  it('is described, kept by an update that does not speak of it, and replaced by one that does', async () => {
    await using bed = await Bed.start()
    await createFunction(bed.lambda, 'double', NODE)
    await bed.create({ NumberOfRetries: '2', RoleArn: 'arn:aws:iam::000000000000:role/other' })
    const described = async () => {
      const { DeliveryStreamDescription: stream } = await bed.firehose.send(
        new DescribeDeliveryStreamCommand({ DeliveryStreamName: 'd' }),
      )
      const { ExtendedS3DestinationDescription: s3, DestinationId } = stream!.Destinations![0]
      return {
        version: stream!.VersionId,
        DestinationId,
        processors: s3!.ProcessingConfiguration!.Processors!,
        prefix: s3!.Prefix,
      }
    }
    const update = async (ExtendedS3DestinationUpdate: object) => {
      const { version, DestinationId } = await described()
      await bed.firehose.send(
        new UpdateDestinationCommand({
          DeliveryStreamName: 'd',
          CurrentDeliveryStreamVersionId: version,
          DestinationId,
          ExtendedS3DestinationUpdate,
        }),
      )
      return described()
    }
    const lambda = {
      Type: 'Lambda',
      Parameters: [
        { ParameterName: 'LambdaArn', ParameterValue: ARN },
        { ParameterName: 'NumberOfRetries', ParameterValue: '2' },
        { ParameterName: 'BufferSizeInMBs', ParameterValue: '1' },
        { ParameterName: 'BufferIntervalInSeconds', ParameterValue: '60' },
        { ParameterName: 'RoleArn', ParameterValue: 'arn:aws:iam::000000000000:role/other' },
      ],
    }
    expect((await described()).processors).toContainEqual(lambda)
    expect(await update({ Prefix: 'new/' })).toMatchObject({
      prefix: 'new/',
      processors: expect.arrayContaining([lambda]),
    })
    expect((await update({ ProcessingConfiguration: { Enabled: false } })).processors).toEqual([])
  })

  it('is refused where there is no such function', async () => {
    await using bed = await Bed.start()
    await expect(bed.create()).rejects.toMatchObject({
      name: 'InvalidArgumentException',
      message: expect.stringContaining('Function not found'),
    })
  })
})

describe('a transform by a query', TIMEOUT, () => {
  const destination = { bucket: 'out', prefix: 'good/', errorOutputPrefix: 'bad/', appendDelimiter: true }

  it('makes a record of each row, drops what has none, and keeps aside what is no JSON', async () => {
    await using bed = await Bed.start()
    const query = `SELECT record_id, CAST(data->>'a' AS BIGINT) * 2 AS a, upper(data->>'who') AS who FROM records WHERE CAST(data->>'a' AS BIGINT) > 0`
    await bed.clients.firehose.createDeliveryStream({
      name: 'd',
      destination: { ...destination, transform: { language: 'sql', query } },
    })
    await bed.put('{"a":1,"who":"ann"}', '{"a":-1}', 'nonsense', '{"a":9007199254740993}')
    expect(await bed.clients.firehose.flush({ name: 'd' })).toMatchObject({
      deliveredRecords: 2,
      droppedRecords: 1,
      failedRecords: 1,
    })
    expect(await bed.lines('good/')).toEqual(['{"a":2,"who":"ANN"}', '{"a":18014398509481986,"who":null}'])
    expect(JSON.parse((await bed.lines('bad/'))[0])).toMatchObject({ errorCode: 'Query.InvalidRecord' })
  })

  it('fails a record of which it makes several, and all records where it fails itself', async () => {
    await using bed = await Bed.start()
    const query = `SELECT record_id, unnest(range(CAST(data->>'n' AS BIGINT))) AS i FROM records`
    await bed.clients.firehose.createDeliveryStream({
      name: 'd',
      destination: { ...destination, transform: { language: 'sql', query } },
    })
    await bed.put('{"n":1}', '{"n":2}')
    await bed.clients.firehose.flush({ name: 'd' })
    await bed.put('{"n":1}', '{"n":"many"}')
    expect(await bed.clients.firehose.flush({ name: 'd' })).toMatchObject({ deliveredRecords: 1, failedRecords: 3 })
    expect((await bed.lines('bad/')).map((line) => JSON.parse(line).errorCode).sort()).toEqual([
      'Query.Failed',
      'Query.Failed',
      'Query.InvalidRecord',
    ])
  })

  it.each([
    ['DELETE FROM records', 'must be a SELECT'],
    ['SELECT data FROM records', 'must answer record_id'],
    ['SELECT record_id FROM records', 'at least one column'],
    ['SELECT record_id, data FROM elsewhere', 'elsewhere'],
    ['SELECT record_id, data FROM records; SELECT 1', 'Only one'],
    [
      `SELECT record_id, (SELECT content FROM read_text('/etc/passwd')) AS x FROM records`,
      'read_text cannot be used here',
    ],
  ])('refuses %s', async (query, message) => {
    await using bed = await Bed.start()
    await expect(
      bed.clients.firehose.createDeliveryStream({
        name: 'd',
        destination: { ...destination, transform: { language: 'sql', query } },
      }),
    ).rejects.toMatchObject({ code: 'InvalidArgumentException', message: expect.stringContaining(message) })
  })
})
