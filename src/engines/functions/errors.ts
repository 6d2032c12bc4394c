import { EngineError } from '../kit/pure/errors.ts'
import { arn } from '../kit/pure/ids.ts'

export const functionArn = (name: string): string => arn('lambda', `function:${name}`)

export const invalid = (message: string, field?: string): EngineError =>
  new EngineError('InvalidParameterValueException', message, field === undefined ? {} : { at: { field } })

export const noFunction = (name: string): EngineError =>
  new EngineError('ResourceNotFoundException', `Function not found: ${functionArn(name)}`)

export const noMapping = (uuid: string): EngineError =>
  new EngineError('ResourceNotFoundException', `The resource you requested does not exist. (${uuid})`)

export const conflict = (message: string): EngineError => new EngineError('ResourceConflictException', message)
