import { fn, isTree, nodeOf, number, operands, paren, stringOf, type Tree, text } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'

/**
 * Functions of Trino that take a lambda, over DuckDB's `list_transform` and `list_filter`, whose lambdas take one value: what Trino hands
 * over beside it (the other array, a map's key) becomes a member of that value. Undefined for a function that is none of them.
 */
export function lambdaFunction(name: string, args: unknown[]): Tree | undefined {
  const [a, b, c] = args
  switch (name) {
    case 'any_match':
      return fn('trino_any', fn('list_transform', a, b))
    case 'all_match':
      return fn('trino_all', fn('list_transform', a, b))
    case 'none_match':
      return { not: { this: paren(fn('trino_any', fn('list_transform', a, b))) } }
    case 'zip_with':
      return fn(
        'list_transform',
        fn('trino_zip', a, b),
        over(c, [member(1), member(2)], (body) => body),
      )
    case 'map_filter':
      return fn(
        'map_from_entries',
        fn(
          'list_filter',
          fn('map_entries', a),
          over(b, [KEY, VALUE], (body) => body),
        ),
      )
    case 'transform_values':
      return mapped(
        fn('map_entries', a),
        over(b, [KEY, VALUE], (body) => fn('row', KEY, body)),
      )
    case 'transform_keys':
      return mapped(
        fn('map_entries', a),
        over(b, [KEY, VALUE], (body) => fn('row', body, VALUE)),
      )
    case 'map_zip_with': {
      const keys = fn('trino_array_distinct', fn('list_concat', fn('map_keys', a), fn('map_keys', b)))
      const of = (map: unknown): Tree => ({ subscript: { this: map, index: ENTRY } })
      return mapped(
        keys,
        over(c, [ENTRY, of(a), of(b)], (body) => fn('row', ENTRY, body)),
      )
    }
    case 'array_sort':
      return args.length === 2 ? sorted(a, b) : undefined
  }
  return undefined
}

/** `regexp_replace` with a lambda over the groups of each match: what lies between the matches, and what the lambda makes of them. */
export function replaceEach([value, pattern, each]: unknown[]): Tree {
  const written = stringOf(pattern)
  if (written === undefined)
    throw new EngineError('NOT_SUPPORTED', 'The pattern of regexp_replace must be written out beside a lambda')
  const at = name('trino_at')
  const groups = (written.replace(/\\./g, '').match(/\((?!\?)/g) ?? []).map((_, i): Tree => {
    const all = fn('regexp_extract_all', value, pattern, number(i + 1))
    return { subscript: { this: all, index: column(at) } }
  })
  const made = fn('coalesce', bodyOf(each, [fn('list_value', ...groups)]), text(''))
  const between = fn('regexp_split_to_array', value, pattern)
  const count = fn('len', between)
  const piece = fn(
    'concat',
    { subscript: { this: between, index: column(at) } },
    fn('if', { lt: operands(column(at), count) }, made, text('')),
  )
  return fn(
    'array_to_string',
    fn('list_transform', fn('generate_series', number(1), count), lambda([at], piece)),
    text(''),
  )
}

/** By how many others come before: each value is compared with each, for DuckDB sorts by no comparison but its own. */
function sorted(array: unknown, comparison: unknown): Tree {
  const other = name('trino_other')
  const at = name('trino_at')
  const otherAt = name('trino_other_at')
  const compared = bodyOf(comparison, [column(other), ENTRY])
  const before = { lt: operands(compared, number(0)) }
  const equal = { and: operands({ eq: operands(compared, number(0)) }, { lt: operands(column(otherAt), column(at)) }) }
  const earlier = fn('list_filter', array, lambda([other, otherAt], { or: operands(before, equal) }))
  const ranked = fn('list_transform', array, lambda([ENTRY_NAME, at], fn('row', fn('len', earlier), ENTRY)))
  return fn('list_transform', fn('list_sort', ranked), lambda([ENTRY_NAME], member(2)))
}

function mapped(list: Tree, each: Tree): Tree {
  return fn('map_from_entries', fn('list_transform', list, each))
}

/** A lambda over one entry in place of one over several values. */
function over(value: unknown, places: Tree[], result: (body: unknown) => unknown): Tree {
  return lambda([ENTRY_NAME], result(bodyOf(value, places)))
}

function bodyOf(value: unknown, places: Tree[]): unknown {
  const node = nodeOf(value)
  const parameters = (node?.payload.parameters ?? []) as Tree[]
  const places_ = new Map(parameters.map((parameter, i) => [String(parameter.name).toLowerCase(), places[i]]))
  const body = replaced(node?.payload.body, places_)
  return paren(body)
}

function replaced(value: unknown, places: ReadonlyMap<string, Tree>): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, places))
  if (!isTree(value)) return value
  const node = nodeOf(value)
  if (node?.kind === 'column' && !node.payload.table) {
    const place = places.get(String((node.payload.name as Tree).name).toLowerCase())
    if (place) return place
  }
  // A row's member is written as a column of a table.
  if (node?.kind === 'column' && isTree(node.payload.table)) {
    const place = places.get(String(node.payload.table.name).toLowerCase())
    if (place) return fn('struct_extract', place, text(String((node.payload.name as Tree).name)))
  }
  const inner =
    node?.kind === 'lambda'
      ? new Map([...places].filter(([name]) => !(node.payload.parameters as Tree[]).some((p) => p.name === name)))
      : places
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, inner)]))
}

function lambda(parameters: Tree[], body: unknown): Tree {
  return { lambda: { parameters, body, colon: false, parameter_types: [] } }
}

function name(of: string): Tree {
  return { name: of, quoted: true, trailing_comments: [] }
}

function column(of: Tree): Tree {
  return { column: { name: of } }
}

function member(index: number): Tree {
  return { subscript: { this: ENTRY, index: number(index) } }
}

const ENTRY_NAME = name('trino_entry')
const ENTRY = column(ENTRY_NAME)
const KEY = fn('struct_extract', ENTRY, text('key'))
const VALUE = fn('struct_extract', ENTRY, text('value'))
