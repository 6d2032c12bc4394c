import { fn, isTree, nodeOf, number, startOf, type Tree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import {
  agreement,
  agreements,
  alsoWhere,
  both,
  checkedCondition,
  concatenation,
  conditionChecks,
  equality,
  firstPlaces,
  ofOneType,
  type Place,
} from './agreement.ts'
import { refuseUnlike } from './alike.ts'
import { cast, jsonQuery, jsonValue } from './casts.ts'
import { duckDateFormat, jodaFormat } from './dates.ts'
import { foreignFunction } from './foreign.ts'
import { duckFunction } from './functions.ts'
import { quoted } from './identifiers.ts'
import { lambdaFunction, replaceEach } from './lambdas.ts'
import { interval, literal } from './literals.ts'
import { formatted, parseDate, pattern, teradataFormat } from './patterns.ts'
import {
  addInterval,
  aggregate,
  CAST_TO,
  countDistinct,
  isInterval,
  isNoDate,
  jsonPath,
  limited,
  listAggregate,
  membersOfRow,
  pairsOf,
  reduce,
  reduceGroup,
  rowsOfValues,
  substring,
  TYPE_OF,
  timeFunction,
  typedAggregate,
} from './pieces.ts'
import { refuseOtherThanQuery, standFor, withCtes } from './scope.ts'
import type { TableReference } from './table-reference.ts'
import { groupedBy, tryOverGroups } from './try.ts'
import { isUnnest, unnestSeveral } from './unnest.ts'
import { usingChecks } from './using.ts'

export interface RewriteOptions {
  /** Name that stands in the translated text for a table of the catalog. */
  table(reference: TableReference): string
  unknownFunction(name: string): EngineError
  /** Engine time: `now()` and `current_date` follow the workspace's clock. */
  readonly now: () => number
}

/** What is known on the way down: names of common table expressions, whether `try` wants NULL in place of an error, … */
interface Scope {
  readonly ctes: ReadonlySet<string>
  readonly tried: boolean
  /** What the groups are made of, where there are any. */
  readonly groups?: readonly unknown[]
  /** Where what is checked stands. */
  readonly place: Place
  /** Where comparisons of a join's condition leave what is to be checked of them: beside it, a check would hide the join from DuckDB. */
  readonly checks?: Tree[]
}

/** Nodes that are calls of one of our macros, by the members that are its arguments. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  array_distinct: ['this'],
  array_except: ['this', 'expression'],
  array_position: ['this', 'expression'],
  array_remove: ['this', 'expression'],
  array_union: ['this', 'expression'],
  cardinality: ['this'],
  ceil: ['this'],
  floor: ['this'],
  json_array_length: ['this'],
  length: ['this'],
  map_entries: ['this'],
  normalize: ['this'],
  typeof: ['this'],
}

/** A Trino tree as one that DuckDB reads with the same meaning. */
export function rewrite(tree: Tree, options: RewriteOptions): Tree {
  const walk = (value: unknown, scope: Scope): unknown => {
    if (Array.isArray(value)) return value.map((item) => walk(item, scope))
    if (!isTree(value)) return value
    const node = nodeOf(value)
    if (node) {
      const replaced = rewriteNode(node.kind, node.payload, scope)
      if (replaced) return replaced
    }
    return members(value, scope)
  }

  const members = (value: Tree, outer: Scope): Tree => {
    const scope = withCtes(value, outer)
    // DuckDB would take TIMESTAMP(3) for another type than TIMESTAMP.
    if (value.data_type === 'timestamp') return { ...value, precision: null }
    const copy: Tree = {}
    for (const [key, member] of Object.entries(value)) {
      copy[key] = key === 'span' ? member : key.endsWith('comments') ? [] : walk(member, scope)
    }
    return quoted(copy)
  }

  const rewriteNode = (kind: string, payload: Tree, scope: Scope): Tree | undefined => {
    const own = (member: string) => walk(payload[member], scope)
    refuseUnlike(kind, payload)
    const foreign = foreignFunction(kind, payload)
    if (foreign !== undefined) throw options.unknownFunction(foreign)
    if (CALLS[kind]) return fn(`trino_${kind}`, ...CALLS[kind].map(own))
    switch (kind) {
      case 'table':
        return standFor(payload, scope, options.table, (table) => members(table, scope))
      case 'subquery':
        refuseOtherThanQuery(payload.this)
        return undefined
      case 'pivot':
      case 'unpivot':
        throw new EngineError('NOT_SUPPORTED', `Athena has no ${kind.toUpperCase()}.`)
      case 'select':
        return rewriteSelect(payload, scope)
      case 'values':
        return { values: members({ ...payload, expressions: rowsOfValues(payload) }, scope) }
      case 'eq':
      case 'neq':
      case 'lt':
      case 'lte':
      case 'gt':
      case 'gte':
      case 'null_safe_eq':
      case 'null_safe_neq': {
        const pairs = kind === 'eq' || kind === 'neq' ? pairsOf(payload) : undefined
        if (pairs) return walk(kind === 'eq' ? pairs : { not: { this: pairs } }, scope) as Tree
        const compared = members(payload, scope)
        const check = agreement(kind, compared.left, compared.right, scope.place)
        return checked({ [kind]: compared }, check ? [check] : [], scope)
      }
      case 'between': {
        const [value, low, high] = ofOneType([own('this'), own('low'), own('high')])
        const between = { between: { ...payload, this: value, low, high } }
        return checked(between, agreements('between', value, [low, high], scope.place), scope)
      }
      case 'in': {
        const sought = members(payload, scope)
        const list = sought.expressions as unknown[] | undefined
        return list?.length
          ? checked({ in: sought }, agreements('in', sought.this, list, scope.place), scope)
          : undefined
      }
      case 'concat':
        return concatenation(own('left'), own('right'))
      case 'function':
      case 'aggregate_function':
        return rewriteFunction(kind, payload, scope)
      case 'cast':
      case 'try_cast':
        return cast(kind, payload, own('this'), own('to'))
      case 'json_value':
        return jsonValue(payload, own('this'), own('path'), (typed) => walk(typed, scope))
      case 'json_query':
        return jsonQuery(payload, own('this'), own('path'))
      case 'subscript':
        return fn(
          nodeOf(payload.index)?.kind === 'literal' ? 'trino_subscript' : 'trino_element',
          own('this'),
          own('index'),
        )
      case 'match_recognize':
        throw new EngineError('NOT_SUPPORTED', 'MATCH_RECOGNIZE is not supported by Millrace')
      case 'alias': {
        if (!isUnnest({ alias: payload })) return undefined
        return unnestSeveral(members(payload, scope))
      }
      case 'div':
        return divide(payload, own('left'), own('right'), scope)
      case 'mod':
        return scope.tried ? undefined : fn('sql_modulo', own('left'), own('right'))
      case 'mod_func':
        return fn('sql_modulo', own('this'), own('expression'))
      case 'add':
        return addInterval(kind, members(payload, scope))
      case 'sub': {
        const operands = members(payload, scope)
        const plain = [payload.left, payload.right].some(isNoDate)
        return plain ? addInterval(kind, operands) : fn('trino_subtract', operands.left, operands.right)
      }
      case 'avg':
      case 'sum':
        return typedAggregate(kind, members(payload, scope))
      case 'window_function':
        return rewriteWindow(payload, scope)
      case 'contains': {
        const [list, sought] = [own('this'), own('expression')]
        return fn('trino_contains', list, ofOneType([list, sought])[1])
      }
      case 'coalesce':
      case 'array_func': {
        const values = members(payload, scope)
        return { [kind]: { ...values, expressions: ofOneType(values.expressions as unknown[]) } }
      }
      case 'case':
        return choice(payload, scope)
      case 'if_func': {
        const [true_value, false_value] = ofOneType([own('true_value'), own('false_value') ?? { null: null }])
        return {
          if_func: {
            ...members(payload, scope),
            condition: checkedCondition(own('condition'), scope.place),
            true_value,
            false_value,
          },
        }
      }
      case 'element_at':
        return { subscript: { this: own('this'), index: own('expression') } }
      case 'str_position':
        return fn('trino_strpos', own('this'), own('substr'), ...(payload.occurrence ? [own('occurrence')] : []))
      case 'json_extract':
        // A lambda whose body is a text, to polyglot.
        if (payload.arrow_syntax === true) {
          const parameter = (nodeOf(payload.this)?.payload.name as Tree) ?? {}
          return { lambda: { parameters: [parameter], body: own('path'), colon: false, parameter_types: [] } }
        }
        return fn('trino_json_extract', own('this'), jsonPath(own('path')))
      case 'json_extract_scalar':
        return fn('trino_json_extract_scalar', own('this'), jsonPath(own('path')))
      case 'rand': {
        const [from, to] = payload.seed ? [number(0), own('seed')] : [own('lower'), own('upper')]
        return to ? fn('trino_random_int', from, to) : undefined
      }
      case 'array_intersect':
        return fn('trino_array_intersect', ...(own('expressions') as unknown[]))
      case 'log':
        return payload.base ? fn('log', own('base'), own('this')) : fn('ln', own('this'))
      case 'within_group': {
        const call = nodeOf(payload.this)
        return call?.kind === 'list_agg' ? listAggregate(members(call.payload, scope), own('order_by')) : undefined
      }
      case 'list_agg':
        return listAggregate(members(payload, scope), null)
      case 'count': {
        // A row is a value, whatever its fields are.
        const row = membersOfRow(payload.this)
        return row
          ? { count: { ...members(payload, scope), this: fn('row', ...row.map((one) => walk(one, scope))) } }
          : undefined
      }
      case 'count_if': {
        // A count is a bigint, which DuckDB's own count_if is not.
        const counted = fn('nullif', own('this'), { boolean: { value: false } })
        return { count: { this: counted, star: false, distinct: false, filter: own('filter'), original_name: 'count' } }
      }
      case 'approx_distinct':
        return countDistinct(own('this'), own('filter'))
      case 'any_value':
        return { aggregate_function: { ...aggregate('any_value', [own('this')]), filter: own('filter') } }
      case 'substring':
        return substring(members(payload, scope))
      case 'extract':
        return payload.field === 'DayOfWeek' ? fn('isodow', own('this')) : undefined
      case 'literal':
        return literal(payload)
      case 'interval':
        return interval(payload)
      case 'at_time_zone':
        return fn('trino_in_utc', own('this'))
    }
    return undefined
  }

  /** `CASE a WHEN b` compares, as `a = b` does. */
  const choice = (payload: Tree, scope: Scope): Tree => {
    const { operand } = payload
    const whens = payload.whens as [unknown, unknown][]
    const conditions = whens.map(([when]) =>
      checkedCondition(walk(operand ? equality(operand, when) : when, scope), scope.place),
    )
    const values = ofOneType([...whens.map(([, value]) => value), payload.else_].map((value) => walk(value, scope)))
    const chosen = conditions.map((condition, i) => [condition, values[i]])
    return { case: { ...payload, operand: null, whens: chosen, else_: values.at(-1), comments: [] } }
  }

  const rewriteSelect = (payload: Tree, outer: Scope): Tree => {
    const { checks: _, groups: __, ...rest } = outer
    const plain = { ...rest, place: firstPlaces() }
    const grouped = isTree(payload.group_by)
      ? { groups: walk(groupedBy(payload), withCtes(payload, plain)) as unknown[] }
      : {}
    const scope = { ...plain, ...grouped }
    const checks: Tree[] = []
    const joins = ((payload.joins as Tree[] | undefined) ?? []).map((join) => {
      const on = walk(join.on, { ...withCtes(payload, scope), checks })
      return { ...members({ ...join, on: null }, withCtes(payload, scope)), on }
    })
    checks.push(...usingChecks(payload))
    const copy: Tree = { ...members({ ...limited(payload), joins: [] }, scope), joins }
    const conditions = [copy.where_clause, copy.having].map((clause) => (isTree(clause) ? clause.this : undefined))
    for (const condition of [...conditions, ...joins.map(({ on }) => on)])
      checks.push(...conditionChecks(condition, scope.place))
    return { select: checks.reduce<Tree>(alsoWhere, copy) }
  }

  const checked = (comparison: Tree, checks: readonly Tree[], scope: Scope): Tree => {
    if (!scope.checks) return checks.reduce(both, comparison)
    scope.checks.push(...checks)
    return comparison
  }

  const rewriteFunction = (kind: string, payload: Tree, scope: Scope): Tree => {
    const name = String(payload.name).toLowerCase()
    if (name === 'grouping sets' || name === 'cube' || name === 'rollup') return { [kind]: members(payload, scope) }
    const target = duckFunction(name)
    const time = timeFunction(name, options.now)
    if (time) return time
    if (!target) throw options.unknownFunction(String(payload.name))
    const inner = members(payload, name === 'try' ? { ...scope, tried: true } : scope)
    const args = inner.args as unknown[]
    const overLambda = lambdaFunction(name, args)
    if (overLambda) return overLambda
    switch (name) {
      case 'date_format':
        return fn('strftime', args[0], pattern(name, args[1], duckDateFormat))
      case 'date_parse':
        return parseDate(args[0], pattern(name, args[1], duckDateFormat))
      case 'format_datetime':
        return fn('strftime', args[0], pattern(name, args[1], jodaFormat))
      case 'parse_datetime':
        return fn('trino_in_utc', fn('strptime', args[0], pattern(name, args[1], jodaFormat)))
      case 'to_char':
        return fn('strftime', args[0], pattern(name, args[1], teradataFormat))
      case 'to_date':
        return fn('trino_date', fn('strptime', args[0], pattern(name, args[1], teradataFormat)))
      case 'to_timestamp':
        return fn('strptime', args[0], pattern(name, args[1], teradataFormat))
      case 'format':
        return formatted(args)
      case 'try':
        if (scope.groups) return tryOverGroups(args[0], scope.groups)
        break
      case 'regexp_replace':
        if (nodeOf(args[2])?.kind === 'lambda') return replaceEach(args)
        break
      case 'concat':
        return args.slice(1).reduce<Tree>(concatenation, args[0] as Tree)
      case 'reduce':
        return reduce(args)
      case 'reduce_agg':
        return reduceGroup(args)
      case 'nullif': {
        const [value, other] = payload.args as unknown[]
        const whens = [[equality(value, other), { null: null }]]
        return walk({ case: { operand: null, whens, else_: value, comments: [] } }, scope) as Tree
      }
      case 'greatest':
      case 'least':
        return fn(name === 'greatest' ? 'trino_array_max' : 'trino_array_min', fn('list_value', ...args))
      case 'approx_distinct':
        return countDistinct(args[0], inner.filter)
      case 'at_timezone':
        return fn('trino_in_utc', args[0])
      case 'with_timezone':
        return fn('trino_zone_instant', args[0], args[1])
      case 'from_unixtime':
        return fn(target, args[0])
    }
    return { [kind]: { ...inner, name: target } }
  }

  const divide = (payload: Tree, left: unknown, right: unknown, scope: Scope): Tree => {
    if (isInterval(payload.left)) return fn('trino_part_of', left, right)
    const divisor = nodeOf(payload.right)
    const literal = divisor?.kind === 'literal' && divisor.payload.literal_type === 'number'
    const safe = literal && Number(divisor.payload.value) !== 0
    return fn(safe || scope.tried ? 'sql_divide_by' : 'sql_divide', left, right)
  }

  const rewriteWindow = (payload: Tree, scope: Scope): Tree => {
    const over = walk(payload.over, scope)
    const inner = nodeOf(payload.this)
    if (inner?.kind === 'avg' || inner?.kind === 'sum') {
      const call = members(inner.payload, scope)
      const windowed = { window_function: { ...payload, this: { [inner.kind]: call }, over } }
      return fn(CAST_TO[inner.kind], windowed, fn(TYPE_OF[inner.kind], call.this))
    }
    return { window_function: { ...payload, this: walk(payload.this, scope), over } }
  }

  return walk(tree, { ctes: new Set(), tried: false, place: startOf }) as Tree
}
