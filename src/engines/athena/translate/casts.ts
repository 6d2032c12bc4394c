import { fn, nodeOf, number, type Tree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { classOf } from './agreement.ts'
import { Unlike } from './alike.ts'
import { decimalLiteral } from './pieces.ts'

const WHOLE: ReadonlySet<string> = new Set(['tiny_int', 'small_int', 'int', 'big_int'])

/** Types of which DuckDB reads more texts than Trino does, and the macros that leave it those that Trino reads. */
const READ: Readonly<Record<string, string>> = { boolean: 'boolean', date: 'day' }

/** A cast with its value and type rewritten; undefined where DuckDB's is the same. `payload` is the cast as the user wrote it. */
export function cast(kind: 'cast' | 'try_cast', payload: Tree, value: unknown, to: unknown): Tree | undefined {
  const { data_type, length } = payload.to as Tree
  const type = String(data_type)
  if (type === 'json' && kind === 'cast') return { to_json: { this: value } }
  const isNull = nodeOf(payload.this)?.kind === 'null'
  if (type === 'var_char' && kind === 'cast' && !isNull)
    return fn('trino_varchar', value, ...(typeof length === 'number' ? [number(length)] : []))
  if (type === 'var_binary') return fn('trino_varbinary', value)
  const readable = isNull ? undefined : readableAs(type, payload.this, value)
  if (readable) return { [kind]: { ...payload, this: readable, to, trailing_comments: [] } }
  return kind === 'cast' ? decimalLiteral(payload) : undefined
}

/** What is no text for sure needs no look at its type. */
function readableAs(type: string, written: unknown, value: unknown): Tree | undefined {
  if (WHOLE.has(type)) return fn('trino_whole_number', value)
  if (!READ[type]) return undefined
  const of = classOf(written)
  if (of === 'varchar') return fn(`trino_${READ[type]}_text`, value)
  return of === undefined ? fn(`trino_readable_${READ[type]}`, value) : undefined
}

/** What JSON_VALUE may give (Trino, "JSON functions and operators"), by the name of a type in the tree. */
const RETURNED: ReadonlySet<string> = new Set([
  ...WHOLE,
  ...['var_char', 'char', 'boolean', 'double', 'float', 'real', 'decimal', 'date', 'time', 'timestamp'],
])

/** `json_value(… RETURNING type)`: what cannot be made one of that type is NULL, since NULL ON ERROR is what holds where nothing else is said. */
export function jsonValue(payload: Tree, json: unknown, path: unknown, walk: (cast: Tree) => unknown): Tree {
  const { returning: to } = payload
  if (!to) return fn('trino_json_value', json, path)
  const type = String((to as Tree).data_type)
  if (!RETURNED.has(type)) throw new Unlike('Invalid return type of function JSON_VALUE', payload)
  const cast = { this: { json_value: { ...payload, returning: null } }, to, format: null, double_colon_syntax: false }
  if (type === 'var_char') return walk({ cast }) as Tree
  const given = walk({ try_cast: cast }) as Tree
  if (!WHOLE.has(type)) return given
  // A number with a fraction is rounded, which a text with one is not.
  return fn('coalesce', given, { try_cast: { ...cast, this: fn('trino_json_rounded', json, path) } })
}

export function jsonQuery({ returning, wrapper_option: wrapper }: Tree, json: unknown, path: unknown): Tree {
  const type = returning ? (returning as Tree).data_type : 'var_char'
  if (type !== 'var_char') throw new EngineError('NOT_SUPPORTED', 'JSON_QUERY of Millrace returns a varchar')
  if (wrapper && !/^WITHOUT\b/i.test(String(wrapper)))
    throw new EngineError('NOT_SUPPORTED', `JSON_QUERY ${wrapper} is not supported by Millrace`)
  return fn('trino_json_query', json, path)
}
