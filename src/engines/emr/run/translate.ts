import { type Dialect, transpile } from '@polyglot-sql/sdk'
import { fn, mapTree, nodeOf, number, parseSql, type Tree, writeSql } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'

/**
 * A query of Hive or Spark in the dialect of Athena. polyglot knows the functions of each; what the same signs mean is told here: `/` never
 * truncates and gives NULL for a zero, the first element of an array is `[0]`, and what an array or map does not have is NULL (Spark SQL
 * Reference, "Built-in Functions"; Hive LanguageManual, "Operators and UDFs"). A quotient of decimals is a double here.
 */
export function translated(statement: string, dialect: 'hive' | 'spark'): string {
  const result = transpile(statement, dialect as Dialect, 'trino' as Dialect)
  if (!result.success || !result.sql?.[0])
    throw new EngineError('ParseException', result.error ?? 'The statement cannot be read.')
  const [tree] = parseSql(result.sql[0], 'trino')
  return writeSql(mapTree(tree, inAthena) as Tree, 'trino')
}

function inAthena(node: Tree): Tree {
  const { kind, payload } = nodeOf(node) ?? {}
  if (kind === 'div') return { div: { ...payload, left: double(payload!.left), right: notZero(payload!.right) } }
  if (kind === 'mod') return { mod: { ...payload, right: notZero(payload!.right) } }
  if (kind === 'subscript') return fn('element_at', payload!.this, place(payload!.index))
  if (kind === 'function' && String(payload!.name).toUpperCase() === 'DIV') {
    const [left, right] = payload!.args as unknown[]
    return cast(fn('truncate', { div: { left, right: notZero(right), ...NO_COMMENTS } }), 'big_int')
  }
  return node
}

/** A number between brackets is a place in an array, a text the key of a map; of anything else only the types could tell. */
function place(index: unknown): unknown {
  const { kind, payload } = nodeOf(index) ?? {}
  if (kind !== 'literal')
    throw new EngineError('ParseException', 'An index in brackets must be a number or a text here: use element_at.')
  return payload!.literal_type === 'number' ? number(Number(payload!.value) + 1) : index
}

const NO_COMMENTS = { left_comments: [], operator_comments: [], trailing_comments: [] }
const notZero = (value: unknown) => fn('nullif', value, number(0))
const double = (value: unknown) => cast(value, 'double')
const cast = (value: unknown, type: string): Tree => ({
  cast: {
    this: value,
    to: { data_type: type, precision: null, scale: null },
    trailing_comments: [],
    double_colon_syntax: false,
  },
})
