import { EngineError } from '../../kit/pure/errors.ts'
import { malformed } from '../statements/malformed.ts'
import type { Statement } from '../statements/statement.ts'
import { NOTHING, type Outcome, type Run } from './outcome.ts'

type Of<K extends Statement['kind']> = Extract<Statement, { kind: K }>

/** PREPARE name FROM …: kept in the query's workgroup. */
export async function prepare({ name, sql }: Of<'prepare'>, run: Run): Promise<Outcome> {
  const unreadable = malformed(sql)
  if (unreadable !== undefined) throw new EngineError('SYNTAX_ERROR', unreadable)
  run.prepared.create({ workGroup: run.workGroup.name, name, sql, modifiedMs: run.nowMs() })
  return NOTHING
}

export async function deallocate({ name }: Of<'deallocate'>, run: Run): Promise<Outcome> {
  run.prepared.delete(run.workGroup.name, name)
  return NOTHING
}
