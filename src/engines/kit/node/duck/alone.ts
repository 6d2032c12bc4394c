import type { Duck } from '../duck.ts'
import type { DuckSession } from './session.ts'

/**
 * A connection beside the lanes for one piece of work, which may set its search path or make temporary tables: they go with the
 * connection.
 */
export async function alone<T>(duck: Duck, work: (session: DuckSession) => Promise<T>): Promise<T> {
  const once = duck.stream(async function* (session) {
    yield await work(session)
  })
  try {
    return (await once.next()).value as T
  } finally {
    await once.return(undefined)
  }
}
