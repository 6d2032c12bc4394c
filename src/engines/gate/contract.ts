import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

export const GateStatus = z.object({ port: z.number().int(), wanted: z.number().int(), url: z.string() })

/** One request answered on the AWS port. */
export const AwsRequest = z.object({
  timeMs: z.number(),
  service: z.string(),
  operation: z.string(),
  status: z.number().int(),
  durationMs: z.number(),
  requestBytes: z.number(),
  responseBytes: z.number(),
  errorCode: z.string().optional(),
})
export type AwsRequest = z.infer<typeof AwsRequest>

const OperationRef = z.object({
  /** As a signature names it, such as `elasticmapreduce`. */
  service: z.string(),
  operation: z.string(),
})

/** The AWS listener: one port for every service. */
export const gate = defineContract('gate', {
  /** Binds the port that it was told, or the next free one, and says which. */
  status: call(nothing, GateStatus),
  /** Requests as they are answered, in groups, at most four times a second. */
  watchRequests: feed(nothing, z.array(AwsRequest)),
  /** Names of what an operation takes; UnknownOperationException where it is not offered. */
  describeOperation: call(OperationRef, z.object({ members: z.array(z.string()), required: z.array(z.string()) })),
  /** Runs an operation for an engine. Input and output are JSON texts in the SDK form (`kit/node/aws/sdk-form.ts`). */
  invoke: call(OperationRef.extend({ input: z.string() }), z.object({ output: z.string() })),
})
