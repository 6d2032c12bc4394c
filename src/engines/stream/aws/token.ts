import { realTime } from '../../kit/node/real-time.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { invalidArgument } from './common.ts'

/** Real time, as with shard iterators. */
const LIFE_MS = 300_000

/** A pagination token says all that the next page depends on; it is of one operation. */
export function writeToken(operation: string, page: object): string {
  return Buffer.from(JSON.stringify({ operation, page, issuedMs: realTime.now() })).toString('base64')
}

export function readToken<P>(operation: string, token: string): P {
  let read: { operation?: unknown; page?: unknown; issuedMs?: unknown }
  try {
    read = JSON.parse(Buffer.from(token, 'base64').toString())
  } catch {
    throw invalid()
  }
  const { page, issuedMs } = read ?? {}
  if (read?.operation !== operation || typeof page !== 'object' || page === null) throw invalid()
  if (typeof issuedMs !== 'number' || !(issuedMs <= realTime.now())) throw invalid()
  if (realTime.now() - issuedMs > LIFE_MS)
    throw new EngineError('ExpiredNextTokenException', 'The specified NextToken has expired.')
  return page as P
}

function invalid(): EngineError {
  return invalidArgument('NextToken is invalid.')
}
