import { identifier, literal } from '../../kit/node/duck.ts'
import type { Condition } from '../dqdl/ast.ts'
import type { RuleTypeName } from '../dqdl/rule-types.ts'
import { invalid, testedColumn } from './conditions.ts'
import { columnNamed, type Judge, type Prepared } from './context.ts'
import { ALL, judged, unmet } from './outcome.ts'
import { customSql, datasetMatch, referentialIntegrity, rowCountMatch, schemaMatch } from './references.ts'
import { columnDataType, columnLength, columnValues, dataFreshness, fileFreshness } from './rows.ts'

/** How each rule type is evaluated. */
export const PREPARE: Readonly<Record<RuleTypeName, (prepared: Prepared) => Judge | Promise<Judge>>> = {
  RowCount: ({ rule, from, context }) => {
    const rows = context.measures.ask(from, 'count(*)')
    return () => judged('Dataset.*.RowCount', rows(), conditionOf(rule.condition))
  },
  IsComplete: (prepared) => completeness(prepared),
  Completeness: (prepared) => completeness(prepared),
  IsUnique: (prepared) => uniqueness(prepared),
  Uniqueness: (prepared) => uniqueness(prepared),
  UniqueValueRatio: (prepared) =>
    grouped(prepared, 'UniqueValueRatio', 'count(*) FILTER (n = 1)::DOUBLE / nullif(count(*), 0)'),
  DistinctValuesCount: (prepared) => grouped(prepared, 'DistinctValuesCount', 'count(*)'),
  Entropy: (prepared) => grouped(prepared, 'Entropy', '-sum(n / rows * ln(n / rows))'),
  IsPrimaryKey: primaryKey,
  ColumnExists: ({ rule, context }) => {
    const { text } = rule.parameters[0]
    const there = context.source.columns.some(({ name }) => name.toLowerCase() === text.toLowerCase())
    return () => ({
      passed: there,
      metrics: {},
      ...(!there && { message: `Input data does not include column ${text}!` }),
    })
  },
  ColumnCount: ({ rule, context }) => {
    const { columns } = context.source
    return () => judged('Dataset.*.ColumnCount', columns.length, conditionOf(rule.condition))
  },
  ColumnNamesMatchPattern: columnNames,
  ColumnDataType: columnDataType,
  ColumnLength: columnLength,
  ColumnValues: columnValues,
  ColumnCorrelation: ({ rule, from, context }) => {
    const [a, b] = rule.parameters.map((parameter) => numeric(parameter.text, context.source.columns))
    const correlation = context.measures.ask(
      from,
      `CASE WHEN isfinite(corr(${a.sql}, ${b.sql})) THEN corr(${a.sql}, ${b.sql}) END`,
    )
    return () => judged(`Multicolumn.${a.name},${b.name}.ColumnCorrelation`, correlation(), conditionOf(rule.condition))
  },
  Mean: (prepared) => moment(prepared, 'Mean', 'avg'),
  Sum: (prepared) => moment(prepared, 'Sum', 'sum'),
  StandardDeviation: (prepared) => moment(prepared, 'StandardDeviation', 'stddev_pop'),
  CustomSql: customSql,
  ReferentialIntegrity: referentialIntegrity,
  SchemaMatch: schemaMatch,
  RowCountMatch: rowCountMatch,
  DatasetMatch: datasetMatch,
  DataFreshness: dataFreshness,
  FileFreshness: fileFreshness,
}

/** An analyzer has no condition: its metric is all that is asked. */
export const ANYTHING: Condition = { kind: 'in', not: true, values: [] }

const conditionOf = (condition: Condition | undefined): Condition => condition ?? ANYTHING

function completeness({ rule, from, context }: Prepared): Judge {
  const column = columnNamed(context.source.columns, rule.parameters[0].text)
  const name = identifier(column.name)
  const share = context.measures.ask(from, `count(${name})::DOUBLE / nullif(count(*), 0)`)
  const condition = rule.type === 'IsComplete' ? ALL : conditionOf(rule.condition)
  return () => ({
    ...judged(`Column.${column.name}.Completeness`, share() ?? 1, condition),
    failing: `SELECT * FROM (${from}) AS source WHERE ${name} IS NULL`,
  })
}

function uniqueness({ rule, from, context }: Prepared): Judge {
  const column = columnNamed(context.source.columns, rule.parameters[0].text)
  const share = context.measures.askGroups(from, [column.name], UNIQUENESS)
  const condition = rule.type === 'IsUnique' ? ALL : conditionOf(rule.condition)
  return () => ({
    ...judged(`Column.${column.name}.Uniqueness`, share() ?? 1, condition),
    failing: repeated(from, [column.name]),
  })
}

const UNIQUENESS = 'count(*) FILTER (n = 1)::DOUBLE / nullif(sum(n), 0)'

function primaryKey({ rule, from, context }: Prepared): Judge {
  const columns = rule.parameters.map(({ text }) => columnNamed(context.source.columns, text).name)
  const unique = context.measures.askGroups(from, columns, UNIQUENESS)
  const nulls = columns.map((column) => `${identifier(column)} IS NULL`).join(' OR ')
  const complete = context.measures.ask(from, `count(*) FILTER (NOT (${nulls}))::DOUBLE / nullif(count(*), 0)`)
  const metric = columns.length === 1 ? `Column.${columns[0]}` : `Multicolumn.${columns.join(',')}`
  return () => {
    const metrics = { [`${metric}.Uniqueness`]: unique() ?? 1, [`${metric}.Completeness`]: complete() ?? 1 }
    const worst = Math.min(...Object.values(metrics))
    const failing = complete() === 1 ? repeated(from, columns) : `SELECT * FROM (${from}) AS source WHERE ${nulls}`
    return { passed: worst === 1, metrics, failing, ...(worst < 1 && { message: unmet(worst) }) }
  }
}

/** Rows whose values others have too. */
function repeated(from: string, columns: readonly string[]): string {
  const names = columns.map(identifier)
  const some = names.map((name) => `${name} IS NOT NULL`).join(' OR ')
  const twice = `SELECT ${names.join(', ')} FROM (${from}) AS source WHERE ${some} GROUP BY ${names.join(', ')} HAVING count(*) > 1`
  const same = names.map((name) => `source.${name} IS NOT DISTINCT FROM twice.${name}`).join(' AND ')
  return `SELECT source.* FROM (${from}) AS source SEMI JOIN (${twice}) AS twice ON ${same} ORDER BY ${names.map((name) => `source.${name}`).join(', ')}`
}

function grouped({ rule, from, context }: Prepared, metric: string, aggregate: string): Judge {
  const column = columnNamed(context.source.columns, rule.parameters[0].text)
  // Entropy needs the share of each group, and so the sum of all of them beside each.
  const sql = aggregate.includes('rows')
    ? context.measures.ask(
        `SELECT n, sum(n) OVER () AS rows FROM (SELECT count(*)::DOUBLE AS n FROM (${from}) AS source WHERE ${identifier(column.name)} IS NOT NULL GROUP BY ${identifier(column.name)})`,
        aggregate,
      )
    : context.measures.askGroups(from, [column.name], aggregate)
  return () => judged(`Column.${column.name}.${metric}`, sql(), conditionOf(rule.condition))
}

function moment({ rule, from, context }: Prepared, metric: string, aggregate: string): Judge {
  const column = numeric(rule.parameters[0].text, context.source.columns)
  const value = context.measures.ask(from, `${aggregate}(${column.sql})`)
  return () => judged(`Column.${column.name}.${metric}`, value(), conditionOf(rule.condition))
}

function numeric(name: string, columns: Parameters<typeof columnNamed>[0]): { name: string; sql: string } {
  const column = columnNamed(columns, name)
  const { sql, kind } = testedColumn(column)
  if (kind !== 'number') throw invalid(`Column ${column.name} is ${column.declared}, and not numeric`)
  return { name: column.name, sql: `${sql}::DOUBLE` }
}

async function columnNames({ rule, context }: Prepared): Promise<Judge> {
  const { text } = rule.parameters[0]
  const names = context.source.columns.map(({ name }) => literal(name))
  const { values } = await context.session.query(
    `SELECT count(*) FILTER (regexp_full_match(name, ${literal(text)}))::DOUBLE FROM (SELECT unnest([${names.join(', ')}]) AS name)`,
    { signal: context.signal },
  )
  const share = Number(values[0][0]) / context.source.columns.length
  return () => judged('Dataset.*.ColumnNamesPatternMatchRatio', share, ALL)
}
