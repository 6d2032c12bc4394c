import { type InvocationRequest, type InvocationResponse, Invoke$ } from '@aws-sdk/client-lambda'
import { readEvent } from '../invocations.ts'
import { operation, ownedBytes, refOf, requireHonoured } from './common.ts'

/** A tail has the last 4 KB of the log. */
const TAIL_BYTES = 4096
const EMPTY = new Uint8Array(0)

export const Invoke = operation<InvocationRequest, InvocationResponse>({
  schema: Invoke$,
  constraints: {
    InvocationType: { values: ['Event', 'RequestResponse', 'DryRun'] },
    LogType: { values: ['None', 'Tail'] },
  },
  async run(input, { clients, answer }) {
    requireHonoured(input, ['FunctionName', 'InvocationType', 'LogType', 'Payload', 'Qualifier'])
    const { InvocationType = 'RequestResponse', LogType } = input
    const payload = ownedBytes(input.Payload ?? EMPTY)
    const name = refOf(input.FunctionName, input.Qualifier)
    if (InvocationType === 'DryRun') {
      await clients.functions.describeFunction({ name })
      readEvent(payload)
      answer.status = 204
      return {}
    }
    if (InvocationType === 'Event') {
      await clients.functions.invokeAsync({ name, payload })
      answer.status = 202
      return {}
    }
    const { payload: answered, failed, log, version } = await clients.functions.invoke({ name, payload })
    return {
      Payload: answered as InvocationResponse['Payload'],
      ExecutedVersion: version,
      FunctionError: failed ? 'Unhandled' : undefined,
      LogResult: LogType === 'Tail' ? Buffer.from(log).subarray(-TAIL_BYTES).toString('base64') : undefined,
    }
  },
})
