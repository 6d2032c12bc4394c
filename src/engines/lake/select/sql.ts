import { TokenReader } from '../../kit/node/sql/lexer.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Expression, Scope } from './evaluation.ts'
import { parseExpression } from './expressions.ts'
import type { Row, Value } from './values.ts'

/** One member of the way from the object's records to those that are asked for: `[*]`, a name or a place. */
export type Step = { all: true } | { name: string; exact: boolean } | { index: number }

/** A statement of S3 Select, ready to be run over rows. */
export interface Select {
  readonly from: readonly Step[]
  /** Absent for `*`. */
  readonly columns: readonly { name: string; value: Expression }[] | undefined
  readonly where: Expression | undefined
  readonly limit: number
  /** Aggregates, in the order in which columns refer to them; where there are some, there is one row. */
  readonly aggregates: Scope['aggregates']
}

/** Parses `SELECT … FROM S3Object … WHERE … LIMIT …` (S3 User Guide, "SELECT command"). */
export function parseSelect(sql: string, nowMs: number): Select {
  const reader = new TokenReader(sql)
  try {
    return parse(reader, nowMs)
  } catch (thrown) {
    const error = EngineError.from(thrown)
    if (error.code !== 'SYNTAX_ERROR') throw error
    throw new EngineError('ParseUnexpectedToken', error.message, error.at ? { at: error.at } : {})
  }
}

function parse(reader: TokenReader, nowMs: number): Select {
  reader.need('SELECT')
  const scope: Scope = { alias: '', aggregates: [], nowMs }
  // The alias stands behind what refers to it.
  scope.alias = findAlias(reader)
  const star = takeStar(reader, scope.alias)
  const columns: { name: string; value: Expression }[] = []
  if (!star) {
    do {
      const first = reader.peek()
      const value = parseExpression(reader, scope)
      const named =
        reader.take('AS') || (reader.peek()?.kind === 'word' && !reader.is('FROM')) ? reader.name() : undefined
      columns.push({
        name: named ?? (first === undefined ? undefined : value.column) ?? `_${columns.length + 1}`,
        value,
      })
    } while (reader.take(','))
  }
  const aggregated = scope.aggregates.length > 0
  if (aggregated && columns.some(({ value }) => value.plain))
    throw new EngineError('UnsupportedSqlStructure', 'Columns and aggregates cannot be selected together.')
  reader.need('FROM')
  const from = parseFrom(reader)
  const count = scope.aggregates.length
  const where = reader.take('WHERE') ? parseExpression(reader, scope) : undefined
  if (scope.aggregates.length > count)
    throw new EngineError('UnsupportedSqlStructure', 'Aggregates cannot be used in WHERE.')
  let limit = Number.POSITIVE_INFINITY
  if (reader.take('LIMIT')) {
    const token = reader.next()
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw reader.unexpected('a number')
    limit = Number(token.text)
  }
  reader.end()
  return { from, columns: star ? undefined : columns, where, limit, aggregates: scope.aggregates }
}

function takeStar(reader: TokenReader, alias: string): boolean {
  if (reader.take('*')) return true
  const named = reader.peek()?.text.toLowerCase() === alias.toLowerCase() || reader.is('S3OBJECT')
  if (!named || reader.peek(1)?.text !== '.' || reader.peek(2)?.text !== '*') return false
  for (let i = 0; i < 3; i++) reader.next()
  return true
}

/** The name behind S3Object and its way, with or without AS; `S3Object` itself where there is none. */
function findAlias(reader: TokenReader): string {
  let at = 0
  while (
    reader.peek(at) &&
    !(
      reader.peek(at)!.kind === 'word' &&
      reader.peek(at)!.text.toUpperCase() === 'S3OBJECT' &&
      reader.peek(at - 1)?.text.toUpperCase() === 'FROM'
    )
  )
    at++
  if (!reader.peek(at)) throw reader.unexpected('FROM S3Object')
  at++
  for (let depth = 0; reader.peek(at); at++) {
    const { kind, text } = reader.peek(at)!
    if (text === '[') depth++
    else if (text === ']') depth--
    else if (depth > 0) continue
    else if (text === '.') at++
    else if (kind === 'quoted') return text
    else if (kind === 'word' && text.toUpperCase() === 'AS') continue
    else if (kind === 'word' && !['WHERE', 'LIMIT'].includes(text.toUpperCase())) return text
    else break
  }
  return 'S3Object'
}

function parseFrom(reader: TokenReader): Step[] {
  reader.need('S3OBJECT')
  const steps = parseSteps(reader)
  if (reader.take('AS') || (reader.peek() && !reader.is('WHERE') && !reader.is('LIMIT') && !reader.is(';')))
    reader.name()
  return steps
}

export function parseSteps(reader: TokenReader): Step[] {
  const steps: Step[] = []
  for (;;) {
    if (reader.take('[', '*', ']')) steps.push({ all: true })
    else if (reader.take('[')) {
      const token = reader.next()
      if (token.kind === 'string') steps.push({ name: token.text, exact: true })
      else if (token.kind === 'number') steps.push({ index: Number(token.text) })
      else throw reader.unexpected('a place')
      reader.need(']')
    } else if (reader.take('.')) {
      const exact = reader.peek()?.kind === 'quoted'
      steps.push({ name: reader.name(), exact })
    } else return steps
  }
}

/** Runs a statement over rows, one by one; `done` once no more are wanted. */
export class Running {
  private readonly select: Select
  private readonly states: ReturnType<Select['aggregates'][number]['begin']>[]
  private count = 0

  constructor(select: Select) {
    this.select = select
    this.states = select.aggregates.map((aggregate) => aggregate.begin())
  }

  get done(): boolean {
    return this.count >= this.select.limit
  }

  /** The columns of a row that is selected. */
  take(row: Row): { [name: string]: Value } | undefined {
    const { where, columns, aggregates } = this.select
    if (where && where.run(row, []) !== true) return undefined
    if (aggregates.length > 0) {
      for (const [index, { argument }] of aggregates.entries())
        this.states[index].add(argument ? argument.run(row, []) : true)
      return undefined
    }
    this.count++
    return columns ? named(columns, row, []) : row.whole()
  }

  /** The one row of a statement with aggregates. */
  end(): { [name: string]: Value } | undefined {
    const { columns, aggregates, limit } = this.select
    if (aggregates.length === 0 || !columns || limit === 0) return undefined
    return named(
      columns,
      EMPTY,
      this.states.map((state) => state.value()),
    )
  }
}

const EMPTY: Row = { get: () => undefined, whole: () => ({}) }

function named(columns: NonNullable<Select['columns']>, row: Row, totals: Value[]): { [name: string]: Value } {
  const record: { [name: string]: Value } = {}
  for (const { name, value } of columns) {
    // Two columns of one name are both given.
    const unique = Object.hasOwn(record, name) ? `${name}_${Object.keys(record).length}` : name
    record[unique] = value.run(row, totals)
  }
  return record
}
