import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListTagsCommand,
  type Runtime,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import type { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { createFunction, invoke, ROLE, startLambda } from '../support/lambda.ts'
import { zipOf } from '../support/zip.ts'

const PYTHON = { Runtime: 'python3.12' as Runtime }
/** A process starts for most of these. */
const TIMEOUT = { timeout: 60_000 }

describe('a Node function', TIMEOUT, () => {
  it('gets its event and context, and logs as Lambda does', async () => {
    await using bed = await startLambda()
    const code = `
      import { basename } from 'node:path'
      let count = 0
      export const handler = async (event, context) => {
        console.log('hello %s', event.name)
        return {
          event, count: ++count, colour: process.env.COLOUR, root: basename(process.env.LAMBDA_TASK_ROOT),
          secrets: Object.keys(process.env).filter((name) => /KEY|TOKEN|SECRET|HOME/.test(name)),
          name: context.functionName, id: context.awsRequestId, arn: context.invokedFunctionArn,
          left: context.getRemainingTimeInMillis(), memory: context.memoryLimitInMB, version: context.functionVersion,
        }
      }`
    await createFunction(bed.lambda, 'greet', code, { Environment: { Variables: { COLOUR: 'blue' } } })
    const { payload, log, status, failed } = await invoke(bed.lambda, 'greet', { name: 'Ada' })
    expect({ status, failed }).toEqual({ status: 200, failed: undefined })
    expect(payload).toMatchObject({
      event: { name: 'Ada' },
      count: 1,
      colour: 'blue',
      root: 'greet',
      secrets: [],
      name: 'greet',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:greet',
      memory: '128',
      version: '$LATEST',
    })
    expect(payload.left).toBeGreaterThan(0)
    expect(payload.left).toBeLessThanOrEqual(3000)
    const { id } = payload
    expect(log).toMatch(
      new RegExp(`^INIT_START .*\nSTART RequestId: ${id} Version: \\$LATEST\n.*\t${id}\tINFO\thello Ada\n`),
    )
    expect(log).toMatch(
      new RegExp(
        `END RequestId: ${id}\nREPORT RequestId: ${id}\tDuration: [\\d.]+ ms\tBilled Duration: \\d+ ms\tMemory Size: 128 MB\tMax Memory Used: \\d+ MB\tInit Duration: `,
      ),
    )
    const second = await invoke(bed.lambda, 'greet', { name: 'Bob' })
    expect(second.payload.count).toBe(2)
    expect(second.log).not.toContain('Init Duration')
    const kept = await bed.gate.engines.clients.functions.readLog({ name: 'greet' })
    expect(kept.filter((line) => line.startsWith('REPORT'))).toHaveLength(2)
  })

  it('is CommonJS where its file says so, and may answer by a callback', async () => {
    await using bed = await startLambda()
    await bed.lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'older',
        Runtime: 'nodejs20.x',
        Handler: 'lib/app.api.run',
        Role: ROLE,
        Code: {
          ZipFile: zipOf({
            'lib/app.js': `const { twice } = require('./twice.js')
              exports.api = { run: (event, context, callback) => setImmediate(() => callback(null, twice(event.n))) }`,
            'lib/twice.js': 'exports.twice = (n) => n * 2',
          }),
        },
      }),
    )
    expect((await invoke(bed.lambda, 'older', { n: 21 })).payload).toBe(42)
  })

  it.each([
    ['throws', `export const handler = async () => { throw new TypeError('no') }`, 'TypeError', 'no'],
    ['answers what is no error', `export const handler = async () => { throw 'plain' }`, 'string', 'plain'],
    ['cannot be imported', `import 'absent'; export const handler = 1`, 'Runtime.ImportModuleError', 'absent'],
    [
      'has no handler',
      `export const other = 1`,
      'Runtime.HandlerNotFound',
      'index.handler is undefined or not exported',
    ],
    ['is no JavaScript', `export const = 3`, 'Runtime.UserCodeSyntaxError', 'Unexpected token'],
    ['leaves', `export const handler = async () => process.exit(3)`, 'Runtime.ExitError', 'exit status 3'],
    [
      'leaves quietly',
      `export const handler = async () => process.exit(0)`,
      'Runtime.ExitError',
      'without providing a reason',
    ],
    [
      'fails later',
      `export const handler = () => new Promise(() => setImmediate(() => { throw new RangeError('late') }))`,
      'RangeError',
      'late',
    ],
    [
      'answers too much',
      `export const handler = async () => 'x'.repeat(7e6)`,
      'Function.ResponseSizeTooLarge',
      'exceeded maximum',
    ],
  ])('that %s answers an error in Lambda’s form, and runs again', async (_, code, errorType, message) => {
    await using bed = await startLambda()
    await createFunction(bed.lambda, 'f', code)
    for (const attempt of [1, 2]) {
      const { failed, payload, status } = await invoke(bed.lambda, 'f')
      expect({ attempt, failed, status, errorType: payload.errorType }).toEqual({
        attempt,
        failed: 'Unhandled',
        status: 200,
        errorType,
      })
      expect(payload.errorMessage).toContain(message)
    }
  })

  it('runs as many at once as are asked for, each in a process of its own', async () => {
    await using bed = await startLambda()
    const code = `let busy = 0
      export const handler = async () => {
        busy++
        await new Promise((resolve) => setTimeout(resolve, 50))
        return { pid: process.pid, busy: busy-- }
      }`
    await createFunction(bed.lambda, 'f', code)
    const answers = await Promise.all(Array.from({ length: 12 }, () => invoke(bed.lambda, 'f')))
    expect(answers.every(({ payload }) => payload.busy === 1)).toBe(true)
    expect(new Set(answers.map(({ payload }) => payload.pid)).size).toBeGreaterThan(1)
  })
})

describe('a Python function', TIMEOUT, () => {
  it('gets its event and context, prints to its log, and says where it failed', async () => {
    await using bed = await startLambda()
    const code = [
      'import json, os',
      'def handler(event, context):',
      '    print("hello", event["name"])',
      '    if event["name"] == "nobody":',
      '        raise KeyError("nobody")',
      '    left = context.get_remaining_time_in_millis()',
      '    return {"id": context.aws_request_id, "left": 0 < left <= 3000, "name": context.function_name, "env": os.environ.get("HOME")}',
    ].join('\n')
    await createFunction(bed.lambda, 'greet', code, PYTHON)
    const { payload, log } = await invoke(bed.lambda, 'greet', { name: 'Ada' })
    expect(payload).toEqual({ id: expect.any(String), left: true, name: 'greet', env: null })
    expect(log).toContain(`START RequestId: ${payload.id} Version: $LATEST\nhello Ada\nEND RequestId: ${payload.id}`)
    const failure = await invoke(bed.lambda, 'greet', { name: 'nobody' })
    expect(failure).toMatchObject({ failed: 'Unhandled', payload: { errorType: 'KeyError', errorMessage: "'nobody'" } })
    expect(failure.payload.stackTrace.join('')).toContain('index.py", line 5, in handler')
  })

  it.each([
    ['cannot be imported', 'import absent', 'Runtime.ImportModuleError', "No module named 'absent'"],
    ['has no handler', 'other = 1', 'Runtime.HandlerNotFound', "Handler 'handler' missing on module 'index'"],
    ['is no Python', 'def :', 'Runtime.UserCodeSyntaxError', 'invalid syntax'],
    ['leaves', 'import os\ndef handler(e, c):\n    os._exit(4)', 'Runtime.ExitError', 'exit status 4'],
  ])('that %s answers an error in Lambda’s form', async (_, code, errorType, message) => {
    await using bed = await startLambda()
    await createFunction(bed.lambda, 'f', code, PYTHON)
    const { failed, payload } = await invoke(bed.lambda, 'f')
    expect({ failed, errorType: payload.errorType }).toEqual({ failed: 'Unhandled', errorType })
    expect(payload.errorMessage).toContain(message)
  })
})

describe('events that nobody waits for', TIMEOUT, () => {
  it('are kept over a restart, tried three times, and then given up', async () => {
    await using bed = await startLambda()
    const { clients, clock } = bed.gate.engines
    await createFunction(
      bed.lambda,
      'f',
      `export const handler = async ({ n }) => { console.log('tried', n); throw new Error('never') }`,
    )
    const { status } = await invoke(bed.lambda, 'f', { n: 7 }, { InvocationType: 'Event' })
    expect(status).toBe(202)
    const tries = async () =>
      (await clients.functions.readLog({ name: 'f' })).filter((line) => line.includes('tried 7')).length
    await expect.poll(tries).toBe(1)
    await (clock as ManualClock).advance(61_000)
    expect(await tries()).toBe(2)
    await (clock as ManualClock).advance(121_000)
    expect(await tries()).toBe(3)
    await (clock as ManualClock).advance(3600_000)
    expect(await tries()).toBe(3)
    expect((await clients.functions.readLog({ name: 'f' })).at(-1)).toContain('given up after 3 attempts')
  })
})

describe('the API', TIMEOUT, () => {
  it('creates, describes, lists, changes and deletes', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    const made = await createFunction(lambda, 'f', `export const handler = async () => 1`, {
      Timeout: 9,
      MemorySize: 256,
    })
    expect(made).toMatchObject({
      FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      State: 'Active',
      Timeout: 9,
      MemorySize: 256,
      Handler: 'index.handler',
      Role: ROLE,
    })
    const arn = made.FunctionArn
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: arn }))).toMatchObject({
      RevisionId: made.RevisionId,
      CodeSha256: made.CodeSha256,
    })
    expect((await lambda.send(new GetFunctionCommand({ FunctionName: 'f' }))).Code?.Location).toMatch(
      /^file:.*functions\/f$/,
    )
    expect((await lambda.send(new ListFunctionsCommand({}))).Functions?.map((f) => f.FunctionName)).toEqual(['f'])
    expect((await invoke(lambda, 'f')).payload).toBe(1)
    const updated = await lambda.send(
      new UpdateFunctionCodeCommand({
        FunctionName: 'f',
        ZipFile: zipOf({ 'index.mjs': `export const handler = async () => process.env.N` }),
      }),
    )
    expect(updated.CodeSha256).not.toBe(made.CodeSha256)
    await lambda.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName: 'f',
        Environment: { Variables: { N: 'two' } },
        Timeout: 4,
      }),
    )
    expect((await invoke(lambda, 'f')).payload).toBe('two')
    expect(await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }))).toMatchObject({
      MemorySize: 256,
      Timeout: 4,
      Environment: { Variables: { N: 'two' } },
    })
    await expect(
      lambda.send(
        new UpdateFunctionConfigurationCommand({ FunctionName: 'f', RevisionId: made.RevisionId, Timeout: 5 }),
      ),
    ).rejects.toMatchObject({ name: 'PreconditionFailedException' })
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'f' }))
    await expect(invoke(lambda, 'f')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:f',
      $metadata: { httpStatusCode: 404 },
    })
  })

  it('runs what an editor left in the workspace', async () => {
    await using bed = await startLambda()
    const folder = join(bed.gate.engines.workspaceDirectory, 'functions')
    await createFunction(bed.lambda, 'f', `export const handler = async () => 'zip'`)
    const before = await bed.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }))
    expect(readFileSync(join(folder, 'f/index.mjs'), 'utf8')).toContain('zip')
    writeFileSync(join(folder, 'f/index.mjs'), `export const handler = async () => 'by hand'`)
    expect((await invoke(bed.lambda, 'f')).payload).toBe('by hand')
    const after = await bed.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }))
    expect(after.CodeSha256).not.toBe(before.CodeSha256)
    mkdirSync(join(folder, 'new'))
    writeFileSync(join(folder, 'new.json'), JSON.stringify({ runtime: 'nodejs24.x', handler: 'main.run' }))
    writeFileSync(join(folder, 'new/main.mjs'), `export const run = async () => 'new'`)
    expect((await invoke(bed.lambda, 'new')).payload).toBe('new')
  })

  it('refuses by name what it does not honour', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    const base = {
      FunctionName: 'f',
      Runtime: 'nodejs22.x' as Runtime,
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile: zipOf({ 'index.mjs': '' }) },
    }
    const refused = async (more: object, message: string, name = 'InvalidParameterValueException') =>
      expect(lambda.send(new CreateFunctionCommand({ ...base, ...more }))).rejects.toMatchObject({
        name,
        message: expect.stringContaining(message),
      })
    await refused({ VpcConfig: { SubnetIds: ['subnet-1'] } }, 'VpcConfig')
    await refused({ EphemeralStorage: { Size: 1024 } }, 'EphemeralStorage')
    await refused(
      { Runtime: 'java21' },
      "Value 'java21' at 'runtime' failed to satisfy constraint",
      'ValidationException',
    )
    await refused({ Timeout: 901 }, "at 'timeout'", 'ValidationException')
    await refused({ Environment: { Variables: { AWS_REGION: 'x' } } }, 'reserved keys')
    await refused({ Environment: { Variables: { NODE_OPTIONS: '--allow-child-process' } } }, 'NODE_OPTIONS')
    await refused({ Code: { ZipFile: Buffer.from('no zip') } }, 'Could not unzip')
    await refused({ Code: { ZipFile: zipOf({ '../out.mjs': '' }) } }, 'Could not unzip')
    await refused(
      { Code: { ZipFile: zipOf({ 'index.mjs': '/etc/passwd' }, { 'index.mjs': 0o120777 }) } },
      'symbolic link',
    )
    await expect(lambda.send(new ListTagsCommand({ Resource: 'f' }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    })
    await createFunction(lambda, 'f', `export const handler = async () => 1`)
    await refused({}, 'already exist', 'ResourceConflictException')
    await expect(invoke(lambda, 'f', {}, { Qualifier: '7' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await expect(
      lambda.send(new InvokeCommand({ FunctionName: 'f', Payload: Buffer.from('{') })),
    ).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    })
    expect((await invoke(lambda, 'f', {}, { InvocationType: 'DryRun' })).status).toBe(204)
  })

  it('verifies the signature of what runs code, and asks for trust', async () => {
    let trusted = true
    const workspace = {
      describe: async () => ({ trusted }),
      credentials: async () => ({
        accessKeyId: 'AKIAMILLRACE',
        secretAccessKey: 'secret/of+the=workspace',
        region: 'us-east-1',
      }),
    }
    await using bed = await startLambda({ fakes: { workspace } })
    const stranger = new LambdaClient({
      ...bed.gate.config,
      credentials: { accessKeyId: 'AKIAMILLRACE', secretAccessKey: 'guess' },
    })
    await expect(invoke(stranger, 'f')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    stranger.destroy()
    trusted = false
    await expect(createFunction(bed.lambda, 'f', '')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('trust it'),
    })
  })
})
