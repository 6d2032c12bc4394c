import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateFunctionCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  type Runtime,
} from '@aws-sdk/client-lambda'
import { engine as functions } from '../../src/engines/functions/engine.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as stream } from '../../src/engines/stream/engine.ts'
import { startGate, type TestGate } from './gate.ts'
import { zipOf } from './zip.ts'

export const ROLE = 'arn:aws:iam::000000000000:role/lambda'

export interface TestLambda extends AsyncDisposable {
  readonly gate: TestGate
  /** The stock client. */
  readonly lambda: LambdaClient
}

export async function startLambda(options: Parameters<typeof startGate>[1] = {}): Promise<TestLambda> {
  const gate = await startGate([stream, lake, functions], options)
  const lambda = new LambdaClient(gate.config)
  return {
    gate,
    lambda,
    async [Symbol.asyncDispose]() {
      lambda.destroy()
      await gate.engines[Symbol.asyncDispose]()
    },
  }
}

/** A Node function of one file, `index.mjs`, a Python one, `index.py`, or a program, `bootstrap`. */
export async function createFunction(
  lambda: LambdaClient,
  FunctionName: string,
  code: string,
  more: {
    Timeout?: number
    MemorySize?: number
    Runtime?: Runtime
    Environment?: { Variables: Record<string, string> }
  } = {},
) {
  const { Runtime = 'nodejs22.x' } = more
  const files: Record<string, string> = { nodejs: 'index.mjs', python: 'index.py', provided: 'bootstrap' }
  const file = files[/^[a-z]+/.exec(Runtime)![0]]
  return lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime,
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile: zipOf({ [file]: code }) },
      ...more,
    }),
  )
}

export async function invoke(
  lambda: LambdaClient,
  FunctionName: string,
  event: unknown = {},
  more: Partial<InvokeCommandInput> = {},
) {
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), LogType: 'Tail', ...more }),
  )
  const text = Buffer.from(answer.Payload ?? []).toString()
  return {
    status: answer.StatusCode,
    failed: answer.FunctionError,
    payload: text === '' ? undefined : JSON.parse(text),
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  }
}

/** A folder with a secret that no function may read. */
export function secretFile(): { file: string } & Disposable {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-secret-'))
  return {
    file: join(directory, 'secret.txt'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}
