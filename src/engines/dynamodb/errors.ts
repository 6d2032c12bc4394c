import { EngineError } from '../kit/pure/errors.ts'

export const invalid = (message: string): EngineError => new EngineError('ValidationException', message)

export const invalidValues = (message: string): EngineError =>
  invalid(`One or more parameter values were invalid: ${message}`)

/** The service's word for a table that is not there, where items are meant. */
export const noResource = (): EngineError =>
  new EngineError('ResourceNotFoundException', 'Requested resource not found')

export const noTable = (name: string): EngineError =>
  new EngineError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`)

export const inUse = (message: string): EngineError => new EngineError('ResourceInUseException', message)

export const throttled = (): EngineError =>
  new EngineError(
    'ProvisionedThroughputExceededException',
    'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    { retry: true },
  )
