import { fn, isTree, nodeOf, number, parseSql, type Tree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Call } from './calls.ts'

/**
 * Functions that make rows of a value (Spark SQL Reference, "LATERAL VIEW", "Table-valued Functions"), as queries that unnest it. Whether
 * a value is an array or a map is told by how many columns are named: DuckDB has no word for "whichever it is".
 */
const GENERATORS = new Set([
  'explode',
  'explode_outer',
  'posexplode',
  'posexplode_outer',
  'inline',
  'inline_outer',
  'stack',
  'range',
])

export const isGenerator = (name: string): boolean => GENERATORS.has(name)

const identifier = (name: string): Tree => ({ name, quoted: true, trailing_comments: [] })

/** Columns of the rows, each an expression that unnests. `names` are those that the query gives them. */
export function generated(
  { name, args }: Call,
  names: readonly string[],
  outer = name.endsWith('_outer'),
): { name: string; value: Tree }[] {
  const [a, b, c] = args
  const each = (value: unknown): Tree => fn('unnest', outer ? fn('spark_or_null', value) : value)
  const called = (values: readonly Tree[], usual: readonly string[]) => {
    if (names.length > 0 && names.length !== values.length)
      throw new EngineError(
        'UDTF_ALIAS_NUMBER_MISMATCH',
        `The number of aliases does not match the number of output columns: ${name} gives ${values.length}.`,
      )
    return values.map((value, i) => ({ name: names[i] ?? usual[i], value }))
  }
  switch (name.replace(/_outer$/, '')) {
    case 'explode': {
      const isMap =
        names.length === 2 || /^(map|map_.*|spark_str_to_map|str_to_map)$/.test(String(nodeOf(a)?.payload.name))
      return isMap
        ? called([each(fn('map_keys', a)), each(fn('map_values', a))], ['key', 'value'])
        : called([each(a)], ['col'])
    }
    case 'posexplode': {
      const places = (of: Tree) => each(fn('range', fn('len', of)))
      return names.length === 3
        ? called([places(fn('map_keys', a)), each(fn('map_keys', a)), each(fn('map_values', a))], [])
        : called([places(a as Tree), each(a)], ['pos', 'col'])
    }
    case 'stack': {
      const rows = Number(nodeOf(a)?.payload.value)
      if (!(rows > 0)) throw new EngineError('NOT_SUPPORTED', 'The number of rows of stack must be written out.')
      const width = Math.ceil((args.length - 1) / rows)
      const column = (at: number) =>
        fn('list_value', ...Array.from({ length: rows }, (_, row) => args[1 + row * width + at] ?? { null: null }))
      return called(
        Array.from({ length: width }, (_, at) => fn('unnest', column(at))),
        Array.from({ length: width }, (_, at) => `col${at}`),
      )
    }
    case 'range':
      return called([fn('unnest', b === undefined ? fn('range', a) : fn('range', a, b, c ?? number(1)))], ['id'])
  }
  throw new EngineError(
    'NOT_SUPPORTED',
    `${name} makes a column of each field: write LATERAL VIEW explode, and name the fields.`,
  )
}

/** `(SELECT unnest(…) AS k) AS x`, which sees the tables before it where it is lateral. */
export function rowsQuery(columns: readonly { name: string; value: Tree }[], alias: string): Tree {
  const [template] = parseSql('SELECT 1 FROM a JOIN LATERAL (SELECT 1) AS x ON true', 'duckdb')
  const [{ this: subquery }] = (template.select as Tree).joins as Tree[]
  const { payload } = nodeOf(subquery)!
  const select = nodeOf(payload.this)!.payload
  return {
    subquery: {
      ...payload,
      this: { select: { ...select, expressions: columns.map(aliased) } },
      alias: identifier(alias),
    },
  }
}

export const aliased = ({ name, value }: { name: string; value: Tree }): Tree => ({
  alias: {
    this: value,
    alias: identifier(name),
    column_aliases: [],
    alias_explicit_as: true,
    pre_alias_comments: [],
    trailing_comments: [],
  },
})

/** A join to the rows of a LATERAL VIEW; with OUTER a row stays that gives none. */
export function joinRows(rows: Tree, outer: boolean): Tree {
  const [template] = parseSql(`SELECT 1 FROM a ${outer ? 'LEFT' : ''} JOIN b ON true`, 'duckdb')
  const [join] = (template.select as Tree).joins as Tree[]
  return { ...join, this: rows }
}

/** The names that a list of columns gives. */
export const namesIn = (aliases: unknown): string[] =>
  ((aliases as unknown[] | null) ?? []).map((alias) =>
    typeof alias === 'string' ? alias : isTree(alias) ? String(alias.name) : '',
  )
