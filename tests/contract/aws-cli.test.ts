import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

const run = promisify(execFile)
const AWS = '/usr/bin/aws'
const why = existsSync(AWS) ? '' : ` (skipped: ${AWS} is not installed)`

describe.skipIf(why !== '')(`the AWS CLI${why}`, () => {
  let gate: TestGate
  let folder: string

  beforeAll(async () => {
    gate = await startGate([lake], { settings: { signatures: 'verify' } })
    folder = gate.engines.workspaceDirectory
  })

  afterAll(() => gate?.engines[Symbol.asyncDispose]())

  const aws = async (...args: string[]) => {
    const { accessKeyId, secretAccessKey } = gate.config.credentials
    const { stdout } = await run(AWS, ['--endpoint-url', gate.endpoint, '--no-cli-pager', ...args], {
      env: {
        PATH: '/usr/bin:/bin',
        HOME: folder,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
      },
    })
    return stdout
  }

  it('copies files up (in parts, where large), lists, moves, reads back and removes', async () => {
    await gate.engines.clients.lake.createBucket({ bucket: 'cli' })
    const big = Buffer.alloc(9 * 1024 * 1024, 'millrace ')
    mkdirSync(join(folder, 'up'))
    writeFileSync(join(folder, 'up/big.bin'), big)
    writeFileSync(join(folder, 'up/a b+ü.txt'), 'hello')
    await aws('s3', 'sync', join(folder, 'up'), 's3://cli/in')
    expect(readFileSync(join(folder, 'lake/cli/in/big.bin')).equals(big)).toBe(true)
    expect(await aws('s3', 'ls', 's3://cli/in/')).toMatch(/5 a b\+ü\.txt\n.*9437184 big\.bin/)
    await aws('s3', 'mv', '--recursive', 's3://cli/in/', 's3://cli/moved/')
    await aws('s3', 'cp', '--recursive', 's3://cli/moved/', join(folder, 'down'))
    expect(readFileSync(join(folder, 'down/a b+ü.txt'), 'utf8')).toBe('hello')
    expect(readFileSync(join(folder, 'down/big.bin')).equals(big)).toBe(true)
    await aws('s3', 'rb', 's3://cli', '--force')
    expect(await gate.engines.clients.lake.listBuckets({})).toEqual([])
  }, 120_000)
})
