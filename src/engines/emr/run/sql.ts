import type { Clients } from '../../contract.ts'
import { tokens } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { invalid } from '../errors.ts'

const ROWS_A_PAGE = 1000

export interface SqlRun {
  readonly text: string
  readonly variables: Readonly<Record<string, string>>
  readonly clients: Pick<Clients, 'athena'>
  readonly signal: AbortSignal
  /** Rows, as `hive` and `spark-sql` print them: values by tabs, NULL for null. */
  readonly out: (lines: string) => void
  readonly log: (line: string) => void
}

/**
 * A script on the embedded engine, statement by statement until one fails. Spark is that of EMR's releases, which knows no ANSI mode: both
 * dialects give NULL where something cannot be worked out.
 */
export async function runSql({ text, variables, clients, signal, out, log }: SqlRun): Promise<void> {
  let database = 'default'
  for (const statement of statementsOf(substitute(text, variables))) {
    const [first = '', second = ''] = statement.split(/\s+/, 2).map((word) => word.toUpperCase())
    if (first === 'USE') database = second.toLowerCase().replaceAll(/[`;]/g, '')
    else if (first === 'SET') log(`${statement}: has no meaning on the embedded engine`)
    else {
      log(statement)
      await runStatement(clients, { sql: statement, dialect: 'hive', database }, signal, first, out)
    }
  }
}

async function runStatement(
  { athena }: Pick<Clients, 'athena'>,
  query: { sql: string; dialect: 'hive'; database: string },
  signal: AbortSignal,
  first: string,
  out: (lines: string) => void,
): Promise<void> {
  const { queryId } = await athena.startQuery(query)
  const stop = () => void athena.stopQuery({ queryId }).catch(() => {})
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const { state, error } of athena.watchQuery({ queryId })) {
      if (state === 'FAILED' || state === 'CANCELLED')
        throw new EngineError(error?.code ?? state, error?.message ?? `The query was ${state.toLowerCase()}.`)
    }
  } finally {
    signal.removeEventListener('abort', stop)
  }
  signal.throwIfAborted()
  if (!/^(SELECT|WITH|VALUES|SHOW|DESCRIBE|DESC)$/.test(first)) return
  for (let start = 0; ; start += ROWS_A_PAGE) {
    const { rowCount, values } = await athena.results({ queryId, start, rows: ROWS_A_PAGE, text: true })
    const rows = Array.from({ length: values[0]?.length ?? 0 }, (_, row) =>
      values.map((column) => column[row] ?? 'NULL').join('\t'),
    )
    if (rows.length > 0) out(`${rows.join('\n')}\n`)
    if (start + rows.length >= rowCount || rows.length === 0) return
  }
}

/** `${name}`, `${hivevar:name}` and `${hiveconf:name}`. */
function substitute(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(?:hivevar:|hiveconf:)?(\w[\w.]*)\}/g, (_, name: string) => {
    const value = variables[name]
    if (value === undefined)
      throw invalid(`The variable ${name} of the script has no value: give it by -d ${name}=VALUE.`)
    return value
  })
}

function statementsOf(text: string): string[] {
  const found: string[] = []
  let from = 0
  for (const { kind, text: word, start } of tokens(text, true))
    if (kind === 'symbol' && word === ';') {
      found.push(text.slice(from, start).trim())
      from = start + 1
    }
  found.push(text.slice(from).trim())
  return found.map(withoutComment).filter((statement) => statement !== '')
}

const withoutComment = (statement: string): string => statement.replace(/^(\s*--[^\n]*(\n|$))+/, '').trim()
