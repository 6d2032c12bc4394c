import { fn, isTree, nodeOf, number, stringOf, type Tree, text } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { agreement, alsoWhere, both, concatenation } from './agreement.ts'
import { duckDateFormat, intervalOf, jodaFormat } from './dates.ts'
import { duckFunction } from './functions.ts'
import { isMap, lambdaFunction } from './lambdas.ts'
import {
  addInterval,
  aggregate,
  countDistinct,
  decimalLiteral,
  isNoDate,
  listAggregate,
  reduce,
  substring,
  TYPE_OF,
  timeFunction,
  typedAggregate,
  withLiteral,
} from './pieces.ts'
import { tryOverGroups } from './try.ts'
import { isUnnest, unnestSeveral } from './unnest.ts'
import { UTC, zoneOfText } from './zones.ts'

export interface TableReference {
  readonly catalog?: string
  readonly database?: string
  readonly name: string
  /** Offset in the SQL. */
  readonly start: number
}

export interface RewriteOptions {
  /** Name that stands in the translated text for a table of the catalog. */
  table(reference: TableReference): string
  unknownFunction(name: string): EngineError
  /** Engine time: `now()` and `current_date` follow the workspace's clock. */
  readonly nowMs: number
}

/** What is known on the way down: names of common table expressions, whether `try` wants NULL in place of an error, … */
interface Scope {
  readonly ctes: ReadonlySet<string>
  readonly tried: boolean
  /** Whether columns are those of groups. */
  readonly grouped: boolean
  /** Where comparisons of a join's condition leave what is to be checked of them: beside it, a check would hide the join from DuckDB. */
  readonly checks?: Tree[]
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
    return copy
  }

  const rewriteNode = (kind: string, payload: Tree, scope: Scope): Tree | undefined => {
    const own = (member: string) => walk(payload[member], scope)
    switch (kind) {
      case 'table':
        return rewriteTable(payload, scope)
      case 'subquery':
        refuseOtherThanQuery(payload.this)
        return undefined
      case 'pivot':
      case 'unpivot':
        throw new EngineError('NOT_SUPPORTED', `Athena has no ${kind.toUpperCase()}.`)
      case 'select':
        return rewriteSelect(payload, scope)
      case 'eq':
      case 'neq':
      case 'lt':
      case 'lte':
      case 'gt':
      case 'gte': {
        const compared = members(payload, scope)
        return checked(kind, { [kind]: compared }, compared.left, compared.right, scope)
      }
      case 'in': {
        const sought = members(payload, scope)
        const list = sought.expressions as unknown[] | undefined
        return list?.length ? checked('in', { in: sought }, sought.this, list[0], scope) : undefined
      }
      case 'concat':
        return concatenation(own('left'), own('right'))
      case 'function':
      case 'aggregate_function':
        return rewriteFunction(kind, payload, scope)
      case 'cast':
        if ((payload.to as Tree).data_type === 'json') return { to_json: { this: own('this') } }
        return decimalLiteral(payload)
      case 'alias': {
        if (!isUnnest({ alias: payload })) return undefined
        return unnestSeveral(members(payload, scope))
      }
      case 'json_query':
      case 'json_value':
        return fn(`trino_${kind}`, own('this'), own('path'))
      case 'normalize':
        return fn('trino_normalize', own('this'))
      case 'div':
        return divide(payload, own('left'), own('right'), scope)
      case 'mod':
        return fn('sql_modulo', own('left'), own('right'))
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
      case 'if_func':
        return { if_func: { ...members(payload, scope), false_value: own('false_value') ?? { null: null } } }
      case 'element_at':
        return { subscript: { this: own('this'), index: own('expression') } }
      case 'str_position':
        return fn('trino_strpos', own('this'), own('substr'), ...(payload.occurrence ? [own('occurrence')] : []))
      case 'json_extract':
        return fn('json_extract', own('this'), own('path'))
      case 'json_extract_scalar':
        return fn('trino_json_extract_scalar', own('this'), own('path'))
      case 'cardinality':
        return fn(isMap(payload.this) ? 'cardinality' : 'len', own('this'))
      case 'contains':
        return fn('list_contains', own('this'), own('expression'))
      case 'map_entries':
        return fn('trino_map_entries', own('this'))
      case 'array_distinct':
        return fn('trino_array_distinct', own('this'))
      case 'array_except':
      case 'array_position':
      case 'array_remove':
      case 'array_union':
        return fn(`trino_${kind}`, own('this'), own('expression'))
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
      case 'typeof':
        return fn('trino_typeof', own('this'))
    }
    return undefined
  }

  const rewriteSelect = (payload: Tree, outer: Scope): Tree => {
    const { checks: _, ...plain } = outer
    const scope = { ...plain, grouped: isTree(payload.group_by) }
    const checks: Tree[] = []
    const joins = ((payload.joins as Tree[] | undefined) ?? []).map((join) => {
      const on = walk(join.on, { ...withCtes(payload, scope), checks })
      return { ...members({ ...join, on: null }, withCtes(payload, scope)), on }
    })
    const copy = { ...members({ ...payload, joins: [] }, scope), joins }
    return { select: checks.reduce<Tree>(alsoWhere, copy) }
  }

  const checked = (kind: string, comparison: Tree, left: unknown, right: unknown, scope: Scope): Tree => {
    const check = agreement(kind, left, right)
    if (!check) return comparison
    if (!scope.checks) return both(comparison, check)
    scope.checks.push(check)
    return comparison
  }

  const rewriteTable = (payload: Tree, scope: Scope): Tree | undefined => {
    const name = identifierOf(payload.name)
    if (!name) return undefined
    const database = identifierOf(payload.schema)
    const catalog = identifierOf(payload.catalog)
    if (!database && scope.ctes.has(name.text.toLowerCase())) return undefined
    const first = catalog ?? database ?? name
    const stand = options.table({
      name: name.text,
      ...(database && { database: database.text }),
      ...(catalog && { catalog: catalog.text }),
      start: first.start,
    })
    const copy = members(payload, scope)
    return {
      table: {
        ...copy,
        name: { name: stand, quoted: true, trailing_comments: [] },
        schema: null,
        catalog: null,
        alias: copy.alias ?? { name: name.text.toLowerCase(), quoted: true, trailing_comments: [] },
        alias_explicit_as: true,
      },
    }
  }

  const rewriteFunction = (kind: string, payload: Tree, scope: Scope): Tree => {
    const name = String(payload.name).toLowerCase()
    if (name === 'grouping sets' || name === 'cube' || name === 'rollup') return { [kind]: members(payload, scope) }
    const target = duckFunction(name)
    const time = timeFunction(name, options.nowMs)
    if (time) return time
    if (!target) throw options.unknownFunction(String(payload.name))
    const inner = members(payload, name === 'try' ? { ...scope, tried: true } : scope)
    const args = inner.args as unknown[]
    const overLambda = lambdaFunction(name, args)
    if (overLambda) return overLambda
    switch (name) {
      case 'date_format':
        return fn('strftime', args[0], withLiteral(args[1], duckDateFormat))
      case 'date_parse':
        return fn('strptime', args[0], withLiteral(args[1], duckDateFormat))
      case 'format_datetime':
        return fn('strftime', args[0], withLiteral(args[1], jodaFormat))
      case 'try':
        if (scope.grouped) return tryOverGroups(args[0])
        break
      case 'regexp_replace':
        if (nodeOf(args[2])?.kind === 'lambda')
          throw new EngineError('NOT_SUPPORTED', 'regexp_replace with a lambda is not supported by Millrace')
        if (args.length === 3) args[2] = withLiteral(args[2], (text) => text.replace(/\$(\d)/g, '\\$1'))
        break
      case 'concat':
        return args.slice(1).reduce<Tree>(concatenation, args[0] as Tree)
      case 'reduce':
        return reduce(args)
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
      case 'random':
      case 'rand':
        if (args.length > 0) {
          return args.length === 1 ? fn('trino_random_int', number(0), args[0]) : fn('trino_random_int', ...args)
        }
        break
    }
    return { [kind]: { ...inner, name: target } }
  }

  const literal = (payload: Tree): Tree | undefined => {
    const value = String(payload.value)
    // DuckDB has no x'…'.
    if (payload.literal_type === 'hex_string') return fn('unhex', text(value.replace(/\s/g, '')))
    if (payload.literal_type === 'timestamp') {
      const zone = zoneOfText(value)
      if (zone) {
        const time = text(value.slice(0, value.lastIndexOf(zone)).trim())
        return UTC.test(zone) ? fn('trino_in_utc', time) : fn('trino_zone_instant', time, text(zone))
      }
    }
    return undefined
  }

  const interval = (payload: Tree): Tree | undefined => {
    const unit = payload.unit as Tree | undefined
    if (unit?.type !== 'span') return undefined
    const [value, one] = intervalOf(stringOf(payload.this) ?? '', String(unit.this), String(unit.expression))
    return {
      interval: { this: text(String(value)), unit: { ...unit, type: 'simple', unit: one, use_plural: false } },
    }
  }

  const divide = (payload: Tree, left: unknown, right: unknown, scope: Scope): Tree => {
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
      return fn('cast_to_type', windowed, fn(TYPE_OF[inner.kind], call.this))
    }
    return { window_function: { ...payload, this: walk(payload.this, scope), over } }
  }

  return walk(tree, { ctes: new Set(), tried: false, grouped: false }) as Tree
}

export function identifierOf(value: unknown): { text: string; start: number } | undefined {
  if (!isTree(value) || typeof value.name !== 'string') return undefined
  const span = value.span as { start?: number } | undefined
  return { text: value.name, start: span?.start ?? 0 }
}

const QUERIES = new Set(['select', 'union', 'intersect', 'except', 'values', 'subquery', 'paren'])

/** DuckDB has other statements that give rows in the place of a query, and reads files by them. */
function refuseOtherThanQuery(value: unknown): void {
  const kind = nodeOf(value)?.kind
  if (kind !== undefined && !QUERIES.has(kind))
    throw new EngineError('SYNTAX_ERROR', `A query is expected in place of ${kind.toUpperCase()}.`)
}

function withCtes(value: Tree, outer: Scope): Scope {
  const list = isTree(value.with) ? value.with.ctes : undefined
  if (!Array.isArray(list)) return outer
  const ctes = new Set(outer.ctes)
  for (const cte of list) {
    const name = isTree(cte) ? identifierOf(cte.alias) : undefined
    if (!name || !isTree(cte)) continue
    refuseOtherThanQuery(cte.this)
    // Where a name is not in scope, DuckDB takes one that could be a file's for it.
    if (!/^[\p{L}\p{N}_$ -]+$/u.test(name.text))
      throw new EngineError('NOT_SUPPORTED', `"${name.text}" cannot be the name of a WITH clause here.`)
    ctes.add(name.text.toLowerCase())
  }
  return { ...outer, ctes }
}
