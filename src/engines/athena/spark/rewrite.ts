import { fn, isTree, nodeOf, operands, paren, stringOf, type Tree, text } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { quoted } from '../translate/identifiers.ts'
import { interval, literal } from '../translate/literals.ts'
import { addInterval } from '../translate/pieces.ts'
import { type CteScope, refuseOtherThanQuery, standFor, withCtes } from '../translate/scope.ts'
import type { TableReference } from '../translate/table-reference.ts'
import { type Call, callOf, count, rewriteCall, windowed } from './calls.ts'
import { duckFunction } from './functions.ts'
import { aliased, generated, isGenerator, joinRows, namesIn, rowsQuery } from './rows.ts'
import { pivotQuery, sampleOf, sampleQuery, unpivotQuery } from './sources.ts'

export interface SparkOptions {
  /** Name that stands in the translated text for a table of the catalog. */
  table(reference: TableReference): string
  unknownFunction(name: string): EngineError
  readonly now: () => number
  /** What cannot be is an error, as in Spark 4; else NULL, as in Hive and in Spark 3. */
  readonly ansi: boolean
}

/** Nodes that mean the same in DuckDB. Whatever is not named in this file is refused: polyglot's own reading of it might be anything. */
const KEPT = new Set(
  `select union intersect except subquery values paren tuple column star identifier boolean null alias expressions this name and or not eq neq lt lte gt gte null_safe_eq
  is_null is_true is_false between in exists case add sub mul neg bitwise_and bitwise_or bitwise_not dot lambda
  Preceding Following data_type cube rollup grouping_sets array struct map var value`.split(/\s+/),
)

const TYPES: Readonly<Record<string, string>> = { string: 'text', binary: 'var_binary' }
const HALF_JOINS: Readonly<Record<string, string>> = { LeftSemi: 'Semi', LeftAnti: 'Anti' }
const WHOLE: ReadonlySet<unknown> = new Set(['tiny_int', 'small_int', 'int', 'big_int'])
const GROUPINGS = new Set(['grouping sets', 'cube', 'rollup'])

/** A tree of Spark SQL as one that DuckDB reads with the same meaning. */
export function rewriteSpark(tree: Tree, options: SparkOptions): Tree {
  const { ansi } = options

  const walk = (value: unknown, scope: CteScope): unknown => {
    if (Array.isArray(value)) return value.map((item) => walk(item, scope))
    if (!isTree(value)) return value
    const node = nodeOf(value)
    if (!node) return members(value, scope)
    const replaced = rewriteNode(node.kind, node.payload, scope)
    if (replaced) return replaced
    if (!KEPT.has(node.kind))
      throw new EngineError(
        'NOT_SUPPORTED',
        `${node.kind.replaceAll('_', ' ').toUpperCase()} of Spark SQL is not supported.`,
      )
    return members(value, scope)
  }

  const members = (value: Tree, outer: CteScope): Tree => {
    const scope = withCtes(value, outer)
    const copy: Tree = {}
    for (const [key, member] of Object.entries(value)) {
      copy[key] = key === 'span' ? member : key.endsWith('comments') ? [] : walk(member, scope)
    }
    if ('nulls_first' in copy && 'desc' in copy) copy.nulls_first ??= copy.desc !== true
    return quoted(copy)
  }

  const rewriteNode = (kind: string, payload: Tree, scope: CteScope): Tree | undefined => {
    const own = (member: string) => walk(payload[member], scope)
    switch (kind) {
      case 'table':
        if (isTree(payload.table_sample)) throw new EngineError('NOT_SUPPORTED', 'TABLESAMPLE is not supported here.')
        return (
          standFor(payload, scope, options.table, (table) => members(table, scope)) ?? {
            table: members(payload, scope),
          }
        )
      case 'subquery':
        refuseOtherThanQuery(payload.this)
        return undefined
      case 'select':
        return rewriteSelect(payload, scope)
      case 'lateral':
        return rowsOf(payload.this, namesIn(payload.column_aliases), String(payload.alias), scope)
      case 'literal':
        return literalOf(payload)
      case 'interval':
        return interval(payload) ?? { interval: members(payload, scope) }
      case 'count':
        return count(payload, (value) => walk(value, scope))
      case 'div':
        return divided('divide', own('left'), own('right'))
      case 'int_div':
        return divided('div', own('this'), own('expression'))
      case 'mod':
        return divided('modulo', own('left'), own('right'))
      case 'mod_func':
        return divided('modulo', own('this'), own('expression'))
      case 'add':
      case 'sub':
        return addInterval(kind, members(payload, scope))
      case 'bitwise_xor':
        return fn('xor', own('left'), own('right'))
      case 'bitwise_left_shift':
      case 'bitwise_right_shift':
        return fn(kind === 'bitwise_left_shift' ? 'spark_shiftleft' : 'spark_shiftright', own('left'), own('right'))
      case 'concat':
        return fn('spark_concat', own('left'), own('right'))
      case 'like':
      case 'i_like':
        return liked(kind, members(payload, scope))
      case 'subscript':
        return fn(ansi ? 'spark_item' : 'spark_get', own('this'), own('index'))
      case 'cast':
      case 'try_cast':
        return cast(kind, payload, scope)
      case 'extract':
        if (payload.field === 'DayOfWeek') return fn('spark_dayofweek', own('this'))
        return call({ ...NO_CALL, name: 'date_part', args: [text(fieldOf(payload.field)), own('this')] })
      case 'within_group':
        return sorted(payload, scope)
      case 'window_function':
        return rewriteWindow(payload, scope)
    }
    const found = callOf(kind, payload)
    if (!found) return undefined
    if (GROUPINGS.has(found.name)) return { [kind]: members(payload, scope) }
    const walked = walkCall(found, scope)
    return call(walked)
  }

  const walkCall = (found: Call, scope: CteScope): Call => ({
    ...found,
    args: walk(found.args, scope) as unknown[],
    filter: walk(found.filter, scope),
    orderBy: walk(found.orderBy, scope) as unknown[],
  })

  const call = (found: Call): Tree => {
    const target = duckFunction(found.name)
    if (target === undefined) throw options.unknownFunction(found.name)
    const rewritten = rewriteCall(found, options)
    if (rewritten) return rewritten
    if (found.distinct || found.filter || found.orderBy.length > 0)
      return {
        aggregate_function: {
          name: target,
          args: found.args,
          distinct: found.distinct,
          filter: found.filter,
          order_by: found.orderBy,
        },
      }
    return fn(target, ...found.args)
  }

  /** `percentile_cont(0.5) WITHIN GROUP (ORDER BY x)`, `listagg(x) WITHIN GROUP (ORDER BY y)`. */
  const sorted = (payload: Tree, scope: CteScope): Tree => {
    const node = nodeOf(payload.this)
    const found = node && callOf(node.kind, node.payload)
    const order = walk(payload.order_by, scope) as Tree[]
    if (found?.name === 'listagg' || found?.name === 'string_agg') {
      const walked = walkCall(found, scope)
      return {
        string_agg: {
          this: walked.args[0],
          separator: walked.args[1] ?? text(''),
          order_by: order,
          distinct: found.distinct,
          filter: walked.filter,
        },
      }
    }
    if (!/^percentile_(cont|disc)$/.test(found?.name ?? ''))
      throw new EngineError('NOT_SUPPORTED', 'WITHIN GROUP is not supported here.')
    const { args, filter } = walkCall(found!, scope)
    if (order[0].desc === true)
      throw new EngineError('NOT_SUPPORTED', 'A percentile in descending order is not supported.')
    return {
      aggregate_function: {
        name: `quantile_${found!.name.slice(-4)}`,
        args: [order[0].this, args[0]],
        distinct: false,
        filter,
      },
    }
  }

  const divided = (name: string, left: unknown, right: unknown) =>
    fn(`spark_${name}${ansi ? '' : '_or_null'}`, left, right)

  const cast = (kind: 'cast' | 'try_cast', payload: Tree, scope: CteScope): Tree => {
    const to = typeOf(payload.to)
    const value = walk(payload.this, scope)
    const manner = ansi ? kind : 'try_cast'
    const made = (what: unknown): Tree => ({
      [manner]: { ...payload, this: what, to, trailing_comments: [], double_colon_syntax: false },
    })
    if (to.data_type === 'text') return fn('spark_string', value)
    if (to.data_type === 'var_binary') return fn('trino_varbinary', value)
    if (WHOLE.has(to.data_type) && nodeOf(payload.this)?.kind !== 'null') return made(fn('spark_whole', value))
    return made(value)
  }

  /** The rows of a table function under a name, as a query in its place. */
  const rowsOf = (value: unknown, names: readonly string[], alias: string, scope: CteScope): Tree => {
    const node = nodeOf(value)
    const found = node && callOf(node.kind, node.payload)
    if (!found || !isGenerator(found.name)) throw options.unknownFunction(found?.name ?? node?.kind ?? '')
    return rowsQuery(generated(walkCall(found, scope), names), alias)
  }

  const rewriteSelect = (payload: Tree, outer: CteScope): Tree => {
    if (isTree(payload.sample)) throw new EngineError('NOT_SUPPORTED', 'TABLESAMPLE is not supported here.')
    const scope = withCtes(payload, outer)
    const views = ((payload.lateral_views as Tree[] | undefined) ?? []).map((view) => {
      const node = nodeOf(view.this)
      const found = node && callOf(node.kind, node.payload)
      if (!found || !isGenerator(found.name)) throw options.unknownFunction(found?.name ?? '')
      const alias = isTree(view.table_alias) ? String(view.table_alias.name) : '__lateral'
      const outerRows = view.outer === true || found.name.endsWith('_outer')
      return joinRows(
        rowsQuery(generated(walkCall(found, scope), namesIn(view.column_aliases), outerRows), alias),
        outerRows,
      )
    })
    // Rows are made by one process: what sorts each partition sorts all of them.
    const order = payload.order_by ?? payload.sort_by ?? payload.cluster_by
    const plain = {
      ...payload,
      hint: null,
      lateral_views: [],
      order_by: order ?? null,
      sort_by: null,
      cluster_by: null,
      distribute_by: null,
    }
    const from = isTree(payload.from)
      ? { ...payload.from, expressions: (payload.from.expressions as unknown[]).map((item) => source(item, scope)) }
      : payload.from
    const joins = ((payload.joins as Tree[] | undefined) ?? []).map((join) => members({ ...join, this: null }, scope))
    const joined = joins.map((join, i) => ({
      ...join,
      kind: HALF_JOINS[String(join.kind)] ?? join.kind,
      this: source((payload.joins as Tree[])[i].this, scope),
    }))
    const expressions = (payload.expressions as unknown[]).flatMap((expression) => shown(expression, scope))
    const copy = members(
      { ...plain, expressions: [], from: null, joins: [], group_by: grouped(payload.group_by) },
      outer,
    )
    return { select: { ...copy, expressions, from, joins: [...joined, ...views] } }
  }

  const source = (item: unknown, scope: CteScope): unknown => {
    const sampled = sampleOf(item)
    if (sampled) return sampleQuery(sampled, source(sampled.source, scope))
    const node = nodeOf(item)
    if (node?.kind === 'pivot')
      return pivotQuery(node.payload, source(node.payload.this, scope), (value) => walk(value, scope))
    if (node?.kind === 'unpivot') return unpivotQuery(node.payload, source(node.payload.this, scope))
    if (node?.kind === 'function') return rowsOf(item, [], String(node.payload.name).toLowerCase(), scope)
    if (node?.kind === 'alias') {
      const { alias, column_aliases } = node.payload
      return rowsOf(node.payload.this, namesIn(column_aliases), String((alias as Tree).name), scope)
    }
    return walk(item, scope)
  }

  /** The expressions of a SELECT: a function that makes rows stands for its columns. */
  const shown = (expression: unknown, scope: CteScope): unknown[] => {
    const alias = nodeOf(expression)?.kind === 'alias' ? nodeOf(expression)!.payload : undefined
    const node = nodeOf(alias ? alias.this : expression)
    const found = node && callOf(node.kind, node.payload)
    if (!found || !isGenerator(found.name)) return [walk(expression, scope)]
    const own = isTree(alias?.alias) && alias.alias.name ? [String(alias.alias.name)] : []
    return generated(walkCall(found, scope), alias ? [...own, ...namesIn(alias.column_aliases)] : []).map(aliased)
  }

  const rewriteWindow = (payload: Tree, scope: CteScope): Tree => {
    const over = walk(payload.over, scope)
    const node = nodeOf(payload.this)
    const found = node && callOf(node.kind, node.payload)
    const made = (of: unknown): Tree => ({ window_function: { ...payload, this: of, over } })
    if (!found) return made(node?.kind === 'count' ? walk(payload.this, scope) : unwindowed(node?.kind))
    const walked = walkCall(found, scope)
    const typed = windowed(walked, over)
    if (typed) return typed
    if (/^(first|last)(_value)?$/.test(found.name)) {
      const [value, ignoring] = walked.args
      const ignore_nulls = found.ignoreNulls || nodeOf(ignoring)?.payload.value === true
      return made({ [`${found.name.split('_')[0]}_value`]: { this: value, ignore_nulls, order_by: [] } })
    }
    const inner = call(walked)
    const { kind, payload: within } = nodeOf(inner)!
    // `coalesce(list(x), [])`: the window is that of the aggregate within.
    if (
      kind === 'function' &&
      within.name === 'coalesce' &&
      nodeOf((within.args as unknown[])[0])?.kind === 'aggregate_function'
    ) {
      const [aggregate, ...rest] = within.args as unknown[]
      return fn('coalesce', made(aggregate), ...rest)
    }
    return made(inner)
  }

  return walk(tree, { ctes: new Set() }) as Tree
}

function fieldOf(field: unknown): string {
  return isTree(field) ? String(Object.values(field)[0]) : String(field)
}

const NO_CALL = { distinct: false, filter: null, orderBy: [], ignoreNulls: false }

function unwindowed(kind: string | undefined): never {
  throw new EngineError('NOT_SUPPORTED', `${kind ?? 'This'} cannot stand before OVER.`)
}

/** `GROUP BY a, b WITH ROLLUP` is `GROUP BY ROLLUP (a, b)`. */
function grouped(group: unknown): unknown {
  if (!isTree(group) || !Array.isArray(group.expressions)) return group
  const plain = group.expressions.filter((expression) => !['rollup', 'cube'].includes(nodeOf(expression)?.kind ?? ''))
  const sets = plain.filter((expression) => /^grouping sets$/i.test(String(nodeOf(expression)?.payload.name)))
  if (sets.length > 0 && plain.length > sets.length)
    throw new EngineError(
      'NOT_SUPPORTED',
      'Columns before GROUPING SETS are not supported: write GROUP BY GROUPING SETS (…).',
    )
  const with_ = group.expressions
    .map((expression) => nodeOf(expression)?.kind)
    .find((kind) => kind === 'rollup' || kind === 'cube')
  return with_ ? { ...group, expressions: [fn(with_.toUpperCase(), ...plain)] } : group
}

/** A backslash escapes where nothing else is said to. */
function liked(kind: string, payload: Tree): Tree {
  const { quantifier, right } = payload
  const one = (pattern: unknown): Tree => ({
    [kind]: {
      ...payload,
      right: pattern,
      quantifier: null,
      escape: payload.escape ?? (/\\/.test(stringOf(pattern) ?? '\\') ? text('\\') : null),
    },
  })
  if (!quantifier) return one(right)
  const patterns = nodeOf(right)?.kind === 'tuple' ? (nodeOf(right)!.payload.expressions as unknown[]) : [right]
  const operator = String(quantifier).toUpperCase() === 'ALL' ? 'and' : 'or'
  return paren(patterns.map(one).reduce((left, next) => ({ [operator]: operands(left, next) })))
}

function literalOf(payload: Tree): Tree {
  const { literal_type: type, value } = payload
  if (type === 'raw_string') return text(String(value))
  return literal(payload) ?? { literal: payload }
}

/** A type in DuckDB's words, at any depth. */
function typeOf(type: unknown): Tree {
  if (!isTree(type)) return type as Tree
  const name = String(type.data_type)
  const copy = Object.fromEntries(
    Object.entries(type).map(([key, member]) => [
      key,
      Array.isArray(member)
        ? member.map((field) => (isTree(field) ? { ...field, data_type: typeOf(field.data_type) } : field))
        : isTree(member)
          ? typeOf(member)
          : member,
    ]),
  )
  if (name === 'decimal' && type.precision === null) return { ...copy, precision: 10, scale: 0 }
  return { ...copy, data_type: isTree(type.data_type) ? copy.data_type : (TYPES[name] ?? name) }
}
