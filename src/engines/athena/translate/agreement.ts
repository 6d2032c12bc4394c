import {
  castTo,
  fn,
  isTree,
  nodeOf,
  operands,
  paren,
  startOf,
  stringOf,
  type Tree,
  text,
  visitTree,
} from '../../kit/node/sql/tree.ts'
import { type Class, toldClass } from './columns.ts'
import { written } from './try.ts'

/** Where a value begins in the text; alike for all that has to be one expression to DuckDB. */
export type Place = (value: unknown) => number | undefined

/** Where what is written alike stands for the first time: an item is what GROUP BY says only if its checks are so, too. */
export function firstPlaces(): Place {
  const first = new Map<string, number | undefined>()
  return (value) => {
    const key = written(value)
    if (!first.has(key)) first.set(key, startOf(value))
    return first.get(key)
  }
}

/**
 * What is to be checked of a comparison. DuckDB equates a varchar with a number or a boolean by casting one of them, lets a string literal be
 * of any type, and orders a boolean among integers; Trino refuses. Its `<` is otherwise as strict as Trino once a literal has been made a
 * varchar; behind `true OR` it is bound but never run. Undefined where the types are plain to see, and for subqueries, which would be
 * planned twice.
 */
export function agreement(kind: string, left: unknown, right: unknown, place: Place): Tree | undefined {
  const [a, b] = [classOf(left), classOf(right)]
  if ((a !== undefined && a === b) || isNull(left) || isNull(right) || isNested(left) || isNested(right))
    return undefined
  const strict = !EQUATING.has(kind) && !isText(left) && !isText(right)
  const [x, y] = [unchecked(left), unchecked(right)]
  const checks: Tree[] = strict ? [] : [{ lt: operands(typed(x), typed(y)) }]
  if (mayBeBoolean(a) || mayBeBoolean(b)) checks.unshift(alikeBoolean(x, y, WORDS[kind], place([kind, x, y])))
  return checks.length > 0 ? bound(checks) : undefined
}

/** The same of `value IN (…)` and `value BETWEEN … AND …`: values that look alike are checked once. */
export function agreements(kind: 'in' | 'between', value: unknown, others: readonly unknown[], place: Place): Tree[] {
  const classes = others.map((other) => classOf(other))
  return others
    .filter((_, i) => classes[i] === undefined || classes.indexOf(classes[i]) === i)
    .slice(0, CHECKED)
    .map((other) => agreement(kind, value, other, place))
    .filter((check) => check !== undefined)
}

/** How many values of a list are checked: a long one is written by a program, and is of one kind. */
const CHECKED = 16

/** What is to be checked of a join's `USING (column)`, which is `left.column = right.column`. */
export function joinAgreement(column: unknown, left: unknown, right: unknown): Tree {
  const [a, b] = [left, right].map((table) => ({ column: { name: column, table } }))
  return bound([bothBoolean(a, b, WORDS.eq, undefined), { lt: operands(a, b) }])
}

const TRUE: Tree = { boolean: { value: true } }

const bound = (checks: readonly Tree[]): Tree =>
  paren(checks.reduce<Tree>((all, check) => ({ or: operands(all, check) }), TRUE))

const mayBeBoolean = (type: MaybeClass) => type === undefined || type === 'boolean'

const isNull = (value: unknown) => nodeOf(value)?.kind === 'null'

/** What is beside a literal of another type is no boolean, which is quicker bound than what needs the types of both. */
function alikeBoolean(left: unknown, right: unknown, words: string, start: number | undefined): Tree {
  const [a, b] = [typeOfLiteral(left), typeOfLiteral(right)]
  if ((a === undefined) === (b === undefined)) return bothBoolean(left, right, words, start)
  const types = words.replace('$1', a ?? 'boolean').replace('$2', b ?? 'boolean')
  return fn('trino_no_boolean', a === undefined ? left : right, told(types, start))
}

function typeOfLiteral(value: unknown): string | undefined {
  const { kind, payload } = nodeOf(value) ?? {}
  if (kind !== 'literal') return undefined
  const written = String(payload!.value)
  switch (payload!.literal_type) {
    case 'string':
      return 'varchar'
    case 'date':
      return 'date'
    case 'number': {
      if (/e/i.test(written)) return 'double'
      const [whole, fraction] = written.split('.')
      if (fraction === undefined) return Number(whole) < 2 ** 31 ? 'integer' : 'bigint'
      return `decimal(${(whole + fraction).replace(/^0+(?=\d)/, '').length},${fraction.length})`
    }
  }
  return undefined
}

/**
 * Binds where both values are booleans or neither is; else the name of a member that is not there is the refusal, with where in the user's
 * query it belongs: DuckDB tells no place of it.
 */
const bothBoolean = (left: unknown, right: unknown, words: string, start: number | undefined): Tree =>
  fn('trino_both_boolean', left, right, told(words, start))

const told = (words: string, start: number | undefined) => text(start === undefined ? words : words + placeMark(start))

/** How the words of a refusal tell their place. */
export const placeMark = (start: number) => ` @${start}`

const OPERATORS: Readonly<Record<string, string>> = {
  eq: '=',
  neq: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  null_safe_eq: 'IS NOT DISTINCT FROM',
  null_safe_neq: 'IS DISTINCT FROM',
}

/** Words of a refusal, with `$1` and `$2` for the types. */
const WORDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(OPERATORS).map(([kind, operator]) => [kind, `Cannot apply operator: $1 ${operator} $2`]),
  ),
  in: 'Cannot find common type between $1 and $2',
  between: 'Cannot find common type between $1 and $2',
}

/** What is to be checked of a condition: DuckDB takes a number or a text for a boolean, Trino refuses. Only columns and casts can be either. */
export function conditionChecks(condition: unknown, place: Place): Tree[] {
  const { kind, payload } = nodeOf(condition) ?? {}
  if (classOf(condition) === 'boolean') return []
  switch (kind) {
    case 'and':
    case 'or':
      return [...conditionChecks(payload!.left, place), ...conditionChecks(payload!.right, place)]
    case 'not':
    case 'paren':
      return conditionChecks(payload!.this, place)
    case 'column':
    case 'cast':
    case 'literal':
      return [
        bound([
          bothBoolean(condition, TRUE, 'A condition must evaluate to a boolean: actual type $1', place(condition)),
        ]),
      ]
  }
  return []
}

const EQUATING: ReadonlySet<string> = new Set(['eq', 'neq', 'in', 'null_safe_eq', 'null_safe_neq'])

/** Values of one type, of which some are not known by their looks: beside them a string literal is a varchar, so that DuckDB refuses a mixture. */
export function ofOneType(values: readonly unknown[]): unknown[] {
  const isUnknown = (value: unknown) => {
    const kind = nodeOf(value)?.kind
    return kind !== undefined && kind !== 'null' && looksOf(value) === undefined
  }
  return values.some(isUnknown) ? values.map(typed) : [...values]
}

/** The comparison with its check, which the optimizer drops: the comparison is pushed down as if it were alone. */
export function both(comparison: Tree, check: Tree): Tree {
  const checked = { and: operands(comparison, check) }
  return { paren: { ...(paren(checked).paren as Tree), [IS_CHECKED]: true } }
}

/** Marks a comparison and its check in the tree, for `unchecked`. */
const IS_CHECKED = 'is_checked'

/** A condition with its checks. */
export function checkedCondition(condition: unknown, place: Place): unknown {
  return conditionChecks(condition, place).reduce(both, condition as Tree)
}

/** A value without the checks of what is compared within it: one check in another would be bound many times over. */
function unchecked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unchecked)
  if (!isTree(value)) return value
  const { kind, payload } = nodeOf(value) ?? {}
  if (kind === 'paren' && payload![IS_CHECKED]) return unchecked((payload!.this as { and: Tree }).and.left)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unchecked(member)]))
}

/** A SELECT with one more condition. */
export function alsoWhere(select: Tree, check: Tree): Tree {
  const where = select.where_clause as Tree | null
  return { ...select, where_clause: { this: where ? { and: operands(paren(where.this), check) } : check } }
}

function isNested(value: unknown): boolean {
  let nested = false
  visitTree(value, (node) => {
    const kind = nodeOf(node)?.kind
    nested ||=
      kind === 'subquery' || kind === 'select' || kind === 'exists' || kind === 'window_function' || kind === 'tuple'
  })
  return nested
}

/** Functions that give a varchar whatever they are given, as Trino or the translation names them. */
const TEXTS: ReadonlySet<string> = new Set(
  `concat_ws date_format format format_datetime from_utf8 json_extract_scalar json_format regexp_extract regexp_replace replace
  split_part to_base64 to_hex to_iso8601 translate typeof url_decode url_encode url_extract_host url_extract_path varchar`.split(
    /\s+/,
  ),
)

type MaybeClass = Class | undefined

/** What a value is by its looks, and by the columns that `ofColumn` knows: those that the catalog has told. */
export function classOf(value: unknown, ofColumn: (column: Tree) => MaybeClass = toldClass): MaybeClass {
  const inner = (one: unknown) => classOf(one, ofColumn)
  const node = nodeOf(value)
  switch (node?.kind) {
    case 'column':
      return ofColumn(node.payload)
    case 'literal':
      if (node.payload.literal_type === 'number') return 'number'
      if (node.payload.literal_type === 'string') return 'varchar'
      return node.payload.literal_type === 'date' || node.payload.literal_type === 'timestamp' ? 'date' : undefined
    case 'boolean':
      return 'boolean'
    case 'paren':
    case 'neg':
      return inner(node.payload.this)
    case 'add':
    case 'sub':
      return inner(node.payload.left) === 'number' && inner(node.payload.right) === 'number' ? 'number' : undefined
    case 'mul':
    case 'div':
    case 'count':
    case 'sum':
    case 'avg':
    case 'length':
      return 'number'
    case 'concat':
    case 'upper':
    case 'lower':
    case 'substring':
    case 'trim':
      return 'varchar'
    case 'cast':
      return (node.payload.to as Tree).data_type === 'var_char' ? 'varchar' : undefined
    case 'function': {
      const name = String(node.payload.name).replace(/^trino_/, '')
      const [first, second] = node.payload.args as unknown[]
      // A sum, a mean, or a date plus an interval.
      if (name === 'cast_to_type' || name === 'average') return inner(second) ?? inner(first)
      return TEXTS.has(name) ? 'varchar' : undefined
    }
    // All of them are of one type.
    case 'coalesce':
      return (node.payload.expressions as unknown[]).some((one) => inner(one) === 'varchar') ? 'varchar' : undefined
  }
  return undefined
}

/** What a value is without what is known of columns. */
export const looksOf = (value: unknown): MaybeClass => classOf(value, () => undefined)

const LOGICAL: ReadonlySet<string> = new Set([...Object.keys(WORDS), 'and', 'or', 'not', 'is_null', 'like'])

/** A string literal takes any type in DuckDB until something has made it a varchar. */
function typed(value: unknown): unknown {
  if (isText(value)) return paren({ concat: operands(value, text('')) })
  // `a < b > 0` is not read.
  return LOGICAL.has(nodeOf(value)?.kind ?? '') ? paren(value) : value
}

function isText(value: unknown): boolean {
  return stringOf(value) !== undefined
}

/** `left = right`, as it would be parsed. */
export function equality(left: unknown, right: unknown): Tree {
  return { eq: operands(left, right) }
}

function isNoText(value: unknown): boolean {
  const node = nodeOf(value)
  return node?.kind === 'cast' || node?.kind === 'paren' ? isNoText(node.payload.this) : isNull(value)
}

/** `a || b` and `concat(a, b)`: texts, arrays, arrays with an element, or binaries; DuckDB would write any other value as text. */
export function concatenation(left: unknown, right: unknown): Tree {
  const classes = [classOf(left), classOf(right)]
  // DuckDB would give it a type of its own, which is that of an integer in the end.
  if (classes.includes('varchar') && (isNoText(left) || isNoText(right))) return castTo('var_char', { null: null })
  if (classes.every((type) => type === 'varchar')) return { concat: operands(left, right) }
  return fn('trino_concat', left, right)
}
