import { EngineError } from '../../kit/pure/errors.ts'

/** The service's error for an argument, with its field. */
export function refuse(field: string, why: string): EngineError {
  return new EngineError('InvalidArgumentException', `${field} ${why}.`, { at: { field } })
}

export const notHonoured = (field: string) => refuse(field, 'is not supported by Millrace')
