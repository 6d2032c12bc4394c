import type { TableSource } from '../tables.ts'

/** An operator of the plan that really runs, in Trino's words. */
export interface PlanNode {
  readonly id: number
  readonly name: string
  readonly descriptor: Readonly<Record<string, string>>
  /** Expressions and conditions, one a line. */
  readonly details: readonly string[]
  /** Rows that DuckDB expects; null where it does not say. */
  readonly estimatedRows: number | null
  readonly measured?: { readonly ms: number; readonly rows: number; readonly bytes: number }
  readonly children: readonly PlanNode[]
}

interface DuckNode {
  name?: string
  operator_name?: string
  operator_timing?: number
  operator_cardinality?: number
  result_set_size?: number
  extra_info?: Record<string, unknown>
  children?: DuckNode[]
}

/** Trino's names of DuckDB's operators. What has no counterpart keeps its own. */
const NAMES: Readonly<Record<string, string>> = {
  PROJECTION: 'Project',
  FILTER: 'Filter',
  UNGROUPED_AGGREGATE: 'Aggregate',
  SIMPLE_AGGREGATE: 'Aggregate',
  HASH_GROUP_BY: 'Aggregate',
  PERFECT_HASH_GROUP_BY: 'Aggregate',
  PARTITIONED_AGGREGATE: 'Aggregate',
  ORDER_BY: 'Sort',
  TOP_N: 'TopN',
  LIMIT: 'Limit',
  STREAMING_LIMIT: 'Limit',
  LIMIT_PERCENT: 'Limit',
  UNION: 'Union',
  WINDOW: 'Window',
  STREAMING_WINDOW: 'Window',
  UNNEST: 'Unnest',
  CROSS_PRODUCT: 'CrossJoin',
  DUMMY_SCAN: 'Values',
  COLUMN_DATA_SCAN: 'Values',
  EMPTY_RESULT: 'Values',
  RESERVOIR_SAMPLE: 'Sample',
  STREAMING_SAMPLE: 'Sample',
}
const JOIN = /JOIN$/
const SCAN = /^(READ_PARQUET|PARQUET_SCAN|READ_CSV|READ_JSON|SEQ_SCAN|TABLE_SCAN)/

/** DuckDB's plan of a query over marked tables, of EXPLAIN or EXPLAIN ANALYZE as JSON. */
export function planOf(json: unknown, tables: ReadonlyMap<string, TableSource>): PlanNode {
  let ids = 0
  const read = (node: DuckNode): PlanNode => {
    const id = ids++
    const own = String(node.operator_name ?? node.name ?? 'Output').trim()
    const info = node.extra_info ?? {}
    const rows = Number(info['Estimated Cardinality'])
    return {
      id,
      ...wordsOf(own, info, tables),
      estimatedRows: Number.isFinite(rows) ? rows : null,
      ...(node.operator_timing !== undefined && {
        measured: {
          ms: node.operator_timing * 1000,
          rows: node.operator_cardinality ?? 0,
          bytes: node.result_set_size ?? 0,
        },
      }),
      children: (node.children ?? []).map(read),
    }
  }
  return read(rootOf(json as DuckNode | DuckNode[]))
}

/** EXPLAIN gives a list of one tree; ANALYZE hangs the tree below the query and the explaining itself. */
function rootOf(json: DuckNode | DuckNode[]): DuckNode {
  let node = Array.isArray(json) ? json[0] : json
  while ((node.operator_name ?? node.name ?? 'EXPLAIN_ANALYZE') === 'EXPLAIN_ANALYZE' && node.children?.length)
    node = node.children[0]
  return node
}

function wordsOf(
  own: string,
  info: Readonly<Record<string, unknown>>,
  tables: ReadonlyMap<string, TableSource>,
): Pick<PlanNode, 'name' | 'descriptor' | 'details'> {
  const shown = (value: unknown) => lines(value).map((text) => named(text, tables))
  if (SCAN.test(own)) {
    const mark = /\bt\d+(?=r\d+_)/.exec([...lines(info.Projections), ...lines(info.Filters)].join(' '))?.[0]
    const source = mark === undefined ? onlyOf(tables) : tables.get(mark)
    const descriptor = {
      ...(source && { table: `awsdatacatalog:${source.table.database}:${source.table.name}` }),
      ...joined('filterPredicate', shown(info.Filters), ' AND '),
    }
    return {
      name: info.Filters === undefined ? 'TableScan' : 'ScanFilter',
      descriptor,
      details: shown(info.Projections),
    }
  }
  if (JOIN.test(own)) {
    const type = String(info['Join Type'] ?? 'INNER').toLowerCase()
    const name = `${type[0].toUpperCase()}${type.slice(1)}Join`
    return { name, descriptor: joined('criteria', shown(info.Conditions), ' AND '), details: [] }
  }
  const descriptor = {
    ...joined('keys', shown(info.Groups), ', '),
    ...joined('orderBy', shown(info['Order By'] ?? info['Order by']), ', '),
    ...joined('count', lines(info.Top ?? info.Limit), ''),
  }
  const details = [info.Projections, info.Aggregates, info.Expression, info.Text].flatMap(shown)
  return { name: NAMES[own] ?? own, descriptor, details }
}

function joined(name: string, texts: readonly string[], by: string): Record<string, string> {
  return texts.length === 0 ? {} : { [name]: texts.join(by) }
}

function lines(value: unknown): string[] {
  if (value === undefined || value === null || value === '') return []
  return Array.isArray(value) ? value.map(String) : String(value).split('\n')
}

/** Marks of columns as the columns' names. */
function named(text: string, tables: ReadonlyMap<string, TableSource>): string {
  return text.replace(/\b(t\d+)r\d+_(\d+|file)\b/g, (mark, table: string, index: string) => {
    if (index === 'file') return '$path'
    return tables.get(table)?.markedColumns[Number(index)]?.name ?? mark
  })
}

function onlyOf(tables: ReadonlyMap<string, TableSource>): TableSource | undefined {
  return tables.size === 1 ? [...tables.values()][0] : undefined
}
