import type { z } from 'zod'
import { EngineError } from '../kit/pure/errors.ts'
import type { Cell, Column } from '../kit/pure/table.ts'
import type { Aggregate, FieldUse, Filter, Granularity, VisualQuery } from './contract.ts'
import { truncSql } from './expression/functions.ts'
import { findColumn, valueType } from './prepare.ts'
import { Params, quoted } from './sql.ts'

/** What a query reads: a SPICE table or the rows of a direct query, and their columns. */
export interface QueryTarget {
  /** What stands after FROM. */
  readonly from: string
  readonly columns: readonly Column[]
  /** Parameters that `from` binds already. */
  readonly params?: Params
}

export interface CompiledQuery {
  readonly sql: string
  readonly values: Params['values']
  /** Names of the columns as the visual shows them. */
  readonly labels: readonly string[]
}

type AggregateName = z.infer<typeof Aggregate>
type GranularityName = z.infer<typeof Granularity>

const AGGREGATES: Readonly<Record<AggregateName, { sql(column: string): string; numeric: boolean }>> = {
  sum: { sql: (column) => `sum(${column})`, numeric: true },
  average: { sql: (column) => `avg(${column})`, numeric: true },
  count: { sql: (column) => `count(${column})`, numeric: false },
  distinctCount: { sql: (column) => `count(DISTINCT ${column})`, numeric: false },
  min: { sql: (column) => `min(${column})`, numeric: false },
  max: { sql: (column) => `max(${column})`, numeric: false },
  median: { sql: (column) => `median(${column})`, numeric: true },
  stdev: { sql: (column) => `stddev_samp(${column})`, numeric: true },
}

/** DuckDB's SQL of a visual's query. One row more than the limit is asked for, so that it is known whether there are more. */
export function compileQuery(
  query: VisualQuery,
  target: QueryTarget,
  binWidths: ReadonlyMap<number, number> = new Map(),
): CompiledQuery {
  if (query.fields.length === 0) throw invalid('A visual asks for at least one field.', 'fields')
  const params = target.params ?? new Params()
  const fields = query.fields.map((use, i) => fieldSql(use, i, target, binWidths.get(i)))
  const measures = query.fields.some((use) => use.aggregate)
  if (query.detail && measures) throw invalid('Rows of detail have no aggregates.', 'detail')
  const dimensions = query.fields.flatMap((use, i) => (use.aggregate ? [] : [i + 1]))
  const group = query.detail || dimensions.length === 0 ? '' : ` GROUP BY ${dimensions.join(', ')}`
  const sql =
    `SELECT ${fields.map((field, i) => `${field} AS f${i}`).join(', ')} FROM ${target.from}` +
    whereSql(query.filters, target, params) +
    group +
    orderSql(query, dimensions) +
    ` LIMIT ${query.limit + 1}`
  return { sql, values: params.values, labels: query.fields.map(label) }
}

/** Least and greatest value of a field that is to be cut into intervals. */
export function compileExtent(query: VisualQuery, index: number, target: QueryTarget): CompiledQuery {
  const column = need(target, query.fields[index].column, `fields[${index}].column`)
  return extentSql(`CAST(${quoted(column.name)} AS DOUBLE)`, query.filters, target)
}

/** First and last moment of a field with a granularity. Filters of other columns say nothing about how far the data reach. */
export function compilePeriodExtent(query: VisualQuery, index: number, target: QueryTarget): CompiledQuery {
  const column = need(target, query.fields[index].column, `fields[${index}].column`)
  const own = query.filters.filter((filter) => findColumn(target.columns, filter.column) === column)
  return extentSql(quoted(column.name), own, target)
}

function extentSql(value: string, filters: readonly Filter[], target: QueryTarget): CompiledQuery {
  const params = target.params ?? new Params()
  const sql = `SELECT min(${value}), max(${value}) FROM ${target.from}${whereSql(filters, target, params)}`
  return { sql, values: params.values, labels: ['min', 'max'] }
}

/** A round width (1, 2, 2.5 or 5 times a power of ten) that cuts the extent into about `bins` intervals. */
export function roundWidth(least: number, greatest: number, bins: number): number {
  const exact = (greatest - least) / bins
  if (!Number.isFinite(exact) || exact <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(exact))
  const step = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= exact * 0.999) ?? 10
  return step * power
}

/** Distinct values of a column, most frequent first. */
export function compileValues(target: QueryTarget, columnName: string, search: string, limit: number): CompiledQuery {
  const params = target.params ?? new Params()
  const column = need(target, columnName, 'column')
  const name = quoted(column.name)
  const where = search ? ` WHERE ${containsSql(name, search, params)}` : ''
  const sql = `SELECT ${name} FROM ${target.from}${where} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ${limit}`
  return { sql, values: params.values, labels: [column.name] }
}

function label(use: FieldUse): string {
  if (use.label) return use.label
  if (!use.aggregate) return use.column
  return use.column === '*' ? 'count' : `${use.aggregate} of ${use.column}`
}

function fieldSql(use: FieldUse, index: number, target: QueryTarget, binWidth: number | undefined): string {
  if (use.column === '*') {
    if (use.aggregate === 'count') return 'count(*)'
    throw invalid('`*` stands only with the aggregate count.', `fields[${index}].column`)
  }
  const column = need(target, use.column, `fields[${index}].column`)
  const name = quoted(column.name)
  const type = valueType(column.type)
  const numeric = type === 'integer' || type === 'decimal'
  if (use.aggregate) {
    const aggregate = AGGREGATES[use.aggregate]
    if (aggregate.numeric && !numeric)
      throw invalid(`${use.aggregate} needs numbers; ${column.name} is a ${type}.`, `fields[${index}].aggregate`)
    // Sums of 32-bit integers fit 64 bits and come as such; sums of 64-bit ones keep every digit.
    return use.aggregate === 'sum' && column.type === 'integer' ? `CAST(sum(${name}) AS BIGINT)` : aggregate.sql(name)
  }
  if (use.granularity) {
    if (type !== 'datetime')
      throw invalid(`A granularity needs dates; ${column.name} is a ${type}.`, `fields[${index}].granularity`)
    const start = truncSql(use.granularity.toLowerCase(), name)
    return isDayOrMore(use.granularity) ? `CAST(${start} AS DATE)` : start
  }
  if (use.bins) {
    if (!numeric) throw invalid(`Intervals need numbers; ${column.name} is a ${type}.`, `fields[${index}].bins`)
    if (binWidth === undefined) throw invalid('The width of the intervals is not known.', `fields[${index}].bins`)
    return `floor(CAST(${name} AS DOUBLE) / ${binWidth}) * ${binWidth}`
  }
  return name
}

const isDayOrMore = (granularity: GranularityName) => granularity !== 'HOUR' && granularity !== 'MINUTE'

function orderSql(query: VisualQuery, dimensions: readonly number[]): string {
  const order = query.sort.map(({ field, descending }, i) => {
    if (field < 0 || field >= query.fields.length)
      throw invalid(`There is no field ${field} to sort by.`, `sort[${i}].field`)
    return `${field + 1} ${descending ? 'DESC' : 'ASC'} NULLS LAST`
  })
  // Ties are broken by the dimensions, so that one query gives one answer; rows of detail keep the table's order.
  if (!query.detail)
    for (const place of dimensions)
      if (!query.sort.some(({ field }) => field + 1 === place)) order.push(`${place} ASC NULLS LAST`)
  return order.length > 0 ? ` ORDER BY ${order.join(', ')}` : ''
}

function whereSql(filters: readonly Filter[], target: QueryTarget, params: Params): string {
  const conditions = filters.map((filter, i) => filterSql(filter, i, target, params))
  return conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''
}

function filterSql(filter: Filter, index: number, target: QueryTarget, params: Params): string {
  const at = `filters[${index}]`
  const column = need(target, filter.column, `${at}.column`)
  const name = quoted(column.name)
  switch (filter.type) {
    case 'null':
      return `${name} IS ${filter.isNull ? '' : 'NOT '}NULL`
    case 'contains':
      return containsSql(name, filter.text, params)
    case 'in': {
      const given = filter.values.filter((value) => value !== null)
      const nulls = filter.values.length > given.length
      const list = given.map((value) => boundSql(value, column, `${at}.values`, params)).join(', ')
      if (filter.exclude) {
        const outside = list ? `${name} NOT IN (${list})` : 'TRUE'
        return nulls ? `(${outside} AND ${name} IS NOT NULL)` : `(${outside} OR ${name} IS NULL)`
      }
      const inside = list ? `${name} IN (${list})` : 'FALSE'
      return nulls ? `(${inside} OR ${name} IS NULL)` : `(${inside})`
    }
    case 'range': {
      const parts: string[] = []
      if (filter.from !== undefined && filter.from !== null)
        parts.push(`${name} >= ${boundSql(filter.from, column, `${at}.from`, params)}`)
      if (filter.to !== undefined && filter.to !== null) {
        const to = boundSql(filter.to, column, `${at}.to`, params)
        const wholeDay = column.type === 'timestamp' && /^\d{4}-\d\d-\d\d$/.test(String(filter.to))
        if (wholeDay && !filter.excludeTo) parts.push(`${name} < ${to} + INTERVAL 1 DAY`)
        else parts.push(`${name} ${filter.excludeTo ? '<' : '<='} ${to}`)
      }
      return parts.length > 0 ? `(${parts.join(' AND ')})` : 'TRUE'
    }
    case 'period': {
      if (valueType(column.type) !== 'datetime') throw invalid(`${column.name} holds no dates.`, `${at}.column`)
      const start = `CAST(${boundSql(filter.value, column, `${at}.value`, params)} AS TIMESTAMP)`
      const unit = filter.granularity === 'QUARTER' ? '3 MONTH' : `1 ${filter.granularity}`
      return `(${name} >= ${start} AND ${name} < ${start} + INTERVAL ${unit})`
    }
  }
}

function containsSql(name: string, text: string, params: Params): string {
  return `contains(lower(CAST(${name} AS VARCHAR)), lower(CAST(${params.bind(text)} AS VARCHAR)))`
}

const DATE = /^\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/
const SAFE_TYPE = /^[A-Z][A-Z0-9_ ]*(?:\(\d+(?:, ?\d+)?\))?$/

/** A value bound as the column's type. What cannot be of that type is the asker's error, not an empty answer. */
function boundSql(value: Exclude<Cell, null>, column: Column, at: string, params: Params): string {
  const type = valueType(column.type)
  const wrong = () => invalid(`${JSON.stringify(value)} is not a ${type}, as ${column.name} is.`, at)
  if (type === 'string') return `CAST(${params.bind(String(value))} AS VARCHAR)`
  if (type === 'boolean') {
    if (!/^(true|false)$/i.test(String(value))) throw wrong()
    return String(value).toUpperCase()
  }
  if (type === 'datetime') {
    if (!DATE.test(String(value))) throw wrong()
    return `CAST(${params.bind(String(value))} AS TIMESTAMP)`
  }
  const text = String(value)
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw wrong()
  const declared = column.type === 'decimal' && SAFE_TYPE.test(column.declared) ? column.declared : 'DOUBLE'
  const whole = type === 'integer' && /^-?\d{1,18}$/.test(text)
  return `CAST(${params.bind(text)} AS ${whole ? 'BIGINT' : declared})`
}

function need(target: QueryTarget, name: string, at: string): Column {
  const column = findColumn(target.columns, name)
  if (column) return column
  throw new EngineError(
    'InvalidParameterValueException',
    `The data set has no column ${name}; it has ${target.columns.map((its) => its.name).join(', ')}.`,
    { at: { field: at } },
  )
}

function invalid(message: string, at: string): EngineError {
  return new EngineError('InvalidParameterValueException', message, { at: { field: at } })
}
