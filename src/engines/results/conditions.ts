import { identifier, literal } from '../kit/node/duck.ts'
import type { Column } from '../kit/pure/table.ts'
import type { Arrangement, Term } from './contract.ts'
import { columnAt, isMoment, isNumber, type Relation } from './relation.ts'

/** A value as a reader sees it, for words to be looked for in. */
export function shown(name: string, { type }: Column): string {
  if (type === 'timestamp') return `strftime(${name}, '%Y-%m-%dT%H:%M:%S.%gZ')`
  if (type === 'json') return `to_json(${name})::VARCHAR`
  if (type === 'binary') return `lower(hex(${name}))`
  return `${name}::VARCHAR`
}

/** `shown`, of which a word of a time is found as it stands in the window and in files, down to its microseconds. */
export const searched = (name: string, column: Column): string =>
  column.type === 'timestamp' ? `strftime(${name}, '%Y-%m-%d %H:%M:%S.%f')` : shown(name, column)

/** A word to look for in times: `T` and `Z` of an instant stand in no cell. */
const soughtIn = ({ type }: Column, word: string): string =>
  type === 'timestamp' ? word.replace(/^(\d{4}-\d\d-\d\d)T([\d:.]*)Z?$/i, '$1 $2') : word

export const containing = (text: string, word: string): string =>
  `contains(lower(${text}), ${literal(word.toLowerCase())})`

/** The conditions as SQL; empty where there are none. */
export function where(relation: Relation, { terms }: { terms: readonly Term[] }): string {
  if (terms.length === 0) return ''
  return `WHERE ${terms.map((term) => condition(relation, term)).join(' AND ')}`
}

/** The rows that the conditions leave, as they stand after FROM. */
export const from = (relation: Relation, wanted: { terms: readonly Term[] }): string =>
  `${relation.table} ${where(relation, wanted)}`

const contains = (name: string, column: Column, word: string): string =>
  containing(searched(name, column), soughtIn(column, word))

function condition(relation: Relation, { column, operator, word, exclude }: Term): string {
  const test =
    column === null
      ? relation.columns.map((each, at) => `coalesce(${contains(relation.names[at], each, word)}, false)`).join(' OR ')
      : compared(columnAt(relation, column), operator, word)
  return `${exclude ? 'NOT ' : ''}coalesce((${test}), false)`
}

function compared(
  { name, column }: { name: string; column: Column },
  operator: Term['operator'],
  word: string,
): string {
  const text = searched(name, column)
  const isNull = word.toLowerCase() === 'null'
  const said = literal(soughtIn(column, word).toLowerCase())
  if (operator === ':')
    return isNull ? `${name} IS NULL OR ${contains(name, column, word)}` : contains(name, column, word)
  if (operator === '!=') return `NOT coalesce((${compared({ name, column }, '=', word)}), false)`
  if (operator === '=') {
    const equal = isNumber(column)
      ? `${name}::VARCHAR = ${said} OR ${name} = TRY_CAST(${said} AS DOUBLE)`
      : isMoment(column)
        ? `${name} = TRY_CAST(${said} AS TIMESTAMP)`
        : `lower(${text}) = ${said}`
    return isNull ? `${name} IS NULL OR ${equal}` : equal
  }
  if (isNumber(column)) return `${name} ${operator} TRY_CAST(${said} AS DOUBLE)`
  if (isMoment(column)) return `${name} ${operator} TRY_CAST(${said} AS TIMESTAMP)`
  return `lower(${text}) ${operator} ${said}`
}

/** Nulls last in either direction; rows that are equal keep the order of the result. */
export function orderBy(relation: Relation, { sort }: Pick<Arrangement, 'sort'>): string {
  const keys = sort.map(({ column, descending }) => {
    const { name, column: of } = columnAt(relation, column)
    const key = of.type === 'string' ? `lower(${name})` : of.type === 'json' ? `${name}::VARCHAR` : name
    return `${key} ${descending ? 'DESC' : 'ASC'} NULLS LAST`
  })
  return `ORDER BY ${[...keys, 'rowid'].join(', ')}`
}

/** Names of an answer that differ: one that repeats gets a number. */
export function distinctNames(names: readonly string[]): string[] {
  const used = new Set<string>()
  return names.map((name, at) => {
    const wanted = name === '' ? `column_${at + 1}` : name
    let given = wanted
    for (let n = 2; used.has(given.toLowerCase()); n++) given = `${wanted}_${n}`
    used.add(given.toLowerCase())
    return given
  })
}

export const called = (name: string, as: string): string => `${name} AS ${identifier(as)}`
