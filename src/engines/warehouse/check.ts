import { EngineError } from '../kit/pure/errors.ts'
import type { TablePage } from '../kit/pure/table.ts'
import { readCopy } from './copy/parse.ts'
import { readCreateTable } from './ddl/table.ts'
import { warehouseError } from './errors.ts'
import { resultColumns } from './labels.ts'
import { Reader } from './reader.ts'
import { type Explained, explainText, openSession, type RunDeps, sessionSetup, VERBS } from './run.ts'
import { Scope } from './scope.ts'
import { type Statement, splitStatements } from './translate/lex.ts'
import type { Output } from './translate/output.ts'
import { redshiftType } from './translate/types.ts'
import { readUnload } from './unload.ts'

const READS = new Set(['SELECT', 'WITH', 'VALUES'])

/** Runs `work` on a connection of ours as a session, and leaves the connection as it was. */
function inSession<T>(sql: string, deps: RunDeps, signal: AbortSignal, work: (scope: Scope) => Promise<T>): Promise<T> {
  return deps.duck.use(
    async (session) => {
      await openSession(session, deps.now())
      try {
        return await work(new Scope({ session, sql, signal, unique: deps.unique }))
      } finally {
        await session.run(`SET search_path = 'memory.main'`).catch(() => {})
      }
    },
    { lane: 'own', signal },
  )
}

/** The first error of a text, or nothing. Tables that the text itself makes are not known to it: such statements are only read. */
export async function checkText(sql: string, deps: RunDeps, signal: AbortSignal): Promise<EngineError | undefined> {
  try {
    const statements = splitStatements(sql)
    await inSession(sql, deps, signal, async (scope) => {
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
  }
}

async function describe(scope: Scope, query: Output): Promise<void> {
  try {
    await scope.session.describe(query.text)
  } catch (thrown) {
    throw warehouseError(thrown, scope.sql, scope.from, query)
  }
}

/** DuckDB's plan of a query: Redshift's own steps are not what runs here. */
export function explain(sql: string, analyze: boolean, deps: RunDeps, signal: AbortSignal) {
  return inSession(sql, deps, signal, async (scope) => {
    const query = await oneQuery(sql, scope)
    const explained = (how: Explained) => explainText(scope.session, query, how, sql, scope.from, signal)
    const plan = await explained(analyze ? '(ANALYZE, FORMAT json) ' : '(FORMAT json) ')
    return { plan: JSON.parse(plan) as unknown, text: await explained('') }
  })
}

/** The first rows of a SELECT, without an execution. */
export function preview(sql: string, rows: number, deps: RunDeps, signal: AbortSignal): Promise<TablePage> {
  return inSession(sql, deps, signal, async (scope) => {
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

export function translate(sql: string, deps: RunDeps, signal: AbortSignal) {
  return inSession(sql, deps, signal, async (scope) => {
    const query = await oneQuery(sql, scope)
    await describe(scope, query)
    return { sql: query.text, setup: sessionSetup(deps.now()) }
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
