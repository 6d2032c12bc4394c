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

/** The AWS listener: one port for every service. */
export const gate = defineContract('gate', {
  /** Binds the port that it was told, or the next free one, and says which. */
  status: call(nothing, GateStatus),
  /** Requests as they are answered, in groups, at most four times a second. */
  watchRequests: feed(nothing, z.array(AwsRequest)),
})
