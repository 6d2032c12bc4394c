import { type DuckFailure, identifier } from '../../kit/node/duck.ts'
import { lineColumn, placeAt, tokens } from '../../kit/node/sql/lexer.ts'
import { isTree, nodeOf, parseSql, type Tree, visitTree, writeSql } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { identifierOf, rewrite, type TableReference } from './rewrite.ts'

/** A query in DuckDB's words, with stand-ins for the catalog's tables. */
export interface TranslatedQuery {
  /** Each table reference once, by its stand-in. */
  readonly references: readonly { stand: string; reference: TableReference }[]
  /** The text with every stand-in replaced by a table expression. */
  render(source: (stand: string) => string): string
  /** A failure of DuckDB in Trino's words, with its place in the user's text. */
  explainFailure(failure: DuckFailure): EngineError
}

export interface TranslateOptions {
  readonly nowMs: number
  /** The user's whole text, and where in it the query begins: places of errors are told in the whole. */
  readonly whole?: { text: string; offset: number }
  /** Columns without a name are called `_col0`, `_col1` … as Athena does, at the top of a query. */
  readonly nameColumns?: boolean
}

const QUERIES = new Set(['select', 'union', 'except', 'intersect', 'subquery', 'values'])

export function translateQuery(sql: string, options: TranslateOptions): TranslatedQuery {
  const whole = options.whole ?? { text: sql, offset: 0 }
  const trees = parse(sql, whole)
  const tree = trees[0]
  const node = nodeOf(tree)
  if (trees.length !== 1 || !node || !QUERIES.has(node.kind)) {
    throw new EngineError('NOT_SUPPORTED', 'Queries of this type are not supported')
  }
  const references: { stand: string; reference: TableReference }[] = []
  // No name in the user's text can be taken for a stand-in.
  let mark = '__table'
  while (sql.includes(mark)) mark += '_'
  const named = options.nameColumns === false ? tree : nameColumns(tree)
  const rewritten = rewrite(named, {
    nowMs: options.nowMs,
    unknownFunction: (name) => unknownFunction(name, whole),
    table: (reference) => {
      const stand = `${mark}${references.length}_`
      references.push({ stand, reference: { ...reference, start: reference.start + whole.offset } })
      return stand
    },
  })
  const written = writeSql(rewritten, 'duckdb')
  return {
    references,
    render: (source) =>
      references.reduce((text, { stand }) => text.split(identifier(stand)).join(source(stand)), written),
    explainFailure: (failure) => explainFailure(failure, tree, whole),
  }
}

function parse(sql: string, whole: { text: string; offset: number }): Tree[] {
  try {
    return parseSql(sql, 'trino')
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || !thrown.at?.line || whole.offset === 0) throw thrown
    const offset = offsetOf(sql, thrown.at.line, thrown.at.column ?? 1) + whole.offset
    const message = thrown.message.replace(/^line \d+:\d+/, `line ${lineColumn(whole.text, offset)}`)
    throw new EngineError(thrown.code, message, { at: placeAt(whole.text, offset) })
  }
}

function offsetOf(sql: string, line: number, column: number): number {
  const before = sql.split('\n').slice(0, line - 1)
  return before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1
}

function nameColumns(tree: Tree): Tree {
  const node = nodeOf(tree)
  if (node?.kind === 'select') {
    const expressions = (node.payload.expressions as unknown[]).map((expression, i) => {
      const kind = nodeOf(expression)?.kind
      if (kind === undefined || kind === 'column' || kind === 'star' || kind === 'alias' || kind === 'dot') {
        return expression
      }
      return alias(expression, `_col${i}`)
    })
    return { select: { ...node.payload, expressions } }
  }
  // The first branch names the columns of a union.
  if (node && isTree(node.payload.left))
    return { [node.kind]: { ...node.payload, left: nameColumns(node.payload.left) } }
  return tree
}

function alias(expression: unknown, name: string): Tree {
  return {
    alias: {
      this: expression,
      alias: { name, quoted: true, trailing_comments: [] },
      column_aliases: [],
      alias_explicit_as: true,
      alias_keyword: 'AS',
      pre_alias_comments: [],
      trailing_comments: [],
    },
  }
}

type Whole = { text: string; offset: number }

function unknownFunction(name: string, whole: Whole): EngineError {
  const all = tokens(whole.text)
  const found = all.find(
    (token, i) =>
      token.start >= whole.offset && token.text.toLowerCase() === name.toLowerCase() && all[i + 1]?.text === '(',
  )
  return failed('FUNCTION_NOT_FOUND', `Function '${name.toLowerCase()}' not registered`, whole, found?.start)
}

/** `SYNTAX_ERROR: line 1:8: …`, as Athena words what is wrong with a text. */
export function failed(code: string, message: string, whole: { text: string }, offset?: number): EngineError {
  if (offset === undefined) return new EngineError(code, message)
  return new EngineError(code, `line ${lineColumn(whole.text, offset)}: ${message}`, {
    at: placeAt(whole.text, offset),
  })
}

function explainFailure(failure: DuckFailure, tree: Tree, whole: Whole): EngineError {
  const first = failure.message.split('\n')[0]
  const missing =
    failure.name ??
    /Referenced (?:column|table) "([^"]+)"|column named "([^"]+)"/.exec(failure.message)?.slice(1).find(Boolean)
  if (missing !== undefined && (failure.kind === 'Binder' || failure.kind === 'Catalog')) {
    const start = placeOfColumn(tree, missing)
    if (start !== undefined) {
      const ambiguous = /ambiguous/i.test(failure.message)
      const message = ambiguous ? `Column '${missing}' is ambiguous` : `Column '${missing}' cannot be resolved`
      return failed(ambiguous ? 'AMBIGUOUS_NAME' : 'COLUMN_NOT_FOUND', message, whole, start + whole.offset)
    }
  }
  if (/Division by zero/.test(first)) return new EngineError('DIVISION_BY_ZERO', 'Division by zero')
  if (/out of range|overflow/i.test(first)) return new EngineError('NUMERIC_VALUE_OUT_OF_RANGE', first)
  const code = CODES[failure.kind]
  if (!code) return new EngineError('GENERIC_INTERNAL_ERROR', failure.message, { domain: 'internal' })
  if (failure.kind === 'Out of Memory') {
    return new EngineError(code, `Query exhausted resources: ${first}`, { domain: 'external', retry: true })
  }
  return new EngineError(code, first)
}

const CODES: Readonly<Record<string, string>> = {
  Parser: 'SYNTAX_ERROR',
  Binder: 'TYPE_MISMATCH',
  Catalog: 'FUNCTION_NOT_FOUND',
  Conversion: 'INVALID_CAST_ARGUMENT',
  'Out of Range': 'NUMERIC_VALUE_OUT_OF_RANGE',
  'Invalid Input': 'INVALID_FUNCTION_ARGUMENT',
  'Mismatch Type': 'TYPE_MISMATCH',
  'Not implemented': 'NOT_SUPPORTED',
  Permission: 'PERMISSION_DENIED',
  'Out of Memory': 'EXCEEDED_MEMORY_LIMIT',
  IO: 'HIVE_CANNOT_OPEN_SPLIT',
}

function placeOfColumn(tree: Tree, name: string): number | undefined {
  let found: number | undefined
  const wanted = name.toLowerCase()
  visitTree(tree, (value) => {
    const node = nodeOf(value)
    if (found !== undefined || node?.kind !== 'column') return
    const column = identifierOf(node.payload.name)
    const table = identifierOf(node.payload.table)
    if (column?.text.toLowerCase() === wanted || table?.text.toLowerCase() === wanted) {
      found = table?.start ?? column?.start
    }
  })
  return found
}
