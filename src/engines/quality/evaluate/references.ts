import { identifier } from '../../kit/node/duck.ts'
import { ruleSql, type Source } from '../source.ts'
import { invalid } from './conditions.ts'
import { columnNamed, type Judge, type Prepared } from './context.ts'
import { judged, judgedShare } from './outcome.ts'

/** `a, b` or `{a, b}`. */
const namesOf = (text: string): string[] =>
  text
    .replace(/^\{(.*)\}$/s, '$1')
    .split(',')
    .map((name) => name.trim())

/** `id->order_id, day`: columns of the table, and what they are called in the other. */
function pairsOf(text: string): [string, string][] {
  return namesOf(text).map((pair) => {
    const [own, other] = pair.split('->').map((name) => name.trim())
    return [own, other ?? own]
  })
}

const equal = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([own, other]) => `source.${identifier(own)} = other.${identifier(other)}`).join(' AND ')

function resolved(pairs: readonly [string, string][], own: Source, other: Source): [string, string][] {
  return pairs.map(([left, right]) => [columnNamed(own.columns, left).name, columnNamed(other.columns, right).name])
}

/** The query's one number against the condition; without one, the rows that it gives as a share of the table's. */
export async function customSql({ rule, from, context }: Prepared): Promise<Judge> {
  const { session, signal, measures } = context
  const sql = await ruleSql(rule.parameters[0].text, context.table, context.aliases, session, context.reach)
  const { columns } = await session.describe(sql)
  const { condition } = rule
  if (condition) {
    if (rule.threshold) throw invalid('CustomSql has a condition or a threshold, and not both')
    if (columns.length !== 1)
      throw invalid(`The query gives ${columns.length} columns, and the condition is about one number`)
    return async () => {
      const { values, rowCount } = await session.query(
        `SELECT TRY_CAST(COLUMNS(*) AS DOUBLE) FROM (${sql}) AS query LIMIT 2`,
        { signal },
      )
      if (rowCount !== 1)
        throw invalid(
          `The query gives ${rowCount === 0 ? 'no row' : 'several rows'}, and the condition is about one number`,
        )
      const value = values[0][0]
      return judged('Dataset.*.CustomSQL', value === null ? null : Number(value), condition)
    }
  }
  const rows = measures.ask(from, 'count(*)')
  const given = measures.ask(sql, 'count(*)')
  return () => judgedShare('Dataset.*.CustomSQL.Compliance', rows() ? given()! / rows()! : null, rule.threshold)
}

export async function referentialIntegrity({ rule, from, context }: Prepared): Promise<Judge> {
  const [own, place] = rule.parameters.map(({ text }) => text)
  const dot = place.indexOf('.')
  if (dot < 0) throw invalid(`The other table's columns are written "alias.column", and not "${place}"`)
  const alias = place.slice(0, dot)
  const other = await context.open(alias)
  const [left, right] = [namesOf(own), namesOf(place.slice(dot + 1))]
  if (left.length !== right.length) throw invalid(`${left.length} columns are not compared with ${right.length}`)
  const pairs = resolved(
    left.map((name, i) => [name, right[i]]),
    context.source,
    other,
  )
  const there = `SELECT source.* FROM (${from}) AS source SEMI JOIN (${other.sql}) AS other ON ${equal(pairs)}`
  const rows = context.measures.ask(from, 'count(*)')
  const found = context.measures.ask(there, 'count(*)')
  return () => ({
    ...judged(`Column.${alias}.ReferentialIntegrity`, rows() ? found()! / rows()! : 1, rule.condition!),
    failing: `SELECT source.* FROM (${from}) AS source ANTI JOIN (${other.sql}) AS other ON ${equal(pairs)}`,
  })
}

export async function schemaMatch({ rule, context }: Prepared): Promise<Judge> {
  const alias = rule.parameters[0].text
  const other = await context.open(alias)
  const types = new Map(other.columns.map((column) => [column.name.toLowerCase(), column.declared]))
  const { columns } = context.source
  const same = columns.filter((column) => types.get(column.name.toLowerCase()) === column.declared).length
  // A column that only one of both has is a difference, whichever has it.
  const all = new Set([...columns.map(({ name }) => name.toLowerCase()), ...types.keys()]).size
  return () => judged(`Dataset.${alias}.SchemaMatch`, same / all, rule.condition!)
}

export async function rowCountMatch({ rule, from, context }: Prepared): Promise<Judge> {
  const alias = rule.parameters[0].text
  const other = await context.open(alias)
  const rows = context.measures.ask(from, 'count(*)')
  const others = context.measures.ask(other.sql, 'count(*)')
  return () =>
    judged(`Dataset.${alias}.RowCountMatch`, others() ? rows()! / others()! : rows() === 0 ? 1 : 0, rule.condition!)
}

/** Rows of which the other table has one with the same key and the same values, as a share of the rows. Keys must be unique in both. */
export async function datasetMatch({ rule, from, context }: Prepared): Promise<Judge> {
  const [alias, keyText, comparedText] = rule.parameters.map(({ text }) => text)
  const other = await context.open(alias)
  const keys = resolved(pairsOf(keyText), context.source, other)
  const isKey = (name: string) => keys.some(([own]) => own === name)
  const compared =
    comparedText === undefined
      ? context.source.columns.filter(({ name }) => !isKey(name)).map(({ name }): [string, string] => [name, name])
      : pairsOf(comparedText)
  const values = resolved(compared, context.source, other)
  const same = values.map(([a, b]) => `source.${identifier(a)} IS NOT DISTINCT FROM other.${identifier(b)}`)
  const on = [equal(keys), ...same].join(' AND ')
  const { measures } = context
  const rows = measures.ask(from, 'count(*)')
  const matching = measures.ask(
    `SELECT source.* FROM (${from}) AS source SEMI JOIN (${other.sql}) AS other ON ${on}`,
    'count(*)',
  )
  const repeated = [
    measures.askGroups(
      from,
      keys.map(([own]) => own),
      'count(*) FILTER (n > 1)',
    ),
    measures.askGroups(
      other.sql,
      keys.map(([, name]) => name),
      'count(*) FILTER (n > 1)',
    ),
  ]
  return () => {
    if (repeated.some((measure) => measure() !== 0)) {
      return {
        passed: false,
        metrics: {},
        message: `The columns ${keyText} are not unique in both tables, so rows cannot be matched by them`,
      }
    }
    return {
      ...judged(`Dataset.${alias}.DatasetMatch`, rows() ? matching()! / rows()! : 1, rule.condition!),
      failing: `SELECT source.* FROM (${from}) AS source ANTI JOIN (${other.sql}) AS other ON ${on}`,
    }
  }
}

/** The aliases that a rule needs a table for. */
export function aliasOf(rule: { type: string; parameters: readonly { text: string }[] }): string | undefined {
  if (rule.type === 'ReferentialIntegrity') return rule.parameters[1].text.split('.')[0]
  return ['SchemaMatch', 'RowCountMatch', 'DatasetMatch'].includes(rule.type) ? rule.parameters[0].text : undefined
}
