import type { EngineError } from '../../kit/pure/errors.ts'
import { invalid } from '../model.ts'

/** A definition that its format's grammar does not know. */
export function invalidSchema(why: string): EngineError {
  return invalid(`Schema definition is not valid: ${why}.`)
}
