import { identifier, literal } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Column } from '../../kit/pure/table.ts'
import type { ComparisonOperator, Condition, Operand } from '../dqdl/ast.ts'

/** Whether a metric meets a condition on numbers. */
export function meets(value: number, condition: Condition): boolean {
  switch (condition.kind) {
    case 'compare':
      return compare(value, condition.operator, numberOf(condition.value))
    case 'between':
      return (numberOf(condition.low) < value && value < numberOf(condition.high)) !== condition.not
    case 'in':
      return condition.values.some((one) => numberOf(one) === value) !== condition.not
    case 'matches':
      throw invalid('A number matches no regular expression')
  }
}

function compare(value: number, operator: ComparisonOperator, than: number): boolean {
  switch (operator) {
    case '=':
      return value === than
    case '!=':
      return value !== than
    case '>':
      return value > than
    case '>=':
      return value >= than
    case '<':
      return value < than
    case '<=':
      return value <= than
  }
}

function numberOf(operand: Operand): number {
  if (operand.kind !== 'number') throw invalid('The condition needs a number')
  return Number(operand.text)
}

/** An expression and what its values are, so that a condition can be put in SQL. */
export interface Tested {
  readonly sql: string
  readonly kind: 'number' | 'text' | 'time' | 'boolean'
}

export function testedColumn(column: Column): Tested {
  const sql = identifier(column.name)
  switch (column.type) {
    case 'integer':
    case 'bigint':
    case 'decimal':
    case 'double':
      return { sql, kind: 'number' }
    case 'date':
    case 'timestamp':
      return { sql: `${sql}::TIMESTAMP`, kind: 'time' }
    case 'boolean':
      return { sql, kind: 'boolean' }
    case 'string':
      return { sql, kind: 'text' }
    default:
      throw invalid(`Column ${column.name} is ${column.declared}, and its values cannot be tested`)
  }
}

/**
 * A condition on the values of a column as SQL that is never NULL. A NULL fails it, but `!=` and `not in` let NULL pass unless they name it
 * (DQDL reference, "ColumnValues", "Null behavior").
 */
export function conditionSql(tested: Tested, condition: Condition, nowMs: number): string {
  const { sql } = tested
  switch (condition.kind) {
    case 'compare': {
      const { operator, value } = condition
      if (operator === '=' || operator === '!=') return oneOf(tested, [value], operator === '!=', nowMs)
      const [left, right] = sides(tested, value, nowMs)
      return `coalesce(${left} ${operator} ${right}, false)`
    }
    case 'between': {
      const [low, from] = sides(tested, condition.low, nowMs)
      const [high, to] = sides(tested, condition.high, nowMs)
      return `coalesce(${condition.not ? 'NOT ' : ''}(${low} > ${from} AND ${high} < ${to}), false)`
    }
    case 'in':
      return oneOf(tested, condition.values, condition.not, nowMs)
    case 'matches': {
      const matched = `regexp_full_match(CAST(${sql} AS VARCHAR), ${literal(condition.pattern)})`
      return `coalesce(${condition.not ? `NOT ${matched}` : matched}, false)`
    }
  }
}

function oneOf(tested: Tested, values: readonly Operand[], not: boolean, nowMs: number): string {
  const tests = values.map((value) => {
    if (value.kind === 'keyword') return keywordSql(tested, value.word)
    const [left, right] = sides(tested, value, nowMs)
    return `coalesce(${left} = ${right}, false)`
  })
  const matched = tests.length > 0 ? `(${tests.join(' OR ')})` : 'false'
  return not ? `NOT ${matched}` : matched
}

function keywordSql({ sql, kind }: Tested, word: 'NULL' | 'EMPTY' | 'WHITESPACES_ONLY'): string {
  if (word === 'NULL') return `${sql} IS NULL`
  if (kind !== 'text') throw invalid(`Only texts are ${word}`)
  if (word === 'EMPTY') return `coalesce(${sql} = '', false)`
  return `coalesce(regexp_full_match(${sql}, '\\s+'), false)`
}

/** Both sides of a comparison, brought to one type: a text is read as what it is compared with. */
function sides({ sql, kind }: Tested, operand: Operand, nowMs: number): [string, string] {
  switch (operand.kind) {
    case 'number':
      if (kind === 'time' || kind === 'boolean')
        throw invalid(`A ${kind} is not compared with the number ${operand.text}`)
      return [kind === 'text' ? `TRY_CAST(${sql} AS DOUBLE)` : sql, operand.text]
    case 'now':
      return [timeSql(sql, kind), `make_timestamp(${Math.round(nowMs + operand.offsetMs)}000::BIGINT)`]
    case 'text':
      if (kind === 'text') return [sql, literal(operand.text)]
      if (kind === 'time') return [sql, `TIMESTAMP ${literal(timeText(operand.text))}`]
      if (kind === 'boolean') return [`CAST(${sql} AS VARCHAR)`, literal(operand.text.toLowerCase())]
      if (operand.text.trim() === '' || !Number.isFinite(Number(operand.text)))
        throw invalid(`A number is not compared with "${operand.text}"`)
      return [sql, String(Number(operand.text))]
    case 'duration':
      throw invalid('A value is not compared with a length of time')
    case 'keyword':
      throw invalid(`${operand.word} is compared with = and !=, or in a list`)
  }
}

function timeSql(sql: string, kind: Tested['kind']): string {
  if (kind === 'time') return sql
  if (kind === 'text') return `TRY_CAST(${sql} AS TIMESTAMP)`
  throw invalid(`A ${kind} is not compared with a time`)
}

function timeText(text: string): string {
  const ms = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? text : `${text.replace(' ', 'T').replace(/Z?$/, 'Z')}`)
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(ms)) throw invalid(`"${text}" is not a date such as "2024-01-31"`)
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
}

/** The ages that a condition on time allows, as SQL over an age in seconds. */
export function ageSql(age: string, condition: Condition): string {
  const seconds = (operand: Operand) => {
    if (operand.kind !== 'duration') throw invalid("The condition needs a time such as '24 hours'")
    return String(operand.ms / 1000)
  }
  switch (condition.kind) {
    case 'compare':
      return `coalesce(${age} ${condition.operator} ${seconds(condition.value)}, false)`
    case 'between': {
      const inside = `(${age} > ${seconds(condition.low)} AND ${age} < ${seconds(condition.high)})`
      return `coalesce(${condition.not ? `NOT ${inside}` : inside}, false)`
    }
    default:
      throw invalid('An age is compared, or is between two times')
  }
}

export function invalid(message: string): EngineError {
  return new EngineError('InvalidInputException', message)
}
