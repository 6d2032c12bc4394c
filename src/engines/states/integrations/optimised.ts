import { isObject, type Json, type JsonObject, StateError } from '../asl/types.ts'

/** Where an optimised integration differs from the API behind it: what it takes, and what it makes of the answer. */
export interface Optimised {
  /** Names that it takes, where they are not those of the API. */
  readonly members?: readonly string[]
  readonly input?: (parameters: JsonObject) => JsonObject
  /** Throws StateError where the answer tells of a failure. */
  readonly output?: (answer: JsonObject) => Json
  /** Of a `.sync:2`, which reads its job's output as JSON. */
  readonly result?: (job: JsonObject) => Json
}

const text = (value: Json): Json => (typeof value === 'string' ? value : JSON.stringify(value))

export const OPTIMISED: Readonly<Record<string, Optimised>> = {
  'lambda:invoke': {
    output: (answer) => answered(answer),
  },
  'states:startExecution': {
    input: ({ Input, ...rest }) => ({ ...rest, ...(Input !== undefined && { Input: text(Input) }) }),
    result: (job) => ({ ...job, Output: JSON.parse(job.Output as string) as Json }),
  },
  'events:putEvents': {
    input: ({ Entries, ...rest }) => ({
      ...rest,
      Entries: (Entries as JsonObject[]).map((entry) => ({ ...entry, Detail: text(entry.Detail) })),
    }),
    output(answer) {
      if (answer.FailedEntryCount) throw new StateError('EventBridge.FailedEntry', JSON.stringify(answer))
      return answer
    },
  },
  'elasticmapreduce:createCluster': { output: ({ JobFlowId }) => ({ ClusterId: JobFlowId }) },
  'elasticmapreduce:addStep': {
    members: ['ClusterId', 'Step', 'ExecutionRoleArn'],
    input: ({ ClusterId, Step, ...rest }) => ({ JobFlowId: ClusterId, Steps: [Step], ...rest }),
    output: ({ StepIds }) => ({ StepId: (StepIds as Json[])[0] }),
  },
  'elasticmapreduce:cancelStep': {
    members: ['ClusterId', 'StepId'],
    input: ({ ClusterId, StepId }) => ({ ClusterId, StepIds: [StepId] }),
    output: ({ CancelStepsInfoList }) => ({ CancelStepsInfo: (CancelStepsInfoList as Json[])[0] }),
  },
  'elasticmapreduce:terminateCluster': {
    members: ['ClusterId'],
    input: ({ ClusterId }) => ({ JobFlowIds: [ClusterId] }),
  },
  'elasticmapreduce:setClusterTerminationProtection': {
    members: ['ClusterId', 'TerminationProtected'],
    input: ({ ClusterId, TerminationProtected }) => ({ JobFlowIds: [ClusterId], TerminationProtected }),
  },
}

/** The answer of Lambda's Invoke, its payload as JSON. What a function throws is the state's error. */
export function answered({ Payload, FunctionError, ...rest }: JsonObject): JsonObject & { Payload: Json } {
  const payload = typeof Payload === 'string' && Payload !== '' ? (JSON.parse(Payload) as Json) : null
  if (FunctionError === undefined) return { ...rest, Payload: payload, StatusCode: 200 }
  const error = isObject(payload) && typeof payload.errorType === 'string' ? payload.errorType : 'Lambda.Unknown'
  throw new StateError(error, JSON.stringify(payload))
}
