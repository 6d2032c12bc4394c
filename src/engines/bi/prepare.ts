import { EngineError } from '../kit/pure/errors.ts'
import type { Column, ColumnType } from '../kit/pure/table.ts'
import type { PrepareStep } from './contract.ts'
import { compileExpression, type ExpressionScope } from './expression/compile.ts'
import type { ValueType } from './expression/functions.ts'
import { type Params, quoted } from './sql.ts'

/** Marks rows in which a value did not convert, until they are counted and left out. */
export const DROPPED = '__millrace_dropped'

/** Rows as a SELECT of DuckDB, and what columns it gives. `declared` of a column is DuckDB's own type name. */
export interface Relation {
  readonly sql: string
  readonly columns: readonly Column[]
  /** Whether the rows carry the mark `DROPPED`. */
  readonly marked: boolean
}

export interface PrepareScope {
  readonly params: Params
  readonly nowMs: number
  /** The rows of another data set, for joins. */
  dataSet(id: string): { from: string; name: string; columns: readonly Column[] }
}

const CAST_TYPES = { string: 'VARCHAR', integer: 'BIGINT', decimal: 'DOUBLE', datetime: 'TIMESTAMP' } as const
const COLUMN_TYPES: Record<keyof typeof CAST_TYPES, ColumnType> = {
  string: 'string',
  integer: 'bigint',
  decimal: 'double',
  datetime: 'timestamp',
}

/** A column's type in the expression language. */
export function valueType(type: ColumnType): ValueType {
  if (type === 'integer' || type === 'bigint') return 'integer'
  if (type === 'decimal' || type === 'double') return 'decimal'
  if (type === 'date' || type === 'timestamp') return 'datetime'
  return type === 'boolean' ? 'boolean' : 'string'
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

export function findColumn(columns: readonly Column[], name: string): Column | undefined {
  return columns.find((column) => column.name === name) ?? columns.find((column) => same(column.name, name))
}

/** The rows after all steps of preparation. Errors name the step. */
export function prepare(source: Relation, steps: readonly PrepareStep[], scope: PrepareScope): Relation {
  return steps.reduce((relation, step, index) => {
    try {
      return applyStep(relation, step, scope)
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown
      const path = `steps[${index}]${thrown.at?.field ? `.${thrown.at.field}` : ''}`
      throw new EngineError(thrown.code, thrown.message, { domain: thrown.domain, at: { ...thrown.at, path } })
    }
  }, source)
}

function applyStep(from: Relation, step: PrepareStep, scope: PrepareScope): Relation {
  switch (step.type) {
    case 'rename': {
      const old = need(from, step.column)
      if (!same(step.to, old.name)) mustBeFree(from, step.to, 'to')
      const columns = from.columns.map((its) => (its === old ? { ...its, name: step.to } : its))
      return select(from, columns, (column, i) => `${quoted(from.columns[i].name)} AS ${quoted(column.name)}`)
    }
    case 'hide': {
      const hidden = need(from, step.column)
      if (from.columns.length === 1) throw invalid('A data set keeps at least one column.', 'column')
      return select(
        from,
        from.columns.filter((its) => its !== hidden),
        (column) => quoted(column.name),
      )
    }
    case 'cast':
      return cast(from, need(from, step.column), step.to)
    case 'filter': {
      const { sql, type } = compileExpression(step.expression, expressionScope(from, scope))
      if (type !== 'boolean') throw invalid(`A filter is a condition; this gives a ${type}.`, 'expression')
      const mark = from.marked ? ` OR ${quoted(DROPPED)}` : ''
      return { ...from, sql: `SELECT * FROM (${from.sql}) WHERE ${sql}${mark}` }
    }
    case 'calculate': {
      mustBeFree(from, step.column, 'column')
      const { sql, type } = compileExpression(step.expression, expressionScope(from, scope))
      const [declared, columnType] = storedType(type)
      const column: Column = { name: step.column, type: columnType, declared }
      return {
        sql: `SELECT *, CAST(${sql} AS ${declared}) AS ${quoted(step.column)} FROM (${from.sql})`,
        columns: [...from.columns, column],
        marked: from.marked,
      }
    }
    case 'join':
      return join(from, step, scope)
  }
}

function storedType(type: ValueType): [string, ColumnType] {
  if (type === 'boolean') return ['BOOLEAN', 'boolean']
  if (type === 'null') return ['VARCHAR', 'string']
  return [CAST_TYPES[type], COLUMN_TYPES[type]]
}

function expressionScope(from: Relation, { params, nowMs }: PrepareScope): ExpressionScope {
  return {
    params,
    nowMs,
    names: from.columns.map((column) => column.name),
    column: (name) => {
      const column = findColumn(from.columns, name)
      return column && { sql: quoted(column.name), type: valueType(column.type) }
    },
  }
}

function cast(from: Relation, column: Column, to: keyof typeof CAST_TYPES): Relation {
  const name = quoted(column.name)
  const value = convert(name, valueType(column.type), to)
  const failed = `(${name} IS NOT NULL AND ${value} IS NULL)`
  const others = from.columns.map((its) => (its === column ? `${value} AS ${name}` : quoted(its.name)))
  const mark = from.marked ? `(${quoted(DROPPED)} OR ${failed})` : failed
  return {
    sql: `SELECT ${others.join(', ')}, ${mark} AS ${quoted(DROPPED)} FROM (${from.sql})`,
    columns: from.columns.map((its) =>
      its === column ? { name: its.name, type: COLUMN_TYPES[to], declared: CAST_TYPES[to] } : its,
    ),
    marked: true,
  }
}

/** The value in the new type, or null where it does not convert. Decimals lose their fraction, whole numbers are epoch seconds or milliseconds. */
function convert(name: string, from: ValueType, to: keyof typeof CAST_TYPES): string {
  if (to === 'integer' && from === 'decimal') return `TRY_CAST(trunc(${name}) AS BIGINT)`
  if (to === 'integer' && from === 'string')
    return `(CASE WHEN contains(${name}, '.') THEN TRY_CAST(trunc(TRY_CAST(${name} AS DOUBLE)) AS BIGINT) ELSE TRY_CAST(${name} AS BIGINT) END)`
  if (to === 'datetime' && from === 'integer')
    return `(CASE WHEN abs(${name}) >= 100000000000 THEN make_timestamp(${name} * 1000) ELSE make_timestamp(${name} * 1000000) END)`
  return `TRY_CAST(${name} AS ${CAST_TYPES[to]})`
}

function join(from: Relation, step: PrepareStep & { type: 'join' }, scope: PrepareScope): Relation {
  const other = scope.dataSet(step.dataSet)
  if (step.on.length === 0) throw invalid('A join names at least one pair of columns.', 'on')
  const on = step.on.map((pair, i) => {
    const left = need(from, pair.left, `on[${i}].left`)
    const right = findColumn(other.columns, pair.right)
    if (!right) throw invalid(`The data set ${other.name} has no column ${pair.right}.`, `on[${i}].right`)
    if (valueType(left.type) !== valueType(right.type))
      throw invalid(
        `${pair.left} is a ${valueType(left.type)} and ${pair.right} a ${valueType(right.type)}: cast one of them first.`,
        `on[${i}]`,
      )
    return `l.${quoted(left.name)} = r.${quoted(right.name)}`
  })
  // A name that both sides have gets the data set's name behind it, as QuickSight writes it.
  const added = other.columns.map((column) => {
    const name = findColumn(from.columns, column.name) ? `${column.name}[${other.name}]` : column.name
    mustBeFree(from, name, 'dataSet')
    return { from: column.name, column: { ...column, name } }
  })
  const left = from.columns.map((column) => `l.${quoted(column.name)}`)
  const right = added.map((its) => `r.${quoted(its.from)} AS ${quoted(its.column.name)}`)
  const columns = [...from.columns, ...added.map((its) => its.column)]
  const kind = step.kind.toUpperCase()
  const joined = (rows: string) =>
    `SELECT ${[...left, ...right].join(', ')} FROM (${rows}) AS l ${kind} JOIN ${other.from} AS r ON ${on.join(' AND ')}`
  if (!from.marked) return { sql: joined(from.sql), columns, marked: false }
  // Marked rows go past the join, so that each is counted once whatever it would have matched.
  const mark = quoted(DROPPED)
  const nulls = added.map((its) => `NULL AS ${quoted(its.column.name)}`)
  const names = from.columns.map((column) => quoted(column.name))
  return {
    sql:
      `WITH p AS MATERIALIZED (${from.sql}) SELECT *, FALSE AS ${mark} FROM (${joined(`SELECT * FROM p WHERE NOT ${mark}`)}) ` +
      `UNION ALL SELECT ${[...names, ...nulls].join(', ')}, TRUE AS ${mark} FROM p WHERE ${mark}`,
    columns,
    marked: true,
  }
}

function select(
  from: Relation,
  columns: readonly Column[],
  write: (column: Column, index: number) => string,
): Relation {
  const written = columns.map(write)
  if (from.marked) written.push(quoted(DROPPED))
  return { sql: `SELECT ${written.join(', ')} FROM (${from.sql})`, columns, marked: from.marked }
}

function need(from: Relation, name: string, field = 'column'): Column {
  const column = findColumn(from.columns, name)
  if (column) return column
  throw invalid(`There is no column ${name}; there are ${from.columns.map((its) => its.name).join(', ')}.`, field)
}

function mustBeFree(from: Relation, name: string, field: string): void {
  if (name.trim() === '' || same(name, DROPPED)) throw invalid(`"${name}" cannot be a column's name.`, field)
  if (findColumn(from.columns, name)) throw invalid(`There is already a column ${name}.`, field)
}

function invalid(message: string, field: string): EngineError {
  return new EngineError('InvalidParameterValueException', message, { at: { field } })
}
