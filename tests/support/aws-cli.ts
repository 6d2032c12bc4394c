import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import type { TestGate } from './gate.ts'

const run = promisify(execFile)
const AWS = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'aws'))
  .find(isExecutable)

/** Why tests of the CLI are skipped; empty where they are not. */
export const why = AWS ? '' : ' (skipped: there is no aws on the PATH)'

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs the AWS CLI against a gate; `home` is where it looks for its settings. */
export async function runAws(gate: TestGate, home: string, ...args: string[]): Promise<string> {
  const { accessKeyId, secretAccessKey } = gate.config.credentials
  const { stdout } = await run(AWS!, ['--endpoint-url', gate.endpoint, ...args], {
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      HOME: home,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    },
  })
  return stdout
}
