import { EngineError } from '../kit/pure/errors.ts'
import { arn } from '../kit/pure/ids.ts'
import { DEFAULT_BUS } from './contract.ts'

const told = (code: string) => (message: string, field?: string) =>
  new EngineError(code, message, field === undefined ? {} : { at: { field } })

export const invalid = told('ValidationException')
export const notFound = told('ResourceNotFoundException')
export const limitExceeded = told('LimitExceededException')
/** EventBridge and Scheduler have two words for it; `aws-scheduler.ts` says the other. */
export const alreadyExists = told('ResourceAlreadyExistsException')

export const busArn = (name: string): string => arn('events', `event-bus/${name}`)
export const ruleArn = (bus: string, name: string): string =>
  arn('events', bus === DEFAULT_BUS ? `rule/${name}` : `rule/${bus}/${name}`)
export const connectionArn = (name: string, id: string): string => arn('events', `connection/${name}/${id}`)
export const apiDestinationArn = (name: string, id: string): string => arn('events', `api-destination/${name}/${id}`)
export const archiveArn = (name: string): string => arn('events', `archive/${name}`)
export const replayArn = (name: string): string => arn('events', `replay/${name}`)
export const scheduleArn = (group: string, name: string): string => arn('scheduler', `schedule/${group}/${name}`)
export const groupArn = (name: string): string => arn('scheduler', `schedule-group/${name}`)
