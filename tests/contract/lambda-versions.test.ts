import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  type LambdaClient,
  ListAliasesCommand,
  ListFunctionsCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  PublishVersionCommand,
  type Runtime,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { describe, expect, it } from 'vitest'
import { createFunction, invoke, ROLE, startLambda } from '../support/lambda.ts'
import { zipOf } from '../support/zip.ts'

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:f'
/** A process starts for most of these. */
const TIMEOUT = { timeout: 60_000 }

const answering = (text: string) =>
  `export const handler = async (event, context) => ['${text}', context.functionVersion, context.invokedFunctionArn]`

async function update(lambda: LambdaClient, code: string, more: { Publish?: boolean } = {}) {
  const ZipFile = zipOf({ 'index.mjs': code })
  return lambda.send(new UpdateFunctionCodeCommand({ FunctionName: 'f', ZipFile, ...more }))
}

const publish = (lambda: LambdaClient, more: Partial<PublishVersionCommand['input']> = {}) =>
  lambda.send(new PublishVersionCommand({ FunctionName: 'f', ...more }))

const called = async (lambda: LambdaClient, name: string, Qualifier?: string) =>
  (await invoke(lambda, name, {}, { Qualifier })).payload

async function publishLayer(lambda: LambdaClient, LayerName: string, files: Record<string, string>, more: object = {}) {
  const Content = { ZipFile: zipOf(files) }
  const layer = await lambda.send(new PublishLayerVersionCommand({ LayerName, Content, ...more }))
  return layer.LayerVersionArn!
}

const setLayers = (lambda: LambdaClient, Layers: string[], FunctionName = 'f') =>
  lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Layers }))

describe('versions of a function', TIMEOUT, () => {
  it('stay as they were published, and are run by their number', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    await createFunction(lambda, 'f', answering('one'))
    const first = await publish(lambda, { Description: 'the first' })
    expect(first).toMatchObject({ Version: '1', FunctionArn: `${ARN}:1`, Description: 'the first' })
    expect((await publish(lambda)).Version).toBe('1')
    const second = await update(lambda, answering('two'), { Publish: true })
    expect(second).toMatchObject({ Version: '2', FunctionArn: `${ARN}:2` })
    await update(lambda, answering('three'))
    expect(await called(lambda, 'f')).toEqual(['three', '$LATEST', ARN])
    expect(await called(lambda, 'f', '1')).toEqual(['one', '1', `${ARN}:1`])
    expect(await called(lambda, `${ARN}:2`)).toEqual(['two', '2', `${ARN}:2`])
    const { log } = await invoke(lambda, 'f:2')
    expect(log).toContain(' Version: 2\n')
    const { Versions } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName: 'f' }))
    expect(Versions?.map(({ FunctionArn, Version }) => [FunctionArn, Version])).toEqual([
      [`${ARN}:$LATEST`, '$LATEST'],
      [`${ARN}:1`, '1'],
      [`${ARN}:2`, '2'],
    ])
    const { Functions } = await lambda.send(new ListFunctionsCommand({ FunctionVersion: 'ALL' }))
    expect(Functions).toHaveLength(3)
  })

  it('are published from what the caller means, and their numbers are not given again', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    const { RevisionId, CodeSha256 } = await createFunction(lambda, 'f', answering('one'))
    await expect(publish(lambda, { CodeSha256: 'other' })).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('CodeSHA256 (other) is different'),
    })
    await expect(publish(lambda, { RevisionId: 'old' })).rejects.toMatchObject({ name: 'PreconditionFailedException' })
    expect((await publish(lambda, { RevisionId, CodeSha256 })).Version).toBe('1')
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'f', Qualifier: '1' }))
    await expect(called(lambda, 'f', '1')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    expect((await publish(lambda)).Version).toBe('2')
    await expect(
      lambda.send(new DeleteFunctionCommand({ FunctionName: 'f', Qualifier: '$LATEST' })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'f' }))
    expect(existsSync(join(bed.gate.engines.workspaceDirectory, 'functions/f.versions'))).toBe(false)
  })
})

describe('aliases of a function', TIMEOUT, () => {
  it('point to a version, and to another one when they are told', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    await createFunction(lambda, 'f', answering('one'))
    await publish(lambda)
    await update(lambda, answering('two'), { Publish: true })
    const name = { FunctionName: 'f', Name: 'live' }
    const live = await lambda.send(new CreateAliasCommand({ ...name, FunctionVersion: '1', Description: 'in use' }))
    expect(live).toMatchObject({ AliasArn: `${ARN}:live`, Name: 'live', FunctionVersion: '1', Description: 'in use' })
    expect(await called(lambda, 'f', 'live')).toEqual(['one', '1', `${ARN}:live`])
    await expect(lambda.send(new CreateAliasCommand({ ...name, FunctionVersion: '2' }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
    })
    await expect(lambda.send(new DeleteFunctionCommand({ FunctionName: 'f', Qualifier: '1' }))).rejects.toMatchObject({
      name: 'ResourceConflictException',
      message: expect.stringContaining('[live]'),
    })
    const moved = { ...name, FunctionVersion: '2', RevisionId: live.RevisionId }
    await lambda.send(new UpdateAliasCommand(moved))
    await expect(lambda.send(new UpdateAliasCommand(moved))).rejects.toMatchObject({
      name: 'PreconditionFailedException',
    })
    expect(await called(lambda, `${ARN}:live`)).toEqual(['two', '2', `${ARN}:live`])
    expect(await lambda.send(new GetAliasCommand(name))).toMatchObject({ FunctionVersion: '2', Description: 'in use' })
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'f', Qualifier: 'live' }))
    expect(Configuration).toMatchObject({ FunctionArn: `${ARN}:live`, Version: '2' })
    const ofOne = await lambda.send(new ListAliasesCommand({ FunctionName: 'f', FunctionVersion: '1' }))
    expect(ofOne.Aliases).toEqual([])
    await lambda.send(new DeleteAliasCommand(name))
    await expect(lambda.send(new GetAliasCommand(name))).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('share invocations between two versions by weight', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    await createFunction(lambda, 'f', answering('one'))
    await publish(lambda)
    await update(lambda, answering('two'), { Publish: true })
    const to = (FunctionVersion: string, weights: Record<string, number>) => ({
      FunctionName: 'f',
      Name: 'live',
      FunctionVersion,
      RoutingConfig: { AdditionalVersionWeights: weights },
    })
    const refused = (input: ReturnType<typeof to>, message: string) =>
      expect(lambda.send(new CreateAliasCommand(input))).rejects.toMatchObject({
        message: expect.stringContaining(message),
      })
    await refused(to('$LATEST', { 1: 0.5 }), '$LATEST is not supported')
    await refused(to('1', { 1: 0.5 }), 'already included')
    await refused(to('1', { 2: 1.5 }), 'less than or equal to 1.0')
    await refused(to('1', { 9: 0.5 }), 'Function not found')
    await lambda.send(new CreateAliasCommand(to('1', { 2: 0.5 })))
    const ran = new Set<string>()
    // All the same 40 times: once in half a billion runs.
    for (let i = 0; i < 40 && ran.size < 2; i++) ran.add((await called(lambda, 'f', 'live'))[1])
    expect(ran).toEqual(new Set(['1', '2']))
    await lambda.send(new UpdateAliasCommand(to('1', { 2: 1 })))
    expect((await called(lambda, 'f', 'live'))[1]).toBe('2')
    const alone = await lambda.send(new UpdateAliasCommand(to('1', {})))
    expect(alone.RoutingConfig).toBeUndefined()
    expect((await called(lambda, 'f', 'live'))[1]).toBe('1')
  })
})

describe('layers', TIMEOUT, () => {
  const module = (text: string) => `exports.text = '${text}'`

  it('are under /opt for Node, a later one in the place of an earlier one', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    const code = `
      import { existsSync, readFileSync } from 'node:fs'
      import { readdir } from 'node:fs/promises'
      import { createRequire } from 'node:module'
      import { own } from '/opt/nodejs/own.mjs'
      const require = createRequire(import.meta.url)
      export const handler = async () => ({
        own, module: require('words').text, absolute: require('/opt/nodejs/node_modules/words/index.js').text,
        read: readFileSync('/opt/colour.txt', 'utf8'), names: (await readdir('/opt')).sort(), no: existsSync('/opt/no'),
      })`
    const one = await publishLayer(lambda, 'one', {
      'nodejs/node_modules/words/index.js': module('first'),
      'nodejs/own.mjs': `export const own = 'own'`,
      'colour.txt': 'red',
    })
    const two = await publishLayer(lambda, 'two', { 'colour.txt': 'blue', 'more.txt': '' })
    await createFunction(lambda, 'f', code)
    const set = await setLayers(lambda, [one, two])
    expect(set.Layers).toMatchObject([{ Arn: one }, { Arn: two, CodeSize: 4 }])
    const names = ['colour.txt', 'more.txt', 'nodejs']
    const seen = { own: 'own', module: 'first', absolute: 'first', names, no: false }
    expect((await invoke(lambda, 'f')).payload).toEqual({ ...seen, read: 'blue' })
    await setLayers(lambda, [two, one])
    expect((await invoke(lambda, 'f')).payload).toEqual({ ...seen, read: 'red' })
    await setLayers(lambda, [])
    expect((await invoke(lambda, 'f')).payload.errorType).toBe('Runtime.ImportModuleError')
  })

  it('are under /opt for Python', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    const layer = await publishLayer(lambda, 'py', {
      'python/words.py': `text = 'words'`,
      'python/lib/python3.12/site-packages/more.py': `text = 'more'`,
      'colour.txt': 'green',
    })
    const code = `
import os, pathlib, words, more
def handler(event, context):
    text = open('/opt/colour.txt').read() + pathlib.Path('/opt/colour.txt').read_text()
    return [words.text, more.text, text, sorted(os.listdir('/opt')), os.path.exists('/opt/no'), context.function_version]`
    await createFunction(lambda, 'f', code, { Runtime: 'python3.12' as Runtime })
    await setLayers(lambda, [layer])
    const { payload } = await invoke(lambda, 'f')
    expect(payload).toEqual(['words', 'more', 'greengreen', ['colour.txt', 'python'], false, '$LATEST'])
  })

  it('are published, found, listed and deleted; a function keeps what it has', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    const files = { 'colour.txt': 'red' }
    const one = await publishLayer(lambda, 'l', files, { CompatibleRuntimes: ['nodejs22.x'], Description: 'first' })
    expect(one).toBe('arn:aws:lambda:us-east-1:000000000000:layer:l:1')
    const two = await publishLayer(lambda, 'l', files, { LicenseInfo: 'MIT' })
    const found = await lambda.send(new GetLayerVersionCommand({ LayerName: 'l', VersionNumber: 1 }))
    expect(found).toMatchObject({
      LayerVersionArn: one,
      LayerArn: one.slice(0, -2),
      Version: 1,
      Description: 'first',
      CompatibleRuntimes: ['nodejs22.x'],
      Content: { CodeSize: 3 },
    })
    const byArn = await lambda.send(new GetLayerVersionByArnCommand({ Arn: two }))
    expect(byArn).toMatchObject({ Version: 2, LicenseInfo: 'MIT' })
    const { LayerVersions } = await lambda.send(new ListLayerVersionsCommand({ LayerName: 'l' }))
    expect(LayerVersions?.map(({ Version }) => Version)).toEqual([2, 1])
    const forNode = await lambda.send(new ListLayersCommand({ CompatibleRuntime: 'nodejs22.x' }))
    expect(forNode.Layers).toMatchObject([{ LayerName: 'l', LatestMatchingVersion: { Version: 1 } }])

    const code = `import { readFileSync } from 'node:fs'
      export const handler = async () => readFileSync('/opt/colour.txt', 'utf8')`
    await createFunction(lambda, 'f', code)
    await setLayers(lambda, [one])
    for (const VersionNumber of [1, 2])
      await lambda.send(new DeleteLayerVersionCommand({ LayerName: 'l', VersionNumber }))
    expect((await lambda.send(new ListLayersCommand({}))).Layers).toEqual([])
    expect((await invoke(lambda, 'f')).payload).toBe('red')
    await expect(setLayers(lambda, [two])).rejects.toMatchObject({ message: `Layer version ${two} does not exist.` })
    expect(await publishLayer(lambda, 'l', files)).toMatch(/:3$/)

    const kept = () =>
      ['1', '2', '3'].filter((each) => existsSync(join(bed.gate.engines.workspaceDirectory, 'layers/l', each)))
    expect(kept()).toEqual(['1', '3'])
    await publish(lambda)
    await setLayers(lambda, [])
    expect(await called(lambda, 'f', '1')).toBe('red')
    expect(kept()).toEqual(['1', '3'])
    await lambda.send(new DeleteFunctionCommand({ FunctionName: 'f', Qualifier: '1' }))
    expect(kept()).toEqual(['3'])
  })

  it('are five at most, one version of each, and no more than Lambda takes', async () => {
    await using bed = await startLambda()
    const { lambda } = bed
    await createFunction(lambda, 'f', answering('one'))
    const arns: string[] = []
    for (const name of 'abcdef') arns.push(await publishLayer(lambda, name, { [`${name}.txt`]: name }))
    const refused = (layers: string[], message: string) =>
      expect(setLayers(lambda, layers)).rejects.toMatchObject({
        name: 'InvalidParameterValueException',
        message: expect.stringContaining(message),
      })
    await refused(arns, 'Cannot reference more than 5 layers')
    const again = await publishLayer(lambda, 'a', { 'a.txt': '2' })
    await refused([arns[0], again], 'Two different versions of the same layer')
    const document = join(bed.gate.engines.workspaceDirectory, 'layers/a/1.json')
    const stored = JSON.parse(readFileSync(document, 'utf8'))
    writeFileSync(document, JSON.stringify({ ...stored, bytes: 250 * 1024 * 1024 }))
    await refused([arns[0]], 'exceeds the maximum allowed size of 262144000 bytes')
    expect((await setLayers(lambda, arns.slice(1))).Layers).toHaveLength(5)
    const missing = 'arn:aws:lambda:us-east-1:000000000000:layer:none:1'
    await expect(
      lambda.send(
        new CreateFunctionCommand({
          FunctionName: 'g',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: ROLE,
          Code: { ZipFile: zipOf({ 'index.mjs': '' }) },
          Layers: [missing],
        }),
      ),
    ).rejects.toMatchObject({ message: `Layer version ${missing} does not exist.` })
  })
})
