import { fn, nodeOf, number, operands, paren, stringOf, type Tree, text } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { jodaFormat } from '../translate/dates.ts'
import { lambdaFunction } from '../translate/lambdas.ts'
import {
  addInterval,
  aggregate,
  countDistinct,
  reduce,
  TYPE_OF,
  timeFunction,
  typedAggregate,
} from '../translate/pieces.ts'
import { fromJson } from './from-json.ts'

/** A call by its name in Spark, whatever node polyglot has for it. */
export interface Call {
  readonly name: string
  readonly args: readonly unknown[]
  readonly distinct: boolean
  readonly filter: unknown
  readonly orderBy: readonly unknown[]
  readonly ignoreNulls: boolean
}

/** Nodes of their own for functions, by the names that these have where another one. */
const NODES = new Map(
  `abs acos add_months any_value approx_count_distinct array_agg array_append array_compact array_contains array_distinct array_except array_intersect
  array_position array_prepend array_remove array_size array_union asin atan atan2 avg bitwise_and_agg:bit_and bitwise_or_agg:bit_or bitwise_xor_agg:bit_xor
  logical_and:bool_and logical_or:bool_or cardinality ceil length coalesce contains cos count_if cume_dist day day_of_month:dayofmonth
  day_of_week:dayofweek day_of_year:dayofyear degrees dense_rank element_at exp explode explode_outer ends_with:endswith first floor hour if_func:if initcap json_array_length lag
  last last_day lead list_agg:listagg ln log lower map_contains_key map_from_arrays map_from_entries map_keys map_values max median min minute
  mode month months_between next_day n_tile:ntile nth_value nvl nvl2 percent_rank pi power quarter radians rand random rank
  regexp_like row_number second sin sqrt starts_with:startswith stddev stddev_pop stddev_samp str_position:locate string_agg substring sum tan to_json trim
  upper var_pop var_samp variance week_of_year:weekofyear year first_value last_value function aggregate_function`
    .split(/\s+/)
    .map((entry) => [entry.split(':')[0], entry.split(':')[1] ?? entry] as const),
)

/** Members that are arguments, in the order of Spark's. */
const ARGUMENTS =
  `condition args base substr this expression expressions true_value false_value decimals scale pattern start length
  position characters separator offset default num_buckets seed`.split(/\s+/)

const TRIMS: Readonly<Record<string, string>> = { Both: 'trim', Leading: 'ltrim', Trailing: 'rtrim' }

export function callOf(kind: string, payload: Tree): Call | undefined {
  const own = kind === 'trim' ? TRIMS[String(payload.position)] : NODES.get(kind)
  if (own === undefined) return undefined
  const name = 'args' in payload && typeof payload.name === 'string' ? payload.name.toLowerCase() : own
  const args = ARGUMENTS.flatMap((member) => {
    const value = payload[member]
    if (kind === 'trim' && member === 'position') return []
    return Array.isArray(value) ? value : value === null || value === undefined ? [] : [value]
  })
  return {
    name,
    args,
    distinct: payload.distinct === true,
    filter: payload.filter ?? null,
    orderBy: Array.isArray(payload.order_by) ? payload.order_by : [],
    ignoreNulls: payload.ignore_nulls === true,
  }
}

export const castTo = (value: unknown, type: string, kind: 'cast' | 'try_cast' = 'cast'): Tree => ({
  [kind]: {
    this: value,
    to: { data_type: type, ...(type === 'timestamp' && { precision: null, timezone: false }) },
    trailing_comments: [],
    double_colon_syntax: false,
  },
})
const isNotNull = (value: unknown): Tree => ({ is_null: { this: value, not: true, postfix_form: false } })
const also = (filter: unknown, condition: Tree): unknown =>
  filter ? { and: operands(paren(filter), condition) } : condition

/** `count(a, b)` counts rows in which none is NULL. */
export function count(payload: Tree, walk: (value: unknown) => unknown): Tree {
  const tuple = nodeOf(payload.this)
  if (tuple?.kind !== 'tuple')
    return { count: { ...payload, this: walk(payload.this ?? null), filter: walk(payload.filter ?? null) } }
  const members = walk(tuple.payload.expressions) as unknown[]
  const present = members
    .map(isNotNull)
    .reduce<Tree>((all, one) => ({ and: operands(all, one) }), { boolean: { value: true } })
  return { count: { ...payload, this: fn('row', ...members), filter: also(walk(payload.filter ?? null), present) } }
}

export interface CallOptions {
  readonly ansi: boolean
  readonly now: () => number
}

/** Functions whose tree is another one in DuckDB; undefined for all others. Arguments have been rewritten before. */
export function rewriteCall(call: Call, { ansi, now }: CallOptions): Tree | undefined {
  const { name, args, filter } = call
  const [a, b, c] = args
  const time = timeFunction(name === 'curdate' ? 'current_date' : name, now)
  // A timestamp of Spark has no zone of its own.
  if (time) return name === 'now' || name === 'current_timestamp' ? timeFunction('localtimestamp', now) : time
  const group = (target: string, ...given: unknown[]): Tree => ({
    aggregate_function: { ...aggregate(target, given), distinct: call.distinct, filter, order_by: call.orderBy },
  })
  const present = (target: string, value: unknown): Tree => ({
    aggregate_function: {
      ...aggregate(target, [value]),
      distinct: call.distinct,
      filter: also(filter, isNotNull(value)),
      order_by: call.orderBy,
    },
  })
  switch (name) {
    case 'collect_list':
    case 'array_agg':
      return fn('coalesce', present('list', a), fn('list_value'))
    case 'collect_set':
      return fn(
        'coalesce',
        { aggregate_function: { ...aggregate('list', [a]), distinct: true, filter: also(filter, isNotNull(a)) } },
        fn('list_value'),
      )
    case 'any_value':
    case 'first':
    case 'first_value':
      return call.ignoreNulls || isTrue(b) ? group('any_value', a) : group('first', a)
    case 'last':
    case 'last_value':
      return call.ignoreNulls || isTrue(b) ? present('last', a) : group('last', a)
    case 'approx_count_distinct':
      return countDistinct(a, filter)
    case 'count_if':
      return {
        count: {
          this: fn('nullif', a, { boolean: { value: false } }),
          star: false,
          distinct: false,
          filter,
          original_name: 'count',
        },
      }
    case 'sum':
      return typedAggregate('sum', { this: a, distinct: call.distinct, filter, order_by: [] })
    case 'avg':
    case 'mean':
      return fn(
        'spark_mean',
        { avg: { this: a, distinct: call.distinct, filter, order_by: [] } },
        { aggregate_function: aggregate('any_value', [fn('spark_mean_type', a)]) },
      )
    case 'median':
      return group('quantile_cont', castTo(a, 'double'), number(0.5))
    case 'percentile':
      return group('quantile_cont', castTo(a, 'double'), b)
    case 'approx_percentile':
    case 'percentile_approx':
      return group('quantile_disc', a, b)
    case 'string_agg':
    case 'listagg':
      return { string_agg: { this: a, separator: b ?? text(''), order_by: null, distinct: call.distinct, filter } }
    case 'if':
      return { if_func: { condition: a, true_value: b, false_value: c ?? { null: null }, original_name: null } }
    case 'concat':
      return args.slice(1).reduce<Tree>((all, next) => fn('spark_concat', all, next), castIfOne(args))
    case 'concat_ws':
      return fn(
        'array_to_string',
        fn(
          'list_filter',
          fn('flatten', fn('list_value', ...args.slice(1).map((arg) => fn('spark_texts', arg)))),
          lambdaIsNotNull,
        ),
        a,
      )
    case 'rank':
    case 'dense_rank':
    case 'percent_rank':
    case 'cume_dist':
      return fn(name)
    case 'date_part':
    case 'datepart':
      return /^s(ec(onds?)?)?$/i.test(stringOf(a) ?? '') ? fn('spark_seconds', b) : undefined
    case 'trim':
    case 'ltrim':
    case 'rtrim':
      return fn(name, ...args)
    case 'decode':
    case 'encode':
      if (args.length === 2 && /^utf-?8$/i.test(stringOf(b) ?? '')) return fn(name, a)
      throw new EngineError('NOT_SUPPORTED', `${name} takes a value and 'UTF-8' here.`)
    case 'sha2':
      if (!['0', '256'].includes(String(nodeOf(b)?.payload.value)))
        throw new EngineError('NOT_SUPPORTED', 'sha2 takes 256 bits here.')
      return fn('sha256', a)
    case 'uuid':
      return castTo(fn('uuid'), 'string')
    case 'named_struct':
      return fn('struct_pack', ...pairs(args).map(([key, value]) => field(named(key), value)))
    case 'struct':
      return fn('struct_pack', ...args.map((arg, i) => field(nameOf(arg) ?? `col${i + 1}`, unaliased(arg))))
    case 'map': {
      const entries = pairs(args)
      return fn(
        'map',
        fn('list_value', ...entries.map(([key]) => key)),
        fn('list_value', ...entries.map(([, value]) => value)),
      )
    }
    case 'from_json':
      return fromJson(args)
    case 'str_to_map':
      return fn('spark_str_to_map', a, b ?? text(','), c ?? text(':'))
    case 'element_at':
    case 'try_element_at':
      return { subscript: { this: a, index: b } }
    case 'sequence':
      return fn('trino_sequence', ...args)
    case 'try_divide':
      return fn('spark_divide_or_null', a, b)
    case 'try_add':
      return fn('try', addInterval('add', operands(a, b)))
    case 'try_subtract':
      return fn('try', addInterval('sub', operands(a, b)))
    case 'try_multiply':
      return fn('try', { mul: operands(a, b) })
    case 'exists':
      return lambdaFunction('any_match', [...args])
    case 'forall':
      return lambdaFunction('all_match', [...args])
    case 'transform':
      return fn('list_transform', a, fromZero(b))
    case 'filter':
      return fn('list_filter', a, fromZero(b))
    case 'aggregate':
    case 'reduce':
      return args.length === 4 ? reduce([...args]) : fn('list_reduce', a, c, b)
    case 'array_sort':
      return args.length === 1 ? fn('trino_array_sort', a) : lambdaFunction(name, [...args])
    case 'zip_with':
    case 'map_filter':
    case 'transform_keys':
    case 'transform_values':
    case 'map_zip_with':
      return lambdaFunction(name, [...args])
    case 'to_date':
      return b === undefined ? castTo(a, 'date', ansi ? 'cast' : 'try_cast') : castTo(parsed(a, b, ansi), 'date')
    case 'to_timestamp':
      return b === undefined ? castTo(a, 'timestamp', ansi ? 'cast' : 'try_cast') : parsed(a, b, ansi)
    case 'unix_timestamp':
    case 'to_unix_timestamp': {
      const at =
        a === undefined
          ? timeFunction('localtimestamp', now)
          : b === undefined
            ? castTo(a, 'timestamp')
            : parsed(a, b, ansi)
      return fn('spark_unix_seconds', at)
    }
    case 'from_unixtime':
      return fn('strftime', fn('spark_timestamp_seconds', a), text(letters(b ?? text('yyyy-MM-dd HH:mm:ss'))))
    case 'date_format':
      return fn('strftime', castTo(a, 'timestamp'), text(letters(b)))
    case 'timestampdiff':
      return fn('date_sub', unit(a), castTo(b, 'timestamp'), castTo(c, 'timestamp'))
    case 'timestampadd':
      return fn('trino_date_add', unit(a), b, castTo(c, 'timestamp'))
    case 'date_add':
    case 'dateadd':
      return args.length === 3 ? fn('trino_date_add', unit(a), b, castTo(c, 'timestamp')) : undefined
    case 'datediff':
    case 'date_diff':
      return args.length === 3 ? fn('date_sub', unit(a), castTo(b, 'timestamp'), castTo(c, 'timestamp')) : undefined
    case 'negative':
      return { neg: { this: paren(a) } }
    case 'date':
    case 'timestamp':
    case 'string':
    case 'int':
    case 'bigint':
    case 'smallint':
    case 'tinyint':
    case 'float':
    case 'double':
    case 'boolean':
    case 'binary':
      return castTo(a, CASTS[name] ?? name)
  }
  return undefined
}

const CASTS: Readonly<Record<string, string>> = { bigint: 'big_int', smallint: 'small_int', tinyint: 'tiny_int' }

/** The sum or mean of a window, whose type is worked out beside it. */
export function windowed({ name, args, filter }: Call, over: unknown): Tree | undefined {
  const [value] = args
  const call = (kind: string): Tree => ({
    window_function: { this: { [kind]: { this: value, distinct: false, filter, order_by: [] } }, over, keep: null },
  })
  if (name === 'sum') return fn('cast_to_type', call('sum'), fn(TYPE_OF.sum, value))
  if (name === 'avg' || name === 'mean') return fn('spark_mean', call('avg'), fn('spark_mean_type', value))
  return undefined
}

const isTrue = (value: unknown) => nodeOf(value)?.kind === 'boolean' && nodeOf(value)?.payload.value === true
const castIfOne = (args: readonly unknown[]) => (args.length === 1 ? castTo(args[0], 'string') : (args[0] as Tree))
const parameter = { name: 'spark_value', quoted: true, trailing_comments: [] }
const lambdaIsNotNull: Tree = {
  lambda: {
    parameters: [parameter],
    body: isNotNull({ column: { name: parameter } }),
    colon: false,
    parameter_types: [],
  },
}

function pairs(args: readonly unknown[]): [unknown, unknown][] {
  if (args.length % 2 !== 0) throw new EngineError('WRONG_NUM_ARGS', 'A name or key needs a value behind it.')
  return Array.from({ length: args.length / 2 }, (_, i) => [args[2 * i], args[2 * i + 1]])
}

function named(key: unknown): string {
  const name = stringOf(key)
  if (name === undefined) throw new EngineError('NOT_SUPPORTED', 'The names of named_struct must be written out.')
  return name
}

const nameOf = (value: unknown): string | undefined => {
  const node = nodeOf(value)
  if (node?.kind === 'alias') return String((node.payload.alias as Tree).name)
  return node?.kind === 'column' ? String((node.payload.name as Tree).name) : undefined
}
const unaliased = (value: unknown) => (nodeOf(value)?.kind === 'alias' ? nodeOf(value)!.payload.this : value)

function field(name: string, value: unknown): Tree {
  return { named_argument: { name: { name, quoted: true, trailing_comments: [] }, value, separator: 'ColonEq' } }
}

/** The place that a lambda is given beside the element begins at 0 in Spark, at 1 in DuckDB. */
function fromZero(value: unknown): unknown {
  const { kind, payload } = nodeOf(value) ?? {}
  const place = kind === 'lambda' ? (payload!.parameters as Tree[])[1] : undefined
  if (!place) return value
  const name = String(place.name).toLowerCase()
  const shifted = (tree: unknown): unknown => {
    if (Array.isArray(tree)) return tree.map(shifted)
    if (typeof tree !== 'object' || tree === null) return tree
    const node = nodeOf(tree)
    const isPlace =
      node?.kind === 'column' && !node.payload.table && String((node.payload.name as Tree).name).toLowerCase() === name
    if (isPlace) return paren({ sub: operands(tree, number(1)) })
    return Object.fromEntries(Object.entries(tree).map(([key, member]) => [key, shifted(member)]))
  }
  return { lambda: { ...payload, body: shifted(payload!.body) } }
}

/** Java's pattern letters in strftime's words. */
function letters(pattern: unknown): string {
  const written = stringOf(pattern)
  if (written === undefined) throw new EngineError('NOT_SUPPORTED', 'The pattern of a time must be written out.')
  return jodaFormat(written.replace(/S{6}/g, "'%f'"))
}

function parsed(value: unknown, pattern: unknown, ansi: boolean): Tree {
  return fn(ansi ? 'strptime' : 'try_strptime', value, text(letters(pattern)))
}

function unit(value: unknown): Tree {
  const { kind, payload } = nodeOf(value) ?? {}
  const word =
    kind === 'column'
      ? (payload!.name as Tree).name
      : kind === 'literal' || kind === 'var'
        ? (payload!.value ?? payload!.this)
        : undefined
  if (typeof word !== 'string') throw new EngineError('NOT_SUPPORTED', 'The unit of a time must be written out.')
  return text(word.toLowerCase())
}
