import { isObject, type Json, type JsonObject, StateError } from '../asl/types.ts'

/** Calls an operation of a service in the SDK form. */
export type Call = (service: string, operation: string, input: JsonObject) => Promise<JsonObject>

/** How a job that a `.sync` began is followed and ended. Keyed by `service:action`. */
export interface Followed {
  /** Undefined while it runs; throws StateError with States.TaskFailed when it has failed. */
  readonly look: (call: Call, job: JsonObject, parameters: JsonObject) => Promise<Json | undefined>
  readonly stop: (call: Call, job: JsonObject, parameters: JsonObject) => Promise<unknown>
}

const failed = (detail: Json): StateError => new StateError('States.TaskFailed', JSON.stringify(detail))

function ended(detail: Json, state: Json | undefined, good: readonly string[], bad: readonly string[]): boolean {
  if (bad.includes(state as string)) throw failed(detail)
  return good.includes(state as string)
}

const within = (value: Json, ...names: string[]): Json | undefined =>
  names.reduce<Json | undefined>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)

export const FOLLOWED: Readonly<Record<string, Followed>> = {
  'batch:submitJob': {
    async look(call, { JobId }) {
      const { Jobs } = await call('batch', 'DescribeJobs', { Jobs: [JobId] })
      const [job] = Jobs as JsonObject[]
      return ended(job, job.Status, ['SUCCEEDED'], ['FAILED']) ? job : undefined
    },
    stop: (call, { JobId }) =>
      call('batch', 'TerminateJob', { JobId, Reason: 'The execution of its state machine was stopped' }),
  },
  'athena:startQueryExecution': {
    async look(call, { QueryExecutionId }) {
      const found = await call('athena', 'GetQueryExecution', { QueryExecutionId })
      const state = within(found, 'QueryExecution', 'Status', 'State')
      return ended(found, state, ['SUCCEEDED'], ['FAILED', 'CANCELLED']) ? found : undefined
    },
    stop: (call, { QueryExecutionId }) => call('athena', 'StopQueryExecution', { QueryExecutionId }),
  },
  'states:startExecution': {
    async look(call, { ExecutionArn }) {
      const found = await call('states', 'DescribeExecution', { ExecutionArn })
      return ended(found, found.Status, ['SUCCEEDED'], ['FAILED', 'TIMED_OUT', 'ABORTED']) ? found : undefined
    },
    stop: (call, { ExecutionArn }) => call('states', 'StopExecution', { ExecutionArn }),
  },
  'elasticmapreduce:createCluster': {
    async look(call, { ClusterId }) {
      const found = await call('elasticmapreduce', 'DescribeCluster', { ClusterId })
      const state = within(found, 'Cluster', 'Status', 'State')
      const isReady = ended(found, state, ['WAITING', 'RUNNING', 'TERMINATED'], ['TERMINATED_WITH_ERRORS'])
      return isReady ? { ClusterId, ...found } : undefined
    },
    stop: (call, { ClusterId }) => call('elasticmapreduce', 'TerminateJobFlows', { JobFlowIds: [ClusterId] }),
  },
  'elasticmapreduce:terminateCluster': {
    async look(call, _job, { ClusterId }) {
      const found = await call('elasticmapreduce', 'DescribeCluster', { ClusterId })
      const state = within(found, 'Cluster', 'Status', 'State')
      return ended(found, state, ['TERMINATED'], ['TERMINATED_WITH_ERRORS']) ? found : undefined
    },
    stop: async () => {},
  },
  'elasticmapreduce:addStep': {
    async look(call, { StepId }, { ClusterId }) {
      const found = await call('elasticmapreduce', 'DescribeStep', { ClusterId, StepId })
      const state = within(found, 'Step', 'Status', 'State')
      return ended(found, state, ['COMPLETED'], ['FAILED', 'CANCELLED', 'INTERRUPTED'])
        ? { StepId, ...found }
        : undefined
    },
    stop: (call, { StepId }, { ClusterId }) =>
      call('elasticmapreduce', 'CancelSteps', { ClusterId, StepIds: [StepId] }),
  },
}
