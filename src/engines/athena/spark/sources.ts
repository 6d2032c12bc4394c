import {
  fn,
  isTree,
  nodeOf,
  number,
  operands,
  parseSql,
  stringOf,
  type Tree,
  text,
  visitTree,
  writeSql,
} from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { callOf } from './calls.ts'
import { aliased, namesIn } from './rows.ts'

/** What may stand behind a table: TABLESAMPLE, PIVOT and UNPIVOT (Spark SQL Reference, "Sampling Queries", "PIVOT Clause", "UNPIVOT Clause"), as queries. */

interface Named {
  readonly alias?: Tree
  readonly columnAliases?: unknown
}

interface Sampled extends Named {
  readonly source: Tree
  readonly sample: Tree
}

const identifier = (name: string): Tree => ({ name, quoted: true, trailing_comments: [] })

/** A source with its sample taken off. Its rows go by the name that the source had. */
export function sampleOf(item: unknown): Sampled | undefined {
  const node = nodeOf(item)
  if (node?.kind === 'table' && isTree(node.payload.table_sample)) {
    const { table_sample: sample, ...table } = node.payload
    const name = isTree(table.alias) ? table.alias : (table.name as Tree)
    return {
      source: { table: { ...table, table_sample: null } },
      sample: sample as Tree,
      alias: identifier(String(name.name)),
    }
  }
  if (node?.kind === 'table_sample' && isTree(node.payload.sample)) {
    const source = node.payload.this as Tree
    const { alias, name } = nodeOf(source)!.payload
    const known = isTree(alias) ? alias.name : name
    return { source, sample: node.payload.sample, ...(typeof known === 'string' && { alias: identifier(known) }) }
  }
  if (node?.kind !== 'alias') return undefined
  const within = sampleOf(node.payload.this)
  return within && { ...within, alias: node.payload.alias as Tree, columnAliases: node.payload.column_aliases }
}

/** Rows are the first that come; a percentage or a bucket of all is drawn row by row. `source` has been rewritten. */
export function sampleQuery({ sample, ...named }: Sampled, source: unknown): Tree {
  const query = queryOver(source)
  const method = String(sample.method)
  if (method === 'Row') return inPlace({ ...query, limit: { this: number(rowsOf(sample)) } }, named)
  const percent = method === 'Bucket' ? bucketOf(sample) : method === 'Percent' ? numberOf(sample.size) : undefined
  if (percent === undefined)
    throw new EngineError('NOT_SUPPORTED', 'TABLESAMPLE takes ROWS, PERCENT, or BUCKET x OUT OF y without ON.')
  if (!(percent >= 0 && percent <= 100))
    throw new EngineError('INVALID_PARAMETER_VALUE', `Sampling fraction (${percent / 100}) must be on interval [0, 1]`)
  const [template] = parseSql('SELECT * FROM a USING SAMPLE BERNOULLI (1 PERCENT)', 'duckdb')
  const drawn = { ...(nodeOf(template)!.payload.sample as Tree), size: number(percent), seed: seedOf(sample) }
  return inPlace({ ...query, sample: drawn }, named)
}

function rowsOf({ size }: Tree): number {
  const rows = numberOf(size)
  if (Number.isInteger(rows) && rows >= 0) return rows
  throw new EngineError(
    'INVALID_LIMIT_LIKE_EXPRESSION',
    'TABLESAMPLE takes a whole number of ROWS that is written out.',
  )
}

function seedOf({ seed }: Tree): Tree | null {
  if (!seed) return null
  if (Number.isInteger(numberOf(seed))) return number(numberOf(seed))
  throw new EngineError('NOT_SUPPORTED', 'The seed of REPEATABLE is a whole number that is written out.')
}

function bucketOf(sample: Tree): number | undefined {
  if (sample.bucket_field) return undefined
  return (100 * numberOf(sample.bucket_numerator)) / numberOf(sample.bucket_denominator)
}

function numberOf(value: unknown): number {
  const literal = nodeOf(value)?.payload
  return literal?.literal_type === 'number' ? Number(literal.value) : Number.NaN
}

/**
 * `source PIVOT (sum(x) AS s, … FOR (k, …) IN (value AS name, …))` in two steps, as Spark does it: the aggregates by all columns that they do not
 * read, then those of each value side by side, NULL where there was no row.
 */
export function pivotQuery(pivot: Tree, source: unknown, walk: (value: unknown) => unknown): Tree {
  const { keys, values } = choiceOf(pivot)
  const aggregates = (pivot.expressions as unknown[]).map((expression, i) => {
    const alias = nodeOf(expression)?.kind === 'alias' ? nodeOf(expression)!.payload : undefined
    const value = alias ? alias.this : expression
    if (!hasAggregate(value))
      throw new EngineError(
        'UNSUPPORTED_FEATURE.PIVOT',
        `Aggregate expression required for pivot, but '${writeSql(value as Tree, 'spark')}' did not appear in any aggregate function.`,
      )
    return {
      value,
      name: alias ? String((alias.alias as Tree).name) : writeSql(value as Tree, 'spark'),
      as: `__pivot${i}`,
    }
  })
  const key = new Set(keys.map(columnName))
  const read = new Set<string>()
  visitTree(
    aggregates.map(({ value }) => value),
    (tree) => {
      const node = nodeOf(tree)
      if (node?.kind === 'column' && !key.has(columnName(tree))) read.add(columnName(tree))
    },
  )
  const grouped = queryOver(source, 'GROUP BY ALL')
  const inner = {
    ...grouped,
    expressions: [
      allBut([...read]),
      ...aggregates.map(({ value, as }) => aliased({ name: as, value: walk(value) as Tree })),
    ],
  }
  const chosen = values.flatMap(({ members, name }) =>
    aggregates.map((aggregate) => {
      const filter = keys
        .map((column, i): Tree => ({ null_safe_eq: operands(column, walk(members[i])) }))
        .reduce((all, next) => ({ and: operands(all, next) }))
      const first = {
        aggregate_function: { name: 'any_value', args: [column(aggregate.as)], distinct: false, filter, order_by: [] },
      }
      return aliased({ name: aggregates.length === 1 ? name : `${name}_${aggregate.name}`, value: first })
    }),
  )
  const outer = {
    ...queryOver(inPlace(inner, {}), 'GROUP BY ALL'),
    expressions: [allBut([...key, ...aggregates.map(({ as }) => as)]), ...chosen],
  }
  return inPlace(outer, { ...(isTree(pivot.alias) && { alias: pivot.alias }), columnAliases: pivot.alias_columns })
}

/** `source UNPIVOT (v FOR k IN (a, b AS c))`: for each row one for each column, with the column's name; several values stand in brackets. */
export function unpivotQuery(unpivot: Tree, source: unknown): Tree {
  const values = [unpivot.value_column, ...((unpivot.extra_value_columns as unknown[] | null) ?? [])].map(nameIn)
  const groups = (unpivot.columns as unknown[]).map((entry) => {
    const { kind, payload } = nodeOf(entry)!
    const isNamed = kind === 'alias' || kind === 'pivot_alias'
    const members = membersOf(isNamed ? payload.this : entry)
    if (members.length !== values.length || members.some((member) => nodeOf(member)?.kind !== 'column'))
      throw new EngineError('NOT_SUPPORTED', `UNPIVOT takes columns in IN, ${values.length} in each place.`)
    const names = members.map(columnName)
    return { names, shown: isNamed ? nameIn(payload.alias) : names.join('_') }
  })
  const each = (members: readonly Tree[]) => fn('unnest', fn('list_value', ...members))
  const inner = {
    ...queryOver(source),
    expressions: [
      allBut([...new Set(groups.flatMap(({ names }) => names))]),
      aliased({ name: nameIn(unpivot.name_column), value: each(groups.map(({ shown }) => text(shown))) }),
      ...values.map((name, i) => aliased({ name, value: each(groups.map(({ names }) => column(names[i]))) })),
    ],
  }
  const present = values
    .map((name): Tree => ({ is_null: { this: column(name), not: true, postfix_form: false } }))
    .reduce((all, next) => ({ or: operands(all, next) }))
  const outer = queryOver(inPlace(inner, {}))
  const rows = unpivot.include_nulls === true ? outer : { ...outer, where_clause: { this: present } }
  return inPlace(rows, { ...(isTree(unpivot.alias) && { alias: unpivot.alias }) })
}

const AGGREGATE =
  /^(any|any_value|approx_count_distinct|approx_percentile|array_agg|avg|bit_(and|or|xor)|bool_(and|or)|collect_(list|set)|corr|count|count_if|covar_(pop|samp)|every|first|first_value|last|last_value|listagg|max|max_by|mean|median|min|min_by|mode|percentile|percentile_approx|regr_\w+|some|std|stddev|stddev_(pop|samp)|string_agg|sum|var_(pop|samp)|variance)$/

function hasAggregate(value: unknown): boolean {
  let found = false
  visitTree(value, (tree) => {
    const node = nodeOf(tree)
    if (node) found ||= node.kind === 'count' || AGGREGATE.test(callOf(node.kind, node.payload)?.name ?? '')
  })
  return found
}

/** The columns by whose values the rows are chosen, and the values with the names of their columns. */
function choiceOf(pivot: Tree): { keys: Tree[]; values: { members: unknown[]; name: string }[] } {
  const field = nodeOf((pivot.fields as unknown[])[0])
  if (field?.kind !== 'in' || (pivot.fields as unknown[]).length !== 1)
    throw new EngineError('NOT_SUPPORTED', 'PIVOT takes FOR column IN (values) here.')
  const keys = membersOf(field.payload.this).map((key) => {
    if (nodeOf(key)?.kind === 'column') return column(columnName(key))
    throw new EngineError(
      'NOT_SUPPORTED',
      'PIVOT takes columns behind FOR: select an expression under a name before it.',
    )
  })
  const values = (field.payload.expressions as unknown[]).map((entry) => {
    const { kind, payload } = nodeOf(entry)!
    const isNamed = kind === 'alias' || kind === 'pivot_alias'
    const members = membersOf(isNamed ? payload.this : entry)
    const name = isNamed ? nameIn(payload.alias) : shownOf(members)
    if (members.length !== keys.length)
      throw new EngineError(
        'PIVOT_VALUE_DATA_TYPE_MISMATCH',
        `The pivot value ${name} has ${members.length} members, and there are ${keys.length} pivot columns.`,
      )
    return { members, name }
  })
  return { keys, values }
}

const membersOf = (value: unknown): unknown[] =>
  nodeOf(value)?.kind === 'tuple' ? (nodeOf(value)!.payload.expressions as unknown[]) : [value]

function shownOf(members: readonly unknown[]): string {
  const texts = members.map((member) => stringOf(member) ?? writeSql(member as Tree, 'spark'))
  return texts.length === 1 ? texts[0] : `{${texts.join(', ')}}`
}

const nameIn = (alias: unknown): string => {
  const node = nodeOf(alias)
  return String(node?.kind === 'column' ? (node.payload.name as Tree).name : (alias as Tree).name)
}
const columnName = (value: unknown): string => String((nodeOf(value)?.payload.name as Tree | undefined)?.name)
const column = (name: string): Tree => ({ column: { name: identifier(name), table: null, trailing_comments: [] } })

function allBut(names: readonly string[]): Tree {
  return {
    star: {
      table: null,
      except: names.length > 0 ? names.map(identifier) : null,
      replace: null,
      rename: null,
      trailing_comments: [],
    },
  }
}

/** The payload of `SELECT * FROM source`. */
function queryOver(source: unknown, rest = ''): Tree {
  const [template] = parseSql(`SELECT * FROM a ${rest}`, 'duckdb')
  const select = nodeOf(template)!.payload
  return { ...select, from: { ...(select.from as Tree), expressions: [source] } }
}

/** A query in the place of a table. */
function inPlace(select: Tree, { alias, columnAliases }: Named): Tree {
  const [template] = parseSql('SELECT * FROM (SELECT 1)', 'duckdb')
  const [subquery] = (nodeOf(template)!.payload.from as Tree).expressions as Tree[]
  return {
    subquery: {
      ...nodeOf(subquery)!.payload,
      this: { select },
      ...(alias && { alias: identifier(String(alias.name)), alias_explicit_as: true }),
      ...(alias && { column_aliases: namesIn(columnAliases).map(identifier) }),
    },
  }
}
