import { isTree, nodeOf, parseSql, stringOf, type Tree } from '../kit/node/sql/tree.ts'
import type { Located } from './files.ts'
import type { RowGroup } from './parquet.ts'
import type { TableSlice, TableSource } from './tables.ts'

/** What a query reads of one table: columns by index in `markedColumns`, and the conditions that DuckDB pushed into the scan. */
export interface ScanUse {
  readonly columns: Set<number>
  /** Each scan's conditions, to be met all; a table that is scanned twice has two. */
  readonly scans: Tree[][]
}

interface PlanNode {
  name?: string
  children?: PlanNode[]
  extra_info?: Record<string, unknown>
}

export interface PlanUses {
  /** By mark of the read. */
  readonly uses: ReadonlyMap<string, ScanUse>
  /** Scans that take no column at all, such as those of `count(*)`. */
  readonly bare: number
}

/** Reads an `EXPLAIN (FORMAT json)` of the query over marked tables: which columns and conditions each scan has. */
export function readPlan(plan: unknown): PlanUses {
  const uses = new Map<string, ScanUse>()
  let bare = 0
  const walk = (node: PlanNode) => {
    for (const child of node.children ?? []) walk(child)
    const info = node.extra_info
    if (!info || !/^(READ_PARQUET|PARQUET_SCAN|READ_CSV|READ_JSON)/.test(String(info.Function ?? node.name))) return
    const filters = texts(info.Filters)
    const own = [...texts(info.Projections), ...filters].join(' ')
    const columns = [...own.matchAll(/\b(t\d+r\d+)_(\d+)\b/g)]
    if (columns.length === 0) bare++
    for (const [, mark, index] of columns) {
      const use = uses.get(mark) ?? { columns: new Set(), scans: [] }
      use.columns.add(Number(index))
      uses.set(mark, use)
    }
    if (columns.length > 0) uses.get(columns[0][1])?.scans.push(filters.flatMap(conditionOf))
  }
  for (const node of Array.isArray(plan) ? (plan as PlanNode[]) : [plan as PlanNode]) walk(node)
  return { uses, bare }
}

function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(String)
  return value === undefined || value === '' ? [] : [String(value)]
}

/** A pushed condition as a tree; one that cannot be read prunes nothing. */
function conditionOf(text: string): Tree[] {
  const plain = text.replaceAll('optional: ', '').replace(/Dynamic Filter \([^)]*\)/g, 'true')
  try {
    const node = nodeOf(parseSql(`SELECT ${plain}`, 'duckdb')[0])
    const expression = (node?.payload.expressions as unknown[] | undefined)?.[0]
    return isTree(expression) ? [expression] : []
  } catch {
    return []
  }
}

/**
 * Bytes that Athena would scan (row T2): of Parquet the footers, and the compressed chunks of the referenced columns in the
 * row groups whose statistics do not rule them out; of text the whole files. Partitions that a condition rules out count
 * nothing. A table is counted once for each place in the text that names it, caches or not.
 */
export function bytesScanned(source: TableSource, plan: PlanUses, mark: string): number {
  let bytes = source.beside?.bytes ?? 0
  source.reads.forEach((read, r) => {
    const readMark = `${mark}r${r}`
    const use = plan.uses.get(readMark)
    // A read that takes no column (`count(*)` is answered from footers) or that a condition rules out is not in the plan by its mark.
    const ruledOut = source.table.format !== 'parquet' || (source.table.partitionKeys.length > 0 && !read.hive)
    if (!use && plan.bare === 0 && ruledOut) return
    for (const slice of read.slices) {
      if (use && !partitionMayMatch(source, slice, use, readMark)) continue
      for (const file of slice.files) {
        bytes += source.table.format === 'parquet' ? parquetBytes(file, source, use, readMark) : file.size
      }
    }
  })
  return bytes
}

function partitionMayMatch(source: TableSource, slice: TableSlice, use: ScanUse, mark: string): boolean {
  const values = new Map(source.table.partitionKeys.map((key, i) => [key.name, slice.values[i]]))
  const ranges = partitionRanges(source, mark, values)
  return use.scans.some((conditions) => conditions.every((condition) => mayHold(condition, ranges)))
}

function parquetBytes(file: Located, source: TableSource, use: ScanUse | undefined, mark: string): number {
  const { footerBytes, columns, rowGroups } = source.footers(file)
  let bytes = footerBytes
  if (!use) return bytes
  const stored = new Map(columns.map((column) => [column.name.toLowerCase(), column.name]))
  const wanted = [...use.columns]
    .map((index) => source.markedColumns[index])
    .filter((column) => column && !column.partition)
    .map((column) => stored.get(column.name))
  for (const group of rowGroups) {
    const ranges = groupRanges(source, mark, group, stored)
    if (!use.scans.some((conditions) => conditions.every((condition) => mayHold(condition, ranges)))) continue
    for (const name of wanted) bytes += (name !== undefined && group.chunks.get(name)?.bytes) || 0
  }
  return bytes
}

/** The least and the greatest value of a column, as text; undefined where nothing is known of it. */
type Ranges = (column: string) => { min: string; max: string; nulls: number | null; rows: number } | undefined

function partitionRanges(source: TableSource, mark: string, constants: Map<string, string | null>): Ranges {
  return (column) => {
    const known = columnOf(source, mark, column)
    const value = known?.partition ? constants.get(known.name) : undefined
    return value === undefined || value === null ? undefined : { min: value, max: value, nulls: 0, rows: 1 }
  }
}

function groupRanges(source: TableSource, mark: string, group: RowGroup, stored: Map<string, string>): Ranges {
  return (column) => {
    const known = columnOf(source, mark, column)
    const name = known && !known.partition ? stored.get(known.name) : undefined
    const chunk = name === undefined ? undefined : group.chunks.get(name)
    if (chunk?.min == null || chunk.max == null) return undefined
    return { min: chunk.min, max: chunk.max, nulls: chunk.nulls, rows: group.rows }
  }
}

function columnOf(source: TableSource, mark: string, column: string) {
  return column.startsWith(`${mark}_`) ? source.markedColumns[Number(column.slice(mark.length + 1))] : undefined
}

/** Whether a condition can be true of some row of the ranges; what is not understood may be. */
export function mayHold(condition: unknown, ranges: Ranges): boolean {
  const node = nodeOf(condition)
  if (!node) return true
  const { kind, payload } = node
  switch (kind) {
    case 'paren':
      return mayHold(payload.this, ranges)
    case 'and':
      return mayHold(payload.left, ranges) && mayHold(payload.right, ranges)
    case 'or':
      return mayHold(payload.left, ranges) || mayHold(payload.right, ranges)
    case 'boolean':
      return payload.value !== false
    case 'eq':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return comparisonMayHold(kind, payload, ranges)
    case 'in': {
      if (payload.not === true || !Array.isArray(payload.expressions)) return true
      return payload.expressions.some((value) => comparisonMayHold('eq', { left: payload.this, right: value }, ranges))
    }
    case 'between':
      if (payload.not === true) return true
      return (
        comparisonMayHold('gte', { left: payload.this, right: payload.low }, ranges) &&
        comparisonMayHold('lte', { left: payload.this, right: payload.high }, ranges)
      )
    case 'is_null': {
      const range = rangeOf(payload.this, ranges)
      return payload.not === true ? range?.nulls !== range?.rows : range?.nulls !== 0
    }
  }
  return true
}

function rangeOf(value: unknown, ranges: Ranges): ReturnType<Ranges> {
  const node = nodeOf(value)
  if (node?.kind !== 'column') return undefined
  const name = node.payload.name as { name?: string } | undefined
  return name?.name === undefined ? undefined : ranges(name.name)
}

function comparisonMayHold(kind: string, payload: Tree, ranges: Ranges): boolean {
  const range = rangeOf(payload.left, ranges)
  const value = constantOf(payload.right)
  if (!range || value === undefined) return true
  const low = compare(value, range.min)
  const high = compare(value, range.max)
  if (kind === 'eq') return low >= 0 && high <= 0
  if (kind === 'lt') return low > 0
  if (kind === 'lte') return low >= 0
  return kind === 'gt' ? high < 0 : high <= 0
}

function constantOf(value: unknown): string | undefined {
  const node = nodeOf(value)
  if (!node) return undefined
  if (node.kind === 'literal') return stringOf(value) ?? String(node.payload.value)
  if (node.kind === 'cast') return constantOf(node.payload.this)
  if (node.kind === 'neg') {
    const inner = constantOf(node.payload.this)
    return inner === undefined ? undefined : `-${inner}`
  }
  return undefined
}

/** Numbers by value; dates and times, which DuckDB writes in ISO form, and all other text by its characters. */
function compare(a: string, b: string): number {
  const x = Number(a)
  const y = Number(b)
  if (a.trim() !== '' && b.trim() !== '' && !Number.isNaN(x) && !Number.isNaN(y)) return x - y
  return a < b ? -1 : a > b ? 1 : 0
}
