import { EngineError } from '../kit/pure/errors.ts'
import { arn } from '../kit/pure/ids.ts'

/** Of a function, or of `NAME:QUALIFIER`. */
export const functionArn = (ref: string): string => arn('lambda', `function:${ref}`)

export const invalid = (message: string, field?: string): EngineError =>
  new EngineError('InvalidParameterValueException', message, field === undefined ? {} : { at: { field } })

export const noFunction = (ref: string): EngineError =>
  new EngineError('ResourceNotFoundException', `Function not found: ${functionArn(ref)}`)

export const noAlias = (ref: string): EngineError =>
  new EngineError('ResourceNotFoundException', `Cannot find alias arn: ${functionArn(ref)}`)

export const noMapping = (uuid: string): EngineError =>
  new EngineError('ResourceNotFoundException', `The resource you requested does not exist. (${uuid})`)

export const conflict = (message: string): EngineError => new EngineError('ResourceConflictException', message)

export const outdated = (): EngineError =>
  new EngineError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  )
