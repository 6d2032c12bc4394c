import type { Dialect } from '../model/header.ts'
import { placeOf, splitStatements } from '../model/statements.ts'
import { tokens } from '../model/tokens.ts'
import { withoutGaps } from './grammar-gaps.ts'

/** Dialects with a grammar here; the warehouse alone judges its statements. */
export type Grammar = Exclude<Dialect, 'warehouse'>

export interface SyntaxRequest {
  id: number
  grammar: Grammar
  texts: string[]
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
  errors: SyntaxError[][]
}

/** Statements whose grammar is Trino's; Athena reads its DDL with Hive's, which only the engine knows. */
const TRINO = new Set(['SELECT', 'WITH', 'VALUES', 'INSERT'])

let worker: Worker | null = null
let lastId = 0
const waiting = new Map<number, (answer: SyntaxResponse) => void>()

function ask(grammar: Grammar, texts: string[]): Promise<SyntaxResponse> {
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
    worker!.postMessage({ id, grammar, texts } satisfies SyntaxRequest)
  })
}

/** Where each statement of a text breaks the grammar of its dialect first, as places of the whole text; `start` is the statement's. */
export async function syntaxErrors(text: string, dialect: Dialect): Promise<(SyntaxError & { start: number })[]> {
  if (dialect === 'warehouse') return []
  return dialect === 'athena' ? trinoErrors(text) : documentErrors(text, dialect)
}

async function trinoErrors(text: string) {
  const checked = splitStatements(text).filter(({ sql }) => TRINO.has(/^\w*/.exec(sql)![0].toUpperCase()))
  if (checked.length === 0) return []
  const { errors } = await ask(
    'athena',
    checked.map(({ sql }) => withoutParameters(sql, 'athena')),
  )
  return errors.flatMap(([error], index) => {
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

/** Statements of Flink may hold others with their semicolons, so that the whole text is read at once. */
async function documentErrors(text: string, grammar: Grammar) {
  const statements = splitStatements(text)
  if (statements.length === 0) return []
  const { errors } = await ask(grammar, [withoutGaps(withoutParameters(text, grammar), grammar)])
  const first = new Map<number, SyntaxError & { start: number }>()
  for (const error of errors[0]) {
    const owner = statements.findLast(({ start }) => isBefore(placeOf(text, start), error)) ?? statements[0]
    if (!first.has(owner.start)) first.set(owner.start, { ...error, start: owner.start })
  }
  return [...first.values()]
}

const isBefore = (a: { line: number; column: number }, b: { line: number; column: number }) =>
  a.line < b.line || (a.line === b.line && a.column <= b.column)

/** Parameters are in no grammar: a number of the same length stands in their place. */
function withoutParameters(sql: string, dialect: Dialect): string {
  let text = sql
  for (const { kind, start, end } of tokens(sql, dialect))
    if (kind === 'parameter') text = `${text.slice(0, start)}${'0'.padEnd(end - start)}${text.slice(end)}`
  return text
}
