import { execFileSync } from 'node:child_process'
import {
  CreateFunctionCommand,
  PublishLayerVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { invoke, ROLE, startLambda, type TestLambda } from '../support/lambda.ts'
import { zipOf } from '../support/zip.ts'

let bed: TestLambda
beforeAll(async () => {
  bed = await startLambda()
})
afterAll(() => bed?.[Symbol.asyncDispose]())

const program = (FunctionName: string, files: Record<string, string>, more: object = {}) =>
  bed.lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'provided.al2023',
      Handler: 'main.own',
      Role: ROLE,
      Code: { ZipFile: zipOf(files) },
      ...more,
    }),
  )

/** A program that speaks Lambda's Runtime API; `turn` is what it does with an event. */
const speaking = (turn: string, before = '') => `#!${process.execPath}
const api = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/'
const post = (path, body, headers = {}) => fetch(api + path, { method: 'POST', body, headers })
${before}
for (;;) {
  const next = await fetch(api + 'invocation/next')
  const header = (name) => next.headers.get('lambda-runtime-' + name)
  const id = header('aws-request-id')
  const event = await next.json()
  const answer = (value) => post('invocation/' + id + '/response', JSON.stringify(value))
  ${turn}
}
`

describe('a program of any kind', { timeout: 30_000 }, () => {
  it('gets its events and variables, answers, and logs in order with its answers', async () => {
    const turn = `console.log('got', event.a)
      await answer([event.a + 1, process.pid, process.env._HANDLER, header('invoked-function-arn'), header('deadline-ms') > Date.now()])`
    await program('f', { bootstrap: speaking(turn) }, { Timeout: 20 })
    const first = await invoke(bed.lambda, 'f', { a: 1 })
    const { FunctionArn } = await program('other', { bootstrap: '' })
    expect(first.payload).toEqual([2, expect.any(Number), 'main.own', FunctionArn!.replace('other', 'f'), true])
    expect(first.log).toMatch(/START RequestId: .*\ngot 1\nEND RequestId: /)
    const second = await invoke(bed.lambda, 'f', { a: 5 })
    expect(second.payload.slice(0, 2)).toEqual([6, first.payload[1]])
    expect(second.log).toMatch(/START RequestId: .*\ngot 5\nEND RequestId: /)
  })

  it.each([
    [
      'by its own error',
      `await post('invocation/' + id + '/error', '{"errorType":"Mine","errorMessage":"no"}')`,
      'Mine',
      'no',
    ],
    ['with what is no JSON', `await post('invocation/' + id + '/response', 'text')`, 'Runtime.MarshalError', 'no JSON'],
    ['with too much', `await answer('x'.repeat(6.1 * 1024 * 1024))`, 'Function.ResponseSizeTooLarge', 'exceeded'],
    ['by its end', `process.exit(3)`, 'Runtime.ExitError', 'exit status 3'],
    ['by an endless loop', `for (;;);`, 'Sandbox.Timedout', 'timed out after 2.00 seconds'],
    [
      'by its memory',
      `const all = []; for (;;) { all.push(Buffer.alloc(16e6, 1)); await new Promise((r) => setTimeout(r, 5)) }`,
      'Runtime.OutOfMemory',
      'killed',
    ],
  ])('fails %s, and answers a next request', async (what, turn, errorType, message) => {
    const name = what.replaceAll(' ', '-')
    const code = speaking(`if (event.fail) { ${turn} } else await answer('well')`)
    await program(name, { bootstrap: code }, { Timeout: 2, MemorySize: 256 })
    const { failed, payload } = await invoke(bed.lambda, name, { fail: true })
    expect([failed, payload]).toEqual([
      'Unhandled',
      expect.objectContaining({ errorType, errorMessage: expect.stringContaining(message) }),
    ])
    expect((await invoke(bed.lambda, name)).payload).toBe('well')
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split(`functions/${name}/bootstrap`)).toHaveLength(
      2,
    )
  })

  it('says why it does not start', async () => {
    await program('gone', { 'other.txt': '' })
    expect((await invoke(bed.lambda, 'gone')).payload.errorType).toBe('Runtime.InvalidEntrypoint')
    await program('broken', { bootstrap: '#!/nowhere\n' })
    expect((await invoke(bed.lambda, 'broken')).payload.errorType).toBe('Runtime.InvalidEntrypoint')
    const failing = `await post('init/error', '{"errorMessage":"no file"}', { 'Lambda-Runtime-Function-Error-Type': 'Init.No' })`
    await program('failing', { bootstrap: speaking('', failing) })
    expect((await invoke(bed.lambda, 'failing')).payload).toEqual({ errorType: 'Init.No', errorMessage: 'no file' })
  })

  it('has no layers', async () => {
    const Content = { ZipFile: zipOf({ a: 'b' }) }
    const { LayerVersionArn } = await bed.lambda.send(new PublishLayerVersionCommand({ LayerName: 'l', Content }))
    const Layers = [LayerVersionArn!]
    const refused = { name: 'InvalidParameterValueException', message: expect.stringContaining('Layers') }
    await expect(program('layered', { bootstrap: '' }, { Layers })).rejects.toMatchObject(refused)
    await program('plain', { bootstrap: '' })
    const update = new UpdateFunctionConfigurationCommand({ FunctionName: 'plain', Layers })
    await expect(bed.lambda.send(update)).rejects.toMatchObject(refused)
  })
})
