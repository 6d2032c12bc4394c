import { type DuckFailure, identifier, literal } from '../../kit/node/duck.ts'
import { lineColumn, placeAt, tokens } from '../../kit/node/sql/lexer.ts'
import { isTree, nodeOf, parseSql, type Tree, writeSql } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { SqlDialect } from '../contract.ts'
import { callOf } from '../spark/calls.ts'
import { REFUSED as REFUSED_OF_SPARK } from '../spark/functions.ts'
import { rewriteSpark } from '../spark/rewrite.ts'
import { isGenerator } from '../spark/rows.ts'
import { placeMark } from './agreement.ts'
import { aliasTaken } from './aliases.ts'
import { Unlike } from './alike.ts'
import { type KnownColumn, tablesIn, tellColumns } from './columns.ts'
import { explainFailure, failed, type Whole } from './failures.ts'
import { refuseForeign } from './foreign.ts'
import { PATH, showPath } from './hidden.ts'
import { once } from './once.ts'
import { refusedFunction } from './refused.ts'
import { rewrite } from './rewrite.ts'
import { identifierOf } from './scope.ts'
import { type SetOperation, setOperations } from './set-operations.ts'
import { sourceOffset } from './source-offset.ts'
import type { TableReference } from './table-reference.ts'
import { spellOutLiterals, spellOutSpark } from './typed-literals.ts'
import { followZones } from './zones.ts'

/** A query in DuckDB's words, with stand-ins for the catalog's tables. */
export interface TranslatedQuery {
  /** Each table reference once, by its stand-in. */
  readonly references: readonly { stand: string; reference: TableReference }[]
  /** Names of its columns in their order, where the text says them all; not behind a `*`. */
  readonly names?: readonly string[]
  /** Zones of its columns that are timestamps in another zone than UTC, by name: those are texts. */
  readonly zones: ReadonlyMap<string, string>
  /** Whether the text has the time at which it was translated. */
  readonly timed: boolean
  /** Whose sides' types are to be compared. Their texts have stand-ins, and their columns begin in the user's query. */
  readonly setOperations: readonly SetOperation[]
  /** The text with every stand-in replaced by a table expression; or another of its texts. */
  render(source: (stand: string) => string, text?: string): string
  /** A failure of DuckDB over the rendered text in Trino's words, with its place in the user's text. */
  explainFailure(failure: DuckFailure, source: (stand: string) => string): EngineError
}

export interface TranslateOptions {
  readonly dialect?: SqlDialect
  readonly nowMs: number
  /** The user's whole text, and where in it the query begins: places of errors are told in the whole. */
  readonly whole?: { text: string; offset: number }
  /** Columns without a name are called `_col0`, `_col1` … as Athena does, at the top of a query. */
  readonly nameColumns?: boolean
}

const QUERIES = new Set(['select', 'union', 'except', 'intersect', 'subquery', 'values'])

/** A query that was parsed: what it seems to name, and from what is known of that, its translation. */
export interface ParsedQuery {
  readonly tables: readonly TableReference[]
  /** `columns` are those of all its tables, where they are known. */
  translate(columns?: readonly (readonly KnownColumn[])[]): TranslatedQuery
}

export function translateQuery(sql: string, options: TranslateOptions): TranslatedQuery {
  return parseQuery(sql, options).translate()
}

export function parseQuery(sql: string, options: TranslateOptions): ParsedQuery {
  const { dialect = 'trino' } = options
  const isTrino = dialect === 'trino'
  const whole: Whole = { text: sql, offset: 0, ...options.whole, escapes: !isTrino }
  if (isTrino) refuseForeign(sql, whole)
  const { text: spelled, original } = isTrino ? spellOutLiterals(sql) : spellOutSpark(sql)
  const trees = parse(spelled, whole, original, dialect)
  const tree = trees[0]
  const node = nodeOf(tree)
  if (trees.length !== 1 || !node || !QUERIES.has(node.kind)) {
    throw new EngineError('NOT_SUPPORTED', 'Queries of this type are not supported')
  }
  const placed = (reference: TableReference) => ({ ...reference, start: original(reference.start) + whole.offset })
  const tables = tablesIn(tree)
  return {
    tables: tables.map(placed),
    translate: (columns) => {
      const alias = columns && isTrino ? aliasTaken(tree, columns) : undefined
      if (alias) {
        const words = `Column '${alias.text}' cannot be resolved`
        throw failed('COLUMN_NOT_FOUND', words, whole, original(alias.start) + whole.offset)
      }
      const overFiles = new Set(
        tables.filter((_, i) => columns?.[i].some(({ name }) => name === PATH)).map(({ start }) => start),
      )
      const told = columns && isTrino ? showPath(tellColumns(tree, columns), (start) => overFiles.has(start)) : tree
      return translated(told, { sql, spelled, original, placed, whole, options })
    },
  }
}

interface Parsed {
  readonly sql: string
  /** With the literals of the dialect spelled out, and where a place of it lies in `sql`. */
  readonly spelled: string
  readonly original: (offset: number) => number
  readonly placed: (reference: TableReference) => TableReference
  readonly whole: Whole
  readonly options: TranslateOptions
}

function translated(tree: Tree, { sql, spelled, original, placed, whole, options }: Parsed): TranslatedQuery {
  const { dialect = 'trino' } = options
  const isTrino = dialect === 'trino'
  const references: { stand: string; reference: TableReference }[] = []
  // No name in the user's text can be taken for a stand-in.
  let mark = '__table'
  while (sql.includes(mark)) mark += '_'
  let timed = false
  const named = options.nameColumns === false ? tree : nameColumns(tree, isTrino ? placeName : textName)
  const { tree: zoned, columns } = isTrino ? followZones(named, sql) : { tree: named, columns: NO_ZONES }
  const surroundings = {
    now: () => {
      timed = true
      return options.nowMs
    },
    unknownFunction: (name: string) =>
      unknownFunction(name, whole, isTrino ? refusedFunction(name) : REFUSED_OF_SPARK.get(name)),
    table: (reference: TableReference) => {
      const stand = `${mark}${references.length}_`
      references.push({ stand, reference: placed(reference) })
      return stand
    },
  }
  const rewritten = inPlace(whole, original, () =>
    isTrino ? rewrite(zoned, surroundings) : rewriteSpark(zoned, { ...surroundings, ansi: dialect === 'spark' }),
  )
  const plain = once(rewritten)
  const written = inZones(writeSql(plain, 'duckdb'), columns)
  const stands = () => references.map(({ stand }) => stand)
  const names = namesOf(named)
  return {
    references,
    ...(names && { names }),
    zones: columns,
    timed,
    setOperations: isTrino ? setOperations(plain).map((operation) => inText(operation, original)) : [],
    render: (source, text = written) =>
      references.reduce((rest, { stand }) => rest.split(identifier(stand)).join(source(stand)), text),
    explainFailure: (failure, source) =>
      explainFailure(failure, {
        // Failures are rare and trees are large: a translation that is kept has none.
        tree: parse(spelled, whole, original, dialect)[0],
        whole,
        original,
        sourceOffset: (byteOffset) =>
          sourceOffset({ sql, escapes: !isTrino, written, byteOffset, stands: stands(), source, original }),
        checksAt: (start) => written.includes(`${placeMark(start)}'`),
      }),
  }
}

/** What is refused while the tree is rewritten has its place in the user's text. */
function inPlace<T>(whole: Whole, original: (offset: number) => number, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof Unlike) || thrown.start === undefined) throw thrown
    throw failed(thrown.code, thrown.message, whole, original(thrown.start) + whole.offset)
  }
}

function inText({ operator, sides }: SetOperation, original: (offset: number) => number): SetOperation {
  const placed = (start: number | undefined) => (start === undefined ? undefined : original(start))
  return { operator, sides: sides.map(({ sql, starts }) => ({ sql, starts: starts.map(placed) })) }
}

/** A column that shows its zone is a text in the end: within the query it is an instant, by which rows are compared and sorted. */
function inZones(sql: string, zones: TranslatedQuery['zones']): string {
  if (zones.size === 0) return sql
  const shown = [...zones].map(([name, zone]) => {
    const column = identifier(name)
    return `trino_zone_text(${column}, ${literal(zone)}) AS ${column}`
  })
  return `SELECT * REPLACE (${shown.join(', ')}) FROM (${sql})`
}

const NO_ZONES: TranslatedQuery['zones'] = new Map()

function parse(
  sql: string,
  whole: { text: string; offset: number },
  original: (offset: number) => number,
  dialect: SqlDialect,
): Tree[] {
  try {
    return parseSql(sql, dialect)
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || !thrown.at?.line) throw thrown
    const offset = original(offsetOf(sql, thrown.at.line, thrown.at.column ?? 1)) + whole.offset
    const message = thrown.message.replace(/^line \d+:\d+/, `line ${lineColumn(whole.text, offset)}`)
    throw new EngineError(thrown.code, message, { at: placeAt(whole.text, offset) })
  }
}

function offsetOf(sql: string, line: number, column: number): number {
  const before = sql.split('\n').slice(0, line - 1)
  return before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1
}

const placeName = (_: unknown, place: number) => `_col${place}`

/** Spark calls a column by its text; a function that makes rows names its own. */
function textName(expression: unknown): string | undefined {
  const { kind, payload } = nodeOf(expression)!
  return isGenerator(callOf(kind, payload)?.name ?? '') ? undefined : writeSql(expression as Tree, 'spark')
}

function nameColumns(tree: Tree, nameOf: (expression: unknown, place: number) => string | undefined): Tree {
  const node = nodeOf(tree)
  if (node?.kind === 'select') {
    const expressions = (node.payload.expressions as unknown[]).map((expression, i) => {
      const kind = nodeOf(expression)?.kind
      if (kind === undefined || kind === 'column' || kind === 'star' || kind === 'alias' || kind === 'dot') {
        return expression
      }
      const name = nameOf(expression, i)
      return name === undefined ? expression : alias(expression, name)
    })
    return { select: { ...node.payload, expressions } }
  }
  // The first branch names the columns of a union.
  if (node && isTree(node.payload.left))
    return { [node.kind]: { ...node.payload, left: nameColumns(node.payload.left, nameOf) } }
  return tree
}

function namesOf(tree: unknown): string[] | undefined {
  const node = nodeOf(tree)
  if (node?.kind !== 'select') return node && isTree(node.payload.left) ? namesOf(node.payload.left) : undefined
  const names = (node.payload.expressions as unknown[]).map((expression) => {
    const { kind, payload } = nodeOf(expression) ?? { kind: '', payload: {} }
    return kind === 'alias'
      ? identifierOf(payload.alias)?.text
      : kind === 'column'
        ? identifierOf(payload.name)?.text
        : ''
  })
  return names.every((name) => name) ? (names as string[]) : undefined
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

function unknownFunction(name: string, whole: Whole, reason: string | undefined): EngineError {
  const all = tokens(whole.text, whole.escapes)
  const found = all.find(
    (token, i) =>
      token.start >= whole.offset && token.text.toLowerCase() === name.toLowerCase() && all[i + 1]?.text === '(',
  )
  if (reason !== undefined) {
    return failed(
      'NOT_SUPPORTED',
      `Function '${name.toLowerCase()}' is not supported by Millrace: ${reason}`,
      whole,
      found?.start,
    )
  }
  return failed('FUNCTION_NOT_FOUND', `Function '${name.toLowerCase()}' not registered`, whole, found?.start)
}
