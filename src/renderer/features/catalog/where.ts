import type { Column } from '../../../engines/kit/pure/table.ts'
import type { ResultOf, Term } from '../../../engines/results/contract.ts'

type Engine = ResultOf['engine']

const NUMBERS = new Set(['integer', 'bigint', 'decimal', 'double'])
/** What has no plain text in SQL is not looked into. */
const TEXTLESS = new Set(['json', 'binary'])

const name = (text: string) => `"${text.replaceAll('"', '""')}"`
const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

/** A query of all rows of a table under conditions, in the dialect of its engine: what is typed over its first rows, for the rest. */
export function rowsWhere(
  engine: Engine,
  { database, table }: { database: string; table: string },
  columns: readonly Column[],
  terms: readonly Term[],
): string {
  const conditions = terms.map(({ column: at, operator, word, exclude }) => {
    const column = at === null ? undefined : columns[at]
    const one = column
      ? compared(engine, column, operator, word)
      : columns
          .filter(({ type }) => !TEXTLESS.has(type))
          .map((each) => contains(each, word))
          .join(' OR ') || 'FALSE'
    return exclude ? `NOT COALESCE(${one}, FALSE)` : one.includes(' OR ') ? `(${one})` : one
  })
  const where = conditions.length > 0 ? `\nWHERE ${conditions.join('\n  AND ')}` : ''
  return `SELECT *\nFROM ${name(database)}.${name(table)}${where}\nLIMIT 100`
}

const textOf = (column: Column) =>
  column.type === 'string' ? `LOWER(${name(column.name)})` : `LOWER(CAST(${name(column.name)} AS VARCHAR))`

const contains = (column: Column, word: string) => `STRPOS(${textOf(column)}, ${literal(word.toLowerCase())}) > 0`

function compared(engine: Engine, column: Column, operator: string, word: string): string {
  const of = name(column.name)
  const plain = (by: string) => {
    const value = literalOf(engine, column, word)
    return value === null ? 'FALSE' : `${left(column)} ${by} ${value}`
  }
  // What is not equal may have no value at all.
  if (operator === '!=') return `NOT COALESCE(${compared(engine, column, '=', word)}, FALSE)`
  const is = TEXTLESS.has(column.type) ? 'FALSE' : operator === ':' ? contains(column, word) : plain(operator)
  const isNull = word.toLowerCase() === 'null' && (operator === ':' || operator === '=')
  return isNull ? `${of} IS NULL${is === 'FALSE' ? '' : ` OR ${is}`}` : is
}

const left = (column: Column) =>
  NUMBERS.has(column.type) || column.type === 'date' || column.type === 'timestamp' ? name(column.name) : textOf(column)

/** A word as a value of the column; null where it is none, so that the comparison never holds. */
function literalOf(engine: Engine, { type }: Column, word: string): string | null {
  if (NUMBERS.has(type)) {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) return null
    return word.replace(/^\+/, '')
  }
  if (type !== 'date' && type !== 'timestamp') return literal(word.toLowerCase())
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?$/.test(word)) return null
  const moment = literal(word.replace('T', ' ').replace('Z', ''))
  if (engine === 'warehouse') return moment
  return `${word.length > 10 ? 'TIMESTAMP' : 'DATE'} ${moment}`
}
