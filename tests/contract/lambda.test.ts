import { describe, expect, it } from 'vitest'
import { createFunction, invoke, startLambda } from '../support/lambda.ts'

describe('a Node function', () => {
  it('gets its event and context, and logs as Lambda does', { timeout: 30_000 }, async () => {
    await using bed = await startLambda()
    const code = `
      import { basename } from 'node:path'
      export const handler = async (event, context) => {
        console.log('hello %s', event.name)
        return {
          event, env: process.env.COLOUR, root: basename(process.env.LAMBDA_TASK_ROOT), keys: Object.keys(process.env).filter((k) => /KEY|TOKEN|SECRET|HOME/.test(k)),
          name: context.functionName, id: context.awsRequestId, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis() > 2000,
          memory: context.memoryLimitInMB, version: context.functionVersion,
        }
      }`
    await createFunction(bed.lambda, 'greet', code, { Environment: { Variables: { COLOUR: 'blue' } } })
    const first = await invoke(bed.lambda, 'greet', { name: 'Ada' })
    console.log(first)
  })
})
