import * as sfn from '@aws-sdk/client-sfn'
import type { Clients } from '../../contract.ts'
import { EXECUTION_STATUSES, type Execution, type HistoryEvent } from '../contract.ts'
import { fail } from '../errors.ts'
import { dateOf, operation, requireName, startOf } from './common.ts'

const StartExecution = operation<sfn.StartExecutionInput, sfn.StartExecutionOutput>({
  schema: sfn.StartExecution$,
  async run({ stateMachineArn, name, input }, { clients }) {
    const started = await clients.states.start({
      machineArn: stateMachineArn!,
      ...(name !== undefined && { name: requireName(name) }),
      input,
    })
    return { executionArn: started.executionArn, startDate: dateOf(started.startedMs) }
  },
})

const StartSyncExecution = operation<sfn.StartSyncExecutionInput, sfn.StartSyncExecutionOutput>({
  schema: sfn.StartSyncExecution$,
  async run({ stateMachineArn, name, input }, { clients, signal }) {
    const asked = { machineArn: stateMachineArn!, ...(name !== undefined && { name: requireName(name) }), input }
    const execution = await clients.states.startSync(asked, { signal })
    const durationMs = execution.stoppedMs! - execution.startedMs
    return {
      executionArn: execution.arn,
      stateMachineArn: execution.machineArn,
      name: execution.name,
      startDate: dateOf(execution.startedMs),
      stopDate: dateOf(execution.stoppedMs!),
      status: execution.status as sfn.SyncExecutionStatus,
      ...endOf(execution),
      inputDetails: { included: true },
      billingDetails: {
        billedMemoryUsedInMB: 64,
        billedDurationInMilliseconds: Math.max(100, Math.ceil(durationMs / 100) * 100),
      },
    }
  },
})

const endOf = ({ input, output, error, cause }: Execution) => ({
  input,
  ...(output !== undefined && { output, outputDetails: { included: true } }),
  ...(error !== undefined && { error }),
  ...(cause !== undefined && { cause }),
})

const qualified = ({ machineArn, version, alias }: Execution) => ({
  stateMachineArn: machineArn,
  ...(version !== undefined && { stateMachineVersionArn: `${machineArn}:${version}` }),
  ...(alias !== undefined && { stateMachineAliasArn: `${machineArn}:${alias}` }),
})

const DescribeExecution = operation<sfn.DescribeExecutionInput, sfn.DescribeExecutionOutput>({
  schema: sfn.DescribeExecution$,
  async run({ executionArn }, { clients }) {
    const execution = await standard(clients, executionArn!)
    const redrivable = ['FAILED', 'ABORTED', 'TIMED_OUT'].includes(execution.status)
    return {
      executionArn: execution.arn,
      ...qualified(execution),
      name: execution.name,
      status: execution.status,
      startDate: dateOf(execution.startedMs),
      ...(execution.stoppedMs !== undefined && { stopDate: dateOf(execution.stoppedMs) }),
      ...endOf(execution),
      inputDetails: { included: true },
      ...(execution.mapRun !== undefined && { mapRunArn: execution.mapRun }),
      redriveCount: execution.redriveCount,
      ...(execution.redrivenMs !== undefined && { redriveDate: dateOf(execution.redrivenMs) }),
      redriveStatus: redrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
      ...(!redrivable && { redriveStatusReason: `Execution is ${execution.status} and cannot be redriven` }),
    }
  },
})

/** Executions of EXPRESS machines are not told of by these operations. */
async function standard({ states }: Pick<Clients, 'states'>, executionArn: string): Promise<Execution> {
  const execution = await states.describe({ executionArn })
  if (execution.type === 'EXPRESS') throw fail('InvalidArn', `Invalid Arn: '${executionArn}'`, 'executionArn')
  return execution
}

const ListExecutions = operation<sfn.ListExecutionsInput, sfn.ListExecutionsOutput>({
  schema: sfn.ListExecutions$,
  constraints: {
    maxResults: { range: [0, 1000] },
    statusFilter: { values: [...EXECUTION_STATUSES, 'PENDING_REDRIVE'] },
    redriveFilter: { values: ['REDRIVEN', 'NOT_REDRIVEN'] },
  },
  async run(input, { clients: { states } }) {
    const { stateMachineArn, statusFilter, redriveFilter, maxResults, nextToken, mapRunArn } = input
    if ((stateMachineArn === undefined) === (mapRunArn === undefined))
      throw fail('ValidationException', 'One of stateMachineArn and mapRunArn must be given', 'stateMachineArn')
    if (stateMachineArn !== undefined) {
      const { type } = await states.describeMachine({ machineArn: stateMachineArn })
      if (type === 'EXPRESS')
        throw fail('StateMachineTypeNotSupported', 'This operation is not supported by EXPRESS state machines')
    }
    if (statusFilter === 'PENDING_REDRIVE') return { executions: [] }
    const start = startOf(nextToken)
    const { executions, more } = await states.list({
      ...(stateMachineArn !== undefined && { machineArn: stateMachineArn }),
      ...(mapRunArn !== undefined && { mapRunArn }),
      status: statusFilter,
      ...(redriveFilter && { redriven: redriveFilter === 'REDRIVEN' }),
      start,
      limit: maxResults || 100,
    })
    return {
      executions: executions.map((execution) => ({
        executionArn: execution.arn,
        ...qualified(execution),
        name: execution.name,
        status: execution.status,
        startDate: dateOf(execution.startedMs),
        ...(execution.stoppedMs !== undefined && { stopDate: dateOf(execution.stoppedMs) }),
        ...(mapRunArn !== undefined && { mapRunArn }),
        redriveCount: execution.redriveCount,
        ...(execution.redrivenMs !== undefined && { redriveDate: dateOf(execution.redrivenMs) }),
      })),
      ...(more && { nextToken: String(start + executions.length) }),
    }
  },
})

const StopExecution = operation<sfn.StopExecutionInput, sfn.StopExecutionOutput>({
  schema: sfn.StopExecution$,
  async run({ executionArn, error, cause }, { clients }) {
    const { stoppedMs } = await clients.states.stop({
      executionArn: executionArn!,
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    })
    return { stopDate: dateOf(stoppedMs) }
  },
})

const RedriveExecution = operation<sfn.RedriveExecutionInput, sfn.RedriveExecutionOutput>({
  schema: sfn.RedriveExecution$,
  async run({ executionArn }, { clients }) {
    const { redrivenMs } = await clients.states.redrive({ executionArn: executionArn! })
    return { redriveDate: dateOf(redrivenMs) }
  },
})

const GetExecutionHistory = operation<sfn.GetExecutionHistoryInput, sfn.GetExecutionHistoryOutput>({
  schema: sfn.GetExecutionHistory$,
  constraints: { maxResults: { range: [0, 1000] } },
  async run(input, { clients }) {
    const { executionArn, maxResults, reverseOrder = false, includeExecutionData = true, nextToken } = input
    await standard(clients, executionArn!)
    const limit = maxResults || 100
    const found = await clients.states.history({
      executionArn: executionArn!,
      ...(nextToken !== undefined && { after: startOf(nextToken) }),
      reverse: reverseOrder,
      limit: limit + 1,
    })
    const page = found.slice(0, limit)
    return {
      events: page.map((event) => shown(event, includeExecutionData)),
      ...(found.length > limit && { nextToken: String(page.at(-1)!.id) }),
    }
  },
})

/** Where the details of an event are, by its type: `TaskStateEntered` has `stateEnteredEventDetails`. */
function memberOf(type: string): string {
  if (/StateEntered$/.test(type)) return 'stateEnteredEventDetails'
  if (/StateExited$/.test(type)) return 'stateExitedEventDetails'
  if (type === 'MapStateStarted') return 'mapStateStartedEventDetails'
  return `${type[0].toLowerCase()}${type.slice(1)}EventDetails`
}

const DATA = ['input', 'output', 'parameters', 'inputDetails', 'outputDetails', 'assignedVariables']

function shown({ id, previousId, timeMs, type, details }: HistoryEvent, withData: boolean): sfn.HistoryEvent {
  const told = withData ? details : Object.fromEntries(Object.entries(details).filter(([name]) => !DATA.includes(name)))
  return {
    id,
    previousEventId: previousId,
    timestamp: dateOf(timeMs),
    type: type as sfn.HistoryEventType,
    ...(Object.keys(told).length > 0 && { [memberOf(type)]: told }),
  }
}

export const executionOperations = {
  DescribeExecution,
  GetExecutionHistory,
  ListExecutions,
  RedriveExecution,
  StartExecution,
  StartSyncExecution,
  StopExecution,
}
