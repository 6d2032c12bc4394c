import { identifier } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Column } from '../kit/pure/table.ts'
import { columnsOf } from './catalog.ts'
import { copyInto } from './copy/load.ts'
import { type LoadError, LoadFailed, recordErrors } from './copy/load-errors.ts'
import { readCopy } from './copy/parse.ts'
import { runDdl } from './ddl/run.ts'
import { warehouseError } from './errors.ts'
import { explainText } from './explain.ts'
import { resultColumns } from './labels.ts'
import { Reader } from './reader.ts'
import { keepRows, resultTable } from './results.ts'
import { Scope } from './scope.ts'
import { pathText, readPathChange, readShow } from './search-path.ts'
import { type KeptSession, Session, type SessionDeps, type Touched } from './session.ts'
import { type Statement, splitStatements } from './translate/lex.ts'
import type { Output } from './translate/output.ts'
import { redshiftType } from './translate/types.ts'
import { readUnload, unload } from './unload.ts'

export interface Outcome {
  readonly rowCount: number | null
  readonly columns?: Column[]
  /** The table of `results.warehouse` that holds the rows. */
  readonly result?: string
  /** Tables that have changed for all to see. */
  readonly touched: readonly Touched[]
}

/** What the last statement of a text gave. */
interface Given {
  rowCount: number | null
  columns?: Column[]
  result?: string
  /** The rows wait in a temporary table until the text is over. */
  temporary?: string
}

const READS = new Set(['SELECT', 'WITH', 'VALUES', 'EXPLAIN', 'SHOW'])
const DDL = new Set(['CREATE', 'DROP', 'ALTER', 'TRUNCATE'])
const CONTROL = 'BEGIN START COMMIT END ROLLBACK ABORT'
/** What a statement may begin with. */
export const VERBS: ReadonlySet<string> = new Set([
  ...READS,
  ...DDL,
  ...`${CONTROL} INSERT UPDATE DELETE COPY UNLOAD VACUUM ANALYZE SET RESET`.split(' '),
])

export interface TextOptions {
  readonly signal: AbortSignal
  /** The session in which it runs; else one of its own. */
  readonly session?: KeptSession
  readonly onProgress?: (progress: number) => void
}

/**
 * Runs a text. Its statements are one transaction, unless it has BEGIN and COMMIT of its own; a failure leaves nothing of the
 * transaction. In a session that is kept, a transaction that was begun stays open. The last statement's rows are kept for paging under `id`.
 */
export async function runText(sql: string, id: string, deps: SessionDeps, options: TextOptions): Promise<Outcome> {
  const { signal, session: kept } = options
  const statements = splitStatements(sql)
  if (statements.length === 0) throw new EngineError('42601', 'There is no statement.', { at: { line: 1, column: 1 } })
  const run = async (session: Session) => {
    const text = new TextRun(sql, id, session, deps, options)
    try {
      return await text.run(statements)
    } catch (thrown) {
      await text.fail()
      if (thrown instanceof LoadFailed) await recordErrors(session.duck, id, deps.now(), thrown.errors)
      throw thrown
    }
  }
  // What runs in a session takes a place among what people run, too: its own connection has a thread only then.
  if (kept) return kept.turn(signal, (session) => deps.duck.use(() => run(session), { lane: 'user', signal }))
  return deps.duck.use((duck) => Session.on(duck, deps.now(), run), { lane: 'user', signal })
}

class TextRun {
  private readonly scope: Scope
  private readonly sql: string
  private readonly id: string
  private readonly session: Session
  private readonly deps: SessionDeps
  private readonly signal: AbortSignal
  private readonly keeps: boolean
  private readonly committed: Touched[] = []
  private given: Given = { rowCount: null }

  constructor(sql: string, id: string, session: Session, deps: SessionDeps, options: TextOptions) {
    this.sql = sql
    this.id = id
    this.session = session
    this.deps = deps
    this.signal = options.signal
    this.keeps = options.session !== undefined
    this.scope = new Scope({ session, sql, signal: this.signal, unique: deps.unique, onProgress: options.onProgress })
  }

  async run(statements: readonly Statement[]): Promise<Outcome> {
    const { session } = this
    for (const statement of statements) {
      if (this.signal.aborted) throw cancelled()
      this.scope.from = statement.from
      if (await this.control(statement)) continue
      if (session.transaction === 'failed')
        throw this.scope.error(
          '25P02',
          'current transaction is aborted, commands ignored until end of transaction block: end it with ROLLBACK',
          statement,
        )
      const first = statement.tokens[0]
      const alone = statements.length === 1 && READS.has(first.value)
      const maintenance = first.value === 'VACUUM' || first.value === 'ANALYZE'
      if (session.transaction === 'none' && !alone && !maintenance) await session.begin('implicit')
      await this.dropTemporary()
      try {
        this.given = await this.statement(statement)
      } catch (thrown) {
        throw warehouseError(thrown, this.sql, statement.from)
      }
      // TRUNCATE commits the transaction in which it runs ("TRUNCATE").
      if (first.value === 'TRUNCATE') await this.commit()
    }
    if (session.transaction === 'explicit' && !this.keeps)
      throw new EngineError(
        '25P01',
        'The transaction was begun and not committed: end it with COMMIT. Nothing of it was kept.',
        {
          at: { line: 1, column: 1 },
        },
      )
    if (session.transaction === 'implicit') await this.commit()
    const { temporary, ...outcome } = this.given
    if (temporary) {
      await keepRows(this.deps.duck, session, { temporary, id: this.id, ...outcome }, this.signal)
      await this.dropTemporary()
      outcome.result = this.id
    }
    return { ...outcome, touched: this.committed }
  }

  /** BEGIN, COMMIT and ROLLBACK. */
  private async control(statement: Statement): Promise<boolean> {
    const { session } = this
    const reader = new Reader(this.sql, statement)
    const word = reader.takeOne('BEGIN', 'START TRANSACTION', 'COMMIT', 'END', 'ROLLBACK', 'ABORT')
    if (!word) return false
    if (word !== 'START TRANSACTION') reader.takeOne('WORK', 'TRANSACTION')
    if (reader.take('ISOLATION LEVEL')) while (!reader.done && !reader.is('READ ONLY')) reader.at++
    reader.takeOne('READ WRITE', 'READ ONLY')
    reader.end()
    if (word === 'BEGIN' || word === 'START TRANSACTION') {
      if (session.transaction === 'explicit') reader.fail('there is already a transaction in progress', '25001')
      if (session.transaction === 'failed') reader.fail('current transaction is aborted: end it with ROLLBACK', '25P02')
      await this.commit()
      await session.begin('explicit')
      return true
    }
    // The rows of a SELECT before the end are still to be read: they are in a temporary table that a ROLLBACK takes with it.
    if (word !== 'COMMIT' && word !== 'END') {
      this.given = { rowCount: null }
      await session.rollback()
      this.scope.forgetRelations()
    } else if (session.transaction === 'failed') {
      await session.rollback()
      throw this.scope.error(
        '25P02',
        'The transaction was rolled back, not committed: a statement in it had failed.',
        statement,
      )
    } else await this.commit()
    return true
  }

  private async commit(): Promise<void> {
    try {
      this.committed.push(...(await this.session.commit()))
    } catch (thrown) {
      throw warehouseError(thrown, this.sql, this.scope.from)
    }
  }

  /** A transaction that goes on over several texts waits for its end, as in Redshift; any other is over. */
  async fail(): Promise<void> {
    const { session } = this
    const waits = this.keeps && (session.transaction === 'explicit' || session.transaction === 'failed')
    await session.rollback(waits ? 'failed' : 'none')
    await this.dropTemporary().catch(() => {})
  }

  private async dropTemporary(): Promise<void> {
    const { temporary } = this.given
    if (temporary) await this.session.duck.run(`DROP TABLE IF EXISTS temp.${identifier(temporary)}`)
    delete this.given.temporary
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
      case 'SET':
      case 'RESET':
        this.session.changePath(readPathChange(reader, word, await this.scope.schemas()))
        return { rowCount: null }
      case 'SHOW':
        readShow(reader)
        return this.made('search_path', 'SELECT $1', pathText(this.session.searchPath), 1)
      case 'VACUUM':
      case 'ANALYZE':
        return this.maintain(word)
    }
    reader.at = 0
    if (/^[A-Z_]+$/.test(word)) return reader.refuse(word)
    return reader.fail()
  }

  private async recordErrors(errors: readonly LoadError[]): Promise<void> {
    await recordErrors(this.session.duck, this.id, this.deps.now(), errors)
  }

  private async query(query: Output): Promise<Given> {
    const options = { signal: this.signal, onProgress: this.scope.onProgress, declare: redshiftType }
    let columns: Column[]
    try {
      columns = (await this.session.duck.describe(query.text, options)).columns
    } catch (thrown) {
      throw warehouseError(thrown, this.sql, this.scope.from, query)
    }
    const { target, ...kept } = this.target()
    const rowCount = await this.scope.run(`CREATE ${target} AS `, query)
    return { rowCount, columns: resultColumns(columns, this.sql), ...kept }
  }

  /** Where rows are written: DuckDB writes to one database in a transaction, and that is the warehouse. */
  private target(): { target: string; temporary?: string; result?: string } {
    if (this.session.transaction === 'none') return { target: `TABLE ${resultTable(this.id)}`, result: this.id }
    const temporary = this.deps.unique('result')
    return { target: `TEMP TABLE ${identifier(temporary)}`, temporary }
  }

  private async insert(reader: Reader): Promise<number> {
    reader.need('INTO')
    const table = await this.scope.table(reader.table(), 'table')
    const isQuery = ['SELECT', 'WITH', 'VALUES', '('].some((word) => reader.is(word, 1))
    const names = reader.is('(') && !isQuery ? reader.names() : undefined
    const identities = (await columnsOf(this.session.duck, table.schema, table.name)).filter(
      (column) => column.identitySequence && !column.identityByDefault,
    )
    const fixed = identities.find((column) => names?.includes(column.name.toLowerCase()))
    if (fixed) throw this.scope.error('0A000', `cannot set an identity column to a value: ${fixed.name}`, table)
    const target = `INSERT INTO ${this.scope.name(table)}${names ? ` (${names.map(identifier).join(', ')})` : ''} `
    this.scope.changed(table)
    if (reader.take('DEFAULT VALUES')) {
      reader.end()
      return this.session.duck.run(`${target}DEFAULT VALUES`, { signal: this.signal })
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
    const text = await explainText(this.session.duck, query, '', this.sql, this.scope.from)
    const rows = 'SELECT unnest(string_split($1, chr(10)))'
    return this.made('QUERY PLAN', rows, `DuckDB's plan:\n${text}`, text.split('\n').length + 1)
  }

  /** Rows of one column that are not a query's of the user. */
  private async made(name: string, select: string, text: string, rowCount: number): Promise<Given> {
    const { target, ...kept } = this.target()
    await this.session.duck.run(`CREATE ${target} AS SELECT * FROM (${select}) AS q(${identifier(name)})`, {
      values: [text],
    })
    return { rowCount, columns: [{ name, type: 'string', declared: 'character varying' }], ...kept }
  }

  /** What Redshift's maintenance is for, DuckDB does at a checkpoint. */
  private async maintain(word: 'VACUUM' | 'ANALYZE'): Promise<Given> {
    await this.commit()
    await this.session.duck.run(word === 'VACUUM' ? 'CHECKPOINT warehouse' : 'ANALYZE')
    return { rowCount: null }
  }
}

function cancelled(): EngineError {
  return new EngineError('Cancelled', 'The statement was cancelled.', { retry: true })
}
