import { createContext, Script } from 'node:vm'
import { EngineError } from '../pure/errors.ts'

const room: { work: () => unknown } = { work: () => {} }
const context = createContext(room)
const script = new Script('work()')

/**
 * Runs work that may never end by itself, such as a regular expression of a user's, and ends it after so many real ms with
 * OperationTimeoutException and this message. It has the thread to itself, and costs 0.1 ms more than without.
 */
export function withinMs<T>(ms: number, message: string, work: () => T): T {
  room.work = work
  try {
    return script.runInContext(context, { timeout: ms }) as T
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw thrown
    throw new EngineError('OperationTimeoutException', message, { cause: thrown })
  } finally {
    room.work = () => {}
  }
}
