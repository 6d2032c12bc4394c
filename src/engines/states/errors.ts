import { EngineError } from '../kit/pure/errors.ts'
import { arn } from '../kit/pure/ids.ts'

export const machineArn = (name: string): string => arn('states', `stateMachine:${name}`)
export const activityArn = (name: string): string => arn('states', `activity:${name}`)
export const executionArn = (machine: string, name: string, express: boolean): string =>
  express ? arn('states', `express:${machine}:${name}`) : arn('states', `execution:${machine}:${name}`)

export const mapRunArn = (machine: string, label: string, id: string): string =>
  arn('states', `mapRun:${machine}/${label}:${id}`)

export const fail = (code: string, message: string, field?: string): EngineError =>
  new EngineError(code, message, field === undefined ? {} : { at: { field } })

export const noMachine = (text: string): EngineError =>
  fail('StateMachineDoesNotExist', `State Machine Does Not Exist: '${text}'`, 'stateMachineArn')
export const noExecution = (text: string): EngineError =>
  fail('ExecutionDoesNotExist', `Execution Does Not Exist: '${text}'`, 'executionArn')
export const noActivity = (text: string): EngineError =>
  fail('ActivityDoesNotExist', `Activity Does Not Exist: '${text}'`, 'activityArn')
export const invalidArn = (text: string): EngineError => fail('InvalidArn', `Invalid Arn: '${text}'`, 'stateMachineArn')

/** Payloads of states, tasks and executions (Step Functions developer guide, "Service quotas"). */
export const PAYLOAD_BYTES_MAX = 256 * 1024
export const HISTORY_EVENTS_MAX = 25_000
export const DEFINITION_BYTES_MAX = 1024 * 1024
