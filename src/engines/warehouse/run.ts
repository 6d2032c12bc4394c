import type { Clients } from '../contract.ts'
import { type Duck, type DuckSession, identifier, literal } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import { columnsOf, recordChanges, SEARCH_PATH } from './catalog.ts'
import { copyInto } from './copy/load.ts'
import { type LoadError, LoadFailed, recordErrors } from './copy/load-errors.ts'
import { readCopy } from './copy/parse.ts'
import { runDdl } from './ddl/run.ts'
import { warehouseError } from './errors.ts'
import { resultColumns } from './labels.ts'
import { Reader } from './reader.ts'
import { Scope } from './scope.ts'
import { type Statement, splitStatements } from './translate/lex.ts'
import type { Output } from './translate/output.ts'
import { redshiftType } from './translate/types.ts'
import { readUnload, unload } from './unload.ts'

export interface RunDeps {
  readonly duck: Duck
  readonly lake: Clients['lake']
  readonly unique: (prefix: string) => string
  readonly now: () => number
}

export interface Outcome {
  readonly rowCount: number | null
  readonly columns?: Column[]
  /** The table of `results.warehouse` that holds the rows. */
  readonly result?: string
  readonly touched: readonly { schema: string; table: string }[]
}

/** What the last statement of a text gave. */
interface Given {
  rowCount: number | null
  columns?: Column[]
  result?: string
  /** The rows wait in a temporary table until the transaction is over. */
  temporary?: string
}

const READS = new Set(['SELECT', 'WITH', 'VALUES', 'EXPLAIN'])
const DDL = new Set(['CREATE', 'DROP', 'ALTER', 'TRUNCATE'])
const CONTROL = 'BEGIN START COMMIT END ROLLBACK ABORT'
/** What a statement may begin with. */
export const VERBS: ReadonlySet<string> = new Set([
  ...READS,
  ...DDL,
  ...`${CONTROL} INSERT UPDATE DELETE COPY UNLOAD VACUUM ANALYZE`.split(' '),
])

export const resultTable = (name: string) => `results.warehouse.${identifier(name)}`

/** Sets a connection up as a session of the warehouse. */
export async function openSession(session: DuckSession, nowMs: number): Promise<void> {
  await session.run(`SET search_path = ${literal(SEARCH_PATH)}`)
  await session.run(`SET VARIABLE millrace_now = make_timestamp(${Math.trunc(nowMs)} * 1000)`)
}

/** The statements by which another engine's connection reads like a session of ours. */
export function sessionSetup(nowMs: number): string[] {
  return [
    `SET search_path = ${literal(SEARCH_PATH)}`,
    `SET VARIABLE millrace_now = make_timestamp(${Math.trunc(nowMs)} * 1000)`,
  ]
}

/**
 * Runs a text. Its statements are one transaction, unless it has BEGIN and COMMIT of its own; a failure leaves nothing of the
 * transaction. The last statement's rows are kept for paging under `id`.
 */
export async function runText(
  sql: string,
  id: string,
  deps: RunDeps,
  signal: AbortSignal,
  onProgress?: (progress: number) => void,
): Promise<Outcome> {
  const statements = splitStatements(sql)
  if (statements.length === 0) throw new EngineError('42601', 'There is no statement.', { at: { line: 1, column: 1 } })
  return deps.duck.use(
    async (session) => {
      const text = new TextRun(sql, id, session, deps, signal, onProgress)
      try {
        await openSession(session, deps.now())
        return await text.run(statements)
      } catch (thrown) {
        await text.rollback()
        if (thrown instanceof LoadFailed) await recordErrors(session, id, deps.now(), thrown.errors)
        throw thrown
      } finally {
        await text.close()
      }
    },
    { lane: 'user', signal },
  )
}

class TextRun {
  private readonly scope: Scope
  private readonly sql: string
  private readonly id: string
  private readonly session: DuckSession
  private readonly deps: RunDeps
  private readonly signal: AbortSignal
  private transaction: 'none' | 'implicit' | 'explicit' = 'none'

  constructor(
    sql: string,
    id: string,
    session: DuckSession,
    deps: RunDeps,
    signal: AbortSignal,
    onProgress?: (progress: number) => void,
  ) {
    this.sql = sql
    this.id = id
    this.session = session
    this.deps = deps
    this.signal = signal
    this.scope = new Scope({ session, sql, signal, unique: deps.unique, onProgress })
  }

  async run(statements: readonly Statement[]): Promise<Outcome> {
    let given: Given = { rowCount: null }
    for (const statement of statements) {
      if (this.signal.aborted) throw cancelled()
      this.scope.from = statement.from
      if (await this.control(statement)) continue
      const first = statement.tokens[0]
      const alone = statements.length === 1 && READS.has(first.value)
      const maintenance = first.value === 'VACUUM' || first.value === 'ANALYZE'
      if (this.transaction === 'none' && !alone && !maintenance) await this.begin('implicit')
      if (given.temporary) await this.session.run(`DROP TABLE ${identifier(given.temporary)}`)
      try {
        given = await this.statement(statement)
      } catch (thrown) {
        throw warehouseError(thrown, this.sql, statement.from)
      }
      // TRUNCATE commits the transaction in which it runs ("TRUNCATE").
      if (first.value === 'TRUNCATE') await this.commit()
    }
    if (this.transaction === 'explicit')
      throw new EngineError(
        '25P01',
        'The transaction was begun and not committed: end it with COMMIT. Nothing of it was kept.',
        {
          at: { line: 1, column: 1 },
        },
      )
    await this.commit()
    if (given.temporary) given = await this.keep(given)
    const { temporary: _, ...outcome } = given
    return { ...outcome, touched: [...this.scope.touched.values()] }
  }

  /** BEGIN, COMMIT and ROLLBACK. */
  private async control(statement: Statement): Promise<boolean> {
    const reader = new Reader(this.sql, statement)
    const word = reader.takeOne('BEGIN', 'START TRANSACTION', 'COMMIT', 'END', 'ROLLBACK', 'ABORT')
    if (!word) return false
    if (word !== 'START TRANSACTION') reader.takeOne('WORK', 'TRANSACTION')
    if (reader.take('ISOLATION LEVEL')) while (!reader.done && !reader.is('READ ONLY')) reader.at++
    reader.takeOne('READ WRITE', 'READ ONLY')
    reader.end()
    if (word === 'BEGIN' || word === 'START TRANSACTION') {
      if (this.transaction === 'explicit') reader.fail('there is already a transaction in progress', '25001')
      await this.commit()
      await this.begin('explicit')
    } else if (word === 'COMMIT' || word === 'END') await this.commit()
    else await this.rollback()
    return true
  }

  private async begin(kind: 'implicit' | 'explicit'): Promise<void> {
    await this.session.run('BEGIN TRANSACTION')
    this.transaction = kind
  }

  private async commit(): Promise<void> {
    if (this.transaction === 'none') return
    this.transaction = 'none'
    try {
      await recordChanges(this.session, this.scope.touched.values())
      await this.session.run('COMMIT')
    } catch (thrown) {
      throw warehouseError(thrown, this.sql, this.scope.from)
    }
  }

  async rollback(): Promise<void> {
    if (this.transaction === 'none') return
    this.transaction = 'none'
    this.scope.touched.clear()
    this.scope.forgetRelations()
    await this.session.run('ROLLBACK').catch(() => {})
  }

  /** The connection goes back to the lane as it came. */
  async close(): Promise<void> {
    const { values } = await this.session
      .query(`SELECT table_name FROM duckdb_tables() WHERE temporary`)
      .catch(() => ({ values: [[]] as unknown[][] }))
    for (const name of values[0])
      await this.session.run(`DROP TABLE IF EXISTS temp.${identifier(String(name))}`).catch(() => {})
    await this.session.run(`SET search_path = 'memory.main'`).catch(() => {})
  }

  private async statement(statement: Statement): Promise<Given> {
    const reader = new Reader(this.sql, statement)
    const word = statement.tokens[0].kind === 'word' ? statement.tokens[0].value : ''
    if (word === 'SELECT' || word === 'WITH' || word === 'VALUES')
      return this.query(await this.scope.query(statement.tokens))
    if (DDL.has(word)) return { rowCount: await runDdl(reader, this.scope) }
    reader.at++
    switch (word) {
      case 'INSERT':
        return { rowCount: await this.insert(reader) }
      case 'UPDATE':
        return { rowCount: await this.change(reader, 'UPDATE') }
      case 'DELETE':
        reader.take('FROM')
        return { rowCount: await this.change(reader, 'DELETE FROM') }
      case 'COPY': {
        const loaded = await copyInto(readCopy(reader), this.scope, this.deps)
        await this.recordErrors(loaded.errors)
        return { rowCount: loaded.rows }
      }
      case 'UNLOAD':
        return { rowCount: await unload(readUnload(reader), this.scope, this.deps.lake) }
      case 'EXPLAIN':
        return this.explain(reader)
      case 'VACUUM':
      case 'ANALYZE':
        return this.maintain(word)
    }
    reader.at = 0
    if (/^[A-Z_]+$/.test(word)) return reader.refuse(word)
    return reader.fail()
  }

  private async recordErrors(errors: readonly LoadError[]): Promise<void> {
    await recordErrors(this.session, this.id, this.deps.now(), errors)
  }

  private async query(query: Output): Promise<Given> {
    const options = { signal: this.signal, onProgress: this.scope.onProgress, declare: redshiftType }
    let columns: Column[]
    try {
      columns = (await this.session.describe(query.text, options)).columns
    } catch (thrown) {
      throw warehouseError(thrown, this.sql, this.scope.from, query)
    }
    const inTransaction = this.transaction !== 'none'
    const temporary = inTransaction ? this.deps.unique('result') : undefined
    const target = temporary ? `TEMP TABLE ${identifier(temporary)}` : `TABLE ${resultTable(this.id)}`
    const rowCount = await this.scope.run(`CREATE ${target} AS `, query)
    const shown = resultColumns(columns, this.sql)
    return { rowCount, columns: shown, ...(temporary ? { temporary } : { result: this.id }) }
  }

  private async keep(given: Given): Promise<Given> {
    await this.session.run(`CREATE TABLE ${resultTable(this.id)} AS SELECT * FROM temp.${identifier(given.temporary!)}`)
    return { ...given, result: this.id }
  }

  private async insert(reader: Reader): Promise<number> {
    reader.need('INTO')
    const table = await this.scope.table(reader.table(), 'table')
    const isQuery = ['SELECT', 'WITH', 'VALUES', '('].some((word) => reader.is(word, 1))
    const names = reader.is('(') && !isQuery ? reader.names() : undefined
    const identities = (await columnsOf(this.session, table.schema, table.name)).filter(
      (column) => column.identitySequence && !column.identityByDefault,
    )
    const fixed = identities.find((column) => names?.includes(column.name.toLowerCase()))
    if (fixed) throw this.scope.error('0A000', `cannot set an identity column to a value: ${fixed.name}`, table)
    const target = `INSERT INTO ${this.scope.name(table)}${names ? ` (${names.map(identifier).join(', ')})` : ''} `
    this.scope.changed(table)
    if (reader.take('DEFAULT VALUES')) {
      reader.end()
      return this.session.run(`${target}DEFAULT VALUES`, { signal: this.signal })
    }
    if (!['SELECT', 'WITH', 'VALUES', '('].some((word) => reader.is(word))) reader.fail()
    return this.scope.run(target, await this.scope.query(reader.tokens.slice(reader.at)))
  }

  private async change(reader: Reader, verb: 'UPDATE' | 'DELETE FROM'): Promise<number> {
    reader.take('ONLY')
    const table = await this.scope.table(reader.table(), 'table')
    this.scope.changed(table)
    const rest = await this.scope.query(reader.tokens.slice(reader.at), true)
    return this.scope.run(`${verb} ${this.scope.name(table)} `, rest)
  }

  /** DuckDB's plan, and named so: Redshift's steps and its DS_* redistribution are not what runs here. */
  private async explain(reader: Reader): Promise<Given> {
    reader.take('VERBOSE')
    if (!['SELECT', 'WITH'].some((word) => reader.is(word))) reader.refuse('EXPLAIN of this statement')
    const query = await this.scope.query(reader.tokens.slice(reader.at))
    const text = await explainText(this.session, query, '', this.sql, this.scope.from)
    await this.session.run(
      `CREATE TABLE ${resultTable(this.id)} AS SELECT unnest(string_split($1, chr(10))) AS "QUERY PLAN"`,
      { values: [`DuckDB's plan:\n${text}`] },
    )
    const columns: Column[] = [{ name: 'QUERY PLAN', type: 'string', declared: 'character varying' }]
    return { rowCount: text.split('\n').length + 1, columns, result: this.id }
  }

  /** What Redshift's maintenance is for, DuckDB does at a checkpoint. */
  private async maintain(word: 'VACUUM' | 'ANALYZE'): Promise<Given> {
    await this.commit()
    await this.session.run(word === 'VACUUM' ? 'CHECKPOINT warehouse' : 'ANALYZE')
    return { rowCount: null }
  }
}

export type Explained = '' | '(FORMAT json) ' | '(ANALYZE, FORMAT json) '

/** DuckDB's plan of a query as text, drawn or in JSON; measured, the query runs. */
export async function explainText(
  session: DuckSession,
  query: Output,
  how: Explained,
  sql: string,
  from: number,
  signal?: AbortSignal,
): Promise<string> {
  const prefix = `EXPLAIN ${how}`
  try {
    const { values } = await session.query(prefix + query.text, { signal })
    return String(values.at(-1)![0])
  } catch (thrown) {
    throw warehouseError(thrown, sql, from, query, Buffer.byteLength(prefix))
  }
}

function cancelled(): EngineError {
  return new EngineError('Cancelled', 'The statement was cancelled.', { retry: true })
}
