import { fn, nodeOf, operands, paren, stringOf, type Tree, text, visitTree } from '../../kit/node/sql/tree.ts'

/**
 * What is to be checked of a comparison. DuckDB equates a varchar with a number or a boolean by casting one of them, and lets a string
 * literal be of any type; Trino refuses. Its `<` is as strict as Trino once a literal has been made a varchar; behind `true OR` it is
 * bound but never run. Undefined where the types are plain to see, and for subqueries, which would be planned twice.
 */
export function agreement(kind: string, left: unknown, right: unknown): Tree | undefined {
  const [a, b] = [classOf(left), classOf(right)]
  const strict = !EQUATING.has(kind) && !isText(left) && !isText(right)
  if (strict || (a !== undefined && a === b) || isNested(left) || isNested(right)) return undefined
  const less = (x: unknown, y: unknown) => ({ lt: operands(typed(x), typed(y)) })
  const checks = [less(left, right)]
  // DuckDB orders a boolean among integers, but not among decimals.
  if (isWhole(left) || isWhole(right)) checks.push(less(asDecimal(left), asDecimal(right)))
  return paren(checks.reduce<Tree>((all, check) => ({ or: operands(all, check) }), { boolean: { value: true } }))
}

/** What is to be checked of a join's `USING (column)`, which is `left.column = right.column`. */
export function joinAgreement(column: unknown, left: unknown, right: unknown): Tree {
  const of = (table: unknown) => ({ column: { name: column, table } })
  return paren({ or: operands({ boolean: { value: true } }, { lt: operands(of(left), of(right)) }) })
}

/** DuckDB's only plain function of a text and a boolean, which takes nothing else for one. No function of Trino is called so. */
export const TAKES_BOOLEAN = 'parse_filename'

/** What is to be checked of a condition: DuckDB takes a number or a text for a boolean, Trino refuses. Only columns and casts can be either. */
export function conditionChecks(condition: unknown): Tree[] {
  const { kind, payload } = nodeOf(condition) ?? {}
  switch (kind) {
    case 'and':
    case 'or':
      return [...conditionChecks(payload!.left), ...conditionChecks(payload!.right)]
    case 'not':
    case 'paren':
      return conditionChecks(payload!.this)
    case 'column':
    case 'cast':
    case 'literal':
      return [
        paren({
          or: operands(
            { boolean: { value: true } },
            { is_null: { this: fn(TAKES_BOOLEAN, text(''), condition), not: false } },
          ),
        }),
      ]
  }
  return []
}

const isWhole = (value: unknown) => {
  const { kind, payload } = nodeOf(value) ?? {}
  return kind === 'literal' && payload!.literal_type === 'number' && /^\d{1,18}$/.test(String(payload!.value))
}

const asDecimal = (value: unknown) =>
  isWhole(value) ? { literal: { literal_type: 'number', value: `${nodeOf(value)!.payload.value}.0` } } : value

const EQUATING: ReadonlySet<string> = new Set(['eq', 'neq', 'in', 'null_safe_eq', 'null_safe_neq'])

/** Values of one type, of which some are not known by their looks: beside them a string literal is a varchar, so that DuckDB refuses a mixture. */
export function ofOneType(values: readonly unknown[]): unknown[] {
  const isUnknown = (value: unknown) => {
    const kind = nodeOf(value)?.kind
    return kind !== undefined && kind !== 'null' && classOf(value) === undefined
  }
  return values.some(isUnknown) ? values.map(typed) : [...values]
}

/** The comparison with its check, which the optimizer drops: the comparison is pushed down as if it were alone. */
export function both(comparison: Tree, check: Tree): Tree {
  return paren({ and: operands(comparison, check) })
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

type Class = 'number' | 'varchar' | 'boolean' | 'date' | undefined

/** What a value is by its looks. */
export function classOf(value: unknown): Class {
  const node = nodeOf(value)
  switch (node?.kind) {
    case 'literal':
      if (node.payload.literal_type === 'number') return 'number'
      if (node.payload.literal_type === 'string') return 'varchar'
      return node.payload.literal_type === 'date' || node.payload.literal_type === 'timestamp' ? 'date' : undefined
    case 'boolean':
      return 'boolean'
    case 'paren':
    case 'neg':
      return classOf(node.payload.this)
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
    case 'function':
      return TEXTS.has(String(node.payload.name).replace(/^trino_/, '')) ? 'varchar' : undefined
    // All of them are of one type.
    case 'coalesce':
      return (node.payload.expressions as unknown[]).some((one) => classOf(one) === 'varchar') ? 'varchar' : undefined
  }
  return undefined
}

/** A string literal takes any type in DuckDB until something has made it a varchar. */
function typed(value: unknown): unknown {
  return isText(value) ? paren({ concat: operands(value, text('')) }) : value
}

function isText(value: unknown): boolean {
  return stringOf(value) !== undefined
}

/** `left = right`, as it would be parsed. */
export function equality(left: unknown, right: unknown): Tree {
  return { eq: operands(left, right) }
}

/** `a || b` and `concat(a, b)`: texts, arrays, arrays with an element, or binaries; DuckDB would write any other value as text. */
export function concatenation(left: unknown, right: unknown): Tree {
  const plain = { concat: operands(left, right) }
  if (classOf(left) === 'varchar' && classOf(right) === 'varchar') return plain
  return fn('trino_concat', left, right)
}
