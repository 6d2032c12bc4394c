import { splitStatements } from '../model/statements.ts'
import { tokens } from '../model/tokens.ts'

export interface SyntaxRequest {
  id: number
  statements: string[]
}

export interface SyntaxError {
  message: string
  line: number
  column: number
  endLine: number
  endColumn: number
}

export interface SyntaxResponse {
  id: number
  errors: (SyntaxError | null)[]
}

/** Statements whose grammar is Trino's; Athena reads its DDL with Hive's, which only the engine knows. */
const TRINO = new Set(['SELECT', 'WITH', 'VALUES', 'INSERT'])

let worker: Worker | null = null
let lastId = 0
const waiting = new Map<number, (answer: SyntaxResponse) => void>()

function ask(statements: string[]): Promise<SyntaxResponse> {
  if (!worker) {
    worker = new Worker(new URL('./syntax-worker.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data }: MessageEvent<SyntaxResponse>) => {
      waiting.get(data.id)?.(data)
      waiting.delete(data.id)
    })
  }
  const id = ++lastId
  return new Promise((resolve) => {
    waiting.set(id, resolve)
    worker!.postMessage({ id, statements } satisfies SyntaxRequest)
  })
}

/** Where each statement of a text breaks Trino's grammar, as places of the whole text; `start` is the statement's. */
export async function syntaxErrors(text: string): Promise<(SyntaxError & { start: number })[]> {
  const checked = splitStatements(text).filter(({ sql }) => TRINO.has(/^\w*/.exec(sql)![0].toUpperCase()))
  if (checked.length === 0) return []
  const { errors } = await ask(checked.map(({ sql }) => withoutParameters(sql)))
  return errors.flatMap((error, index) => {
    if (!error) return []
    const { line, column, start } = checked[index]
    return [
      {
        message: error.message,
        start,
        line: line + error.line - 1,
        column: error.line === 1 ? column + error.column - 1 : error.column,
        endLine: line + error.endLine - 1,
        endColumn: error.endLine === 1 ? column + error.endColumn - 1 : error.endColumn,
      },
    ]
  })
}

/** Parameters are no Trino: a number of the same length stands in their place. */
function withoutParameters(sql: string): string {
  let text = sql
  for (const { kind, start, end } of tokens(sql))
    if (kind === 'parameter') text = `${text.slice(0, start)}${'0'.padEnd(end - start)}${text.slice(end)}`
  return text
}
