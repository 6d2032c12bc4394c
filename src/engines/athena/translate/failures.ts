import { isOperator, type Refusal, refusalOf } from '../../kit/node/duck/refusals.ts'
import type { DuckFailure } from '../../kit/node/duck.ts'
import { lineColumn, placeAt, type Token, tokens } from '../../kit/node/sql/lexer.ts'
import { nodeOf, type Tree, visitTree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { wordRuntimeFailure } from './runtime-failures.ts'
import { identifierOf } from './scope.ts'

/** The user's statement, and where in it the query begins. */
export interface Whole {
  readonly text: string
  readonly offset: number
  /** A backslash in quotes is one, as in the dialects of Spark and Hive. */
  readonly escapes?: boolean
}

/** `SYNTAX_ERROR: line 1:8: …`, as Athena words what is wrong with a text. */
export function failed(code: string, message: string, whole: { text: string }, offset?: number): EngineError {
  if (offset === undefined) return new EngineError(code, message)
  return new EngineError(code, `line ${lineColumn(whole.text, offset)}: ${message}`, {
    at: placeAt(whole.text, offset),
  })
}

/** DuckDB's failure in Trino's words. `sourceOffset` finds a byte of what DuckDB was given in the user's query, where it can. */
export function explainFailure(
  failure: DuckFailure,
  {
    tree,
    whole,
    original,
    sourceOffset,
    checksAt,
  }: {
    tree: Tree
    whole: Whole
    /** Where a place of the tree lies in the user's query. */
    original: (offset: number) => number
    sourceOffset: (byteOffset: number) => number | undefined
    /** Whether the query has a check of what stands at a place of the tree. */
    checksAt: (start: number) => boolean
  },
): EngineError {
  const first = failure.message.split('\n')[0]
  const isTrino = !whole.escapes
  const found = failure.offset === undefined ? undefined : sourceOffset(failure.offset)
  const at = found === undefined ? undefined : found + whole.offset
  const unlike =
    /Could not find key "((?:unexpected parameters|cannot cast|(cannot apply operator:|cannot find common type|a condition must)) .*?)(?: @(\d+))?(?: \| (.*)\[\] \| (.*)\[\])?" in struct/i.exec(
      first,
    )
  if (unlike) {
    const [, words, compared, start, ...types] = unlike
    // DuckDB tells a key in lower case. A place that this query has not is of a view.
    const told = trino(words.replace(/\$([12])/g, (_, ordinal) => types[ordinal - 1])).replace(
      /^\w| is (?:not )?distinct from /g,
      (word) => word.toUpperCase(),
    )
    const placed = start !== undefined && checksAt(Number(start)) ? original(Number(start)) + whole.offset : at
    return failed('TYPE_MISMATCH', `${told}. ${WAYS[compared?.toLowerCase() ?? ''] ?? WAYS['']}`, whole, placed)
  }
  const twice = /Ambiguous reference to table "([^"]+)"/.exec(first)
  if (twice)
    return failed(
      'AMBIGUOUS_NAME',
      `Table '${twice[1]}' is ambiguous: more than one stands after FROM by this name. Give each an alias of its own`,
      whole,
      at,
    )
  const zone = /Unknown TimeZone '(.*?)'/.exec(first)
  if (zone) return new EngineError('INVALID_FUNCTION_ARGUMENT', `'${zone[1]}' is not a valid time zone`)
  const missing =
    failure.name ??
    /Referenced (?:column|table) "([^"]+)"|column named "([^"]+)"/.exec(failure.message)?.slice(1).find(Boolean)
  const refusal = refusalOf(failure.message)
  if (missing !== undefined && !refusal && (failure.kind === 'Binder' || failure.kind === 'Catalog')) {
    const column = placeOfColumn(tree, missing)
    if (column) {
      const { start } = column
      const name = isTrino ? column.name : missing
      const ambiguous = /ambiguous/i.test(failure.message)
      const message = ambiguous ? `Column '${missing}' is ambiguous` : `Column '${name}' cannot be resolved`
      return failed(
        ambiguous ? 'AMBIGUOUS_NAME' : 'COLUMN_NOT_FOUND',
        message,
        whole,
        at ?? original(start) + whole.offset,
      )
    }
  }
  const own = isTrino ? trinoAlone(first, whole, at) : undefined
  if (own) return own
  if (refusal) {
    const [code, message] = wordRefusal(refusal, whole.text, isTrino)
    return failed(code, message, whole, at ?? (refusal.kind === 'mix' ? onlyPlaceOf(refusal.place, whole) : undefined))
  }
  const runtime = wordRuntimeFailure(first)
  if (runtime) return new EngineError(...runtime)
  if (/out of range|overflow/i.test(first)) return new EngineError('NUMERIC_VALUE_OUT_OF_RANGE', first)
  const code = CODES[failure.kind]
  if (!code) return new EngineError('GENERIC_INTERNAL_ERROR', failure.message, { domain: 'internal' })
  if (failure.kind === 'Out of Memory') {
    return new EngineError(code, `Query exhausted resources: ${first}`, { domain: 'external', retry: true })
  }
  return failed(code, first, whole, at)
}

/** What is worded so in Trino alone; Spark has words of its own for it. */
function trinoAlone(first: string, whole: Whole, at: number | undefined): EngineError | undefined {
  const range = /^(ORDER|GROUP BY) term out of range - should be between 1 and (\d+)/.exec(first)
  if (range) {
    const clause = range[1].slice(0, 5)
    const position = positionBeyond(clause, Number(range[2]), whole)
    const message = `${clause} BY position ${position ? `${position.text} ` : ''}is not in select list`
    return failed('INVALID_COLUMN_REFERENCE', message, whole, position?.start)
  }
  const sought = /^Cannot deduce template type '\w+' in function: 'list_contains\(/.test(first)
  if (sought) {
    const message =
      'Unexpected parameters for function contains: the value is not of the type of the elements. Use CAST'
    return failed('TYPE_MISMATCH', message, whole, at)
  }
  const cast = /^Unimplemented type for cast \((.+) -> (.+)\)/.exec(first)
  if (cast) return failed('TYPE_MISMATCH', `Cannot cast ${trino(cast[1])} to ${trino(cast[2])}`, whole, at)
  const unknown = /^(?:Scalar|Aggregate|Table) Function with name (\S+) does not exist!/.exec(first)
  if (unknown) return failed('FUNCTION_NOT_FOUND', `Function '${unknown[1]}' not registered`, whole, at)
  return undefined
}

/** What to do, by how a refusal of a macro begins. */
const WAYS: Readonly<Record<string, string>> = {
  '': 'Use CAST to give it what it takes',
  'cannot apply operator:': 'Use CAST to make the types agree',
  'cannot find common type': 'Use CAST to make the types agree',
  'a condition must': 'Compare it with a value, or use CAST',
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

/** Trino's code and words, and behind them what to do. */
function wordRefusal(refusal: Refusal, text: string, isTrino: boolean): [code: string, message: string] {
  switch (refusal.kind) {
    case 'call': {
      const types = refusal.types.map(trino)
      if (isTrino && /^!?~~$/.test(refusal.name)) {
        const side = types[0] === 'varchar' ? 'Pattern for' : 'Left side of'
        const actual = types.find((type) => type !== 'varchar')
        return ['TYPE_MISMATCH', `${side} LIKE expression must evaluate to a varchar (actual: ${actual}). Use CAST`]
      }
      if (isOperator(refusal.name) && types.length === 2)
        return [
          'TYPE_MISMATCH',
          `Cannot apply operator: ${types.join(` ${refusal.name} `)}. Use CAST to make the types agree`,
        ]
      // The user may have written another name, which became this one on the way to DuckDB.
      const name = new RegExp(`\\b${RegExp.escape(refusal.name)}\\s*\\(`, 'i').test(text)
        ? ` for function ${refusal.name}`
        : ''
      return ['TYPE_MISMATCH', `Unexpected parameters (${types.join(', ')})${name}. Use CAST to give it what it takes`]
    }
    case 'compare':
      return [
        'TYPE_MISMATCH',
        `Cannot compare ${refusal.types.map(trino).join(' with ')}. Use CAST to make the types agree`,
      ]
    case 'mix': {
      const types = refusal.types.length > 0 ? `, not ${refusal.types.map(trino).join(' and ')}` : ''
      return [
        'TYPE_MISMATCH',
        `All values of ${refusal.place} must be of one type${types}. Use CAST to make them agree`,
      ]
    }
    case 'ungrouped':
      return [
        'EXPRESSION_NOT_AGGREGATE',
        `'${refusal.column}' must be an aggregate expression or appear in GROUP BY clause`,
      ]
    case 'ambiguous':
      return ['AMBIGUOUS_NAME', `Column '${refusal.column}' is ambiguous: write the table before it`]
    case 'aggregate':
      return [
        'EXPRESSION_NOT_SCALAR',
        `${refusal.clause} clause cannot contain aggregations, window functions or grouping operations${refusal.clause === 'WHERE' ? ': use HAVING' : ''}`,
      ]
    case 'columns':
      return ['TYPE_MISMATCH', 'Both sides of UNION, INTERSECT or EXCEPT must have the same number of columns']
  }
}

function trino(type: string): string {
  return type.toLowerCase().replace('timestamp with time zone', 'timestamp(3) with time zone')
}

/** DuckDB does not say where its CASE or COALESCE is: one that has no like in the text is found by its word. */
function onlyPlaceOf(word: string, { text, offset, escapes }: Whole): number | undefined {
  const found = tokens(text, escapes).filter((token) => token.start >= offset && token.text.toUpperCase() === word)
  return found.length === 1 ? found[0].start : undefined
}

/** The first place of an ORDER BY or GROUP BY that is written as a number which its SELECT list has not. */
function positionBeyond(clause: string, last: number, { text, offset, escapes }: Whole): Token | undefined {
  const all = tokens(text, escapes).filter(({ start }) => start >= offset)
  return all.find(({ kind, text: written }, i) => {
    if (kind !== 'number' || (Number(written) >= 1 && Number(written) <= last)) return false
    if (!/^(,|by)$/i.test(all[i - 1]?.text) || /^[^\s\w,)]$/.test(all[i + 1]?.text)) return false
    let depth = 0
    for (let from = i - 1; from > 0; from--) {
      const { kind: of, text: word } = all[from]
      if (of === 'symbol') depth += word === ')' ? 1 : word === '(' ? -1 : 0
      if (depth < 0 || (of === 'word' && /^(select|from|where)$/i.test(word) && depth === 0)) return false
      if (of === 'word' && /^by$/i.test(word) && depth === 0) return all[from - 1].text.toUpperCase() === clause
    }
    return false
  })
}

/** Where a column of this name, or of a table of this name, stands first, and what it is called there. */
function placeOfColumn(tree: Tree, name: string): { start: number; name: string } | undefined {
  let found: { start: number; name: string } | undefined
  const wanted = name.toLowerCase()
  visitTree(tree, (value) => {
    const node = nodeOf(value)
    if (found !== undefined || node?.kind !== 'column') return
    const column = identifierOf(node.payload.name)
    const table = identifierOf(node.payload.table)
    if (column?.text.toLowerCase() === wanted || table?.text.toLowerCase() === wanted) {
      const start = table?.start ?? column?.start
      const written = [table?.text, column?.text].filter((part) => part !== undefined)
      if (start !== undefined) found = { start, name: written.join('.') }
    }
  })
  return found
}
