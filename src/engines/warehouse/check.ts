import { EngineError } from '../kit/pure/errors.ts'
import type { TablePage } from '../kit/pure/table.ts'
import { SEARCH_PATH } from './catalog.ts'
import { readCopy } from './copy/parse.ts'
import { readCreateTable } from './ddl/table.ts'
import { warehouseError } from './errors.ts'
import { type Explained, explainText } from './explain.ts'
import { resultColumns } from './labels.ts'
import { Reader } from './reader.ts'
import { VERBS } from './run.ts'
import { Scope } from './scope.ts'
import { readPathChange, readShow } from './search-path.ts'
import { type KeptSession, Session, type SessionDeps, sessionSetup } from './session.ts'
import { type Statement, splitStatements } from './translate/lex.ts'
import type { Output } from './translate/output.ts'
import { redshiftType } from './translate/types.ts'
import { readUnload } from './unload.ts'

const READS = new Set(['SELECT', 'WITH', 'VALUES'])

/** A look at a text, in the session of whoever asks where that holds something, else in one of its own. */
export interface Look {
  readonly sql: string
  readonly signal: AbortSignal
  readonly session?: KeptSession
}

function inSession<T>(
  deps: SessionDeps,
  { sql, signal, session }: Look,
  work: (scope: Scope) => Promise<T>,
): Promise<T> {
  const look = (session: Session) => work(new Scope({ session, sql, signal, unique: deps.unique }))
  if (session && !session.isBlank) return session.turn(signal, look)
  return deps.duck.use((duck) => Session.on(duck, deps.now(), look), { lane: 'own', signal })
}

/** The first error of a text, or nothing. Tables that the text itself makes are not known to it: such statements are only read. */
export async function checkText(deps: SessionDeps, look: Look): Promise<EngineError | undefined> {
  try {
    const statements = splitStatements(look.sql)
    await inSession(deps, look, async (scope) => {
      let changed = false
      for (const statement of statements) {
        scope.from = statement.from
        await checkStatement(statement, scope, changed)
        changed ||= ['CREATE', 'ALTER', 'DROP'].includes(statement.tokens[0].value)
      }
    })
    return undefined
  } catch (thrown) {
    const error = EngineError.from(thrown)
    if (error.domain === 'internal' || error.code === 'Cancelled') throw error
    return error
  }
}

async function checkStatement(statement: Statement, scope: Scope, changed: boolean): Promise<void> {
  const reader = new Reader(scope.sql, statement)
  const word = statement.tokens[0].value
  if (!VERBS.has(word)) return /^[A-Z_]+$/.test(word) ? reader.refuse(word) : reader.fail()
  if (READS.has(word) && !changed) {
    const query = await scope.query(statement.tokens)
    await describe(scope, query)
  } else if (reader.take('CREATE TABLE')) readCreateTable(reader, false)
  else if (reader.take('COPY')) readCopy(reader)
  else if (reader.take('UNLOAD')) readUnload(reader)
  else if (reader.take('EXPLAIN') && !changed) {
    reader.take('VERBOSE')
    await describe(scope, await scope.query(reader.tokens.slice(reader.at)))
  } else if (reader.take('SHOW')) readShow(reader)
  else if (!changed) {
    const set = reader.takeOne('SET', 'RESET')
    if (set) scope.path = readPathChange(reader, set, await scope.schemas()).path
  }
}

async function describe(scope: Scope, query: Output): Promise<void> {
  try {
    await scope.session.describe(query.text)
  } catch (thrown) {
    throw warehouseError(thrown, scope.sql, scope.from, query)
  }
}

/** DuckDB's plan of a query: Redshift's own steps are not what runs here. Measured within a transaction, an error ends that. */
export function explain(deps: SessionDeps, look: Look & { analyze: boolean }) {
  const { sql, analyze, signal } = look
  return inSession(deps, look, async (scope) => {
    const query = await oneQuery(sql, scope)
    const explained = (how: Explained) => explainText(scope.session, query, how, sql, scope.from, signal)
    const plan = await explained(analyze ? '(ANALYZE, FORMAT json) ' : '(FORMAT json) ')
    return { plan: JSON.parse(plan) as unknown, text: await explained('') }
  })
}

/** The first rows of a SELECT, without an execution. */
export async function preview(deps: SessionDeps, look: Look & { rows: number }): Promise<TablePage> {
  const { sql, rows, signal, session } = look
  // A look that fails or is given up would roll back what was done in the transaction.
  if (session?.held.transaction === 'open')
    throw new EngineError(
      '25001',
      'Rows are not shown in passing while the transaction of this session is open: run the query, or end the transaction.',
    )
  return inSession(deps, look, async (scope) => {
    const query = await oneQuery(sql, scope)
    try {
      const { columns } = await scope.session.describe(query.text, { signal, declare: redshiftType })
      const names = columns.map((_, i) => `c${i}`).join(', ')
      const limited = `SELECT * FROM (${query.text}) AS q(${names}) LIMIT ${rows}`
      const { rowCount, values } = await scope.session.query(limited, { signal })
      return { columns: resultColumns(columns, sql), start: 0, rowCount, values }
    } catch (thrown) {
      throw warehouseError(thrown, scope.sql, scope.from, query)
    }
  })
}

export function translate(deps: SessionDeps, look: Look) {
  return inSession(deps, look, async (scope) => {
    const query = await oneQuery(look.sql, scope)
    await describe(scope, query)
    // The connection may go on to read what another engine has written, whose macros are in DuckDB's own schema.
    return { sql: query.text, setup: sessionSetup(deps.now(), `${SEARCH_PATH},memory.main`) }
  })
}

async function oneQuery(sql: string, scope: Scope): Promise<Output> {
  const statements = splitStatements(sql)
  const [statement] = statements
  if (statements.length !== 1 || !READS.has(statement.tokens[0].value))
    throw new EngineError('42601', 'One SELECT is expected.', { at: { line: 1, column: 1 } })
  scope.from = statement.from
  return scope.query(statement.tokens)
}
